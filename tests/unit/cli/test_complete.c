#include "cli/options.h"
#include "lib/cli.h"
#include "lib/unit.h"

#include <stdio.h>
#include <string.h>

/* What is offered at the last word, without what it is; see below. */
static void
offers(const char *const *words, const char *want)
{
	struct cli_result r = cli_do(words);
	char have[4096] = "";
	char *line, *end;

	CHECK_INT(r.code, 0);
	for (line = r.out; (end = strchr(line, '\n')) != NULL;
	    line = end + 1) {
		line[strcspn(line, "\t\n")] = '\0';
		if (strlen(have) + strlen(line) + 2 < sizeof have)
			strcat(strcat(have, *have ? " " : ""), line);
	}
	CHECK_STR(have, want);
	cli_result_free(&r);
}

#define AT(...) ((const char *[]){ "completion", "words", "--", \
	__VA_ARGS__, NULL })

static void
test_commands(void)
{
	offers(AT("ru"), "run runs runtime");
	offers(AT("runs", ""), "list show events cancel stats");
	offers(AT("runs", "s"), "show stats");
	offers(AT("nothing", ""), "");
	offers(AT("run", ""), "");
	offers(AT("help", "audit", "ver"), "verify");
}

static void
test_options(void)
{
	offers(AT("config", "show", "--or"), "--origin");
	offers(AT("runs", "events", "--"), "--after --limit --data --url "
	    "--token-file --ca-file --request-timeout --json --help");
	offers(AT("runs", "events", "x", "--limit", "--after", "--li"), "");
	offers(AT("runs", "events", "x", "--limit=3", "--li"), "");
	/* one that may be repeated, one that is a value, the end */
	offers(AT("serve", "--plugins", "a", "--pl"), "--plugins");
	offers(AT("runs", "cancel", "--reason", "--"), "");
	offers(AT("run", "--", "--"), "");
	offers(AT("runs", "--"), "--json --help");
}

static void
test_values(void)
{
	offers(AT("runs", "list", "--status", ""),
	    "PENDING RUNNING SUCCEEDED FAILED CANCELED TIMEOUT");
	offers(AT("runs", "list", "--status=F"), "--status=FAILED");
	offers(AT("audit", "list", "--decision", ""),
	    "allow deny error intent outcome");
	offers(AT("token", "create", "x", "--role", "a"),
	    "admin agent_run:admin");
	offers(AT("serve", "--log-level", ""), "debug info warn error");
	offers(AT("serve", "--set", "run.l"), "run.lease_s=");
	offers(AT("run", "--set", ""), "");
	offers(AT("serve", "--config", "x"), ":files");
	offers(AT("serve", "--data=x"), ":dirs");
	offers(AT("runs", "list", "--limit", ""), "");
	offers(AT("runs", "list", "--newest=", ""), "");
	offers(AT("runs", "list", "--json=t"), "");
}

static void
test_operands(void)
{
	offers(AT("can", ""), "");
	offers(AT("can", "user:a", "token_"),
	    "token_create token_list token_revoke");
	offers(AT("can", "--json", "user:a", "--data", "d", "token_c"),
	    "token_create");
	offers(AT("can", "user:a", "run_get", ""), "");
	offers(AT("grant", "add", "x", "role:o"), "role:operator");
	offers(AT("action", "call", "slots_"), "");
	offers(AT("config", "check", ""), ":files");
}

/* Every command is offered word by word, and every option of it. */
static void
test_all(void)
{
	const struct command *c;
	struct cli_result r;
	char first[32], last[32], option[64];
	const char *space;
	struct opt o;
	size_t k;

	for (c = command_table; c->path != NULL; c++) {
		space = strchr(c->path, ' ');
		snprintf(first, sizeof first, "%.*s",
		    (int)strcspn(c->path, " "), c->path);
		snprintf(last, sizeof last, "%s", space ? space + 1 : first);
		r = space ? cli_do(AT(first, last)) : cli_do(AT(first));
		CHECK_HAS(r.out, last);
		CHECK_HAS(r.out, c->summary);
		cli_result_free(&r);
		for (k = 0; options_at(c, k, &o); k++) {
			snprintf(option, sizeof option, "--%s", o.name);
			r = space ? cli_do(AT(first, last, option)) :
			    cli_do(AT(first, option));
			CHECK_HAS(r.out, option);
			CHECK_HAS(r.out, o.help);
			cli_result_free(&r);
		}
	}
}

const struct unit_test cli_complete_tests[] = {
	{ "commands and their second words are offered", test_commands },
	{ "options are offered that may still be given", test_options },
	{ "values are offered that are words of a table", test_values },
	{ "operands are counted past options and their values", test_operands },
	{ "every row of the command table is offered", test_all },
	{ NULL, NULL }
};
