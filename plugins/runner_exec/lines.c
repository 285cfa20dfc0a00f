/*
 * A state machine over bytes: only what may still become a command is held.
 */
#include "lines.h"

#include <string.h>

#define MARK	"::"
#define MARK_LEN 2

/* Whether what is held may still become a command. */
static bool
may_be(const struct text *t)
{
	size_t n = t->len < MARK_LEN ? t->len : MARK_LEN;

	return t->len <= LINE_MAX_BYTES && memcmp(t->p, MARK, n) == 0;
}

static void
give_up(struct lines *l)
{
	if (l->held.len > 0)
		l->plain(l->arg, l->held.p, l->held.len);
	text_clear(&l->held);
}

static void
end_held(struct lines *l, bool whole)
{
	size_t len = l->held.len;

	if (whole && len > 0 && l->held.p[len - 1] == '\r')
		len--;
	if (len < MARK_LEN || !l->command(l->arg, l->held.p, len)) {
		if (whole)
			text_add(&l->held, "\n", 1);
		give_up(l);
	}
	text_clear(&l->held);
}

/* Of one line, without its end. */
static void
put_part(struct lines *l, const char *p, size_t len)
{
	if (!l->passing) {
		text_add(&l->held, p, len);
		if (may_be(&l->held))
			return;
		give_up(l);
		l->passing = true;
	} else {
		l->plain(l->arg, p, len);
	}
}

void
lines_put(struct lines *l, const char *p, size_t len)
{
	const char *nl;
	size_t n;

	while (len > 0) {
		nl = memchr(p, '\n', len);
		n = nl != NULL ? (size_t)(nl - p) : len;
		if (n > 0)
			put_part(l, p, n);
		p += n;
		len -= n;
		if (nl == NULL)
			return;
		if (l->passing)
			l->plain(l->arg, "\n", 1);
		else
			end_held(l, true);
		l->passing = false;
		l->line_no++;
		p++;
		len--;
	}
}

void
lines_end(struct lines *l)
{
	if (!l->passing && l->held.len > 0)
		end_held(l, false);
}

void
lines_free(struct lines *l)
{
	text_free(&l->held);
}
