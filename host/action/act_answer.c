/*
 * How a question ends: interaction_answer, its time, the end of its run.
 */
#include "action/act_interaction.h"

#include "action/act_slice.h"
#include "json/read.h"
#include "json/schema.h"
#include "store/store_weight.h"

#include <string.h>

#define REASON_MAX	1024

rh_status
interaction_answer_prepare(struct call *c, struct registry *reg,
    struct err *err)
{
	const char *status = call_text(c, "status"), *text;
	rh_status rc;

	(void)reg;
	if ((rc = interaction_take(c, "answer", INTERACTION_JSON_MAX, &text,
	    err)) != RH_OK)
		return rc;
	if (text == NULL && (status == NULL ||
	    strcmp(status, "submitted") == 0))
		return err_set(err, RH_EINPUT, "body: field \"answer\" is "
		    "missing");
	return take_name(c, "status_reason", REASON_MAX, &text, err);
}

/* Who answers names what the question is bound to. */
static rh_status
check_scope(struct call *c, const struct interaction *i, struct err *err)
{
	const struct { const char *name, *want; } fields[] = {
		{ "bot_id", i->bot }, { "conversation_id", i->conversation },
		{ "actor_id", i->actor },
	};
	const char *is;
	size_t n;

	for (n = 0; n < sizeof fields / sizeof *fields; n++) {
		if (fields[n].want == NULL)
			continue;
		is = call_text(c, fields[n].name);
		if (is == NULL || strcmp(is, fields[n].want) != 0)
			return err_set(err, RH_EPERM, "body.%s: the question "
			    "is for another", fields[n].name);
	}
	return RH_OK;
}

static rh_status
check_answer(struct call *c, const struct interaction *i,
    enum interaction_status to, struct err *err)
{
	int node = json_member(&c->in, 0, "answer");
	struct json_doc d;
	struct schema *s;
	rh_status rc;

	if (i->schema == NULL || to != ASK_SUBMITTED)
		return RH_OK;
	if ((rc = json_parse(&c->arena, i->schema, strlen(i->schema), NULL,
	    &d, err)) != RH_OK ||
	    (rc = schema_compile(&c->arena, &d, 0, &s, err)) != RH_OK) {
		err_wrap(err, "the question's schema");
		return err->status = RH_EINTERNAL;
	}
	return schema_check(s, &c->in, node, "answer", err);
}

static rh_status
check_pending(const struct act *a, const struct interaction *i,
    struct err *err)
{
	if (i->status == ASK_PENDING && i->expires_us > a->now)
		return RH_OK;
	err_set(err, RH_ESTATE, "the question \"%s\" is %s already", i->id,
	    interaction_status_name(i->status == ASK_PENDING ? ASK_EXPIRED :
	    i->status));
	return err_hint(err, "interaction_get shows what became of it");
}

static enum interaction_status
status_asked(struct call *c)
{
	static const enum interaction_status may[] = { ASK_SUBMITTED,
		ASK_UNDELIVERED, ASK_CANCELLED };
	const char *status = call_text(c, "status");
	size_t i;

	for (i = 0; status != NULL && i < sizeof may / sizeof *may; i++) {
		if (strcmp(interaction_status_name(may[i]), status) == 0)
			return may[i];
	}
	return ASK_SUBMITTED;
}

/* The guard is in the statement: of two that answer one finds it pending. */
static rh_status
end_one(struct act *a, struct call *c, const struct run_live *l,
    const struct interaction_end *e, int64_t bytes, bool *done,
    struct err *err)
{
	static const char *const words[] = {
		[ASK_SUBMITTED] = "answered", [ASK_EXPIRED] = "expired",
		[ASK_CANCELLED] = "cancelled",
		[ASK_UNDELIVERED] = "delivery_failed",
	};
	struct event_new event;
	rh_status rc;

	if ((rc = store_interaction_end(a->db, e, done, err)) != RH_OK ||
	    !*done)
		return rc;
	interaction_event(c, words[e->status], e->id, e->by, a->now, &event);
	if ((rc = store_interaction_settle(a->db, e->run_no, -1, bytes,
	    err)) != RH_OK ||
	    (rc = interaction_note(a, l, &event, err)) != RH_OK)
		return rc;
	act_bytes(a, l->owner_no, bytes);
	act_effect(a, EFFECT_ANSWERED, e->run_no);
	return RH_OK;
}

static rh_status
answer(struct act *a, struct call *c, const struct interaction *was,
    struct interaction_end *e, struct err *err)
{
	struct interaction now = *was;
	int64_t bytes;
	bool done;
	rh_status rc;

	interaction_take(c, "answer", INTERACTION_JSON_MAX, &e->answer, err);
	e->reason = call_text(c, "status_reason");
	now.answer = e->answer;
	now.reason = e->reason;
	bytes = weight_interaction(&now) - weight_interaction(was);
	if (a->live == NULL)	/* its end has ended its questions */
		return err_set(err, RH_EINTERNAL, "a question of a run that "
		    "has ended is pending");
	if ((rc = act_bytes_check(a, a->live->owner_no, a->live->owner,
	    bytes, err)) != RH_OK ||
	    (rc = end_one(a, c, a->live, e, bytes, &done, err)) != RH_OK)
		return rc;
	return done ? RH_OK : err_set(err, RH_ESTATE, "the question \"%s\" "
	    "isn't pending", e->id);
}

