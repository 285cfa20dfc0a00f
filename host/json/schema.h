/*
 * The subset of JSON Schema by which plugins describe their arguments:
 * type, required, properties, enum, minimum, maximum, items,
 * additionalProperties (a boolean), and x-secret.  title, description,
 * default and $schema are allowed and ignored; every other keyword is
 * refused by name, so that nothing is silently not enforced.
 */
#ifndef JSON_SCHEMA_H
#define JSON_SCHEMA_H

#include "base/arena.h"
#include "base/err.h"
#include "json/read.h"

struct schema;

/* Compiles into the arena.  doc need not outlive the schema. */
rh_status	schema_compile(struct arena *, const struct json_doc *, int node,
		    struct schema **, struct err *);

/*
 * RH_EINPUT whose message names the place ("args.count: 7 is above the
 * maximum 5").  where: how the value is called in messages ("args").
 */
rh_status	schema_check(const struct schema *, const struct json_doc *,
		    int node, const char *where, struct err *);

/*
 * Writes the value with everything marked x-secret replaced by
 * "hmac:<hex>": BLAKE2b-256 keyed with key over the value's bytes.
 */
struct buf;
void	schema_redact(const struct schema *, const struct json_doc *, int node,
	    const void *key, size_t key_len, struct buf *);

bool	schema_has_secret(const struct schema *);

#endif
