#include "cli/options.h"

#include "cli/settings.h"
#include "lib/cli.h"
#include "lib/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A cli whose cmd is the command of these words. */
static rh_status
parse(struct cli *cli, const char *path, char **argv, struct err *err)
{
	char *words[] = { NULL, NULL };
	char copy[64], *space;
	int argc = 0, used;

	memset(cli, 0, sizeof *cli);
	snprintf(copy, sizeof copy, "%s", path);
	words[0] = copy;
	if ((space = strchr(copy, ' ')) != NULL) {
		*space = '\0';
		words[1] = space + 1;
	}
	cli->cmd = command_find(space != NULL ? 2 : 1, words, &used);
	while (argv[argc] != NULL)
		argc++;
	return options_parse(cli, argc, argv, err);
}

static void
done(struct cli *cli)
{
	free(cli->opts);
	free(cli->operands);
}

#define ARGV(...) ((char *[]){ __VA_ARGS__, NULL })

static void
test_forms(void)
{
	struct err err = { 0 };
	struct cli cli;

	CHECK_OK(parse(&cli, "run", ARGV("--timeout", "5", "/mock",
	    "--session=s=1", "hello", "--json"), &err), &err);
	CHECK_INT(cli_int(&cli, "timeout", 0), 5);
	CHECK_STR(cli_opt(&cli, "session"), "s=1");
	CHECK(cli.json);
	CHECK(!cli_flag(&cli, "detach"));
	CHECK_INT(cli.operand_count, 2);
	CHECK_STR(cli_operand(&cli, 0), "/mock");
	CHECK_STR(cli_operand(&cli, 1), "hello");
	CHECK(cli_operand(&cli, 2) == NULL);
	done(&cli);
}

static void
test_end(void)
{
	struct err err = { 0 };
	struct cli cli;

	CHECK_OK(parse(&cli, "run", ARGV("--", "/mock", "--json", "--"),
	    &err), &err);
	CHECK(!cli.json);
	CHECK_INT(cli.operand_count, 3);
	CHECK_STR(cli_operand(&cli, 2), "--");
	done(&cli);
}

static void
test_many(void)
{
	struct err err = { 0 };
	struct cli cli;

	CHECK_OK(parse(&cli, "run", ARGV("--set", "a=1", "/x", "--set=b=2"),
	    &err), &err);
	CHECK_STR(cli_opt_at(&cli, "set", 0), "a=1");
	CHECK_STR(cli_opt_at(&cli, "set", 1), "b=2");
	CHECK(cli_opt_at(&cli, "set", 2) == NULL);
	done(&cli);
}

static void
refused(const char *path, char **argv, const char *msg, const char *hint)
{
	struct err err = { 0 };
	struct cli cli;

	CHECK_INT(parse(&cli, path, argv, &err), RH_EINPUT);
	CHECK_STR(err.msg, msg);
	CHECK_STR(err.hint, hint);
	done(&cli);
}

static void
test_refused(void)
{
	refused("run", ARGV("--timeuot", "5", "/x"),
	    "\"run\" has no option \"--timeuot\"",
	    "did you mean \"--timeout\"?");
	refused("run", ARGV("-x", "/x"), "\"run\" has no option \"-x\"",
	    "see \"runhost run --help\"");
	refused("run", ARGV("/x", "--timeout"),
	    "\"--timeout\" needs a value: SECONDS", "");
	refused("run", ARGV("/x", "--timeout", "5s"),
	    "\"--timeout\" takes a whole number from 1 to 86400, not \"5s\"",
	    "");
	refused("run", ARGV("/x", "--timeout", "86401"), "\"--timeout\" takes "
	    "a whole number from 1 to 86400, not \"86401\"", "");
	refused("run", ARGV("/x", "--detach=yes"),
	    "\"--detach\" takes no value", "");
	refused("run", ARGV("/x", "--session", "a", "--session", "b"),
	    "\"--session\" is given twice", "");
	refused("run", ARGV("--detach"), "\"run\" needs COMMAND: a slash "
	    "command, as '/mock hello world' or as words",
	    "see \"runhost run --help\"");
	refused("runs show", ARGV("a", "b"),
	    "\"runs show\" has no use for \"b\"",
	    "see \"runhost runs show --help\"");
}

