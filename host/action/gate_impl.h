/*
 * The gate's insides, shared by gate.c (batches), perform.c (one call) and
 * context.c (what an action's apply may ask for).
 */
#ifndef ACTION_GATE_IMPL_H
#define ACTION_GATE_IMPL_H

#include "action/gate.h"
#include "action/memory.h"
#include "base/metric.h"

struct gate {
	struct db *db;
	const struct action_env *env;
	struct clock_ledger clock;
	struct rand_src *rand;
	struct id_src ids;
	int64_t	now;			/* of the batch */
	struct chain_head head, head_committed;
	struct policy *policy, *policy_committed;
	bool	policy_stale;		/* reload before the next decision */
	bool	tallied;		/* the batch wrote counts of the tally */
	bool	committing;
	struct memory memory;
	struct metric_hist commits;
	struct effects of_call;		/* of the call that is performed */
	struct effects effects;		/* of the calls before it */
};

/*
 * A savepoint: the transaction's, and of all that is remembered of it.  undo
 * brings both back to it, keep lets go of it.
 */
struct gate_mark {
	struct chain_head head;
	struct effect *last;		/* of the call's effects */
	bool	policy_stale, tallied;
};
rh_status	gate_mark(struct gate *, struct gate_mark *, struct err *);
rh_status	gate_keep(struct gate *, struct err *);
void		gate_undo(struct gate *, const struct gate_mark *);

/* Policy changes hold for the next call of the same batch. */
rh_status	gate_refresh_policy(struct gate *, struct err *);

#endif
