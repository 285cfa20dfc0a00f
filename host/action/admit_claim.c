/*
 * Admission where a claim is asked for or used.  A claim's token is good for
 * one attempt of one run, held by one runtime, in the hands of the principal
 * that claimed it: what is stored is a hash of all of these.
 */
#include "action/admit.h"

#include "action/act.h"
#include "action/act_claim.h"
#include "store/store_runtime.h"

#include <string.h>

void
claim_hash(const struct call *c, const char *token, const char *runtime,
    int64_t run_no, int64_t fence, uint8_t out[HASH_LEN])
{
	struct hash h;

	hash_begin(&h, NULL, 0);
	hash_add_field(&h, token, strlen(token));
	hash_add_field(&h, c->caller.principal, strlen(c->caller.principal));
	hash_add_field(&h, runtime, strlen(runtime));
	hash_add_u64(&h, (uint64_t)run_no);
	hash_add_u64(&h, (uint64_t)fence);
	hash_end(&h, out);
}

/* Its owner acts for a runtime, and who might register it in his place. */
static bool
acts_for(const struct act *a, const struct call *c)
{
	struct scope scope = { .owner = a->runtime->owner, .runner = "" };
	struct verdict v;

	if (c->caller.chain_len == 0 &&
	    strcmp(a->runtime->owner, c->caller.principal) == 0)
		return true;
	authorize(a->policy, &c->caller, "runtime_register", &scope, a->now,
	    &v);
	return v.allow;
}

/*
 * Which runs it may take is asked run by run; here, whether there could be
 * any, and whether the runtime is the caller's to claim for.
 */
rh_status
admit_claim(struct act *a, struct call *c, struct err *err)
{
	struct verdict v = { .missing = c->caller.principal };
	const char *owner;
	rh_status rc;

	if ((rc = find_runtime(a, c, err)) != RH_OK)
		return rc;
	if (authorize_reach(a->policy, &c->caller, c->name, a->now,
	    &owner) == REACH_NONE)
		return refuse(c, &v, err);
	if (c->refusal != RH_OK)
		return RH_OK;
	if (a->runtime == NULL || !acts_for(a, c))
		return no_runtime(a->target, err);
	return RH_OK;
}

rh_status
not_held(const char *why, struct err *err)
{
	err_set(err, RH_ESTALE, "%s", why);
	return err_hint(err, "stop this attempt: what it writes is not taken");
}

rh_status
check_claim(struct act *a, struct call *c, const struct run_live *l,
    struct err *err)
{
	const char *token = call_text(c, "claim_token");
	const char *runtime = call_text(c, "runtime_id");
	uint8_t hash[HASH_LEN];

	if (token == NULL || runtime == NULL)
		return err_set(err, RH_EINPUT, "body: field \"%s\" is missing",
		    token == NULL ? "claim_token" : "runtime_id");
	if (!l->remote || strcmp(l->runtime, runtime) != 0)
		return not_held("no claim of this runtime holds the run", err);
	claim_hash(c, token, runtime, l->run_no, l->fence, hash);
	if (!hash_eq(hash, l->token)) {
		err_set(err, RH_EPERM, "the claim_token isn't that of the "
		    "run's present claim, made by this principal");
		return err_hint(err, "each claim has a token of its own; "
		    "it is good for the principal that claimed");
	}
	if (l->lease_us <= a->now)
		return not_held("the claim's lease has run out", err);
	return RH_OK;
}

/*
 * Whether the caller's right holds for everybody's such runs: what a run gives
 * its plugin is none of an admin's.
 */
static rh_status
reaches_all(struct act *a, struct call *c, bool *all, struct err *err)
{
	struct caller granted = c->caller;
	struct scope scope;
	struct verdict v;
	rh_status rc;

	granted.session = NULL;
	if ((rc = store_run_scope(a->db, a->run_no, &c->arena, &scope,
	    err)) != RH_OK || (rc = add_line(a, c, a->run_no, &scope,
	    err)) != RH_OK)
		return rc;
	scope.owner = "*";
	authorize(a->policy, &granted, c->name, &scope, a->now, &v);
	*all = v.allow;
	return RH_OK;
}

