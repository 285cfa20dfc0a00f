/*
 * Allocation that cannot fail.  What it could not get ends the process: a
 * host that goes on without memory would answer what it has not done.
 */
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void
mem_exhausted(void)
{
	static const char msg[] = "runhost: out of memory\n";
	ssize_t n;

	n = write(STDERR_FILENO, msg, sizeof msg - 1);
	(void)n;
	abort();
}

/* malloc(0) may be NULL; nobody should have to think of that. */
void *
mem_alloc(size_t size)
{
	void *p = malloc(size != 0 ? size : 1);

	if (p == NULL)
		mem_exhausted();
	return p;
}

void *
mem_zalloc(size_t size)
{
	return mem_calloc(1, size);
}

void *
mem_realloc(void *old, size_t size)
{
	void *p = realloc(old, size != 0 ? size : 1);

	if (p == NULL)
		mem_exhausted();
	return p;
}

void *
mem_calloc(size_t n, size_t size)
{
	void *p = n != 0 && size != 0 ? calloc(n, size) : calloc(1, 1);

	if (p == NULL)
		mem_exhausted();
	return p;
}

void *
mem_dup(const void *from, size_t size)
{
	void *p = mem_alloc(size);

	if (size != 0)
		memcpy(p, from, size);
	return p;
}

char *
mem_strdup(const char *s)
{
	return mem_dup(s, strlen(s) + 1);
}

char *
mem_strndup(const char *s, size_t len)
{
	char *p = mem_alloc(len + 1);

	if (len != 0)
		memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *
mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&p, fmt, ap);
	va_end(ap);
	if (n < 0)
		mem_exhausted();
	return p;
}
