/*
 * What becomes of a run when an attempt ends: the rules of the state table,
 * as pure functions of the run's row and of how the attempt ended.
 */
#ifndef RUN_OUTCOME_H
#define RUN_OUTCOME_H

#include "store/store_run.h"

struct decision {
	enum run_state state;	/* RUN_QUEUED, RUN_INTERRUPTED, or an end */
	enum run_cause cause;	/* of the next attempt; 0: as it was */
	bool	count_failure, count_loss, uncount_attempt;
	const char *event;	/* the host's event when the run goes on; or NULL */
	const char *why;	/* for that event */
	struct run_end end;	/* completed with reasons when the run ends */
};

/*
 * An attempt said how it ended, or the host ended it (host).  d->end holds
 * output, error and exit code; kind is RH_COMPLETED ...
 */
void	decide_finish(const struct run_live *, uint32_t kind, bool retry,
	    bool host, struct decision *d);

/* An attempt was lost without the run's fault. */
void	decide_loss(const struct run_live *, bool started, const char *why,
	    struct decision *d);

/* The whole table: whether a state may follow another. */
bool	run_may_go(enum run_state from, enum run_state to);

#endif
