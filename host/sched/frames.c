/*
 * What a worker says, judged and brought to where it belongs.  Nothing in a
 * frame is believed: a handle must be of an attempt on this very worker, and
 * what the SDK would have refused on the other side ends the worker.
 */
#include "sched/control.h"

#include "base/log.h"
#include "base/mem.h"
#include "worker/report.h"

#include <string.h>

struct frame {
	const struct frame_head *head;
	struct str body;
	struct attempt *at;	/* of the handle; NULL: has none */
	struct job *job;
};

static rh_status
on_confined(struct link *l, const struct frame *f, struct err *err)
{
	struct confined c;

	if (l->w->state != WORKER_STARTING)
		return l->w->state == WORKER_READY ? err_set(err, RH_EPROTO,
		    "CONFINED after HELLO") : RH_OK;
	if (l->confined || l->inproc != NULL)
		return err_set(err, RH_EPROTO, "CONFINED that nobody asked "
		    "for");
	if (confined_unpack(f->body, &c, err) != RH_OK)
		return RH_EPROTO;
	l->confined = true;
	link_proc_confined(l, &c);
	return RH_OK;
}

static rh_status
on_hello(struct link *l, const struct frame *f, struct err *err)
{
	if (l->w->state != WORKER_STARTING)
		return l->w->state == WORKER_READY ?
		    err_set(err, RH_EPROTO, "a second HELLO") : RH_OK;
	if (!l->confined && l->inproc == NULL)
		return err_set(err, RH_EPROTO, "HELLO before CONFINED");
	/* Below it the worker should have refused. */
	if (l->inproc == NULL && l->tier < l->s->cfg.min_tier)
		return err_set(err, RH_EPROTO, "HELLO in too small a sandbox");
	plug_hello(l, f->body);
	return RH_OK;
}

static rh_status
on_refused(struct link *l, const struct frame *f, struct err *err)
{
	struct err why;
	rh_status status, rc;
	struct str text;

	if ((rc = reply_unpack(f->body, &status, &text, err)) != RH_OK)
		return rc;
	err_set(&why, RH_EPLUGIN, STR_FMT, (int)(text.len < 400 ? text.len :
	    400), text.p);
	plan_refused(l->w, why.msg);
	return RH_OK;
}

static rh_status
on_started(struct link *l, const struct frame *f, struct err *err)
{
	if (f->at->side != SIDE_SENT && f->at->side != SIDE_DROPPING)
		return err_set(err, RH_EPROTO, "STARTED twice");
	if (l->w->running != NULL)
		return err_set(err, RH_EPROTO,
		    "STARTED while another invocation runs");
	plan_started(f->at);
	limit_fill(l);
	if (f->at->kind == JOB_RUN && f->at->phase == PHASE_LIVE) {
		batch_of(f->job)->started_us = f->at->started_us;
		lane_touch(f->job);
	}
	return RH_OK;
}

static rh_status
on_events(struct link *l, const struct frame *f, struct err *err)
{
	(void)l;
	if (f->at->phase != PHASE_LIVE)
		return RH_OK;
	return batch_records(f->job, f->body, err);
}

/* The op of a request; its fields are copied. */
static struct op *
request(const struct frame *f, const struct op_kind *kind, size_t fields,
    struct err *err)
{
	struct field_reader r;
	struct op *op = op_new(f->job, kind);
	struct str *to[] = { &op->a, &op->b, &op->c }, s;
	size_t i;

	op->seq = f->head->seq;
	field_begin(&r, f->body.p, f->body.len);
	for (i = 0; i < fields; i++) {
		s = field_get(&r);
		*to[i] = (struct str){ text_in(&op->arena, s), s.len };
	}
	if (field_end(&r))
		return op;
	err_set(err, RH_EPROTO, "%s of another form",
	    frame_rules[f->head->type].name);
	op_free(op);
	return NULL;
}

/* Into its turn, or refused when there is no run that it could concern. */
static void
take_request(const struct frame *f, struct op *op)
{
	rh_status rc = RH_OK;

	if (op->kind != &op_flush)
		limit_call(f->job);
	if (f->at->phase != PHASE_LIVE)
		rc = RH_ESTALE;
	else if (f->at->kind == JOB_ACTION && op->kind == &op_flush)
		rc = RH_OK;
	else if (f->at->kind == JOB_ACTION && op->kind->go == NULL)
		rc = RH_ESTATE;
	else {
		lane_add(f->job, op);
		return;
	}
	link_reply(f->job, op->seq, rc, NULL, 0);
	op_free(op);
}

