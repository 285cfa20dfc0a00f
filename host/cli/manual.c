/*
 * The manual pages runhost(1) and runhost.conf(5), from the tables; the build
 * prints them and installs what is printed.
 */
#include "cli/help.h"

#include "cli/config.h"
#include "cli/options.h"
#include "cli/settings.h"

#include <string.h>

/*
 * Text, perhaps of several lines, that means itself: no line of it is a
 * request, and what can be copied stays what it is.
 */
static void
text(FILE *f, const char *s)
{
	static const char special[] = "\\'-~^`";
	static const char *const meant[] = {
		"\\e", "\\(aq", "\\-", "\\(ti", "\\(ha", "\\(ga",
	};
	const char *at;
	bool begins = true;

	for (; *s != '\0'; begins = *s++ == '\n') {
		if (begins && *s == '.')
			fputs("\\&", f);
		if ((at = strchr(special, *s)) != NULL)
			fputs(meant[at - special], f);
		else
			fputc(*s, f);
	}
}

static void
bold(FILE *f, const char *s)
{
	fputs("\\fB", f);
	text(f, s);
	fputs("\\fP", f);
}

static void
title(FILE *f, const char *name, const char *section, const char *what)
{
	fprintf(f, ".\\\" Made by \"runhost help\" from the tables of the host."
	    "\n.TH %s %s \"\" \"runhost %s\" \"runhost\"\n"
	    ".nh\n.ad l\n.SH NAME\n", name, section, PACKAGE_VERSION);
	text(f, what);
	fputc('\n', f);
}

/* A tagged paragraph: "--name ARG" and what it is. */
static void
entry(FILE *f, const char *dashes, const char *name, const char *arg,
    const char *help, bool many)
{
	fputs(".TP\n\\fB", f);
	text(f, dashes);
	text(f, name);
	fputs("\\fP", f);
	if (arg != NULL) {
		fputs(" \\fI", f);
		text(f, arg);
		fputs("\\fP", f);
	}
	fputc('\n', f);
	text(f, help);
	fputs(many && strstr(help, "may be repeated") == NULL ?
	    " (may be repeated)\n" : "\n", f);
}

static void
option(FILE *f, const struct opt *o)
{
	entry(f, "--", o->name, o->arg, o->help, o->flags & OPT_MANY);
}

static void
example(FILE *f, const char *lines)
{
	fputs(".PP\n.EX\n", f);
	text(f, lines);
	fputs("\n.EE\n", f);
}

static void
synopsis(FILE *f, const struct command *c)
{
	const struct operand *a;

	fputs(".PP\n", f);
	bold(f, "runhost ");
	bold(f, c->path);
	for (a = c->operands; a != NULL && a->name != NULL; a++)
		fprintf(f, a->flags & ARG_OPTIONAL ? " [\\fI%s\\fP%s]" :
		    " \\fI%s\\fP%s", a->name,
		    a->flags & ARG_REST ? "..." : "");
	fputs(" [\\fIOPTION\\fP...]\n", f);
}

static void
command(FILE *f, const struct command *c)
{
	const struct operand *a;
	size_t k;

	fputs(".SS ", f);
	text(f, c->path);
	fputc('\n', f);
	text(f, c->summary);
	fputs(".\n", f);
	synopsis(f, c);
	if (c->about != NULL) {
		fputs(".PP\n", f);
		text(f, c->about);
		fputc('\n', f);
	}
	for (a = c->operands; a != NULL && a->name != NULL; a++)
		entry(f, "", a->name, NULL, a->help, false);
	for (k = 0; c->opts != NULL && c->opts[k].name != NULL; k++)
		option(f, &c->opts[k]);
	if (c->flags & CMD_HOST)
		fputs(".PP\nAlso takes the options that find the host.\n", f);
	if (c->flags & CMD_SETTINGS)
		fputs(".PP\nAlso takes the options of settings.\n", f);
	if (c->example != NULL)
		example(f, c->example);
}

/* What all commands of a kind take, and perhaps how their values are set. */
static void
shared_options(FILE *f, const char *head, unsigned flags)
{
	const struct command all = { .path = "", .flags = flags };
	struct opt o;
	size_t k;

	fprintf(f, ".SS %s\n", head);
	for (k = 0; options_at(&all, k, &o); k++)
		if (flags == 0 || (strcmp(o.name, "json") != 0 &&
		    strcmp(o.name, "help") != 0))
			option(f, &o);
}

static void
exit_codes(FILE *f)
{
	const struct exit_meaning *e;
	char code[12];

	fputs(".SH EXIT STATUS\n", f);
	for (e = exit_meanings; e->meaning != NULL; e++) {
		snprintf(code, sizeof code, "%d", e->code);
		entry(f, "", code, NULL, e->meaning, false);
	}
}

