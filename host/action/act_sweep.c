/*
 * Ending runs from outside: cancel, deadlines, lost leases, the recovery at
 * start, retention.  Sweeps take bounded slices; what they leave comes next.
 */
#include "action/act.h"

#include "action/admit.h"
#include "action/attempt.h"
#include "base/fault.h"
#include "base/log.h"
#include "run/outcome.h"
#include "store/db.h"
#include "store/store_auth.h"
#include "store/store_misc.h"
#include "store/store_owner.h"
#include "store/store_scope.h"
#include "store/store_weight.h"

#include <stdio.h>

/* A transaction's share: what is due, expired runs, their events. */
#define SLICE		100
#define REMOVE_RUNS	50
#define PURGE_EVENTS	500
#define COUNT_MAX	10000
#define EARLY_MAX	1000	/* cancels before their runs, of a principal */
#define EARLY_KEY_MAX	255	/* bytes; no longer key makes a run */
#define PUT_OFF_US	(60 * US_PER_S)
#define REASON_MAX	1024
/* How long lists show tokens and grants that have ended. */
#define ENDED_KEPT_US	(INT64_C(7) * 86400 * US_PER_S)

static rh_status
cancel_now(struct act *a, struct call *c, struct run_live *l,
    const char *reason, struct err *err)
{
	struct decision d = { .state = RUN_CANCELLED };

	d.end.reason = reason != NULL ? reason : "cancel requested";
	return run_settle(a, c, l, &d, err);
}

/* A held run is asked to stop; the attempt is told after COMMIT. */
static rh_status
cancel_later(struct act *a, struct call *c, struct run_live *l,
    const char *reason, struct err *err)
{
	int64_t due = a->now + a->env->cancel_grace_us + US_PER_S;
	struct buf b = { 0 };
	struct json_out j;
	struct effect *e;
	rh_status rc;

	if ((rc = store_run_cancel(a->db, l->run_no, reason, a->now, due,
	    err)) != RH_OK)
		return rc;
	e = act_effect(a, EFFECT_CANCEL, l->run_no);
	e->fence = l->fence;
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "from", run_state_name(l->state));
	jw_m_bool(&j, "requested", true);
	if (reason != NULL)
		jw_m_text(&j, "status_reason", reason);
	jw_end_object(&j);
	act_detail(a, c, &b);
	return RH_OK;
}

rh_status
run_cancel_made(struct act *a, struct call *c, const char *reason,
    struct err *err)
{
	struct run_live l;
	rh_status rc;

	if ((rc = store_live_get(a->db, a->run_no, &c->arena, &l,
	    err)) != RH_OK)
		return rc;
	return cancel_now(a, c, &l, reason, err);
}

/* The run isn't there yet: its key will be asked for when it comes. */
static rh_status
cancel_early(struct act *a, struct call *c, const char *reason,
    struct err *err)
{
	int64_t n;
	rh_status rc;

	if ((rc = store_early_cancel_count(a->db, c->caller.principal,
	    call_text(c, "idempotency_key"), &n, err)) != RH_OK)
		return rc;
	if (n >= EARLY_MAX)
		return err_set(err, RH_ERATE, "\"%s\" has %lld cancels of "
		    "runs that never came, the limit is %d",
		    c->caller.principal, (long long)n, EARLY_MAX);
	a->target = NULL;
	a->detail = "{\"remembered\":true}";
	return store_early_cancel_add(a->db, c->caller.principal,
	    call_text(c, "idempotency_key"), reason,
	    a->now + a->env->idem_us, err);
}

