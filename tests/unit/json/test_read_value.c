/*
 * Typed getters: what is of their type and within their range.
 */
#include "lib/unit.h"

#include "docs.h"
#include "json/read.h"

#include <math.h>
#include <stdlib.h>

/* Parses into the arena; text is copied without a byte to spare. */
static struct json_doc
parse(struct arena *a, const char *text)
{
	struct json_doc doc;
	struct err err;

	CHECK_OK(json_parse(a, arena_dup(a, text, strlen(text)),
	    strlen(text), NULL, &doc, &err), &err);
	return doc;
}

static void
test_bool(void)
{
	struct arena a = { 0 };
	struct json_doc doc = parse(&a, "[true,false,null,1,\"true\",[]]");
	bool v = false;

	CHECK(json_bool(&doc, 1, &v) && v);
	CHECK(json_bool(&doc, 2, &v) && !v);
	v = true;
	CHECK(!json_bool(&doc, 3, &v));
	CHECK(!json_bool(&doc, 4, &v));
	CHECK(!json_bool(&doc, 5, &v));
	CHECK(!json_bool(&doc, 6, &v));
	CHECK(v);
	arena_fini(&a);
}

static void
test_i64(void)
{
	static const struct {
		const char *text;
		bool	valid;
		int64_t	value;
	} table[] = {
		{ "0", true, 0 },
		{ "-0", true, 0 },
		{ "1", true, 1 },
		{ "-1", true, -1 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "9223372036854775808", false, 0 },
		{ "-9223372036854775808", true, INT64_MIN },
		{ "-9223372036854775809", false, 0 },
		{ "9223372036854775810", false, 0 },
		{ "18446744073709551616", false, 0 },	/* 2^64 */
		{ "18446744073709551617", false, 0 },
		{ "123456789012345678901234567890", false, 0 },
		{ "1.0", false, 0 },
		{ "1e0", false, 0 },
		{ "1E2", false, 0 },
		{ "0.0", false, 0 },
		{ "-0e0", false, 0 },
		{ "null", false, 0 },
		{ "true", false, 0 },
		{ "\"1\"", false, 0 },
		{ "[1]", false, 0 },
		{ "{}", false, 0 },
	};
	struct arena a = { 0 };
	struct json_doc doc;
	int64_t v;
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		doc = parse(&a, table[i].text);
		v = 77;
		if (!CHECK_INT(json_i64(&doc, 0, &v), table[i].valid))
			CHECK_STR(table[i].text, "");
		CHECK_INT(v, table[i].valid ? table[i].value : 77);
	}
	arena_fini(&a);
}

static void
test_double(void)
{
	static const struct {
		const char *text;
		bool	valid;
		double	value;
	} table[] = {
		{ "0", true, 0 },
		{ "1", true, 1 },
		{ "-1.5", true, -1.5 },
		{ "0.1", true, 0.1 },
		{ "1e2", true, 100 },
		{ "1E-2", true, 0.01 },
		{ "1.7976931348623157e308", true, 1.7976931348623157e308 },
		{ "1.7976931348623159e308", false, 0 },
		{ "1e400", false, 0 },
		{ "-1e400", false, 0 },
		{ "1e-400", true, 0 },
		{ "5e-324", true, 5e-324 },
		{ "1e99999999999999999999", false, 0 },
		{ "9007199254740993", true, 9007199254740992.0 },
		/* longer than any buffer on the stack */
		{ "0.1000000000000000000000000000000000000000000000000000000"
		  "000000000000000000000000000000000", true, 0.1 },
		{ "null", false, 0 },
		{ "\"1\"", false, 0 },
		{ "[]", false, 0 },
	};
	struct arena a = { 0 };
	struct json_doc doc;
	double v;
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		doc = parse(&a, table[i].text);
		v = 77;
		if (!CHECK_INT(json_double(&doc, 0, &v), table[i].valid))
			CHECK_STR(table[i].text, "");
		CHECK(v == (table[i].valid ? table[i].value : 77));
	}
	doc = parse(&a, "-0.0");
	CHECK(json_double(&doc, 0, &v) && signbit(v));
	arena_fini(&a);
}

static void
test_str(void)
{
	static const struct {
		const char *text;
		const char *want;	/* NULL: refused */
	} table[] = {
		{ "\"\"", "" },
		{ "\"abc\"", "abc" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"\\u0041\\u007f\\u0080\"", "A\x7f\xc2\x80" },
		{ "\"\\u07ff\\u0800\"", "\xdf\xbf\xe0\xa0\x80" },
		{ "\"\\uFFFF\\ud800\\udc00\"",
		  "\xef\xbf\xbf\xf0\x90\x80\x80" },
		{ "\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf" },
		{ "\"a\\nb\\nc\"", "a\nb\nc" },
		{ "\"\\\\n\"", "\\n" },
		{ "\"gr\xc3\xbc\xc3\x9f\"", "gr\xc3\xbc\xc3\x9f" },
		{ "\"\\u0000\"", NULL },
		{ "\"a\\u0000b\"", NULL },
		{ "1", NULL }, { "null", NULL }, { "[\"a\"]", NULL },
	};
	struct arena a = { 0 };
	struct json_doc doc;
	struct str s;
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		doc = parse(&a, table[i].text);
		s = STR("old");
		CHECK_INT(json_str(&doc, 0, &a, &s), table[i].want != NULL);
		CHECK_STR(s.p, table[i].want != NULL ? table[i].want : "old");
		CHECK_UINT(s.len, strlen(s.p));
	}
	arena_fini(&a);
}

static void
test_is(void)
{
	static const struct {
		const char *text, *other;
		bool	equal;
	} table[] = {
		{ "\"a\"", "a", true },
		{ "\"\\u0061\"", "a", true },
		{ "\"\"", "", true },
		{ "\"\\n\"", "\n", true },
		{ "\"\\ud83d\\ude00!\"", "\xf0\x9f\x98\x80!", true },
		{ "\"a\"", "b", false },
		{ "\"a\"", "", false },
		{ "\"\"", "a", false },
		{ "\"ab\"", "a", false },
		{ "\"a\"", "ab", false },
		{ "\"\\u0061b\"", "a", false },
		{ "\"\\u0061b\"", "abc", false },
		{ "\"\\n\"", "\\n", false },
		{ "\"\\u0000\"", "", false },
		{ "\"a\\u0000\"", "a", false },
		{ "\"\\ud83d\\ude00\"", "\xf0\x9f", false },
		{ "1", "1", false },
		{ "null", "null", false },
	};
	struct arena a = { 0 };
	struct json_doc doc;
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		doc = parse(&a, table[i].text);
		if (!CHECK_INT(json_is(&doc, 0, table[i].other),
		    table[i].equal))
			CHECK_STR(table[i].text, table[i].other);
	}
	arena_fini(&a);
}

const struct unit_test json_read_value_tests[] = {
	{ "only true and false are booleans", test_bool },
	{ "integers have 64 bits, no fraction and no exponent", test_i64 },
	{ "doubles are finite", test_double },
	{ "strings are unescaped, without U+0000", test_str },
	{ "strings are compared unescaped", test_is },
	{ NULL, NULL }
};
