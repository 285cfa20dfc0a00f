/*
 * The native run record.  Its metadata is one object of three: what the
 * caller gave, over that what the outcome gave, over both what the host
 * knows.
 */
#include "http/run_record.h"

#include "base/clock.h"
#include "json/read.h"

#include <string.h>

/* The host's own names in metadata; nobody else's are shown under them. */
static const char *const host_names[] = { "session_id", "command",
	"command_name", "runner", "dry_run", "interrupted", NULL };

static bool
is_host_name(struct str name)
{
	size_t i;

	for (i = 0; host_names[i] != NULL; i++)
		if (str_is(name, host_names[i]))
			return true;
	return false;
}

static bool
parse_object(struct arena *arena, const char *text, struct json_doc *doc)
{
	memset(doc, 0, sizeof *doc);
	return text != NULL && json_parse(arena, text, strlen(text),
	    &json_limits_default, doc, NULL) == RH_OK &&
	    json_type(doc, 0) == JSON_OBJECT;
}

/* The members of doc that neither the host nor over has. */
static void
write_members(struct json_out *out, struct arena *arena,
    const struct json_doc *doc, const struct json_doc *over)
{
	struct str name;
	int node;

	for (node = json_first(doc, 0); node >= 0;
	    node = json_next(doc, node)) {
		if (!json_str(doc, node, arena, &name) || is_host_name(name))
			continue;
		if (over != NULL && json_member(over, 0, name.p) >= 0)
			continue;
		jw_m_raw(out, name.p, json_raw(doc, json_value(doc, node)));
	}
}

/* "/test" of "/test hello world". */
static struct str
command_name(const char *command)
{
	struct str s = { command, 0 };

	if (command == NULL)
		return s;
	s.p += strspn(s.p, " \t\r\n");
	s.len = strcspn(s.p, " \t\r\n");
	return s;
}

static void
write_metadata(struct json_out *out, struct arena *arena,
    const struct run_row *row)
{
	struct json_doc given, outcome;
	bool has_given, has_outcome;

	has_given = parse_object(arena, row->metadata, &given);
	has_outcome = parse_object(arena, row->result_meta, &outcome);
	jw_name(out, "metadata");
	jw_object(out);
	jw_m_text(out, "session_id", row->session_id);
	jw_m_text(out, "command", row->command);
	if (row->command != NULL)
		jw_m_str(out, "command_name", command_name(row->command));
	else
		jw_m_null(out, "command_name");
	jw_m_text(out, "runner", row->runner);
	jw_m_bool(out, "dry_run", row->dry_run);
	if (row->state == RUN_INTERRUPTED)
		jw_m_bool(out, "interrupted", true);
	if (has_given)
		write_members(out, arena, &given,
		    has_outcome ? &outcome : NULL);
	if (has_outcome)
		write_members(out, arena, &outcome, NULL);
	jw_end_object(out);
}

static void
write_stages(struct json_out *out, const struct run_view *view)
{
	const struct run_stage *st;
	size_t i;

	jw_name(out, "stages");
	jw_array(out);
	for (i = 0; i < view->stage_count; i++) {
		st = &view->stages[i];
		jw_object(out);
		jw_m_text(out, "stage", st->stage);
		jw_m_i64(out, "progress_pct", st->percent);
		jw_m_text(out, "message", st->message);
		jw_m_time(out, "timestamp", st->at_us);
		jw_end_object(out);
	}
	jw_end_array(out);
}

static void
write_times(struct json_out *out, const struct run_row *row)
{
	jw_m_time(out, "created_at", row->created_us);
	jw_m_time(out, "started_at", row->started_us);
	jw_m_time(out, "ended_at", row->ended_us);
	jw_name(out, "duration_seconds");
	if (row->started_us != 0 && row->ended_us != 0)
		jw_double(out, (double)(row->ended_us - row->started_us) /
		    (double)US_PER_S);
	else
		jw_null(out);
}

void
run_record(struct json_out *out, struct arena *arena,
    const struct run_view *view)
{
	const struct run_row *row = &view->row;
	char id[ID_RUN_LEN];

	jw_object(out);
	jw_m_text(out, "run_id", id_run(&row->id, id));
	jw_m_text(out, "extension_id", row->plugin);
	jw_m_text(out, "action_id", row->action_id);
	jw_m_text(out, "status", run_state_native(row->state));
	jw_m_i64(out, "progress_pct", row->percent);
	write_stages(out, view);
	jw_m_text(out, "current_stage", row->stage);
	jw_m_str(out, "stdout", view->out);
	jw_m_str(out, "stderr", view->err);
	jw_m_text(out, "error", row->error);
	jw_m_text(out, "status_reason", row->reason);
	write_metadata(out, arena, row);
	if (row->has_exit_code)
		jw_m_i64(out, "exit_code", row->exit_code);
	else
		jw_m_null(out, "exit_code");
	write_times(out, row);
	jw_m_bool(out, "truncated", row->truncated);
	jw_m_i64(out, "attempts", row->attempts);
	jw_m_text(out, "mode", view_mode(row));
	jw_m_i64(out, "timeout_seconds", row->timeout_us / US_PER_S);
	jw_end_object(out);
}

rh_status
run_record_id(const char *text, char out[ID_RUN_LEN], struct err *err)
{
	struct id id;

	if (id_parse(str_of(text), &id)) {
		id_run(&id, out);
		return RH_OK;
	}
	err_set(err, RH_ENOENT, "run \"%.64s\" not found", text);
	return err_hint(err, "check the id with: runhost runs list, or GET /api/runs");
}
