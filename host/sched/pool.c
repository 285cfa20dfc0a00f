/*
 * A plugin's pool: how many workers it has, which attempt goes to which of
 * them, and how many more runs the ledger may claim for it.
 */
#include "sched/plan.h"

#include "base/mem.h"

#include <runhost/host.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AHEAD_US	10000	/* work that may wait in a worker's socket */
#define AHEAD_SLOW_US	2000	/* none, when runs take longer than this */
#define AHEAD_BYTES	(2u * 1024 * 1024)

/* Claimed runs that a worker may have: the next ones wait in its socket. */
int
pool_depth(const struct pool *p)
{
	int64_t n;

	if (p->once || p->average_us < 0 || p->average_us > AHEAD_SLOW_US)
		return 1;
	n = 1 + AHEAD_US / (p->average_us + 1);
	return n < p->plan->cfg.slots ? (int)n : p->plan->cfg.slots;
}

/*
 * One thread at a time runs a trusted plugin: it is loaded once, and need
 * not expect company, unless it says that it does.
 */
static bool
is_alone(const struct pool *p)
{
	return p->inproc && !p->threads;
}

int
pool_min(const struct pool *p)
{
	return is_alone(p) ? 1 : p->plan->cfg.min;
}

int
pool_max(const struct pool *p)
{
	return is_alone(p) ? 1 : p->plan->cfg.max;
}

void
plan_threads(struct pool *p, bool threads)
{
	p->threads = threads;
}

/* A nested action may find every worker waiting for it: it gets its own. */
static int
pool_limit(const struct pool *p)
{
	const struct attempt *a = TAILQ_FIRST(&p->actions);

	if (is_alone(p) || a == NULL)
		return pool_max(p);
	return pool_max(p) + a->depth;
}

bool
pool_is_backing_off(const struct pool *p)
{
	return p->plan->now < p->not_before_us;
}

static struct worker *
spawn(struct pool *p)
{
	struct worker *w = mem_zalloc(sizeof *w);

	w->pool = p;
	/* What a plugin says of itself is heard from a process first. */
	w->inproc = p->inproc && p->state == POOL_ON;
	w->unheard = p->state == POOL_PROBING && plan_probed(p->plan) != p;
	w->since_us = p->plan->now;
	TAILQ_INIT(&w->sent);
	w->timer.fire = worker_wake;
	w->timer.arg = w;
	TAILQ_INSERT_TAIL(&p->workers, w, next);
	p->up++;
	worker_arm(w);
	plan_command(p->plan, CMD_SPAWN)->worker = w;
	return w;
}

static bool
is_stuck(const struct worker *w)
{
	const struct plan *c = w->pool->plan;
	int64_t since = w->running != NULL ? w->running->started_us :
	    w->since_us;

	return worker_is_busy(w) && c->now - since >= c->cfg.stuck_us;
}

static bool
may_take(const struct worker *w, const struct attempt *a, int depth)
{
	size_t load = w->sent_count + (w->running != NULL);

	if (w->state != WORKER_READY || w->retiring || w->full ||
	    w->inproc != w->pool->inproc)
		return false;
	if (!w->pool->stateless && w->owner != NULL &&
	    strcmp(w->owner, a->owner) != 0)
		return false;
	if (load == 0)
		return true;
	return a->kind == JOB_RUN && load < (size_t)depth && !is_stuck(w) &&
	    w->sent_bytes + a->bytes <= AHEAD_BYTES;
}

static struct worker *
least_busy(const struct pool *p, const struct attempt *a)
{
	struct worker *w, *best = NULL;
	int depth = pool_depth(p);
	size_t load, least = 0;

	TAILQ_FOREACH(w, &p->workers, next) {
		if (!may_take(w, a, depth))
			continue;
		load = w->sent_count + (w->running != NULL);
		if (best == NULL || load < least) {
			best = w;
			least = load;
		}
	}
	return best;
}

