/*
 * One call in the batch.  A call that fails before its first write harms
 * nobody; one that fails after it voids the batch, unless it is marked UNDO.
 */
#include "action/gate_impl.h"

#include "action/act.h"
#include "action/admit.h"
#include "auth/policy.h"
#include "store/db.h"
#include "store/store_misc.h"

rh_status
act_record(struct act *a, const struct call *c, struct audit_row *r,
    struct err *err)
{
	(void)c;
	return chain_append(a->db, &a->gate->head, r, err);
}

static rh_status
record(struct act *a, struct call *c, enum audit_decision d, struct err *err)
{
	struct audit_row r;

	record_fill(a, c, d, &r);
	return act_record(a, c, &r, err);
}

/*
 * A row for a refusal, unless the caller has had too many; a failure of an
 * action that is always recorded counts alike.
 */
static rh_status
record_refusal(struct act *a, struct call *c, enum audit_decision d,
    struct err *err)
{
	struct tally_key key = record_key(a, c, false);

	/* Once, though the call may be run again after a void batch. */
	if (c->noted == NOTED_NOT)
		c->noted = tally_note(a->env->tally, &key, a->now) ?
		    NOTED_ROW : NOTED_COUNTED;
	if (c->noted == NOTED_COUNTED)
		return RH_OK;
	record_failure(a, c);
	return record(a, c, d, err);
}

static bool
always_recorded(const struct call *c)
{
	return c->action == NULL || c->action->audit == AUDIT_ALWAYS ||
	    c->action->audit == AUDIT_RUNNER;
}

static bool
is_unrecorded(const struct act *a, const struct call *c)
{
	if (c->action != NULL && c->action->audit == AUDIT_RUNNER &&
	    a->live != NULL && !policy_audited(a->policy, a->live->runner_id))
		return true;
	return a->unrecorded;
}

/* The first request with this key was begun, and has no reply. */
static rh_status
no_reply(struct act *a, const struct call *c, const struct idem_row *r,
    struct err *err)
{
	bool running;
	rh_status rc;

	if ((rc = store_intent_find(a->db, &r->op, &running, err)) != RH_OK)
		return rc;
	if (running)
		return err_set(err, RH_ECONFLICT, "the first request with "
		    "idempotency key \"%s\" is still running", c->key);
	err_set(err, RH_EUNKNOWN, "the first request with idempotency key "
	    "\"%s\" failed, or the host ended before it did", c->key);
	return err_hint(err, "see what op_get says, then use a new key");
}

/* A stored reply for this key, or none; other bodies are refused. */
static rh_status
find_replay(struct act *a, struct call *c, bool *found, struct err *err)
{
	struct idem_row r;
	rh_status rc;

	*found = false;
	if (!c->keyed)
		return RH_OK;
	if ((rc = store_idem_find(a->db, c->caller.principal, c->key, a->now,
	    &c->arena, &r, found, err)) != RH_OK || !*found)
		return rc;
	if (!hash_eq(r.digest, c->key_digest)) {
		err_set(err, RH_EKEYREUSE, "idempotency key \"%s\" was used "
		    "with another action or body", c->key);
		return err_hint(err, "use a new key for a new request");
	}
	if (r.reply == NULL)
		return no_reply(a, c, &r, err);
	buf_clear(&c->reply);
	buf_adds(&c->reply, r.reply);
	c->replayed = true;
	a->detail = "{\"replayed\":true}";
	return RH_OK;
}

static rh_status
keep_reply(struct act *a, struct call *c, struct err *err)
{
	struct idem_row r = {
		.principal = c->caller.principal, .key = c->key,
		.action = c->name, .op = a->op,
		.expires_us = a->now + a->env->idem_us,
	};

	memcpy(r.digest, c->key_digest, sizeof r.digest);
	/* Of a run that it made: run_cancel finds it by this key. */
	if (c->action != NULL && c->action->scope == SCOPE_NEW)
		r.run_no = a->run_no;
	if (!c->deferred) {
		call_render(c);
		r.reply = c->reply.p;
	}
	return store_idem_insert(a->db, &r, err);
}

