/*
 * Three tables without chains: what falls on a taken place takes it over.
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
	struct scope_ref ref;	/* scope_no 0: free */
	uint8_t	digest[HASH_LEN];
};

struct by_name {
	int64_t	owner_no;
	char	*name;		/* NULL: free */
};

struct scope_cache {
	struct by_no numbers[SLOTS];
	struct by_digest digests[SLOTS];
	struct by_name owners[SLOTS];
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

static struct by_name *
owner_slot(struct scope_cache *c, const char *name)
{
	uint32_t h = 0x811c9dc5;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 0x01000193;
	return &c->owners[(h >> 16 ^ h) % SLOTS];
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
		c->digests[i].ref.scope_no = 0;
		free(c->owners[i].name);
		c->owners[i].name = NULL;
	}
}

struct scope_ref
scope_cache_find(struct scope_cache *c, const uint8_t digest[HASH_LEN])
{
	const struct by_digest *e = digest_slot(c, digest);

	if (memcmp(e->digest, digest, HASH_LEN) != 0)
		return (struct scope_ref){ 0 };
	return e->ref;
}

void
scope_cache_drop(struct scope_cache *c, int64_t no)
{
	struct by_no *e = number_slot(c, no);
	size_t i;

	if (e->no == no)
		forget(e);
	for (i = 0; i < SLOTS; i++) {
		if (c->digests[i].ref.scope_no == no)
			c->digests[i].ref.scope_no = 0;
	}
}

int64_t
scope_cache_owner(struct scope_cache *c, const char *name)
{
	const struct by_name *e = owner_slot(c, name);

	return e->name != NULL && strcmp(e->name, name) == 0 ? e->owner_no : 0;
}

void
scope_cache_add_owner(struct scope_cache *c, int64_t no, const char *name)
{
	struct by_name *e = owner_slot(c, name);

	free(e->name);
	*e = (struct by_name){ no, mem_strdup(name) };
}

static char *
keep(const char *text)
{
	return text != NULL ? mem_strdup(text) : NULL;
}

void
scope_cache_add_digest(struct scope_cache *c, struct scope_ref ref,
    const uint8_t digest[HASH_LEN])
{
	struct by_digest *e = digest_slot(c, digest);

	e->ref = ref;
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