/* An idle worker that may serve one owner only makes room for another. */
static void
retire_other_owner(struct pool *p, const struct attempt *a)
{
	struct worker *w;

	TAILQ_FOREACH(w, &p->workers, next) {
		if (w->state == WORKER_READY && !w->retiring &&
		    !worker_is_busy(w) && !may_take(w, a, 1)) {
			worker_retire(w);
			return;
		}
	}
}

/* Whether every worker waits for a nested call, so that none will be free. */
static bool
is_deadlocked(const struct pool *p)
{
	const struct worker *w;

	TAILQ_FOREACH(w, &p->workers, next) {
		if (w->retiring || w->state > WORKER_READY)
			continue;
		if (w->running == NULL || w->running->nested == 0)
			return false;
	}
	return p->up >= pool_limit(p);
}

static void
refuse_deadlocked(struct pool *p)
{
	struct attempt *a;

	while ((a = TAILQ_FIRST(&p->actions)) != NULL && a->depth > 0 &&
	    is_deadlocked(p))
		plan_end(a, RH_FAILED, RH_EDEADLOCK, false,
		    "every worker of the plugin waits for a nested call");
}

static void
end_unserved(struct pool *p, struct attempt *a)
{
	char why[WHY_LEN];

	snprintf(why, sizeof why, "the plugin is out of use: %.160s", p->why);
	plan_end(a, RH_FAILED, RH_EUNAVAIL, false, why);
}

/* true: gone from the line, one way or another. */
static bool
place_one(struct pool *p, struct attempt *a)
{
	struct worker *w;

	if (p->plan->draining) {
		attempt_release(a, false, p->plan->cfg.stopping);
		return true;
	}
	/* What is queued may wait until the plugin is let go on. */
	if (p->quarantined && a->kind == JOB_RUN) {
		attempt_release(a, false, p->why);
		return true;
	}
	if (p->state == POOL_OFF) {
		end_unserved(p, a);
		return true;
	}
	if (p->state == POOL_PARKED) {
		attempt_release(a, false, p->why);
		return true;
	}
	if (a->kind == JOB_RUN && a->inproc != p->inproc) {
		attempt_release(a, false, "trust in the plugin changed");
		return true;
	}
	if ((w = least_busy(p, a)) == NULL)
		return false;
	attempt_send(a, w);
	return true;
}

static const struct attempt *
first_waiting(const struct pool *p)
{
	const struct attempt *a = TAILQ_FIRST(&p->actions);

	return a != NULL ? a : TAILQ_FIRST(&p->runs);
}

/* Workers that can take the next attempt, or soon will. */
static int
count_spare(const struct pool *p)
{
	const struct attempt *a = first_waiting(p);
	const struct worker *w;
	int n = 0;

	TAILQ_FOREACH(w, &p->workers, next) {
		if (w->state == WORKER_STARTING && !w->retiring)
			n++;
		else if (!worker_is_busy(w) && w->state == WORKER_READY &&
		    !w->retiring && (a == NULL || may_take(w, a, 1)))
			n++;
	}
	return n;
}

/* Attempts that a further worker could take: up to the pool's limit. */
static int
backlog(const struct pool *p)
{
	const struct attempt *a;
	const struct worker *w;
	int n = 0, limit = pool_limit(p);

	TAILQ_FOREACH(a, &p->actions, line)
		if (++n >= limit)
			return n;
	TAILQ_FOREACH(a, &p->runs, line)
		if (++n >= limit)
			return n;
	TAILQ_FOREACH(w, &p->workers, next)
		n += w->sent_count + (w->running != NULL) > 1;
	return n;
}

/* Makes the workers that are wanted and allowed now. */
static void
grow(struct pool *p)
{
	int want, limit = pool_limit(p), spare;

	if (p->plan->draining || p->state >= POOL_PARKED || !p->plan->begun)
		return;
	if (pool_is_backing_off(p)) {
		timer_pull(&p->plan->timers, &p->timer, p->not_before_us);
		return;
	}
	spare = count_spare(p);
	want = p->state == POOL_ON ? pool_min(p) : 1;
	if (p->state == POOL_ON && backlog(p) > spare)
		want = p->up + backlog(p) - spare;
	if (want > limit)
		want = limit;
	while (p->up < want)
		spawn(p);
}

