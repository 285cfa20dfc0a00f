/*
 * Reads: one snapshot on a reader's connection.  And what is decided before
 * there is any.
 */
#include "action/gate.h"

#include "action/action.h"
#include "action/admit.h"
#include "store/db.h"

bool
gate_admits(const struct action_env *env, struct policy *p, int64_t now,
    struct call *c)
{
	struct act a = { .env = env, .policy = p, .now = now };
	struct err err;

	return admit(&a, c, &err) == RH_OK &&
	    refused_by_prepare(c, &err) == RH_OK;
}

/* Whether it takes the ledger to say what the action is about. */
static bool
needs_ledger(const struct action *r)
{
	return r->scope != SCOPE_NONE && r->scope != SCOPE_LIST &&
	    r->scope != SCOPE_ALL && r->scope != SCOPE_NEW;
}

bool
gate_refuses(const struct action_env *env, struct policy *p, int64_t now,
    struct call *c)
{
	struct act a = { .env = env, .policy = p, .now = now };
	struct err err;
	rh_status rc;

	if (c->keyed || (c->action != NULL && needs_ledger(c->action)))
		return false;
	rc = admit(&a, c, &err);
	c->admin = false;
	if (!is_refusal(rc))
		return false;
	c->status = rc;
	c->err = err;
	return true;
}

void
gate_read(struct db *db, const struct action_env *env, struct policy *p,
    int64_t now, struct call *c)
{
	struct act a = { .db = db, .env = env, .policy = p, .now = now };
	struct err err = { 0 };
	rh_status rc;

	if ((rc = db_begin(db, &err)) == RH_OK) {
		if ((rc = admit(&a, c, &err)) == RH_OK &&
		    (rc = refused_by_prepare(c, &err)) == RH_OK)
			rc = c->action->fn.apply(&a, c, &err);
		db_rollback(db);
	}
	c->target = a.target;
	c->detail = a.detail;
	c->status = rc;
	if (rc != RH_OK)
		c->err = err;
}
