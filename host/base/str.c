/*
 * Checks and conversions of borrowed text.  No allocation, no locale.
 */
#include "base/str.h"

/*
 * Well-formed sequences (Unicode 15, table 3-7): the second byte's range
 * depends on the first, all later ones are 80..BF.
 */
static const struct utf8_row {
	uint8_t	first_min, first_max, second_min, second_max, len;
} utf8_table[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static bool
utf8_fits(const struct utf8_row *row, const unsigned char *u, size_t left)
{
	size_t i;

	if (u[0] < row->first_min || u[0] > row->first_max ||
	    left < row->len || u[1] < row->second_min ||
	    u[1] > row->second_max)
		return false;
	for (i = 2; i < row->len; i++)
		if ((u[i] & 0xc0) != 0x80)
			return false;
	return true;
}

size_t
str_utf8_next(const char *p, size_t left)
{
	const unsigned char *u = (const unsigned char *)p;
	size_t i;

	if (left == 0)
		return 0;
	if (u[0] < 0x80)
		return 1;
	for (i = 0; i < sizeof utf8_table / sizeof utf8_table[0]; i++)
		if (utf8_fits(&utf8_table[i], u, left))
			return utf8_table[i].len;
	return 0;
}

bool
str_utf8(const char *p, size_t len)
{
	uint64_t word;
	size_t i = 0, n;

	while (i < len) {
		if (len - i >= sizeof word) {
			memcpy(&word, p + i, sizeof word);
			if ((word & UINT64_C(0x8080808080808080)) == 0) {
				i += sizeof word;
				continue;
			}
		}
		n = str_utf8_next(p + i, len - i);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

bool
str_i64(struct str s, int64_t min, int64_t max, int64_t *out)
{
	bool negative;
	int64_t v = 0;
	size_t i;
	int digit;

	negative = s.len > 0 && s.p[0] == '-';
	i = negative ? 1 : 0;
	if (i == s.len)
		return false;
	/* Counts down, as there is one negative number more. */
	for (; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		digit = s.p[i] - '0';
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_sub_overflow(v, digit, &v))
			return false;
	}
	if (!negative && __builtin_sub_overflow(0, v, &v))
		return false;
	if (v < min || v > max)
		return false;
	*out = v;
	return true;
}

void
str_hex(char *out, const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *b = bytes;
	size_t i;

	for (i = 0; i < len; i++) {
		out[2 * i] = digits[b[i] >> 4];
		out[2 * i + 1] = digits[b[i] & 15];
	}
	out[2 * len] = '\0';
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
str_unhex(struct str s, void *bytes, size_t len)
{
	unsigned char *b = bytes;
	int high, low;
	size_t i;

	if (s.len != 2 * len)
		return false;
	for (i = 0; i < len; i++) {
		high = hex_value(s.p[2 * i]);
		low = hex_value(s.p[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		b[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static bool
is_ident_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	    c == '.' || c == '_' || c == '-';
}

bool
str_ident(struct str s)
{
	size_t i;

	if (s.len < 1 || s.len > 63 || s.p[0] < 'a' || s.p[0] > 'z' ||
	    s.p[s.len - 1] == '.')
		return false;
	for (i = 1; i < s.len; i++)
		if (!is_ident_char(s.p[i]) ||
		    (s.p[i] == '.' && s.p[i - 1] == '.'))
			return false;
	return true;
}

/* Going back to the newest '*' only is enough and keeps this quadratic. */
bool
str_glob(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
			continue;
		}
		if (*pattern == *text) {
			pattern++;
			text++;
			continue;
		}
		if (star == NULL)
			return false;
		pattern = star;
		text = ++resume;
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool
str_path_within(struct str path, const char *dir)
{
	size_t len = strlen(dir);

	while (len > 0 && dir[len - 1] == '/')
		len--;
	return path.len >= len && memcmp(path.p, dir, len) == 0 &&
	    (path.len == len || path.p[len] == '/');
}
