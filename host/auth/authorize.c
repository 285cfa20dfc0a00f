/*
 * The one decision.
 */
#include "auth/policy.h"

#include "auth/capability.h"
#include "auth/session.h"
#include "base/mem.h"
#include "json/read.h"
#include "store/store_auth.h"

#include <stdio.h>
#include <unistd.h>

/* One question on its way through grants and roles. */
struct asking {
	const struct policy *p;
	const char *permission;
	const struct scope *target;	/* or NULL */
	const char *principal;
	int64_t	now;
	const struct scope_line *line;	/* of the target; NULL: any, or none */
	/* what is being looked at: a grant, and that of its role */
	const struct grant_row *by[2];
	/* the answer so far */
	bool	allow, admin, known;
	bool	others;			/* runs of others are reached */
	enum reach reach;
};

static bool
dimension(const char *grant, const char *target)
{
	return grant == NULL || (target != NULL && strcmp(grant, target) == 0);
}

/*
 * Whether a grant's scope holds the target; an owner "*" is anybody.  What
 * has no scope belongs to the caller and to nothing else: a grant within a
 * workspace doesn't reach the host as a whole.
 */
static bool
in_scope(const struct scope *g, const struct asking *q)
{
	const struct scope own = { .owner = q->principal };
	const struct scope *t = q->target != NULL ? q->target : &own;
	const char *owner = g->owner != NULL ? g->owner : q->principal;

	return (strcmp(owner, "*") == 0 || strcmp(owner, t->owner) == 0) &&
	    dimension(g->workspace, t->workspace) &&
	    dimension(g->bot, t->bot) &&
	    dimension(g->conversation, t->conversation) &&
	    dimension(g->thread, t->thread) &&
	    dimension(g->runner, t->runner);
}

static enum reach
scope_reach(const struct scope *g)
{
	if (g->workspace != NULL || g->bot != NULL ||
	    g->conversation != NULL || g->thread != NULL)
		return REACH_SOME;
	if (g->runner != NULL)
		return REACH_RUNNERS;
	if (g->owner == NULL)
		return REACH_OWN;
	return strcmp(g->owner, "*") == 0 ? REACH_ALL : REACH_RUNNERS;
}

static bool
is_lined(const struct grant_row *g)
{
	return g != NULL && (g->queues != NULL || g->labels != NULL);
}

/* Whether a run that waits there has one of the queues and all the labels. */
static bool
suits(const struct grant_row *g, const struct scope_line *line)
{
	const struct grant_label *l = g->label_list;
	const char **name = g->queue_names;

	if (g->queues != NULL) {
		while (*name != NULL && (line->queue == NULL ||
		    strcmp(*name, line->queue) != 0))
			name++;
		if (*name == NULL)
			return false;
	}
	if (g->labels == NULL)
		return true;
	while (l->name != NULL && line->labels != NULL && json_is(line->labels,
	    json_member(line->labels, 0, l->name), l->value))
		l++;
	return l->name == NULL;
}

/*
 * Grants that name queues or labels are about runs of these, and about
 * nothing else.
 */
static bool
in_line(const struct asking *q)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(q->by); i++) {
		if (is_lined(q->by[i]) && (q->line == NULL ||
		    !suits(q->by[i], q->line)))
			return false;
	}
	return true;
}

/* The permission is held within this scope: take it into the answer. */
static void
held(struct asking *q, const struct scope *g)
{
	enum reach reach = scope_reach(g);
	bool suited = in_line(q);
	bool own = q->target != NULL &&
	    strcmp(q->target->owner, q->principal) == 0;

	q->known = true;
	q->others |= g->owner != NULL && strcmp(g->owner, q->principal) != 0;
	/* Any line: some of them.  This line: all of it or nothing. */
	if (!suited)
		reach = q->line == NULL ? REACH_SOME : REACH_NONE;
	/* Different sets together are asked as the finer of them. */
	if (reach > q->reach)
		q->reach = reach;
	if (!suited || !in_scope(g, q))
		return;
	/* The right of an owner is the better one: it needs no record. */
	if (own || (q->target == NULL && g->owner == NULL))
		q->admin = false;
	else if (!q->allow)
		q->admin = true;
	q->allow = true;
}

