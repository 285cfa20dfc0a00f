/*
 * What schemas allow, and what is said of values that they don't.
 */
#include "lib/unit.h"

#include "base/buf.h"
#include "schemas.h"

#include <stdio.h>

static void
test_types(void)
{
#define T(t) "{\"type\":\"" t "\"}"
	static const struct schema_row rows[] = {
		{ "{}", "null", NULL },
		{ "{}", "[1,{\"a\":2}]", NULL },
		{ T("null"), "null", NULL },
		{ T("null"), "false", "args: must be null, not a boolean" },
		{ T("boolean"), "true", NULL },
		{ T("boolean"), "0", "args: must be a boolean, not 0" },
		{ T("integer"), "7", NULL },
		{ T("integer"), "-9223372036854775808", NULL },
		{ T("integer"), "9223372036854775808",
		  "args: must be an integer, not 9223372036854775808" },
		{ T("integer"), "1.0", "args: must be an integer, not 1.0" },
		{ T("integer"), "1e2", "args: must be an integer, not 1e2" },
		{ T("number"), "7", NULL },
		{ T("number"), "7.5e3", NULL },
		{ T("number"), "\"7\"",
		  "args: must be a number, not a string" },
		{ T("string"), "\"\"", NULL },
		{ T("string"), "null", "args: must be a string, not null" },
		{ T("array"), "[]", NULL },
		{ T("array"), "{}", "args: must be an array, not an object" },
		{ T("object"), "{}", NULL },
		{ T("object"), "[]",
		  "args: must be an object, not an array" },
		{ "{\"type\":[\"string\",\"null\"]}", "null", NULL },
		{ "{\"type\":[\"string\",\"null\"]}", "\"a\"", NULL },
		{ "{\"type\":[\"string\",\"null\"]}", "1",
		  "args: must be null or a string, not 1" },
		{ "{\"type\":[\"string\",\"null\",\"boolean\"]}", "[]",
		  "args: must be null, a boolean or a string, "
		  "not an array" },
		{ NULL, NULL, NULL }
	};

	schema_rows(rows);
}

static void
test_ranges(void)
{
#define NINES "999999999999999999999999999999"
	static const struct schema_row rows[] = {
		{ "{\"minimum\":1}", "1", NULL },
		{ "{\"minimum\":1}", "0", "args: 0 is below the minimum 1" },
		{ "{\"minimum\":1}", "0.999",
		  "args: 0.999 is below the minimum 1" },
		{ "{\"maximum\":5}", "5", NULL },
		{ "{\"maximum\":5}", "5.0", NULL },
		{ "{\"maximum\":5}", "50e-1", NULL },
		{ "{\"maximum\":5}", "7", "args: 7 is above the maximum 5" },
		{ "{\"maximum\":0.5}", "0.5", NULL },
		{ "{\"maximum\":0.5}", "0.6",
		  "args: 0.6 is above the maximum 0.5" },
		/* a double could not tell these apart */
		{ "{\"maximum\":9223372036854775806}",
		  "9223372036854775807", "args: 9223372036854775807 is "
		  "above the maximum 9223372036854775806" },
		{ "{\"minimum\":9007199254740993}", "9007199254740992",
		  "args: 9007199254740992 is below the minimum "
		  "9007199254740993" },
		{ "{\"maximum\":5}", "1e400",
		  "args: 1e400 is above the maximum 5" },
		{ "{\"maximum\":5}", "1e99999",
		  "args: 1e99999 is above the maximum 5" },
		{ "{\"minimum\":0}", "-1e99999",
		  "args: -1e99999 is below the minimum 0" },
		/* longer than any buffer on the stack */
		{ "{\"minimum\":1}", "0.5" NINES NINES NINES, "args: 0.5"
		  NINES NINES "9... is below the minimum 1" },
		{ "{\"minimum\":0}", NINES NINES NINES, NULL },
		/* says nothing about other types */
		{ "{\"minimum\":5}", "\"a\"", NULL },
		{ "{\"type\":[\"integer\",\"string\"],\"minimum\":5}",
		  "\"a\"", NULL },
		{ NULL, NULL, NULL }
	};

	schema_rows(rows);
}

