/*
 * The plan's lists: handles, commands, plugins, and what concerns all of
 * them at once.  Nothing here costs more when there are more attempts, but
 * for draining.
 */
#include "sched/plan.h"

#include "base/clock.h"
#include "base/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBES	4	/* plugins that load at a time, at the start */

const struct plan_config plan_config_default = {
	.min = 1, .max = 8, .slots = 32,
	.idle_us = 60 * US_PER_S,
	.start_us = 5 * US_PER_S,
	.grace_us = 1 * US_PER_S,
	.cancel_grace_us = 5 * US_PER_S,
	.stop_us = 1 * US_PER_S,
	.silent_us = 2 * US_PER_S,
	.pong_us = 10 * US_PER_S,
	.stuck_us = 20 * US_PER_MS,
	.return_us = 5 * US_PER_S,
	.backoff_min_us = 100 * US_PER_MS,
	.backoff_max_us = 30 * US_PER_S,
	.crash_window_us = 600 * US_PER_S,
	.renew_us = 20 * US_PER_S,
	.sweep_us = 1 * US_PER_S,
	.stopping = "the host stops",
};

void
why_set(char why[WHY_LEN], const char *text)
{
	snprintf(why, WHY_LEN, "%s", text);
}

static void
renew_wake(void *arg)
{
	struct plan *c = arg;

	plan_command(c, CMD_RENEW);
	timer_set(&c->timers, &c->renew, c->now + c->cfg.renew_us);
}

static void
sweep_wake(void *arg)
{
	struct plan *c = arg;

	/* After a silence: our own leases first, then what goes by leases. */
	if (c->renew.at <= c->now)
		renew_wake(c);
	plan_command(c, CMD_SWEEP);
	timer_set(&c->timers, &c->sweep, c->now + c->cfg.sweep_us);
}

/* The time for draining is over: what still runs is given up. */
static void
drain_wake(void *arg)
{
	struct plan *c = arg;
	struct pool *p;
	struct worker *w;

	TAILQ_FOREACH(p, &c->pools, next)
		TAILQ_FOREACH(w, &p->workers, next)
			if (worker_is_busy(w)) {
				w->gave_up = true;
				worker_kill(w, c->cfg.stopping);
			}
}

void
plan_init(struct plan *c, const struct plan_config *cfg)
{
	memset(c, 0, sizeof *c);
	c->cfg = *cfg;
	TAILQ_INIT(&c->pools);
	TAILQ_INIT(&c->attempts);
	c->renew.fire = renew_wake;
	c->sweep.fire = sweep_wake;
	c->drain.fire = drain_wake;
	c->renew.arg = c->sweep.arg = c->drain.arg = c;
}

void
plan_fini(struct plan *c)
{
	struct attempt *a;
	struct worker *w;
	struct pool *p;

	while ((a = TAILQ_FIRST(&c->attempts)) != NULL)
		plan_forget(a);
	while ((p = TAILQ_FIRST(&c->pools)) != NULL) {
		while ((w = TAILQ_FIRST(&p->workers)) != NULL) {
			TAILQ_REMOVE(&p->workers, w, next);
			plan_bury(w);
		}
		TAILQ_REMOVE(&c->pools, p, next);
		free(p->notes);
		free(p);
	}
	timers_fini(&c->timers);
	free(c->slots);
	free(c->unused);
	free(c->commands);
}

void
plan_at(struct plan *c, int64_t now)
{
	if (now > c->now)
		c->now = now;
}

void
plan_tick(struct plan *c)
{
	timers_run(&c->timers, c->now);
}

int64_t
plan_next(const struct plan *c)
{
	return timers_next(&c->timers);
}

struct command *
plan_command(struct plan *c, enum command_kind kind)
{
	struct command *cmd;

	if (c->command_count == c->command_cap) {
		c->command_cap = c->command_cap > 0 ? 2 * c->command_cap : 64;
		c->commands = mem_realloc(c->commands,
		    c->command_cap * sizeof *c->commands);
	}
	cmd = &c->commands[c->command_count++];
	memset(cmd, 0, sizeof *cmd);
	cmd->kind = kind;
	return cmd;
}

bool
plan_take(struct plan *c, size_t *i, struct command *out)
{
	if (*i == c->command_count) {
		c->command_count = 0;
		return false;
	}
	*out = c->commands[(*i)++];
	return true;
}

struct pool *
plan_pool_add(struct plan *c, bool inproc, void *plug)
{
	struct pool *p = mem_zalloc(sizeof *p);

	p->plan = c;
	p->inproc = inproc;
	p->plug = plug;
	p->average_us = -1;
	p->notes = mem_calloc((size_t)c->cfg.crash_limit + 1,
	    sizeof *p->notes);
	TAILQ_INIT(&p->workers);
	TAILQ_INIT(&p->actions);
	TAILQ_INIT(&p->runs);
	p->timer.fire = pool_wake;
	p->timer.arg = p;
	TAILQ_INSERT_TAIL(&c->pools, p, next);
	c->probing++;
	return p;
}

