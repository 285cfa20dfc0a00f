/*
 * The table plugin: what was decided about plugins, by id.  A plugin that is
 * only found has no row.
 */
#ifndef STORE_STORE_PLUGIN_H
#define STORE_STORE_PLUGIN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

/* Numbers are in the database.  A removed one is as if never enabled. */
enum catalog_state { CATALOG_UNSET, CATALOG_ENABLED, CATALOG_DISABLED,
	CATALOG_QUARANTINED, CATALOG_REMOVED };

struct plugin_row {
	const char *id;
	enum catalog_state state;
	uint8_t	digest[HASH_LEN];	/* of the file that this is about */
	const char *version, *file;	/* or NULL: not known yet */
	const char *signer;		/* or NULL: not signed */
	const char *wants;		/* JSON array */
	int64_t	enabled_us;		/* last; 0: never */
	const char *enabled_by;		/* or NULL */
	int64_t	changed_us;		/* its state */
	const char *changed_by;
	const char *reason;		/* for the state; or NULL */
};

/* Replaces the row of this id. */
rh_status	store_plugin_put(struct db *, const struct plugin_row *,
		    struct err *);
rh_status	store_plugin_find(struct db *, const char *id, struct arena *,
		    struct plugin_row *, bool *found, struct err *);
/* All of them, in the order of their ids. */
rh_status	store_plugin_list(struct db *, struct arena *,
		    struct plugin_row **, size_t *count, struct err *);

#endif
