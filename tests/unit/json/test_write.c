/*
 * The writer: commas, escapes, numbers, bad UTF-8, and that what it writes
 * is read back as it was.
 */
#include "lib/unit.h"

#include "base/buf.h"
#include "json/read.h"
#include "json/write.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void
test_structure(void)
{
	struct buf b = { 0 };
	struct json_out o;

	jw_init(&o, &b);
	jw_object(&o);
	jw_m_i64(&o, "a", 1);
	jw_name(&o, "b");
	jw_array(&o);
	jw_i64(&o, 1);
	jw_array(&o);
	jw_end_array(&o);
	jw_object(&o);
	jw_end_object(&o);
	jw_text(&o, "x");
	jw_null(&o);
	jw_end_array(&o);
	jw_m_bool(&o, "c", true);
	jw_name(&o, "d");
	jw_object(&o);
	jw_m_null(&o, "e");
	jw_end_object(&o);
	jw_m_text(&o, "f", NULL);
	jw_end_object(&o);
	CHECK_STR(b.p, "{\"a\":1,\"b\":[1,[],{},\"x\",null],\"c\":true,"
	    "\"d\":{\"e\":null},\"f\":null}");
	buf_fini(&b);
}

static void
test_top(void)
{
	struct buf b = { 0 };
	struct json_out o;

	jw_init(&o, &b);
	jw_i64(&o, -5);
	buf_addc(&b, '\n');
	jw_init(&o, &b);
	jw_bool(&o, false);
	CHECK_STR(b.p, "-5\nfalse");
	buf_fini(&b);
}

