/*
 * What the results of host actions look like in memory (call->result), for
 * doors that spell them in their own words.  Valid when status is RH_OK and
 * the call was not replayed; they live in the call's arena.
 */
#ifndef ACTION_REPLIES_H
#define ACTION_REPLIES_H

#include "store/store_run.h"

/* Text of a run's streams and its stages, beside its row. */
struct run_stage {
	const char *stage;
	int32_t	percent;
	const char *message;	/* or NULL */
	int64_t	at_us;
};

struct run_view {
	struct run_row row;
	/* the rest is there if call->streams asks for it */
	struct str out;		/* standard output, then the outcome's output */
	struct str err;		/* standard error */
	struct run_stage *stages;	/* oldest first, at most 1,000 */
	size_t	stage_count;
	size_t	cost;		/* of reading it, in bytes, for lists */
};

/* How it was carried out the last time: "inproc", "worker", "remote"; NULL: not yet. */
const char	*view_mode(const struct run_row *);

struct run_list {		/* run_list */
	struct run_view *runs;
	size_t	count;
	int64_t	next;		/* cursor; 0: no more */
	int64_t	total;		/* -1: more than were looked at */
};

/* run_get: struct run_view.  run_events_page: struct event_page.
 * run_create: struct run_made.  run_cancel: struct run_cancelled. */
struct run_made {
	struct id id;
	int64_t	run_no;
	int64_t	created_us;
	bool	cancelled;	/* its cancel came before it */
};

struct run_cancelled {
	struct run_row row;
	bool	already_terminal;
};

/* host_metrics: its text, a const char *. */

#endif