static void
test_enums(void)
{
#define COLORS "{\"enum\":[\"red\",\"green\",null,7,[1],{\"a\":1,\"b\":2}]}"
#define NONE " is none of \"red\", \"green\", null, 7, [1], {\"a\":1,\"b\":2}"
	static const struct schema_row rows[] = {
		{ COLORS, "\"red\"", NULL },
		{ COLORS, "\"\\u0072ed\"", NULL },
		{ COLORS, "null", NULL },
		{ COLORS, "7", NULL },
		{ COLORS, " [ 1 ] ", NULL },
		{ COLORS, "{\"b\":2, \"a\":1}", NULL },
		{ COLORS, "\"pink\"", "args: \"pink\"" NONE },
		{ COLORS, "\"re\"", "args: \"re\"" NONE },
		{ COLORS, "7.0", "args: 7.0" NONE },
		{ COLORS, "\"7\"", "args: \"7\"" NONE },
		{ COLORS, "[1,1]", "args: an array" NONE },
		{ COLORS, "{\"a\":1}", "args: an object" NONE },
		{ NULL, NULL, NULL }
	};

	schema_rows(rows);
}

static void
test_objects(void)
{
#define OPEN "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":" \
    "\"string\"},\"count\":{\"type\":\"integer\",\"maximum\":5}}," \
    "\"required\":[\"name\",\"other\"]}"
#define SHUT "{\"properties\":{\"name\":{},\"count\":{}}," \
    "\"additionalProperties\":false}"
	static const struct schema_row rows[] = {
		{ OPEN, "{\"name\":\"x\",\"other\":1}", NULL },
		{ OPEN, "{\"other\":[],\"x\":1,\"name\":\"x\",\"count\":5}",
		  NULL },
		{ OPEN, "{\"\\u006eame\":\"x\",\"other\":null}", NULL },
		{ OPEN, "{}", "args: field \"name\" is missing" },
		{ OPEN, "{\"name\":\"x\"}",
		  "args: field \"other\" is missing" },
		{ OPEN, "{\"other\":1,\"nam\":1,\"name2\":1}",
		  "args: field \"name\" is missing" },
		{ OPEN, "{\"name\":\"x\",\"other\":1,\"count\":7}",
		  "args.count: 7 is above the maximum 5" },
		{ OPEN, "{\"name\":3,\"other\":1}",
		  "args.name: must be a string, not 3" },
		{ SHUT, "{}", NULL },
		{ SHUT, "{\"count\":1,\"name\":2}", NULL },
		{ SHUT, "{\"x\":1}", "args: unknown field \"x\"" },
		{ SHUT, "{\"name\":1,\"nam\":1}",
		  "args: unknown field \"nam\"" },
		{ SHUT, "{\"name\\u0000\":1}",
		  "args: unknown field \"name\\u0000\"" },
		{ SHUT, "[{\"x\":1}]", NULL },	/* no type asked for */
		{ "{\"additionalProperties\":false}", "{}", NULL },
		{ "{\"additionalProperties\":false}", "{\"\":1}",
		  "args: unknown field \"\"" },
		{ "{\"required\":[\"a\"]}", "7", NULL },
		{ "{\"required\":[\"b\",\"a\",\"b\"]}",
		  "{\"a\":1,\"b\":2}", NULL },
		{ "{\"required\":[\"b\",\"a\",\"b\"]}", "{\"a\":1}",
		  "args: field \"b\" is missing" },
		{ NULL, NULL, NULL }
	};

	schema_rows(rows);
}

