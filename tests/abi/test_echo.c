/*
 * The runner echo: the pieces, read as the JSON they are, make the whole.
 */
#include "lib/unit.h"

#include "json/read.h"
#include "shipped.h"

#include <string.h>

/* The texts of all pieces, joined; how many there were. */
static int
join(const struct buf *pieces, struct buf *joined)
{
	const char *p = pieces->p, *end;
	struct arena arena = { 0 };
	struct json_doc doc;
	struct str text;
	struct err err;
	int n = 0;

	buf_adds(joined, "");
	for (; (end = strchr(p, '\n')) != NULL; p = end + 1, n++) {
		if (!CHECK_OK(json_parse(&arena, p, (size_t)(end - p),
		    &json_limits_default, &doc, &err), &err) ||
		    !CHECK(json_str(&doc, json_member(&doc, 0, "text"),
		    &arena, &text)))
			break;
		buf_add(joined, text.p, text.len);
	}
	arena_fini(&arena);
	return n;
}

static void
echoes(struct fake *f, const char *want, int pieces)
{
	struct buf joined = { 0 };

	if (!shipped_run("runner_echo", f))
		return;
	CHECK_UINT(f->kind, RH_COMPLETED);
	CHECK_STR(f->output.p, want);
	CHECK_INT(join(&f->pieces, &joined), pieces);
	CHECK_STR(joined.p, want);
	buf_fini(&joined);
}

static void
test_input(void)
{
	static const char json[] = "{\"text\":\"\xe2\x82\xac \\\" \\u0000 "
	    "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\",\"n\":[1,2]}";
	struct fake f;

	fake_init(&f);
	f.inv.input = fake_text(json);
	echoes(&f, json, 3);
	CHECK_STR(f.reports.p, "progress ECHOING 0 -\nevent echo.piece\n"
	    "event echo.piece\nevent echo.piece\n"
	    "progress DONE 100 -\n");
	CHECK_INT(f.waited_ms, 0);
	fake_fini(&f);
}

static void
test_args(void)
{
	struct fake f;

	fake_init(&f);
	f.inv.args = fake_text("[\"a\",\"b\"]");
	echoes(&f, "[\"a\",\"b\"]", 1);
	fake_fini(&f);
}

/* Control characters are the longest when quoted; JSON escapes them once. */
static void
test_long(void)
{
	struct buf json = { 0 };
	struct fake f;
	int i;

	buf_addc(&json, '"');
	for (i = 0; i < 10000; i++)
		buf_adds(&json, "\\u0001\xc3\xa4");
	buf_addc(&json, '"');
	fake_init(&f);
	f.inv.input = (struct rh_text){ json.p, json.len };
	echoes(&f, json.p, 20);
	fake_fini(&f);
	buf_fini(&json);
}

static void
test_too_big(void)
{
	struct buf json = { 0 };
	struct fake f;
	int i;

	buf_addc(&json, '"');
	for (i = 0; i < 1024 * 1024; i++)
		buf_addc(&json, 'x');
	buf_addc(&json, '"');
	fake_init(&f);
	f.inv.input = (struct rh_text){ json.p, json.len };
	if (shipped_run("runner_echo", &f)) {
		CHECK_UINT(f.kind, RH_FAILED);
		CHECK_STR(f.error.p, "the input is too big for an output");
	}
	fake_fini(&f);
	buf_fini(&json);
}

static void
test_stop(void)
{
	struct fake f;

	fake_init(&f);
	f.inv.config = fake_text("{\"delay_ms\":7}");
	f.inv.input = fake_text("\"0123456789abcdef0123456789abcdef\"");
	f.stop_at = 2;
	f.stop = RH_EDEADLINE;
	if (shipped_run("runner_echo", &f)) {
		CHECK_UINT(f.kind, RH_TIMEOUT);
		CHECK_INT(f.waited_ms, 7);
		CHECK_STR(f.reports.p,
		    "progress ECHOING 0 -\nevent echo.piece\n");
	}
	fake_fini(&f);
}

const struct unit_test echo_tests[] = {
	{ "an input comes back in pieces that break no character",
	  test_input },
	{ "without an input the arguments come back", test_args },
	{ "a long input comes in more pieces, each small enough", test_long },
	{ "an input that is no possible output is refused", test_too_big },
	{ "the deadline ends it between two pieces", test_stop },
	{ NULL, NULL },
};