struct pool *
plan_probed(const struct plan *c)
{
	struct pool *p;

	TAILQ_FOREACH(p, &c->pools, next)
		if (p->state == POOL_PROBING)
			return p;
	return NULL;
}

/*
 * Plugins are heard one after the other, in their order: which of two that
 * claim the same name has it is then the same at every start.  The next few
 * load meanwhile.
 */
void
plan_probe_next(struct plan *c)
{
	struct pool *p = plan_probed(c);
	struct worker *w;
	int n = 0;

	if (p == NULL) {
		plan_command(c, CMD_READY);
		return;
	}
	TAILQ_FOREACH(w, &p->workers, next)
		worker_hear(w);
	for (; p != NULL && n < PROBES; p = TAILQ_NEXT(p, next)) {
		if (p->state != POOL_PROBING)
			continue;
		pool_place(p);
		n++;
	}
}

void
plan_begin(struct plan *c)
{
	c->begun = true;
	plan_probe_next(c);
	timer_set(&c->timers, &c->renew, c->now + c->cfg.renew_us);
	timer_set(&c->timers, &c->sweep, c->now + c->cfg.sweep_us);
}

/* Handles.  A slot's generation rises when it is taken, and is never 0. */
static uint32_t
slot_take(struct plan *c)
{
	size_t i;

	if (c->unused_count == 0) {
		i = c->slot_cap;
		c->slot_cap = i > 0 ? 2 * i : 256;
		c->slots = mem_realloc(c->slots,
		    c->slot_cap * sizeof *c->slots);
		c->unused = mem_realloc(c->unused,
		    c->slot_cap * sizeof *c->unused);
		for (; i < c->slot_cap; i++) {
			c->slots[i] = (struct plan_slot){ 0 };
			c->unused[c->unused_count++] = (uint32_t)i;
		}
	}
	return c->unused[--c->unused_count];
}

static void
handle_give(struct plan *c, struct attempt *a)
{
	uint32_t i = slot_take(c);
	struct plan_slot *s = &c->slots[i];

	if (++s->generation == 0)
		s->generation = 1;
	s->attempt = a;
	a->handle = (uint64_t)s->generation << 32 | i;
}

static void
handle_end(struct plan *c, uint64_t handle)
{
	uint32_t i = (uint32_t)handle;

	c->slots[i].attempt = NULL;
	c->unused[c->unused_count++] = i;
}

struct attempt *
plan_attempt(const struct plan *c, uint64_t handle)
{
	size_t i = (uint32_t)handle;

	if (i >= c->slot_cap || c->slots[i].generation != handle >> 32)
		return NULL;
	return c->slots[i].attempt;
}

struct attempt *
plan_run(const struct plan *c, int64_t run_no, int64_t fence)
{
	struct attempt *a;

	LIST_FOREACH(a, &c->runs[(uint64_t)run_no % RUN_BUCKETS], by_run)
		if (a->run_no == run_no && a->fence == fence)
			return a;
	return NULL;
}

void
plan_start(struct pool *p, const struct job_info *info, struct attempt **at)
{
	struct plan *c = p->plan;
	struct attempt *a = mem_zalloc(sizeof *a);

	a->kind = info->kind;
	a->pool = p;
	a->run_no = info->run_no;
	a->fence = info->fence;
	a->owner = info->owner;
	a->bytes = info->bytes;
	a->inproc = info->inproc;
	a->depth = info->depth;
	a->timeout_us = info->timeout_us;
	a->deadline_us = info->deadline_us;
	a->job = info->job;
	*at = a;
	a->side = SIDE_LEFT;
	a->timer.fire = attempt_wake;
	a->timer.arg = a;
	handle_give(c, a);
	TAILQ_INSERT_TAIL(&c->attempts, a, all);
	if (a->kind == JOB_RUN) {
		LIST_INSERT_HEAD(&c->runs[(uint64_t)a->run_no % RUN_BUCKETS],
		    a, by_run);
		p->held++;
		if (p->offered > 0)
			p->offered--;
	}
	if (a->deadline_us != 0)
		timer_set(&c->timers, &a->timer, a->deadline_us);
	attempt_wait(a, false);
	pool_place(p);
}

void
plan_forget(struct attempt *a)
{
	struct plan *c = a->pool->plan;

	timer_clear(&c->timers, &a->timer);
	handle_end(c, a->handle);
	TAILQ_REMOVE(&c->attempts, a, all);
	if (a->kind == JOB_RUN)
		LIST_REMOVE(a, by_run);
	free(a);
}

void
plan_drain(struct plan *c, int64_t until)
{
	struct pool *p;

	if (!c->draining) {
		c->draining = true;
		TAILQ_FOREACH(p, &c->pools, next) {
			pool_take_back(p);
			pool_place(p);
		}
	}
	timer_set(&c->timers, &c->drain, until);
}

bool
plan_is_idle(const struct plan *c)
{
	return TAILQ_EMPTY(&c->attempts);
}

void
plan_close(struct plan *c)
{
	struct worker *w;
	struct pool *p;

	c->draining = c->closing = true;
	TAILQ_FOREACH(p, &c->pools, next)
		TAILQ_FOREACH(w, &p->workers, next)
			worker_retire(w);
}
