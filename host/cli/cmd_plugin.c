/*
 * plugin list, show, trust, untrust.
 */
#include "cli/cli.h"
#include "cli/print.h"
#include "cli/reply.h"

#include <stdlib.h>

static void
show_list(const struct cli *cli, struct reply *r)
{
	static const struct column columns[] = {
		{ "ID",		"id",		SHOW_TEXT },
		{ "VERSION",	"version",	SHOW_TEXT },
		{ "STATE",	"state",	SHOW_TEXT },
		{ "MODE",	"mode",		SHOW_TEXT },
		{ "COMMANDS",	"commands",	SHOW_LIST },
		{ "ACTIONS",	"actions",	SHOW_LIST },
		{ "DIGEST",	"digest",	SHOW_SHORT },
		{ "CATALOG",	"catalog_digest", SHOW_SHORT },
		{ "SIGNER",	"signer",	SHOW_TEXT },
		{ "FILE",	"file",		SHOW_TEXT },
		{ "ERROR",	"error",	SHOW_TEXT },
		{ NULL, NULL, SHOW_END }
	};

	reply_table(cli, r, "items", columns);
}

int
cmd_plugin_list(struct cli *cli)
{
	return call_action(cli, "plugin_list", "{}", show_list);
}

/* A list of the description whose members have a name and a summary. */
static void
add_named(struct table *t, struct reply *r, int list, const char *before)
{
	int node;

	for (node = json_first(&r->doc, list); node >= 0;
	    node = json_next(&r->doc, node)) {
		table_cell(t, before != NULL ? before :
		    reply_text(r, node, "name"));
		table_cell(t, before != NULL ? reply_text(r, node, "name") :
		    NULL);
		table_cell(t, reply_text(r, node, "summary"));
		if (before == NULL)
			add_named(t, r, json_member(&r->doc, node, "actions"),
			    reply_word(r, node, "name"));
	}
}

/* What can be typed, with the words that mean something of their own. */
static void
show_commands(const struct cli *cli, struct reply *r)
{
	static const char *const heads[] = { "COMMAND", "WORD", "SUMMARY",
		NULL };
	int list = json_member(&r->doc, json_member(&r->doc, 0,
	    "description"), "commands");
	struct table t;

	if (json_first(&r->doc, list) < 0)
		return;
	table_init(&t, heads);
	add_named(&t, r, list, NULL);
	fprintf(cli->out, "\n");
	table_print(&t, print_width(cli->out), cli->out);
	table_fini(&t);
}

static void
show_plugin(const struct cli *cli, struct reply *r)
{
	static const struct column columns[] = {
		{ "id",		"id",		SHOW_TEXT },
		{ "version",	"version",	SHOW_TEXT },
		{ "summary",	"summary",	SHOW_TEXT },
		{ "state",	"state",	SHOW_TEXT },
		{ "error",	"error",	SHOW_TEXT },
		{ "file",	"file",		SHOW_TEXT },
		{ "digest",	"digest",	SHOW_TEXT },
		{ "in catalog",	"catalog_digest", SHOW_TEXT },
		{ "also found",	"found_digest",	SHOW_TEXT },
		{ "signer",	"signer",	SHOW_TEXT_NONE },
		{ "signer trusted", "signer_trusted", SHOW_BOOL },
		{ "enabled by",	"enabled_by",	SHOW_TEXT },
		{ "enabled at",	"enabled_at",	SHOW_TIME },
		{ "changed by",	"changed_by",	SHOW_TEXT },
		{ "changed at",	"changed_at",	SHOW_TIME },
		{ "reason",	"reason",	SHOW_TEXT },
		{ "mend with",	"mend",		SHOW_TEXT },
		{ "trusted",	"trusted",	SHOW_BOOL },
		{ "mode",	"mode",		SHOW_TEXT },
		{ "tier",	"tier",		SHOW_TEXT_NONE },
		{ "runners",	"runners",	SHOW_LIST },
		{ "actions",	"actions",	SHOW_LIST },
		{ "commands",	"commands",	SHOW_LIST },
		{ "wants",	"wants",	SHOW_LIST_NONE },
		{ NULL, NULL, SHOW_END }
	};

	reply_lines(cli, r, 0, columns);
	show_rights(cli, r);
	show_commands(cli, r);
}

/* The three that take an id and nothing else. */
static int
of_id(const struct cli *cli, const char *action,
    void (*show)(const struct cli *, struct reply *))
{
	struct member members[] = {
		{ .name = "id", .text = cli_operand(cli, 0) },
		{ .name = NULL }
	};
	char *body = body_of(members);
	int code = call_action(cli, action, body, show);

	free(body);
	return code;
}

int
cmd_plugin_show(struct cli *cli)
{
	return of_id(cli, "plugin_get", show_plugin);
}

static void
show_trust(const struct cli *cli, struct reply *r)
{
	fprintf(cli->out, "%s %s (digest %s)\n", reply_word(r, 0, "id"),
	    reply_bool(r, 0, "trusted") ? "is trusted: runs in-process" :
	    "is not trusted: runs in workers", reply_word(r, 0, "digest"));
}

int
cmd_plugin_trust(struct cli *cli)
{
	return of_id(cli, "plugin_trust", show_trust);
}

int
cmd_plugin_untrust(struct cli *cli)
{
	return of_id(cli, "plugin_untrust", show_trust);
}
