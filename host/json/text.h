/*
 * What JSON strings are made of: classes of bytes, UTF-8 sequences, and
 * escapes in both directions.  Knows nothing of documents.  Private to
 * this folder.
 */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include "base/buf.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

#define JT_PLAIN	1	/* stands for itself in a string, one byte */
#define JT_SPACE	2	/* may stand between tokens */
#define JT_DIGIT	4
#define JT_ESCAPE	8	/* may follow a backslash, but for u */
#define JT_HEX		16

extern const unsigned char jt_class_table[256];

static inline int
jt_is(char c, int class)
{
	return jt_class_table[(unsigned char)c] & class;
}

/* Bytes of the UTF-8 sequence at p, 1 to 4; 0 when it is not valid. */
int	jt_utf8(const char *p, const char *end);

/* The value of four hexadecimal digits, or -1. */
int	jt_hex4(const char *p, const char *end);

/*
 * One character of a string's body that was scanned: moves *p behind it,
 * writes its UTF-8 bytes and returns how many.
 */
int	jt_decode(const char **p, char out[4]);

/* Body of a scanned string; out has body.len bytes.  The length used. */
size_t	jt_unescape(struct str body, char *out);

/* Whether the unescaped body is this text. */
bool	jt_equal(struct str body, struct str text);

/*
 * Adds the text as a JSON string with its quotes: the only spelling that
 * the host writes.  Each byte that is not UTF-8 becomes U+FFFD.
 */
void	jt_escape(struct buf *, struct str);

/*
 * For messages: cut at 64 bytes and marked "...", on a character boundary.
 * quote escapes and adds quotes, clip leaves as it is.
 */
#define JT_SHOW_LEN	420
const char *jt_quote(struct str, char out[JT_SHOW_LEN]);
const char *jt_clip(struct str, char out[JT_SHOW_LEN]);

#endif
