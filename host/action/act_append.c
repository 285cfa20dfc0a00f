/*
 * run_append_result: events from outside.  The caller's sequence is its key: the
 * same event again is answered with the stored one, another under the same
 * sequence is refused.
 */
#include "action/act.h"

#include "action/append_type.h"
#include "auth/policy.h"
#include "json/read.h"
#include "store/store_event.h"
#include "store/store_owner.h"
#include "store/store_weight.h"

#include <string.h>

#define BATCH_MAX	256
#define EVENT_MAX	(1024 * 1024)	/* bytes of a type and its data */
#define EXTRA_MAX	(16 * 1024)	/* of usage, and of metadata */
#define SEQUENCE_MAX	(INT64_C(1) << 53)
#define EVENTS_MAX	1000000		/* of a run */

/* An event as it came, and what became of it. */
struct appended {
	const struct append_type *type;
	struct event_new e;
	int64_t	seq;		/* the run's; 0: refused */
	int64_t	at_us;
	bool	duplicate;
};

struct append_args {
	struct appended *list;
	size_t	count;
	bool	batch;
};

/* A member of the event, or of the "result" in it. */
static int
field(const struct json_doc *in, int event, const char *name)
{
	int node = json_member(in, event, name);

	if (node < 0 || json_type(in, node) == JSON_NULL)
		node = json_member(in, json_member(in, event, "result"), name);
	return json_type(in, node) == JSON_NULL ? -1 : node;
}

/* Its JSON as written, if it isn't too much. */
static rh_status
take_raw(struct call *c, int node, size_t max, const char *where,
    const char *name, struct str *out, struct err *err)
{
	struct str raw = json_raw(&c->in, node);
	size_t tokens;

	if (raw.len > max)
		return err_set(err, RH_ETOOBIG, "%s.%s: %zu bytes are more "
		    "than %zu", where, name, raw.len, max);
	if (json_scan(raw.p, raw.len, &json_limits_kept, &tokens,
	    err) != RH_OK) {
		err_wrap(err, "%s.%s", where, name);
		return err->status = RH_EINPUT;
	}
	*out = raw;
	return RH_OK;
}

/* What comes with an event besides: one object, or nothing. */
static rh_status
take_extra(struct call *c, int event, const char *where,
    const char **out, struct err *err)
{
	static const char *const names[] = { "usage", "metadata" };
	struct buf b = { 0 };
	struct json_out j;
	struct str raw;
	rh_status rc = RH_OK;
	size_t i;
	int node;

	*out = NULL;
	jw_init(&j, &b);
	jw_object(&j);
	for (i = 0; i < 2 && rc == RH_OK; i++) {
		if ((node = field(&c->in, event, names[i])) < 0)
			continue;
		if (json_type(&c->in, node) != JSON_OBJECT)
			rc = err_set(err, RH_EINPUT, "%s.%s: must be an "
			    "object", where, names[i]);
		else
			rc = take_raw(c, node, EXTRA_MAX, where, names[i],
			    &raw, err);
		if (rc == RH_OK)
			jw_m_raw(&j, names[i], raw);
	}
	jw_end_object(&j);
	if (rc == RH_OK && b.len > 2)
		*out = arena_strndup(&c->arena, b.p, b.len);
	buf_fini(&b);
	return rc;
}

static rh_status
take_type(struct call *c, int event, const char *where, struct appended *a,
    struct err *err)
{
	int node = field(&c->in, event, "event_type");
	struct str name;

	if (node < 0)
		node = field(&c->in, event, "type");
	if (!json_str(&c->in, node, &c->arena, &name))
		return err_set(err, RH_EINPUT, "%s.event_type: must be the "
		    "name of a type", where);
	if ((a->type = append_type_find(name)) != NULL) {
		a->e.type = a->type->name;
		if (a->type->holder)
			c->holders = a->type->name;
		return RH_OK;
	}
	err_set(err, RH_EINPUT, "%s.event_type: \"" STR_FMT "\" is no type "
	    "that can be appended", where, STR_ARG(name));
	return err_hint(err, "see docs/ledger.md for the types");
}

static rh_status
take_event(struct call *c, int event, const char *where, struct appended *a,
    struct err *err)
{
	int data = field(&c->in, event, "data");
	int n = field(&c->in, event, "sequence");
	struct str s;
	rh_status rc;

