/*
 * The frames of a worker, a function each.
 */
#include "kit/drive_part.h"

#include "base/mem.h"
#include "kit/fake.h"
#include "worker/channel.h"
#include "worker/confined.h"
#include "worker/invoke.h"
#include "worker/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct frame {
	const struct frame_head *head;
	struct str body;
	struct err *err;
};

static rh_status
broken(const struct frame *f)
{
	return err_set(f->err, RH_EPROTO, "%s of another form",
	    frame_rules[f->head->type].name);
}

static void
reply(struct drive *d, const struct frame *f, rh_status status,
    const struct buf *text)
{
	struct buf b = { 0 };

	reply_pack(&b, status, text != NULL ? text->p : NULL,
	    text != NULL ? text->len : 0);
	channel_send(d->chan, FRAME_REPLY, f->head->handle, f->head->seq,
	    b.p, b.len);
	buf_fini(&b);
}

static rh_status
on_confined(struct drive *d, const struct frame *f)
{
	struct confined *c = mem_zalloc(sizeof *c);
	rh_status rc = confined_unpack(f->body, c, f->err);

	d->tier = c->tier;
	free(c);
	return rc;
}

static rh_status
on_hello(struct drive *d, const struct frame *f)
{
	if (d->said_hello)
		return err_set(f->err, RH_EPROTO, "a second HELLO");
	d->said_hello = true;
	buf_add(&d->description, f->body.p, f->body.len);
	return RH_OK;
}

static rh_status
on_refused(struct drive *d, const struct frame *f)
{
	rh_status status;
	struct str text;

	if (reply_unpack(f->body, &status, &text, f->err) != RH_OK)
		return RH_EPROTO;
	err_set(&d->refused, status != RH_OK ? status : RH_EPLUGIN, STR_FMT,
	    (int)(text.len < 500 ? text.len : 500), text.p);
	return RH_OK;
}

static rh_status
on_started(struct drive *d, const struct frame *f)
{
	(void)f;
	d->now.started = true;
	drive_tell(d, &(struct deed){ .kind = DEED_STARTED });
	return RH_OK;
}

static rh_status
on_events(struct drive *d, const struct frame *f)
{
	static const enum deed_kind kinds[] = {
		[EVENT_PROGRESS] = DEED_PROGRESS, [EVENT_PLUGIN] = DEED_EVENT,
		[EVENT_OUTPUT] = DEED_OUTPUT,
	};
	struct event_record e;
	struct field_reader r;
	struct deed deed;

	events_begin(&r, f->body);
	while (events_next(&r, &e)) {
		if (report_event(&e, f->err) != RH_OK)
			return f->err->status = RH_EPROTO;
		deed = (struct deed){ .kind = kinds[e.kind], .a = e.a,
			.b = e.b, .number = e.kind == EVENT_PROGRESS ?
			    e.percent : e.stream };
		drive_tell(d, &deed);
	}
	return field_end(&r) ? RH_OK : broken(f);
}

/* So many fields, and nothing behind them. */
static bool
fields(const struct frame *f, struct str *out, size_t n)
{
	struct field_reader r;
	size_t i;

	field_begin(&r, f->body.p, f->body.len);
	for (i = 0; i < n; i++)
		out[i] = field_get(&r);
	return field_end(&r);
}

static rh_status
on_checkpoint(struct drive *d, const struct frame *f)
{
	struct str s[2];

	if (!fields(f, s, 2))
		return broken(f);
	d->now.checkpoints++;
	fake_checkpoint_set(d->cf->fake, s[0], s[1]);
	drive_tell(d, &(struct deed){ .kind = DEED_CHECKPOINT, .a = s[0],
	    .b = s[1] });
	reply(d, f, RH_OK, NULL);
	return RH_OK;
}

