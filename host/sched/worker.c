/*
 * A worker's life as the plan sees it: starting, ready, told to exit or
 * killed, dead.  One timer a worker, set to the nearest of what may become
 * due; it looks at everything when it fires.
 */
#include "sched/plan.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define DYING_US	1000000	/* from the end of its socket to its own */
#define CUT		"closed its socket"

bool
worker_is_busy(const struct worker *w)
{
	return w->running != NULL || w->sent_count > 0;
}

static struct plan *
plan_of(const struct worker *w)
{
	return w->pool->plan;
}

static bool
is_spare(const struct worker *w)
{
	const struct pool *p = w->pool;

	return p->up > pool_min(p);
}

/* When a worker whose plugin runs needs attention. */
static int64_t
due_running(const struct worker *w)
{
	const struct plan_config *cfg = &plan_of(w)->cfg;
	int64_t at = w->heard_us + cfg->silent_us, stuck;

	if (w->ping_us != 0)
		at = w->ping_us + cfg->pong_us;
	if (w->deaf)
		at = TIMERS_NEVER;
	stuck = w->running->started_us + cfg->stuck_us;
	if (w->sent_count > 0 && w->ping_us == 0 && stuck < at)
		at = stuck;
	return at;
}

/* The same while it has work and nothing of it runs. */
static int64_t
due_sent(const struct worker *w)
{
	const struct plan_config *cfg = &plan_of(w)->cfg;
	int64_t at = w->heard_us + cfg->silent_us;

	if (w->deaf)
		return TIMERS_NEVER;
	if (w->ping_us != 0)
		at = w->ping_us + cfg->pong_us;
	return at < w->since_us + cfg->return_us ? at :
	    w->since_us + cfg->return_us;
}

static int64_t
due(const struct worker *w)
{
	const struct plan_config *cfg = &plan_of(w)->cfg;

	if (w->cut_us != 0 && (w->state == WORKER_STARTING ||
	    w->state == WORKER_READY))
		return w->cut_us + DYING_US;
	switch (w->state) {
	case WORKER_STARTING:
		return w->unheard ? TIMERS_NEVER : w->since_us + cfg->start_us;
	case WORKER_EXITING:
		return w->since_us + cfg->stop_us;
	case WORKER_KILLED:
		return TIMERS_NEVER;
	case WORKER_READY:
		break;
	}
	if (w->running != NULL)
		return due_running(w);
	if (worker_is_busy(w))
		return due_sent(w);
	if (w->ping_us != 0 && !w->deaf)
		return w->ping_us + cfg->pong_us;
	if (is_spare(w))
		return w->since_us + cfg->idle_us;
	return TIMERS_NEVER;
}

void
worker_arm(struct worker *w)
{
	int64_t at = due(w);

	if (at != TIMERS_NEVER)
		timer_pull(&plan_of(w)->timers, &w->timer, at);
}

/* The run in front takes long: those behind it go elsewhere. */
static void
move_stuck(struct worker *w)
{
	struct attempt *a;
	int64_t took = plan_of(w)->now - w->running->started_us;

	if (w->pool->average_us < took)
		w->pool->average_us = took;
	TAILQ_FOREACH(a, &w->sent, line)
		if (a->side == SIDE_SENT)
			worker_drop(w, a);
}

static void
wake_ready(struct worker *w)
{
	const struct plan_config *cfg = &plan_of(w)->cfg;
	int64_t now = plan_of(w)->now;

	if (w->ping_us != 0 && !w->deaf &&
	    now >= w->ping_us + cfg->pong_us) {
		worker_kill(w, "stopped answering");
		return;
	}
	if (!worker_is_busy(w)) {
		if (is_spare(w))
			worker_retire(w);
		return;
	}
	/* What it ran last is to blame, if it ran anything. */
	if (w->running == NULL && !w->deaf &&
	    now >= w->since_us + cfg->return_us) {
		w->gave_up = w->used;
		worker_kill(w, "did not begin what it was sent: its plugin "
		    "has not returned");
		return;
	}
	if (w->running != NULL && w->sent_count > 0 &&
	    now >= w->running->started_us + cfg->stuck_us)
		move_stuck(w);
	if (w->ping_us == 0 && !w->deaf &&
	    now >= w->heard_us + cfg->silent_us)
		worker_ping(w);
}

