/*
 * The two loops of an instance: reading the socket, running the plugin.
 * The first never waits for the second, so that a plugin that hangs can't
 * keep the process from ending with its host.
 */
#include "worker/serve.h"

#include <runhost/plugin.h>

#include "plugin/abi.h"
#include "plugin/describe.h"
#include "plugin/dso.h"
#include "worker/live.h"
#include "worker/speak.h"
#include "worker/table.h"
#include "worker/trace.h"

#include <string.h>
#include <time.h>

#define START_AGAIN_MS	20

/* A message from the host. */
struct message {
	struct frame_head head;
	struct str body;
};

static rh_status
on_invoke(struct instance *inst, const struct message *m, struct err *err)
{
	struct invocation *v;

	v = invocation_new(inst, m->head.handle, m->body, err);
	if (v == NULL)
		return RH_EPROTO;
	if (!live_add(v)) {
		invocation_unref(v);
		return err_set(err, RH_EPROTO, "handle %#llx is in use",
		    (unsigned long long)m->head.handle);
	}
	pthread_mutex_lock(&inst->lock);
	TAILQ_INSERT_TAIL(&inst->queue, v, next);
	if (inst->closed)
		invocation_discard(v);	/* nobody comes for it any more */
	pthread_mutex_unlock(&inst->lock);
	pthread_cond_broadcast(&inst->changed);
	return RH_OK;
}

/* With the lock. */
static struct invocation *
find_queued(struct instance *inst, uint64_t handle)
{
	struct invocation *v;

	TAILQ_FOREACH(v, &inst->queue, next)
		if (v->handle == handle)
			return v;
	return NULL;
}

/* One that ended while the cancel was on its way is no error. */
static rh_status
on_cancel(struct instance *inst, const struct message *m, struct err *err)
{
	struct invocation *v;

	(void)err;
	pthread_mutex_lock(&inst->lock);
	v = inst->running;
	if (v == NULL || v->handle != m->head.handle)
		v = find_queued(inst, m->head.handle);
	if (v != NULL)
		v->cancel = true;
	pthread_cond_broadcast(&inst->changed);
	pthread_mutex_unlock(&inst->lock);
	return RH_OK;
}

static rh_status
on_drop(struct instance *inst, const struct message *m, struct err *err)
{
	struct invocation *v;

	(void)err;
	pthread_mutex_lock(&inst->lock);
	v = find_queued(inst, m->head.handle);
	if (v != NULL)
		invocation_discard(v);
	pthread_mutex_unlock(&inst->lock);
	return RH_OK;
}

static rh_status
on_reply(struct instance *inst, const struct message *m, struct err *err)
{
	return speak_reply(inst, m->head.handle, m->head.seq, m->body, err);
}

/* A STARTED that is on its way goes first: see FRAME_DROP. */
static rh_status
on_ping(struct instance *inst, const struct message *m, struct err *err)
{
	(void)err;
	pthread_mutex_lock(&inst->lock);
	while (inst->starting)
		pthread_cond_wait(&inst->changed, &inst->lock);
	pthread_mutex_unlock(&inst->lock);
	channel_send(inst->chan, FRAME_PONG, 0, m->head.seq, NULL, 0);
	return RH_OK;
}

static rh_status
on_exit_frame(struct instance *inst, const struct message *m, struct err *err)
{
	(void)inst, (void)m;
	return err_set(err, RH_ECANCELED, "told to exit");
}

rh_status
serve_message(struct instance *inst, const struct frame_head *head,
    struct str body, struct err *err)
{
	static rh_status (*const handlers[FRAME_TYPES])(struct instance *,
	    const struct message *, struct err *) = {
		[FRAME_INVOKE] = on_invoke,
		[FRAME_CANCEL] = on_cancel,
		[FRAME_DROP] = on_drop,
		[FRAME_REPLY] = on_reply,
		[FRAME_PING] = on_ping,
		[FRAME_EXIT] = on_exit_frame,
	};
	const struct message m = { *head, body };

	return handlers[head->type](inst, &m, err);
}

rh_status
serve_socket(struct instance *inst, struct err *err)
{
	struct frame_head head;
	struct str body;
	rh_status rc = RH_OK;

	while (rc == RH_OK) {
		if (channel_recv(inst->chan, &head, &body, err) == 1)
			rc = serve_message(inst, &head, body, err);
		else
			rc = err->status;
	}
	return rc == RH_ECANCELED || rc == RH_EIO ? RH_OK : rc;
}

static const struct rh_runner *
find_runner(const struct rh_entry *e, struct str name)
{
	size_t i;

	for (i = 0; e->runners != NULL && e->runners[i] != NULL; i++)
		if (str_is(name, e->runners[i]->name))
			return e->runners[i];
	return NULL;
}

static const struct rh_action *
find_action(const struct rh_entry *e, struct str name)
{
	size_t i;

	for (i = 0; e->actions != NULL && e->actions[i] != NULL; i++)
		if (str_is(name, e->actions[i]->name))
			return e->actions[i];
	return NULL;
}

