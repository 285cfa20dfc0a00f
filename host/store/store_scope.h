/*
 * Scopes, interned: many runs share one row.
 */
#ifndef STORE_STORE_SCOPE_H
#define STORE_STORE_SCOPE_H

#include "base/arena.h"
#include "base/err.h"
#include "store/scope.h"

#include <stdint.h>

struct db;

rh_status	store_scope_intern(struct db *, const struct scope *,
		    struct scope_ref *, struct err *);
rh_status	store_scope_get(struct db *, int64_t scope_no, struct arena *,
		    struct scope *, struct err *);

/* Removes it when no run is left in it. */
rh_status	store_scope_drop(struct db *, int64_t scope_no, struct err *);

#endif