void
worker_wake(void *arg)
{
	struct worker *w = arg;

	if (plan_of(w)->now >= due(w)) {
		if (w->cut_us != 0 && w->state != WORKER_EXITING)
			worker_kill(w, CUT);
		else if (w->state == WORKER_STARTING)
			worker_kill(w, "did not load and say hello in time");
		else if (w->state == WORKER_EXITING)
			worker_kill(w, "");
		else if (w->state == WORKER_READY)
			wake_ready(w);
	}
	worker_arm(w);
}

void
worker_ping(struct worker *w)
{
	struct command *cmd = plan_command(plan_of(w), CMD_PING);

	cmd->worker = w;
	if (++w->ping_seq == 0)
		w->ping_seq = 1;
	cmd->seq = w->ping_seq;
	if (w->ping_us == 0)
		w->ping_us = plan_of(w)->now;
	worker_arm(w);
}

/* The answer to the PING says whether the attempt was started before. */
void
worker_drop(struct worker *w, struct attempt *a)
{
	a->side = SIDE_DROPPING;
	plan_command(plan_of(w), CMD_DROP)->attempt = a;
	worker_ping(w);
	a->drop_seq = w->ping_seq;
}

static void
state_set(struct worker *w, enum worker_state state)
{
	w->state = state;
	w->since_us = plan_of(w)->now;
	timer_clear(&plan_of(w)->timers, &w->timer);
	worker_arm(w);
}

/* EXIT, once nothing is on it. */
static void
exit_if_idle(struct worker *w)
{
	if (!w->retiring || w->state != WORKER_READY || worker_is_busy(w))
		return;
	plan_command(plan_of(w), CMD_EXIT)->worker = w;
	state_set(w, WORKER_EXITING);
}

void
worker_retire(struct worker *w)
{
	if (w->retiring)
		return;
	w->retiring = true;
	w->pool->up--;
	/* A thread can't be killed while it loads: it exits at its hello. */
	if (w->state == WORKER_STARTING && !w->inproc) {
		w->gave_up = true;
		worker_kill(w, "not needed any more");
	}
	exit_if_idle(w);
}

/* Its time to load counts from here. */
void
worker_hear(struct worker *w)
{
	if (!w->unheard)
		return;
	w->unheard = false;
	w->since_us = plan_of(w)->now;
	plan_command(plan_of(w), CMD_HEAR)->worker = w;
	worker_arm(w);
}

void
worker_kill(struct worker *w, const char *cause)
{
	if (w->state == WORKER_KILLED)
		return;
	worker_hear(w);		/* its death is to be seen */
	if (w->cause[0] == '\0')
		why_set(w->cause, cause);
	if (!w->retiring) {
		w->retiring = true;
		w->pool->up--;
	}
	plan_command(plan_of(w), CMD_KILL)->worker = w;
	state_set(w, WORKER_KILLED);
}

/* The attempt isn't on the worker any more. */
void
worker_free_of(struct worker *w, struct attempt *a)
{
	if (w->running == a) {
		w->running = NULL;
		w->since_us = plan_of(w)->now;
		if (w->pool->once && !w->inproc)
			worker_retire(w);
	} else {
		TAILQ_REMOVE(&w->sent, a, line);
		w->sent_count--;
		w->sent_bytes -= a->bytes;
	}
	a->worker = NULL;
	a->side = SIDE_LEFT;
	if (!worker_is_busy(w))
		w->since_us = plan_of(w)->now;
	exit_if_idle(w);
	worker_arm(w);
}