static void
test_commands(void)
{
	const struct command *c;
	int used;

	c = command_find(3, ARGV("runs", "list", "x"), &used);
	CHECK_STR(c->path, "runs list");
	CHECK_INT(used, 2);
	c = command_find(2, ARGV("runs", "x"), &used);
	CHECK_STR(c->path, "runs");
	CHECK_INT(used, 1);
	CHECK(command_find(1, ARGV("ru"), &used) == NULL);
	CHECK(command_find(1, ARGV("runs list"), &used) == NULL);
}

static void
test_nearest(void)
{
	struct nearest n;

	nearest_init(&n, "plugni list");
	nearest_try(&n, "audit list");
	nearest_try(&n, "plugin list");
	nearest_try(&n, "plugin show");
	CHECK_STR(n.best, "plugin list");
	nearest_init(&n, "zzz");
	nearest_try(&n, "run");
	CHECK(n.best == NULL);
}

/* Every row can be shown, found and run, and says what it is. */
static void
test_table(void)
{
	const struct command *c;
	const struct operand *a;
	struct opt o, again;
	size_t k;

	for (c = command_table; c->path != NULL; c++) {
		CHECK(c->summary != NULL && c->summary[0] != '\0');
		CHECK((c->run == NULL) == !!(c->flags & CMD_GROUP));
		for (a = c->operands; a != NULL && a->name != NULL; a++)
			CHECK(a->help != NULL);
		for (k = 0; options_at(c, k, &o); k++) {
			CHECK(o.help != NULL);
			CHECK(options_find(c, o.name, &again) &&
			    again.help == o.help);
		}
	}
}

/* Every setting that has a flag is taken by serve. */
static void
test_serve(void)
{
	const struct setting *s;
	struct opt o;
	const struct command *c;
	int used;

	c = command_find(1, ARGV("serve"), &used);
	for (s = settings; s->key != NULL; s++)
		if (s->flag != NULL)
			CHECK(options_find(c, s->flag, &o));
	CHECK(options_find(c, "config", &o));
	CHECK(options_find(c, "set", &o) && (o.flags & OPT_MANY));
	CHECK(options_find(c, "plugins", &o) && (o.flags & OPT_MANY));
	CHECK(options_find(c, "insecure-listen", &o) && o.arg == NULL);
	CHECK(options_find(c, "accept-loss", &o));
}

static void
expect(const char *const *words, int code, const char *out, const char *diag)
{
	struct cli_result r = cli_do(words);

	CHECK_INT(r.code, code);
	CHECK_HAS(r.out, out);
	CHECK_HAS(r.diag, diag);
	cli_result_free(&r);
}

#define WORDS(...) ((const char *[]){ __VA_ARGS__, NULL })

static void
test_help(void)
{
	expect(WORDS("help"), 0, "usage: runhost COMMAND", "");
	expect(WORDS("--help"), 0, "usage: runhost COMMAND", "");
	expect(WORDS("runs", "list", "--help"), 0,
	    "usage: runhost runs list [OPTION...]", "");
	expect(WORDS("runs", "show", "-h"), 0, "usage: runhost runs show RUN",
	    "");
	expect(WORDS("help", "runs"), 0, "runs cancel", "");
	expect(WORDS("help", "nope"), 2, "", "no command \"nope\"");
	expect(WORDS("version"), 0, "runhost " PACKAGE_VERSION ", SDK 1.", "");
	expect(WORDS("version", "--json"), 0,
	    "{\"version\":\"" PACKAGE_VERSION "\"", "");
}

