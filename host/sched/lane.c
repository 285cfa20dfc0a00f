/*
 * An attempt's lane to the ledger: one report, request or end at a time is
 * with the writer, what comes meanwhile waits behind it, and events join
 * whatever goes next.
 */
#include "sched/control.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/mem.h"

#include <runhost/host.h>

#include <stdio.h>
#include <stdlib.h>

#define AGAIN_BUSY_US	(5 * US_PER_MS)	/* the events' lane is full */
#define AGAIN_US	(1 * US_PER_S)	/* the disk is, or so */
#define OPS_MAX		64	/* requests; then its socket isn't read */
#define OPS_BYTES	(8u * 1024 * 1024)
#define NESTED_MAX	64	/* calls that are not answered */

struct op *
op_new(struct job *j, const struct op_kind *kind)
{
	struct op *op = mem_zalloc(sizeof *op);

	op->kind = kind;
	op->handle = j->at->handle;
	op->submit.s = j->s;
	return op;
}

void
op_free(struct op *op)
{
	if (op == NULL)
		return;
	batch_free(op->batch);
	arena_fini(&op->arena);
	free(op);
}

struct job *
op_job(const struct op *op)
{
	struct attempt *a = plan_attempt(&op->submit.s->plan, op->handle);

	return a != NULL ? a->job : NULL;
}

void
lane_touch(struct job *j)
{
	if (j->dirty)
		return;
	j->dirty = true;
	STAILQ_INSERT_TAIL(&j->s->dirty, j, dirty_next);
}

void
lane_wake(void *arg)
{
	lane_touch(arg);
}

static size_t
op_bytes(const struct op *op)
{
	return op->a.len + op->b.len + op->c.len;
}

void
lane_add(struct job *j, struct op *op)
{
	STAILQ_INSERT_TAIL(&j->ops, op, next);
	j->op_count++;
	j->op_bytes += op_bytes(op);
	lane_touch(j);
}

/* The first one, out of the line; there is one. */
static struct op *
lane_next(struct job *j)
{
	struct op *op = STAILQ_FIRST(&j->ops);

	STAILQ_REMOVE_HEAD(&j->ops, next);
	j->op_count--;
	j->op_bytes -= op_bytes(op);
	return op;
}

bool
lane_full(const struct job *j)
{
	return batch_full(j) || j->op_count >= OPS_MAX ||
	    j->op_bytes >= OPS_BYTES || j->at->nested >= NESTED_MAX;
}

void
lane_resume(struct job *j)
{
	struct link *l = job_link(j);

	if (l != NULL && l->paused && !lane_full(j))
		link_resume(l);
}

void
lane_answer_all(struct job *j, rh_status status)
{
	size_t left = j->op_count;
	struct op *op;

	for (; left > 0; left--) {
		op = lane_next(j);
		if (op->seq == 0) {
			lane_add(j, op);	/* the host's own, in turn */
			continue;
		}
		link_reply(j, op->seq, status, NULL, 0);
		op_free(op);
	}
}

static void
drop_all(struct job *j)
{
	while (!STAILQ_EMPTY(&j->ops))
		op_free(lane_next(j));
	batch_free(j->batch);
	j->batch = NULL;
}

void
lane_free(struct job *j)
{
	timer_clear(&j->s->plan.timers, &j->timer);
	if (j->dirty)
		STAILQ_REMOVE(&j->s->dirty, j, job, dirty_next);
	drop_all(j);
}

void
lane_stale(struct job *j)
{
	lane_answer_all(j, RH_ESTALE);
	drop_all(j);
	lane_resume(j);
	plan_fenced(j->at);
}

static bool
has_report(const struct job *j)
{
	const struct batch *b = j->batch;

	return b != NULL && (b->count > 0 || b->started_us != 0 ||
	    b->truncated);
}

/*
 * A start alone waits for what may follow at once; the first events don't
 * wait; later progress and output may, so that more of them share a commit.
 */
static int64_t
report_due(const struct job *j)
{
	const struct batch *b = j->batch;
	int64_t hold = j->s->cfg.hold_ms * US_PER_MS;

	if (b->count == 0 && !b->truncated)
		return b->started_us + hold;
	if (!j->reported || b->urgent)
		return 0;
	return j->committed_us + hold;
}

/* Statuses that will not last. */
static bool
is_passing(rh_status status)
{
	return status == RH_EBUSY || status == RH_EFULL ||
	    status == RH_EUNAVAIL || status == RH_EIO ||
	    status == RH_EUNKNOWN;
}

static void
keep(struct job *j, struct op *op, rh_status status)
{
	j->again_us = j->s->plan.now + (status == RH_EBUSY ? AGAIN_BUSY_US :
	    AGAIN_US);
	STAILQ_INSERT_HEAD(&j->ops, op, next);
	j->op_count++;
	j->op_bytes += op_bytes(op);
}

