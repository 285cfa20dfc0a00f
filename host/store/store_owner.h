/*
 * Owners of runs, interned, and what is kept of each so that nobody has to
 * count it: finished runs by plugin, runner and state.
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
