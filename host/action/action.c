/*
 * Finding rows, and their schemas compiled once.
 */
#include "action/action.h"

#include "action/append_type.h"
#include "base/mem.h"
#include "json/schema.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define ROWS_MAX	128

/* Compiled at start, never changed. */
static struct {
	struct arena arena;
	struct schema *schemas[ROWS_MAX];
} compiled;

const struct action *
action_find(struct str name)
{
	const struct action *r;

	for (r = action_table; r->name != NULL; r++) {
		if (str_is(name, r->name))
			return r;
	}
	return NULL;
}

void
action_init(void)
{
	const struct action *r;
	struct json_doc d;
	struct err err;

	if (compiled.arena.head != NULL)
		return;
	append_types_init();
	for (r = action_table; r->name != NULL; r++) {
		assert(r - action_table < ROWS_MAX);
		if (r->schema == NULL)
			continue;
		if (json_parse(&compiled.arena, r->schema, strlen(r->schema),
		    &json_limits_default, &d, &err) != RH_OK ||
		    schema_compile(&compiled.arena, &d, 0,
		    &compiled.schemas[r - action_table], &err) != RH_OK) {
			fprintf(stderr, "schema of %s: %s\n", r->name, err.msg);
			abort();
		}
	}
}

const struct schema *
action_schema(const struct action *r)
{
	return compiled.schemas[r - action_table];
}