static void
test_nested(void)
{
#define TREE "{\"properties\":{\"list\":{\"type\":\"array\",\"items\":{" \
    "\"type\":\"object\",\"properties\":{\"x y\":{\"type\":\"integer\"," \
    "\"minimum\":0}},\"required\":[\"x y\"]," \
    "\"additionalProperties\":false}}}}"
	static const struct schema_row rows[] = {
		{ TREE, "{\"list\":[]}", NULL },
		{ TREE, "{\"list\":[{\"x y\":0},{\"x y\":1}]}", NULL },
		{ TREE, "{\"list\":[{\"x y\":0},{\"x y\":-1}]}",
		  "args.list[1].\"x y\": -1 is below the minimum 0" },
		{ TREE, "{\"list\":[{\"x y\":0},{\"x y\":0},{}]}",
		  "args.list[2]: field \"x y\" is missing" },
		{ TREE, "{\"list\":[{\"x y\":0,\"z\":1}]}",
		  "args.list[0]: unknown field \"z\"" },
		{ TREE, "{\"list\":{\"x y\":0}}",
		  "args.list: must be an array, not an object" },
		{ "{\"items\":{\"items\":{\"type\":\"null\"}}}",
		  "[[],[null],[null,1]]",
		  "args[2][1]: must be null, not 1" },
		{ "{\"properties\":{\"a.b\":{\"enum\":[1]},\"\\n\":{"
		  "\"enum\":[1]},\"\":{\"enum\":[1]}}}", "{\"a.b\":2}",
		  "args.\"a.b\": 2 is none of 1" },
		{ "{\"properties\":{\"\\n\":{\"enum\":[1]}}}",
		  "{\"\\u000a\":2}", "args.\"\\n\": 2 is none of 1" },
		{ "{\"properties\":{\"\":{\"enum\":[1]}}}", "{\"\":2}",
		  "args.\"\": 2 is none of 1" },
		{ NULL, NULL, NULL }
	};

	schema_rows(rows);
}

static void
repeat(struct buf *b, const char *s, int n)
{
	while (n-- > 0)
		buf_adds(b, s);
}

/* As deep as documents get: 64 levels of schema, 63 arrays. */
static void
test_deep(void)
{
	struct buf schema = { 0 }, value = { 0 }, msg = { 0 };
	struct schema_row rows[2] = { { NULL, NULL, NULL }, { NULL, NULL, NULL } };

	repeat(&schema, "{\"items\":", 63);
	buf_adds(&schema, "{\"type\":\"null\"}");
	repeat(&schema, "}", 63);
	repeat(&value, "[", 63);
	buf_adds(&value, "1");
	repeat(&value, "]", 63);
	buf_adds(&msg, "args");
	repeat(&msg, "[0]", 63);
	buf_adds(&msg, ": must be null, not 1");
	rows[0] = (struct schema_row){ schema.p, value.p, msg.p };
	schema_rows(rows);
	buf_fini(&schema);
	buf_fini(&value);
	buf_fini(&msg);
}

/* Of a long way the end is shown, from a whole character on. */
static void
test_long_place(void)
{
#define LONG_NAME "h\303\266\303\266\303\266\303\266\303\266\303\266her"
	struct buf schema = { 0 }, value = { 0 };
	struct arena a = { 0 };
	struct json_doc doc;
	struct schema *s;
	struct err err;
	char last[20];
	int i;

	for (i = 1; i < 16; i++) {	/* the cut falls on each byte */
		snprintf(last, sizeof last, "%.*s", i, "aaaaaaaaaaaaaaaa");
		buf_clear(&schema);
		repeat(&schema, "{\"properties\":{\"" LONG_NAME "\":", 25);
		buf_printf(&schema, "{\"required\":[\"x\"],\"properties\":"
		    "{\"%s\":{\"enum\":[\"x\"]}}}", last);
		repeat(&schema, "}}", 25);
		buf_clear(&value);
		repeat(&value, "{\"" LONG_NAME "\":", 25);
		buf_printf(&value, "{\"%s\":1}", last);
		repeat(&value, "}", 25);
		s = schema_from(&a, schema.p, &err);
		CHECK(s != NULL);
		doc = schema_value(&a, value.p);
		CHECK_INT(schema_check(s, &doc, 0, "args", &err), RH_EINPUT);
		CHECK_INT(strncmp(err.msg, "...", 3), 0);
		CHECK_HAS(err.msg, ".\"" LONG_NAME "\".a");
		CHECK_HAS(err.msg, "a: 1 is none of \"x\"");
		CHECK(strlen(err.msg) < 250);
		CHECK(str_utf8(err.msg, strlen(err.msg)));
	}
	arena_fini(&a);
	buf_fini(&schema);
	buf_fini(&value);
}

