/*
 * Making and ending instances and their invocations.  Both are counted: a
 * thread of the plugin may be inside a host call when the rest is over.
 */
#include "worker/serve.h"

#include "base/mem.h"
#include "worker/invoke.h"
#include "worker/live.h"

#include <stdlib.h>
#include <time.h>

struct instance *
instance_new(int memfd, const char *path, struct channel *chan,
    bool own_process)
{
	struct instance *inst = mem_zalloc(sizeof *inst);
	pthread_condattr_t attr;

	pthread_mutex_init(&inst->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&inst->changed, &attr);
	pthread_condattr_destroy(&attr);
	atomic_init(&inst->refs, 1);
	inst->own_process = own_process;
	inst->chan = chan;
	inst->memfd = memfd;
	inst->path = mem_strdup(path);
	TAILQ_INIT(&inst->queue);
	LIST_INIT(&inst->waiters);
	return inst;
}

void
instance_ref(struct instance *inst)
{
	atomic_fetch_add(&inst->refs, 1);
}

void
instance_unref(struct instance *inst)
{
	if (inst == NULL || atomic_fetch_sub(&inst->refs, 1) != 1)
		return;
	channel_free(inst->chan);
	pthread_cond_destroy(&inst->changed);
	pthread_mutex_destroy(&inst->lock);
	free(inst->path);
	free(inst);
}

/* What is left counts from here, whatever the wall clock does. */
static int64_t
deadline_in(int64_t left_us)
{
	if (left_us <= 0 || left_us > INT64_MAX / 2)
		return 0;
	return serve_clock_us(CLOCK_MONOTONIC) + left_us;
}

struct invocation *
invocation_new(struct instance *inst, uint64_t handle, struct str body,
    struct err *err)
{
	struct invocation *v = mem_zalloc(sizeof *v);

	atomic_init(&v->refs, 1);
	v->inst = inst;
	instance_ref(inst);
	v->handle = handle;
	buf_add(&v->body, body.p, body.len);
	body.p = v->body.p;
	if (invoke_unpack(body, &v->inv, err) != RH_OK) {
		invocation_unref(v);
		return NULL;
	}
	v->inv.handle = handle;
	v->deadline_us = deadline_in(v->inv.deadline_us);
	return v;
}

void
invocation_ref(struct invocation *v)
{
	atomic_fetch_add(&v->refs, 1);
}

void
invocation_unref(struct invocation *v)
{
	if (atomic_fetch_sub(&v->refs, 1) != 1)
		return;
	buf_fini(&v->body);
	buf_fini(&v->pending);
	buf_fini(&v->sending);
	instance_unref(v->inst);
	free(v);
}

void
invocation_discard(struct invocation *v)
{
	TAILQ_REMOVE(&v->inst->queue, v, next);
	v->state = INV_ENDED;
	live_remove(v);
	invocation_unref(v);
}

void
waiter_end(struct waiter *w, rh_status status)
{
	w->done = true;
	w->status = status;
	sem_post(&w->over);
}

void
instance_close(struct instance *inst)
{
	struct waiter *w;

	pthread_mutex_lock(&inst->lock);
	inst->closed = true;
	LIST_FOREACH(w, &inst->waiters, next)
		if (!w->done)
			waiter_end(w, RH_ESTALE);
	while (!TAILQ_EMPTY(&inst->queue))
		invocation_discard(TAILQ_FIRST(&inst->queue));
	pthread_cond_broadcast(&inst->changed);
	pthread_mutex_unlock(&inst->lock);
}

int64_t
serve_clock_us(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}
