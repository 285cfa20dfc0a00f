/*
 * An episode from its first to its last step.
 */
#include "model/world.h"

#include "base/mem.h"
#include "lib/faultvfs.h"
#include "lib/unit.h"

#include <stdarg.h>
#include <stdlib.h>

struct tried tried;

int64_t
below(struct world *w, int64_t n)
{
	return (int64_t)rand_below(&w->rand, (uint64_t)n);
}

bool
once_in(struct world *w, int n)
{
	return below(w, n) == 0;
}

void
tell(struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (w->trace == NULL)
		return;
	fprintf(w->trace, "#   %3d ", w->step);
	va_start(ap, fmt);
	vfprintf(w->trace, fmt, ap);
	va_end(ap);
	fputc('\n', w->trace);
}

void
fail(struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (w->failed)
		return;
	w->failed = true;
	va_start(ap, fmt);
	vsnprintf(w->why, sizeof w->why, fmt, ap);
	va_end(ap);
	tell(w, "HERE: %s", w->why);
}

int64_t
world_now(const struct world *w)
{
	return w->opened_at + (w->c.clock.boot - w->opened_boot);
}

struct item *
item_new(enum m_kind kind, const struct m_caller *who)
{
	struct item *it = mem_zalloc(sizeof *it);

	it->m.kind = kind;
	it->m.who = *who;
	return it;
}

/* Settings differ from seed to seed. */
static void
settings(struct world *w)
{
	struct action_env *e = &w->c.env;

	e->quota_live = once_in(w, 2) ? 0 : 6 + below(w, 10);
	/* Some are shorter than the plan takes to renew them. */
	e->lease_us = (2 + below(w, once_in(w, 2) ? 12 : 60)) * US_PER_S;
	e->cancel_grace_us = (1 + below(w, 5)) * US_PER_S;
	e->command_retention_us = (60 + below(w, 600)) * US_PER_S;
	e->idem_us = (120 + below(w, 3600)) * US_PER_S;
	e->max_losses = 1 + (int32_t)below(w, 3);
	e->backoff_us = once_in(w, 2) ? 0 : 1 + below(w, 5 * US_PER_S);
	w->m->quota = e->quota_live;
	w->m->lease_us = e->lease_us;
	w->m->grace_us = e->cancel_grace_us;
	w->m->keep_us = e->command_retention_us;
	w->m->idem_us = e->idem_us;
	w->m->max_losses = e->max_losses;
	w->m->backoff_us = e->backoff_us;
}

static void
first_calls(struct world *w)
{
	struct item *items[BATCH_MAX];
	size_t n = 0;

	choose_first(w, items, &n);
	batch_plain(w, items, n);
}

void
world_init(struct world *w, uint64_t seed)
{
	memset(w, 0, sizeof *w);
	w->seed = seed;
	w->step = -1;
	w->m = mem_zalloc(sizeof *w->m);
	w->before = mem_zalloc(sizeof *w->before);
	w->spare = mem_zalloc(sizeof *w->spare);
	rand_seeded_init(&w->rand, seed);
	faultvfs_plan(NULL);
	lab_init(&w->c);
	rand_seeded_init(&w->c.rand, seed);
	w->c.vfs = FAULTVFS_NAME;
	lab_wipe(&w->c);
	settings(w);
	reopen(w, (struct model *const[]){ w->m }, 1);
	if (!w->failed)
		first_calls(w);
}

void
world_fini(struct world *w)
{
	faultvfs_plan(NULL);
	farm_fini(w);
	compare_close(w);
	lab_fini(&w->c);
	free(w->m);
	free(w->before);
	free(w->spare);
}

/* Steps. */

static size_t
some_calls(struct world *w, struct item **items)
{
	size_t n = farm_calls(w, items, (size_t)below(w, BATCH_MAX / 2 + 1));
	size_t more = (size_t)below(w, 5);

	if (n == 0)
		more++;
	while (more-- > 0)
		items[n++] = choose_call(w);
	return n;
}

