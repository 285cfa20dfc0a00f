/*
 * Two tables without chains: what falls on a taken place takes it over.
 */
#include "store/scope_cache.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS	1024		/* power of two; more than runs in flight */

struct by_no {
	int64_t	no;		/* 0: free */
	struct scope scope;	/* its texts are the cache's */
};

struct by_digest {
	int64_t	no;		/* 0: free */
	uint8_t	digest[HASH_LEN];
};

struct scope_cache {
	struct by_no numbers[SLOTS];
	struct by_digest digests[SLOTS];
};

static struct by_no *
number_slot(struct scope_cache *c, int64_t no)
{
	return &c->numbers[(uint64_t)no % SLOTS];
}

static struct by_digest *
digest_slot(struct scope_cache *c, const uint8_t digest[HASH_LEN])
{
	uint64_t bits;

	memcpy(&bits, digest, sizeof bits);
	return &c->digests[bits % SLOTS];
}

static void
forget(struct by_no *e)
{
	e->no = 0;
	free((char *)e->scope.owner);
	free((char *)e->scope.workspace);
	free((char *)e->scope.bot);
	free((char *)e->scope.conversation);
	free((char *)e->scope.thread);
	free((char *)e->scope.runner);
	e->scope = (struct scope){ 0 };
}

struct scope_cache *
scope_cache_new(void)
{
	return mem_zalloc(sizeof(struct scope_cache));
}

void
scope_cache_free(struct scope_cache *c)
{
	if (c == NULL)
		return;
	scope_cache_clear(c);
	free(c);
}

void
scope_cache_clear(struct scope_cache *c)
{
	size_t i;

	for (i = 0; i < SLOTS; i++) {
		if (c->numbers[i].no != 0)
			forget(&c->numbers[i]);
		c->digests[i].no = 0;
	}
}

int64_t
scope_cache_find(struct scope_cache *c, const uint8_t digest[HASH_LEN])
{
	const struct by_digest *e = digest_slot(c, digest);

	return memcmp(e->digest, digest, HASH_LEN) == 0 ? e->no : 0;
}

static char *
keep(const char *text)
{
	return text != NULL ? mem_strdup(text) : NULL;
}

void
scope_cache_add_digest(struct scope_cache *c, int64_t no,
    const uint8_t digest[HASH_LEN])
{
	struct by_digest *e = digest_slot(c, digest);

	e->no = no;
	memcpy(e->digest, digest, HASH_LEN);
}

void
scope_cache_add(struct scope_cache *c, int64_t no, const struct scope *s)
{
	struct by_no *e = number_slot(c, no);

	if (e->no == no)
		return;
	forget(e);
	e->no = no;
	e->scope = (struct scope){
		.owner = keep(s->owner), .workspace = keep(s->workspace),
		.bot = keep(s->bot), .conversation = keep(s->conversation),
		.thread = keep(s->thread), .runner = keep(s->runner),
	};
}

static const char *
dup(struct arena *a, const char *text)
{
	return text != NULL ? arena_strdup(a, text) : NULL;
}

bool
scope_cache_get(struct scope_cache *c, int64_t no, struct arena *a,
    struct scope *out)
{
	const struct by_no *e = number_slot(c, no);
	const struct scope *s = &e->scope;

	if (no == 0 || e->no != no)
		return false;
	*out = (struct scope){
		.owner = dup(a, s->owner), .workspace = dup(a, s->workspace),
		.bot = dup(a, s->bot), .conversation = dup(a, s->conversation),
		.thread = dup(a, s->thread), .runner = dup(a, s->runner),
	};
	return true;
}
