/*
 * Scopes, interned: many runs share one row.
 */
#ifndef STORE_STORE_SCOPE_H
#define STORE_STORE_SCOPE_H

#include "base/arena.h"
#include "base/err.h"
#include "store/scope.h"

#include <stddef.h>
#include <stdint.h>

struct db;

rh_status	store_scope_intern(struct db *, const struct scope *,
		    int64_t *scope_no, struct err *);
rh_status	store_scope_get(struct db *, int64_t scope_no, struct arena *,
		    struct scope *, struct err *);

/* Every scope of an owner (NULL: of all), in the order of their numbers. */
struct scope_row {
	int64_t	scope_no;
	struct scope scope;
};
rh_status	store_scope_list(struct db *, const char *owner,
		    struct arena *, struct scope_row **, size_t *count,
		    struct err *);

/* Adds to the number of finished runs of a scope in a state. */
rh_status	store_count_add(struct db *, int64_t scope_no, int state,
		    int64_t n, struct err *);

/* Finished runs by state, summed over scopes (NULL: all); n[RUN_STATES + 1]. */
rh_status	store_count_sum(struct db *, const int64_t *scopes,
		    size_t scope_count, int64_t *n, struct err *);

#endif
