/*
 * Schemas: which are taken, what they allow, what is said of values that
 * they don't, and what becomes of secrets.
 */
#include "lib/unit.h"

#include "base/buf.h"
#include "base/hash.h"
#include "json/schema.h"

#include <stdio.h>

static struct json_doc
parse(struct arena *a, const char *text)
{
	struct json_doc doc;
	struct err err;

	if (!CHECK_OK(json_parse(a, text, strlen(text), NULL, &doc, &err),
	    &err))
		printf("# %s\n", text);
	return doc;
}

/* Compiles from memory that is gone afterwards. */
static struct schema *
compile(struct arena *a, const char *text, struct err *err)
{
	struct arena temporary = { 0 };
	struct schema *s = NULL;
	struct json_doc doc = parse(&temporary, text);

	memset(err, 0, sizeof *err);
	if (schema_compile(a, &doc, 0, &s, err) != RH_OK)
		s = NULL;
	arena_fini(&temporary);
	return s;
}

static void
test_taken(void)
{
	static const char *const table[] = {
		"{}",
		"{\"type\":\"object\"}",
		"{\"type\":[\"string\",\"null\"]}",
		"{\"title\":\"T\",\"description\":\"D\",\"default\":[1,{}],"
		"\"$schema\":\"https://json-schema.org/draft/2020-12/schema\"}",
		"{\"properties\":{}}",
		"{\"properties\":{\"type\":{\"type\":\"string\"},"
		"\"pattern\":{}}}",
		"{\"required\":[]}",
		"{\"required\":[\"a\",\"a\"]}",
		"{\"required\":[\"a\"],\"additionalProperties\":true}",
		"{\"additionalProperties\":false,\"properties\":{\"a\":{}},"
		"\"required\":[\"a\"]}",
		"{\"enum\":[null,true,1,\"a\",[1],{\"a\":1}]}",
		"{\"minimum\":1,\"maximum\":1}",
		"{\"minimum\":-1e400,\"maximum\":1e400}",
		"{\"type\":[\"string\",\"integer\"],\"minimum\":0}",
		"{\"items\":{\"items\":{\"items\":{}}}}",
		"{\"x-secret\":true}",
		"{\"x-secret\":false}",
	};
	struct arena a = { 0 };
	struct err err;
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		CHECK(compile(&a, table[i], &err) != NULL);
		CHECK_STR(err.msg, "");
	}
	arena_fini(&a);
}

static void
test_refused(void)
{
	static const struct {
		const char *schema, *msg;
	} table[] = {
		{ "true", "schema: must be a schema (an object), "
		  "not a boolean" },
		{ "[]", "schema: must be a schema (an object), "
		  "not an array" },
		{ "{\"pattern\":\"a\"}",
		  "schema: keyword \"pattern\" is not supported" },
		{ "{\"$ref\":\"#\"}",
		  "schema: keyword \"$ref\" is not supported" },
		{ "{\"Type\":\"string\"}",
		  "schema: keyword \"Type\" is not supported" },
		{ "{\"format\":\"date\"}",
		  "schema: keyword \"format\" is not supported" },
		{ "{\"properties\":{\"count\":{\"exclusiveMinimum\":1}}}",
		  "schema.properties.count: keyword \"exclusiveMinimum\" "
		  "is not supported" },
		{ "{\"items\":{\"properties\":{\"a b\":{\"oneOf\":[]}}}}",
		  "schema.items.properties.\"a b\": keyword \"oneOf\" "
		  "is not supported" },
		{ "{\"type\":\"text\"}",
		  "schema.type: no type is called \"text\"" },
		{ "{\"type\":1}",
		  "schema.type: must be the name of a type, not a number" },
		{ "{\"type\":[]}", "schema.type: names no type" },
		{ "{\"type\":[\"string\",null]}",
		  "schema.type: must be the name of a type, not null" },
		{ "{\"enum\":1}",
		  "schema.enum: must be an array of values, not a number" },
		{ "{\"enum\":[]}", "schema.enum: lists no value" },
		{ "{\"minimum\":\"1\"}",
		  "schema.minimum: must be a number, not a string" },
		{ "{\"maximum\":null}",
		  "schema.maximum: must be a number, not null" },
		{ "{\"minimum\":2,\"maximum\":1.5}",
		  "schema: minimum 2 is above maximum 1.5" },
		{ "{\"items\":[{}]}", "schema.items: must be a schema "
		  "(an object), not an array" },
		{ "{\"items\":true}", "schema.items: must be a schema "
		  "(an object), not a boolean" },
		{ "{\"properties\":[]}",
		  "schema.properties: must be an object, not an array" },
		{ "{\"properties\":{\"a\":true}}", "schema.properties.a: "
		  "must be a schema (an object), not a boolean" },
		{ "{\"required\":true}", "schema.required: must be an array "
		  "of names, not a boolean" },
		{ "{\"required\":[\"a\",1]}",
		  "schema.required: must be a name, not a number" },
		{ "{\"required\":[\"b\"],\"properties\":{\"a\":{}},"
		  "\"additionalProperties\":false}",
		  "schema.required: \"b\" is not among the properties, "
		  "and no other is allowed" },
		{ "{\"additionalProperties\":{}}",
		  "schema.additionalProperties: must be true or false, "
		  "not an object" },
		{ "{\"x-secret\":1}",
		  "schema.x-secret: must be true or false, not a number" },
		{ "{\"type\":\"string\",\"minimum\":1}", "schema: "
		  "\"minimum\" says nothing about a value of this type" },
		{ "{\"type\":[\"array\",\"null\"],\"properties\":{}}",
		  "schema: \"properties\" says nothing about a value of "
		  "this type" },
		{ "{\"type\":\"object\",\"items\":{}}", "schema: \"items\" "
		  "says nothing about a value of this type" },
		{ "{\"type\":\"integer\",\"required\":[]}", "schema: "
		  "\"required\" says nothing about a value of this type" },
	};
	struct arena a = { 0 };
	struct err err;
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		CHECK(compile(&a, table[i].schema, &err) == NULL);
		CHECK_INT(err.status, RH_EINPUT);
		CHECK_STR(err.msg, table[i].msg);
	}
	arena_fini(&a);
}

