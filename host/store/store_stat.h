/*
 * The table run_stat: runs by the minute in which they were made and by
 * runner, how many are in which state, how long they waited and took.  Kept
 * in the transactions that make and move runs, so that a question costs by
 * its window.  Hours and days that are over are added up once, so that a long
 * window costs little.  A run that is removed stays in it.
 */
#ifndef STORE_STORE_STAT_H
#define STORE_STORE_STAT_H

#include "base/err.h"
#include "base/hist.h"
#include "base/str.h"
#include "store/store_run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

/* From being made to the first start; from there to a completion. */
enum stat_time { STAT_WAIT, STAT_DURATION };
#define STAT_TIMES	2

/* How long minutes are kept; a window before that is one of hours. */
#define STAT_KEPT_MINUTES (INT64_C(31) * 1440)

/* A change of the runs of a runner that were made in this minute since 1970. */
struct stat_delta {
	int64_t	minute;
	const char *runner_id;
	int64_t	n[RUN_STATES + 1];	/* by state, from 1 */
	int64_t	sum_us[STAT_TIMES];
	const int *buckets[STAT_TIMES];	/* of each time, in order */
	size_t	count[STAT_TIMES];
};
/* Changes of runs whose rows aren't kept any more are left out. */
rh_status	store_stat_add(struct db *, const struct stat_delta *,
		    int64_t now_us, struct err *);

struct stat_sum {
	int64_t	n[RUN_STATES + 1];
	int64_t	sum_us[STAT_TIMES];
	struct hist hist[STAT_TIMES];
};
/*
 * A window of whole minutes, until not included; runner_id NULL: of all.
 * Its begin is moved back to one that can be told, if minutes so old aren't
 * kept; so is its end, forward.  of() says to which sum a row of a runner is
 * added; rows of a runner don't follow each other.
 */
struct stat_window {
	int64_t	from, until;
	const char *runner_id;
};
rh_status	store_stat_sum(struct db *, struct stat_window *,
		    struct stat_sum *(*of)(struct str runner_id, void *),
		    void *arg, struct err *);

/*
 * Adds up the next hour that is over, and its day; or removes some old
 * minutes.  *more: there is more of that to do.
 */
rh_status	store_stat_fold(struct db *, int64_t now_us, bool *more,
		    struct err *);

#endif