rh_status
run_cancel_prepare(struct call *c, struct registry *reg, struct err *err)
{
	bool id = json_member(&c->in, 0, "run_id") >= 0 ||
	    json_member(&c->in, 0, "target_run_id") >= 0;
	bool key = json_member(&c->in, 0, "idempotency_key") >= 0;
	const char *reason, *of;

	(void)reg;
	if (id && key)
		return err_set(err, RH_EINPUT, "body: \"run_id\" and "
		    "\"idempotency_key\" both name a run: give one of them");
	if (!id && !key)
		return err_set(err, RH_EINPUT, "body: one of \"run_id\" and "
		    "\"idempotency_key\" must be there");
	if (json_opt_str(&c->in, 0, "idempotency_key", EARLY_KEY_MAX,
	    &c->arena, &of, err) != RH_OK)
		return err->status;
	if (json_opt_str(&c->in, 0, "reason", REASON_MAX, &c->arena, &reason,
	    err) != RH_OK)
		return err->status;
	return json_opt_str(&c->in, 0, "status_reason", REASON_MAX, &c->arena,
	    &reason, err);
}

rh_status
run_cancel(struct act *a, struct call *c, struct err *err)
{
	struct run_cancelled *out = arena_zalloc(&c->arena, sizeof *out);
	const char *reason = call_text(c, "reason");
	char id[ID_RUN_LEN];
	struct run_live l;
	rh_status rc;

	if (reason == NULL)
		reason = call_text(c, "status_reason");
	if (a->run_no == 0)
		return cancel_early(a, c, reason, err);
	c->result = out;
	rc = store_live_get(a->db, a->run_no, &c->arena, &l, err);
	if (rc == RH_ESTATE) {
		out->already_terminal = true;
		a->detail = "{\"already_terminal\":true}";
	} else if (rc != RH_OK) {
		return rc;
	} else {
		rc = l.state == RUN_CLAIMED || l.state == RUN_RUNNING ?
		    cancel_later(a, c, &l, reason, err) :
		    cancel_now(a, c, &l, reason, err);
		if (rc != RH_OK)
			return rc;
	}
	if ((rc = store_run_get(a->db, a->run_no, &c->arena, &out->row,
	    err)) != RH_OK)
		return rc;
	act_target(a, c, id_run(&out->row.id, id));
	return RH_OK;
}

void
run_cancel_render(const struct call *c, struct buf *b)
{
	const struct run_cancelled *r = c->result;
	struct json_out j;

	if (r == NULL) {
		buf_adds(b, "{\"run_id\":null,\"remembered\":true}");
		return;
	}
	jw_init(&j, b);
	jw_object(&j);
	write_run(&j, &r->row);
	jw_m_bool(&j, "already_terminal", r->already_terminal);
	jw_m_bool(&j, "cancel_requested", r->row.cancel_us != 0);
	jw_end_object(&j);
}

/* One run's row in the audit log, as the sweep's doing. */
static rh_status
record_swept(struct act *a, struct call *c, const char *action,
    struct err *err)
{
	struct audit_row row;

	record_fill(a, c, AUDIT_ALLOW, &row);
	row.action = row.permission = action;
	return act_record(a, c, &row, err);
}

static void
fence(struct act *a, const struct run_live *l)
{
	struct effect *e = act_effect(a, EFFECT_FENCED, l->run_no);

	e->fence = l->fence;
}

/* What a run whose time has come needs; false: nothing after all. */
static bool
decide_due(struct act *a, const struct run_live *l, struct decision *d)
{
	bool held = l->state == RUN_CLAIMED || l->state == RUN_RUNNING;

	if (l->deadline_us != 0 && l->deadline_us <= a->now) {
		d->state = l->cancel_us != 0 ? RUN_CANCELLED : RUN_TIMEOUT;
		d->end.reason = d->end.error = "the deadline has passed";
		return true;
	}
	if (!held)
		return false;
	if (l->cancel_us != 0 &&
	    l->cancel_us + a->env->cancel_grace_us <= a->now) {
		d->state = RUN_CANCELLED;
		d->end.reason = l->cancel_reason != NULL ?
		    l->cancel_reason : "cancel requested";
		return true;
	}
	if (l->lease_us > a->now)
		return false;
	decide_loss(l, l->state == RUN_RUNNING, "lease lost", d);
	return true;
}

