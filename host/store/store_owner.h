/*
 * Owners of runs, interned, and what is kept of each so that nobody has to
 * count it: runs by plugin, runner and state; stored bytes.
 */
#ifndef STORE_STORE_OWNER_H
#define STORE_STORE_OWNER_H

#include "base/err.h"
#include "store/store_run.h"

#include <stdint.h>

struct db;

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

/* Adds to the runs of an owner and runner, by state. */
struct run_tally {
	int64_t	owner_no;
	const char *plugin;
	const char *runner_id;
	int64_t	n[RUN_STATES + 1];	/* from 1 */
};
rh_status	store_count_add(struct db *, const struct run_tally *,
		    struct err *);

/*
 * Runs by state, n[RUN_STATES + 1].  The filter's states don't matter; its
 * shows() is asked with owner and runner alone: nothing else is kept.
 */
rh_status	store_count_sum(struct db *, const struct run_filter *,
		    int64_t *n, struct err *);

#endif
