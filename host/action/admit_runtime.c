/*
 * Admission where the target is a runtime: who may act for it.
 */
#include "action/admit.h"

#include "action/act.h"
#include "store/store_runtime.h"

rh_status
no_runtime(const char *id, struct err *err)
{
	err_set(err, RH_ENOENT, "no runtime \"%s\"", id);
	return err_hint(err, "it registers with runtime_register");
}

rh_status
find_runtime(struct act *a, struct call *c, struct err *err)
{
	const char *id = call_text(c, "runtime_id");
	struct runtime_row *r;
	rh_status rc;

	a->runtime = NULL;
	/* Wrong bodies are for prepare to complain of, after the right. */
	if (id == NULL || c->refusal != RH_OK)
		return RH_OK;
	a->target = id;
	r = arena_zalloc(&c->arena, sizeof *r);
	rc = store_runtime_find(a->db, id, &c->arena, r, err);
	if (rc == RH_OK && r->no != 0)
		a->runtime = r;
	return rc;
}

/*
 * A runtime belongs to its owner, and to nothing else: a grant within a
 * workspace or on a runner doesn't reach it.  Before it is registered it is
 * the caller's own.
 */
rh_status
admit_runtime(struct act *a, struct call *c, struct err *err)
{
	struct scope scope = { .owner = call_owner(c), .runner = "" };
	struct verdict v;
	rh_status rc;

	if ((rc = find_runtime(a, c, err)) != RH_OK)
		return rc;
	if (a->runtime != NULL)
		scope.owner = a->runtime->owner;
	authorize(a->policy, &c->caller, c->name, &scope, a->now, &v);
	if (!v.known)
		return refuse(c, &v, err);
	c->admin = v.admin;
	if (c->refusal != RH_OK || a->target == NULL)
		return RH_OK;
	if (c->action->scope == SCOPE_ENROL) {
		if (v.allow)
			return RH_OK;
		if (strcmp(scope.owner, call_owner(c)) == 0)
			return refuse(c, &v, err);
		return err_set(err, RH_EPERM, "runtime \"%s\" is registered "
		    "by somebody else: choose another id", a->target);
	}
	return a->runtime == NULL || !v.allow ?
	    no_runtime(a->target, err) : RH_OK;
}
