/*
 * Fields by name: what is taken, what is left alone, and every message.
 */
#include "lib/unit.h"

#include "json/read.h"

static const char text[] =
    "{\"name\":\"alice\",\"age\":42,\"big\":99999999999999999999,"
    "\"low\":-99999999999999999999,\"half\":0.5,\"on\":true,\"none\":null,"
    "\"list\":[1],\"map\":{\"x\":1},\"nul\":\"a\\u0000\",\"\\u0065sc\":1}";

static struct json_doc
parse(struct arena *a, const char *json)
{
	struct json_doc doc;
	struct err err;

	CHECK_OK(json_parse(a, json, strlen(json), NULL, &doc, &err), &err);
	return doc;
}

static void
test_get_str(void)
{
	static const struct {
		const char *name;
		size_t	max;
		const char *want, *msg;
	} table[] = {
		{ "name", 5, "alice", "" },
		{ "name", 4, NULL,
		  "field \"name\": 5 bytes are above the maximum 4" },
		{ "nome", 5, NULL, "field \"nome\" is missing" },
		{ "age", 5, NULL, "field \"age\" must be a string, not 42" },
		{ "on", 5, NULL,
		  "field \"on\" must be a string, not a boolean" },
		{ "none", 5, NULL,
		  "field \"none\" must be a string, not null" },
		{ "list", 5, NULL,
		  "field \"list\" must be a string, not an array" },
		{ "nul", 5, NULL,
		  "field \"nul\" must not contain U+0000" },
	};
	struct arena a = { 0 };
	struct json_doc doc = parse(&a, text);
	const char *s;
	struct err err;
	rh_status rc;
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		s = NULL;
		err.msg[0] = '\0';
		rc = json_get_str(&doc, 0, table[i].name, table[i].max, &a,
		    &s, &err);
		CHECK_INT(rc, table[i].want != NULL ? RH_OK : RH_EINPUT);
		CHECK_STR(s, table[i].want);
		CHECK_STR(err.msg, table[i].msg);
	}
	arena_fini(&a);
}

static void
test_opt_str(void)
{
	struct arena a = { 0 };
	struct json_doc doc = parse(&a, text);
	const char *s = "old";
	struct err err;

	CHECK_OK(json_opt_str(&doc, 0, "nome", 9, &a, &s, &err), &err);
	CHECK_STR(s, "old");
	CHECK_OK(json_opt_str(&doc, 0, "none", 9, &a, &s, &err), &err);
	CHECK_STR(s, "old");
	CHECK_INT(json_opt_str(&doc, 0, "age", 9, &a, &s, &err), RH_EINPUT);
	CHECK_INT(json_opt_str(&doc, 0, "name", 4, &a, &s, &err), RH_EINPUT);
	CHECK_STR(s, "old");
	CHECK_OK(json_opt_str(&doc, 0, "name", 5, &a, &s, &err), &err);
	CHECK_STR(s, "alice");
	arena_fini(&a);
}

static void
test_i64(void)
{
	static const struct {
		const char *name;
		int64_t	min, max;
		const char *msg;	/* NULL: taken */
	} table[] = {
		{ "age", 42, 42, NULL },
		{ "age", INT64_MIN, INT64_MAX, NULL },
		{ "esc", 1, 1, NULL },
		{ "age", 43, 50, "field \"age\": 42 is below the minimum 43" },
		{ "age", 0, 41, "field \"age\": 42 is above the maximum 41" },
		{ "big", 0, 9, "field \"big\": 99999999999999999999 is above "
		  "the maximum 9" },
		{ "low", 0, 9, "field \"low\": -99999999999999999999 is below "
		  "the minimum 0" },
		{ "half", 0, 9, "field \"half\" must be an integer, not 0.5" },
		{ "name", 0, 9,
		  "field \"name\" must be an integer, not a string" },
		{ "map", 0, 9,
		  "field \"map\" must be an integer, not an object" },
	};
	struct arena a = { 0 };
	struct json_doc doc = parse(&a, text);
	struct err err;
	int64_t v, w;
	rh_status rc;
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		v = w = -7;
		rc = json_get_i64(&doc, 0, table[i].name, table[i].min,
		    table[i].max, &v, &err);
		CHECK_INT(rc, table[i].msg == NULL ? RH_OK : RH_EINPUT);
		if (table[i].msg != NULL)
			CHECK_STR(err.msg, table[i].msg);
		CHECK_INT(json_opt_i64(&doc, 0, table[i].name, table[i].min,
		    table[i].max, &w, NULL), rc);
		CHECK_INT(v == -7, rc != RH_OK);
		CHECK_INT(w, v);
	}
	CHECK_INT(json_get_i64(&doc, 0, "nope", 0, 9, &v, &err), RH_EINPUT);
	CHECK_STR(err.msg, "field \"nope\" is missing");
	CHECK_INT(json_get_i64(&doc, 0, "none", 0, 9, &v, &err), RH_EINPUT);
	v = 5;
	CHECK_OK(json_opt_i64(&doc, 0, "nope", 0, 9, &v, &err), &err);
	CHECK_OK(json_opt_i64(&doc, 0, "none", 0, 9, &v, &err), &err);
	CHECK_INT(v, 5);
	arena_fini(&a);
}

