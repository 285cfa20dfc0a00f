/*
 * The model of rights: who holds what, said as a list of scopes.  The text
 * it was written from is docs/permissions.md.
 */
#include "model/model.h"

#include <string.h>

#define HELD_MAX	600

/* What one principal holds of one permission. */
struct held {
	struct m_scope scopes[HELD_MAX];
	size_t	count;
};

static const struct {
	const char *role;
	bool	everybodys;
	const char *holds[12];
} roles[] = {
	{ "role:viewer", false, { "run_get", "run_list", "run_events_page",
	    "run_counts", "plugin_list", "plugin_get", "action_list" } },
	{ "role:operator", false, { "run_get", "run_list", "run_events_page",
	    "run_counts", "plugin_list", "plugin_get", "action_list",
	    "run_create", "run_cancel", "op_get" } },
	{ "role:monitor", false, { "host_metrics" } },
	{ "role:admin", true, { "*" } },
	{ "role:agent_run:admin", true, { "run_*", "state_*", "op_get",
	    "runner_list", "runner_stats" } },
	{ "role:runtime", false, { "runtime_register", "runtime_heartbeat",
	    "runtime_drain", "runtime_list" } },
	{ "role:claimer", false, { "run_claim", "run_start",
	    "run_renew_claim", "run_release_claim", "run_append_result",
	    "run_finalize" } },
	{ "role:runtime:admin", true, { "runtime_*", "run_claim", "run_start",
	    "run_renew_claim", "run_release_claim" } },
};
#define ROLES	(sizeof roles / sizeof *roles)

bool
m_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
matches(const char *pattern, const char *name)
{
	if (strchr(pattern, ':') != NULL)
		return false;	/* a capability or a role is no action */
	for (; *pattern != '*'; pattern++, name++) {
		if (*pattern != *name)
			return false;
		if (*name == '\0')
			return true;
	}
	do {
		if (matches(pattern + 1, name))
			return true;
	} while (*name++ != '\0');
	return false;
}

static bool
is_over(const struct model *m, const struct m_grant *g)
{
	return g->gone || (g->expires != 0 && g->expires <= m->now);
}

static void
add(struct held *h, struct m_scope s)
{
	if (h->count < HELD_MAX)
		h->scopes[h->count++] = s;
}

/* One value of two that must both hold; false: never. */
static bool
both(const char **out, const char *a, const char *b)
{
	*out = a != NULL ? a : b;
	return a == NULL || b == NULL || strcmp(a, b) == 0;
}

/* A right of a role, where the role was given to the principal. */
static void
add_met(struct held *h, const char *principal, struct m_scope given,
    const struct m_scope *granted)
{
	struct m_scope s = given;
	const char *whose = given.owner != NULL ? given.owner : principal;

	if (!both(&s.workspace, given.workspace, granted->workspace) ||
	    !both(&s.conversation, given.conversation,
	    granted->conversation) ||
	    !both(&s.runner, given.runner, granted->runner))
		return;
	if (granted->owner != NULL && strcmp(granted->owner, "*") != 0) {
		if (strcmp(whose, "*") != 0 &&
		    strcmp(whose, granted->owner) != 0)
			return;
		s.owner = granted->owner;
	}
	add(h, s);
}

static void
add_role(const struct model *m, struct held *h, const char *principal,
    const char *role, struct m_scope given, const char *action)
{
	struct m_scope wide = given;
	size_t i, k;

	for (i = 0; i < ROLES; i++) {
		if (strcmp(roles[i].role, role) != 0)
			continue;
		if (roles[i].everybodys && wide.owner == NULL)
			wide.owner = "*";
		for (k = 0; roles[i].holds[k] != NULL; k++) {
			if (matches(roles[i].holds[k], action))
				add(h, wide);
		}
	}
	for (i = 0; i < m->grant_count; i++) {
		if (!is_over(m, &m->grants[i]) &&
		    strcmp(m->grants[i].grantee, role) == 0 &&
		    matches(m->grants[i].permission, action))
			add_met(h, principal, given, &m->grants[i].scope);
	}
}

static void
collect(const struct model *m, struct held *h, const char *principal,
    const char *action)
{
	const struct m_grant *g;
	size_t i;

	h->count = 0;
	if (strncmp(principal, "local:", 6) == 0)
		add_role(m, h, principal, "role:admin",
		    (struct m_scope){ .owner = "*" }, action);
	for (i = 0; i < m->grant_count; i++) {
		g = &m->grants[i];
		if (is_over(m, g) || strcmp(g->grantee, principal) != 0)
			continue;
		if (strncmp(g->permission, "role:", 5) == 0)
			add_role(m, h, principal, g->permission, g->scope,
			    action);
		else if (matches(g->permission, action))
			add(h, g->scope);
	}
}

static bool
value_is(const char *wanted, const char *value)
{
	return wanted == NULL || (value != NULL && strcmp(wanted, value) == 0);
}

static bool
reaches(const struct m_scope *s, const char *principal,
    const struct m_scope *t)
{
	const char *whose = s->owner != NULL ? s->owner : principal;

	return (strcmp(whose, "*") == 0 || strcmp(whose, t->owner) == 0) &&
	    value_is(s->workspace, t->workspace) &&
	    value_is(s->conversation, t->conversation) &&
	    value_is(s->runner, t->runner);
}