void
help_man(FILE *f)
{
	const struct command *c;

	title(f, "RUNHOST", "1",
	    "runhost - a host for runner and action plugins");
	fputs(".SH SYNOPSIS\n\\fBrunhost\\fP \\fICOMMAND\\fP "
	    "[\\fIARGUMENT\\fP...] [\\fIOPTION\\fP...]\n"
	    ".SH DESCRIPTION\n"
	    "\\fBrunhost serve\\fP is the host; all other commands drive one, "
	    "look at what it keeps, or explain themselves.\n"
	    "Options may stand anywhere behind the words of the command; "
	    "\\fB\\-\\-\\fP ends them.\n.PP\n"
	    "Results go to standard output, progress and diagnostics to "
	    "standard error.\nWith \\fB\\-\\-json\\fP standard output is the "
	    "host\\(aqs reply, one JSON document on one line; an error is "
	    "an object with the members ok, data, error, hint and "
	    "reason_code.\n"
	    "Times in texts are local, in JSON they are UTC.\n"
	    ".SH COMMANDS\n", f);
	for (c = command_table; c->path != NULL; c++)
		if (!(c->flags & CMD_GROUP))
			command(f, c);
	fputs(".SH OPTIONS\n", f);
	shared_options(f, "Of all commands", 0);
	shared_options(f, "That find the host", CMD_HOST);
	fputs(".PP\nA token is never given on the command line, where other "
	    "users could see it.\n", f);
	shared_options(f, "Of settings", CMD_SETTINGS);
	fputs(".PP\nThese are in \\fBrunhost.conf\\fP(5).\n"
	    ".SH ENVIRONMENT\n", f);
	entry(f, "", "RUNHOST_DATA", NULL, "the host's data directory, where "
	    "--data isn't given", false);
	entry(f, "", "RUNHOST_URL, RUNHOST_TOKEN_FILE", NULL, "the host's "
	    "address and the file with the token, where neither --data nor "
	    "--url is given", false);
	fputs(".PP\nEach setting has a variable, too: "
	    "\\fBrunhost.conf\\fP(5).\n", f);
	exit_codes(f);
	fputs(".SH SEE ALSO\n\\fBrunhost.conf\\fP(5)\n", f);
}

static void
setting(FILE *f, const struct setting *s)
{
	char env[96], range[160];

	setting_env(s, env, sizeof env);
	setting_range(s, range, sizeof range);
	entry(f, "", s->key, NULL, s->help, false);
	fputs(".br\nValue: ", f);
	text(f, range);
	fputs(".\n.br\nDefault: ", f);
	text(f, s->preset != NULL ? s->preset : "none");
	fputs(".\n.br\nEnvironment: ", f);
	text(f, env);
	if (s->flag != NULL) {
		fputs(".\n.br\nOption: ", f);
		bold(f, "--");
		bold(f, s->flag);
	}
	fputs(".\n.br\nTakes effect: ", f);
	text(f, s->live ? "with a reload" : "at the next start");
	fputs(".\n", f);
}

void
help_man_settings(FILE *f)
{
	const struct setting *s;

	title(f, "RUNHOST.CONF", "5",
	    "runhost.conf - configuration of a runhost host");
	fputs(".SH DESCRIPTION\n"
	    "A setting comes from, in rising order: its default, the "
	    "configuration file, the environment, an option of "
	    "\\fBrunhost serve\\fP.\n"
	    "\\fBrunhost config show \\-\\-origin\\fP tells what holds and "
	    "why; \\fBrunhost config check\\fP judges a file.\n.PP\n"
	    "The file is \\fB\\-\\-config\\fP \\fIFILE\\fP, else what "
	    "RUNHOST_CONFIG names, else \\fB" CONFIG_NAME "\\fP in the data "
	    "directory, if it is there.\n"
	    "A line is \\fIkey\\fP = \\fIvalue\\fP or begins with #; the "
	    "value ends with its line and isn\\(aqt quoted.\n"
	    "A key that may be repeated is given on one line each.\n"
	    "Unknown keys and values out of range are refused, with the "
	    "line.\nRelative paths start at the working directory.\n.PP\n"
	    "Behind the settings comes a section a plugin: its values are "
	    "JSON, or else text, and become the members of the object that "
	    "the plugin reads as its configuration.\n", f);
	example(f, "listen = 127.0.0.1:8714\nworker.max = 4\n\n"
	    "[plugin.mock]\ndelay_ms = 100");
	fputs(".SH SETTINGS\n", f);
	for (s = settings; s->key != NULL; s++)
		setting(f, s);
	fputs(".SH SEE ALSO\n\\fBrunhost\\fP(1)\n", f);
}