static rh_status
on_flush(struct drive *d, const struct frame *f)
{
	drive_tell(d, &(struct deed){ .kind = DEED_FLUSH });
	reply(d, f, RH_OK, NULL);
	return RH_OK;
}

static rh_status
on_state_get(struct drive *d, const struct frame *f)
{
	struct buf b = { 0 };
	struct str s[2];
	rh_status rc;

	if (!fields(f, s, 2))
		return broken(f);
	rc = fake_get(d->cf->fake, s[0], s[1], &b);
	drive_tell(d, &(struct deed){ .kind = DEED_STATE_GET, .a = s[0],
	    .b = s[1], .c = { b.p, b.len }, .status = rc });
	reply(d, f, rc, &b);
	buf_fini(&b);
	return RH_OK;
}

static rh_status
on_state_set(struct drive *d, const struct frame *f)
{
	struct str s[3];

	if (!fields(f, s, 3))
		return broken(f);
	fake_set(d->cf->fake, s[0], s[1], s[2]);
	drive_tell(d, &(struct deed){ .kind = DEED_STATE_SET, .a = s[0],
	    .b = s[1], .c = s[2] });
	reply(d, f, RH_OK, NULL);
	return RH_OK;
}

static rh_status
on_call(struct drive *d, const struct frame *f)
{
	struct buf b = { 0 };
	struct str s[2];
	rh_status rc;

	if (!fields(f, s, 2))
		return broken(f);
	rc = fake_call(d->cf->fake, s[0], &b);
	drive_tell(d, &(struct deed){ .kind = DEED_CALL, .a = s[0],
	    .b = s[1], .c = { b.p, b.len }, .status = rc });
	reply(d, f, rc, &b);
	buf_fini(&b);
	return RH_OK;
}

/* Neither is there without a host and its grants. */
static rh_status
on_wish(struct drive *d, const struct frame *f)
{
	static const char no[] = "there is no host behind this plugin";
	struct deed deed = { .kind = f->head->type == FRAME_SECRET ?
	    DEED_SECRET : DEED_CONNECT, .status = RH_EPERM };
	struct field_reader r;
	struct buf b = { 0 };

	field_begin(&r, f->body.p, f->body.len);
	deed.a = field_get(&r);
	if (r.bad)
		return broken(f);
	drive_tell(d, &deed);
	buf_adds(&b, no);
	reply(d, f, RH_EPERM, &b);
	buf_fini(&b);
	return RH_OK;
}

static rh_status
on_log(struct drive *d, const struct frame *f)
{
	struct deed deed = { .kind = DEED_LOG };
	uint8_t level;

	if (log_unpack(f->body, &level, &deed.b, f->err) != RH_OK)
		return RH_EPROTO;
	deed.number = level;
	drive_tell(d, &deed);
	return RH_OK;
}

static rh_status
on_finish(struct drive *d, const struct frame *f)
{
	struct rh_outcome o = { .size = sizeof o };
	struct driven *now = &d->now;

	if (outcome_unpack(f->body, &o, f->err) != RH_OK)
		return RH_EPROTO;
	if (now->finished)
		return err_set(f->err, RH_EPROTO, "a second FINISH");
	now->finished = true;
	now->finished_us = drive_clock_us();
	now->kind = o.kind;
	now->exit_code = o.exit_code;
	buf_add(&now->output, o.output.p, o.output.len);
	buf_add(&now->error, o.error.p, o.error.len);
	drive_tell(d, &(struct deed){ .kind = DEED_FINISH,
	    .a = str_of(drive_kind_name(o.kind)),
	    .b = { now->output.p, now->output.len },
	    .c = { now->error.p, now->error.len }, .number = o.exit_code });
	reply(d, f, RH_OK, NULL);
	return RH_OK;
}

static rh_status
on_pong(struct drive *d, const struct frame *f)
{
	(void)d;
	return err_set(f->err, RH_EPROTO, "PONG that nobody asked for");
}