static void
test_opt_bool(void)
{
	struct arena a = { 0 };
	struct json_doc doc = parse(&a, text);
	bool v = false;
	struct err err;

	CHECK_OK(json_opt_bool(&doc, 0, "nope", &v, &err), &err);
	CHECK_OK(json_opt_bool(&doc, 0, "none", &v, &err), &err);
	CHECK(!v);
	CHECK_INT(json_opt_bool(&doc, 0, "age", &v, &err), RH_EINPUT);
	CHECK_STR(err.msg, "field \"age\" must be a boolean, not 42");
	CHECK(!v);
	CHECK_OK(json_opt_bool(&doc, 0, "on", &v, &err), &err);
	CHECK(v);
	arena_fini(&a);
}

static void
test_opt_node(void)
{
	struct arena a = { 0 };
	struct json_doc doc = parse(&a, text);
	struct err err;
	int n = 77;

	CHECK_OK(json_opt_node(&doc, 0, "nope", JSON_ARRAY, &n, &err), &err);
	CHECK_INT(n, -1);
	n = 77;
	CHECK_OK(json_opt_node(&doc, 0, "none", JSON_ARRAY, &n, &err), &err);
	CHECK_INT(n, -1);
	CHECK_OK(json_opt_node(&doc, 0, "list", JSON_ARRAY, &n, &err), &err);
	CHECK(str_is(json_raw(&doc, n), "[1]"));
	CHECK_INT(json_opt_node(&doc, 0, "list", JSON_OBJECT, &n, &err),
	    RH_EINPUT);
	CHECK_STR(err.msg, "field \"list\" must be an object, not an array");
	CHECK_INT(n, -1);
	arena_fini(&a);
}

static void
test_not_an_object(void)
{
	struct arena a = { 0 };
	struct json_doc doc = parse(&a, "[1]");
	const char *const names[] = { "a", NULL };
	const char *s;
	struct err err;
	int64_t v = 5;

	CHECK_INT(json_get_str(&doc, 0, "a", 9, &a, &s, &err), RH_EINPUT);
	CHECK_STR(err.msg,
	    "expected an object with the field \"a\", not an array");
	CHECK_INT(json_opt_i64(&doc, 0, "a", 0, 9, &v, &err), RH_EINPUT);
	CHECK_INT(json_only(&doc, 0, names, &err), RH_EINPUT);
	CHECK_STR(err.msg, "expected an object, not an array");

	/* no object at all has no fields */
	CHECK_INT(json_get_str(&doc, -1, "a", 9, &a, &s, &err), RH_EINPUT);
	CHECK_STR(err.msg, "field \"a\" is missing");
	CHECK_OK(json_opt_i64(&doc, -1, "a", 0, 9, &v, &err), &err);
	CHECK_OK(json_only(&doc, -1, names, &err), &err);
	CHECK_INT(v, 5);
	arena_fini(&a);
}

static void
test_only(void)
{
	const char *const all[] = { "a", "b", NULL }, *const none[] = { NULL };
	struct arena a = { 0 };
	struct json_doc doc = parse(&a, "{\"\\u0061\":1,\"c\":2,\"d\":3}");
	struct err err;

	CHECK_INT(json_only(&doc, 0, all, &err), RH_EINPUT);
	CHECK_STR(err.msg, "unknown field \"c\"");
	CHECK_STR(err.hint, "known fields: a, b");
	CHECK_INT(json_only(&doc, 0, none, &err), RH_EINPUT);
	CHECK_STR(err.msg, "unknown field \"\\u0061\"");
	CHECK_STR(err.hint, "no fields are known here");
	doc = parse(&a, "{\"b\":1}");
	CHECK_OK(json_only(&doc, 0, all, &err), &err);
	doc = parse(&a, "{}");
	CHECK_OK(json_only(&doc, 0, none, &err), &err);
	arena_fini(&a);
}

const struct unit_test json_read_field_tests[] = {
	{ "a required string is there and not too long", test_get_str },
	{ "an optional string may be absent or null", test_opt_str },
	{ "integers are within their range", test_i64 },
	{ "an optional boolean may be absent or null", test_opt_bool },
	{ "an optional node is of its type", test_opt_node },
	{ "what isn't an object has no fields", test_not_an_object },
	{ "an unknown field is named, and the known ones", test_only },
	{ NULL, NULL }
};
