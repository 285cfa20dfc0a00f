/*
 * How the runtimes elsewhere do, counted from their rows.
 */
#ifndef ACTION_ACT_FLEET_H
#define ACTION_ACT_FLEET_H

#include "action/act.h"

struct fleet {
	int64_t	now, total, online, stale, draining;
	int64_t	capacity;	/* of those that aren't stale and named one */
	int64_t	held;		/* runs, by all together */
	int64_t	age_sum, age_max;	/* since the last heartbeats, us */
};

rh_status	fleet_count(struct act *, struct arena *, struct fleet *,
		    struct err *);

#endif
