/*
 * The subset of JSON Schema by which actions describe their arguments:
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

struct buf;
struct schema;

/*
 * Compiles into the arena.  doc need not outlive the schema.  RH_EINPUT
 * names the place ("schema.properties.count: keyword "pattern" is not
 * supported").  type is a name or an array of names; "integer" is a number
 * without fraction and exponent that fits 64 bits; enum compares canonical
 * forms, so that 1 isn't 1.0.  A keyword that can't apply to the type is
 * refused, and so is a required name that additionalProperties forbids.
 */
rh_status	schema_compile(struct arena *, const struct json_doc *,
		    int node, struct schema **, struct err *);

/*
 * RH_EINPUT whose message names the place ("args.count: 7 is above the
 * maximum 5").  where: how the value is called in messages ("args").
 * Values marked x-secret are never repeated in a message.
 */
rh_status	schema_check(const struct schema *, const struct json_doc *,
		    int node, const char *where, struct err *);

/*
 * Adds the canonical form of the value, but with everything marked
 * x-secret replaced by "hmac:<hex>": BLAKE2b-256 keyed with key over the
 * canonical bytes.  The value need not pass schema_check(): what isn't an
 * object or array where secrets lie inside one is replaced as a whole.
 */
void	schema_redact(const struct schema *, const struct json_doc *, int node,
	    const void *key, size_t key_len, struct buf *);

bool	schema_has_secret(const struct schema *);
/* Whether a member of this name may be left out, and has a type. */
bool	schema_may_lack(const struct schema *, struct str name);

#endif
