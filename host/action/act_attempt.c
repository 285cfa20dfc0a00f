/*
 * What attempts report, and how a run ends: the host's own calls.
 */
#include "action/act.h"

#include "action/act_state.h"
#include "action/act_talk.h"
#include "action/admit.h"
#include "action/attempt.h"
#include "auth/policy.h"
#include "base/fault.h"
#include "base/mem.h"
#include "run/outcome.h"
#include "store/store_checkpoint.h"
#include "store/store_weight.h"

rh_status
slots_offer(struct act *a, struct call *c, struct err *err)
{
	const struct offer_args *o = c->args;

	(void)err;
	act_offer(a, o->plugin, o->n, o->inproc);
	return RH_OK;
}

static void
target_run(struct act *a, struct call *c, const struct id *id)
{
	char text[ID_RUN_LEN];

	act_target(a, c, id_run(id, text));
}

/* The first report of an attempt is its start: a row of its own. */
static rh_status
record_start(struct act *a, struct call *c, const struct run_live *l,
    struct err *err)
{
	struct audit_row row;

	if (!policy_audited(a->policy, l->runner_id))
		return RH_OK;
	target_run(a, c, &l->id);
	a->detail = arena_printf(&c->arena, "{\"attempt\":%d,\"fence\":%lld"
	    "%s}", l->attempts, (long long)l->fence,
	    l->inproc ? ",\"mode\":\"inproc\"" : "");
	record_fill(a, c, AUDIT_ALLOW, &row);
	row.action = row.permission = "run_start";
	return act_record(a, c, &row, err);
}

/* The attempt runs now, and may be the run's first. */
static rh_status
started(struct act *a, struct call *c, const struct run_report *r,
    const struct run_tail *tail, struct err *err)
{
	struct run_live l;
	struct run_kind k;
	rh_status rc;

	if ((rc = store_live_get(a->db, r->run_no, &c->arena, &l,
	    err)) != RH_OK)
		return rc;
	k = live_kind(&l);
	if (tail->first)
		act_started(a, &k, l.started_us);
	act_moved(a, &k, tail->before, RUN_RUNNING);
	return r->started_us != 0 ? record_start(a, c, &l, err) : RH_OK;
}

static rh_status
report(struct act *a, struct call *c, const struct run_report *r,
    struct run_tail *tail, struct err *err)
{
	rh_status rc;

	if ((rc = store_run_report(a->db, r, a->now, tail, err)) != RH_OK)
		return rc;
	act_bytes(a, tail->owner_no, weight_events(r->events, r->event_count));
	if (r->event_count > 0)
		act_effect(a, EFFECT_EVENTS, r->run_no);
	if ((rc = talk_report(a, c, r, tail, err)) != RH_OK)
		return rc;
	if (tail->before == RUN_RUNNING && r->started_us == 0)
		return RH_OK;
	return started(a, c, r, tail, err);
}

rh_status
run_report(struct act *a, struct call *c, struct err *err)
{
	const struct report_args *args = c->args;
	struct report_reply *reply = arena_zalloc(&c->arena, sizeof *reply);
	struct run_report r = args->report;
	struct run_tail tail = { 0 };
	rh_status rc;

	c->result = reply;
	if ((rc = state_updates(a, c, &r, err)) != RH_OK)
		return rc;
	rc = report(a, c, &r, &tail, err);
	reply->last_seq = tail.last_seq;
	reply->cancel = tail.cancel;
	return rc;
}

rh_status
run_checkpoint(struct act *a, struct call *c, struct err *err)
{
	const struct checkpoint_args *args = c->args;
	struct event_new *events;
	struct run_report r = args->report;
	struct buf b = { 0 };
	struct json_out j;
	struct run_tail tail;
	int64_t grown = 0;
	rh_status rc;

	if ((rc = state_updates(a, c, &r, err)) != RH_OK)
		return rc;
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_str(&j, "name", args->name);
	jw_m_i64(&j, "bytes", (int64_t)args->data.len);
	jw_end_object(&j);
	events = arena_alloc(&c->arena, (r.event_count + 1) * sizeof *events);
	if (r.event_count > 0)
		memcpy(events, r.events, r.event_count * sizeof *events);
	events[r.event_count++] = (struct event_new){ .type = "checkpoint",
	    .at_us = a->now, .data = { b.p, b.len } };
	r.events = events;
	FAULT("checkpoint.before");
	rc = report(a, c, &r, &tail, err);
	if (rc == RH_OK)
		rc = store_checkpoint_add(a->db, r.run_no, r.fence,
		    args->name, args->data, a->now, &grown, err);
	if (rc == RH_OK)
		act_bytes(a, tail.owner_no, grown);
	FAULT("checkpoint.after");
	buf_fini(&b);
	return rc;
}

