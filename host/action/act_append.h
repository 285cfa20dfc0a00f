/*
 * Events of run_append_result, between reading and writing them.
 */
#ifndef ACTION_ACT_APPEND_H
#define ACTION_ACT_APPEND_H

#include "action/act_state.h"
#include "action/append_type.h"

/* An event as it came, and what became of it. */
struct appended {
	const struct append_type *type;
	struct event_new e;
	struct str name, bytes;	/* of a checkpoint */
	struct state_update update;	/* of a value */
	bool	fresh;		/* nothing was appended under its sequence */
	const struct appended *former;	/* the same in this batch; or NULL */
	int64_t	seq;		/* the run's; 0: refused */
	int64_t	at_us;
	bool	duplicate;
	rh_status refused;	/* why it can't do what it says; or RH_OK */
	const char *why;
};

struct append_args {
	struct appended *list;
	size_t	count;
	bool	batch;
	int64_t	bytes;		/* that the new ones weigh */
};

#endif
