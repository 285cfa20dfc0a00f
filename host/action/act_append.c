/*
 * run_append_result: events from outside.  The caller's sequence is its key: the
 * same event again is answered with the stored one, another under the same
 * sequence is refused.
 */
#include "action/act_append.h"

#include "action/act_talk.h"
#include "json/read.h"
#include "store/store_checkpoint.h"
#include "store/store_event.h"
#include "store/store_owner.h"
#include "store/store_weight.h"

#include <string.h>

#define EVENTS_MAX	1000000		/* of a run */

static bool
same_event(const struct event_new *e, const char *type, struct str data,
    const char *extra)
{
	return strcmp(e->type, type) == 0 && str_eq(e->data, data) &&
	    (e->extra == NULL ? extra == NULL :
	    extra != NULL && strcmp(e->extra, extra) == 0);
}

/* An event that was appended before, or is in this batch. */
static rh_status
find_former(struct act *a, struct call *c, struct appended *x,
    const struct append_args *args, bool *found, struct err *err)
{
	const struct appended *p;
	struct event_row row;
	rh_status rc;

	*found = true;
	for (p = args->list; p < x; p++) {
		if (p->e.sequence != x->e.sequence || !p->fresh)
			continue;
		x->duplicate = same_event(&x->e, p->e.type, p->e.data,
		    p->e.extra);
		x->former = x->duplicate ? p : NULL;
		return RH_OK;
	}
	if ((rc = store_event_appended(a->db, a->run_no, &x->e, &c->arena,
	    &row, err)) != RH_OK)
		return rc;
	*found = row.seq != 0;
	x->duplicate = *found && same_event(&x->e, row.type,
	    str_of(row.data), row.extra);
	x->seq = x->duplicate ? row.seq : 0;
	x->at_us = row.at_us;
	return RH_OK;
}

/* Which are new; each of the others has its verdict. */
static rh_status
sort_out(struct act *a, struct call *c, struct append_args *args,
    struct err *err)
{
	struct appended *x = args->list, *end = x + args->count;
	int64_t caller, newest;
	bool found;
	rh_status rc;

	if ((rc = store_owner_intern(a->db, c->caller.principal, &caller,
	    err)) != RH_OK)
		return rc;
	if ((rc = store_event_newest(a->db, a->run_no, a->held != NULL ?
	    a->held->fence : 0, caller, &newest, err)) != RH_OK)
		return rc;
	for (; x < end; x++) {
		x->e.caller = caller;
		x->e.attempt = a->held != NULL ? a->held->fence : 0;
		x->e.at_us = x->at_us = a->now;
		x->seq = 0;
		x->former = NULL;
		x->duplicate = found = false;
		x->refused = RH_OK;
		/* Mostly they come in order, and nothing is to be looked up. */
		if (x->e.sequence <= newest && (rc = find_former(a, c, x,
		    args, &found, err)) != RH_OK)
			return rc;
		x->fresh = !found;
		if (x->fresh && x->e.sequence > newest)
			newest = x->e.sequence;
	}
	return RH_OK;
}

static rh_status
check(struct act *a, struct append_args *args, struct err *err)
{
	const struct appended *x = args->list, *end = x + args->count;
	int64_t count = 0;

	args->bytes = 0;

	if (!args->batch && !x->fresh && x->seq == 0)
		return err_set(err, RH_ECONFLICT, "sequence %lld of this "
		    "caller is another event", (long long)
		    args->list->e.sequence);
	for (; x < end; x++) {
		if (!x->fresh)
			continue;
		count++;
		args->bytes += weight_events(&x->e, 1);
		if (x->bytes.p != NULL)
			args->bytes += weight_pair(x->name, x->bytes);
	}
	if (a->live->last_seq + count > EVENTS_MAX)
		return err_set(err, RH_ETOOBIG, "the run has %lld events, the "
		    "limit is %d", (long long)a->live->last_seq, EVENTS_MAX);
	return act_bytes_check(a, a->live->owner_no, a->live->owner,
	    args->bytes, err);
}

static rh_status
set_value(struct act *a, struct call *c, const struct appended *x,
    struct err *err)
{
	return state_update(a, c, a->run_no, &x->update, err);
}

