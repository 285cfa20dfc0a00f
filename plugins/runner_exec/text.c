/*
 * Doubles its memory as it grows.
 */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *
must_alloc(size_t size)
{
	void *p = calloc(1, size);

	if (p == NULL)
		abort();
	return p;
}

void
text_add(struct text *t, const char *p, size_t len)
{
	size_t room = t->room > 0 ? t->room : 64;

	while (room - t->len <= len)
		room *= 2;
	if (room != t->room && (t->p = realloc(t->p, room)) == NULL)
		abort();
	t->room = room;
	if (len > 0)
		memcpy(t->p + t->len, p, len);
	t->len += len;
	t->p[t->len] = '\0';
}

void
text_adds(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

void
text_printf(struct text *t, const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	text_add(t, s, (size_t)n);
	free(s);
}

void
text_clear(struct text *t)
{
	t->len = 0;
}

void
text_free(struct text *t)
{
	free(t->p);
	memset(t, 0, sizeof *t);
}

char *
text_take(struct text *t)
{
	char *p;

	text_add(t, "", 0);
	p = t->p;
	memset(t, 0, sizeof *t);
	return p;
}

/* By the first byte; 0: none begins so. */
static size_t
wanted(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c < 0xe0)
		return 2;
	if (c >= 0xe0 && c < 0xf0)
		return 3;
	return c >= 0xf0 && c < 0xf5 ? 4 : 0;
}

size_t
utf8_len(const char *p, size_t left)
{
	const unsigned char *u = (const unsigned char *)p;
	size_t i, n = left > 0 ? wanted(u[0]) : 0;

	if (n == 0 || n > left)
		return 0;
	for (i = 1; i < n; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong, a surrogate, beyond U+10FFFF. */
	if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
	    (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	return n;
}

size_t
utf8_cut(const char *p, size_t len)
{
	size_t back;

	for (back = 1; back <= 3 && back <= len; back++) {
		if (((unsigned char)p[len - back] & 0xc0) == 0x80)
			continue;
		return wanted((unsigned char)p[len - back]) > back ? back : 0;
	}
	return 0;
}