/* One principal's part of the answer. */
static void
decide_one(const struct model *m, const char *principal, const char *action,
    const struct m_scope *target, struct m_verdict *v)
{
	static struct held h;
	struct m_scope own = { .owner = principal };
	bool owned = target != NULL && strcmp(target->owner, principal) == 0;
	bool plainly = owned;
	size_t i;

	collect(m, &h, principal, action);
	v->known = h.count > 0;
	v->allow = false;
	for (i = 0; i < h.count; i++) {
		if (!reaches(&h.scopes[i], principal,
		    target != NULL ? target : &own))
			continue;
		v->allow = true;
		if (target == NULL && h.scopes[i].owner == NULL)
			plainly = true;
	}
	v->admin = v->allow && !plainly;
}

static const char *
nth_principal(const struct m_caller *c, size_t i)
{
	return i < c->chain_len ? c->chain[i] : c->principal;
}

#define SESSION	(3600 * SECOND)	/* what is left of it after a run's end */

/*
 * What a run gives the plugin that carries it out or did, as far as the
 * run's owner holds it.
 */
static void
add_session(const struct model *m, const struct m_run *r, const char *action,
    struct m_verdict *v)
{
	static const char *const given[] = { "run_get", "run_events_page",
		"run_cancel" };
	bool held = r->state == CLAIMED || r->state == RUNNING;
	bool late = r->ended != 0 && m->now - r->ended < SESSION;
	struct m_verdict owner;
	size_t i;

	for (i = 0; i < 3 && strcmp(given[i], action) != 0; i++)
		;
	if (i == 3 || !r->by_plugin || r->inproc || (!held && !late))
		return;
	decide_one(m, r->scope.owner, action, &r->scope, &owner);
	v->known = v->known || owner.known;
	v->allow = v->allow || owner.allow;
}

static void
decide(const struct model *m, const struct m_caller *c, const char *action,
    const struct m_scope *target, const struct m_run *r,
    struct m_verdict *out)
{
	struct m_verdict v;
	size_t i;

	*out = (struct m_verdict){ .known = true, .allow = true };
	if (c->who == BY_HOST || c->who == BY_SYSTEM)
		return;
	for (i = 0; i <= c->chain_len; i++) {
		decide_one(m, nth_principal(c, i), action, target, &v);
		if (c->who == BY_PLUGIN && i == c->chain_len && r != NULL)
			add_session(m, r, action, &v);
		out->known = out->known && v.known;
		out->allow = out->allow && v.allow;
		out->admin = out->admin || v.admin;
	}
}

void
m_decide(const struct model *m, const struct m_caller *c, const char *action,
    const struct m_scope *target, struct m_verdict *out)
{
	decide(m, c, action, target, NULL, out);
}

void
m_decide_run(const struct model *m, const struct m_caller *c,
    const char *action, const struct m_run *r, struct m_verdict *out)
{
	decide(m, c, action, r != NULL ? &r->scope : NULL, r, out);
}

/* A list shows the caller its own runs and needs no record. */
bool
m_lists_own_only(const struct model *m, const struct m_caller *c,
    const char *action)
{
	static struct held h;
	const struct m_scope *s;
	size_t i;

	if (c->chain_len > 0)
		return false;
	collect(m, &h, c->principal, action);
	for (i = 0; i < h.count; i++) {
		s = &h.scopes[i];
		if (s->owner != NULL || s->workspace != NULL ||
		    s->conversation != NULL || s->runner != NULL)
			return false;
	}
	return true;
}

bool
m_is_somebody(const struct model *m, const struct m_caller *c)
{
	const struct m_token *t;

	if (c->who == BY_NOBODY)
		return false;
	if (c->who != BY_TOKEN)
		return true;
	t = &m->tokens[c->token];
	return c->token < m->token_count && !t->gone && t->revoked == 0 &&
	    (t->expires == 0 || t->expires > m->now);
}

bool
m_may_run_inside(const struct model *m)
{
	const struct m_grant *g;
	size_t i;

	for (i = 0; m->key == KEY_TRUSTED && i < m->grant_count; i++) {
		g = &m->grants[i];
		if (!is_over(m, g) && strcmp(g->grantee, "plugin:demo") == 0 &&
		    strcmp(g->permission, "host.inprocess") == 0)
			return true;
	}
	return false;
}

void
m_recheck(struct model *m, const char *principal)
{
	if (!m->trusted || m_may_run_inside(m))
		return;
	m->trusted = false;
	m_row(m, principal, "plugin_untrust", ROW_ALLOW, 0);
}

/* A week after their end lists don't show them any more. */
void
m_forget_ended(struct model *m)
{
	int64_t before = m->now - 7 * 86400 * SECOND;
	struct m_grant *g;
	struct m_token *t;
	size_t i;

	for (i = 0; i < m->grant_count; i++) {
		g = &m->grants[i];
		if (!g->gone && g->expires != 0 && g->expires <= before) {
			g->gone = true;
			m->last_at = m->now;
		}
	}
	for (i = 0; i < m->token_count; i++) {
		t = &m->tokens[i];
		if (!t->gone && ((t->expires != 0 && t->expires <= before) ||
		    (t->revoked != 0 && t->revoked <= before))) {
			t->gone = true;
			m->last_at = m->now;
		}
	}
}

bool
m_role_exists(const struct model *m, const char *role)
{
	size_t i;

	for (i = 0; i < ROLES; i++) {
		if (strcmp(roles[i].role, role) == 0)
			return true;
	}
	for (i = 0; i < m->grant_count; i++) {
		if (!is_over(m, &m->grants[i]) &&
		    strcmp(m->grants[i].grantee, role) == 0)
			return true;
	}
	return false;
}
