/*
 * Secrets: kept out of messages, replaced in records.
 */
#include "lib/unit.h"

#include "base/buf.h"
#include "base/hash.h"
#include "schemas.h"

static void
test_secrets_in_messages(void)
{
#define S "\"x-secret\":true"
	static const struct schema_row rows[] = {
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

	schema_rows(rows);
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
		s = schema_from(&a, table[i].schema, &err);
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
		s = schema_from(&a, table[i].schema, &err);
		doc = schema_value(&a, table[i].value);
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
	struct schema *s = schema_from(&a, "{\"items\":{" S "}}", &err);
	struct json_doc doc = schema_value(&a, "[\"x\",\"y\",\"x\"]");
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

const struct unit_test json_schema_redact_tests[] = {
	{ "secrets are never repeated in messages",
	  test_secrets_in_messages },
	{ "a schema knows whether it holds secrets", test_has_secret },
	{ "secrets are replaced by hashes, and doubtful places, too",
	  test_redact },
	{ "hashes are of one value under one key", test_redact_keyed },
	{ NULL, NULL }
};