void
plan_hello(struct worker *w, bool stateless)
{
	struct pool *p = w->pool;

	if (w->state != WORKER_STARTING)
		return;
	w->hello = true;
	p->unloaded = 0;
	w->heard_us = plan_of(w)->now;
	state_set(w, WORKER_READY);
	if (p->state == POOL_PROBING) {
		p->state = p->idle ? POOL_PARKED : POOL_ON;
		p->served = !p->idle;
		p->stateless = stateless;
		plan_of(w)->probing--;
		plan_probe_next(plan_of(w));
	}
	if (w->inproc != p->inproc || p->state == POOL_PARKED)
		worker_retire(w);
	exit_if_idle(w);
	pool_place(p);
}

void
plan_refused(struct worker *w, const char *why)
{
	if (w->pool->state == POOL_PROBING)
		pool_off(w->pool, why);
	worker_kill(w, why);
}

/* What was to be dropped before this PING and didn't start, never will. */
bool
plan_pong(struct worker *w, uint32_t seq)
{
	struct attempt *a, *next;

	if ((int32_t)(seq - w->pong_seq) <= 0 ||
	    (int32_t)(w->ping_seq - seq) < 0)
		return false;
	w->pong_seq = seq;
	w->ping_us = seq == w->ping_seq ? 0 : plan_of(w)->now;
	/* From the last one: each goes to the front of the line. */
	for (a = TAILQ_LAST(&w->sent, attempts); a != NULL; a = next) {
		next = TAILQ_PREV(a, attempts, line);
		if (a->side != SIDE_DROPPING ||
		    (int32_t)(seq - a->drop_seq) < 0)
			continue;
		worker_free_of(w, a);
		attempt_left(a);
	}
	worker_arm(w);
	pool_place(w->pool);
	return true;
}

void
plan_deaf(struct worker *w, bool deaf)
{
	w->deaf = deaf;
	w->heard_us = plan_of(w)->now;
	if (w->ping_us != 0)
		w->ping_us = plan_of(w)->now;
	worker_arm(w);
}

void
plan_room(struct worker *w)
{
	if (!w->full)
		return;
	w->full = false;
	pool_place(w->pool);
}

void
plan_broken(struct worker *w, const char *why)
{
	if (w->pool->state == POOL_PROBING)
		pool_off(w->pool, why);
	worker_kill(w, why);
}

void
plan_cut(struct worker *w)
{
	w->cut_us = plan_of(w)->now;
	worker_arm(w);
}

/* An end that nobody asked for. */
static bool
is_crash(const struct worker *w)
{
	return w->state != WORKER_EXITING && !w->gave_up &&
	    !(w->retiring && w->cause[0] == '\0') && !plan_of(w)->closing;
}

void
plan_dead(struct worker *w, const char *how)
{
	const char *cause;
	bool crash = is_crash(w);
	struct pool *p = w->pool;
	struct attempt *a, *first = NULL;

	/* It was dying by itself, only slowly. */
	if (strcmp(w->cause, CUT) == 0 && strcmp(how, "killed SIGKILL") != 0)
		w->cause[0] = '\0';
	cause = w->cause[0] != '\0' ? w->cause : how;
	if (w->state != WORKER_KILLED && !w->retiring)
		p->up--;
	if (p->state == POOL_PROBING)
		pool_off(p, cause);
	/* When nothing ran, what was to start next may be why. */
	if (crash && w->running == NULL)
		first = TAILQ_FIRST(&w->sent);
	w->retiring = true;
	w->state = WORKER_KILLED;
	if (crash && p->state == POOL_ON)
		pool_crashed(p, w, cause);
	timer_clear(&plan_of(w)->timers, &w->timer);
	TAILQ_REMOVE(&p->workers, w, next);
	while ((a = TAILQ_LAST(&w->sent, attempts)) != NULL) {
		worker_free_of(w, a);
		attempt_left(a);
	}
	if (first != NULL)
		attempt_suspect(first, cause);
	if ((a = w->running) != NULL) {
		worker_free_of(w, a);
		attempt_orphan(a, w, how);
	}
	plan_command(plan_of(w), CMD_BURY)->worker = w;
	pool_place(p);
}

void
plan_bury(struct worker *w)
{
	timer_clear(&plan_of(w)->timers, &w->timer);
	free(w->owner);
	free(w);
}
