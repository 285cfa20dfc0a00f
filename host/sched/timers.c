/*
 * A binary heap whose members know their place.
 */
#include "sched/timers.h"

#include "base/mem.h"

#include <stdlib.h>

void
timers_fini(struct timers *t)
{
	free(t->heap);
	t->heap = NULL;
	t->count = t->cap = 0;
}

static void
put(struct timers *t, size_t place, struct timer *x)
{
	t->heap[place] = x;
	x->place = place;
}

static void
rise(struct timers *t, struct timer *x)
{
	size_t i = x->place;

	for (; i > 1 && t->heap[i / 2]->at > x->at; i /= 2)
		put(t, i, t->heap[i / 2]);
	put(t, i, x);
}

static void
sink(struct timers *t, struct timer *x)
{
	size_t i = x->place, child;

	while ((child = 2 * i) <= t->count) {
		if (child < t->count &&
		    t->heap[child + 1]->at < t->heap[child]->at)
			child++;
		if (t->heap[child]->at >= x->at)
			break;
		put(t, i, t->heap[child]);
		i = child;
	}
	put(t, i, x);
}

static void
add(struct timers *t, struct timer *x)
{
	if (t->count + 1 >= t->cap) {
		t->cap = t->cap > 0 ? 2 * t->cap : 64;
		t->heap = mem_realloc(t->heap, t->cap * sizeof *t->heap);
	}
	put(t, ++t->count, x);
}

void
timer_set(struct timers *t, struct timer *x, int64_t at)
{
	if (x->place != 0 && x->at == at)
		return;
	x->at = at;
	if (x->place == 0)
		add(t, x);
	rise(t, x);
	sink(t, x);
}

void
timer_pull(struct timers *t, struct timer *x, int64_t at)
{
	if (x->place == 0 || at < x->at)
		timer_set(t, x, at);
}

void
timer_clear(struct timers *t, struct timer *x)
{
	struct timer *last;

	if (x->place == 0)
		return;
	last = t->heap[t->count--];
	if (last != x) {
		put(t, x->place, last);
		rise(t, last);
		sink(t, last);
	}
	x->place = 0;
}

int64_t
timers_next(const struct timers *t)
{
	return t->count > 0 ? t->heap[1]->at : TIMERS_NEVER;
}

void
timers_run(struct timers *t, int64_t now)
{
	struct timer *x;
	size_t left = t->count;

	while (left-- > 0 && timers_next(t) <= now) {
		x = t->heap[1];
		timer_clear(t, x);
		x->fire(x->arg);
	}
}