static const struct role *
role_find(const char *name)
{
	const struct role *r;

	for (r = role_table; r->name != NULL; r++) {
		if (strcmp(r->name, name) == 0)
			return r;
	}
	return NULL;
}

static bool
expired(const struct asking *q, const struct grant_row *g)
{
	return g->expires_us != 0 && g->expires_us <= q->now;
}

/* Both must hold: one that isn't named leaves it to the other. */
static bool
meet(const char **out, const char *a, const char *b)
{
	*out = a != NULL ? a : b;
	return a == NULL || b == NULL || strcmp(a, b) == 0;
}

/* Whose runs: the giving says, what the role was granted can only narrow. */
static bool
meet_owner(const struct asking *q, const char **out, const char *given,
    const char *granted)
{
	*out = given;
	if (granted == NULL || strcmp(granted, "*") == 0)
		return true;
	*out = granted;
	return strcmp(given != NULL ? given : q->principal, granted) == 0 ||
	    (given != NULL && strcmp(given, "*") == 0);
}

/* The scope in which both hold; false when there is none. */
static bool
scopes_meet(const struct asking *q, const struct scope *given,
    const struct scope *granted, struct scope *out)
{
	return meet_owner(q, &out->owner, given->owner, granted->owner) &&
	    meet(&out->workspace, given->workspace, granted->workspace) &&
	    meet(&out->bot, given->bot, granted->bot) &&
	    meet(&out->conversation, given->conversation,
	    granted->conversation) &&
	    meet(&out->thread, given->thread, granted->thread) &&
	    meet(&out->runner, given->runner, granted->runner);
}

/* What was granted to a role holds where the role was given. */
static void
ask_role_grants(struct asking *q, const char *role,
    const struct scope *given)
{
	char grantee[PRINCIPAL_MAX];
	const struct grant_row *g;
	struct scope both;
	size_t n;

	/* Role names are bounded where they are granted. */
	snprintf(grantee, sizeof grantee, "role:%s", role);
	for (g = policy_grants(q->p, grantee, &n); n > 0; g++, n--) {
		q->by[1] = g;
		if (!expired(q, g) &&
		    permission_matches(g->permission, q->permission) &&
		    scopes_meet(q, given, &g->scope, &both))
			held(q, &both);
	}
	q->by[1] = NULL;
}

static void
ask_role(struct asking *q, const char *name, const struct scope *given)
{
	const struct role *r = role_find(name);
	struct scope scope = *given;
	size_t i;

	if (r != NULL && r->any_owner && scope.owner == NULL)
		scope.owner = "*";
	for (i = 0; r != NULL && r->permissions[i] != NULL; i++) {
		if (permission_matches(r->permissions[i], q->permission))
			held(q, &scope);
	}
	ask_role_grants(q, name, given);
}

/* Peers that the kernel names as the host's owner, or root. */
static bool
is_local_admin(const char *principal)
{
	char owner[32];

	snprintf(owner, sizeof owner, "local:%lu", (unsigned long)geteuid());
	return strcmp(principal, "local:0") == 0 ||
	    strcmp(principal, owner) == 0;
}

static void
ask(struct asking *q)
{
	static const struct scope everything = { .owner = "*" };
	const struct grant_row *g;
	size_t n;

	if (strncmp(q->principal, "local:", 6) == 0 &&
	    is_local_admin(q->principal))
		ask_role(q, "admin", &everything);
	for (g = policy_grants(q->p, q->principal, &n); n > 0; g++, n--) {
		if (expired(q, g))
			continue;
		q->by[0] = g;
		if (strncmp(g->permission, "role:", 5) == 0)
			ask_role(q, g->permission + 5, &g->scope);
		else if (permission_matches(g->permission, q->permission))
			held(q, &g->scope);
	}
}

/*
 * What the run by which it calls gives the plugin itself.  One that isn't
 * its own attempt gives what its owner may still do.
 */
