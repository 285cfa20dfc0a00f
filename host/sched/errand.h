/*
 * What may wait, for a thread that must not: each errand is run on a thread
 * of its own, and comes back.  Nobody waits for a thread either: one that
 * sits in a resolver is left alone, and frees what it has when nobody takes
 * it any more.
 */
#ifndef SCHED_ERRAND_H
#define SCHED_ERRAND_H

#include "base/err.h"

#include <sys/queue.h>

struct errands;

#define ERRANDS_MAX	32	/* of a kind at a time, of the whole host */

/* None takes the room of another. */
enum errand_kind { ERRAND_CONNECTION, ERRAND_SECRET, ERRAND_KINDS };

/* The first member of what is to be run. */
struct errand {
	STAILQ_ENTRY(errand) next;
	struct errands *of;
	enum errand_kind kind;
	void	(*run)(struct errand *);	/* on its thread */
	void	(*free)(struct errand *);	/* any thread; with all it holds */
};
STAILQ_HEAD(errand_list, errand);

/* back: something can be taken; any thread, under a lock: it may not block. */
struct errands	*errands_new(void (*back)(void *), void *arg);
/* Those under way are let go; back is not called any more.  NULL is fine. */
void		 errands_free(struct errands *);

/* Takes it over, also when it fails: RH_EBUSY. */
rh_status	 errands_start(struct errands *, struct errand *take,
		    struct err *);
/* What has come back, in order; the caller's. */
void		 errands_take(struct errands *, struct errand_list *);

#endif