/*
 * The nearer of deadline and time-out, as wait() needs it and as the plugin
 * sees it.  The time-out counts from the start: the invocation may have
 * waited here behind others.
 */
static void
set_deadline(struct invocation *v)
{
	int64_t now = serve_clock_us(CLOCK_MONOTONIC);
	struct rh_invocation *inv = &v->inv;

	if (inv->timeout_ms > 0 && inv->timeout_ms < INT64_MAX / 2000 &&
	    (v->deadline_us == 0 ||
	    now + inv->timeout_ms * 1000 < v->deadline_us))
		v->deadline_us = now + inv->timeout_ms * 1000;
	inv->deadline_us = 0;
	if (v->deadline_us != 0)
		inv->deadline_us = serve_clock_us(CLOCK_REALTIME) +
		    v->deadline_us - now;
}

/* The next one, now running, its STARTED sent; NULL when closed. */
static struct invocation *
start_next(struct instance *inst)
{
	struct invocation *v;

	pthread_mutex_lock(&inst->lock);
	while (TAILQ_EMPTY(&inst->queue) && !inst->closed)
		pthread_cond_wait(&inst->changed, &inst->lock);
	v = TAILQ_FIRST(&inst->queue);
	if (v == NULL)
		goto out;
	TAILQ_REMOVE(&inst->queue, v, next);
	set_deadline(v);
	v->started_us = serve_clock_us(CLOCK_BOOTTIME);
	v->state = INV_RUNNING;
	inst->running = v;
	inst->starting = true;
	pthread_mutex_unlock(&inst->lock);
	channel_send(inst->chan, FRAME_STARTED, v->handle, 0, NULL, 0);
	pthread_mutex_lock(&inst->lock);
	inst->starting = false;
	pthread_cond_broadcast(&inst->changed);
out:
	pthread_mutex_unlock(&inst->lock);
	return v;
}

static void
finish_failed(struct invocation *v, const char *why)
{
	struct rh_outcome failed = {
		.size = sizeof failed, .kind = RH_FAILED, .exit_code = 1,
		.error = { why, strlen(why) },
	};

	table_host.finish(v->handle, &failed);
}

/*
 * What may not be done twice begins when its start is on disk: after a crash
 * of the host a run without a start was never begun (docs/decisions/010).
 * While the ledger can't take it the run waits, as long as it may.
 */
static bool
keep_start(struct invocation *v)
{
	rh_status rc;

	do
		rc = table_host.flush(v->handle);
	while (rc != RH_OK && rc != RH_ESTALE &&
	    table_host.wait(v->handle, START_AGAIN_MS) == RH_OK);
	return rc == RH_OK;
}

static void
run_function(struct invocation *v, rh_run_fn run)
{
	run(&v->inv, v->inst->traced ? &trace_host : &table_host);
	if (v->inst->traced)
		trace_returned(v->handle);
	finish_failed(v, "returned without an outcome");
}

static void
run_runner(struct invocation *v, const struct rh_runner *r)
{
	if (r == NULL) {
		finish_failed(v, "the plugin has no such runner");
		return;
	}
	if ((r->flags & RH_RUNNER_IDEMPOTENT) == 0 && !keep_start(v)) {
		finish_failed(v, "its start could not be recorded");
		return;
	}
	run_function(v, r->run);
}

static void
run_action(struct invocation *v, const struct rh_action *a)
{
	if (a == NULL) {
		finish_failed(v, "the plugin has no such action");
		return;
	}
	run_function(v, a->run);
}

static void
run_one(struct instance *inst, struct invocation *v)
{
	struct str name = { v->inv.runner.p, v->inv.runner.len };

	/* A plugin may cancel this thread, but only while it runs. */
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	if (v->inv.kind == RH_INVOKE_RUN)
		run_runner(v, find_runner(inst->entry, name));
	else
		run_action(v, find_action(inst->entry, name));
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	/* Another thread of the plugin may be in its finish(). */
	pthread_mutex_lock(&inst->lock);
	while (v->state == INV_FINISHING && !inst->closed)
		pthread_cond_wait(&inst->changed, &inst->lock);
	inst->running = NULL;
	pthread_mutex_unlock(&inst->lock);
	speak_end(v);
}

static rh_status
open_plugin(struct instance *inst, struct err *err)
{
	rh_status rc;

	rc = dso_open(inst->memfd, inst->path, &inst->entry, err);
	if (rc != RH_OK)
		return rc;
	return abi_check(inst->entry, inst->path, err);
}

void
serve_plugin(struct instance *inst)
{
	struct buf body = { 0 };
	struct invocation *v;
	struct err err = { 0 };

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	if (open_plugin(inst, &err) != RH_OK) {
		reply_pack(&body, err.status, err.msg, strlen(err.msg));
		channel_send(inst->chan, FRAME_REFUSED, 0, 0, body.p, body.len);
		buf_fini(&body);
		return;
	}
	describe_entry(inst->entry, &body);
	channel_send(inst->chan, FRAME_HELLO, 0, 0, body.p, body.len);
	buf_fini(&body);
	while ((v = start_next(inst)) != NULL) {
		run_one(inst, v);
		invocation_unref(v);
	}
}
