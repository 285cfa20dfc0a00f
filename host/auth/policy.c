/*
 * The snapshot and the one decision.
 *
 * Grants are sorted by grantee, so a decision looks at the caller's own rows
 * and at those of its roles, however many others there are.
 */
#include "auth/policy.h"

#include "base/arena.h"
#include "base/mem.h"
#include "store/db.h"
#include "store/store_auth.h"

#include <stdatomic.h>
#include <stdlib.h>

#define TOKEN_TEXT_LEN	67	/* "rh_" and 64 hex digits */

struct policy {
	atomic_int refs;
	uint64_t version;
	struct arena arena;
	struct grant_row *grants;	/* by grantee */
	size_t	grant_count;
	struct token_row *tokens;	/* by hash */
	size_t	token_count;
	const char **unaudited;		/* NULL-ended */
};

static int
grant_order(const void *a, const void *b)
{
	const struct grant_row *x = a, *y = b;
	int c = strcmp(x->grantee, y->grantee);

	return c != 0 ? c : x->grant_no < y->grant_no ? -1 : 1;
}

static int
token_order(const void *a, const void *b)
{
	const struct token_row *x = a, *y = b;

	return memcmp(x->hash, y->hash, HASH_LEN);
}

rh_status
policy_load(struct db *db, struct policy **out, struct err *err)
{
	static atomic_uint_fast64_t versions;
	struct policy *p = mem_zalloc(sizeof *p);
	rh_status rc;

	atomic_init(&p->refs, 1);
	p->version = atomic_fetch_add(&versions, 1) + 1;
	arena_init(&p->arena);
	if ((rc = store_grant_list(db, &p->arena, &p->grants,
	    &p->grant_count, err)) != RH_OK ||
	    (rc = store_token_list(db, &p->arena, &p->tokens,
	    &p->token_count, err)) != RH_OK ||
	    (rc = store_unaudited_list(db, &p->arena, &p->unaudited,
	    err)) != RH_OK) {
		policy_unref(p);
		return rc;
	}
	if (p->grant_count > 0)
		qsort(p->grants, p->grant_count, sizeof *p->grants,
		    grant_order);
	if (p->token_count > 0)
		qsort(p->tokens, p->token_count, sizeof *p->tokens,
		    token_order);
	*out = p;
	return RH_OK;
}

struct policy *
policy_ref(struct policy *p)
{
	atomic_fetch_add(&p->refs, 1);
	return p;
}

void
policy_unref(struct policy *p)
{
	if (p == NULL || atomic_fetch_sub(&p->refs, 1) != 1)
		return;
	arena_fini(&p->arena);
	free(p);
}

uint64_t
policy_version(const struct policy *p)
{
	return p->version;
}

const char *
policy_token(const struct policy *p, struct str text, int64_t now)
{
	struct token_row key;
	const struct token_row *t;

	if (text.len != TOKEN_TEXT_LEN || memcmp(text.p, "rh_", 3) != 0 ||
	    p->token_count == 0)
		return NULL;
	/* The table is of hashes: the search tells nothing of a token. */
	hash_of(text.p, text.len, key.hash);
	t = bsearch(&key, p->tokens, p->token_count, sizeof *t, token_order);
	if (t == NULL || t->revoked_us != 0 ||
	    (t->expires_us != 0 && t->expires_us <= now))
		return NULL;
	return t->principal;
}

bool
policy_audited(const struct policy *p, const char *runner_id)
{
	const char **u;

	for (u = p->unaudited; *u != NULL; u++) {
		if (strcmp(*u, runner_id) == 0)
			return false;
	}
	return true;
}

/* One question on its way through grants and roles. */
struct asking {
	const struct policy *p;
	const char *permission;
	const struct scope *target;	/* or NULL */
	const char *principal;
	int64_t	now;
	/* the answer so far */
	bool	allow, admin, known;
	enum reach reach;
};

static bool
dimension(const char *grant, const char *target)
{
	return grant == NULL || (target != NULL && strcmp(grant, target) == 0);
}

/* Whether a grant's scope holds the target; an owner "*" is anybody. */
static bool
in_scope(const struct scope *g, const struct asking *q)
{
	const struct scope *t = q->target;
	const char *owner = g->owner != NULL ? g->owner : q->principal;

	if (t == NULL)
		return true;
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
	bool narrow = g->workspace != NULL || g->bot != NULL ||
	    g->conversation != NULL || g->thread != NULL || g->runner != NULL;

	if (narrow)
		return REACH_SOME;
	if (g->owner == NULL)
		return REACH_OWN;
	return strcmp(g->owner, "*") == 0 ? REACH_ALL : REACH_SOME;
}

