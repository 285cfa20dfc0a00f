/*
 * The sending side of an invocation.  Who sends holds the invocation's
 * turn, not its lock: a host that does not read blocks the sender alone.
 */
#include "worker/speak.h"

#include "base/log.h"
#include "base/mem.h"
#include "worker/live.h"

#include <string.h>

static bool
is_over(const struct invocation *v, enum invocation_state expected)
{
	return v->state != expected || v->inst->closed;
}

static void
wait_change(struct instance *inst)
{
	pthread_cond_wait(&inst->changed, &inst->lock);
}

/* With the lock; false, without the turn, when the invocation is over. */
static bool
turn_take(struct invocation *v, enum invocation_state expected)
{
	while (v->turn && !is_over(v, expected))
		wait_change(v->inst);
	if (is_over(v, expected))
		return false;
	v->turn = true;
	return true;
}

static void
turn_give(struct invocation *v)
{
	v->turn = false;
	pthread_cond_broadcast(&v->inst->changed);
}

/* With lock and turn; the lock is dropped while the socket takes it. */
static rh_status
send_unlocked(struct invocation *v, enum frame_type type, uint32_t seq,
    const struct buf *body)
{
	rh_status rc;

	pthread_mutex_unlock(&v->inst->lock);
	rc = channel_send(v->inst->chan, type, v->handle, seq,
	    body != NULL ? body->p : NULL, body != NULL ? body->len : 0);
	pthread_mutex_lock(&v->inst->lock);
	return rc == RH_OK ? RH_OK : RH_ESTALE;
}

/* With lock and turn: sends what others put meanwhile, once. */
static rh_status
send_pending(struct invocation *v)
{
	uint64_t upto = v->put;
	struct buf out = v->pending;
	rh_status rc;

	if (v->sent == upto)
		return RH_OK;
	v->pending = v->sending;
	v->sending = out;
	rc = send_unlocked(v, FRAME_EVENTS, 0, &v->sending);
	buf_clear(&v->sending);
	v->sent = upto;
	return rc;
}

/* With the lock: in the order in which records are put, percent only rises. */
static bool
is_backwards(struct invocation *v, const struct event_record *e)
{
	if (e->kind != EVENT_PROGRESS)
		return false;
	if (e->percent < v->percent)
		return true;
	v->percent = e->percent;
	return false;
}

/* With the lock: puts a record where the next sender finds it. */
static rh_status
put_record(struct invocation *v, const struct event_record *e,
    const struct buf *record, uint64_t *ticket)
{
	while (!is_over(v, INV_RUNNING) &&
	    v->pending.len + record->len > FRAME_BODY_MAX)
		wait_change(v->inst);
	if (is_over(v, INV_RUNNING))
		return RH_ESTALE;
	if (is_backwards(v, e))
		return RH_EINPUT;
	buf_add(&v->pending, record->p, record->len);
	*ticket = ++v->put;
	return RH_OK;
}

/* With the lock: until the record is sent, by us or by who has the turn. */
static rh_status
see_sent(struct invocation *v, uint64_t ticket)
{
	rh_status rc;

	while (v->turn && v->sent < ticket && !v->inst->closed)
		wait_change(v->inst);
	if (v->sent >= ticket)
		return RH_OK;
	if (v->inst->closed)
		return RH_ESTALE;
	v->turn = true;
	rc = send_pending(v);
	turn_give(v);
	return rc;
}

rh_status
speak_event(struct invocation *v, const struct event_record *e)
{
	struct buf record = { 0 };
	uint64_t ticket;
	rh_status rc;

	event_pack(&record, e);
	pthread_mutex_lock(&v->inst->lock);
	rc = put_record(v, e, &record, &ticket);
	if (rc == RH_OK)
		rc = see_sent(v, ticket);
	pthread_mutex_unlock(&v->inst->lock);
	buf_fini(&record);
	return rc;
}

rh_status
speak_frame(struct invocation *v, enum frame_type type, const struct buf *body)
{
	rh_status rc = RH_ESTALE;

	pthread_mutex_lock(&v->inst->lock);
	if (turn_take(v, INV_RUNNING)) {
		rc = send_unlocked(v, type, 0, body);
		turn_give(v);
	}
	pthread_mutex_unlock(&v->inst->lock);
	return rc;
}

/* With the lock. */
static void
waiter_add(struct invocation *v, struct waiter *w)
{
	struct instance *inst = v->inst;

	if (++inst->last_seq == 0)
		inst->last_seq = 1;
	w->handle = v->handle;
	w->seq = inst->last_seq;
	sem_init(&w->over, 0, 0);
	LIST_INSERT_HEAD(&inst->waiters, w, next);
}

/* Without the lock. */
static void
await_reply(struct waiter *w)
{
	while (sem_wait(&w->over) != 0)
		continue;	/* EINTR: the plugin's own signals */
}

/* With lock and turn; waits for the reply without either. */
static rh_status
exchange(struct invocation *v, enum frame_type type, const struct buf *body,
    struct waiter *w)
{
	struct instance *inst = v->inst;
	rh_status rc;

