/*
 * Schemas: which are taken, and what is said of those that aren't.
 */
#include "lib/unit.h"

#include "schemas.h"

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
		CHECK(schema_from(&a, table[i], &err) != NULL);
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
		CHECK(schema_from(&a, table[i].schema, &err) == NULL);
		CHECK_INT(err.status, RH_EINPUT);
		CHECK_STR(err.msg, table[i].msg);
	}
	arena_fini(&a);
}

const struct unit_test json_schema_tests[] = {
	{ "every keyword of the subset is taken", test_taken },
	{ "what would not be enforced is refused with its place",
	  test_refused },
	{ NULL, NULL }
};
