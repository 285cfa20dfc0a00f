/*
 * What plugins used and were denied, counted.
 */
#ifndef STORE_STORE_USE_H
#define STORE_STORE_USE_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct db;

#define USE_ROWS_MAX	1000	/* of a plugin, which chooses what it is denied */

struct use_row {
	const char *plugin;	/* id */
	const char *permission;	/* or capability; "": those beyond a bound */
	int64_t	used, denied;
	int64_t	used_us, denied_us;	/* the last time; 0: never */
	const char *note;	/* NULL: none; to add: as before, "": none */
};

/* Adds the counts; the latest time holds.  Beyond USE_ROWS_MAX: to "". */
rh_status	store_use_add(struct db *, const struct use_row *,
		    struct err *);
rh_status	store_use_list(struct db *, const char *plugin,
		    struct arena *, struct use_row **, size_t *count,
		    struct err *);
/* That it was denied anything. */
rh_status	store_use_pardon(struct db *, const char *plugin,
		    struct err *);
/* All of a plugin's. */
rh_status	store_use_forget(struct db *, const char *plugin,
		    struct err *);

#endif