	rc = send_pending(v);
	waiter_add(v, w);
	if (inst->closed)
		rc = RH_ESTALE;
	if (rc == RH_OK)
		rc = send_unlocked(v, type, w->seq, body);
	turn_give(v);
	if (rc == RH_OK) {
		pthread_mutex_unlock(&inst->lock);
		await_reply(w);
		pthread_mutex_lock(&inst->lock);
	}
	LIST_REMOVE(w, next);
	sem_destroy(&w->over);
	return w->done ? w->status : RH_ESTALE;
}

static rh_status
request(struct invocation *v, enum frame_type type, const struct buf *body,
    struct waiter *w)
{
	rh_status rc = RH_ESTALE;

	pthread_mutex_lock(&v->inst->lock);
	if (turn_take(v, INV_RUNNING))
		rc = exchange(v, type, body, w);
	pthread_mutex_unlock(&v->inst->lock);
	return rc;
}

static void
give(struct waiter *w, rh_sink sink, void *ctx)
{
	if (sink != NULL && w->reply.len > 0)
		sink(ctx, w->reply.p, w->reply.len);
	if (w->wipe && w->reply.len > 0)
		explicit_bzero(w->reply.p, w->reply.len);
	buf_fini(&w->reply);
}

rh_status
speak_request(struct invocation *v, enum frame_type type,
    const struct buf *body, rh_sink sink, void *ctx)
{
	struct waiter w = { 0 };
	rh_status rc = request(v, type, body, &w);

	give(&w, sink, ctx);
	return rc;
}

rh_status
speak_request_fd(struct invocation *v, enum frame_type type,
    const struct buf *body, rh_sink sink, void *ctx, int *fd)
{
	struct waiter w = { .fd = fd };
	rh_status rc;

	*fd = -1;
	rc = request(v, type, body, &w);
	give(&w, sink, ctx);
	return rc;
}

rh_status
speak_request_secret(struct invocation *v, enum frame_type type,
    const struct buf *body, rh_sink sink, void *ctx)
{
	struct waiter w = { .wipe = true };
	rh_status rc = request(v, type, body, &w);

	give(&w, sink, ctx);
	return rc;
}

/* With lock and turn: the log learns what the plugin was refused. */
static void
send_refusals(struct invocation *v)
{
	struct buf line = { 0 }, body = { 0 };

	if (v->refused == 0)
		return;
	buf_printf(&line, "%u reports refused, the last: %s", v->refused,
	    v->refusal);
	log_pack(&body, RH_LOG_WARN, (struct str){ line.p, line.len });
	send_unlocked(v, FRAME_LOG, 0, &body);
	buf_fini(&line);
	buf_fini(&body);
}

void
speak_end(struct invocation *v)
{
	struct instance *inst = v->inst;
	struct waiter *w;
	bool is_first;

	pthread_mutex_lock(&inst->lock);
	is_first = v->state != INV_ENDED;
	v->state = INV_ENDED;
	LIST_FOREACH(w, &inst->waiters, next)
		if (w->handle == v->handle && !w->done)
			waiter_end(w, RH_ESTALE);
	pthread_cond_broadcast(&inst->changed);
	pthread_mutex_unlock(&inst->lock);
	if (is_first)
		live_remove(v);
}

rh_status
speak_finish(struct invocation *v, const struct rh_outcome *o)
{
	struct waiter w = { 0 };
	struct buf body = { 0 };
	rh_status rc = RH_ESTALE;
	bool is_first;

	outcome_pack(&body, o);
	pthread_mutex_lock(&v->inst->lock);
	is_first = !is_over(v, INV_RUNNING);
	if (is_first)
		v->state = INV_FINISHING;
	if (is_first && turn_take(v, INV_FINISHING)) {
		send_refusals(v);
		rc = exchange(v, FRAME_FINISH, &body, &w);
	}
	pthread_mutex_unlock(&v->inst->lock);
	if (is_first)
		speak_end(v);
	buf_fini(&body);
	buf_fini(&w.reply);
	return rc;
}

/* With the lock. */
static struct waiter *
find_waiter(struct instance *inst, uint64_t handle, uint32_t seq)
{
	struct waiter *w;

	LIST_FOREACH(w, &inst->waiters, next)
		if (w->handle == handle && w->seq == seq && !w->done)
			return w;
	return NULL;
}

rh_status
speak_reply(struct instance *inst, uint64_t handle, uint32_t seq,
    struct str body, struct err *err)
{
	struct waiter *w;
	struct str reply;
	rh_status rc, status;
	bool closed;

	if ((rc = reply_unpack(body, &status, &reply, err)) != RH_OK)
		return rc;
	pthread_mutex_lock(&inst->lock);
	closed = inst->closed;
	w = find_waiter(inst, handle, seq);
	if (w != NULL) {
		buf_add(&w->reply, reply.p, reply.len);
		if (w->wipe && reply.len > 0)
			explicit_bzero((char *)reply.p, reply.len);
		if (w->fd != NULL && status == RH_OK)
			*w->fd = channel_take_fd(inst->chan);
		w->status = status;
		w->done = true;
	}
	pthread_mutex_unlock(&inst->lock);
	if (w == NULL && closed)
		return RH_OK;		/* who waited has been told */
	if (w == NULL)
		return err_set(err, RH_EPROTO,
		    "reply to %u of %#llx, for which nobody waits", seq,
		    (unsigned long long)handle);
	sem_post(&w->over);	/* it stays until then */
	return RH_OK;
}