static rh_status
keep_checkpoint(struct act *a, struct call *c, const struct appended *x,
    struct err *err)
{
	int64_t grown;
	rh_status rc = store_checkpoint_add(a->db, a->run_no, a->held->fence,
	    x->name, x->bytes, a->now, &grown, err);

	(void)c;
	if (rc == RH_OK)
		act_bytes(a, a->live->owner_no, grown);
	return rc;
}

/* What events do besides being kept: only those of the claim's holder. */
static rh_status (*const applies[])(struct act *, struct call *,
    const struct appended *, struct err *) = {
	[DOES_NOTHING] = NULL,
	[DOES_CHECKPOINT] = keep_checkpoint,
	[DOES_STATE] = set_value,
};

/*
 * Does what new events say.  One of a batch that can't be done has its
 * verdict, and is not kept; a single one is the call's failure, before
 * anything was written.
 */
static rh_status
do_each(struct act *a, struct call *c, struct append_args *args,
    struct err *err)
{
	struct appended *x = args->list, *end = x + args->count;
	rh_status rc;

	for (; x < end; x++) {
		if (!x->fresh || applies[x->type->does] == NULL ||
		    (rc = applies[x->type->does](a, c, x, err)) == RH_OK)
			continue;
		if (!args->batch || !is_verdict(rc))
			return rc;
		x->refused = rc;
		x->why = arena_strdup(&c->arena, err->msg);
	}
	return RH_OK;
}

/* Room that the events are going to take is no value's. */
static rh_status
carry_out(struct act *a, struct call *c, struct append_args *args,
    struct err *err)
{
	rh_status rc;

	act_bytes(a, a->live->owner_no, args->bytes);
	rc = do_each(a, c, args, err);
	act_bytes(a, a->live->owner_no, -args->bytes);
	return rc;
}

/* The new ones, in order, with their numbers. */
static void
number(const struct act *a, struct append_args *args, struct event_new *fresh,
    size_t *count)
{
	struct appended *x = args->list, *end = x + args->count;
	int64_t seq = a->live->last_seq;

	*count = 0;
	for (; x < end; x++) {
		if (x->former != NULL) {
			x->seq = x->former->seq;
			x->at_us = x->former->at_us;
			x->refused = x->former->refused;
			x->why = x->former->why;
		} else if (x->fresh && x->refused == RH_OK) {
			x->seq = ++seq;
			fresh[(*count)++] = x->e;
		}
	}
}

/* What progress and output say of the run as a whole. */
static void
sum_up(struct call *c, const struct event_new *e, size_t n,
    struct run_report *r)
{
	struct json_doc d;
	struct str text;
	int64_t percent;
	size_t i;

	r->percent = -1;
	for (i = 0; i < n; i++) {
		if ((strcmp(e[i].type, "progress") != 0 &&
		    strcmp(e[i].type, "output") != 0) ||
		    json_parse(&c->arena, e[i].data.p, e[i].data.len, NULL,
		    &d, NULL) != RH_OK)
			continue;
		if (json_str(&d, json_member(&d, 0, "stage"), &c->arena,
		    &text))
			r->stage = text.p;
		if (json_i64(&d, json_member(&d, 0, "percent"), &percent) &&
		    percent > r->percent)
			r->percent = (int32_t)percent;
		if (json_str(&d, json_member(&d, 0, "text"), &c->arena,
		    &text))
			r->out_bytes += (int64_t)text.len;
	}
}

/* By who holds no claim: the run stays as it is. */
static rh_status
note_fresh(struct act *a, const struct event_new *fresh, size_t count,
    struct err *err)
{
	size_t i;
	rh_status rc = RH_OK;

	for (i = 0; i < count && rc == RH_OK; i++)
		rc = store_run_note(a->db, a->run_no, &fresh[i], a->now, err);
	return rc;
}

/* By its attempt, of which the first append is the start. */
static rh_status
report_fresh(struct act *a, struct call *c, const struct event_new *fresh,
    size_t count, struct err *err)
{
	const struct run_kind k = live_kind(a->held);
	struct run_report r = { .run_no = a->run_no, .events = fresh,
		.event_count = count, .fence = a->held->fence };
	struct run_tail tail;
	rh_status rc;

	if (count == 0 && a->held->state == RUN_RUNNING)
		return RH_OK;
	sum_up(c, fresh, count, &r);
	r.started_us = a->held->state == RUN_CLAIMED ? a->now : 0;
	if ((rc = store_run_report(a->db, &r, a->now, &tail, err)) != RH_OK)
		return rc;
	if (tail.first)
		act_started(a, &k, r.started_us);
	act_moved(a, &k, tail.before, RUN_RUNNING);
	return talk_report(a, c, &r, &tail, err);
}

