/*
 * The strict scan: recursive descent over the grammar of RFC 8259, one
 * look at every byte.  Recursion is bounded by JSON_MAX_DEPTH.  Nothing is
 * allocated and nothing is kept; each function leaves s->p behind what it
 * accepted.
 */
#include "json/scan.h"
#include "json/text.h"

#include <limits.h>

struct scan {
	const char *p;
	const char *end;
	const char *start;
	const struct json_limits *limits;
	size_t	tokens;
	int	depth;
	struct err *err;
};

typedef rh_status scan_fn(struct scan *);

const struct json_limits json_limits_default = {
	.size = 1024 * 1024,
	.tokens = 100000,
	.string = 1024 * 1024,
	.members = 1000,
};

const struct json_limits json_limits_kept = {
	.size = 1024 * 1024,
	.tokens = 100000,
	.string = 1024 * 1024,
	.members = 1000,
	.depth = 48,
};

static scan_fn scan_value;

static rh_status
refuse(struct scan *s, const char *at, const char *why)
{
	return err_set(s->err, RH_EJSON, "%s at offset %zu", why,
	    (size_t)(at - s->start));
}

static rh_status
too_big(struct scan *s, size_t limit, const char *what)
{
	return err_set(s->err, RH_ETOOBIG,
	    "more than %zu %s, the limit, at offset %zu", limit, what,
	    (size_t)(s->p - s->start));
}

/* What stands at s->p isn't what the grammar wants there. */
static rh_status
expected(struct scan *s, const char *what)
{
	size_t at = (size_t)(s->p - s->start);
	unsigned char c;

	if (s->p == s->end)
		return err_set(s->err, RH_EJSON,
		    "expected %s, found the end of the document at offset %zu",
		    what, at);
	c = (unsigned char)*s->p;
	if (c < ' ' || c > '~')
		return err_set(s->err, RH_EJSON,
		    "expected %s, found byte 0x%02x at offset %zu",
		    what, c, at);
	return err_set(s->err, RH_EJSON,
	    "expected %s, found '%c' at offset %zu", what, c, at);
}

static inline void
skip_space(struct scan *s)
{
	while (s->p < s->end && jt_is(*s->p, JT_SPACE))
		s->p++;
}

static inline bool
take(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* s->p stands on the backslash of a \u escape. */
static rh_status
scan_code_point(struct scan *s)
{
	const char *at = s->p;
	int high, low = -1;

	high = jt_hex4(at + 2, s->end);
	if (high < 0)
		return refuse(s, at, "\\u without four hexadecimal digits");
	s->p += 6;
	if (high < 0xd800 || high > 0xdfff)
		return RH_OK;
	if (high < 0xdc00 && s->end - s->p >= 2 &&
	    s->p[0] == '\\' && s->p[1] == 'u')
		low = jt_hex4(s->p + 2, s->end);
	if (low < 0xdc00 || low > 0xdfff)
		return refuse(s, at, "lone surrogate");
	s->p += 6;
	return RH_OK;
}

/* A character that doesn't simply stand for itself. */
static rh_status
scan_special(struct scan *s)
{
	unsigned char c = (unsigned char)*s->p;
	int n;

	if (c >= 0x80) {
		n = jt_utf8(s->p, s->end);
		s->p += n;
		return n > 0 ? RH_OK : refuse(s, s->p, "invalid UTF-8");
	}
	if (c != '\\')
		return err_set(s->err, RH_EJSON,
		    "control character 0x%02x in a string at offset %zu",
		    c, (size_t)(s->p - s->start));
	if (s->end - s->p < 2)
		return refuse(s, s->p, "unfinished escape");
	if (s->p[1] == 'u')
		return scan_code_point(s);
	if (!jt_is(s->p[1], JT_ESCAPE))
		return refuse(s, s->p, "unknown escape");
	s->p += 2;
	return RH_OK;
}

static rh_status
scan_string(struct scan *s)
{
	const char *open = s->p++, *p;
	rh_status rc;

	for (;;) {
		for (p = s->p; p < s->end && jt_is(*p, JT_PLAIN); p++)
			;
		s->p = p;
		if (p == s->end)
			return refuse(s, open, "string without an end");
		if (*p == '"')
			break;
		if ((rc = scan_special(s)) != RH_OK)
			return rc;
	}
	if ((size_t)(s->p - open - 1) > s->limits->string) {
		s->p = open;
		return too_big(s, s->limits->string, "bytes in a string");
	}
	s->p++;
	return RH_OK;
}

static rh_status
scan_digits(struct scan *s)
{
	if (s->p == s->end || !jt_is(*s->p, JT_DIGIT))
		return expected(s, "a digit");
	while (s->p < s->end && jt_is(*s->p, JT_DIGIT))
		s->p++;
	return RH_OK;
}

static rh_status
scan_number(struct scan *s)
{
	const char *first;
	rh_status rc;

	take(s, '-');
	first = s->p;
	if ((rc = scan_digits(s)) != RH_OK)
		return rc;
	if (*first == '0' && s->p - first > 1)
		return refuse(s, first, "number with a leading zero");
	if (take(s, '.') && (rc = scan_digits(s)) != RH_OK)
		return rc;
	if (take(s, 'e') || take(s, 'E')) {
		if (!take(s, '+'))
			take(s, '-');
		return scan_digits(s);
	}
	return RH_OK;
}

static rh_status
scan_literal(struct scan *s)
{
	static const struct str table[] = {
		STR("true"), STR("false"), STR("null"),
	};
	size_t i, left = (size_t)(s->end - s->p);

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (left < table[i].len ||
		    memcmp(s->p, table[i].p, table[i].len) != 0)
			continue;
		s->p += table[i].len;
		return RH_OK;
	}
	return refuse(s, s->p, "neither true nor false nor null");
}