static void
step_batch(struct world *w)
{
	struct item *items[BATCH_MAX];
	size_t n = some_calls(w, items);

	tell(w, "batch of %zu", n);
	batch_plain(w, items, n);
}

static void
step_fault(struct world *w)
{
	struct item *items[BATCH_MAX];

	fault(w, items, some_calls(w, items));
}

static void
step_interrupt(struct world *w)
{
	struct item *items[BATCH_MAX];

	interrupt(w, items, some_calls(w, items));
}

static void
step_crash(struct world *w)
{
	struct item *items[BATCH_MAX];

	crash(w, items, some_calls(w, items));
}

/* To the very moment at which something is due, or lies one beside it. */
static int64_t
until_due(struct world *w)
{
	const struct model *m = w->m;
	int64_t at = 0, now = world_now(w);

	if (m->run_count > 0 && !once_in(w, 4))
		at = m->runs[m->run_count - 1 - (size_t)below(w,
		    m->run_count < 40 ? (int64_t)m->run_count : 40)].due;
	else if (m->runtime_count > 0)
		at = m->runtimes[below(w, (int64_t)m->runtime_count)].deadline;
	at += below(w, 3) - 1;
	return at > now && at < now + 300 * US_PER_S ? at - now : 0;
}

/* Mostly a little; sometimes the clock jumps, wall and all. */
static void
step_time(struct world *w)
{
	static const int64_t most[] = { 2000, 200000, US_PER_S,
		5 * US_PER_S, 30 * US_PER_S, 90 * US_PER_S, 3600 * US_PER_S,
		INT64_C(8) * 86400 * US_PER_S };
	int64_t us = 1 + below(w, most[below(w, once_in(w, 8) ?
	    (int64_t)ARRAY_LEN(most) : 5)]);
	int64_t exact = once_in(w, 4) ? until_due(w) : 0;

	if (exact > 0)
		us = exact;
	clock_fake_advance(&w->c.clock, us);
	if (once_in(w, 20)) {
		w->c.clock.wall += (below(w, 2) - 1) * 1800 * US_PER_S;
		tell(w, "the wall clock is set");
	}
	tell(w, "%lld us pass", (long long)us);
}

/* Nobody stirs but the host's timers: leases are renewed, or not. */
static void
step_quiet(struct world *w)
{
	struct item *items[BATCH_MAX];
	int64_t rest = 1 + below(w, 8);
	size_t n;

	tell(w, "%lld quarters of a lease pass", (long long)rest);
	for (; rest > 0 && !w->failed; rest--) {
		clock_fake_advance(&w->c.clock, w->m->lease_us / 4);
		farm_tick(w);
		n = farm_calls(w, items, BATCH_MAX);
		if (n > 0)
			batch_plain(w, items, n);
	}
}

static void
step_work(struct world *w)
{
	tell(w, "workers");
	farm_work(w);
}

static const struct {
	int	weight;
	void	(*step)(struct world *);
} steps[] = {
	{ 400, step_batch },
	{ 300, step_work },
	{ 140, step_time },
	{ 10, step_quiet },
	{ 100, read_something },
	{ 30, forbidden },
	{ 20, step_fault },
	{ 15, step_interrupt },
	{ 8, step_crash },
	{ 4, restart },
	{ 2, crash_at_start },
};

/* Each step has dice of its own, whichever others are taken. */
static void
seed_step(struct world *w)
{
	uint64_t x = w->seed * 1000003 + (uint64_t)w->step;

	x = (x ^ x >> 31) * UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
	rand_seeded_init(&w->rand, x ^ x >> 32);
}

void
world_step(struct world *w, int step)
{
	int64_t total = 0, pick;
	size_t i;

	w->step = step;
	seed_step(w);
	for (i = 0; i < ARRAY_LEN(steps); i++)
		total += steps[i].weight;
	pick = below(w, total);
	for (i = 0; pick >= steps[i].weight; i++)
		pick -= steps[i].weight;
	steps[i].step(w);
	if (w->failed)
		return;
	farm_check(w);
	if (step % 100 == 99) {
		compare(w, true);
		compare_chain(w);
	}
}
