/*
 * runtime list, show, drain: runtimes elsewhere, as their host knows them.
 */
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/print.h"
#include "cli/reply.h"
#include "json/write.h"

#include <stdlib.h>
#include <string.h>

static void
show_list(const struct cli *cli, struct reply *r)
{
	static const struct column columns[] = {
		{ "RUNTIME",	"runtime_id",	SHOW_TEXT },
		{ "STATUS",	"status",	SHOW_TEXT },
		{ "OWNER",	"owner",	SHOW_TEXT },
		{ "VERSION",	"version",	SHOW_TEXT },
		{ "CAPACITY",	"capacity",	SHOW_TEXT },
		{ "LABELS",	"labels",	SHOW_MEMBERS },
		{ "HEARD OF",	"last_heartbeat_at", SHOW_TIME },
		{ NULL, NULL, SHOW_END }
	};

	reply_table(cli, r, "items", columns);
	reply_more(cli, r, "cursor");
}

/* A cursor is made of digits, and the host says so when it isn't. */
static char *
list_body(const char *status, const char *limit, const char *cursor)
{
	struct buf b = { 0 };
	struct json_out j;

	jw_init(&j, &b);
	jw_object(&j);
	if (status != NULL) {
		jw_name(&j, "statuses");
		jw_array(&j);
		jw_text(&j, status);
		jw_end_array(&j);
	}
	if (limit != NULL)
		jw_m_raw(&j, "limit", str_of(limit));
	if (cursor != NULL)
		jw_m_text(&j, "after_cursor", cursor);
	jw_end_object(&j);
	return buf_take(&b);
}

int
cmd_runtime_list(struct cli *cli)
{
	char *body = list_body(cli_opt(cli, "status"), cli_opt(cli, "limit"),
	    cli_opt(cli, "cursor"));
	int code = call_action(cli, "runtime_list", body, show_list);

	free(body);
	return code;
}

static void
show_one(const struct cli *cli, struct reply *r, int node)
{
	static const struct column columns[] = {
		{ "runtime",	"runtime_id",	SHOW_TEXT },
		{ "status",	"status",	SHOW_TEXT },
		{ "owner",	"owner",	SHOW_TEXT },
		{ "name",	"display_name",	SHOW_TEXT },
		{ "version",	"version",	SHOW_TEXT },
		{ "capacity",	"capacity",	SHOW_TEXT },
		{ "labels",	"labels",	SHOW_MEMBERS },
		{ "runners",	"capabilities.runners", SHOW_LIST },
		{ "endpoint",	"endpoint",	SHOW_TEXT },
		{ "metadata",	"metadata",	SHOW_MEMBERS },
		{ "heard of",	"last_heartbeat_at", SHOW_TIME },
		{ "stale after", "heartbeat_deadline_at", SHOW_TIME },
		{ "made",	"created_at",	SHOW_TIME },
		{ NULL, NULL, SHOW_END }
	};
	struct str raw = json_raw(&r->doc, node);

	if (cli->json)
		print_json(cli->out, raw.p, raw.len);
	else
		reply_lines(cli, r, node, columns);
}

static int
find_in(struct reply *r, const char *id)
{
	int node = json_first(&r->doc, json_member(&r->doc, 0, "items"));

	while (node >= 0 && !json_is(&r->doc, json_member(&r->doc, node,
	    "runtime_id"), id))
		node = json_next(&r->doc, node);
	return node;
}

/* Page by page, to its end or until the runtime is there. */
static rh_status
find(const struct cli *cli, struct door *door, const char *id,
    struct err *err)
{
	struct reply r = { 0 };
	char *body, *cursor = NULL;
	const char *next;
	rh_status rc;
	int node;

	do {
		body = list_body(NULL, "500", cursor);
		free(cursor);
		cursor = NULL;
		rc = door_action(door, "runtime_list", body, &r, err);
		free(body);
		node = rc == RH_OK ? find_in(&r, id) : -1;
		if (node >= 0)
			show_one(cli, &r, node);
		else if (rc == RH_OK && (next = reply_text(&r, 0,
		    "next_cursor")) != NULL)
			cursor = mem_strdup(next);
		reply_free(&r);
	} while (cursor != NULL);
	if (rc == RH_OK && node < 0)
		return err_set(err, RH_ENOENT, "there is no runtime \"%s\"",
		    id);
	return rc;
}

int
cmd_runtime_show(struct cli *cli)
{
	struct err err = { 0 };
	struct door door;
	int code = EXIT_OK;
	rh_status rc;

	if ((rc = door_open(cli, &door, &err)) == RH_OK)
		rc = find(cli, &door, cli_operand(cli, 0), &err);
	if (rc != RH_OK)
		code = cli_fail(cli, &err);
	door_close(&door);
	return code;
}

static void
show_drained(const struct cli *cli, struct reply *r)
{
	fprintf(cli->out, "%s is %s; it holds %s runs\n",
	    reply_word(r, 0, "runtime_id"), reply_word(r, 0, "status"),
	    reply_show(r, 0, &(const struct column){ "", "claims",
	    SHOW_COUNT }));
}

int
cmd_runtime_drain(struct cli *cli)
{
	struct member members[] = {
		{ .name = "runtime_id", .text = cli_operand(cli, 0) },
		{ .name = "draining", .raw = cli_flag(cli, "undo") ? "false" :
		    "true" },
		{ .name = NULL }
	};
	char *body = body_of(members);
	int code = call_action(cli, "runtime_drain", body, show_drained);

	free(body);
	return code;
}
