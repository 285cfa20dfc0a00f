/*
 * The reference pages docs/cli.md and docs/configuration.md, from the
 * tables; a test compares them with the files.
 */
#include "cli/help.h"

#include "cli/config.h"
#include "cli/options.h"
#include "cli/settings.h"

#include <string.h>

static void
command_section(const struct command *c, FILE *f)
{
	const struct operand *a;
	struct opt o;
	size_t k;

	fprintf(f, "\n## %s\n\n%s.\n\n```\nrunhost %s", c->path, c->summary,
	    c->path);
	for (a = c->operands; a != NULL && a->name != NULL; a++)
		fprintf(f, a->flags & ARG_OPTIONAL ? " [%s%s]" : " %s%s",
		    a->name, a->flags & ARG_REST ? "..." : "");
	fprintf(f, "\n```\n");
	if (c->about != NULL)
		fprintf(f, "\n%s\n", c->about);
	if (c->operands != NULL || c->opts != NULL)
		fprintf(f, "\n| | |\n|---|---|\n");
	for (a = c->operands; a != NULL && a->name != NULL; a++)
		fprintf(f, "| `%s` | %s |\n", a->name, a->help);
	for (k = 0; c->opts != NULL && c->opts[k].name != NULL; k++) {
		o = c->opts[k];
		fprintf(f, "| `--%s%s%s` | %s%s |\n", o.name,
		    o.arg != NULL ? " " : "", o.arg != NULL ? o.arg : "",
		    o.help, o.flags & OPT_MANY ? " (may be repeated)" : "");
	}
	if (c->flags & CMD_SETTINGS)
		fprintf(f, "\nAlso takes the flags of the "
		    "[settings](configuration.md), `--config FILE` and "
		    "`--set KEY=VALUE`.\n");
	if (c->flags & CMD_HOST)
		fprintf(f, "\nAlso takes the options that find the host.\n");
	if (c->example != NULL)
		fprintf(f, "\n```\n%s\n```\n", c->example);
}

static void
common_section(FILE *f)
{
	static const struct command all = {
		.path = "", .flags = CMD_HOST,
	};
	struct opt o;
	size_t k;

	fprintf(f, "\n## Options of every command that talks to a host\n\n"
	    "| | |\n|---|---|\n");
	for (k = 0; options_at(&all, k, &o); k++)
		fprintf(f, "| `--%s%s%s` | %s |\n", o.name,
		    o.arg != NULL ? " " : "", o.arg != NULL ? o.arg : "",
		    o.help);
	fprintf(f, "\n`--json` and `--help` are taken by all commands.  "
	    "Without `--data` and `--url`,\n`RUNHOST_DATA`, or `RUNHOST_URL` "
	    "with `RUNHOST_TOKEN_FILE`, name the host.\nA token is never "
	    "given on the command line, where other users could see it.\n");
}

void
help_markdown(FILE *f)
{
	const struct exit_meaning *e;
	const struct command *c;

	fprintf(f, "# The command line\n\n"
	    "Made by `runhost help --markdown` from the table of commands; "
	    "don't edit.\n\n"
	    "Results go to standard output, progress and diagnostics to "
	    "standard error.\nWith `--json` standard output is the host's "
	    "reply, one JSON document on one line;\nan error, also one of "
	    "the command line itself, is the envelope\n`{ok, data, error, "
	    "hint, reason_code}`, and is told on standard error as well.\n"
	    "`audit export` prints a document a row; help and completion are "
	    "text all the same.\nTimes in texts are local, in JSON they are "
	    "UTC."
	    "\n\n"
	    "| exit code | |\n|---|---|\n");
	for (e = exit_meanings; e->meaning != NULL; e++)
		fprintf(f, "| %d | %s |\n", e->code, e->meaning);
	common_section(f);
	for (c = command_table; c->path != NULL; c++)
		if (!(c->flags & CMD_GROUP))
			command_section(c, f);
}

void
help_markdown_settings(FILE *f)
{
	const struct setting *s;
	char env[96], range[160];
	const char *preset;

	fprintf(f, "# Configuration\n\n"
	    "Made by `runhost help --markdown-settings` from the table of "
	    "settings; don't edit.\n\n"
	    "A setting comes from, in rising order: its default, the "
	    "configuration file, the\nenvironment, a flag of "
	    "`runhost serve`.  `runhost config show --origin` tells\nwhat "
	    "holds and why; `runhost config check FILE` judges a file.\n\n"
	    "The file is `--config FILE`, else `RUNHOST_CONFIG`, else `"
	    CONFIG_NAME "` in the data\ndirectory, if it is there.  A line "
	    "is `key = value` or a `#` comment; the value\nends with its "
	    "line and isn't quoted.  A key that may be repeated is given on "
	    "one\nline each.  Unknown keys and values out of range are "
	    "refused, with the line.\nAt `SIGHUP` or `runhost config "
	    "reload` a running host reads it again: all of it\nholds or "
	    "nothing, and [operations](operations.md#reloading-the-"
	    "configuration) says\nhow.  Relative paths start at the working "
	    "directory.\n\n"
	    "```\nlisten = 127.0.0.1:8714\nworker.max = 4\n\n"
	    "# what plugin \"mock\" is given as its configuration\n"
	    "[plugin.mock]\ndelay_ms = 100\n```\n\n"
	    "Behind the settings comes a section a plugin: its values are "
	    "JSON, or else text,\nand become the members of the object that "
	    "the plugin reads as its configuration.\n");
	for (s = settings; s->key != NULL; s++) {
		setting_env(s, env, sizeof env);
		setting_range(s, range, sizeof range);
		/* Where the plugins are installed is the build's matter. */
		preset = s->type == SET_LIST ?
		    "`PREFIX/lib/runhost/plugins`" : s->preset;
		fprintf(f, "\n## %s\n\n%s.\n\n- value: %s\n- default: ",
		    s->key, s->help, range);
		if (preset == NULL)
			fprintf(f, "none\n");
		else
			fprintf(f, s->type == SET_LIST ? "%s\n" : "`%s`\n",
			    preset);
		fprintf(f, "- environment: `%s`\n", env);
		if (s->flag != NULL)
			fprintf(f, "- flag: `--%s`\n", s->flag);
		fprintf(f, "- takes effect: %s\n", s->live ?
		    "with a reload" : "at the next start");
	}
}
