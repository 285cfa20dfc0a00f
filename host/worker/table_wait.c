/*
 * The functions of the host table that wait: requests, which the host
 * answers after COMMIT, and time.
 */
#include "worker/table_part.h"

#include "base/buf.h"
#include "worker/live.h"
#include "worker/report.h"
#include "worker/speak.h"

#include <time.h>

#define WAIT_MAX_MS	INT64_C(1000000000)

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

rh_status
table_checkpoint(uint64_t handle, const char *name, uint64_t name_len,
    const char *p, uint64_t len)
{
	int cancel;
	struct invocation *v = table_enter(handle, &cancel);
	struct str fields[3] = { { 0 } };
	struct err why;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (!table_text(name, name_len, &fields[0]) ||
	    !table_text(p, len, &fields[1]))
		rc = table_refuse_text(v);
	else if (report_checkpoint(fields[0], fields[1], &why) != RH_OK)
		rc = table_refuse(v, &why);
	else
		rc = request(v, FRAME_CHECKPOINT, fields, NULL, NULL);
	table_leave(v, cancel);
	return rc;
}

rh_status
table_flush(uint64_t handle)
{
	int cancel;
	struct invocation *v = table_enter(handle, &cancel);
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	rc = request(v, FRAME_FLUSH, NULL, NULL, NULL);
	table_leave(v, cancel);
	return rc;
}

rh_status
table_state_get(uint64_t handle, const char *scope, uint64_t scope_len,
    const char *key, uint64_t key_len, rh_sink sink, void *ctx)
{
	int cancel;
	struct invocation *v = table_enter(handle, &cancel);
	struct str fields[3] = { { 0 } };
	struct err why;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (!table_text(scope, scope_len, &fields[0]) ||
	    !table_text(key, key_len, &fields[1]))
		rc = table_refuse_text(v);
	else if (report_state(fields[0], fields[1], &why) != RH_OK)
		rc = table_refuse(v, &why);
	else
		rc = request(v, FRAME_STATE_GET, fields, sink, ctx);
	table_leave(v, cancel);
	return rc;
}

rh_status
table_state_set(uint64_t handle, const char *scope, uint64_t scope_len,
    const char *key, uint64_t key_len, const char *value, uint64_t value_len)
{
	int cancel;
	struct invocation *v = table_enter(handle, &cancel);
	struct str fields[4] = { { 0 } };
	struct err why;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (!table_text(scope, scope_len, &fields[0]) ||
	    !table_text(key, key_len, &fields[1]) ||
	    !table_text(value, value_len, &fields[2]))
		rc = table_refuse_text(v);
	else if (report_state(fields[0], fields[1], &why) != RH_OK ||
	    report_value(fields[2], &why) != RH_OK)
		rc = table_refuse(v, &why);
	else
		rc = request(v, FRAME_STATE_SET, fields, NULL, NULL);
	table_leave(v, cancel);
	return rc;
}

rh_status
table_call(uint64_t handle, const char *action, uint64_t action_len,
    const char *args, uint64_t args_len, rh_sink sink, void *ctx)
{
	int cancel;
	struct invocation *v = table_enter(handle, &cancel);
	struct str fields[3] = { { 0 } };
	struct err why;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (!table_text(action, action_len, &fields[0]) ||
	    !table_text(args, args_len, &fields[1]))
		rc = table_refuse_text(v);
	else if (report_call(fields[0], fields[1], &why) != RH_OK)
		rc = table_refuse(v, &why);
	else
		rc = request(v, FRAME_CALL, fields, sink, ctx);
	table_leave(v, cancel);
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

uint32_t
table_cancelled(uint64_t handle)
{
	int cancel;
	struct invocation *v = table_enter(handle, &cancel);
	rh_status rc;

	if (v == NULL)
		return 1;
	pthread_mutex_lock(&v->inst->lock);
	rc = is_to_stop(v, serve_clock_us(CLOCK_MONOTONIC));
	pthread_mutex_unlock(&v->inst->lock);
	table_leave(v, cancel);
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
	int64_t now = serve_clock_us(CLOCK_MONOTONIC), until, next;
	rh_status rc;

	until = now + (ms < WAIT_MAX_MS ? ms : WAIT_MAX_MS) * 1000;
	pthread_mutex_lock(&v->inst->lock);
	while ((rc = is_to_stop(v, now)) == RH_OK && now < until) {
		next = until;
		if (v->deadline_us != 0 && v->deadline_us < next)
			next = v->deadline_us;
		wait_until(v->inst, next);
		now = serve_clock_us(CLOCK_MONOTONIC);
	}
	pthread_mutex_unlock(&v->inst->lock);
	return rc;
}

rh_status
table_wait(uint64_t handle, int64_t ms)
{
	int cancel;
	struct invocation *v = table_enter(handle, &cancel);
	struct err why;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (ms < 0) {
		err_set(&why, RH_EINPUT, "wait for %lld ms", (long long)ms);
		rc = table_refuse(v, &why);
	} else
		rc = wait_for(v, ms);
	table_leave(v, cancel);
	return rc;
}
