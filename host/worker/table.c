/*
 * The functions of the host table.  Each finds its invocation by handle,
 * judges every argument, and speaks.  Called by plugins on any thread.
 */
#include "worker/table.h"

#include "worker/extensions.h"
#include "worker/live.h"
#include "worker/report.h"
#include "worker/speak.h"
#include "worker/table_part.h"

#include <stdio.h>
#include <time.h>

#define OUTPUT_PIECE	(32 * 1024)	/* a record must fit one frame */

struct invocation *
table_enter(uint64_t handle, int *cancel)
{
	struct invocation *v;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, cancel);
	if ((v = live_get(handle)) == NULL)
		pthread_setcancelstate(*cancel, NULL);
	return v;
}

void
table_leave(struct invocation *v, int cancel)
{
	invocation_unref(v);
	pthread_setcancelstate(cancel, NULL);
}

bool
table_text(const char *p, uint64_t len, struct str *out)
{
	*out = (struct str){ len > 0 ? p : "", len };
	return p != NULL || len == 0;
}

rh_status
table_refuse(struct invocation *v, const struct err *why)
{
	pthread_mutex_lock(&v->inst->lock);
	v->refused++;
	snprintf(v->refusal, sizeof v->refusal, "%.*s",
	    (int)sizeof v->refusal - 1, why->msg);
	pthread_mutex_unlock(&v->inst->lock);
	return why->status;
}

rh_status
table_refuse_text(struct invocation *v)
{
	struct err why;

	err_set(&why, RH_EINPUT, "text without an address");
	return table_refuse(v, &why);
}

static rh_status
report(struct invocation *v, struct event_record *e)
{
	struct err why;
	rh_status rc;

	e->after_us = serve_clock_us(CLOCK_BOOTTIME) - v->started_us;
	if (report_event(e, &why) != RH_OK)
		return table_refuse(v, &why);
	if ((rc = speak_event(v, e)) != RH_EINPUT)
		return rc;
	err_set(&why, RH_EINPUT, "percent %d is less than before", e->percent);
	return table_refuse(v, &why);
}

static rh_status
host_progress(uint64_t handle, const char *stage, uint64_t stage_len,
    int32_t percent, const char *message, uint64_t message_len)
{
	struct event_record e = {
		.kind = EVENT_PROGRESS, .percent = percent,
	};
	int cancel;
	struct invocation *v = table_enter(handle, &cancel);
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (table_text(stage, stage_len, &e.a) &&
	    table_text(message, message_len, &e.b))
		rc = report(v, &e);
	else
		rc = table_refuse_text(v);
	table_leave(v, cancel);
	return rc;
}

static rh_status
host_event(uint64_t handle, const char *type, uint64_t type_len,
    const char *data, uint64_t data_len)
{
	struct event_record e = { .kind = EVENT_PLUGIN };
	int cancel;
	struct invocation *v = table_enter(handle, &cancel);
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (table_text(type, type_len, &e.a) && table_text(data, data_len, &e.b))
		rc = report(v, &e);
	else
		rc = table_refuse_text(v);
	table_leave(v, cancel);
	return rc;
}

static rh_status
host_output(uint64_t handle, uint32_t stream, const char *p, uint64_t len)
{
	struct event_record e = {
		.kind = EVENT_OUTPUT, .a = STR(""),
		.stream = stream <= UINT8_MAX ? (uint8_t)stream : 0,
	};
	int cancel;
	struct invocation *v = table_enter(handle, &cancel);
	struct str rest;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	rc = table_text(p, len, &rest) ? RH_OK : table_refuse_text(v);
	while (rc == RH_OK && rest.len > 0) {
		e.b = (struct str){ rest.p, rest.len < OUTPUT_PIECE ?
		    rest.len : OUTPUT_PIECE };
		rc = report(v, &e);
		rest.p += e.b.len;
		rest.len -= e.b.len;
	}
	table_leave(v, cancel);
	return rc;
}

static rh_status
host_log(uint64_t handle, uint32_t level, const char *p, uint64_t len)
{
	int cancel;
	struct invocation *v = table_enter(handle, &cancel);
	struct buf body = { 0 };
	struct str line;
	struct err why;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (!table_text(p, len, &line))
		rc = table_refuse_text(v);
	else if (report_log(level, line, &why) != RH_OK)
		rc = table_refuse(v, &why);
	else {
		log_pack(&body, (uint8_t)level, line);
		rc = speak_frame(v, FRAME_LOG, &body);
	}
	buf_fini(&body);
	table_leave(v, cancel);
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
	int cancel;
	struct invocation *v = table_enter(handle, &cancel);
	struct err why;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (check_outcome(o, &why) != RH_OK)
		rc = table_refuse(v, &why);
	else {
		/* What was printed belongs to this run. */
		if (v->inst->own_process)
			fflush(stdout);
		rc = speak_finish(v, o);
	}
	table_leave(v, cancel);
	return rc;
}

static uint32_t
host_supports(uint32_t kind)
{
	return report_kind_known(kind);
}

const struct rh_host table_host = {
	.size = sizeof(struct rh_host),
	.version = RH_SDK_VERSION,
	.progress = host_progress,
	.event = host_event,
	.output = host_output,
	.checkpoint = table_checkpoint,
	.flush = table_flush,
	.state_get = table_state_get,
	.state_set = table_state_set,
	.call = table_call,
	.cancelled = table_cancelled,
	.wait = table_wait,
	.log = host_log,
	.finish = host_finish,
	.supports = host_supports,
	.extension = extension_find,
};
