/*
 * Crashes of a plugin's workers: the next worker waits, longer each time,
 * and after too many the plugin is put into quarantine.  One run counts once,
 * however often it is tried, and so does a load or an end between runs: what
 * one bad input does is that run's affair, what many do is the plugin's.
 */
#include "sched/plan.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

#define UNLOADED_MAX	5	/* then the plugin is out of use */

/*
 * Nothing has loaded for so many times and nothing else is there: whoever
 * waits for it would wait for ever.
 */
static void
off_if_unloaded(struct pool *p, const char *how)
{
	char why[WHY_LEN];

	if (p->state != POOL_ON || p->unloaded < UNLOADED_MAX || p->up > 0)
		return;
	snprintf(why, sizeof why, "did not load %d times in a row, the last: "
	    "%.130s", p->unloaded, how);
	pool_off(p, why);
}

/* Those that are too old are forgotten. */
static void
forget_old(struct pool *p)
{
	int64_t since = p->plan->now - p->plan->cfg.crash_window_us;
	int i, n = 0;

	for (i = 0; i < p->noted; i++)
		if (p->notes[i].at_us > since)
			p->notes[n++] = p->notes[i];
	p->noted = n;
}

static void
note(struct pool *p, int64_t run_no)
{
	int i;

	forget_old(p);
	for (i = 0; i < p->noted && run_no != 0; i++)
		if (p->notes[i].run_no == run_no)
			return;
	if (p->noted < p->plan->cfg.crash_limit)
		p->notes[p->noted++] = (struct crash_note){ p->plan->now,
		    run_no };
}

static void
quarantine_if_many(struct pool *p, const char *how)
{
	const struct plan_config *cfg = &p->plan->cfg;
	struct worker *w;

	if (cfg->crash_limit == 0 || p->noted < cfg->crash_limit)
		return;
	p->quarantined = true;
	p->state = POOL_OFF;
	snprintf(p->why, sizeof p->why, "in quarantine: %d crashes within "
	    "%lld s, the last: %.130s", p->noted,
	    (long long)(cfg->crash_window_us / US_PER_S), how);
	plan_command(p->plan, CMD_QUARANTINE)->pool = p;
	pool_take_back(p);
	TAILQ_FOREACH(w, &p->workers, next)
		worker_retire(w);
}

void
pool_crashed(struct pool *p, const struct worker *w, const char *how)
{
	const struct plan_config *cfg = &p->plan->cfg;
	int64_t wait = cfg->backoff_min_us;
	int i;

	p->unloaded += !w->hello && !w->unmade;
	if (!w->unmade && cfg->crash_limit > 0) {
		note(p, w->running != NULL ? w->running->run_no : 0);
		quarantine_if_many(p, how);
	}
	off_if_unloaded(p, how);
	/* Several that die at once are one reason to wait. */
	if (pool_is_backing_off(p))
		return;
	p->crashes++;
	if (w->hello && p->crashes == 1)
		return;
	for (i = 1; i < p->crashes && wait < cfg->backoff_max_us; i++)
		wait *= 2;
	if (wait > cfg->backoff_max_us)
		wait = cfg->backoff_max_us;
	p->not_before_us = p->plan->now + wait;
}