/* Texts of settings and commands may be long; a terminal has 80 columns. */
static void
test_help_width(void)
{
	const struct command *c;
	const char *line, *end;
	struct cli_result r;
	char *words[6], *path, *word;
	size_t n;

	for (c = command_table; c->path != NULL; c++) {
		path = strdup(c->path);
		words[0] = (char *)"help";
		for (n = 1, word = strtok(path, " "); word != NULL; n++) {
			words[n] = word;
			word = strtok(NULL, " ");
		}
		words[n] = NULL;
		r = cli_do((const char *const *)words);
		CHECK_INT(r.code, 0);
		for (line = r.out; *line != '\0'; line = end + 1) {
			end = strchr(line, '\n');
			if (end - line > 80)
				CHECK_STR(line, "at most 80 columns");
		}
		cli_result_free(&r);
		free(path);
	}
}

static void
test_no_data(void)
{
	unsetenv("RUNHOST_DATA");
	expect(WORDS("serve"), 2, "", "runhost: no data directory is named\n"
	    "hint: give --data DIR or set RUNHOST_DATA");
}

static void
test_wrong_command(void)
{
	expect(WORDS("rnus", "list"), 2, "",
	    "there is no command \"rnus list\"\n"
	    "hint: did you mean \"runhost runs list\"?");
	expect(WORDS("runs", "lits"), 2, "",
	    "hint: did you mean \"runhost runs list\"?");
	expect(WORDS("runs"), 2, "", "usage: runhost runs COMMAND");
	expect(WORDS("help", "runs", "lits"), 2, "",
	    "there is no command \"runs lits\"\n"
	    "hint: did you mean \"runhost runs list\"?");
	expect(WORDS("qqqqqq"), 2, "", "hint: see \"runhost help\"");
	expect(WORDS("run"), 2, "", "\"run\" needs COMMAND");
}

/* One line on standard output, whatever is wrong and wherever --json is. */
static void
enveloped(const char *const *words, const char *error)
{
	struct cli_result r = cli_do(words);

	CHECK_INT(r.code, 2);
	CHECK_HAS(r.out, "{\"ok\":false,\"data\":null,\"error\":\"");
	CHECK_HAS(r.out, error);
	CHECK_HAS(r.out, "\"reason_code\":\"INVALID_INPUT\"}\n");
	CHECK_INT(strchr(r.out, '\n') - r.out, strlen(r.out) - 1);
	CHECK_HAS(r.diag, "runhost: ");
	cli_result_free(&r);
}

static void
test_json_errors(void)
{
	enveloped(WORDS("runs", "list", "--limit", "abc", "--json"), "abc");
	enveloped(WORDS("runs", "list", "--zork", "--json"), "--zork");
	enveloped(WORDS("run", "--json", "--timeout", "0", "/mock"),
	    "--timeout");
	enveloped(WORDS("grant", "add", "user:a", "run_get", "--expires", "0",
	    "--json"), "--expires");
	enveloped(WORDS("runs", "list", "--json", "--url"), "--url");
	enveloped(WORDS("serve", "--zork", "--json"), "--zork");
	enveloped(WORDS("doctor", "--json", "--zork"), "--zork");
	enveloped(WORDS("zork", "--json"), "zork");
	enveloped(WORDS("runs", "zork", "--json"), "runs zork");
	enveloped(WORDS("runs", "--json"), "\\\"runs\\\" needs a command");
	enveloped(WORDS("help", "zork", "--json"), "zork");
	expect(WORDS("run", "--zork", "--", "--json"), 2, "", "--zork");
}

const struct unit_test cli_options_tests[] = {
	{ "options stand before, between and behind the operands", test_forms },
	{ "two dashes end the options", test_end },
	{ "an option that may be repeated keeps all its values", test_many },
	{ "what is wrong with an option is said by name", test_refused },
	{ "a command is the longest row that argv begins with", test_commands },
	{ "the nearest name is guessed, if it is near", test_nearest },
	{ "every command, option and operand is documented", test_table },
	{ "serve takes the flags of the settings", test_serve },
	{ "help is there for every command, on standard output", test_help },
	{ "help fits a terminal of 80 columns", test_help_width },
	{ "serve wants to be told its data directory", test_no_data },
	{ "with --json a wrong use is an envelope, too", test_json_errors },
	{ "an unknown command exits with 2 and the nearest name", test_wrong_command },
	{ NULL, NULL }
};
