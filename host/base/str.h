/*
 * Borrowed text with a length.  The text need not end in NUL.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t	len;
};

#define STR(lit)	((struct str){ (lit), sizeof(lit) - 1 })
#define STR_FMT		"%.*s"
#define STR_ARG(s)	(int)(s).len, (s).p

static inline struct str
str_of(const char *s)
{
	return (struct str){ s, s != NULL ? strlen(s) : 0 };
}

static inline bool
str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static inline bool
str_is(struct str a, const char *b)
{
	return str_eq(a, str_of(b));
}

/* Valid UTF-8: no overlong form, surrogate or code point above 10FFFF. */
bool	str_utf8(const char *p, size_t len);

/* Bytes of the character at p (1 to 4); 0 if none is there or it is broken. */
size_t	str_utf8_next(const char *p, size_t left);

/* Whole text is a decimal integer within [min, max]. */
bool	str_i64(struct str, int64_t min, int64_t max, int64_t *out);

/* Lower-case hexadecimal; out has 2 * len + 1 bytes. */
void	str_hex(char *out, const void *bytes, size_t len);

/* Exactly 2 * len hexadecimal digits of either case. */
bool	str_unhex(struct str, void *bytes, size_t len);

/*
 * A safe identifier: [a-z][a-z0-9._-]{0,62}, no "..", no trailing dot.
 * Plugin ids, runner names and action names are of this form.
 */
bool	str_ident(struct str);

/* Shell-like pattern with '*' only, which matches any run of characters. */
bool	str_glob(const char *pattern, const char *text);

/* Whether a path is dir or lies below it, by name; dir may end in "/". */
bool	str_path_within(struct str path, const char *dir);

#endif
