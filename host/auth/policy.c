/*
 * The snapshot: what holds when it is made, so that ended tokens and grants
 * cost nothing.  Grants are sorted by grantee, so that a decision looks at
 * the caller's own rows and at those of its roles, however many others
 * there are.
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
	int64_t	now;			/* what it was made for */
	struct arena arena;
	struct grant_row *grants;	/* by grantee */
	size_t	grant_count;
	struct token_row *tokens;	/* by hash */
	size_t	token_count;
	const char **unaudited;		/* NULL-ended */
	bool	lined;
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
policy_load(struct db *db, int64_t now, struct policy **out,
    struct err *err)
{
	static atomic_uint_fast64_t versions;
	struct policy *p = mem_zalloc(sizeof *p);
	size_t i;
	rh_status rc;

	atomic_init(&p->refs, 1);
	p->version = atomic_fetch_add(&versions, 1) + 1;
	p->now = now;
	arena_init(&p->arena);
	if ((rc = store_grant_live(db, now, &p->arena, &p->grants,
	    &p->grant_count, err)) != RH_OK ||
	    (rc = store_token_live(db, now, &p->arena, &p->tokens,
	    &p->token_count, err)) != RH_OK ||
	    (rc = store_unaudited_list(db, &p->arena, &p->unaudited,
	    err)) != RH_OK) {
		policy_unref(p);
		return rc;
	}
	for (i = 0; i < p->grant_count; i++)
		p->lined |= p->grants[i].queues != NULL ||
		    p->grants[i].labels != NULL;
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

bool
token_hash(struct str text, uint8_t hash[HASH_LEN])
{
	if (text.len != TOKEN_TEXT_LEN || memcmp(text.p, "rh_", 3) != 0)
		return false;
	hash_of(text.p, text.len, hash);
	return true;
}

/* The table is of hashes: the search tells nothing of a token. */
const char *
policy_token(const struct policy *p, const uint8_t hash[HASH_LEN],
    int64_t now)
{
	struct token_row key;
	const struct token_row *t;

	if (p->token_count == 0)
		return NULL;
	memcpy(key.hash, hash, sizeof key.hash);
	t = bsearch(&key, p->tokens, p->token_count, sizeof *t, token_order);
	if (t == NULL || (t->expires_us != 0 && t->expires_us <= now))
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

bool
policy_lined(const struct policy *p)
{
	return p->lined;
}

const struct grant_row *
policy_grants(const struct policy *p, const char *grantee, size_t *n)
{
	size_t lo = 0, hi = p->grant_count, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(p->grants[mid].grantee, grantee) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (*n = 0; lo + *n < p->grant_count &&
	    strcmp(p->grants[lo + *n].grantee, grantee) == 0; ++*n)
		continue;
	return *n > 0 ? p->grants + lo : NULL;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_grant(const struct grant_row *a, const struct grant_row *b)
{
	const struct scope *s = &a->scope, *t = &b->scope;

	return a->grant_no == b->grant_no && a->expires_us == b->expires_us &&
	    strcmp(a->grantee, b->grantee) == 0 &&
	    strcmp(a->permission, b->permission) == 0 &&
	    same_text(s->owner, t->owner) &&
	    same_text(s->workspace, t->workspace) &&
	    same_text(s->bot, t->bot) &&
	    same_text(s->conversation, t->conversation) &&
	    same_text(s->thread, t->thread) &&
	    same_text(s->runner, t->runner) &&
	    same_text(a->queues, b->queues) &&
	    same_text(a->labels, b->labels);
}

static bool
same_token(const struct token_row *a, const struct token_row *b)
{
	return a->token_no == b->token_no && hash_eq(a->hash, b->hash) &&
	    a->expires_us == b->expires_us &&
	    strcmp(a->principal, b->principal) == 0;
}

static bool
policy_same(const struct policy *a, const struct policy *b)
{
	const char **u = a->unaudited, **v = b->unaudited;
	size_t i;

	if (a->grant_count != b->grant_count ||
	    a->token_count != b->token_count)
		return false;
	for (i = 0; i < a->grant_count; i++) {
		if (!same_grant(&a->grants[i], &b->grants[i]))
			return false;
	}
	for (i = 0; i < a->token_count; i++) {
		if (!same_token(&a->tokens[i], &b->tokens[i]))
			return false;
	}
	while (*u != NULL && same_text(*u, *v))
		u++, v++;
	return *u == *v;
}

rh_status
policy_check(const struct policy *p, struct db *db, struct err *err)
{
	struct policy *q;
	bool same;
	rh_status rc;

	if ((rc = policy_load(db, p->now, &q, err)) != RH_OK)
		return rc;
	same = policy_same(p, q);
	policy_unref(q);
	return same ? RH_OK : err_set(err, RH_EINTERNAL, "the policy isn't "
	    "that of the tables");
}