void
log_skipped(const char *what, const struct skipped *s)
{
	char no[24];

	for (; s != NULL; s = s->next) {
		snprintf(no, sizeof no, "%lld", (long long)s->run_no);
		log_event(LOG_ERROR, what, "run", s->run, "run_no",
		    s->run_no != 0 ? no : NULL, "op", s->op, "error",
		    s->error, NULL);
	}
}

/* Whether an error is about the disk or the connection, not about a run. */
static bool
is_of_all(rh_status rc)
{
	return rc == RH_EIO || rc == RH_EFULL || rc == RH_EUNAVAIL;
}

/*
 * One run by itself: when something is wrong with it, the others go on.  It
 * is left as it is, and not looked at again before its time.
 */
static rh_status
each_apart(struct act *a, struct call *c, int64_t run_no,
    rh_status (*one)(struct act *, struct call *, int64_t, struct err *),
    int64_t again, struct skipped **list, struct err *err)
{
	struct skipped *s;
	struct run_row row;
	char id[ID_RUN_LEN];
	rh_status rc;

	rc = act_apart(a, c, run_no, one, err);
	if (rc == RH_OK || is_of_all(rc))
		return rc;
	s = arena_zalloc(&c->arena, sizeof *s);
	/* What can't be settled may still say who it is. */
	if (store_run_get(a->db, run_no, &c->arena, &row, NULL) == RH_OK)
		s->run = arena_strdup(&c->arena, id_run(&row.id, id));
	s->next = *list;
	s->run_no = run_no;
	s->error = arena_strdup(&c->arena, err->msg);
	*list = s;
	return store_run_put_off(a->db, run_no, again, err);
}

static rh_status
sweep_one(struct act *a, struct call *c, int64_t run_no, struct err *err)
{
	struct run_live l;
	struct decision d = { 0 };
	rh_status rc;

	if ((rc = store_live_get(a->db, run_no, &c->arena, &l, err)) != RH_OK)
		return rc;
	if (!decide_due(a, &l, &d))
		return RH_OK;
	if (l.fence != 0)
		fence(a, &l);
	if ((rc = run_settle(a, c, &l, &d, err)) != RH_OK)
		return rc;
	return record_swept(a, c, "run_sweep", err);
}

/* The run with all that hangs on it; its scope, when it was the last of it. */
static rh_status
remove_one(struct act *a, struct call *c, int64_t run_no, struct err *err)
{
	struct run_row row;
	int64_t bytes;
	rh_status rc;

	if ((rc = store_run_get(a->db, run_no, &c->arena, &row,
	    err)) != RH_OK ||
	    (rc = store_weight_run(a->db, run_no, &bytes, err)) != RH_OK ||
	    (rc = store_run_delete(a->db, run_no, err)) != RH_OK ||
	    (rc = store_scope_drop(a->db, row.scope_no, err)) != RH_OK)
		return rc;
	act_count(a, &(struct run_tally){ .owner_no = row.owner_no,
	    .plugin = row.plugin, .runner_id = row.scope.runner,
	    .state = row.state, .n = -1 });
	act_bytes(a, row.owner_no, -bytes);
	return RH_OK;
}

/*
 * Expired runs go at once for whoever asks, their events in slices behind
 * them: 100,000 events in one transaction would hold up all other writers.
 */
static rh_status
remove_expired(struct act *a, struct call *c, int64_t *removed,
    struct sweep_args *args, struct err *err)
{
	int64_t nos[REMOVE_RUNS];
	const struct skipped *before;
	size_t i, n;
	rh_status rc;

	*removed = 0;
	if ((rc = store_run_expired(a->db, a->now, nos, REMOVE_RUNS, &n,
	    err)) != RH_OK)
		return rc;
	for (i = 0; i < n; i++) {
		before = args->skipped;
		if ((rc = each_apart(a, c, nos[i], remove_one,
		    a->now + PUT_OFF_US, &args->skipped, err)) != RH_OK)
			return rc;
		*removed += args->skipped == before;
	}
	rc = store_run_purge(a->db, PURGE_EVENTS, &args->more, err);
	args->more |= n == REMOVE_RUNS;
	return rc;
}

