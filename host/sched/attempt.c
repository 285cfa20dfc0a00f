/*
 * An attempt, from its arrival until both of its sides are over.
 */
#include "sched/plan.h"

#include "base/clock.h"
#include "base/mem.h"

#include <runhost/host.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define LOSSES_MAX	3

static struct timers *
timers_of(const struct attempt *a)
{
	return &a->pool->plan->timers;
}

static int64_t
now_of(const struct attempt *a)
{
	return a->pool->plan->now;
}

static struct attempts *
line_of(const struct attempt *a)
{
	return a->kind == JOB_ACTION ? &a->pool->actions : &a->pool->runs;
}

static void
unwait(struct attempt *a)
{
	TAILQ_REMOVE(line_of(a), a, line);
	a->side = SIDE_LEFT;
}

void
attempt_wait(struct attempt *a, bool front)
{
	a->side = SIDE_WAITING;
	if (front)
		TAILQ_INSERT_HEAD(line_of(a), a, line);
	else
		TAILQ_INSERT_TAIL(line_of(a), a, line);
}

void
attempt_send(struct attempt *a, struct worker *w)
{
	unwait(a);
	a->side = SIDE_SENT;
	a->worker = w;
	if (!worker_is_busy(w))
		w->heard_us = w->since_us = now_of(a);
	TAILQ_INSERT_TAIL(&w->sent, a, line);
	w->sent_count++;
	w->sent_bytes += a->bytes;
	if (w->owner == NULL && !w->pool->stateless)
		w->owner = mem_strdup(a->owner);
	plan_command(a->pool->plan, CMD_INVOKE)->attempt = a;
	worker_arm(w);
}

/* It is on no worker: it waits again, or its last word is said. */
void
attempt_left(struct attempt *a)
{
	if (a->phase == PHASE_LIVE)
		attempt_wait(a, true);
	else if (a->phase == PHASE_OVER)
		plan_command(a->pool->plan, CMD_FORGET)->attempt = a;
}

static struct command *
ending(struct attempt *a, enum command_kind kind, const char *why)
{
	struct command *cmd = plan_command(a->pool->plan, kind);

	a->phase = PHASE_ENDING;
	if (a->side == SIDE_WAITING)
		unwait(a);
	why_set(a->why, why);
	cmd->attempt = a;
	return cmd;
}

void
plan_end(struct attempt *a, uint32_t outcome, rh_status status, bool retry,
    const char *why)
{
	struct command *cmd;

	if (a->phase != PHASE_LIVE)
		return;
	if (a->side == SIDE_SENT)
		worker_drop(a->worker, a);
	timer_clear(timers_of(a), &a->timer);
	cmd = ending(a, CMD_END, why);
	cmd->outcome = outcome;
	cmd->status = status;
	cmd->retry = retry;
}

void
attempt_release(struct attempt *a, bool started, const char *why)
{
	if (a->kind == JOB_ACTION) {
		plan_end(a, RH_FAILED, RH_EUNAVAIL, false, why);
		return;
	}
	timer_clear(timers_of(a), &a->timer);
	ending(a, CMD_RELEASE, why)->started = started;
}

/* Its worker died before it started: it may try so many. */
void
attempt_suspect(struct attempt *a, const char *how)
{
	char why[WHY_LEN];

	if (a->phase != PHASE_LIVE || ++a->losses < LOSSES_MAX)
		return;
	snprintf(why, sizeof why, "%d workers in a row ended before it had "
	    "started, the last: %.130s", a->losses, how);
	plan_end(a, RH_FAILED, RH_EPLUGIN, true, why);
}

/* Its worker died while it ran. */
void
attempt_orphan(struct attempt *a, const struct worker *w, const char *how)
{
	if (a->phase != PHASE_LIVE)
		attempt_left(a);
	else if (w->gave_up)
		attempt_release(a, true, w->cause);
	else
		plan_end(a, RH_FAILED, RH_EPLUGIN, true,
		    w->cause[0] != '\0' ? w->cause : how);
}

/* Told to stop, and killed if it doesn't within the grace. */
static void
stop(struct attempt *a)
{
	const struct plan_config *cfg = &a->pool->plan->cfg;
	int64_t at;

	if (!a->cancelled)
		plan_command(a->pool->plan, CMD_CANCEL)->attempt = a;
	a->cancelled = true;
	a->stop_us = at = now_of(a) + (a->phase == PHASE_OVER &&
	    cfg->lost_grace_us != 0 ? cfg->lost_grace_us :
	    cfg->cancel_grace_us);
	if (a->phase == PHASE_LIVE && a->deadline_us != 0 &&
	    a->deadline_us + cfg->grace_us < at)
		at = a->deadline_us + cfg->grace_us;
	timer_set(timers_of(a), &a->timer, at);
}

/* What the plugin is busy with is of no use any more. */
static void
kill_useless(struct attempt *a)
{
	a->worker->gave_up = true;
	worker_kill(a->worker, a->why[0] != '\0' ? a->why :
	    "went on without its run");
}

void
plan_unsent(struct attempt *a)
{
	struct worker *w = a->worker;

	w->full = true;
	if (w->ping_us == 0)
		worker_ping(w);	/* whether it reads at all */
	if (a->side == SIDE_SENT) {
		worker_free_of(w, a);
		attempt_left(a);
	}
	pool_place(w->pool);
}