static rh_status
apply(struct act *a, struct call *c, struct err *err)
{
	bool found;
	rh_status rc;

	/* What was answered once is, whatever prepare finds missing by now. */
	if ((rc = find_replay(a, c, &found, err)) != RH_OK || found ||
	    (rc = refused_by_prepare(c, err)) != RH_OK)
		return rc;
	rc = c->action != NULL ? c->action->fn.apply(a, c, err) :
	    action_intent(a, c, err);
	if (rc == RH_OK && c->key != NULL)
		rc = keep_reply(a, c, err);
	return rc;
}

/* RH_OK, or why the call failed; *fatal when the batch must be given up. */
static rh_status
perform(struct act *a, struct call *c, struct err *err, bool *fatal)
{
	bool undo = c->action == NULL || (c->action->runs & UNDO) != 0;
	struct gate_mark mark;
	int64_t changes;
	rh_status rc;

	if (!c->keyed && (rc = refused_by_prepare(c, err)) != RH_OK)
		return rc;
	if (undo && (rc = gate_mark(a->gate, &mark, err)) != RH_OK) {
		*fatal = true;
		return rc;
	}
	changes = db_changes_total(a->db);
	rc = apply(a, c, err);
	if (rc == RH_OK && always_recorded(c) && !is_unrecorded(a, c))
		rc = record(a, c, c->action == NULL && !c->replayed ?
		    AUDIT_INTENT : AUDIT_ALLOW, err);
	if (!db_in_transaction(a->db)) {
		*fatal = true;
		return rc;
	}
	if (undo) {
		if (rc != RH_OK)
			gate_undo(a->gate, &mark);
		else
			*fatal = gate_keep(a->gate, err) != RH_OK;
		return rc;
	}
	*fatal = rc != RH_OK && db_changes_total(a->db) != changes;
	return rc;
}

/*
 * Starts a call over: it may be run again after a void batch, with a new op
 * id, because these rise with the rows of the audit log.
 */
static void
call_reset(struct gate *g, struct call *c)
{
	c->op = id_next(&g->ids, g->now, g->rand);
	c->status = RH_OK;
	c->result = NULL;
	c->deferred = false;
	c->idle = false;
	c->wait_run = 0;
	c->replayed = false;
	c->admin = false;
	buf_clear(&c->reply);
}

bool
gate_perform(struct gate *g, struct call *c)
{
	struct act a = {
		.db = g->db, .env = g->env, .now = g->now, .gate = g,
	};
	struct err err = { 0 };
	struct chain_head head = g->head;
	bool fatal = false, refused = false;
	rh_status rc;

	call_reset(g, c);
	a.op = c->op;
	if ((rc = gate_refresh_policy(g, &err)) != RH_OK)
		goto void_batch;
	a.policy = g->policy;
	if ((rc = admit(&a, c, &err)) != RH_OK) {
		refused = is_refusal(rc);
	} else {
		rc = perform(&a, c, &err, &fatal);
		/* What isn't there is refused, whoever found that out. */
		refused = always_recorded(c) && is_refusal(rc);
	}
	if (fatal || !db_in_transaction(g->db))
		goto void_batch;
	if (rc == RH_OK) {
		STAILQ_CONCAT(&g->effects, &g->of_call);
		return true;
	}
	/* It changed nothing, or that was undone. */
	g->head = head;
	effects_clear(&g->of_call);
	c->status = rc;
	c->err = err;
	if (!refused && !always_recorded(c))
		return true;
	if (record_refusal(&a, c, refused ? AUDIT_DENY : AUDIT_ERROR,
	    &err) == RH_OK)
		return true;
	rc = err.status;
void_batch:
	if (rc == RH_OK)
		rc = err_set(&err, RH_EIO, "the transaction was lost");
	c->status = rc;
	c->err = err;
	return false;
}