/* The writer won't have what the plugin said: the host ends the run. */
static void
end_instead(struct job *j, struct op *op, const struct call *c)
{
	struct op *end = op_new(j, &op_end);

	end->seq = op->seq;
	end->status = c->status;
	end->outcome = RH_FAILED;
	end->host = true;
	end->b = str_of(arena_printf(&end->arena, "the end could not be "
	    "written: %s", c->err.msg));
	lane_add(j, end);
	op_free(op);
}

/* Answers that the plugin may expect, and no more often than is of use. */
static bool
is_worth_a_line(struct job *j, const struct op *op, rh_status status)
{
	bool state = op->kind == &op_state_get || op->kind == &op_state_set;

	if (state && (status == RH_ENOENT || status == RH_ESTATE))
		return false;
	return log_allowed(&j->plug->log, j->s->plan.now);
}

static void
refused(struct job *j, struct op *op, const struct call *c)
{
	char why[WHY_LEN], hex[ID_HEX_LEN];
	struct job_ids ids;

	job_ids(j, &ids);
	if (is_worth_a_line(j, op, c->status))
		log_event(LOG_ERROR, "refused by the ledger", "plugin",
		    j->plug->plugin->id, "run", ids.run, "action",
		    op->kind->action, "op", id_hex(&c->op, hex), "principal",
		    c->caller.principal, "error", c->err.msg, NULL);
	if (op->kind == &op_finish && !j->s->hurried) {
		end_instead(j, op, c);
		return;
	}
	link_reply(j, op->seq, c->status, NULL, 0);
	if (op->kind == &op_outcome) {
		j->call->status = c->status;
		j->call->err = c->err;
		job_answer(j);
	}
	if (op->kind->ends) {
		plan_over(j->at);
	} else if (op->kind == &op_report) {
		snprintf(why, sizeof why, "a report was refused: %.150s",
		    c->err.msg);
		plan_end(j->at, RH_FAILED, RH_EPLUGIN, false, why);
	}
	op_free(op);
}

static void
failed(struct job *j, struct op *op, const struct call *c)
{
	bool passing = is_passing(c->status) && !j->s->hurried;

	if (c->status == RH_ESTALE && op->kind != &op_outcome) {
		link_reply(j, op->seq, RH_ESTALE, NULL, 0);
		if (op->kind->ends)
			plan_over(j->at);
		else
			lane_stale(j);
		op_free(op);
	} else if (passing && (op->kind->ends || op->kind == &op_report)) {
		keep(j, op, c->status);
	} else if (passing && op->batch != NULL) {
		/* The request fails; the events before it don't. */
		link_reply(j, op->seq, c->status, NULL, 0);
		op->seq = 0;
		op->kind = &op_report;
		keep(j, op, c->status);
	} else {
		refused(j, op, c);
	}
}

static void
op_done(struct submit *sub, struct call *c)
{
	struct op *op = (struct op *)sub;
	struct job *j = op_job(op);

	if (j == NULL) {
		op_free(op);
		call_free(c);
		return;
	}
	j->flying = NULL;
	lane_touch(j);
	if (c->status == RH_OK) {
		j->committed_us = j->s->plan.now;
		if (op->batch != NULL && op->batch->count > 0)
			j->reported = true;
		op->kind->done(op, c);
		op_free(op);
	} else {
		failed(j, op, c);
	}
	call_free(c);
}

static void
submit(struct job *j, struct op *op)
{
	const struct op_kind *kind = op->kind;
	struct run_report report;
	struct call *c;

	if (kind->go != NULL) {
		kind->go(op);
		return;
	}
	if (kind->carries && op->batch == NULL) {
		op->batch = j->batch;
		j->batch = NULL;
	}
	batch_report(j, op->batch, &report);
	c = call_internal(kind->action, kind->caller != NULL && op->host ?
	    kind->caller : &j->caller, kind->args_size);
	kind->fill(op, c, &report);
	op->submit.done = op_done;
	j->flying = op;
	if (kind->ends)
		FAULT("run.finish.before_submit");
	sched_submit(j->s, c, &op->submit);
	lane_resume(j);
}

void
lane_push(struct job *j)
{
	struct timers *timers = &j->s->plan.timers;
	int64_t now = j->s->plan.now, due;
	struct op *op;

	while (j->flying == NULL) {
		op = STAILQ_FIRST(&j->ops);
		if (op == NULL && !has_report(j))
			return;
		due = op == NULL ? report_due(j) : 0;
		if (due < j->again_us)
			due = j->again_us;
		if (due > now) {
			timer_set(timers, &j->timer, due);
			return;
		}
		if (op == NULL || (!op->kind->carries && has_report(j)))
			op = op_new(j, &op_report);
		else
			lane_next(j);
		submit(j, op);
	}
}