/*
 * When nobody swept for long, nobody could renew either: the host stood
 * still, or the clock jumped.  Every lease that was good gets a full period.
 */
static rh_status
forgive_silence(struct act *a, struct err *err)
{
	int64_t silent = act_silence(a), lease = a->env->lease_us;

	if (silent <= lease / 2)
		return RH_OK;
	return store_run_extend(a->db, a->now - silent, a->now + lease, err);
}

/* A snapshot may still have what expired since it was made. */
static rh_status
forget_rights(struct act *a, struct err *err)
{
	int64_t removed;
	rh_status rc = store_auth_expire(a->db, a->now - ENDED_KEPT_US, SLICE,
	    &removed, err);

	if (rc == RH_OK && removed > 0)
		act_policy_changed(a);
	return rc;
}

/*
 * Keys and rights whose time is over.  No row says when they went, and the
 * clock of the next start may not be behind it: they would be missed.
 */
static rh_status
forget_expired(struct act *a, struct err *err)
{
	int64_t changes = db_changes_total(a->db);
	rh_status rc;

	if ((rc = store_idem_expire(a->db, a->now, SLICE, err)) != RH_OK ||
	    (rc = forget_rights(a, err)) != RH_OK ||
	    db_changes_total(a->db) == changes)
		return rc;
	return store_meta_set_i64(a->db, FACT_CLOCK, a->now, err);
}

rh_status
sweep(struct act *a, struct call *c, struct err *err)
{
	struct sweep_args *args = c->args;
	int64_t nos[SLICE], removed;
	size_t i, n;
	rh_status rc;

	*args = (struct sweep_args){ 0 };
	if ((rc = forgive_silence(a, err)) != RH_OK ||
	    (rc = store_run_due(a->db, a->now, nos, SLICE, &n,
	    err)) != RH_OK)
		return rc;
	for (i = 0; i < n; i++) {
		if ((rc = each_apart(a, c, nos[i], sweep_one,
		    a->now + PUT_OFF_US, &args->skipped, err)) != RH_OK)
			return rc;
	}
	if ((rc = forget_expired(a, err)) != RH_OK ||
	    (rc = remove_expired(a, c, &removed, args, err)) != RH_OK)
		return rc;
	act_swept(a);	/* one that failed was none */
	args->more |= n == SLICE;
	if (removed == 0)
		return RH_OK;
	a->target = NULL;
	a->detail = arena_printf(&c->arena, "{\"removed\":%lld}",
	    (long long)removed);
	return record_swept(a, c, "run_cleanup", err);
}

rh_status
run_cleanup(struct act *a, struct call *c, struct err *err)
{
	struct buf b = { 0 };
	struct json_out j;
	struct sweep_args rest = { 0 };
	bool dry = false;
	int64_t over, removed = 0;
	rh_status rc;

	if ((rc = json_opt_bool(&c->in, 0, "dry_run", &dry, err)) != RH_OK ||
	    (rc = store_run_expired_count(a->db, a->now, COUNT_MAX, &over,
	    err)) != RH_OK)
		return rc;
	if (!dry && (rc = remove_expired(a, c, &removed, &rest,
	    err)) != RH_OK)
		return rc;
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_i64(&j, "removed", dry ? over : removed);
	/* A slice at a time; the sweep takes the rest within seconds. */
	jw_m_i64(&j, "remaining", dry ? over : over - removed);
	jw_m_bool(&j, "dry_run", dry);
	jw_end_object(&j);
	a->detail = arena_strdup(&c->arena, b.p);
	act_reply(c, &b);
	return RH_OK;
}

/*
 * At start: attempts of the former host process.  One that never started
 * goes back; one that did is repeated only if its runner says that this is
 * harmless, because nobody can say whether its process is gone.  What may be
 * repeated may have begun without its start being written; inside the host
 * it may be why the host ended, so there it counts.
 */