void
plan_started(struct attempt *a)
{
	struct worker *w = a->worker;
	int64_t at;

	assert(a->side == SIDE_SENT || a->side == SIDE_DROPPING);
	TAILQ_REMOVE(&w->sent, a, line);
	w->sent_count--;
	w->sent_bytes -= a->bytes;
	w->running = a;
	w->used = true;
	a->side = SIDE_RUNNING;
	a->started_us = now_of(a);
	a->cpu_from_us = -1;
	if (a->timeout_us != 0) {
		at = a->started_us + a->timeout_us;
		if (a->deadline_us == 0 || at < a->deadline_us)
			a->deadline_us = at;
	}
	if (a->phase != PHASE_LIVE)
		stop(a);	/* too late to be dropped */
	else if (a->deadline_us != 0)
		timer_set(timers_of(a), &a->timer,
		    a->deadline_us + a->pool->plan->cfg.grace_us);
	worker_arm(w);
}

bool
plan_is_late(const struct attempt *a)
{
	return a->deadline_us != 0 && now_of(a) >= a->deadline_us;
}

bool
plan_finish(struct attempt *a)
{
	struct worker *w = a->worker;

	assert(a->side == SIDE_RUNNING && !a->finished);
	timer_clear(timers_of(a), &a->timer);
	a->pool->crashes = 0;
	if (a->kind == JOB_RUN)
		pool_ran(a->pool, now_of(a) - a->started_us);
	if (a->phase == PHASE_LIVE) {
		a->finished = true;
		a->phase = PHASE_ENDING;
		/* The next may be claimed by the batch that ends this one. */
		if (a->kind == JOB_RUN)
			a->pool->held--;
		return true;
	}
	worker_free_of(w, a);
	attempt_left(a);
	pool_place(w->pool);
	return false;
}

static void
over(struct attempt *a)
{
	a->phase = PHASE_OVER;
	if (a->kind == JOB_RUN && !a->finished)
		a->pool->held--;
}

void
plan_over(struct attempt *a)
{
	struct worker *w = a->worker;

	if (a->phase == PHASE_OVER)
		return;
	over(a);
	if (a->side == SIDE_LEFT || a->finished) {
		if (w != NULL)
			worker_free_of(w, a);
		attempt_left(a);
	} else if (a->side == SIDE_RUNNING && a->hard) {
		kill_useless(a);
	} else if (a->side == SIDE_RUNNING) {
		stop(a);
	}
	pool_place(a->pool);
}

void
plan_fenced(struct attempt *a)
{
	enum side side = a->side;

	if (a->phase == PHASE_OVER)
		return;
	over(a);
	timer_clear(timers_of(a), &a->timer);
	if (side == SIDE_WAITING) {
		unwait(a);
		attempt_left(a);
	} else if (side == SIDE_LEFT) {
		attempt_left(a);
	} else if (side == SIDE_SENT) {
		worker_drop(a->worker, a);
	} else if (a->finished) {
		worker_free_of(a->worker, a);
		attempt_left(a);
	} else if (side == SIDE_RUNNING) {
		stop(a);
	}
	pool_place(a->pool);
}

void
plan_cancel(struct attempt *a)
{
	if (a->phase != PHASE_LIVE)
		return;
	if (a->side == SIDE_RUNNING && !a->cancelled)
		stop(a);
	else if (a->side != SIDE_RUNNING)
		plan_end(a, RH_CANCELLED, RH_ECANCELED, false,
		    "cancelled before it started");
	pool_place(a->pool);
}

static void
time_out(struct attempt *a)
{
	char why[WHY_LEN];
	int64_t took = a->deadline_us - a->started_us;
	const struct plan_config *cfg = &a->pool->plan->cfg;

	if (a->started_us == 0)
		snprintf(why, sizeof why, "the deadline passed before a "
		    "worker was free");
	else
		snprintf(why, sizeof why, "no end within %g s and a grace of "
		    "%g s", (double)took / US_PER_S,
		    (double)cfg->grace_us / US_PER_S);
	a->hard = true;
	plan_end(a, RH_TIMEOUT, RH_EDEADLINE, true, why);
}

void
attempt_wake(void *arg)
{
	struct attempt *a = arg;

	if (a->phase == PHASE_OVER) {
		if (a->side == SIDE_RUNNING)
			kill_useless(a);
		return;
	}
	if (a->phase != PHASE_LIVE)
		return;
	if (a->cancelled && now_of(a) >= a->stop_us) {
		a->hard = true;
		plan_end(a, RH_CANCELLED, RH_ECANCELED, false,
		    "did not stop when it was cancelled");
	} else {
		time_out(a);
	}
}

void
plan_limit(struct attempt *a, const char *limit, const char *why)
{
	if (a->phase != PHASE_LIVE)
		return;
	a->limit = limit;
	a->hard = true;
	plan_end(a, RH_FAILED, RH_EPLUGIN, false, why);
}

int64_t
plan_cpu(struct attempt *a, int64_t total_us)
{
	if (a->cpu_from_us < 0)
		a->cpu_from_us = total_us;
	return total_us - a->cpu_from_us;
}

void
plan_nested(struct attempt *a, int n)
{
	struct pool *p = a->pool;

	a->nested += n;
	assert(a->nested >= 0);
	if (n > 0 && !TAILQ_EMPTY(&p->actions))
		pool_place(p);
}