static rh_status
record_renew(struct act *a, struct call *c, int64_t run_no, struct err *err)
{
	struct run_live l;
	struct audit_row row;
	rh_status rc;

	if ((rc = store_live_get(a->db, run_no, &c->arena, &l, err)) != RH_OK)
		return rc;
	if (!policy_audited(a->policy, l.runner_id))
		return RH_OK;
	target_run(a, c, &l.id);
	a->detail = l.inproc ? "{\"mode\":\"inproc\"}" : NULL;
	record_fill(a, c, AUDIT_ALLOW, &row);
	row.action = row.permission = "run_renew_claim";
	return act_record(a, c, &row, err);
}

rh_status
run_renew(struct act *a, struct call *c, struct err *err)
{
	const struct renew_args *args = c->args;
	const struct attempt_ref *ref;
	size_t i;
	rh_status rc;

	for (i = 0; i < args->count; i++) {
		ref = &args->attempts[i];
		rc = store_run_renew(a->db, ref->run_no, ref->fence,
		    a->now + a->env->lease_us, err);
		args->lost[i] = rc == RH_ESTALE;
		if (rc != RH_OK && rc != RH_ESTALE)
			return rc;
		if (rc == RH_OK && (rc = record_renew(a, c, ref->run_no,
		    err)) != RH_OK)
			return rc;
	}
	return RH_OK;
}

static void
finish_detail(struct act *a, struct call *c, const struct run_live *l,
    const struct decision *d)
{
	struct buf b = { 0 };
	struct json_out j;
	char hex[HASH_HEX_LEN];

	str_hex(hex, l->digest, sizeof l->digest);
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "from", run_state_name(l->state));
	jw_m_text(&j, "status", run_state_name(d->state));
	if (d->end.reason != NULL)
		jw_m_text(&j, "status_reason", d->end.reason);
	jw_m_i64(&j, "attempt", l->attempts);
	jw_m_i64(&j, "events", l->last_seq);
	jw_m_text(&j, "events_digest", hex);
	if (l->inproc)
		jw_m_text(&j, "mode", "inproc");
	jw_end_object(&j);
	act_detail(a, c, &b);
}

/* What the host itself has to say of a run that doesn't simply end. */
static rh_status
note_return(struct act *a, const struct run_live *l,
    const struct decision *d, struct err *err)
{
	struct buf b = { 0 };
	struct json_out j;
	struct event_new e = { .type = d->event, .at_us = a->now };
	rh_status rc;

	if (d->event == NULL)
		return RH_OK;
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_i64(&j, "attempt", l->attempts);
	jw_m_text(&j, "reason", d->why);
	jw_end_object(&j);
	e.data = (struct str){ b.p, b.len };
	rc = store_run_note(a->db, l->run_no, &e, a->now, err);
	if (rc == RH_OK)
		act_bytes(a, l->owner_no, weight_events(&e, 1));
	buf_fini(&b);
	act_effect(a, EFFECT_EVENTS, l->run_no);
	return rc;
}

#define BACKOFF_MAX_US	(300 * US_PER_S)

/*
 * Until when the next attempt waits: twice as long each time, less up to a
 * half of it, so that what failed together doesn't come back together.  A
 * first loss says nothing of the run: a host that starts again goes on where
 * it was.
 */
static int64_t
hold_until(struct act *a, const struct run_live *l, const struct decision *d)
{
	int64_t wait = a->env->backoff_us;
	uint64_t part;
	int32_t i;

	if (wait == 0 || !(d->count_failure || (d->count_loss &&
	    l->losses > 0)))
		return 0;
	for (i = l->failures + l->losses; i > 0 && wait < BACKOFF_MAX_US; i--)
		wait *= 2;
	if (wait > BACKOFF_MAX_US)
		wait = BACKOFF_MAX_US;
	act_rand(a, &part, sizeof part);
	return a->now + wait - (int64_t)(part % (uint64_t)(wait / 2 + 1));
}

/* The run goes on: queued again, or parked. */
static rh_status
settle_return(struct act *a, struct call *c, struct run_live *l,
    const struct decision *d, struct err *err)
{
	struct run_requeue back = {
		.run_no = l->run_no, .fence = l->fence, .cause = d->cause,
		.count_failure = d->count_failure,
		.count_loss = d->count_loss,
		.uncount_attempt = d->uncount_attempt, .now_us = a->now,
	};
	const struct run_kind k = live_kind(l);
	struct run_live now;
	rh_status rc;

	back.hold_us = hold_until(a, l, d);
	if ((rc = note_return(a, l, d, err)) != RH_OK)
		return rc;
	rc = d->state == RUN_QUEUED ? store_run_requeue(a->db, &back, err) :
	    store_run_interrupt(a->db, l->run_no, l->fence, a->now, err);
	if (rc != RH_OK)
		return rc;
	act_moved(a, &k, l->state, d->state);
	if (d->state == RUN_QUEUED && back.hold_us == 0)
		act_queued(a, l->plugin, l->line_no);
	/* The row counts the events that were written meanwhile. */
	rc = store_live_get(a->db, l->run_no, &c->arena, &now, err);
	l->last_seq = now.last_seq;
	memcpy(l->digest, now.digest, sizeof l->digest);
	return rc;
}