static rh_status
find(struct act *a, struct call *c, struct interaction *i, struct err *err)
{
	const char *id = call_text(c, "interaction_id");
	rh_status rc = store_interaction_find(a->db, a->run_no, id,
	    &c->arena, i, err);

	if (rc == RH_OK && i->status == ASK_NONE)
		return err_set(err, RH_ENOENT, "the run has asked no \"%s\"",
		    id);
	if (rc == RH_OK && !a->by_token &&
	    call_text(c, "callback_token") != NULL)
		return err_set(err, RH_EPERM, "the callback_token isn't that "
		    "of this question");
	return rc;
}

rh_status
interaction_answer(struct act *a, struct call *c, struct err *err)
{
	struct interaction i;
	struct interaction_end e = { .run_no = a->run_no,
		.by = c->caller.principal, .now_us = a->now };
	struct buf b = { 0 };
	struct json_out j;
	rh_status rc;

	if ((rc = find(a, c, &i, err)) != RH_OK)
		return rc;
	e.id = i.id;
	e.token = a->by_token ? i.token : NULL;
	e.status = status_asked(c);
	if ((rc = check_pending(a, &i, err)) != RH_OK ||
	    (rc = check_scope(c, &i, err)) != RH_OK ||
	    (rc = check_answer(c, &i, e.status, err)) != RH_OK ||
	    (rc = answer(a, c, &i, &e, err)) != RH_OK)
		return rc;
	interaction_detail(a, c, i.id, "pending",
	    interaction_status_name(e.status),
	    a->by_token ? "token" : "permission");
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "run_id", a->target);
	jw_m_text(&j, "interaction_id", i.id);
	jw_m_text(&j, "status", interaction_status_name(e.status));
	write_epoch(&j, "ended_at", a->now);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

/* Before the run's end: the events are its last ones. */
rh_status
interactions_cancel(struct act *a, struct call *c, struct run_live *l,
    struct err *err)
{
	const char *ids[INTERACTIONS_MAX];
	struct event_new events[INTERACTIONS_MAX];
	struct interaction_end e = { .run_no = l->run_no,
		.status = ASK_CANCELLED, .now_us = a->now,
		.reason = "the run ended" };
	size_t i, n;
	bool done;
	rh_status rc;

	if ((rc = store_interaction_pending(a->db, l->run_no, &c->arena, ids,
	    &n, err)) != RH_OK)
		return rc;
	for (i = 0; i < n; i++) {
		e.id = ids[i];
		if ((rc = store_interaction_end(a->db, &e, &done,
		    err)) != RH_OK)
			return rc;
		interaction_event(c, "cancelled", ids[i], NULL, a->now,
		    &events[i]);
		l->bytes += (int64_t)strlen(e.reason);
		act_bytes(a, l->owner_no, (int64_t)strlen(e.reason));
	}
	if ((rc = store_run_last_events(a->db, l, events, n, err)) != RH_OK)
		return rc;
	act_bytes(a, l->owner_no, weight_events(events, n));
	act_effect(a, EFFECT_EVENTS, l->run_no);
	act_effect(a, EFFECT_ANSWERED, l->run_no);
	return RH_OK;
}

static rh_status
expire_one(struct act *a, struct call *c, const struct interaction_ref *ref,
    struct err *err)
{
	struct interaction_end e = { .run_no = ref->run_no, .id = ref->id,
		.status = ASK_EXPIRED, .now_us = a->now };
	struct run_live l;
	bool done;
	rh_status rc;

	if ((rc = store_live_get(a->db, ref->run_no, &c->arena, &l,
	    err)) == RH_ESTATE)	/* it should have ended with its run */
		return store_interaction_end(a->db, &e, &done, err);
	if (rc != RH_OK ||
	    (rc = end_one(a, c, &l, &e, 0, &done, err)) != RH_OK || !done)
		return rc;
	act_target(a, c, id_run(&l.id, arena_alloc(&c->arena, ID_RUN_LEN)));
	interaction_detail(a, c, ref->id, "pending", "expired", NULL);
	return slice_record(a, c, "interaction_sweep", err);
}

rh_status
interactions_expire(struct act *a, struct call *c, bool *more,
    struct err *err)
{
	struct interaction_ref refs[SLICE];
	size_t i, n;
	rh_status rc;

	if ((rc = store_interaction_due(a->db, a->now, &c->arena, refs, SLICE,
	    &n, err)) != RH_OK)
		return rc;
	for (i = 0; i < n; i++) {
		if ((rc = expire_one(a, c, &refs[i], err)) != RH_OK)
			return rc;
	}
	*more |= n == SLICE;
	return RH_OK;
}
