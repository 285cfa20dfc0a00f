/*
 * Plugins' own values, as the plugin and as callers from outside reach them.
 * Private to act_state*.c.
 */
#ifndef ACTION_ACT_STATE_H
#define ACTION_ACT_STATE_H

#include "action/act.h"
#include "store/store_state.h"

/* To what a value belongs: within the scope of a run. */
struct state_kind {
	struct str scope;	/* runner, actor, conversation, subject */
	const char *subject_type, *subject_id;	/* of the last; or NULL */
};

struct state_place {
	uint8_t	key[HASH_LEN];	/* digest of all it belongs to */
	struct scope run;
};

/* RH_EINPUT: no such scope; RH_ESTATE: the run has nothing of the kind. */
rh_status	state_place(struct act *, struct call *, int64_t run_no,
		    const struct state_kind *, struct state_place *,
		    struct err *);

/*
 * Sets, or deletes with "null"; refused, RH_ERATE or RH_EFULL, before
 * anything is written.
 */
rh_status	state_put(struct act *, struct call *,
		    const struct state_place *, struct str key,
		    struct str value, struct err *);

#endif
