/*
 * Plugins' own values.  scope_key is the digest of what a value belongs to.
 */
#ifndef STORE_STATE_H
#define STORE_STATE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

struct state_row {
	struct str value;	/* p NULL: there is none */
	int64_t	version;	/* 1 when it was set first, and rises; 0: none */
	int64_t	updated_us;
};
rh_status	store_state_get(struct db *, const uint8_t scope_key[HASH_LEN],
		    struct str key, struct arena *, struct state_row *,
		    struct err *);
rh_status	store_state_set(struct db *, const uint8_t scope_key[HASH_LEN],
		    struct str key, struct str value, int64_t owner_no,
		    int64_t now_us, struct err *);
/* Whom it counts for, and what it weighs; 0 and 0 when there is none. */
rh_status	store_state_weigh(struct db *,
		    const uint8_t scope_key[HASH_LEN], struct str key,
		    int64_t *owner_no, int64_t *bytes, struct err *);
rh_status	store_state_delete(struct db *,
		    const uint8_t scope_key[HASH_LEN], struct str key,
		    struct err *);

/* Changes what a runner keeps, unless it would be more than max then. */
rh_status	store_state_use(struct db *, const char *runner, int64_t change,
		    int64_t max, bool *fits, struct err *);

/*
 * Up to max keys behind after that begin with prefix, in the order of their
 * bytes; *more: there are others.
 */
rh_status	store_state_keys(struct db *,
		    const uint8_t scope_key[HASH_LEN], struct str prefix,
		    struct str after, struct arena *, size_t max,
		    struct str *keys, size_t *count, bool *more,
		    struct err *);

#endif
