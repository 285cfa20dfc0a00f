/*
 * Points in time, the nearest first: a heap of timers that their owners
 * embed.  Knows no clock.
 */
#ifndef SCHED_TIMERS_H
#define SCHED_TIMERS_H

#include <stddef.h>
#include <stdint.h>

#define TIMERS_NEVER	INT64_MAX

struct timer {
	int64_t	at;
	size_t	place;		/* in the heap, from 1; 0: not set */
	void	(*fire)(void *arg);	/* not set any more when it is called */
	void	*arg;
};

struct timers {
	struct timer **heap;	/* [1] is the nearest */
	size_t	count;
	size_t	cap;
};

void	timers_fini(struct timers *);	/* forgets those that are set */
void	timer_set(struct timers *, struct timer *, int64_t at);
/* Never later than at; may leave a nearer point as it is. */
void	timer_pull(struct timers *, struct timer *, int64_t at);
void	timer_clear(struct timers *, struct timer *);	/* not set: fine */
int64_t	timers_next(const struct timers *);	/* or TIMERS_NEVER */

/* Fires those that are due; ends even when they set themselves again. */
void	timers_run(struct timers *, int64_t now);

#endif