static void
ask_session(struct asking *q, const struct session *s)
{
	struct asking owner = *q;

	if (!session_has(s, q->permission))
		return;
	owner.principal = s->scope.owner;
	if (s->named)
		ask(&owner);
	if (s->named && owner.reach == REACH_NONE)
		return;
	q->known = q->others = true;
	if (q->reach < REACH_SOME)
		q->reach = REACH_SOME;
	if (q->target != NULL && session_reaches(s, q->target) &&
	    (owner.allow || !s->named))
		q->allow = true;
}

/* The link i of the chain; the last is who calls. */
static void
ask_link(struct asking *q, const struct caller *c, size_t i)
{
	if (i == c->chain_len)
		ask_session(q, c->session);
	ask(q);
}

static const char *
chain_at(const struct caller *c, size_t i)
{
	return i < c->chain_len ? c->chain[i] : c->principal;
}

/*
 * Where the intersection starts: at the last plugin that was granted to act
 * in its own right, or at the origin.  Who called it doesn't count then.
 */
static size_t
chain_start(const struct policy *p, const struct caller *c,
    const char *permission, int64_t now)
{
	char amplify[320];
	size_t i;

	if (c->chain_len == 0 || strlen(permission) > sizeof amplify - 16)
		return 0;
	snprintf(amplify, sizeof amplify, "amplify:%s", permission);
	for (i = c->chain_len; i > 0; i--) {
		if (strncmp(chain_at(c, i), "plugin:", 7) == 0 &&
		    capability_held(p, chain_at(c, i), amplify, now))
			break;
	}
	return i;
}

void
authorize(const struct policy *p, const struct caller *c,
    const char *permission, const struct scope *target, int64_t now,
    struct verdict *v)
{
	struct asking q;
	size_t i;

	*v = (struct verdict){ .allow = true, .known = true };
	if (c->kind == CALLER_SYSTEM || c->kind == CALLER_HOST)
		return;
	for (i = chain_start(p, c, permission, now); i <= c->chain_len; i++) {
		q = (struct asking){ .p = p, .permission = permission,
		    .target = target, .principal = chain_at(c, i),
		    .line = target != NULL ? target->line : NULL,
		    .now = now };
		ask_link(&q, c, i);
		v->known = v->known && q.known;
		v->admin = v->admin || q.admin;
		if (!q.allow && v->missing == NULL)
			v->missing = q.principal;
	}
	v->allow = v->missing == NULL;
}

/* What both reach: one that reaches everything takes nothing away. */
static enum reach
reach_both(enum reach a, enum reach b)
{
	enum reach finer = a > b ? a : b;

	if (a == REACH_ALL || b == REACH_ALL)
		return a == REACH_ALL ? b : a;
	return finer > REACH_RUNNERS ? finer : REACH_RUNNERS;
}

static enum reach
reach_of(const struct policy *p, const struct caller *c,
    const char *permission, int64_t now, const struct scope_line *line,
    const char **owner)
{
	enum reach reach = REACH_ALL;
	struct asking q;
	size_t i;

	*owner = NULL;
	if (c->kind == CALLER_SYSTEM || c->kind == CALLER_HOST)
		return REACH_ALL;
	for (i = chain_start(p, c, permission, now); i <= c->chain_len; i++) {
		q = (struct asking){ .p = p, .permission = permission,
		    .principal = chain_at(c, i), .now = now,
		    .line = line };
		ask_link(&q, c, i);
		if (q.reach == REACH_NONE)
			return REACH_NONE;
		if (!q.others)
			*owner = q.principal;
		reach = reach_both(reach, q.reach);
	}
	return reach;
}

enum reach
authorize_reach(const struct policy *p, const struct caller *c,
    const char *permission, int64_t now, const char **owner)
{
	return reach_of(p, c, permission, now, NULL, owner);
}

enum reach
authorize_line(const struct policy *p, const struct caller *c,
    const char *permission, int64_t now, const struct scope_line *line)
{
	const char *owner;

	return reach_of(p, c, permission, now, line, &owner);
}