/* A report that the worker's side of the host has refused. */
static void
note_refusal(struct drive *d, const struct trace_record *t)
{
	struct driven *now = &d->now;

	if (t->call == TRACE_PROGRESS && now->backwards++ == 0)
		snprintf(now->backwards_why, sizeof now->backwards_why,
		    STR_FMT, STR_ARG(t->text));
	if (t->call != TRACE_PROGRESS && now->refused++ == 0) {
		now->refused_call = t->call;
		snprintf(now->refused_why, sizeof now->refused_why, STR_FMT,
		    STR_ARG(t->text));
	}
	drive_tell(d, &(struct deed){ .kind = DEED_REFUSED,
	    .a = str_of(trace_call_names[t->call]), .b = t->text,
	    .status = t->status });
}

static void
note_call(struct drive *d, const struct trace_record *t)
{
	struct driven *now = &d->now;

	now->last_call = t->call;
	now->in_call = true;
	now->finish_calls += t->call == TRACE_FINISH &&
	    t->handle == d->handle;
	if ((now->finished || t->handle != d->handle) &&
	    now->stale_calls++ == 0)
		now->stale_call = t->call;
}

static void
note_return(struct drive *d, const struct trace_record *t)
{
	struct driven *now = &d->now;

	if (t->handle != d->handle)
		return;
	now->returned = true;
	now->returned_us = drive_clock_us();
	now->heap_bytes = t->heap_bytes;
	now->peak_bytes = t->peak_bytes;
	now->files = t->files;
	drive_tell(d, &(struct deed){ .kind = DEED_RETURNED });
}

static rh_status
on_trace(struct drive *d, const struct frame *f)
{
	struct trace_record t;

	if (trace_unpack(f->body, &t, f->err) != RH_OK)
		return RH_EPROTO;
	if (t.kind == TRACE_CALLS)
		note_call(d, &t);
	if (t.kind == TRACE_RETURNED)
		note_return(d, &t);
	if (t.kind != TRACE_ANSWERED)
		return RH_OK;
	d->now.in_call = false;
	if (t.status == RH_EINPUT || t.status == RH_ETOOBIG ||
	    t.status == RH_ENOSYS)
		note_refusal(d, &t);
	if (t.status == RH_ESTALE)
		drive_tell(d, &(struct deed){ .kind = DEED_REFUSED,
		    .a = str_of(trace_call_names[t.call]),
		    .b = STR("its run has ended"), .status = t.status });
	return RH_OK;
}

rh_status
drive_frame(struct drive *d, const struct frame_head *head, struct str body,
    struct err *err)
{
	static rh_status (*const handlers[FRAME_TYPES])(struct drive *,
	    const struct frame *) = {
		[FRAME_CONFINED] = on_confined,
		[FRAME_HELLO] = on_hello,
		[FRAME_REFUSED] = on_refused,
		[FRAME_STARTED] = on_started,
		[FRAME_EVENTS] = on_events,
		[FRAME_CHECKPOINT] = on_checkpoint,
		[FRAME_FLUSH] = on_flush,
		[FRAME_STATE_GET] = on_state_get,
		[FRAME_STATE_SET] = on_state_set,
		[FRAME_CALL] = on_call,
		[FRAME_CONNECT] = on_wish,
		[FRAME_SECRET] = on_wish,
		[FRAME_LOG] = on_log,
		[FRAME_FINISH] = on_finish,
		[FRAME_PONG] = on_pong,
		[FRAME_TRACE] = on_trace,
	};
	const struct frame f = { head, body, err };

	if (handlers[head->type] == NULL)
		return err_set(err, RH_EPROTO, "%s, which nothing here is for",
		    frame_rules[head->type].name);
	if (frame_rules[head->type].handle && head->handle != d->handle)
		return err_set(err, RH_EPROTO, "%s of an unknown invocation",
		    frame_rules[head->type].name);
	return handlers[head->type](d, &f);
}
