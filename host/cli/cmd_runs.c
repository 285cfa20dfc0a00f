/*
 * runs list, show, events, cancel, stats.
 */
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/door.h"
#include "cli/print.h"
#include "cli/reply.h"

#include <stdlib.h>
#include <string.h>

/* A GET or POST outside of /api/actions; as call_action(). */
static int
call_path(const struct cli *cli, const char *path, const char *post,
    void (*show)(const struct cli *, struct reply *))
{
	struct reply r = { 0 };
	struct err err = { 0 };
	struct door door;
	int code = EXIT_OK;
	rh_status rc;

	rc = door_open(cli, &door, &err);
	if (rc == RH_OK)
		rc = post != NULL ? door_post(&door, path, post, &r, &err) :
		    door_get(&door, path, &r, &err);
	if (rc != RH_OK)
		code = cli_fail(cli, &err);
	else if (cli->json)
		print_json(cli->out, r.raw.body.p, r.raw.body.len);
	else
		show(cli, &r);
	reply_free(&r);
	door_close(&door);
	return code;
}

static void
show_list(const struct cli *cli, struct reply *r)
{
	static const struct column columns[] = {
		{ "RUN",	"run_id",	SHOW_TEXT },
		{ "STATUS",	"status",	SHOW_TEXT },
		{ "%",		"progress_pct",	SHOW_TEXT },
		{ "EXTENSION",	"extension_id",	SHOW_TEXT },
		{ "ACTION",	"action_id",	SHOW_TEXT },
		{ "CREATED",	"created_at",	SHOW_TIME },
		{ "TOOK",	"duration_seconds", SHOW_SECONDS },
		{ "STAGE",	"current_stage", SHOW_TEXT },
		{ NULL, NULL, SHOW_END }
	};

	reply_table(cli, r, "runs", columns);
	reply_more(cli, r, "cursor");
}

static void
add_query(struct buf *path, const char *name, const char *value)
{
	char *part;

	if (value == NULL)
		return;
	buf_addc(path, strchr(path->p, '?') == NULL ? '?' : '&');
	buf_printf(path, "%s=", name);
	part = door_path("", value, "");
	buf_adds(path, part);
	free(part);
}

int
cmd_runs_list(struct cli *cli)
{
	struct buf path = { 0 };
	int code;

	buf_adds(&path, "/api/runs");
	add_query(&path, "status", cli_opt(cli, "status"));
	add_query(&path, "extension_id", cli_opt(cli, "extension"));
	add_query(&path, "limit", cli_opt(cli, "limit"));
	add_query(&path, "cursor", cli_opt(cli, "cursor"));
	code = call_path(cli, path.p, NULL, show_list);
	buf_fini(&path);
	return code;
}

static void
show_run(const struct cli *cli, struct reply *r)
{
	/* Of a failed run the reason is its error. */
	const char *why = reply_text(r, 0, "error") != NULL ? "error" :
	    "status_reason";
	const struct column columns[] = {
		{ "run",	"run_id",	SHOW_TEXT },
		{ "status",	"status",	SHOW_TEXT },
		{ "progress",	"progress_pct",	SHOW_TEXT },
		{ "stage",	"current_stage", SHOW_TEXT },
		{ "extension",	"extension_id",	SHOW_TEXT },
		{ "action",	"action_id",	SHOW_TEXT },
		{ "created",	"created_at",	SHOW_TIME },
		{ "started",	"started_at",	SHOW_TIME },
		{ "ended",	"ended_at",	SHOW_TIME },
		{ "took",	"duration_seconds", SHOW_SECONDS },
		{ "attempts",	"attempts",	SHOW_TEXT },
		{ "mode",	"mode",		SHOW_TEXT },
		{ "exit code",	"exit_code",	SHOW_TEXT },
		{ why[0] == 'e' ? "error" : "reason", why, SHOW_TEXT },
		{ "metadata",	"metadata",	SHOW_TEXT },
		{ NULL, NULL, SHOW_END }
	};
	const char *text = reply_text(r, 0, "stdout");

	reply_lines(cli, r, 0, columns);
	if (text == NULL || *text == '\0')
		return;
	fprintf(cli->out, "\n");
	print_output(cli->out, text, strlen(text));
}