static inline rh_status
count_token(struct scan *s)
{
	if (s->tokens++ < s->limits->tokens)
		return RH_OK;
	return too_big(s, s->limits->tokens, "values and names");
}

static rh_status
enter(struct scan *s)
{
	int max = s->limits->depth > 0 ? s->limits->depth : JSON_MAX_DEPTH;

	if (s->depth++ == max)
		return too_big(s, (size_t)max, "levels of nesting");
	s->p++;
	skip_space(s);
	return RH_OK;
}

static rh_status
scan_array(struct scan *s)
{
	rh_status rc;

	if ((rc = enter(s)) != RH_OK)
		return rc;
	if (take(s, ']'))
		goto out;
	for (;;) {
		if ((rc = scan_value(s)) != RH_OK)
			return rc;
		skip_space(s);
		if (take(s, ']'))
			break;
		if (!take(s, ','))
			return expected(s, "',' or ']'");
		skip_space(s);
	}
out:
	s->depth--;
	return RH_OK;
}

static rh_status
scan_member(struct scan *s)
{
	rh_status rc;

	if (s->p == s->end || *s->p != '"')
		return expected(s, "a name in quotes");
	if ((rc = count_token(s)) != RH_OK || (rc = scan_string(s)) != RH_OK)
		return rc;
	skip_space(s);
	if (!take(s, ':'))
		return expected(s, "':'");
	skip_space(s);
	return scan_value(s);
}

static rh_status
scan_object(struct scan *s)
{
	size_t members = 0;
	rh_status rc;

	if ((rc = enter(s)) != RH_OK)
		return rc;
	if (take(s, '}'))
		goto out;
	for (;;) {
		if (members++ == s->limits->members)
			return too_big(s, s->limits->members,
			    "members in an object");
		if ((rc = scan_member(s)) != RH_OK)
			return rc;
		skip_space(s);
		if (take(s, '}'))
			break;
		if (!take(s, ','))
			return expected(s, "',' or '}'");
		skip_space(s);
	}
out:
	s->depth--;
	return RH_OK;
}

/* By the first byte of a value. */
static scan_fn *const value_table[256] = {
	['"'] = scan_string,
	['-'] = scan_number,
	['0' ... '9'] = scan_number,
	['['] = scan_array,
	['f'] = scan_literal,
	['n'] = scan_literal,
	['t'] = scan_literal,
	['{'] = scan_object,
};

static rh_status
scan_value(struct scan *s)
{
	scan_fn *fn = NULL;
	rh_status rc;

	if (s->p < s->end)
		fn = value_table[(unsigned char)*s->p];
	if (fn == NULL)
		return expected(s, "a value");
	if ((rc = count_token(s)) != RH_OK)
		return rc;
	return fn(s);
}

static rh_status
scan_document(struct scan *s)
{
	rh_status rc;

	if (s->end - s->p >= 3 && memcmp(s->p, "\xef\xbb\xbf", 3) == 0)
		return refuse(s, s->p, "byte order mark");
	skip_space(s);
	if ((rc = scan_value(s)) != RH_OK)
		return rc;
	skip_space(s);
	if (s->p < s->end)
		return expected(s, "nothing more");
	return RH_OK;
}

rh_status
json_scan(const char *text, size_t len, const struct json_limits *limits,
    size_t *token_count, struct err *err)
{
	const char *start = len > 0 ? text : "";
	struct scan s = {
		.p = start, .start = start, .end = start + len,
		.limits = limits != NULL ? limits : &json_limits_default,
		.err = err,
	};
	size_t max = s.limits->size < INT_MAX ? s.limits->size : INT_MAX;
	rh_status rc;

	*token_count = 0;
	if (len > max)
		return err_set(err, RH_ETOOBIG,
		    "%zu bytes of JSON are above the limit of %zu", len, max);
	if ((rc = scan_document(&s)) == RH_OK)
		*token_count = s.tokens;
	return rc;
}
