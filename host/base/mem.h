/*
 * Heap memory that is there or ends the process: sizes from outside are
 * bounded before they reach this file.  Freed with free().
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void	*mem_alloc(size_t size);
void	*mem_zalloc(size_t size);
void	*mem_realloc(void *, size_t size);
void	*mem_calloc(size_t n, size_t size);	/* checks n * size */
void	*mem_dup(const void *, size_t size);
char	*mem_strdup(const char *);
char	*mem_strndup(const char *, size_t len);
char	*mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
