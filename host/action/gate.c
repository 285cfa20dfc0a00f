/*
 * Batches: one transaction, many calls.  A call that fails before its first
 * write harms nobody; one that fails after it voids the batch, unless it is
 * marked UNDO.
 */
#include "action/gate.h"

#include "action/act.h"
#include "action/admit.h"
#include "action/attempt.h"
#include "action/memory.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/mem.h"
#include "plugin/registry.h"
#include "store/db.h"
#include "store/store_misc.h"

#include <assert.h>
#include <stdlib.h>

#define CLAIMS_MAX	512	/* in one batch */

struct gate {
	struct db *db;
	const struct action_env *env;
	struct clock_ledger clock;
	struct rand_src *rand;
	struct id_src ids;
	int64_t	now;			/* of the batch */
	struct chain_head head, head_committed;
	struct policy *policy, *policy_committed;
	bool	policy_stale;		/* reload before the next decision */
	bool	tallied;		/* the batch wrote counts of the tally */
	bool	committing;
	struct memory memory;
	struct effects of_call;		/* of the call that is performed */
	struct effects effects;		/* of the calls before it */
};

rh_status
gate_open(struct db *db, const struct action_env *env,
    const struct clock *clock, struct rand_src *rand, struct gate **out,
    struct err *err)
{
	struct gate *g = mem_zalloc(sizeof *g);
	rh_status rc;

	g->db = db;
	g->env = env;
	g->rand = rand;
	STAILQ_INIT(&g->of_call);
	STAILQ_INIT(&g->effects);
	if ((rc = chain_load(db, &g->head, err)) != RH_OK ||
	    (rc = policy_load(db, &g->policy, err)) != RH_OK ||
	    (rc = memory_load(db, &g->memory, err)) != RH_OK) {
		gate_close(g);
		return rc;
	}
	g->head_committed = g->head;
	g->policy_committed = policy_ref(g->policy);
	/* Ids and times go on from what is on disk, whatever the clock says. */
	g->ids.last = g->head.op;
	clock_ledger_init(&g->clock, clock, g->head.at_us);
	*out = g;
	return RH_OK;
}

void
gate_close(struct gate *g)
{
	if (g == NULL)
		return;
	effects_clear(&g->of_call);
	effects_clear(&g->effects);
	policy_unref(g->policy);
	policy_unref(g->policy_committed);
	memory_fini(&g->memory);
	free(g);
}

void
gate_new_chain(struct gate *g)
{
	g->head.chain++;
	g->head_committed.chain++;
}

int64_t
gate_now(struct gate *g)
{
	return clock_ledger_now(&g->clock);
}

struct policy *
gate_policy(struct gate *g)
{
	return policy_ref(g->policy_committed);
}

const struct chain_head *
gate_head(const struct gate *g)
{
	return &g->head_committed;
}

rh_status
gate_begin(struct gate *g, struct err *err)
{
	g->now = gate_now(g);
	g->committing = false;
	return db_begin(g->db, err);
}

/* Policy changes hold for the next call of the same batch. */
static rh_status
refresh_policy(struct gate *g, struct err *err)
{
	struct policy *p;
	rh_status rc;

	if (!g->policy_stale)
		return RH_OK;
	if ((rc = policy_load(g->db, &p, err)) != RH_OK)
		return rc;
	policy_unref(g->policy);
	g->policy = p;
	g->policy_stale = false;
	return RH_OK;
}

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
	return c->action == NULL || c->action->audit == AUDIT_ALWAYS;
}

