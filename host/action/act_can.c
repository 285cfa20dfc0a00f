/*
 * Who and what a grant may name, and the question beforehand.  A mistyped
 * name is refused: it must not look as if something had been given.
 */
#include "action/act.h"

#include "auth/policy.h"
#include "plugin/registry.h"
#include "store/store_run.h"

rh_status
grantee_check(const char *s, struct err *err)
{
	if (principal_check(s) || strncmp(s, "plugin:", 7) == 0 ||
	    strncmp(s, "local:", 6) == 0 ||
	    (strncmp(s, "role:", 5) == 0 && permission_check(s, NULL) == RH_OK))
		return RH_OK;
	err_set(err, RH_EINPUT, "\"%s\" is no principal", s);
	return err_hint(err, "as user:alice, service:ci, runtime:gpu1, "
	    "plugin:mock or role:operator");
}

/* A role is built in, or exists because something was granted to it. */
static rh_status
role_known(const struct act *a, const char *permission, struct err *err)
{
	const struct role *r;
	size_t n;

	for (r = role_table; r->name != NULL; r++) {
		if (strcmp(r->name, permission + 5) == 0)
			return RH_OK;
	}
	policy_grants(a->policy, permission, &n);
	if (n > 0)
		return RH_OK;
	err_set(err, RH_EINPUT, "there is no role \"%s\"", permission + 5);
	return err_hint(err, "viewer, operator, admin, agent_run:admin, "
	    "runtime:admin, or one to which something was granted: runhost "
	    "grant add %s PERMISSION", permission);
}

static rh_status
action_known(const struct act *a, const char *name, struct err *err)
{
	const struct action *row = action_find(str_of(name));

	if ((row != NULL && row->who != PERM_INTERNAL) ||
	    registry_action(a->env->registry, str_of(name)) != NULL ||
	    strchr(name, '.') != NULL)	/* of a plugin that may yet come */
		return RH_OK;
	err_set(err, RH_EINPUT, "permission \"%s\": no action has this name",
	    name);
	return err_hint(err, "list them with: runhost action list");
}

rh_status
permission_known(const struct act *a, const char *permission,
    struct err *err)
{
	rh_status rc;

	if ((rc = permission_check(permission, err)) != RH_OK)
		return rc;
	if (strncmp(permission, "role:", 5) == 0)
		return role_known(a, permission, err);
	if (strpbrk(permission, "*:") != NULL ||
	    strcmp(permission, "host.inprocess") == 0)
		return RH_OK;
	return action_known(a, permission, err);
}

/* The scope of the run that is asked about; NULL when none is. */
static rh_status
find_target(struct act *a, struct call *c, struct scope *scope,
    const struct scope **out, struct err *err)
{
	struct id id;
	int64_t run_no;
	rh_status rc;

	*out = NULL;
	if (json_member(&c->in, 0, "run_id") < 0)
		return RH_OK;
	if ((rc = body_run_id(c, &id, &a->target, err)) != RH_OK)
		return rc;
	rc = store_run_find(a->db, &id, &run_no, err);
	if (rc == RH_ENOENT) {
		err_set(err, rc, "no run \"%s\"", a->target);
		return err_hint(err, "check the id with: runhost runs list");
	}
	*out = scope;
	return rc != RH_OK ? rc :
	    store_run_scope(a->db, run_no, &c->arena, scope, err);
}

static const char *
reason_of(const struct verdict *v, const char *principal,
    const char *permission, const struct scope *target, struct arena *arena)
{
	if (v->allow)
		return "granted";
	if (!v->known)
		return arena_printf(arena, "\"%s\" has no grant of \"%s\"",
		    principal, permission);
	return target != NULL ? "granted, but not for this run's scope" :
	    "granted, but only for runs of a scope";
}

/* The command that would change a no. */
static const char *
command_of(const char *principal, const char *permission,
    const struct scope *target, struct arena *arena)
{
	const char *quote = strchr(permission, '*') != NULL ? "'" : "";
	bool of_other = target != NULL &&
	    strcmp(target->owner, principal) != 0;

	return arena_printf(arena, "runhost grant add %s %s%s%s%s%s",
	    principal, quote, permission, quote,
	    of_other ? " --owner " : "", of_other ? target->owner : "");
}

/* Who can be asked about: a role by itself calls nothing. */
static rh_status
check_asked(const char *s, struct err *err)
{
	if (strncmp(s, "role:", 5) != 0)
		return grantee_check(s, err);
	err_set(err, RH_EINPUT, "\"%s\" is a role, not a principal", s);
	return err_hint(err, "ask about a principal that has it");
}

/* permission_check: would this principal be allowed? */
rh_status
can(struct act *a, struct call *c, struct err *err)
{
	struct caller who = {
		.kind = CALLER_TOKEN, .principal = call_text(c, "principal"),
	};
	const char *permission = call_text(c, "permission");
	const struct action *row = action_find(str_of(permission));
	const struct scope *target;
	struct scope scope;
	struct verdict v;
	struct buf b = { 0 };
	struct json_out j;
	rh_status rc;

	if ((rc = check_asked(who.principal, err)) != RH_OK ||
	    (rc = permission_known(a, permission, err)) != RH_OK ||
	    (rc = find_target(a, c, &scope, &target, err)) != RH_OK)
		return rc;
	authorize(a->policy, &who, permission, target, a->now, &v);
	if (row != NULL && row->who == PERM_ANYONE)
		v.allow = true;
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_bool(&j, "allowed", v.allow);
	jw_m_bool(&j, "admin", v.admin);
	jw_m_text(&j, "reason", reason_of(&v, who.principal, permission,
	    target, &c->arena));
	jw_m_text(&j, "grant_command", v.allow ? NULL :
	    command_of(who.principal, permission, target, &c->arena));
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}
