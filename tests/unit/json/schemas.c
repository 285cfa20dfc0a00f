/*
 * Schemas and values from text.
 */
#include "lib/unit.h"

#include "schemas.h"

#include <stdio.h>

struct json_doc
schema_value(struct arena *a, const char *text)
{
	struct json_doc doc;
	struct err err;

	if (!CHECK_OK(json_parse(a, arena_dup(a, text, strlen(text)),
	    strlen(text), NULL, &doc, &err), &err))
		printf("# %s\n", text);
	return doc;
}

struct schema *
schema_from(struct arena *a, const char *text, struct err *err)
{
	struct arena temporary = { 0 };
	struct schema *s = NULL;
	struct json_doc doc = schema_value(&temporary, text);

	memset(err, 0, sizeof *err);
	if (schema_compile(a, &doc, 0, &s, err) != RH_OK)
		s = NULL;
	arena_fini(&temporary);
	return s;
}

void
schema_rows(const struct schema_row *row)
{
	struct arena a = { 0 };
	struct json_doc doc;
	struct schema *s;
	struct err err;
	rh_status rc;

	for (; row->schema != NULL; row++) {
		s = schema_from(&a, row->schema, &err);
		if (!CHECK(s != NULL)) {
			printf("# %s: %s\n", row->schema, err.msg);
			continue;
		}
		doc = schema_value(&a, row->value);
		err.msg[0] = '\0';
		rc = schema_check(s, &doc, 0, "args", &err);
		CHECK_INT(rc, row->msg == NULL ? RH_OK : RH_EINPUT);
		CHECK_STR(err.msg, row->msg == NULL ? "" : row->msg);
	}
	arena_fini(&a);
}