static rh_status
on_checkpoint(struct link *l, const struct frame *f, struct err *err)
{
	struct op *op = request(f, &op_checkpoint, 2, err);

	(void)l;
	if (op == NULL)
		return RH_EPROTO;
	if (report_checkpoint(op->a, op->b, err) != RH_OK) {
		op_free(op);
		return RH_EPROTO;
	}
	take_request(f, op);
	return RH_OK;
}

static rh_status
on_flush(struct link *l, const struct frame *f, struct err *err)
{
	struct op *op = request(f, &op_flush, 0, err);

	(void)l;
	if (op == NULL)
		return RH_EPROTO;
	take_request(f, op);
	return RH_OK;
}

static rh_status
on_state(struct link *l, const struct frame *f, struct err *err)
{
	bool set = f->head->type == FRAME_STATE_SET;
	struct op *op = request(f, set ? &op_state_set : &op_state_get,
	    set ? 3 : 2, err);

	(void)l;
	if (op == NULL)
		return RH_EPROTO;
	if (report_state(op->a, op->b, err) != RH_OK ||
	    (set && report_value(op->c, err) != RH_OK)) {
		op_free(op);
		return RH_EPROTO;
	}
	take_request(f, op);
	return RH_OK;
}

static rh_status
on_call(struct link *l, const struct frame *f, struct err *err)
{
	struct op *op = request(f, &op_call, 2, err);

	(void)l;
	if (op == NULL)
		return RH_EPROTO;
	if (report_call(op->a, op->b, err) != RH_OK) {
		op_free(op);
		return RH_EPROTO;
	}
	take_request(f, op);
	return RH_OK;
}

static rh_status
on_connect(struct link *l, const struct frame *f, struct err *err)
{
	struct field_reader r;
	struct str host;
	int64_t port, ms;
	struct op *op;

	(void)l;
	field_begin(&r, f->body.p, f->body.len);
	host = field_get(&r);
	port = field_get_u32(&r);
	ms = (int64_t)field_get_u64(&r);
	if (!field_end(&r))
		return err_set(err, RH_EPROTO, "CONNECT of another form");
	if (report_connect(host, port, ms, err) != RH_OK)
		return RH_EPROTO;
	op = use_connect(f->job, host, port, ms);
	op->seq = f->head->seq;
	take_request(f, op);
	return RH_OK;
}

static rh_status
on_secret(struct link *l, const struct frame *f, struct err *err)
{
	struct field_reader r;
	struct str name;
	struct op *op;

	(void)l;
	field_begin(&r, f->body.p, f->body.len);
	name = field_get(&r);
	if (!field_end(&r))
		return err_set(err, RH_EPROTO, "SECRET of another form");
	if (report_secret(name, err) != RH_OK)
		return RH_EPROTO;
	op = use_secret(f->job, name);
	op->seq = f->head->seq;
	take_request(f, op);
	return RH_OK;
}

static rh_status
on_log(struct link *l, const struct frame *f, struct err *err)
{
	static const enum log_level levels[] = {
		[RH_LOG_DEBUG] = LOG_DEBUG, [RH_LOG_INFO] = LOG_INFO,
		[RH_LOG_WARN] = LOG_WARN, [RH_LOG_ERROR] = LOG_ERROR,
	};
	char text[REPORT_LOG_MAX + 1];
	struct job_ids ids;
	struct str line;
	uint8_t level;

	if (log_unpack(f->body, &level, &line, err) != RH_OK ||
	    report_log(level, line, err) != RH_OK)
		return RH_EPROTO;
	if (!log_allowed(&l->log, l->s->plan.now))
		return RH_OK;
	memcpy(text, line.p, line.len);
	text[line.len] = '\0';
	job_ids(f->job, &ids);
	log_event(levels[level], text, "plugin", l->plug->plugin->id,
	    "run", ids.run, "op", ids.op, "principal", ids.principal, NULL);
	return RH_OK;
}

