/*
 * audit list, export, head.
 */
#include "cli/cli.h"
#include "cli/print.h"
#include "cli/reply.h"

#include <stdlib.h>
#include <string.h>

static void
show_list(const struct cli *cli, struct reply *r)
{
	static const struct column columns[] = {
		{ "SEQ",	"seq",		SHOW_TEXT },
		{ "AT",		"at",		SHOW_TIME },
		{ "PRINCIPAL",	"principal",	SHOW_TEXT },
		{ "ACTION",	"action",	SHOW_TEXT },
		{ "DECISION",	"decision",	SHOW_TEXT },
		{ "MODE",	"detail.mode",	SHOW_TEXT },
		{ "TARGET",	"target",	SHOW_TEXT },
		{ "DETAIL",	"detail",	SHOW_TEXT },
		{ NULL, NULL, SHOW_END }
	};
	const char *option = cli_flag(cli, "newest") ? "before" : "after";

	reply_table(cli, r, "items", columns);
	if (reply_bool(r, 0, "has_more"))
		reply_more(cli, r, option);
}

int
cmd_audit_list(struct cli *cli)
{
	struct member members[] = {
		{ .name = "run_id", .text = cli_opt(cli, "run") },
		{ .name = "principal", .text = cli_opt(cli, "principal") },
		{ .name = "action", .text = cli_opt(cli, "action") },
		{ .name = "decision", .text = cli_opt(cli, "decision") },
		{ .name = "after_cursor", .text = cli_opt(cli, "after") },
		{ .name = "before_cursor", .text = cli_opt(cli, "before") },
		{ .name = "direction",
		  .text = cli_flag(cli, "newest") ? "backward" : NULL },
		{ .name = "limit", .raw = cli_opt(cli, "limit") },
		{ .name = NULL }
	};
	char *body = body_of(members);
	int code = call_action(cli, "audit_list", body, show_list);

	free(body);
	return code;
}

/* One row a line; answers how to go on, or NULL at the end. */
static const char *
export_page(const struct cli *cli, struct reply *r)
{
	struct str row;
	int node;

	node = json_first(&r->doc, json_member(&r->doc, 0, "items"));
	for (; node >= 0; node = json_next(&r->doc, node)) {
		row = json_raw(&r->doc, node);
		print_json(cli->out, row.p, row.len);
	}
	if (!reply_bool(r, 0, "has_more"))
		return NULL;
	return reply_text(r, 0, "next_cursor");
}

static rh_status
export_all(const struct cli *cli, struct door *d, struct err *err)
{
	const char *after = cli_opt(cli, "after");
	struct reply r = { 0 }, before = { 0 };
	rh_status rc;
	char *body;

	do {
		struct member members[] = {
			{ .name = "after_cursor", .text = after },
			{ .name = "limit", .raw = "1000" },
			{ .name = NULL }
		};

		body = body_of(members);
		reply_free(&before);
		before = r;	/* after points into it */
		rc = door_action(d, "audit_export", body, &r, err);
		free(body);
	} while (rc == RH_OK && (after = export_page(cli, &r)) != NULL);
	reply_free(&before);
	reply_free(&r);
	return rc;
}

int
cmd_audit_export(struct cli *cli)
{
	struct err err = { 0 };
	struct door door;
	int code = EXIT_OK;

	if (door_open(cli, &door, &err) != RH_OK ||
	    export_all(cli, &door, &err) != RH_OK)
		code = cli_fail(cli, &err);
	door_close(&door);
	return code;
}

static void
show_head(const struct cli *cli, struct reply *r)
{
	static const struct column columns[] = {
		{ "chain",	"chain",	SHOW_TEXT },
		{ "seq",	"seq",		SHOW_TEXT },
		{ "hash",	"hash",		SHOW_TEXT },
		{ "at",		"at",		SHOW_TIME },
		{ "signed",	"signed_at",	SHOW_TIME },
		{ "signature",	"signature",	SHOW_TEXT },
		{ "public key",	"public_key",	SHOW_TEXT },
		{ NULL, NULL, SHOW_END }
	};

	reply_lines(cli, r, 0, columns);
}

int
cmd_audit_head(struct cli *cli)
{
	return call_action(cli, "audit_head", "{}", show_head);
}