/*
 * Who has no claim writes by an admin's right, or as the attempt that it is by
 * its channel, or not at all.
 */
static rh_status
check_unclaimed(struct act *a, struct call *c, const struct run_live *l,
    struct err *err)
{
	bool held = l->state == RUN_CLAIMED || l->state == RUN_RUNNING, all;
	rh_status rc;

	if ((rc = reaches_all(a, c, &all, err)) != RH_OK)
		return rc;
	all = all || (held && is_attempt(c, l->run_no, l->fence));
	if (c->holders != NULL) {
		err_set(err, RH_EPERM, "\"%s\" is for who holds the run's "
		    "claim: \"runtime_id\" and \"claim_token\"", c->holders);
		return err_hint(err, "others append tool.call.started, "
		    "tool.call.completed and action.requested");
	}
	if (c->action->scope == SCOPE_HELD ||
	    c->action->scope == SCOPE_PULLED || (!all &&
	    (held || c->action->scope == SCOPE_ENDING))) {
		err_set(err, RH_EPERM, "\"%s\" requires the run's claim: "
		    "\"runtime_id\" and \"claim_token\"", c->name);
		return err_hint(err, "or a grant for everybody's runs");
	}
	return RH_OK;
}

rh_status
admit_held(struct act *a, struct call *c, struct err *err)
{
	struct run_live *l;
	bool claims = call_text(c, "claim_token") != NULL ||
	    call_text(c, "runtime_id") != NULL;
	rh_status rc;

	a->held = a->live = NULL;
	if ((rc = admit_target(a, c, err)) != RH_OK || c->refusal != RH_OK)
		return rc;
	l = arena_zalloc(&c->arena, sizeof *l);
	rc = store_live_get(a->db, a->run_no, &c->arena, l, err);
	if (rc == RH_ESTATE && c->action->scope == SCOPE_ENDING)
		return RH_OK;	/* the same end again says so */
	if (rc == RH_ESTATE)
		return not_held("the run has already ended", err);
	if (rc != RH_OK)
		return rc;
	a->live = l;
	if (!claims)
		return check_unclaimed(a, c, l, err);
	if ((rc = check_claim(a, c, l, err)) == RH_OK)
		a->held = l;
	return rc;
}

/* Whether the body names no other run than the one that the caller carries out. */
static rh_status
is_of_caller(struct act *a, struct call *c, bool *own, struct err *err)
{
	const char *text = call_text(c, "target_run_id");
	int64_t run_no = c->caller.run_no;
	struct id id;
	rh_status rc = RH_OK;

	if (text == NULL)
		text = call_text(c, "run_id");
	if (c->caller.kind == CALLER_PLUGIN && run_no != 0 && text != NULL) {
		run_no = 0;
		if (id_parse(str_of(text), &id))
			rc = store_run_find(a->db, &id, &run_no, &c->arena,
			    NULL, err);
	}
	*own = c->caller.kind == CALLER_PLUGIN && run_no != 0 &&
	    run_no == c->caller.run_no;
	return rc == RH_ENOENT ? RH_OK : rc;
}

/* What an attempt is told needs no grant: it is its own run. */
rh_status
admit_pulled(struct act *a, struct call *c, struct err *err)
{
	struct run_live *l;
	bool own = false;
	rh_status rc;

	if (c->refusal == RH_OK && (rc = is_of_caller(a, c, &own,
	    err)) != RH_OK)
		return rc;
	if (!own)
		return admit_held(a, c, err);
	l = arena_zalloc(&c->arena, sizeof *l);
	rc = store_live_get(a->db, c->caller.run_no, &c->arena, l, err);
	if (rc == RH_ESTATE || (rc == RH_OK && !is_attempt(c, l->run_no,
	    l->fence)))
		return not_held("the attempt has lost its run", err);
	if (rc != RH_OK)
		return rc;
	a->run_no = l->run_no;
	a->live = a->held = l;
	a->target = id_run(&l->id, arena_alloc(&c->arena, ID_RUN_LEN));
	return RH_OK;
}
