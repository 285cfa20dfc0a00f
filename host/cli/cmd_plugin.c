/*
 * plugin list, show, trust, untrust.
 */
#include "cli/cli.h"
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

static void
show_plugin(const struct cli *cli, struct reply *r)
{
	static const struct column columns[] = {
		{ "id",		"id",		SHOW_TEXT },
		{ "version",	"version",	SHOW_TEXT },
		{ "state",	"state",	SHOW_TEXT },
		{ "error",	"error",	SHOW_TEXT },
		{ "file",	"file",		SHOW_TEXT },
		{ "digest",	"digest",	SHOW_TEXT },
		{ "trusted",	"trusted",	SHOW_BOOL },
		{ "mode",	"mode",		SHOW_TEXT },
		{ "workers",	"workers",	SHOW_TEXT },
		{ "runners",	"runners",	SHOW_LIST },
		{ "actions",	"actions",	SHOW_LIST },
		{ "commands",	"commands",	SHOW_LIST },
		{ "description", "description", SHOW_TEXT },
		{ NULL, NULL, SHOW_END }
	};

	reply_lines(cli, r, 0, columns);
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
