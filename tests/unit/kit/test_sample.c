/*
 * Arguments made from schemas, judged by what a host judges them with.
 */
#include "lib/unit.h"
#include "json/read.h"
#include "json/schema.h"
#include "kit/sample.h"

#include <string.h>

#define OBJECT(props, more) \
	"{\"type\":\"object\",\"properties\":{" props "}" more "}"

static const char *const schemas[] = {
	OBJECT("", ""),
	OBJECT("", ",\"additionalProperties\":false"),
	OBJECT("\"name\":{\"type\":\"string\"}", ",\"required\":[\"name\"]"),
	OBJECT("\"n\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9}", ""),
	OBJECT("\"n\":{\"type\":\"integer\",\"minimum\":1.5,\"maximum\":2.5}",
	    ",\"required\":[\"n\"]"),
	OBJECT("\"n\":{\"type\":\"integer\",\"maximum\":-7}",
	    ",\"required\":[\"n\"]"),
	OBJECT("\"n\":{\"type\":\"integer\",\"minimum\":9000000000000}",
	    ",\"required\":[\"n\"],\"additionalProperties\":false"),
	OBJECT("\"n\":{\"type\":\"number\",\"minimum\":0.5,\"maximum\":0.75}",
	    ",\"required\":[\"n\"]"),
	OBJECT("\"e\":{\"enum\":[\"a\",1,null]},\"t\":{\"type\":[\"null\","
	    "\"string\"]}", ",\"required\":[\"e\",\"t\"]"),
	OBJECT("\"b\":{\"type\":\"boolean\"},\"any\":{}",
	    ",\"required\":[\"b\",\"any\"]"),
	OBJECT("\"l\":{\"type\":\"array\",\"items\":" OBJECT(
	    "\"x\":{\"type\":\"integer\"}",
	    ",\"required\":[\"x\"],\"additionalProperties\":false") "}",
	    ",\"required\":[\"l\"]"),
};

static void
check_one(const char *text, const struct taste *taste)
{
	struct arena arena = { 0 };
	struct buf input = { 0 };
	struct json_doc doc;
	struct schema *schema;
	struct err err;

	sample_input(text, taste, &input);
	if (CHECK_OK(json_parse(&arena, text, strlen(text), NULL, &doc, &err),
	    &err) &&
	    CHECK_OK(schema_compile(&arena, &doc, 0, &schema, &err), &err) &&
	    CHECK_OK(json_parse(&arena, input.p, input.len, NULL, &doc, &err),
	    &err))
		CHECK_OK(schema_check(schema, &doc, 0, "args", &err), &err);
	buf_fini(&input);
	arena_fini(&arena);
}

static void
test_fits(void)
{
	const struct taste *taste;
	size_t i;

	for (i = 0; i < sizeof schemas / sizeof schemas[0]; i++)
		for (taste = taste_table; taste->name != NULL; taste++)
			check_one(schemas[i], taste);
}

static const struct taste *
find(const char *name)
{
	const struct taste *t = taste_table;

	while (t->name != NULL && strcmp(t->name, name) != 0)
		t++;
	return t;
}

static void
test_tastes(void)
{
	struct buf b = { 0 };

	sample_input(schemas[3], find("the least"), &b);
	CHECK_STR(b.p, "{}");
	buf_clear(&b);
	sample_input(schemas[3], find("all"), &b);
	CHECK_STR(b.p, "{\"n\":1}");
	buf_clear(&b);
	sample_input(schemas[3], find("odd text"), &b);
	CHECK_STR(b.p, "{\"n\":9}");
	buf_clear(&b);
	sample_input(schemas[2], find("NUL in text"), &b);
	CHECK_STR(b.p, "{\"name\":\"a\\u0000b\\u0000\"}");
	buf_clear(&b);
	sample_input(NULL, find("numbers at their limits"), &b);
	CHECK_HAS(b.p, "\"x-most\":9223372036854775807");
	buf_clear(&b);
	sample_input(schemas[1], find("60 levels"), &b);
	CHECK_STR(b.p, "{}");
	buf_clear(&b);
	sample_input(schemas[2], find("64 KiB of text"), &b);
	CHECK_INT(b.len, 64 * 1024 + strlen("{\"name\":\"\"}"));
	buf_fini(&b);
}

const struct unit_test kit_sample_tests[] = {
	{ "what is made of a schema fits it", test_fits },
	{ "each taste tastes of what it says", test_tastes },
	{ NULL, NULL }
};
