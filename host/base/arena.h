/*
 * Memory with the lifetime of one request: allocated piecewise, freed at
 * once.  Not for concurrent use; an arena may move between threads.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *head;	/* newest block, or NULL */
	size_t	used;			/* bytes handed out */
};

void	 arena_init(struct arena *);	/* all zero is initialised, too */
void	 arena_fini(struct arena *);	/* frees everything handed out */

/* 16-byte aligned. */
void	*arena_alloc(struct arena *, size_t size);
void	*arena_zalloc(struct arena *, size_t size);
void	*arena_dup(struct arena *, const void *, size_t size);
char	*arena_strdup(struct arena *, const char *);
/* adds a NUL */
char	*arena_strndup(struct arena *, const char *, size_t len);
char	*arena_printf(struct arena *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
