/*
 * A schema, a NUL byte, and a value for it.  Whatever the schema says, it
 * is taken or refused with a message, and what is left of a value without
 * its secrets is JSON.
 */
#include "base/buf.h"
#include "base/rand.h"
#include "json/schema.h"

#include <stdlib.h>

int	LLVMFuzzerInitialize(int *, char ***);
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
check_value(const struct schema *s, const struct json_doc *value,
    struct arena *a)
{
	struct buf redacted = { 0 }, whole = { 0 };
	struct json_doc doc;
	struct err err = { 0 };
	rh_status rc;

	rc = schema_check(s, value, 0, "args", &err);
	must(rc == RH_OK || (rc == RH_EINPUT &&
	    strncmp(err.msg, "args", 4) == 0) ||
	    strncmp(err.msg, "...", 3) == 0);
	schema_redact(s, value, 0, "key", 3, &redacted);
	must(json_parse(a, redacted.p, redacted.len, NULL, &doc, &err) ==
	    RH_OK);
	json_canonical(value, 0, &whole);
	if (!schema_has_secret(s))
		must(redacted.len == whole.len &&
		    memcmp(redacted.p, whole.p, whole.len) == 0);
	buf_fini(&redacted);
	buf_fini(&whole);
}

static void
check(const char *text, const char *value, size_t value_len,
    struct arena *a)
{
	struct json_doc doc, vdoc;
	struct schema *s;
	struct err err = { 0 };
	rh_status rc;

	if (json_parse(a, text, strlen(text), NULL, &doc, &err) != RH_OK)
		return;
	rc = schema_compile(a, &doc, 0, &s, &err);
	must(rc == RH_OK || (rc == RH_EINPUT && err.msg[0] != '\0'));
	if (rc == RH_OK && json_parse(a, value, value_len, NULL, &vdoc,
	    &err) == RH_OK)
		check_value(s, &vdoc, a);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	rand_init();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *nul = len > 0 ? memchr(data, '\0', len) : NULL;
	struct arena a;

	if (nul == NULL)
		return 0;
	arena_init(&a);
	check((const char *)data, (const char *)nul + 1,
	    len - (size_t)(nul + 1 - data), &a);
	arena_fini(&a);
	return 0;
}