/* NULL: the value passes; otherwise the whole message. */
struct row {
	const char *schema, *value, *msg;
};

static void
check_rows(const struct row *row)
{
	struct arena a = { 0 };
	struct json_doc doc;
	struct schema *s;
	struct err err;
	rh_status rc;

	for (; row->schema != NULL; row++) {
		s = compile(&a, row->schema, &err);
		if (!CHECK(s != NULL)) {
			printf("# %s: %s\n", row->schema, err.msg);
			continue;
		}
		doc = parse(&a, row->value);
		err.msg[0] = '\0';
		rc = schema_check(s, &doc, 0, "args", &err);
		CHECK_INT(rc, row->msg == NULL ? RH_OK : RH_EINPUT);
		CHECK_STR(err.msg, row->msg == NULL ? "" : row->msg);
	}
	arena_fini(&a);
}

static void
test_types(void)
{
#define T(t) "{\"type\":\"" t "\"}"
	static const struct row rows[] = {
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

	check_rows(rows);
}

static void
test_ranges(void)
{
#define NINES "999999999999999999999999999999"
	static const struct row rows[] = {
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

	check_rows(rows);
}

static void
test_enums(void)
{
#define COLORS "{\"enum\":[\"red\",\"green\",null,7,[1],{\"a\":1,\"b\":2}]}"
#define NONE " is none of \"red\", \"green\", null, 7, [1], {\"a\":1,\"b\":2}"
	static const struct row rows[] = {
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

	check_rows(rows);
}

static void
test_objects(void)
{
#define OPEN "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":" \
    "\"string\"},\"count\":{\"type\":\"integer\",\"maximum\":5}}," \
    "\"required\":[\"name\",\"other\"]}"
#define SHUT "{\"properties\":{\"name\":{},\"count\":{}}," \
    "\"additionalProperties\":false}"
	static const struct row rows[] = {
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
		{ SHUT, "[{\"x\":1}]", NULL },	/* no type was asked for */
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

	check_rows(rows);
}

static void
test_nested(void)
{
#define TREE "{\"properties\":{\"list\":{\"type\":\"array\",\"items\":{" \
    "\"type\":\"object\",\"properties\":{\"x y\":{\"type\":\"integer\"," \
    "\"minimum\":0}},\"required\":[\"x y\"]," \
    "\"additionalProperties\":false}}}}"
	static const struct row rows[] = {
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

	check_rows(rows);
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
	struct row rows[2] = { { NULL, NULL, NULL }, { NULL, NULL, NULL } };

	repeat(&schema, "{\"items\":", 63);
	buf_adds(&schema, "{\"type\":\"null\"}");
	repeat(&schema, "}", 63);
	repeat(&value, "[", 63);
	buf_adds(&value, "1");
	repeat(&value, "]", 63);
	buf_adds(&msg, "args");
	repeat(&msg, "[0]", 63);
	buf_adds(&msg, ": must be null, not 1");
	rows[0] = (struct row){ schema.p, value.p, msg.p };
	check_rows(rows);
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
		s = compile(&a, schema.p, &err);
		CHECK(s != NULL);
		doc = parse(&a, value.p);
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
	struct row rows[3] = { { NULL, NULL, NULL } };
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
	rows[0] = (struct row){ schema.p, value.p, NULL };
	check_rows(rows);
	value.p[value.len - 10] = 'm';
	CHECK_STR(value.p + value.len - 11, "\"m497\":499}");
	rows[0].msg = "args: field \"n497\" is missing";
	check_rows(rows);
	buf_fini(&schema);
	buf_fini(&value);
}

static void
test_absent(void)
{
	struct arena a = { 0 };
	struct json_doc doc = parse(&a, "{}");
	struct err err;
	struct schema *s = compile(&a, "{}", &err);

	CHECK_INT(schema_check(s, &doc, -1, "args", &err), RH_EINPUT);
	CHECK_STR(err.msg, "args: is missing");
	arena_fini(&a);
}

static void
test_hints(void)
{
	struct arena a = { 0 };
	struct json_doc doc = parse(&a, "{\"x\":1}");
	struct err err;
	struct schema *s;

	CHECK(compile(&a, "{\"not\":{}}", &err) == NULL);
	CHECK_HAS(err.hint, "additionalProperties");
	s = compile(&a, SHUT, &err);
	CHECK_INT(schema_check(s, &doc, 0, "args", &err), RH_EINPUT);
	CHECK_STR(err.hint, "known fields: count, name");
	s = compile(&a, "{\"additionalProperties\":false}", &err);
	CHECK_INT(schema_check(s, &doc, 0, "args", &err), RH_EINPUT);
	CHECK_STR(err.hint, "no field is known here");
	arena_fini(&a);
}

static void
test_secrets_in_messages(void)
{
#define S "\"x-secret\":true"
	static const struct row rows[] = {
		{ "{\"enum\":[\"a\"]," S "}", "\"hunter2\"",
		  "args: the value is none of \"a\"" },
		{ "{\"maximum\":5," S "}", "4242",
		  "args: the value is above the maximum 5" },
		{ "{\"minimum\":5," S "}", "-4242",
		  "args: the value is below the minimum 5" },
		{ "{\"type\":\"string\"," S "}", "4242",
		  "args: must be a string, not a number" },
		{ "{" S ",\"properties\":{\"pin\":{\"maximum\":5}}}",
		  "{\"pin\":4242}",
		  "args.pin: the value is above the maximum 5" },
		{ "{" S ",\"additionalProperties\":false}",
		  "{\"hunter2\":1}", "args: has an unknown field" },
		{ "{\"items\":{" S ",\"type\":\"null\"}}", "[null,4242]",
		  "args[1]: must be null, not a number" },
		/* marked false is the same as not marked */
		{ "{\"maximum\":5,\"x-secret\":false}", "4242",
		  "args: 4242 is above the maximum 5" },
		{ NULL, NULL, NULL }
	};

	check_rows(rows);
}

static void
test_has_secret(void)
{
	static const struct {
		const char *schema;
		bool	has;
	} table[] = {
		{ "{}", false },
		{ "{\"x-secret\":false}", false },
		{ "{" S "}", true },
		{ "{\"properties\":{\"a\":{},\"b\":{" S "}}}", true },
		{ "{\"items\":{\"properties\":{\"b\":{\"items\":{" S
		  "}}}}}", true },
		{ "{\"default\":{" S "}}", false },
		{ "{\"properties\":{\"x-secret\":{}}}", false },
	};
	struct arena a = { 0 };
	struct schema *s;
	struct err err;
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		s = compile(&a, table[i].schema, &err);
		CHECK(s != NULL);
		CHECK_INT(schema_has_secret(s), table[i].has);
	}
	arena_fini(&a);
}

/* "hmac:…" of these bytes under the key "key". */
static const char *
hmac(const char *bytes, char *out)
{
	uint8_t digest[HASH_LEN];
	struct hash h;

	hash_begin(&h, "key", 3);
	hash_add(&h, bytes, strlen(bytes));
	hash_end(&h, digest);
	strcpy(out, "\"hmac:");
	str_hex(out + 6, digest, sizeof digest);
	return strcat(out, "\"");
}

static void
test_redact(void)
{
#define LOGIN "{\"properties\":{\"auth\":{\"properties\":{\"user\":{}," \
    "\"pass\":{" S "}}},\"keys\":{\"items\":{" S "}},\"n\":{}}}"
	static const struct {
		const char *schema, *value;
		const char *before, *secret, *after;	/* secret: hashed */
	} table[] = {
		{ "{}", " {\"b\":1, \"a\":\"\\u0041\"}",
		  "{\"a\":\"A\",\"b\":1}", NULL, "" },
		{ "{" S "}", "\"hunter2\"", "", "\"hunter2\"", "" },
		{ "{" S "}", "\"hunter\\u0032\"", "", "\"hunter2\"", "" },
		{ "{" S "}", "{ \"b\":1, \"a\":2}", "", "{\"a\":2,\"b\":1}",
		  "" },
		{ LOGIN, "{\"n\":1,\"auth\":{\"user\":\"al\","
		  "\"pass\":\"x\"}}", "{\"auth\":{\"pass\":", "\"x\"",
		  ",\"user\":\"al\"},\"n\":1}" },
		{ LOGIN, "{\"keys\":[],\"o\":[1]}", "{\"keys\":[],\"o\":[1]}",
		  NULL, "" },
		{ LOGIN, "{\"\\u006beys\":[7]}", "{\"keys\":[", "7", "]}" },
		/* not where the schema puts it: hidden as a whole */
		{ LOGIN, "{\"auth\":\"al:x\"}", "{\"auth\":", "\"al:x\"",
		  "}" },
		{ LOGIN, "{\"auth\":[\"x\"]}", "{\"auth\":", "[\"x\"]", "}" },
		{ LOGIN, "{\"keys\":{\"a\":7}}", "{\"keys\":", "{\"a\":7}",
		  "}" },
		{ LOGIN, "[1]", "", "[1]", "" },
	};
	struct buf b = { 0 }, want = { 0 };
	struct arena a = { 0 };
	struct json_doc doc;
	struct schema *s;
	struct err err;
	char hex[80];
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		s = compile(&a, table[i].schema, &err);
		doc = parse(&a, table[i].value);
		buf_clear(&b);
		schema_redact(s, &doc, 0, "key", 3, &b);
		buf_clear(&want);
		buf_printf(&want, "%s%s%s", table[i].before,
		    table[i].secret != NULL ? hmac(table[i].secret, hex) : "",
		    table[i].after);
		CHECK_STR(b.p, want.p);
	}
	arena_fini(&a);
	buf_fini(&b);
	buf_fini(&want);
}

/* Two secrets in one value have hashes of their own; keys matter. */
static void
test_redact_keyed(void)
{
	struct buf b = { 0 }, c = { 0 };
	struct arena a = { 0 };
	struct err err;
	struct schema *s = compile(&a, "{\"items\":{" S "}}", &err);
	struct json_doc doc = parse(&a, "[\"x\",\"y\",\"x\"]");
	size_t each = sizeof("\"hmac:\",") - 1 + 64;

	schema_redact(s, &doc, 0, "key", 3, &b);
	CHECK_UINT(b.len, 3 * each + 1);
	CHECK(memcmp(b.p + 1, b.p + 1 + each, each - 1) != 0);
	CHECK(memcmp(b.p + 1, b.p + 1 + 2 * each, each - 1) == 0);
	schema_redact(s, &doc, 0, "kez", 3, &c);
	CHECK_UINT(c.len, b.len);
	CHECK(memcmp(b.p, c.p, b.len) != 0);
	arena_fini(&a);
	buf_fini(&b);
	buf_fini(&c);
}

const struct unit_test json_schema_tests[] = {
	{ "every keyword of the subset is taken", test_taken },
	{ "what would not be enforced is refused with its place",
	  test_refused },
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
	{ "secrets are never repeated in messages",
	  test_secrets_in_messages },
	{ "a schema knows whether it holds secrets", test_has_secret },
	{ "secrets are replaced by hashes, and doubtful places, too",
	  test_redact },
	{ "hashes are of one value under one key", test_redact_keyed },
	{ NULL, NULL }
};
