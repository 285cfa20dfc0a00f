/*
 * A token bucket.  Whoever has waited gets a hundredth of a second's worth,
 * so that nobody is woken for every single one.
 */
#include "sched/bucket.h"

#include "base/clock.h"

#define LITTLE	100	/* of its rate */

void
bucket_fill(struct bucket *b, int64_t rate, int64_t now)
{
	b->rate = rate;
	b->left = (double)rate;
	b->at_us = now;
}

static void
catch_up(struct bucket *b, int64_t now)
{
	b->left += (double)b->rate * (double)(now - b->at_us) / US_PER_S;
	if (b->left > (double)b->rate)
		b->left = (double)b->rate;
	b->at_us = now;
}

bool
bucket_take(struct bucket *b, int64_t n, int64_t now)
{
	if (b->rate == 0)
		return true;
	b->left -= (double)n;
	if (b->left < 0)
		catch_up(b, now);
	return b->left >= 0;
}

int64_t
bucket_wait(struct bucket *b, int64_t now)
{
	double want = (double)b->rate / LITTLE;

	if (b->rate == 0 || b->left >= 0)
		return 0;
	catch_up(b, now);
	if (b->left >= want)
		return 0;
	return (int64_t)((want - b->left) * US_PER_S / (double)b->rate) + 1;
}