int
cmd_runs_show(struct cli *cli)
{
	char *path = door_path("/api/runs/", cli_operand(cli, 0), "");
	int code = call_path(cli, path, NULL, show_run);

	free(path);
	return code;
}

static void
show_cancel(const struct cli *cli, struct reply *r)
{
	const char *note = "";

	if (reply_bool(r, 0, "already_terminal"))
		note = " (had ended before)";
	else if (reply_bool(r, 0, "cancel_requested"))
		note = " (asked to stop)";
	fprintf(cli->out, "%s %s%s\n", reply_word(r, 0, "run_id"),
	    reply_word(r, 0, "status"), note);
}

int
cmd_runs_cancel(struct cli *cli)
{
	char *path = door_path("/api/runs/", cli_operand(cli, 0), "/cancel");
	struct member members[] = {
		{ .name = "reason", .text = cli_opt(cli, "reason") },
		{ .name = NULL }
	};
	char *body = body_of(members);
	int code = call_path(cli, path, body, show_cancel);

	free(body);
	free(path);
	return code;
}

static void
show_events(const struct cli *cli, struct reply *r)
{
	static const struct column columns[] = {
		{ "SEQ",	"sequence",	SHOW_TEXT },
		{ "TIME",	"created_at",	SHOW_TIME },
		{ "TYPE",	"type",		SHOW_TEXT },
		{ "DATA",	"data",		SHOW_TEXT },
		{ NULL, NULL, SHOW_END }
	};

	reply_table(cli, r, "items", columns);
	if (reply_bool(r, 0, "has_more"))
		reply_more(cli, r, "after");
}

int
cmd_runs_events(struct cli *cli)
{
	struct member members[] = {
		{ .name = "run_id", .text = cli_operand(cli, 0) },
		{ .name = "after_cursor", .text = cli_opt(cli, "after") },
		{ .name = "limit", .raw = cli_opt(cli, "limit") },
		{ .name = NULL }
	};
	char *body = body_of(members);
	int code = call_action(cli, "run_events_page", body, show_events);

	free(body);
	return code;
}

static void
show_quota(const struct cli *cli, struct reply *r)
{
	int quota = json_member(&r->doc, 0, "quota"), node, one;
	struct str name;
	int64_t limit;

	for (node = json_first(&r->doc, quota); node >= 0;
	    node = json_next(&r->doc, node)) {
		if (!json_str(&r->doc, node, &r->arena, &name))
			continue;
		one = json_member(&r->doc, quota, name.p);
		limit = reply_i64(r, one, "limit", 0);
		fprintf(cli->out, "%-14s %lld", name.p,
		    (long long)reply_i64(r, one, "used", 0));
		if (limit != 0)
			fprintf(cli->out, " of %lld", (long long)limit);
		fputc('\n', cli->out);
	}
}

static void
show_stats(const struct cli *cli, struct reply *r)
{
	const char *hours = reply_text(r, 0, "retention_hours");
	double kept_s = hours != NULL ? strtod(hours, NULL) * 3600 : 0;
	int counts = json_member(&r->doc, 0, "by_status");
	char kept[PRINT_TIME_LEN];
	struct str name;
	int node;

	fprintf(cli->out, "%-14s %lld\n", "total",
	    (long long)reply_i64(r, 0, "total_runs", 0));
	for (node = json_first(&r->doc, counts); node >= 0;
	    node = json_next(&r->doc, node)) {
		if (!json_str(&r->doc, node, &r->arena, &name))
			continue;
		fprintf(cli->out, "%-14s %lld\n", name.p,
		    (long long)reply_i64(r, counts, name.p, 0));
	}
	fprintf(cli->out, "%-14s %lld\n", "interrupted",
	    (long long)reply_i64(r, 0, "interrupted", 0));
	if (!reply_bool(r, 0, "complete"))
		fprintf(cli->out, "(of the newest runs: there are more than "
		    "your grants let the host count)\n");
	fprintf(cli->out, "%-14s %s\n", "kept for", kept_s > 0 ?
	    print_duration(kept_s, kept) : "ever");
	show_quota(cli, r);
}

int
cmd_runs_stats(struct cli *cli)
{
	return call_action(cli, "run_counts", "{}", show_stats);
}