/* 500 required names, in no order, half of them without a property. */
static void
test_many_names(void)
{
	struct buf schema = { 0 }, value = { 0 };
	struct schema_row rows[3] = { { NULL, NULL, NULL } };
	int i;

	buf_adds(&schema, "{\"properties\":{\"n0\":{\"type\":\"integer\"}");
	for (i = 2; i < 500; i += 2)
		buf_printf(&schema, ",\"n%d\":{\"type\":\"integer\"}", i);
	buf_adds(&schema, "},\"required\":[\"n499\"");
	for (i = 0; i < 500; i++)
		buf_printf(&schema, ",\"n%d\"", i * 7 % 500);
	buf_adds(&schema, "]}");
	for (i = 0; i < 500; i++)
		buf_printf(&value, "%c\"n%d\":%d", i == 0 ? '{' : ',',
		    i * 3 % 500, i);
	buf_adds(&value, "}");
	rows[0] = (struct schema_row){ schema.p, value.p, NULL };
	schema_rows(rows);
	value.p[value.len - 10] = 'm';
	CHECK_STR(value.p + value.len - 11, "\"m497\":499}");
	rows[0].msg = "args: field \"n497\" is missing";
	schema_rows(rows);
	buf_fini(&schema);
	buf_fini(&value);
}

static void
test_absent(void)
{
	struct arena a = { 0 };
	struct json_doc doc = schema_value(&a, "{}");
	struct err err;
	struct schema *s = schema_from(&a, "{}", &err);

	CHECK_INT(schema_check(s, &doc, -1, "args", &err), RH_EINPUT);
	CHECK_STR(err.msg, "args: is missing");
	arena_fini(&a);
}

static void
test_hints(void)
{
	struct arena a = { 0 };
	struct json_doc doc = schema_value(&a, "{\"x\":1}");
	struct err err;
	struct schema *s;

	CHECK(schema_from(&a, "{\"not\":{}}", &err) == NULL);
	CHECK_HAS(err.hint, "additionalProperties");
	s = schema_from(&a, SHUT, &err);
	CHECK_INT(schema_check(s, &doc, 0, "args", &err), RH_EINPUT);
	CHECK_STR(err.hint, "known fields: count, name");
	s = schema_from(&a, "{\"additionalProperties\":false}", &err);
	CHECK_INT(schema_check(s, &doc, 0, "args", &err), RH_EINPUT);
	CHECK_STR(err.hint, "no field is known here");
	arena_fini(&a);
}

const struct unit_test json_schema_check_tests[] = {
	{ "values have one of the types", test_types },
	{ "numbers are within their bounds, to the last digit",
	  test_ranges },
	{ "values are those listed, however they are spelled", test_enums },
	{ "objects have the fields they need and no others",
	  test_objects },
	{ "faults inside are told with the way to them", test_nested },
	{ "64 levels are checked", test_deep },
	{ "of a long way the end is told", test_long_place },
	{ "500 required names are found or missed", test_many_names },
	{ "an absent value is refused", test_absent },
	{ "hints name what would do", test_hints },
	{ NULL, NULL }
};