static rh_status
settle_end(struct act *a, struct call *c, struct run_live *l,
    struct decision *d, struct err *err)
{
	rh_status rc;

	d->end.state = d->state;
	if (l->asks > 0 && (rc = interactions_cancel(a, c, l, err)) != RH_OK)
		return rc;
	if ((d->state == RUN_COMPLETED && (rc = talk_output(a, c, l,
	    d->end.output, err)) != RH_OK) ||
	    (rc = steering_drop(a, c, l, err)) != RH_OK ||
	    (rc = store_run_end(a->db, l, &d->end, a->now, err)) != RH_OK)
		return rc;
	act_ended(a, l, &d->end);
	act_live(a, l->owner_no, -1);
	act_effect(a, EFFECT_ENDED, l->run_no);
	return RH_OK;
}

rh_status
run_settle(struct act *a, struct call *c, struct run_live *l,
    struct decision *d, struct err *err)
{
	rh_status rc;

	target_run(a, c, &l->id);
	rc = run_is_terminal(d->state) ? settle_end(a, c, l, d, err) :
	    settle_return(a, c, l, d, err);
	if (rc == RH_OK)
		finish_detail(a, c, l, d);
	return rc;
}

rh_status
attempt_get(struct act *a, struct call *c, int64_t run_no, int64_t fence,
    struct run_live *l, struct err *err)
{
	rh_status rc = store_live_get(a->db, run_no, &c->arena, l, err);

	if (rc == RH_ESTATE || (rc == RH_OK && (l->fence != fence ||
	    (l->state != RUN_CLAIMED && l->state != RUN_RUNNING))))
		return err_set(err, RH_ESTALE, "the attempt has ended: the "
		    "run was given to another, cancelled or finished");
	return rc;
}

/* The last events of a run, of which one may be its answer. */
static rh_status
last_events(struct act *a, struct call *c, struct run_live *l,
    const struct run_report *r, struct err *err)
{
	int64_t bytes = 0;
	rh_status rc;

	if ((rc = store_run_last_events(a->db, l, r->events, r->event_count,
	    err)) != RH_OK)
		return rc;
	act_bytes(a, l->owner_no, weight_events(r->events, r->event_count));
	if ((l->talk & TALK_ANSWER) == 0 || (rc = talk_answer(a, c, r->run_no,
	    r->events, r->event_count, &bytes, err)) != RH_OK || bytes == 0)
		return rc;
	l->talk &= ~TALK_ANSWER;
	l->bytes += bytes;
	act_bytes(a, l->owner_no, bytes);
	return RH_OK;
}

rh_status
run_finish(struct act *a, struct call *c, struct err *err)
{
	struct finish_args *args = c->args;
	struct run_report report_of = args->report, *r = &report_of;
	struct finish_reply *reply = arena_zalloc(&c->arena, sizeof *reply);
	struct run_live l;
	struct decision d = { .end = args->end };
	struct run_tail tail;
	rh_status rc;

	c->result = reply;
	if ((rc = attempt_get(a, c, r->run_no, r->fence, &l, err)) != RH_OK ||
	    (rc = state_updates(a, c, r, err)) != RH_OK)
		return rc;
	decide_finish(&l, args->kind, args->retry, args->host, &d);
	reply->state = d.state;
	if (run_is_terminal(d.state)) {
		d.end.started_us = r->started_us;
		d.end.percent = r->percent;
		d.end.stage = r->stage;
		d.end.truncated = r->truncated;
		if ((rc = last_events(a, c, &l, r, err)) != RH_OK)
			return rc;
	} else {
		if ((rc = report(a, c, r, &tail, err)) != RH_OK)
			return rc;
		l.state = RUN_RUNNING;
	}
	return run_settle(a, c, &l, &d, err);
}

rh_status
run_release(struct act *a, struct call *c, struct err *err)
{
	const struct release_args *args = c->args;
	struct run_live l;
	struct decision d = { 0 };
	rh_status rc;

	if ((rc = attempt_get(a, c, args->run_no, args->fence, &l,
	    err)) != RH_OK)
		return rc;
	decide_loss(&l, args->started, args->why, &d);
	return run_settle(a, c, &l, &d, err);
}