	if ((!json_i64(&c->in, n, &a->e.sequence) && (!json_str(&c->in, n,
	    &c->arena, &s) || !str_i64(s, 1, SEQUENCE_MAX,
	    &a->e.sequence))) || a->e.sequence < 1 ||
	    a->e.sequence > SEQUENCE_MAX)
		return err_set(err, RH_EINPUT, "%s.sequence: must be a whole "
		    "number from 1 to 2^53", where);
	if ((rc = take_type(c, event, where, a, err)) != RH_OK)
		return rc;
	a->e.data = STR("{}");
	if (data >= 0 && (rc = take_raw(c, data, EVENT_MAX -
	    strlen(a->e.type), where, "data", &a->e.data, err)) != RH_OK)
		return rc;
	if (data >= 0 && (rc = append_type_check(a->type, &c->in, data,
	    "data", err)) != RH_OK)
		err_wrap(err, "%s", where);
	if (data < 0 && strstr(a->type->schema, "\"required\":[]") == NULL)
		rc = err_set(err, RH_EINPUT, "%s.data: is missing", where);
	return rc != RH_OK ? rc : take_extra(c, event, where, &a->e.extra,
	    err);
}

rh_status
run_append_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct append_args *a = arena_zalloc(&c->arena, sizeof *a);
	int list = json_member(&c->in, 0, "events"), n;
	size_t i = 0;
	rh_status rc = RH_OK;

	(void)reg;
	c->args = a;
	a->batch = json_type(&c->in, list) == JSON_ARRAY;
	a->count = a->batch ? (size_t)json_size(&c->in, list) : 1;
	if (a->count == 0 || a->count > BATCH_MAX)
		return err_set(err, RH_EINPUT, "body.events: has %zu events, "
		    "not 1 to %d", a->count, BATCH_MAX);
	a->list = arena_zalloc(&c->arena, a->count * sizeof *a->list);
	if (!a->batch)
		return take_event(c, 0, "body", a->list, err);
	for (n = json_first(&c->in, list); n >= 0 && rc == RH_OK;
	    n = json_next(&c->in, n), i++)
		rc = take_event(c, n, arena_printf(&c->arena,
		    "body.events[%zu]", i), &a->list[i], err);
	return rc;
}

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
		if (p->e.sequence != x->e.sequence)
			continue;
		x->duplicate = same_event(&x->e, p->e.type, p->e.data,
		    p->e.extra);
		x->seq = x->duplicate ? p->seq : 0;
		x->at_us = p->at_us;
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

/* What is new, in order; each of the others has its verdict. */
static rh_status
sort_out(struct act *a, struct call *c, struct append_args *args,
    struct event_new *fresh, size_t *count, struct err *err)
{
	struct appended *x = args->list, *end = x + args->count;
	int64_t caller, newest, seq = a->live->last_seq;
	bool found;
	rh_status rc;

	*count = 0;
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
		found = false;
		/* Mostly they come in order, and nothing is to be looked up. */
		if (x->e.sequence <= newest && (rc = find_former(a, c, x,
		    args, &found, err)) != RH_OK)
			return rc;
		if (found)
			continue;
		if (x->e.sequence > newest)
			newest = x->e.sequence;
		x->seq = ++seq;
		fresh[(*count)++] = x->e;
	}
	return RH_OK;
}

static rh_status
check(struct act *a, const struct append_args *args,
    const struct event_new *fresh, size_t count, struct err *err)
{
	if (!args->batch && args->list->seq == 0)
		return err_set(err, RH_ECONFLICT, "sequence %lld of this "
		    "caller is another event", (long long)
		    args->list->e.sequence);
	if (a->live->last_seq + (int64_t)count > EVENTS_MAX)
		return err_set(err, RH_ETOOBIG, "the run has %lld events, the "
		    "limit is %d", (long long)a->live->last_seq, EVENTS_MAX);
	return act_bytes_check(a, a->live->owner_no, a->live->owner,
	    weight_events(fresh, count), err);
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
	return RH_OK;
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
	jw_m_text(&j, "event_type", args->list->type->name);
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
	jw_object(j);
	jw_m_i64(j, "source_sequence", x->e.sequence);
	if (x->seq != 0) {
		jw_m_i64(j, "sequence", x->seq);
		jw_m_bool(j, "duplicate", x->duplicate);
	} else {
		jw_m_text(j, "error", "this sequence of this caller is "
		    "another event");
		jw_m_text(j, "reason_code", err_reason(RH_ECONFLICT)->code);
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

	if ((rc = sort_out(a, c, args, fresh, &count, err)) != RH_OK ||
	    (rc = check(a, args, fresh, count, err)) != RH_OK ||
	    (rc = write_fresh(a, c, fresh, count, err)) != RH_OK)
		return rc;
	append_detail(a, c, args, count);
	reply(a, c, args, count);
	return RH_OK;
}
