/*
 * Blocks in a list, the newest first; a large piece gets a block of its own
 * behind it, so that the room left in the newest is not lost.
 */
#include "base/arena.h"

#include "base/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE	1024	/* small enough for malloc to have it at hand */
#define BLOCK_SIZE_MAX	65504	/* later blocks double up to this */
#define ALIGNMENT	16

struct arena_block {
	struct arena_block *next;
	size_t	used, size;	/* of data */
	alignas(ALIGNMENT) char data[];
};

void
arena_init(struct arena *a)
{
	*a = (struct arena){ 0 };
}

void
arena_fini(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->head; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	arena_init(a);
}

static struct arena_block *
block_new(size_t size)
{
	struct arena_block *b = mem_alloc(sizeof *b + size);

	b->next = NULL;
	b->used = 0;
	b->size = size;
	return b;
}

/* The next block's size: doubles, as requests that grow go on growing. */
static size_t
size_next(const struct arena *a)
{
	size_t size = a->head != NULL ? 2 * a->head->size : 0;

	if (size < BLOCK_SIZE)
		return BLOCK_SIZE - sizeof(struct arena_block);
	return size < BLOCK_SIZE_MAX ? size : BLOCK_SIZE_MAX;
}

static struct arena_block *
block_with_room(struct arena *a, size_t size)
{
	struct arena_block *b = a->head;
	size_t usual;

	if (b != NULL && b->size - b->used >= size)
		return b;
	usual = size_next(a);
	if (size > usual / 4 && b != NULL) {
		b = block_new(size);
		b->next = a->head->next;
		a->head->next = b;
		return b;
	}
	b = block_new(size > usual ? size : usual);
	b->next = a->head;
	a->head = b;
	return b;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b;
	void *p;

	assert(size <= SIZE_MAX / 2);
	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (size == 0)
		size = ALIGNMENT;
	b = block_with_room(a, size);
	p = b->data + b->used;
	b->used += size;
	a->used += size;
	return p;
}

void *
arena_zalloc(struct arena *a, size_t size)
{
	return memset(arena_alloc(a, size), 0, size);
}

void *
arena_dup(struct arena *a, const void *from, size_t size)
{
	void *p = arena_alloc(a, size);

	if (size != 0)
		memcpy(p, from, size);
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_dup(a, s, strlen(s) + 1);
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p = arena_alloc(a, len + 1);

	if (len != 0)
		memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	char shorter[256], *p;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(shorter, sizeof shorter, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	if ((size_t)n < sizeof shorter)
		return arena_dup(a, shorter, (size_t)n + 1);
	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}
