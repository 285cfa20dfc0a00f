/*
 * Four characters for three bytes, and back.
 */
#include "base/base64.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_add(struct buf *b, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	unsigned v;
	char *out;
	size_t i, left;

	buf_reserve(b, BASE64_LEN(len));
	out = b->p + b->len;
	for (i = 0; i < len; i += 3) {
		left = len - i;
		v = (unsigned)p[i] << 16;
		v |= left > 1 ? (unsigned)p[i + 1] << 8 : 0;
		v |= left > 2 ? p[i + 2] : 0;
		*out++ = digits[v >> 18];
		*out++ = digits[v >> 12 & 63];
		*out++ = left > 1 ? digits[v >> 6 & 63] : '=';
		*out++ = left > 2 ? digits[v & 63] : '=';
	}
	*out = '\0';
	b->len += BASE64_LEN(len);
}

static int
value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

static size_t
padding(struct str text)
{
	size_t n = 0;

	while (n < 2 && n < text.len && text.p[text.len - 1 - n] == '=')
		n++;
	return n;
}

bool
base64_read(struct str text, void *out, size_t *len)
{
	size_t pad = padding(text), i, n = 0;
	unsigned char *p = out;
	unsigned v = 0;
	int d;

	if (text.len % 4 != 0)
		return false;
	for (i = 0; i < text.len - pad; i++) {
		if ((d = value(text.p[i])) < 0)
			return false;
		v = v << 6 | (unsigned)d;
		if (i % 4 == 0)
			continue;
		p[n++] = (unsigned char)(v >> (6 - 2 * (i % 4)));
		v &= (1u << (6 - 2 * (i % 4))) - 1;
	}
	*len = n;
	return v == 0;
}
