/*
 * Owners of runs, interned, and what is kept of each so that nobody has to
 * count it: finished runs by plugin, runner and state; stored bytes.
 */
#ifndef STORE_STORE_OWNER_H
#define STORE_STORE_OWNER_H

#include "base/err.h"

#include <stdint.h>

struct db;
struct run_filter;

/* The number of a principal; 0: no run was ever its. */
rh_status	store_owner_find(struct db *, const char *name,
		    int64_t *owner_no, struct err *);
rh_status	store_owner_intern(struct db *, const char *name,
		    int64_t *owner_no, struct err *);

/* Live runs; stored bytes.  0 for who has none. */
rh_status	store_owner_live(struct db *, int64_t owner_no, int64_t *n,
		    struct err *);
rh_status	store_owner_bytes(struct db *, int64_t owner_no,
		    int64_t *bytes, struct err *);
rh_status	store_owner_set_bytes(struct db *, int64_t owner_no,
		    int64_t bytes, struct err *);
/* Every owner with bytes, each given to one(). */
rh_status	store_owner_each(struct db *, void (*one)(int64_t owner_no,
		    int64_t bytes, void *), void *arg, struct err *);

/* Adds to the finished runs of an owner and runner in a state. */
struct run_tally {
	int64_t	owner_no;
	const char *plugin;
	const char *runner_id;
	int	state;
	int64_t	n;
};
rh_status	store_count_add(struct db *, const struct run_tally *,
		    struct err *);

/*
 * Finished runs by state, n[RUN_STATES + 1].  The filter's shows() is asked
 * with owner and runner alone: nothing else is kept.
 */
rh_status	store_count_sum(struct db *, const struct run_filter *,
		    int64_t *n, struct err *);

#endif