/* A stored reply for this key, or none; other bodies are refused. */
static rh_status
find_replay(struct act *a, struct call *c, bool *found, struct err *err)
{
	struct idem_row r;
	rh_status rc;

	*found = false;
	if (c->key == NULL)
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
		return err_set(err, RH_ECONFLICT, "the first request with "
		    "idempotency key \"%s\" is still running", c->key);
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
		.action = c->name, .op = a->op, .run_no = a->run_no,
		.expires_us = a->now + a->env->idem_us,
	};

	memcpy(r.digest, c->key_digest, sizeof r.digest);
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

	if ((rc = find_replay(a, c, &found, err)) != RH_OK || found)
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
	int64_t changes;
	rh_status rc;

	if ((rc = refused_by_prepare(c, err)) != RH_OK)
		return rc;
	if (undo && (rc = db_savepoint(a->db, err)) != RH_OK) {
		*fatal = true;
		return rc;
	}
	changes = db_changes_total(a->db);
	rc = apply(a, c, err);
	if (rc == RH_OK && always_recorded(c) && !a->unrecorded)
		rc = record(a, c, c->action == NULL && !c->replayed ?
		    AUDIT_INTENT : AUDIT_ALLOW, err);
	if (!db_in_transaction(a->db)) {
		*fatal = true;
		return rc;
	}
	if (undo) {
		if (rc != RH_OK)
			db_savepoint_rollback(a->db);
		else
			*fatal = db_savepoint_release(a->db, err) != RH_OK;
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
	if ((rc = refresh_policy(g, &err)) != RH_OK)
		goto void_batch;
	a.policy = g->policy;
	if ((rc = admit(&a, c, &err)) != RH_OK)
		refused = is_refusal(rc);
	else
		rc = perform(&a, c, &err, &fatal);
	if (fatal || !db_in_transaction(g->db))
		goto void_batch;
	if (rc == RH_OK) {
		STAILQ_CONCAT(&g->effects, &g->of_call);
		return true;
	}
	/* What an undone call wrote into memory goes with it. */
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

/* One run for one slot; *got is false when nothing waits. */
static rh_status
claim_one(struct gate *g, struct slot *s, bool *got, struct err *err)
{
	struct run_claim how = {
		.plugin = s->plugin, .runtime = "local", .inproc = s->inproc,
		.now_us = g->now, .lease_us = g->now + g->env->lease_us,
	};
	struct act a = {
		.db = g->db, .env = g->env, .policy = g->policy,
		.now = g->now, .gate = g,
		.op = id_next(&g->ids, g->now, g->rand),
	};
	struct effect *e = effect_add(&g->effects, EFFECT_START, 0);
	struct audit_row r;
	char id[ID_RUN_LEN];
	rh_status rc;

	e->claimed = arena_zalloc(&e->arena, sizeof *e->claimed);
	rc = store_run_claim(g->db, &how, &e->arena, e->claimed, err);
	*got = rc == RH_OK && e->claimed->row.run_no != 0;
	if (!*got) {
		STAILQ_REMOVE(&g->effects, e, effect, link);
		effect_free(e);
		return rc;
	}
	e->run_no = e->claimed->row.run_no;
	e->fence = e->claimed->row.fence;
	e->plugin = arena_strdup(&e->arena, s->plugin);
	e->inproc = s->inproc;
	r = (struct audit_row){
		.at_us = a.now, .op = a.op, .principal = "runtime:local",
		.action = "run_claim", .permission = "run_claim",
		.decision = AUDIT_ALLOW,
		.target = id_run(&e->claimed->row.id, id),
		.detail = arena_printf(&e->arena, "{\"attempt\":%d,"
		    "\"fence\":%lld%s}", e->claimed->row.attempts,
		    (long long)e->fence,
		    s->inproc ? ",\"mode\":\"inproc\"" : ""),
	};
	return chain_append(g->db, &g->head, &r, err);
}

bool
gate_claims(struct gate *g, struct err *err)
{
	struct slot *s;
	size_t i, n = 0;
	bool got;

	for (i = 0; i < g->memory.slot_count; i++) {
		s = &g->memory.slots[i];
		while (s->free > 0 && s->queued && n < CLAIMS_MAX) {
			if (claim_one(g, s, &got, err) != RH_OK)
				return false;
			s->queued = got;
			s->free -= got;
			n += got;
		}
	}
	return true;
}

rh_status
gate_commit(struct gate *g, struct effects *out, struct err *err)
{
	rh_status rc;

	if ((rc = memory_flush(&g->memory, g->db, err)) != RH_OK ||
	    (rc = refresh_policy(g, err)) != RH_OK)
		return rc;
	g->committing = true;
	FAULT("batch.before_commit");
	if ((rc = db_commit(g->db, err)) != RH_OK)
		return rc;
	FAULT("batch.after_commit");
	g->head_committed = g->head;
	if (g->policy != g->policy_committed) {
		policy_unref(g->policy_committed);
		g->policy_committed = policy_ref(g->policy);
	}
	memory_commit(&g->memory);
	if (g->tallied)
		tally_settle(g->env->tally, true);
	g->tallied = false;
	STAILQ_CONCAT(out, &g->effects);
	return RH_OK;
}

bool
gate_committing(const struct gate *g)
{
	return g->committing;
}

void
gate_rollback(struct gate *g)
{
	db_rollback(g->db);
	g->head = g->head_committed;
	g->policy_stale = false;
	if (g->policy != g->policy_committed) {
		policy_unref(g->policy);
		g->policy = policy_ref(g->policy_committed);
	}
	memory_rollback(&g->memory);
	if (g->tallied)
		tally_settle(g->env->tally, false);
	g->tallied = false;
	effects_clear(&g->of_call);
	effects_clear(&g->effects);
}

rh_status
gate_check(struct gate *g, struct err *err)
{
	struct chain_head head;
	struct policy *p;
	bool same;
	rh_status rc;

	if ((rc = chain_load(g->db, &head, err)) != RH_OK)
		return rc;
	if (head.seq != g->head.seq || !hash_eq(head.hash, g->head.hash) ||
	    head.chain != g->head.chain)
		return err_set(err, RH_EINTERNAL, "the chain ends at row %lld,"
		    " memory says %lld", (long long)head.seq,
		    (long long)g->head.seq);
	if ((rc = policy_load(g->db, &p, err)) != RH_OK)
		return rc;
	same = policy_same(p, g->policy) &&
	    policy_same(p, g->policy_committed);
	policy_unref(p);
	if (!same)
		return err_set(err, RH_EINTERNAL, "the policy isn't that of "
		    "the tables");
	return memory_check(&g->memory, g->db, err);
}

struct effect *
act_effect(struct act *a, enum effect_kind kind, int64_t run_no)
{
	return effect_add(&a->gate->of_call, kind, run_no);
}

void
act_count(struct act *a, int64_t scope_no, int state, int64_t n)
{
	memory_count(&a->gate->memory, scope_no, state, n);
}

void
act_policy_changed(struct act *a)
{
	a->gate->policy_stale = true;
	act_effect(a, EFFECT_POLICY, 0);
}

void
act_queued(struct act *a, const char *plugin)
{
	struct effect *e = act_effect(a, EFFECT_QUEUED, 0);

	e->plugin = arena_strdup(&e->arena, plugin);
	memory_slot(&a->gate->memory, plugin)->queued = true;
}

void
act_offer(struct act *a, const char *plugin, int n, bool inproc)
{
	struct slot *s = memory_slot(&a->gate->memory, plugin);

	s->free += n;
	if (s->free < 0)
		s->free = 0;
	s->inproc = inproc;
}

void
act_live(struct act *a, const char *owner, int n)
{
	struct owner *o = memory_owner(&a->gate->memory, owner);

	o->live += n;
	memory_touch(&a->gate->memory, o);
}

int64_t
act_live_count(struct act *a, const char *owner)
{
	return memory_owner(&a->gate->memory, owner)->live;
}

struct id
act_id(struct act *a)
{
	return id_next(&a->gate->ids, a->now, a->gate->rand);
}

void
act_rand(struct act *a, void *p, size_t len)
{
	rand_bytes(a->gate->rand, p, len);
}

/* A count of the tally becomes a row. */
static rh_status
tally_row(const struct tally_key *k, int64_t count, int64_t since, void *arg)
{
	struct act *a = arg;
	struct buf b = { 0 };
	struct json_out j;
	struct audit_row r = {
		.at_us = a->now, .op = act_id(a), .principal = k->principal,
		.action = k->action, .permission = k->action,
		.decision = k->read ? AUDIT_ALLOW : AUDIT_DENY,
		.target = k->target[0] != '\0' ? k->target : NULL,
	};
	struct err err;
	rh_status rc;

	jw_init(&j, &b);
	jw_object(&j);
	jw_m_i64(&j, "count", count);
	jw_m_time(&j, "since", since);
	if (!k->read)
		jw_m_text(&j, "reason_code", err_reason(k->status)->code);
	if (k->source[0] != '\0')
		jw_m_text(&j, "source", k->source);
	jw_end_object(&j);
	r.detail = b.p;
	rc = chain_append(a->db, &a->gate->head, &r, &err);
	buf_fini(&b);
	return rc;
}

rh_status
audit_flush(struct act *a, struct call *c, struct err *err)
{
	const struct flush_args *args = c->args;

	a->gate->tallied = true;
	if (tally_flush(a->env->tally, a->now, args->all, tally_row, a) != RH_OK)
		return err_set(err, RH_EIO, "counted refusals");
	return RH_OK;
}
