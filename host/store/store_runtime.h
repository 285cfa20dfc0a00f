/*
 * Runtimes on other machines.  There are few, and their owners keep them up
 * to date by heartbeats; one whose deadline passed is stale until the next.
 */
#ifndef STORE_STORE_RUNTIME_H
#define STORE_STORE_RUNTIME_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

#define RUNTIMES_MAX	1000	/* of an owner */

struct runtime_row {
	int64_t	no;
	const char *id;
	int64_t	owner_no;
	const char *owner;	/* principal */
	bool	stale, draining;
	const char *display_name, *endpoint, *version;	/* or NULL */
	const char *capabilities, *labels, *metadata;	/* JSON objects */
	int64_t	capacity;	/* claims at a time; 0: no limit */
	int64_t	heartbeat_us, deadline_us;
	int64_t	created_us, updated_us;
};

/* By its id; no is 0 when it isn't there. */
rh_status	store_runtime_find(struct db *, const char *id,
		    struct arena *, struct runtime_row *, struct err *);
/* Insert when no is 0, which sets it; else all of it but id and owner. */
rh_status	store_runtime_put(struct db *, struct runtime_row *,
		    struct err *);
/* How many an owner has. */
rh_status	store_runtime_count(struct db *, int64_t owner_no, int64_t *n,
		    struct err *);
/* Each behind a number, in their order, while one() wants more. */
rh_status	store_runtime_each(struct db *, int64_t after,
		    bool (*one)(void *, struct runtime_row *),
		    void *arg, struct arena *, struct err *);
/* What each holds: the first max by that, in the arena. */
struct runtime_load {
	const char *id;
	bool	stale, draining;
	int64_t	capacity, held;
};
rh_status	store_runtime_loads(struct db *, size_t max, struct arena *,
		    struct runtime_load **, size_t *count, struct err *);
/*
 * Of those that aren't stale: whose deadline has passed, or whose last
 * heartbeat was before silent_us, unless that is 0.  At most max.
 */
rh_status	store_runtime_late(struct db *, int64_t now_us,
		    int64_t silent_us, struct arena *, struct runtime_row *,
		    size_t max, size_t *count, struct err *);
/* Marks it, if it is as it was read. */
rh_status	store_runtime_stale(struct db *, const struct runtime_row *,
		    int64_t now_us, struct err *);
/* None that was there at the time since_us is stale before until_us. */
rh_status	store_runtime_extend(struct db *, int64_t since_us,
		    int64_t until_us, struct err *);

#endif
