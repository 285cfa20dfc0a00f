/*
 * Text that grows.  p ends in NUL once something was added; without memory
 * the process ends.
 */
#ifndef EXEC_TEXT_H
#define EXEC_TEXT_H

#include <stddef.h>

struct text {
	char	*p;
	size_t	len, room;
};

void	text_add(struct text *, const char *p, size_t len);
void	text_adds(struct text *, const char *);
void	text_printf(struct text *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	text_clear(struct text *);		/* keeps the room */
void	text_free(struct text *);
/* What it holds, the caller's to free; the text is empty afterwards. */
char	*text_take(struct text *);

void	*must_alloc(size_t);			/* zeroed */

/* Length of the character at p, 1 to 4; 0: no UTF-8, or cut off by left. */
size_t	utf8_len(const char *p, size_t left);
/* How many bytes at the end begin a character that isn't there whole. */
size_t	utf8_cut(const char *p, size_t len);

#endif
