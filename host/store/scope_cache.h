/*
 * Scopes that a connection has lately seen, so that a run on its way asks
 * for them and their owners without a statement.  Their rows never change;
 * but whoever rolls back clears the cache, for a number that was given in
 * that transaction may be given again, and whoever removes a scope drops it.
 */
#ifndef STORE_SCOPE_CACHE_H
#define STORE_SCOPE_CACHE_H

#include "base/arena.h"
#include "base/hash.h"
#include "store/scope.h"

#include <stdbool.h>
#include <stdint.h>

struct scope_cache;

struct scope_cache *scope_cache_new(void);
void	scope_cache_free(struct scope_cache *);		/* NULL is fine */
void	scope_cache_clear(struct scope_cache *);

/* The numbers of the scope with this digest; scope_no 0: not known here. */
struct scope_ref scope_cache_find(struct scope_cache *,
	    const uint8_t digest[HASH_LEN]);
void	scope_cache_add_digest(struct scope_cache *, struct scope_ref,
	    const uint8_t digest[HASH_LEN]);
void	scope_cache_drop(struct scope_cache *, int64_t scope_no);

/* The number of an owner; 0: not known here. */
int64_t	scope_cache_owner(struct scope_cache *, const char *name);
void	scope_cache_add_owner(struct scope_cache *, int64_t owner_no,
	    const char *name);

/* The scope, copied into the arena; false: not known here, as is 0. */
bool	scope_cache_get(struct scope_cache *, int64_t scope_no,
	    struct arena *, struct scope *);
void	scope_cache_add(struct scope_cache *, int64_t scope_no,
	    const struct scope *);

#endif
