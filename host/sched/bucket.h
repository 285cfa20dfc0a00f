/*
 * So much a second, and as much at once: a token bucket.  What was taken
 * can't be given back, so it may owe; then its owner waits.  Knows no clock.
 */
#ifndef SCHED_BUCKET_H
#define SCHED_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
	int64_t	rate;		/* a second, and when it is full; 0: any */
	double	left;		/* below 0: owed */
	int64_t	at_us;		/* as of then */
};

void	bucket_fill(struct bucket *, int64_t rate, int64_t now);
/* false: it owes from now on. */
bool	bucket_take(struct bucket *, int64_t n, int64_t now);
/* How long until it owes nothing and has a little; 0: now. */
int64_t	bucket_wait(struct bucket *, int64_t now);

#endif
