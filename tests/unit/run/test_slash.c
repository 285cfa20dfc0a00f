/* Each row of the table of slash commands, and what lies between. */
#include "lib/unit.h"

#include "base/arena.h"
#include "base/str.h"
#include "run/slash.h"

struct row {
	const char *text;
	const char *command, *action;
	const char *raw;
	const char *args[8];	/* ended by NULL */
};

static void
check_row(const struct row *row)
{
	struct arena a = { 0 };
	struct slash s = { 0 };
	struct err err;
	size_t i;

	if (CHECK_OK(slash_parse(&a, row->text, &s, &err), &err)) {
		CHECK_STR(s.command, row->command);
		CHECK_STR(s.action != NULL ? s.action : "(none)",
		    row->action != NULL ? row->action : "(none)");
		CHECK_STR(s.raw_args, row->raw);
		for (i = 0; row->args[i] != NULL && i < s.arg_count; i++)
			CHECK_STR(s.args[i], row->args[i]);
		CHECK_UINT(s.arg_count, i);
		CHECK(row->args[i] == NULL);
	}
	arena_fini(&a);
}

static void
check_rows(const struct row *rows)
{
	for (; rows->text != NULL; rows++)
		check_row(rows);
}

static void
test_table(void)
{
	static const struct row rows[] = {
	{ "/test hello world", "/test", "hello", "world", { "world" } },
	{ "/test", "/test", NULL, "", { NULL } },
	{ "  /test   hello   a  b ", "/test", "hello", "a  b", { "a", "b" } },
	{ "/postman https://x", "/postman", NULL, "https://x",
	    { "https://x" } },
	{ "/test 123", "/test", NULL, "123", { "123" } },
	{ "/test -v hello", "/test", NULL, "-v hello", { "-v", "hello" } },
	{ "/test he!lo x", "/test", NULL, "he!lo x", { "he!lo", "x" } },
	{ "/test say \"hello world\" x", "/test", "say", "\"hello world\" x",
	    { "hello world", "x" } },
	{ "/test say \"unclosed x", "/test", "say", "\"unclosed x",
	    { "\"unclosed", "x" } },
	{ "/test hello ''", "/test", "hello", "''", { "" } },
	{ "/ test", "/test", NULL, "", { NULL } },
	{ "//x y", "//x", "y", "", { NULL } },
	{ NULL, NULL, NULL, NULL, { NULL } },
	};

	check_rows(rows);
}

static void
test_quotes(void)
{
	static const struct row rows[] = {
	{ "/t a 'b \"c\"' \"d 'e'\"", "/t", "a", "'b \"c\"' \"d 'e'\"",
	    { "b \"c\"", "d 'e'" } },
	{ "/t a x\\ y \\'", "/t", "a", "x\\ y \\'", { "x y", "'" } },
	{ "/t a \"q\\\"r\\n\\\\\"", "/t", "a", "\"q\\\"r\\n\\\\\"",
	    { "q\"r\\n\\" } },
	{ "/t a 'b'\"c\"d", "/t", "a", "'b'\"c\"d", { "bcd" } },
	{ "/t a b\\", "/t", "a", "b\\", { "b\\" } },
	{ "/t \"act\" b", "/t", "act", "b", { "b" } },
	{ "/t\ta\nb", "/t", "a", "b", { "b" } },
	{ "/Test A_b-9 x", "/Test", "A_b-9", "x", { "x" } },
	{ "/t '' a", "/t", NULL, "'' a", { "", "a" } },
	{ "/t \xc3\xa9t\xc3\xa9", "/t", NULL, "\xc3\xa9t\xc3\xa9",
	    { "\xc3\xa9t\xc3\xa9" } },
	{ NULL, NULL, NULL, NULL, { NULL } },
	};

	check_rows(rows);
}

static void
test_refused(void)
{
	static const char *const texts[] = { "/", "", "   ", "test", "x /y",
	    " / ", "/\"\"", "/'' x", NULL };
	struct arena a = { 0 };
	struct slash s;
	struct err err;
	size_t i;

	for (i = 0; texts[i] != NULL; i++) {
		CHECK_INT(slash_parse(&a, texts[i], &s, &err), RH_EREQUEST);
		CHECK_HAS(err.msg, "must start with");
	}
	arena_fini(&a);
}

const struct unit_test run_slash_tests[] = {
	{ "each row of the table parses as it says", test_table },
	{ "quotes and backslashes are those of a shell", test_quotes },
	{ "text without a slash and a name is refused", test_refused },
	{ NULL, NULL },
};
