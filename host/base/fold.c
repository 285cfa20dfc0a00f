/*
 * Small letters of any script: those of C.UTF-8, which is no machine's own
 * setting and always there.
 */
#include "base/fold.h"

#include <locale.h>
#include <pthread.h>
#include <wctype.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t neutral;

static void
open_locale(void)
{
	neutral = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static uint32_t
decode(const char *p, size_t n)
{
	uint32_t c = (unsigned char)*p & (0xffu >> (n + 1));
	size_t i;

	for (i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3f);
	return c;
}

/* No letter above FFFF is looked at by its case. */
static void
add(struct buf *b, uint32_t c)
{
	if (c >= 0x800) {
		buf_addc(b, (char)(0xe0 | c >> 12));
		buf_addc(b, (char)(0x80 | (c >> 6 & 0x3f)));
	} else if (c >= 0x80) {
		buf_addc(b, (char)(0xc0 | c >> 6));
	}
	buf_addc(b, (char)(c < 0x80 ? c : 0x80 | (c & 0x3f)));
}

void
fold_case(struct str s, struct buf *b)
{
	size_t at, n;

	pthread_once(&once, open_locale);
	buf_clear(b);
	for (at = 0; at < s.len; at += n) {
		if ((n = str_utf8_next(s.p + at, s.len - at)) == 0)
			n = 1;
		if (n == 1 && s.p[at] >= 'A' && s.p[at] <= 'Z')
			buf_addc(b, (char)(s.p[at] - 'A' + 'a'));
		else if ((n == 2 || n == 3) && neutral != (locale_t)0)
			add(b, (uint32_t)towlower_l((wint_t)decode(s.p + at, n),
			    neutral));
		else
			buf_add(b, s.p + at, n);
	}
}