/* What fails at its first write has changed no memory either. */
static rh_status
write_fresh(struct act *a, struct call *c, const struct event_new *fresh,
    size_t count, struct err *err)
{
	rh_status rc = a->held != NULL ?
	    report_fresh(a, c, fresh, count, err) :
	    note_fresh(a, fresh, count, err);

	if (rc != RH_OK || count == 0)
		return rc;
	act_bytes(a, a->live->owner_no, weight_events(fresh, count));
	act_effect(a, EFFECT_EVENTS, a->run_no);
	return RH_OK;
}

static void
append_detail(struct act *a, struct call *c, const struct append_args *args,
    size_t fresh)
{
	struct buf b = { 0 };
	struct json_out j;

	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "event_type", args->list->e.type);
	jw_m_i64(&j, "sequence", args->list->e.sequence);
	jw_m_i64(&j, "events", (int64_t)fresh);
	if (fresh != args->count)
		jw_m_i64(&j, "not_new", (int64_t)(args->count - fresh));
	if (a->held != NULL)
		jw_m_text(&j, "runtime_id", a->held->runtime);
	jw_m_i64(&j, "attempt", a->live->attempts);
	jw_end_object(&j);
	act_detail(a, c, &b);
}

static void
write_verdict(struct json_out *j, const struct appended *x)
{
	rh_status why = x->refused != RH_OK ? x->refused : RH_ECONFLICT;

	jw_object(j);
	jw_m_i64(j, "source_sequence", x->e.sequence);
	if (x->seq != 0) {
		jw_m_i64(j, "sequence", x->seq);
		jw_m_bool(j, "duplicate", x->duplicate);
	} else {
		jw_m_text(j, "error", x->refused != RH_OK ? x->why :
		    "this sequence of this caller is another event");
		jw_m_text(j, "reason_code", err_reason(why)->code);
	}
	jw_end_object(j);
}

static void
reply(struct act *a, struct call *c, const struct append_args *args,
    size_t fresh)
{
	const struct appended *x = args->list;
	struct event_row row = {
		.seq = x->seq, .at_us = x->at_us, .type = x->e.type,
		.data = arena_strndup(&c->arena, x->e.data.p, x->e.data.len),
		.source_seq = x->e.sequence, .attempt = x->e.attempt,
		.extra = x->e.extra,
	};
	struct buf b = { 0 };
	struct json_out j;
	size_t i;

	jw_init(&j, &b);
	jw_object(&j);
	if (args->batch) {
		jw_m_text(&j, "run_id", a->target);
		jw_name(&j, "events");
		jw_array(&j);
		for (i = 0; i < args->count; i++)
			write_verdict(&j, &x[i]);
		jw_end_array(&j);
	} else {
		write_event(&j, a->target, &row);
		jw_m_bool(&j, "duplicate", x->duplicate);
	}
	jw_m_i64(&j, "last_sequence", a->live->last_seq + (int64_t)fresh);
	jw_m_bool(&j, "cancel_requested", a->live->cancel_us != 0);
	jw_end_object(&j);
	act_reply(c, &b);
}

rh_status
run_append_result(struct act *a, struct call *c, struct err *err)
{
	struct append_args *args = c->args;
	struct event_new *fresh = arena_alloc(&c->arena,
	    args->count * sizeof *fresh);
	size_t count;
	rh_status rc;

	if ((rc = sort_out(a, c, args, err)) != RH_OK ||
	    (rc = check(a, args, err)) != RH_OK ||
	    (rc = carry_out(a, c, args, err)) != RH_OK)
		return rc;
	number(a, args, fresh, &count);
	if ((rc = write_fresh(a, c, fresh, count, err)) != RH_OK)
		return rc;
	append_detail(a, c, args, count);
	reply(a, c, args, count);
	return RH_OK;
}
