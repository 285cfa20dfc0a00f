/*
 * The functions of the host table.  Each finds its invocation by handle,
 * judges every argument, and speaks.  Called by plugins on any thread.
 */
#include "worker/table.h"

#include "base/mem.h"
#include "worker/live.h"
#include "worker/report.h"
#include "worker/speak.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define OUTPUT_PIECE	(32 * 1024)	/* a record must fit one frame */
#define WAIT_MAX_MS	INT64_C(1000000000)

/* A text as a plugin gives it; false: bytes without an address. */
static bool
text_of(const char *p, uint64_t len, struct str *out)
{
	*out = (struct str){ len > 0 ? p : "", len };
	return p != NULL || len == 0;
}

static int64_t
now_us(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

/* Counts a refusal, for the log at the end; answers its status. */
static rh_status
refuse(struct invocation *v, const struct err *why)
{
	pthread_mutex_lock(&v->inst->lock);
	v->refused++;
	snprintf(v->refusal, sizeof v->refusal, "%.*s",
	    (int)sizeof v->refusal - 1, why->msg);
	pthread_mutex_unlock(&v->inst->lock);
	return why->status;
}

static rh_status
refuse_pointer(struct invocation *v)
{
	struct err why;

	err_set(&why, RH_EINPUT, "text without an address");
	return refuse(v, &why);
}

static rh_status
report(struct invocation *v, struct event_record *e)
{
	struct err why;
	rh_status rc;

	e->time_us = now_us(CLOCK_REALTIME);
	if (report_event(e, &why) != RH_OK)
		return refuse(v, &why);
	if ((rc = speak_event(v, e)) != RH_EINPUT)
		return rc;
	err_set(&why, RH_EINPUT, "percent %d is less than before", e->percent);
	return refuse(v, &why);
}

static rh_status
host_progress(uint64_t handle, const char *stage, uint64_t stage_len,
    int32_t percent, const char *message, uint64_t message_len)
{
	struct event_record e = {
		.kind = EVENT_PROGRESS, .percent = percent,
	};
	struct invocation *v = live_get(handle);
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (text_of(stage, stage_len, &e.a) &&
	    text_of(message, message_len, &e.b))
		rc = report(v, &e);
	else
		rc = refuse_pointer(v);
	invocation_unref(v);
	return rc;
}

static rh_status
host_event(uint64_t handle, const char *type, uint64_t type_len,
    const char *data, uint64_t data_len)
{
	struct event_record e = { .kind = EVENT_PLUGIN };
	struct invocation *v = live_get(handle);
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (text_of(type, type_len, &e.a) && text_of(data, data_len, &e.b))
		rc = report(v, &e);
	else
		rc = refuse_pointer(v);
	invocation_unref(v);
	return rc;
}

static rh_status
host_output(uint64_t handle, uint32_t stream, const char *p, uint64_t len)
{
	struct event_record e = {
		.kind = EVENT_OUTPUT, .a = STR(""),
		.stream = stream <= UINT8_MAX ? (uint8_t)stream : 0,
	};
	struct invocation *v = live_get(handle);
	struct str rest;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	rc = text_of(p, len, &rest) ? RH_OK : refuse_pointer(v);
	while (rc == RH_OK && rest.len > 0) {
		e.b = (struct str){ rest.p, rest.len < OUTPUT_PIECE ?
		    rest.len : OUTPUT_PIECE };
		rc = report(v, &e);
		rest.p += e.b.len;
		rest.len -= e.b.len;
	}
	invocation_unref(v);
	return rc;
}

/* A request; fields end with one that has no address, or are NULL. */
static rh_status
request(struct invocation *v, enum frame_type type, const struct str *fields,
    rh_sink sink, void *ctx)
{
	struct buf body = { 0 };
	rh_status rc;

	for (; fields != NULL && fields->p != NULL; fields++)
		field_add(&body, fields->p, fields->len);
	rc = speak_request(v, type, &body, sink, ctx);
	buf_fini(&body);
	return rc;
}

static rh_status
host_checkpoint(uint64_t handle, const char *name, uint64_t name_len,
    const char *p, uint64_t len)
{
	struct invocation *v = live_get(handle);
	struct str fields[3] = { { 0 } };
	struct err why;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (!text_of(name, name_len, &fields[0]) ||
	    !text_of(p, len, &fields[1]))
		rc = refuse_pointer(v);
	else if (report_checkpoint(fields[0], fields[1], &why) != RH_OK)
		rc = refuse(v, &why);
	else
		rc = request(v, FRAME_CHECKPOINT, fields, NULL, NULL);
	invocation_unref(v);
	return rc;
}

static rh_status
host_flush(uint64_t handle)
{
	struct invocation *v = live_get(handle);
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	rc = request(v, FRAME_FLUSH, NULL, NULL, NULL);
	invocation_unref(v);
	return rc;
}

static rh_status
host_state_get(uint64_t handle, const char *scope, uint64_t scope_len,
    const char *key, uint64_t key_len, rh_sink sink, void *ctx)
{
	struct invocation *v = live_get(handle);
	struct str fields[3] = { { 0 } };
	struct err why;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (!text_of(scope, scope_len, &fields[0]) ||
	    !text_of(key, key_len, &fields[1]))
		rc = refuse_pointer(v);
	else if (report_state(fields[0], fields[1], &why) != RH_OK)
		rc = refuse(v, &why);
	else
		rc = request(v, FRAME_STATE_GET, fields, sink, ctx);
	invocation_unref(v);
	return rc;
}

static rh_status
host_state_set(uint64_t handle, const char *scope, uint64_t scope_len,
    const char *key, uint64_t key_len, const char *value, uint64_t value_len)
{
	struct invocation *v = live_get(handle);
	struct str fields[4] = { { 0 } };
	struct err why;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (!text_of(scope, scope_len, &fields[0]) ||
	    !text_of(key, key_len, &fields[1]) ||
	    !text_of(value, value_len, &fields[2]))
		rc = refuse_pointer(v);
	else if (report_state(fields[0], fields[1], &why) != RH_OK ||
	    report_value(fields[2], &why) != RH_OK)
		rc = refuse(v, &why);
	else
		rc = request(v, FRAME_STATE_SET, fields, NULL, NULL);
	invocation_unref(v);
	return rc;
}

static rh_status
host_call(uint64_t handle, const char *action, uint64_t action_len,
    const char *args, uint64_t args_len, rh_sink sink, void *ctx)
{
	struct invocation *v = live_get(handle);
	struct str fields[3] = { { 0 } };
	struct err why;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (!text_of(action, action_len, &fields[0]) ||
	    !text_of(args, args_len, &fields[1]))
		rc = refuse_pointer(v);
	else if (report_call(fields[0], fields[1], &why) != RH_OK)
		rc = refuse(v, &why);
	else
		rc = request(v, FRAME_CALL, fields, sink, ctx);
	invocation_unref(v);
	return rc;
}

/*
 * With the lock: RH_OK as long as the run is to go on.  The deadline comes
 * first: the host may also say cancel when it passed.
 */
static rh_status
is_to_stop(const struct invocation *v, int64_t now)
{
	if (v->state != INV_RUNNING || v->inst->closed)
		return RH_ESTALE;
	if (v->deadline_us != 0 && now >= v->deadline_us)
		return RH_EDEADLINE;
	return v->cancel ? RH_ECANCELED : RH_OK;
}

static uint32_t
host_cancelled(uint64_t handle)
{
	struct invocation *v = live_get(handle);
	rh_status rc;

	if (v == NULL)
		return 1;
	pthread_mutex_lock(&v->inst->lock);
	rc = is_to_stop(v, now_us(CLOCK_MONOTONIC));
	pthread_mutex_unlock(&v->inst->lock);
	invocation_unref(v);
	return rc != RH_OK;
}

static void
wait_until(struct instance *inst, int64_t us)
{
	struct timespec ts = {
		.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000,
	};

	pthread_cond_timedwait(&inst->changed, &inst->lock, &ts);
}

static rh_status
wait_for(struct invocation *v, int64_t ms)
{
	int64_t now = now_us(CLOCK_MONOTONIC), until, next;
	rh_status rc;

	until = now + (ms < WAIT_MAX_MS ? ms : WAIT_MAX_MS) * 1000;
	pthread_mutex_lock(&v->inst->lock);
	while ((rc = is_to_stop(v, now)) == RH_OK && now < until) {
		next = until;
		if (v->deadline_us != 0 && v->deadline_us < next)
			next = v->deadline_us;
		wait_until(v->inst, next);
		now = now_us(CLOCK_MONOTONIC);
	}
	pthread_mutex_unlock(&v->inst->lock);
	return rc;
}

static rh_status
host_wait(uint64_t handle, int64_t ms)
{
	struct invocation *v = live_get(handle);
	struct err why;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (ms < 0) {
		err_set(&why, RH_EINPUT, "wait for %lld ms", (long long)ms);
		rc = refuse(v, &why);
	} else
		rc = wait_for(v, ms);
	invocation_unref(v);
	return rc;
}

static rh_status
host_log(uint64_t handle, uint32_t level, const char *p, uint64_t len)
{
	struct invocation *v = live_get(handle);
	struct buf body = { 0 };
	struct str line;
	struct err why;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (!text_of(p, len, &line))
		rc = refuse_pointer(v);
	else if (report_log(level, line, &why) != RH_OK)
		rc = refuse(v, &why);
	else {
		log_pack(&body, (uint8_t)level, line);
		rc = speak_frame(v, FRAME_LOG, &body);
	}
	buf_fini(&body);
	invocation_unref(v);
	return rc;
}

static bool
is_text(struct rh_text t)
{
	return t.p != NULL || t.len == 0;
}

static rh_status
check_outcome(const struct rh_outcome *o, struct err *why)
{
	if (o == NULL || !RH_HAS(o, retryable))
		return err_set(why, RH_EINPUT,
		    "outcome without its size or a part of it");
	if (!is_text(o->output) || !is_text(o->error) || !is_text(o->metadata))
		return err_set(why, RH_EINPUT, "text without an address");
	return report_outcome(o, why);
}

static rh_status
host_finish(uint64_t handle, const struct rh_outcome *o)
{
	struct invocation *v = live_get(handle);
	struct err why;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (check_outcome(o, &why) != RH_OK)
		rc = refuse(v, &why);
	else {
		/* What was printed belongs to this run. */
		if (v->inst->own_process)
			fflush(stdout);
		rc = speak_finish(v, o);
	}
	invocation_unref(v);
	return rc;
}

static uint32_t
host_supports(uint32_t kind)
{
	return report_kind_known(kind);
}

/* The ids that this host knows will be rows of a table; 1.0 has none. */
static const void *
host_extension(const char *id)
{
	(void)id;
	return NULL;
}

const struct rh_host table_host = {
	.size = sizeof(struct rh_host),
	.version = RH_SDK_VERSION,
	.progress = host_progress,
	.event = host_event,
	.output = host_output,
	.checkpoint = host_checkpoint,
	.flush = host_flush,
	.state_get = host_state_get,
	.state_set = host_state_set,
	.call = host_call,
	.cancelled = host_cancelled,
	.wait = host_wait,
	.log = host_log,
	.finish = host_finish,
	.supports = host_supports,
	.extension = host_extension,
};
