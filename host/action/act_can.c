/*
 * Who and what a grant may name, and the question beforehand.  A mistyped
 * name is refused: it must not look as if something had been given.
 */
#include "action/act.h"

#include "action/admit.h"
#include "auth/capability.h"
#include "auth/policy.h"
#include "plugin/form.h"
#include "plugin/registry.h"
#include "store/store_auth.h"
#include "store/store_run.h"

rh_status
grantee_check(const char *field, const char *s, struct err *err)
{
	const char *why;

	if (strncmp(s, "plugin:", 7) == 0) {
		if ((why = form_check(FORM_ID, str_of(s + 7))) == NULL)
			return RH_OK;
		return err_set(err, RH_EINPUT, "%s \"%s\" is no principal: a "
		    "plugin's id \"%s\" %s", field, s, s + 7, why);
	}
	if (principal_check(s) || strncmp(s, "local:", 6) == 0 ||
	    (strncmp(s, "role:", 5) == 0 && permission_check(s, NULL) == RH_OK))
		return RH_OK;
	err_set(err, RH_EINPUT, "%s \"%s\" is no principal", field, s);
	return err_hint(err, "as user:alice, service:ci, runtime:gpu1, "
	    "plugin:mock or role:operator");
}

/* A role is built in, or exists because something was granted to it. */
static rh_status
role_known(const struct act *a, const char *permission, struct err *err)
{
	const struct role *r;
	const struct grant_row *g;
	size_t n;

	for (r = role_table; r->name != NULL; r++) {
		if (strcmp(r->name, permission + 5) == 0)
			return RH_OK;
	}
	/* A snapshot may still have what expired since it was made. */
	for (g = policy_grants(a->policy, permission, &n); n > 0; g++, n--) {
		if (g->expires_us == 0 || g->expires_us > a->now)
			return RH_OK;
	}
	err_set(err, RH_EINPUT, "there is no role \"%s\"", permission + 5);
	return err_hint(err, "viewer, operator, monitor, admin, "
	    "agent_run:admin, runtime:admin, or one to which something was granted: runhost "
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
	if (strncmp(permission, "amplify:", 8) == 0)
		return action_known(a, permission + 8, err);
	if (strchr(permission, '*') != NULL || capability_is(permission))
		return RH_OK;
	return action_known(a, permission, err);
}

/*
 * Whether a permission may be asked for a run.  What a plugin provides and
 * what its code may do by itself never are; a pattern that no action matches
 * may be about some that are yet to come.
 */
static bool
has_scope(const char *permission)
{
	const struct action *row;
	bool matched = false;

	if (strncmp(permission, "role:", 5) == 0)
		return true;
	if (strpbrk(permission, ".:") != NULL)
		return false;
	for (row = action_table; row->name != NULL; row++) {
		if (row->who != PERM_OF_ITS_NAME ||
		    !permission_matches(permission, row->name))
			continue;
		if (row->scope != SCOPE_NONE)
			return true;
		matched = true;
	}
	return !matched;
}

/* An owner that the grantee can be, when it calls. */
static bool
is_own(const struct grant_row *g)
{
	const char *owner = g->scope.owner;

	return owner == NULL || strcmp(owner, "*") == 0 ||
	    strcmp(owner, g->grantee) == 0 ||
	    strncmp(g->grantee, "role:", 5) == 0;
}

/* The spelling that runs have: a runner's name is resolved. */
static rh_status
runner_spelled(const struct act *a, const char **runner, struct err *err)
{
	const struct plugin_runner *r;

	if (*runner == NULL || strncmp(*runner, "plugin:", 7) == 0)
		return RH_OK;
	r = registry_runner(a->env->registry, str_of(*runner));
	if (r != NULL) {
		*runner = r->runner_id;
		return RH_OK;
	}
	err_set(err, RH_EINPUT, "runner \"%s\": no enabled plugin has it",
	    *runner);
	return err_hint(err, "a runner that is yet to come is named by its "
	    "id, as plugin:VENDOR/PLUGIN/RUNNER");
}

/* A role that is yet to come may be anything. */
static bool
may_claim(const char *permission)
{
	const struct role *r = role_table;
	size_t i;

	if (strncmp(permission, "role:", 5) != 0)
		return permission_matches(permission, "run_claim");
	while (r->name != NULL && strcmp(r->name, permission + 5) != 0)
		r++;
	for (i = 0; r->name != NULL && r->permissions[i] != NULL; i++) {
		if (permission_matches(r->permissions[i], "run_claim"))
			return true;
	}
	return r->name == NULL;
}

rh_status
grant_line_check(const struct grant_row *g, struct err *err)
{
	if ((g->queues == NULL && g->labels == NULL) ||
	    may_claim(g->permission))
		return RH_OK;
	err_set(err, RH_EINPUT, "permission \"%s\" claims no run: a grant of "
	    "it for queues or labels would never hold", g->permission);
	return err_hint(err, "grant it without queues and labels, or grant "
	    "run_claim or role:claimer");
}

rh_status
grant_scope_check(const struct act *a, struct grant_row *g, struct err *err)
{
	const struct scope *s = &g->scope;

	if (capability_is(g->permission) &&
	    strncmp(g->grantee, "plugin:", 7) != 0) {
		err_set(err, RH_EINPUT, "permission \"%s\": a capability is "
		    "what a plugin's code may do, \"%s\" is no plugin",
		    g->permission, g->grantee);
		return err_hint(err, "as runhost grant add plugin:ID %s; list "
		    "ids with: runhost plugin list", g->permission);
	}
	if (!has_scope(g->permission) && (!is_own(g) || s->workspace != NULL ||
	    s->bot != NULL || s->conversation != NULL || s->thread != NULL ||
	    s->runner != NULL)) {
		err_set(err, RH_EINPUT, "permission \"%s\" touches no run: a "
		    "grant of it within a scope would never hold",
		    g->permission);
		return err_hint(err, "grant it without owner, workspace, bot, "
		    "conversation, thread and runner");
	}
	return runner_spelled(a, &g->scope.runner, err);
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
	rc = store_run_find(a->db, &id, &run_no, &c->arena, scope, err);
	if (rc == RH_ENOENT) {
		err_set(err, rc, "no run \"%s\"", a->target);
		return err_hint(err, "check the id with: runhost runs list");
	}
	*out = scope;
	return rc != RH_OK ? rc : add_line(a, c, run_no, scope, err);
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
		return grantee_check("principal", s, err);
	err_set(err, RH_EINPUT, "principal \"%s\" is a role", s);
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
