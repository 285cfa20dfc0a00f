/*
 * A run as its ledger object, and the streams and stages that belong to it.
 */
#include "action/act.h"

#include "base/mem.h"
#include "json/read.h"
#include "store/store_event.h"

#define VIEW_EVENTS	1000	/* rows read at a time */
#define VIEW_STAGES	1000
#define VIEW_TEXT_MAX	(4 * 1024 * 1024)	/* of a stream */

static void
add_stage(struct run_view *v, struct arena *a, const struct json_doc *d,
    int64_t at_us)
{
	struct run_stage *s = &v->stages[v->stage_count];
	struct str stage, message;
	int64_t percent;

	if (v->stage_count == VIEW_STAGES ||
	    !json_str(d, json_member(d, 0, "stage"), a, &stage))
		return;
	v->stage_count++;
	s->stage = stage.p;
	s->percent = json_i64(d, json_member(d, 0, "percent"), &percent) ?
	    (int32_t)percent : 0;
	s->message = json_str(d, json_member(d, 0, "message"), a,
	    &message) && message.len > 0 ? message.p : NULL;
	s->at_us = at_us;
}

static void
add_text(struct buf *out, struct buf *err, struct arena *a,
    const struct json_doc *d)
{
	struct buf *b = json_is(d, json_member(d, 0, "stream"), "stderr") ?
	    err : out;
	struct str text;

	if (json_str(d, json_member(d, 0, "text"), a, &text) &&
	    b->len + text.len <= VIEW_TEXT_MAX)
		buf_add(b, text.p, text.len);
}

static void
add_event(struct run_view *v, struct buf *out, struct buf *err,
    struct arena *a, const struct event_row *e)
{
	struct json_doc d;
	bool progress = strcmp(e->type, "progress") == 0;

	if (!progress && strcmp(e->type, "output") != 0)
		return;
	if (json_parse(a, e->data, strlen(e->data), &json_limits_default, &d,
	    NULL) != RH_OK)
		return;
	if (progress)
		add_stage(v, a, &d, e->at_us);
	else
		add_text(out, err, a, &d);
}

static struct str
keep(struct buf *b, struct arena *a)
{
	struct str s = { "", b->len };

	if (b->len > 0)
		s.p = arena_strndup(a, b->p, b->len);
	buf_fini(b);
	return s;
}

rh_status
view_load(struct act *act, int64_t run_no, struct arena *a,
    struct run_view *v, struct err *err)
{
	struct event_range range = { .run_no = run_no, .max = VIEW_EVENTS };
	struct buf out = { 0 }, errors = { 0 };
	struct event_page page;
	struct arena pages;
	size_t i;
	rh_status rc;

	memset(v, 0, sizeof *v);
	if ((rc = store_run_get(act->db, run_no, a, &v->row, err)) != RH_OK)
		return rc;
	v->stages = arena_alloc(a, VIEW_STAGES * sizeof *v->stages);
	do {
		arena_init(&pages);
		rc = store_event_page(act->db, &range, &pages, &page, err);
		for (i = 0; rc == RH_OK && i < page.count; i++)
			add_event(v, &out, &errors, a, &page.rows[i]);
		if (page.count > 0)
			range.after = page.rows[page.count - 1].seq;
		arena_fini(&pages);
	} while (rc == RH_OK && page.has_more);
	if (v->row.output != NULL)
		buf_adds(&out, v->row.output);
	v->out = keep(&out, a);
	v->err = keep(&errors, a);
	return rc;
}

static void
write_life(struct json_out *j, const struct run_row *r)
{
	write_epoch(j, "created_at", r->created_us);
	write_epoch(j, "started_at", r->started_us);
	write_epoch(j, "finished_at", r->ended_us);
	write_epoch(j, "updated_at", r->updated_us);
	write_epoch(j, "deadline_at", r->deadline_us);
	write_epoch(j, "cancel_requested_at", r->cancel_us);
	write_epoch(j, "claim_lease_expires_at", r->lease_us);
	jw_name(j, "duration_seconds");
	if (r->started_us != 0 && r->ended_us != 0)
		jw_double(j, (double)(r->ended_us - r->started_us) / 1e6);
	else
		jw_null(j);
}

static void
write_scope(struct json_out *j, const struct scope *s)
{
	jw_m_text(j, "owner", s->owner);
	jw_m_text(j, "workspace_id", s->workspace);
	jw_m_text(j, "bot_id", s->bot);
	jw_m_text(j, "conversation_id", s->conversation);
	jw_m_text(j, "thread_id", s->thread);
	jw_m_text(j, "runner_id", s->runner);
}

static void
write_result(struct json_out *j, const struct run_row *r)
{
	jw_name(j, "exit_code");
	if (r->has_exit_code)
		jw_i64(j, r->exit_code);
	else
		jw_null(j);
	jw_m_text(j, "status_reason", r->reason);
	jw_m_text(j, "error", r->error);
	jw_m_text(j, "output", r->output);
	jw_m_raw(j, "result_metadata", str_of(r->result_meta != NULL ?
	    r->result_meta : "{}"));
	jw_m_bool(j, "truncated", r->truncated);
}

void
write_run(struct json_out *j, const struct run_row *r)
{
	char id[ID_RUN_LEN];

	jw_m_text(j, "run_id", id_run(&r->id, id));
	jw_m_text(j, "status", run_state_name(r->state));
	jw_m_text(j, "extension_id", r->plugin);
	jw_m_text(j, "action_id", r->action_id);
	jw_m_text(j, "session_id", r->session_id);
	jw_m_text(j, "command", r->command);
	write_scope(j, &r->scope);
	write_life(j, r);
	jw_m_i64(j, "progress_pct", r->percent);
	jw_m_text(j, "current_stage", r->stage);
	jw_m_i64(j, "priority", r->priority);
	jw_m_i64(j, "dispatch_attempts", r->attempts);
	jw_m_i64(j, "last_sequence", r->last_seq);
	jw_m_text(j, "claimed_by_runtime_id", r->runtime);
	jw_m_text(j, "mode", r->inproc ? "inproc" : "worker");
	jw_m_bool(j, "dry_run", r->dry_run);
	write_result(j, r);
	jw_m_raw(j, "metadata", str_of(r->metadata));
}