static void
test_strings(void)
{
	static const struct {
		struct str s;
		const char *want;
	} table[] = {
		{ STR(""), "\"\"" },
		{ { NULL, 0 }, "\"\"" },
		{ STR("abc"), "\"abc\"" },
		{ STR("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"" },
		{ STR("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"" },
		{ STR("\0\001\037\177"), "\"\\u0000\\u0001\\u001f\177\"" },
		{ STR("\033[31m"), "\"\\u001b[31m\"" },
		{ STR("gr\303\274\303\237"), "\"gr\303\274\303\237\"" },
		{ STR("\360\237\230\200"), "\"\360\237\230\200\"" },
		{ STR("\364\217\277\277"), "\"\364\217\277\277\"" },
		/* one U+FFFD for each byte that belongs to nothing */
		{ STR("\200"), "\"\357\277\275\"" },
		{ STR("a\377b"), "\"a\357\277\275b\"" },
		{ STR("\303"), "\"\357\277\275\"" },
		{ STR("\303("), "\"\357\277\275(\"" },
		{ STR("\342\202"), "\"\357\277\275\357\277\275\"" },
		{ STR("\300\257"), "\"\357\277\275\357\277\275\"" },
		{ STR("\355\240\200"),
		  "\"\357\277\275\357\277\275\357\277\275\"" },
		{ STR("\303\244\244"), "\"\303\244\357\277\275\"" },
		{ STR("\360\237\230\"x"),
		  "\"\357\277\275\357\277\275\357\277\275\\\"x\"" },
	};
	struct buf b = { 0 };
	struct json_out o;
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		buf_clear(&b);
		jw_init(&o, &b);
		jw_str(&o, table[i].s);
		CHECK_STR(b.p, table[i].want);
	}
	buf_fini(&b);
}

static void
test_names(void)
{
	struct buf b = { 0 };
	struct json_out o;

	jw_init(&o, &b);
	jw_object(&o);
	jw_m_str(&o, "a\"\n", STR("x\0y"));
	jw_name_str(&o, STR("n\0\377"));
	jw_i64(&o, 0);
	jw_end_object(&o);
	CHECK_STR(b.p,
	    "{\"a\\\"\\n\":\"x\\u0000y\",\"n\\u0000\357\277\275\":0}");
	buf_fini(&b);
}

static void
test_integers(void)
{
	struct buf b = { 0 };
	struct json_out o;

	jw_init(&o, &b);
	jw_array(&o);
	jw_i64(&o, 0);
	jw_i64(&o, INT64_MAX);
	jw_i64(&o, INT64_MIN);
	jw_end_array(&o);
	CHECK_STR(b.p, "[0,9223372036854775807,-9223372036854775808]");
	buf_fini(&b);
}

static void
test_doubles(void)
{
	static const struct {
		double	v;
		const char *want;
	} table[] = {
		{ 0, "0" }, { -0.0, "-0" }, { 1, "1" }, { -1.5, "-1.5" },
		{ 0.1, "0.1" }, { 0.1 + 0.2, "0.30000000000000004" },
		{ 100, "100" }, { 1e21, "1e+21" }, { 1e-7, "1e-07" },
		{ 1.7976931348623157e308, "1.7976931348623157e+308" },
		{ 5e-324, "5e-324" }, { 2.2250738585072014e-308,
		  "2.2250738585072014e-308" },
		{ 9007199254740993.0, "9007199254740992" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ INFINITY, "null" }, { -INFINITY, "null" }, { NAN, "null" },
	};
	struct buf b = { 0 };
	struct json_out o;
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		buf_clear(&b);
		jw_init(&o, &b);
		jw_double(&o, table[i].v);
		CHECK_STR(b.p, table[i].want);
	}
	buf_fini(&b);
}

/* Steps through the bits of doubles of all sizes. */
static void
test_doubles_read_back(void)
{
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct json_doc doc;
	struct json_out o;
	struct err err;
	uint64_t bits;
	double v, w = 0;
	int i;

	for (i = 0; i < 5000; i++) {
		bits = (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15);
		memcpy(&v, &bits, sizeof v);
		if (!isfinite(v))
			continue;
		buf_clear(&b);
		jw_init(&o, &b);
		jw_double(&o, v);
		CHECK_OK(json_parse(&a, b.p, b.len, NULL, &doc, &err), &err);
		CHECK(json_double(&doc, 0, &w) && memcmp(&v, &w, 8) == 0);
	}
	arena_fini(&a);
	buf_fini(&b);
}

static void
test_raw(void)
{
	struct buf b = { 0 };
	struct json_out o;

	jw_init(&o, &b);
	jw_object(&o);
	jw_m_raw(&o, "a", STR("[1, 2]"));
	jw_m_raw(&o, "b", STR(""));
	jw_m_raw(&o, "c", STR("{}"));
	jw_end_object(&o);
	CHECK_STR(b.p, "{\"a\":[1, 2],\"b\":null,\"c\":{}}");
	buf_fini(&b);
}

static void
test_raw_lines(void)
{
	struct buf b = { 0 };
	struct json_out o;

	buf_adds(&b, "before\n");
	jw_init(&o, &b);
	jw_raw(&o, STR("{\n\t\"a\": \"\\n\",\r\n \"b\": 1}\n"));
	CHECK_STR(b.p, "before\n{ \t\"a\": \"\\n\",   \"b\": 1} ");
	buf_fini(&b);
}

static void
test_time(void)
{
	struct buf b = { 0 };
	struct json_out o;

	jw_init(&o, &b);
	jw_object(&o);
	jw_m_time(&o, "at", INT64_C(1700000000123456));
	jw_m_time(&o, "never", 0);
	jw_end_object(&o);
	CHECK_STR(b.p,
	    "{\"at\":\"2023-11-14T22:13:20.123Z\",\"never\":null}");
	buf_fini(&b);
}

static void
test_depth(void)
{
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct json_doc doc;
	struct json_out o;
	struct err err;
	int i;

	jw_init(&o, &b);
	for (i = 0; i < 63; i++) {
		jw_array(&o);
		jw_i64(&o, i);
	}
	for (i = 0; i < 63; i++) {
		jw_null(&o);
		jw_end_array(&o);
	}
	CHECK_OK(json_parse(&a, b.p, b.len, NULL, &doc, &err), &err);
	CHECK_INT(json_size(&doc, 0), 3);
	arena_fini(&a);
	buf_fini(&b);
}

/* Every byte as text, and every pair of bytes, is read back. */
static void
test_read_back(void)
{
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct json_doc doc;
	struct json_out o;
	struct err err;
	struct str s;
	char text[2];
	int i;

	for (i = 0; i < 65536; i++) {
		text[0] = (char)(i >> 8);
		text[1] = (char)i;
		buf_clear(&b);
		jw_init(&o, &b);
		jw_str(&o, (struct str){ text, 2 });
		if (json_parse(&a, b.p, b.len, NULL, &doc, &err) != RH_OK) {
			CHECK_STR(err.msg, "");
			break;
		}
		if (!str_utf8(text, 2) || memchr(text, '\0', 2) != NULL)
			continue;
		CHECK(json_str(&doc, 0, &a, &s) &&
		    str_eq(s, (struct str){ text, 2 }));
	}
	arena_fini(&a);
	buf_fini(&b);
}

/* The mistakes of a caller. */
static void
value_without_name(struct json_out *o)
{
	jw_object(o);
	jw_i64(o, 1);
}

static void
name_in_array(struct json_out *o)
{
	jw_array(o);
	jw_name(o, "a");
}

static void
name_at_top(struct json_out *o)
{
	jw_name(o, "a");
}

static void
two_names(struct json_out *o)
{
	jw_object(o);
	jw_name(o, "a");
	jw_name(o, "b");
}

static void
name_without_value(struct json_out *o)
{
	jw_object(o);
	jw_name(o, "a");
	jw_end_object(o);
}

static void
wrong_end(struct json_out *o)
{
	jw_object(o);
	jw_end_array(o);
}

static void
end_too_many(struct json_out *o)
{
	jw_array(o);
	jw_end_array(o);
	jw_end_array(o);
}

static void
two_values(struct json_out *o)
{
	jw_i64(o, 1);
	jw_i64(o, 2);
}

static void
too_deep(struct json_out *o)
{
	int i;

	for (i = 0; i < 64; i++)
		jw_array(o);
}

/* Whether fn ends the process, tried in a child. */
static bool
trips(void (*fn)(struct json_out *))
{
	struct buf b = { 0 };
	struct json_out o;
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(1);
		signal(SIGABRT, SIG_DFL);
		jw_init(&o, &b);
		fn(&o);
		_exit(0);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void
test_mistakes(void)
{
	CHECK(trips(value_without_name));
	CHECK(trips(name_in_array));
	CHECK(trips(name_at_top));
	CHECK(trips(two_names));
	CHECK(trips(name_without_value));
	CHECK(trips(wrong_end));
	CHECK(trips(end_too_many));
	CHECK(trips(two_values));
	CHECK(trips(too_deep));
}

const struct unit_test json_write_tests[] = {
	{ "commas and colons are where they belong", test_structure },
	{ "one value stands at the top", test_top },
	{ "strings are escaped in one way", test_strings },
	{ "names are escaped as strings are", test_names },
	{ "integers keep all 64 bits", test_integers },
	{ "doubles have the fewest digits", test_doubles },
	{ "doubles are read back as they were", test_doubles_read_back },
	{ "raw JSON is left as it is", test_raw },
	{ "raw JSON of several lines becomes one", test_raw_lines },
	{ "times have milliseconds, no time is null", test_time },
	{ "63 levels can be written", test_depth },
	{ "all pairs of bytes give valid JSON", test_read_back },
	{ "mistakes of the caller trip an assertion", test_mistakes },
	{ NULL, NULL }
};