static rh_status
recover_one(struct act *a, struct call *c, int64_t run_no, struct err *err)
{
	struct run_live l;
	struct decision d = { 0 };
	bool started;
	rh_status rc;

	if ((rc = store_live_get(a->db, run_no, &c->arena, &l, err)) != RH_OK)
		return rc;
	started = l.state == RUN_RUNNING || (l.inproc && l.idempotent);
	decide_loss(&l, started, "host_lost", &d);
	if (d.state == RUN_QUEUED && l.state == RUN_RUNNING &&
	    !l.idempotent) {
		d = (struct decision){ .state = RUN_FAILED };
		d.end.reason = d.end.error = "host_lost: the host ended in "
		    "the middle of the run, which may not be repeated";
	}
	if ((rc = run_settle(a, c, &l, &d, err)) != RH_OK)
		return rc;
	return record_swept(a, c, "run_recover", err);
}

static rh_status
settle_intent(struct act *a, struct call *c, int64_t nth, struct err *err)
{
	const struct intent_row *r = (struct intent_row *)c->result + nth;
	struct audit_row row;
	char id[ID_HEX_LEN];
	bool was_there;
	rh_status rc;

	if ((rc = store_intent_remove(a->db, &r->op, &was_there,
	    err)) != RH_OK)
		return rc;
	a->target = NULL;
	a->detail = arena_printf(&c->arena, "{\"intent\":\"%s\","
	    "\"reason_code\":\"%s\",\"error\":\"the host ended "
	    "before the action did\"}", id_hex(&r->op, id),
	    err_reason(RH_EUNKNOWN)->code);
	record_fill(a, c, AUDIT_OUTCOME, &row);
	row.principal = r->principal;
	row.action = row.permission = r->action;
	return act_record(a, c, &row, err);
}

/*
 * Plugins' actions that a former host began: what became of them isn't
 * known, and they are never begun again.  One that can't be settled waits
 * for the next start.
 */
static rh_status
settle_intents(struct act *a, struct call *c, struct err *err)
{
	struct recover_args *args = c->args;
	struct intent_row *rows;
	struct skipped *s;
	char id[ID_HEX_LEN];
	size_t i, n;
	rh_status rc;

	if ((rc = store_intent_list(a->db, &args->after.intent, &c->arena,
	    SLICE, &rows, &n, err)) != RH_OK)
		return rc;
	c->result = rows;
	for (i = 0; i < n; i++) {
		rc = act_apart(a, c, (int64_t)i, settle_intent, err);
		if (is_of_all(rc))
			return rc;
		if (rc == RH_OK)
			continue;
		s = arena_zalloc(&c->arena, sizeof *s);
		*s = (struct skipped){ .next = args->skipped,
		    .op = arena_strdup(&c->arena, id_hex(&rows[i].op, id)),
		    .error = arena_strdup(&c->arena, err->msg) };
		args->skipped = s;
	}
	if (n > 0)
		args->reached.intent = rows[n - 1].op;
	args->more |= n == SLICE;
	return RH_OK;
}

rh_status
recover(struct act *a, struct call *c, struct err *err)
{
	struct recover_args *args = c->args;
	int64_t nos[SLICE];
	size_t i, n;
	rh_status rc;

	args->skipped = NULL;
	args->reached = args->after;
	if ((rc = store_run_held(a->db, args->after.run_no, nos, SLICE, &n,
	    err)) != RH_OK)
		return rc;
	for (i = 0; i < n; i++) {
		/* No sweep may repeat it: the next start decides again. */
		if ((rc = each_apart(a, c, nos[i], recover_one, INT64_MAX,
		    &args->skipped, err)) != RH_OK)
			return rc;
	}
	if (n > 0)
		args->reached.run_no = nos[n - 1];
	args->more = n == SLICE;
	return settle_intents(a, c, err);
}