/* The end as the plugin says it; late, its failure is a time-out. */
static struct op *
outcome_op(const struct frame *f, const struct rh_outcome *o)
{
	struct op *op = op_new(f->job, f->at->kind == JOB_RUN ? &op_finish :
	    &op_outcome);

	op->seq = f->head->seq;
	op->outcome = o->kind;
	if (plan_is_late(f->at) && o->kind == RH_FAILED)
		op->outcome = RH_TIMEOUT;
	op->exit_code = o->exit_code;
	op->has_exit_code = true;
	op->retry = o->retryable != 0;
	op->a = (struct str){ text_in(&op->arena, (struct str){ o->output.p,
	    o->output.len }), o->output.len };
	op->b = (struct str){ text_in(&op->arena, (struct str){ o->error.p,
	    o->error.len }), o->error.len };
	op->c = (struct str){ text_in(&op->arena, (struct str){
	    o->metadata.p, o->metadata.len }), o->metadata.len };
	return op;
}

static rh_status
on_finish(struct link *l, const struct frame *f, struct err *err)
{
	struct rh_outcome o = { .size = sizeof o };
	uint32_t seq = f->head->seq;
	rh_status rc;

	if (outcome_unpack(f->body, &o, err) != RH_OK)
		return RH_EPROTO;
	if ((rc = report_outcome(&o, err)) == RH_ENOSYS) {
		link_reply(f->job, seq, RH_ENOSYS, NULL, 0);
		return RH_OK;
	}
	if (rc != RH_OK)
		return RH_EPROTO;
	/* What it printed before comes before its end. */
	output_drain(l);
	output_flush(f->job);
	if (f->at->phase != PHASE_LIVE) {
		lane_answer_all(f->job, RH_ESTALE);
		link_reply(f->job, seq, RH_ESTALE, NULL, 0);
		plan_finish(f->at);
		return RH_OK;
	}
	lane_add(f->job, outcome_op(f, &o));
	plan_finish(f->at);
	return RH_OK;
}

static rh_status
on_pong(struct link *l, const struct frame *f, struct err *err)
{
	if (!plan_pong(l->w, f->head->seq))
		return err_set(err, RH_EPROTO, "PONG that nobody asked for");
	return RH_OK;
}

/* Only of workers that were told to; none of a host's is. */
static rh_status
on_trace(struct link *l, const struct frame *f, struct err *err)
{
	(void)l, (void)f;
	return err_set(err, RH_EPROTO, "TRACE that nobody asked for");
}

/* The attempt of a handle, which must run here unless it now starts. */
static rh_status
find_attempt(struct link *l, struct frame *f, struct err *err)
{
	f->at = plan_attempt(&l->s->plan, f->head->handle);
	if (f->at == NULL || f->at->worker != l->w)
		return err_set(err, RH_EPROTO, "%s of an unknown invocation",
		    frame_rules[f->head->type].name);
	f->job = f->at->job;
	if (f->head->type == FRAME_STARTED)
		return RH_OK;
	if (f->at->side != SIDE_RUNNING || f->at->finished)
		return err_set(err, RH_EPROTO,
		    "%s of an invocation that does not run",
		    frame_rules[f->head->type].name);
	return RH_OK;
}

rh_status
frame_received(struct link *l, const struct frame_head *head, struct str body,
    struct err *err)
{
	static rh_status (*const handlers[FRAME_TYPES])(struct link *,
	    const struct frame *, struct err *) = {
		[FRAME_CONFINED] = on_confined,
		[FRAME_HELLO] = on_hello,
		[FRAME_REFUSED] = on_refused,
		[FRAME_STARTED] = on_started,
		[FRAME_EVENTS] = on_events,
		[FRAME_CHECKPOINT] = on_checkpoint,
		[FRAME_FLUSH] = on_flush,
		[FRAME_STATE_GET] = on_state,
		[FRAME_STATE_SET] = on_state,
		[FRAME_CALL] = on_call,
		[FRAME_CONNECT] = on_connect,
		[FRAME_SECRET] = on_secret,
		[FRAME_LOG] = on_log,
		[FRAME_FINISH] = on_finish,
		[FRAME_PONG] = on_pong,
		[FRAME_TRACE] = on_trace,
	};
	struct frame f = { .head = head, .body = body };
	rh_status rc;

	plan_heard(l->w, l->s->plan.now);
	limit_traffic(l, 1, FRAME_HEAD + (int64_t)body.len);
	if (frame_rules[head->type].handle &&
	    (rc = find_attempt(l, &f, err)) != RH_OK)
		return rc;
	return handlers[head->type](l, &f, err);
}
