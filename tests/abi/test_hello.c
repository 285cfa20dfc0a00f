/*
 * The action hello.greet, and the plugin that the tutorial builds.
 */
#include "lib/unit.h"

#include "shipped.h"

#include <string.h>

static void
greets(const char *input, const char *want)
{
	struct fake f;

	fake_init(&f);
	f.inv.input = fake_text(input);
	if (shipped_run("action_hello", &f)) {
		CHECK_UINT(f.kind, RH_COMPLETED);
		CHECK_STR(f.output.p, want);
	}
	fake_fini(&f);
}

static void
test_greet(void)
{
	greets("{\"name\":\"World\"}", "{\"greeting\":\"Hello, World!\"}");
	greets("{\"name\":\"\"}", "{\"greeting\":\"Hello, !\"}");
	greets(" { \"name\" : \"\xc3\x84nne\" } ",
	    "{\"greeting\":\"Hello, \xc3\x84nne!\"}");
	greets("{\"name\":\"a\\\"b\\\\\\u0041\"}",
	    "{\"greeting\":\"Hello, a\\\"b\\\\\\u0041!\"}");
}

static void
test_no_name(void)
{
	struct fake f;

	fake_init(&f);
	f.inv.input = fake_text("{\"name\":7}");
	if (shipped_run("action_hello", &f)) {
		CHECK_UINT(f.kind, RH_FAILED);
		CHECK_STR(f.error.p, "\"name\" is not a string");
	}
	fake_fini(&f);
}

static void
test_example_runner(void)
{
	struct fake f;

	fake_init(&f);
	f.inv.action_id = fake_text("Ann");
	f.inv.checkpoint_name = fake_text("greeted");
	f.inv.checkpoint = fake_text("1");
	if (shipped_run("hello_action", &f)) {
		CHECK_UINT(f.kind, RH_COMPLETED);
		CHECK_STR(f.reports.p, "progress GREETING 30 -\n"
		    "output 1 Hello, Ann!\ncheckpoint greeted 2\n"
		    "progress GREETING 60 -\n"
		    "output 1 Hello, Ann!\ncheckpoint greeted 3\n"
		    "progress DONE 100 -\n");
	}
	fake_fini(&f);
}

static void
test_example_action(void)
{
	const struct rh_entry *entry = shipped_load("hello_action");
	struct fake f;

	if (entry == NULL)
		return;
	fake_init(&f);
	f.inv.input = fake_text("{\"name\":\"A\\nB\",\"times\":2}");
	entry->actions[0]->run(&f.inv, &f.host);
	CHECK_STR(f.output.p,
	    "{\"say\": \"hello\", \"to\": \"A\\nB\", \"times\": 2}");
	fake_fini(&f);
}

const struct unit_test hello_tests[] = {
	{ "the name comes back as it was escaped", test_greet },
	{ "what is no name is refused", test_no_name },
	{ "the example's runner goes on from its checkpoint",
	  test_example_runner },
	{ "the example's action answers with JSON", test_example_action },
	{ NULL, NULL },
};