void
pool_place(struct pool *p)
{
	struct attempt *a;

	while ((a = TAILQ_FIRST(&p->actions)) != NULL ||
	    (a = TAILQ_FIRST(&p->runs)) != NULL)
		if (!place_one(p, a))
			break;
	if (a != NULL && !p->stateless && p->up >= pool_limit(p))
		retire_other_owner(p, a);
	grow(p);
	refuse_deadlocked(p);
}

void
pool_wake(void *arg)
{
	pool_place(arg);
}

/* Runs that were sent and not started come back, one by one. */
void
pool_take_back(struct pool *p)
{
	struct attempt *a;
	struct worker *w;

	TAILQ_FOREACH(w, &p->workers, next)
		TAILQ_FOREACH(a, &w->sent, line)
			if (a->side == SIDE_SENT)
				worker_drop(w, a);
}

void
pool_ran(struct pool *p, int64_t took_us)
{
	if (p->average_us < 0)
		p->average_us = took_us;
	p->average_us += (took_us - p->average_us) / 8;
}

void
pool_off(struct pool *p, const char *why)
{
	bool probing = p->state == POOL_PROBING;

	p->state = POOL_OFF;
	why_set(p->why, why);
	plan_command(p->plan, CMD_REFUSED)->pool = p;
	if (!probing)
		return;
	p->plan->probing--;
	plan_probe_next(p->plan);
}

void
plan_trust(struct pool *p, bool inproc)
{
	struct worker *w;

	if (p->inproc == inproc)
		return;
	p->inproc = inproc;
	/* The worker that tries the plugin has still to say so: plan_hello. */
	if (p->state == POOL_PROBING)
		return;
	pool_take_back(p);
	TAILQ_FOREACH(w, &p->workers, next)
		if (w->inproc != inproc)
			worker_retire(w);
	pool_place(p);
}

/*
 * What was taken back ends at once, whoever has it.  What came to it is in
 * new workers only: the others take nothing more.
 */
void
plan_given(struct pool *p, bool taken)
{
	struct worker *w, *next;

	if (p->state == POOL_PROBING)
		return;
	if (!taken)
		pool_take_back(p);
	for (w = TAILQ_FIRST(&p->workers); w != NULL; w = next) {
		next = TAILQ_NEXT(w, next);
		if (w->inproc)
			continue;
		if (taken) {
			w->gave_up = true;
			worker_kill(w, "a capability of its plugin was taken "
			    "back");
		} else {
			worker_retire(w);
		}
	}
	pool_place(p);
}

/* What runs there is given up, by no fault of its own. */
static void
give_up(struct worker *w, const char *why)
{
	w->gave_up = true;
	worker_kill(w, why);
}

void
plan_park(struct pool *p, const char *why, bool hard)
{
	struct worker *w;

	why_set(p->why, why);
	p->quarantined = false;
	/* Its first worker has still to say what it is: plan_hello. */
	p->idle = true;
	if (p->state == POOL_PROBING)
		return;
	p->state = POOL_PARKED;
	pool_take_back(p);
	TAILQ_FOREACH(w, &p->workers, next) {
		if (hard && w->running != NULL)
			give_up(w, why);
		else
			worker_retire(w);
	}
	pool_place(p);
}

void
plan_unpark(struct pool *p, struct pool *before)
{
	struct pool *first = before != NULL ? before->before : NULL;

	/* One that still waited for another has offered nothing itself. */
	if (first != NULL) {
		before->before = NULL;
		before = first;
	}
	if (before != NULL)
		p->before = before != p ? before : NULL;
	p->idle = false;
	p->quarantined = false;
	p->crashes = p->unloaded = p->noted = 0;
	p->not_before_us = 0;
	if (p->state == POOL_PROBING)
		return;
	p->state = POOL_ON;
	p->served = true;
	pool_place(p);
}
