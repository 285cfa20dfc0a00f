/*
 * What a plugin was granted, used and was denied, for plugin show, and
 * plugin suggest-grants; plugin trial.
 */
#include "cli/cli.h"
#include "cli/print.h"
#include "cli/reply.h"

#include <stdlib.h>
#include <string.h>

/* A title and the rows below it; of what may be shown. */
static void
show_rows(const struct cli *cli, struct reply *r, const char *title,
    const char *field, const struct column *columns)
{
	int list = json_member(&r->doc, 0, field);

	if (list < 0)
		return;
	if (json_first(&r->doc, list) < 0) {
		fprintf(cli->out, "\n%s nothing\n", title);
		return;
	}
	fprintf(cli->out, "\n%s\n", title);
	reply_table(cli, r, field, columns);
}

void
show_rights(const struct cli *cli, struct reply *r)
{
	static const struct column granted[] = {
		{ "GRANTED",	"permission",	SHOW_TEXT },
		{ "GRANT",	"grant_id",	SHOW_TEXT },
		{ "BY",		"created_by",	SHOW_TEXT },
		{ "SINCE",	"created_at",	SHOW_TIME },
		{ "EXPIRES",	"expires_at",	SHOW_TIME },
		{ "USED",	"used",		SHOW_TEXT },
		{ "LAST",	"used_at",	SHOW_TIME },
		{ "NOTE",	"note",		SHOW_TEXT },
		{ NULL, NULL, SHOW_END }
	};
	static const struct column denied[] = {
		{ "DENIED",	"permission",	SHOW_TEXT },
		{ "TIMES",	"count",	SHOW_TEXT },
		{ "LAST",	"denied_at",	SHOW_TIME },
		{ "NOTE",	"note",		SHOW_TEXT },
		{ NULL, NULL, SHOW_END }
	};
	static const struct column missing[] = {
		{ "MISSING",	"permission",	SHOW_TEXT },
		{ "COMMAND",	"command",	SHOW_TEXT },
		{ "NOTE",	"reason",	SHOW_TEXT },
		{ NULL, NULL, SHOW_END }
	};

	show_rows(cli, r, "What it was granted, and used:", "granted", granted);
	show_rows(cli, r, "What it was denied:", "denied", denied);
	show_rows(cli, r, "What it wants and has no grant of:", "missing",
	    missing);
}

/* Commands on standard output, to be run as they are; the rest beside it. */
static void
show_suggested(const struct cli *cli, struct reply *r)
{
	int list = json_member(&r->doc, 0, "suggested"), node;
	const char *command;

	if (list < 0)
		fprintf(cli->diag, "what a plugin was denied is shown to who "
		    "may list grants\n");
	else if (json_first(&r->doc, list) < 0)
		fprintf(cli->diag, "it was denied nothing that it isn't "
		    "granted now; which files and programs it lacks is seen "
		    "in a trial: runhost plugin trial %s\n",
		    cli_operand(cli, 0));
	for (node = json_first(&r->doc, list); node >= 0;
	    node = json_next(&r->doc, node)) {
		command = reply_text(r, node, "command");
		if (command != NULL)
			fprintf(cli->out, "%s\n", command);
		else
			fprintf(cli->diag, "can't be granted: %s: %s\n",
			    reply_word(r, node, "permission"),
			    reply_word(r, node, "reason"));
	}
}

static void
show_trial(const struct cli *cli, struct reply *r)
{
	char until[PRINT_TIME_LEN];

	fprintf(cli->out, "workers of %s are watched until %s; let it do its "
	    "work, then see what it lacked with: runhost plugin "
	    "suggest-grants %s\n", reply_word(r, 0, "id"),
	    print_time(reply_i64(r, 0, "until", 0), until), reply_word(r, 0, "id"));
}

int
cmd_plugin_trial(struct cli *cli)
{
	struct member members[] = {
		{ .name = "id", .text = cli_operand(cli, 0) },
		{ .name = "seconds", .raw = cli_opt(cli, "seconds") },
		{ .name = NULL }
	};
	char *body = body_of(members);
	int code = call_action(cli, "plugin_trial", body, show_trial);

	free(body);
	return code;
}

int
cmd_plugin_suggest_grants(struct cli *cli)
{
	struct member members[] = {
		{ .name = "id", .text = cli_operand(cli, 0) },
		{ .name = NULL }
	};
	char *body = body_of(members);
	int code = call_action(cli, "plugin_get", body, show_suggested);

	free(body);
	return code;
}
