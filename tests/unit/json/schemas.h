/*
 * What the tests of schemas share: schemas and values from text.
 */
#ifndef UNIT_JSON_SCHEMAS_H
#define UNIT_JSON_SCHEMAS_H

#include "json/schema.h"

/* NULL: the value passes; otherwise the whole message. */
struct schema_row {
	const char *schema, *value, *msg;
};

/* Checks each value, called "args"; a NULL schema ends the rows. */
void	schema_rows(const struct schema_row *);

/* NULL and the error if it's refused.  Its text is gone afterwards. */
struct schema *
	schema_from(struct arena *, const char *text, struct err *);

struct json_doc
	schema_value(struct arena *, const char *text);

#endif
