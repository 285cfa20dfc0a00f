/*
 * What sweeps and the recovery share: a transaction takes a slice of what is
 * due, and a run that can't be settled stops no other.
 */
#ifndef ACTION_ACT_SLICE_H
#define ACTION_ACT_SLICE_H

#include "action/act.h"

struct skipped;
struct sweep_args;

#define SLICE		100
#define PUT_OFF_US	(60 * US_PER_S)

/*
 * One run by itself, under a savepoint.  When something is wrong with it, it
 * is left as it is, added to the list, and not looked at before again.
 */
rh_status	slice_each(struct act *, struct call *, int64_t run_no,
		    rh_status (*one)(struct act *, struct call *, int64_t,
		    struct err *), int64_t again, struct skipped **,
		    struct err *);
/* Whether an error is about the disk or the connection, not about a run. */
bool		slice_is_lost(rh_status);
/* One run's row in the audit log, as the sweep's doing. */
rh_status	slice_record(struct act *, struct call *, const char *action,
		    struct err *);

/* act_sweep.c: what a run whose time has come needs, and gets. */
struct decision;
struct run_live;
bool		decide_due(struct act *, const struct run_live *,
		    struct decision *);
rh_status	sweep_one(struct act *, struct call *, int64_t run_no,
		    struct err *);
/* act_reconcile.c: a slice of the runtimes that are late. */
rh_status	sweep_runtimes(struct act *, struct call *, bool *more,
		    struct err *);
/* act_expire.c: a slice of runs, of their events, of keys and rights, hours. */
rh_status	expire_runs(struct act *, struct call *, int64_t *removed,
		    struct sweep_args *, struct err *);
rh_status	expire_keys(struct act *, struct err *);
rh_status	fold_stats(struct act *, struct sweep_args *, struct err *);

#endif