/* The permission is held within this scope: take it into the answer. */
static void
held(struct asking *q, const struct scope *g)
{
	enum reach reach = scope_reach(g);
	bool own = q->target != NULL &&
	    strcmp(q->target->owner, q->principal) == 0;

	q->known = true;
	/* Own and some are different sets: together they are asked by row. */
	if (q->reach != REACH_NONE && q->reach != reach &&
	    reach != REACH_ALL && q->reach != REACH_ALL)
		q->reach = REACH_SOME;
	if (reach > q->reach)
		q->reach = reach;
	if (!in_scope(g, q))
		return;
	/* The right of an owner is the better one: it needs no record. */
	if (own || (q->target == NULL && g->owner == NULL))
		q->admin = false;
	else if (!q->allow)
		q->admin = true;
	q->allow = true;
}

static const struct grant_row *
first_grant(const struct policy *p, const char *grantee)
{
	size_t lo = 0, hi = p->grant_count, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(p->grants[mid].grantee, grantee) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return p->grants + lo;
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

#define FOR_GRANTS(q, g, of)						\
	for ((g) = first_grant((q)->p, (of));				\
	    (g) < (q)->p->grants + (q)->p->grant_count &&		\
	    strcmp((g)->grantee, (of)) == 0; (g)++)

static bool
expired(const struct asking *q, const struct grant_row *g)
{
	return g->expires_us != 0 && g->expires_us <= q->now;
}

/* What a role holds, within the scope in which it was given. */
static void
ask_role(struct asking *q, const char *name, const struct scope *given)
{
	const struct role *r = role_find(name);
	struct scope scope = *given;
	const struct grant_row *g;
	char grantee[PRINCIPAL_MAX] = "role:";
	size_t i;

	if (r != NULL && r->any_owner)
		scope.owner = "*";
	for (i = 0; r != NULL && r->permissions[i] != NULL; i++) {
		if (permission_matches(r->permissions[i], q->permission))
			held(q, &scope);
	}
	strncat(grantee, name, sizeof grantee - sizeof "role:");
	FOR_GRANTS(q, g, grantee) {
		if (!expired(q, g) &&
		    permission_matches(g->permission, q->permission))
			held(q, given);
	}
}

static void
ask(struct asking *q)
{
	static const struct scope everything = { .owner = "*" };
	const struct grant_row *g;

	/* Peers that the kernel named as the host's owner, or root. */
	if (strncmp(q->principal, "local:", 6) == 0)
		ask_role(q, "admin", &everything);
	FOR_GRANTS(q, g, q->principal) {
		if (expired(q, g))
			continue;
		if (strncmp(g->permission, "role:", 5) == 0)
			ask_role(q, g->permission + 5, &g->scope);
		else if (permission_matches(g->permission, q->permission))
			held(q, &g->scope);
	}
}

static const char *
chain_at(const struct caller *c, size_t i)
{
	return i < c->chain_len ? c->chain[i] : c->principal;
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
	for (i = 0; i <= c->chain_len; i++) {
		q = (struct asking){ .p = p, .permission = permission,
		    .target = target, .principal = chain_at(c, i),
		    .now = now };
		ask(&q);
		v->known = v->known && q.known;
		v->admin = v->admin || q.admin;
		if (!q.allow && v->missing == NULL)
			v->missing = q.principal;
	}
	v->allow = v->missing == NULL;
}

enum reach
authorize_reach(const struct policy *p, const struct caller *c,
    const char *permission, int64_t now)
{
	enum reach least = REACH_ALL;
	struct asking q;
	size_t i;

	if (c->kind == CALLER_SYSTEM || c->kind == CALLER_HOST)
		return REACH_ALL;
	for (i = 0; i <= c->chain_len; i++) {
		q = (struct asking){ .p = p, .permission = permission,
		    .principal = chain_at(c, i), .now = now };
		ask(&q);
		/* Two different "own" meet in nothing or in rows: ask each. */
		if (q.reach == REACH_NONE)
			return REACH_NONE;
		if (c->chain_len > 0 && q.reach != REACH_ALL)
			least = REACH_SOME;
		else if (q.reach < least)
			least = q.reach;
	}
	return least;
}
