/*
 * Help on the terminal, from the table of commands.
 */
#include "cli/help.h"

#include "base/buf.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/print.h"

#include <string.h>

#define TEXT_AT		29	/* column of the texts */
#define LINE_MAX_AT	79

const struct exit_meaning exit_meanings[] = {
	{ EXIT_OK, "ok" },
	{ EXIT_FAILED, "failed" },
	{ EXIT_USAGE, "wrong use, or a value the host doesn't take" },
	{ EXIT_REFUSED, "refused: no identity or no permission" },
	{ EXIT_NOT_FOUND, "not found, or not yours" },
	{ EXIT_TIMEOUT, "timeout" },
	{ EXIT_UNREACHABLE, "host unreachable" },
	{ 0, NULL }
};

static void
usage_line(const struct command *c, FILE *f)
{
	const struct operand *a;

	fprintf(f, "runhost %s", c->path);
	if (c->flags & CMD_GROUP)
		fprintf(f, " COMMAND");
	for (a = c->operands; a != NULL && a->name != NULL; a++)
		fprintf(f, a->flags & ARG_OPTIONAL ? " [%s%s]" : " %s%s",
		    a->name, a->flags & ARG_REST ? "..." : "");
	fprintf(f, " [OPTION...]\n");
}

static void
subcommands(const char *group, FILE *f)
{
	const struct command *c;
	size_t n = strlen(group);

	for (c = command_table; c->path != NULL; c++) {
		if (c->flags & CMD_GROUP)
			continue;
		if (n > 0 && (strncmp(c->path, group, n) != 0 ||
		    c->path[n] != ' '))
			continue;
		fprintf(f, "  %-22s %s\n", c->path, c->summary);
	}
}

/* "  left  text", the text broken between words and put under itself. */
static void
entry(FILE *f, const char *left, const char *text)
{
	size_t at = 2 + strlen(left), n;

	fprintf(f, "  %s", left);
	for (; *text != '\0'; text += n, text += *text == ' ') {
		n = strcspn(text, " ");
		if (at < TEXT_AT)
			at += (size_t)fprintf(f, "%*s", (int)(TEXT_AT - at),
			    "");
		else if (at == 2 + strlen(left) || at + 1 + n > LINE_MAX_AT)
			at = (size_t)fprintf(f, "\n%*s", TEXT_AT, "") - 1;
		else
			at += (size_t)fprintf(f, " ");
		at += (size_t)fprintf(f, "%.*s", (int)n, text);
	}
	fputc('\n', f);
}

static void
option_line(const struct opt *o, FILE *f)
{
	char left[64], text[256];

	snprintf(left, sizeof left, "--%s%s%s", o->name,
	    o->arg != NULL ? " " : "", o->arg != NULL ? o->arg : "");
	snprintf(text, sizeof text, "%s%s", o->help,
	    o->flags & OPT_MANY && strstr(o->help, "may be repeated") == NULL ?
	    " (may be repeated)" : "");
	entry(f, left, text);
}

void
help_command(const struct command *c, FILE *f)
{
	const struct operand *a;
	struct opt o;
	size_t k;

	fprintf(f, "usage: ");
	usage_line(c, f);
	fprintf(f, "\n%s.\n", c->summary);
	if (c->about != NULL)
		fprintf(f, "\n%s\n", c->about);
	if (c->flags & CMD_GROUP) {
		fprintf(f, "\nCommands:\n");
		subcommands(c->path, f);
		return;
	}
	if (c->operands != NULL)
		fprintf(f, "\nArguments:\n");
	for (a = c->operands; a != NULL && a->name != NULL; a++)
		entry(f, a->name, a->help);
	fprintf(f, "\nOptions:\n");
	for (k = 0; options_at(c, k, &o); k++)
		option_line(&o, f);
	if (c->example != NULL)
		fprintf(f, "\nExample:\n  %s\n", c->example);
}

void
help_all(FILE *f)
{
	fprintf(f, "usage: runhost COMMAND [ARGUMENT...] [OPTION...]\n\n"
	    "A host for runner and action plugins, and the commands that "
	    "drive it.\n\nCommands:\n");
	subcommands("", f);
	fprintf(f, "\n\"runhost help COMMAND\" tells more.  Commands find the "
	    "host by --data DIR or\n--url URL --token-file FILE, or by "
	    "RUNHOST_DATA, RUNHOST_URL and\nRUNHOST_TOKEN_FILE.\n\n"
	    "Exit codes: 0 ok, 1 failed, 2 usage, 3 refused, 4 not found, "
	    "5 timeout,\n6 host unreachable.\n");
}

void
help_nearest(const struct cli *cli, struct err *err)
{
	const struct command *c;
	struct nearest near;
	struct buf words = { 0 };

	buf_printf(&words, "%s %s", cli->cmd->path, cli->operands[0]);
	nearest_init(&near, words.p);
	for (c = command_table; c->path != NULL; c++)
		if (!(c->flags & CMD_GROUP))
			nearest_try(&near, c->path);
	if (near.best != NULL)
		err_hint(err, "did you mean \"runhost %s\"?", near.best);
	else
		err_hint(err, "see \"runhost %s --help\"", cli->cmd->path);
	buf_fini(&words);
}

/* Whole pages, by option. */
static bool
page(const struct cli *cli)
{
	static const struct {
		const char *option;
		void	(*write)(FILE *);
	} pages[] = {
		{ "markdown", help_markdown },
		{ "markdown-settings", help_markdown_settings },
		{ "man", help_man },
		{ "man-settings", help_man_settings },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(pages); i++)
		if (cli_flag(cli, pages[i].option)) {
			pages[i].write(cli->out);
			return true;
		}
	return false;
}

int
cmd_help(struct cli *cli)
{
	const struct command *c;
	int used;

	if (page(cli))
		return EXIT_OK;
	if (cli->operand_count == 0)
		help_all(cli->out);
	else {
		c = command_find((int)cli->operand_count,
		    (char **)cli->operands, &used);
		if (c == NULL || (size_t)used < cli->operand_count)
			return cli_unknown(cli, (int)cli->operand_count,
			    (char **)cli->operands);
		help_command(c, cli->out);
	}
	return EXIT_OK;
}
