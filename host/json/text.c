/*
 * JSON strings, character by character.  The readers here trust what
 * json_scan() has accepted; only jt_utf8(), jt_hex4() and jt_escape() meet
 * bytes that nobody has judged.
 */
#include "json/text.h"

#include <stdio.h>

#define P	JT_PLAIN

const unsigned char jt_class_table[256] = {
	['\t'] = JT_SPACE, ['\n'] = JT_SPACE, ['\r'] = JT_SPACE,
	[' '] = P | JT_SPACE, ['!'] = P,
	['"'] = JT_ESCAPE, ['\\'] = JT_ESCAPE,
	['#' ... '.'] = P,
	['/'] = P | JT_ESCAPE,
	['0' ... '9'] = P | JT_DIGIT | JT_HEX,
	[':' ... '@'] = P,
	['A' ... 'F'] = P | JT_HEX,
	['G' ... '['] = P,
	[']' ... '`'] = P,
	['a'] = P | JT_HEX,
	['b'] = P | JT_HEX | JT_ESCAPE,
	['c' ... 'e'] = P | JT_HEX,
	['f'] = P | JT_HEX | JT_ESCAPE,
	['g' ... 'm'] = P,
	['n'] = P | JT_ESCAPE,
	['o' ... 'q'] = P,
	['r'] = P | JT_ESCAPE,
	['s'] = P,
	['t'] = P | JT_ESCAPE,
	['u' ... 0x7f] = P,
};

/* What a letter after the backslash stands for; others are themselves. */
static const char letter_table[128] = {
	['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t',
};

/* The other way round. */
static const char short_table[32] = {
	['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
};

static bool
is_tail(const unsigned char *u, int n)
{
	while (n-- > 0)
		if ((*u++ & 0xc0) != 0x80)
			return false;
	return true;
}

int
jt_utf8(const char *p, const char *end)
{
	const unsigned char *u = (const unsigned char *)p;
	int n;

	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4)
		return 0;
	n = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	if (end - p < n || !is_tail(u + 1, n - 1))
		return 0;
	/* overlong, surrogate, overlong, above U+10FFFF */
	if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
	    (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	return n;
}

int
jt_hex4(const char *p, const char *end)
{
	int i, c, v = 0;

	if (end - p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		c = p[i];
		if (!jt_is(p[i], JT_HEX))
			return -1;
		v = v * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return v;
}

static int
encode(uint32_t cp, char out[4])
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

int
jt_decode(const char **pp, char out[4])
{
	const char *p = *pp;
	uint32_t cp;
	char c;

	if (p[0] != '\\') {
		out[0] = p[0];
		*pp = p + 1;
		return 1;
	}
	if (p[1] != 'u') {
		c = letter_table[(unsigned char)p[1] & 0x7f];
		out[0] = c != '\0' ? c : p[1];
		*pp = p + 2;
		return 1;
	}
	cp = (uint32_t)jt_hex4(p + 2, p + 6);
	p += 6;
	/* the scan has seen the other half of a surrogate */
	if (cp >= 0xd800 && cp < 0xdc00) {
		cp = 0x10000 + ((cp - 0xd800) << 10) +
		    ((uint32_t)jt_hex4(p + 2, p + 6) - 0xdc00);
		p += 6;
	}
	*pp = p;
	return encode(cp, out);
}

size_t
jt_unescape(struct str body, char *out)
{
	const char *p = body.p, *end = body.p + body.len;
	const char *slash;
	char *o = out, c[4];
	int i, n;

	while (p < end) {
		slash = memchr(p, '\\', (size_t)(end - p));
		if (slash == NULL)
			slash = end;
		memcpy(o, p, (size_t)(slash - p));
		o += slash - p;
		if ((p = slash) == end)
			break;
		n = jt_decode(&p, c);
		for (i = 0; i < n; i++)
			*o++ = c[i];
	}
	return (size_t)(o - out);
}

bool
jt_equal(struct str body, struct str text)
{
	const char *p = body.p, *end = body.p + body.len;
	size_t at = 0;
	char c[4];
	int n;

	if (body.len < text.len)	/* escapes only make it longer */
		return false;
	if (body.len == text.len)
		return text.len == 0 || (memcmp(p, text.p, text.len) == 0 &&
		    memchr(p, '\\', body.len) == NULL);
	while (p < end) {
		n = jt_decode(&p, c);
		if (text.len - at < (size_t)n ||
		    memcmp(text.p + at, c, (size_t)n) != 0)
			return false;
		at += (size_t)n;
	}
	return at == text.len;
}

/* One character that does not stand for itself; how many bytes it took. */
static int
escape_one(struct buf *out, const char *p, const char *end)
{
	unsigned char c = (unsigned char)*p;
	int n;

	if (c >= 0x80) {
		n = jt_utf8(p, end);
		if (n > 0)
			buf_add(out, p, (size_t)n);
		else
			buf_add(out, "\xef\xbf\xbd", 3);
		return n > 0 ? n : 1;
	}
	buf_addc(out, '\\');
	if (c >= 0x20)
		buf_addc(out, *p);
	else if (short_table[c] != '\0')
		buf_addc(out, short_table[c]);
	else
		buf_printf(out, "u%04x", c);
	return 1;
}

/* How many bytes stand for themselves. */
static size_t
plain(const char *p, const char *end)
{
	const char *from = p;

	while (p < end && jt_is(*p, JT_PLAIN))
		p++;
	return (size_t)(p - from);
}

void
jt_escape(struct buf *out, struct str s)
{
	const char *p = s.len > 0 ? s.p : "", *end = p + s.len;
	size_t n;

	/* Most texts are plain: there is room for them, and for the quotes. */
	buf_reserve(out, s.len + 2);
	out->p[out->len++] = '"';
	for (;;) {
		n = plain(p, end);
		buf_add(out, p, n);
		if ((p += n) == end)
			break;
		p += escape_one(out, p, end);
	}
	buf_addc(out, '"');
}

#define SHOW_MAX	64

static struct str
cut(struct str s)
{
	if (s.len <= SHOW_MAX)
		return s;
	s.len = SHOW_MAX;
	while (s.len > 0 && ((unsigned char)s.p[s.len] & 0xc0) == 0x80)
		s.len--;
	return s;
}

const char *
jt_clip(struct str s, char out[JT_SHOW_LEN])
{
	struct str c = cut(s);

	snprintf(out, JT_SHOW_LEN, STR_FMT "%s", STR_ARG(c),
	    c.len < s.len ? "..." : "");
	return out;
}

const char *
jt_quote(struct str s, char out[JT_SHOW_LEN])
{
	struct buf b = { 0 };
	struct str c = cut(s);

	jt_escape(&b, c);	/* at most 6 bytes for one */
	snprintf(out, JT_SHOW_LEN, "%s%s", b.p, c.len < s.len ? "..." : "");
	buf_fini(&b);
	return out;
}
