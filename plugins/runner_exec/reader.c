/*
 * Nothing here goes beyond a line, and nothing beyond the end of the file,
 * which need not end in NUL.
 */
#include "reader.h"

#include "template.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct place
read_place(const struct reader *r, const char *at)
{
	struct place place = { r->line_no, 1 };
	const char *p;

	for (p = r->line; p < at; p++)
		if (((unsigned char)*p & 0xc0) != 0x80)
			place.column++;
	return place;
}

static bool
refuse(struct reader *r, struct place place, const char *fmt, va_list ap)
{
	r->error->place = place;
	vsnprintf(r->error->reason, sizeof r->error->reason, fmt, ap);
	return false;
}

bool
read_refuse(struct reader *r, struct place place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	refuse(r, place, fmt, ap);
	va_end(ap);
	return false;
}

bool
read_refuse_here(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	refuse(r, read_place(r, r->p), fmt, ap);
	va_end(ap);
	return false;
}

void
read_space(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t'))
		r->p++;
}

bool
read_at_end(struct reader *r)
{
	read_space(r);
	return r->p == r->end || *r->p == '\n' || *r->p == '#';
}

bool
read_char(struct reader *r, char c)
{
	read_space(r);
	if (r->p == r->end || *r->p != c)
		return read_refuse_here(r, "\"%c\" is missing here", c);
	r->p++;
	return true;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-';
}

const char *
read_word(struct reader *r, size_t *len)
{
	const char *word;

	read_space(r);
	word = r->p;
	while (r->p < r->end && is_word(*r->p))
		r->p++;
	*len = (size_t)(r->p - word);
	return word;
}

bool
word_is(const char *word, size_t len, const char *is)
{
	return strlen(is) == len && memcmp(word, is, len) == 0;
}

/* A text is no longer than it is written, and something follows each. */
static const char *
keep(struct reader *r, const char *p, size_t len)
{
	char *text = r->pool;

	memcpy(text, p, len);
	text[len] = '\0';
	r->pool += len + 1;
	return text;
}

bool
read_name(struct reader *r, const char **name)
{
	size_t len;
	const char *word = read_word(r, &len);

	if (len > 0 && len <= NAME_LEN_MAX &&
	    !(*word >= '0' && *word <= '9') && *word != '_' && *word != '-') {
		*name = keep(r, word, len);
		return true;
	}
	r->p = word;
	return read_refuse_here(r, "a name is missing here: a letter, then "
	    "letters, digits, \"_\" and \"-\", %d in all", NAME_LEN_MAX);
}

bool
read_number(struct reader *r, int64_t *n, int64_t min, int64_t max)
{
	const char *start;
	bool negative;
	int digits = 0;
	struct place place;

	read_space(r);
	start = r->p;
	place = read_place(r, start);
	negative = r->p < r->end && *r->p == '-';
	if (negative)
		r->p++;
	for (*n = 0; r->p < r->end && *r->p >= '0' && *r->p <= '9' &&
	    digits < 18; digits++)
		*n = *n * 10 + (*r->p++ - '0');
	if (negative)
		*n = -*n;
	if (digits == 0 || (r->p < r->end && is_word(*r->p)) || *n < min ||
	    *n > max)
		return read_refuse(r, place, "a whole number from %" PRId64
		    " to %" PRId64 " is missing here", min, max);
	return true;
}

static bool
read_escape(struct reader *r, char *c)
{
	static const char written[] = "\"\\nt", meant[] = "\"\\\n\t";
	const char *which;

	if (r->p + 1 < r->end && r->p[1] != '\0' &&
	    (which = strchr(written, r->p[1])) != NULL) {
		*c = meant[which - written];
		r->p += 2;
		return true;
	}
	return read_refuse_here(r, "behind \"\\\" there may be one of "
	    "\" \\ n t");
}

bool
read_string(struct reader *r, const char **text, size_t max)
{
	const char *start;
	char *out = r->pool;
	size_t n;

	read_space(r);
	start = r->p;
	if (r->p == r->end || *r->p != '"')
		return read_refuse_here(r, "a text in \"\" is missing here");
	for (r->p++; r->p < r->end && *r->p != '"';) {
		if (*r->p == '\n')
			break;
		if (*r->p == '\\') {
			if (!read_escape(r, out++))
				return false;
			continue;
		}
		n = utf8_len(r->p, (size_t)(r->end - r->p));
		if (n == 0 || (unsigned char)*r->p < 0x20 || *r->p == 0x7f)
			return read_refuse_here(r, "no byte 0x%02x may be "
			    "here: texts are UTF-8 without control "
			    "characters", (unsigned char)*r->p);
		memcpy(out, r->p, n);
		out += n;
		r->p += n;
	}
	if (r->p == r->end || *r->p != '"')
		return read_refuse(r, read_place(r, start),
		    "this text has no \" at its end");
	r->p++;
	if ((size_t)(out - r->pool) > max)
		return read_refuse(r, read_place(r, start), "this text has "
		    "%zu bytes; %zu are possible", (size_t)(out - r->pool),
		    max);
	*out++ = '\0';
	*text = r->pool;
	r->pool = out;
	return true;
}

bool
read_list(struct reader *r, bool (*one)(struct reader *, void *), void *arg)
{
	if (!read_char(r, '['))
		return false;
	read_space(r);
	if (r->p < r->end && *r->p == ']') {
		r->p++;
		return true;
	}
	for (;;) {
		if (!one(r, arg))
			return false;
		read_space(r);
		if (r->p < r->end && *r->p == ']') {
			r->p++;
			return true;
		}
		if (r->p == r->end || *r->p != ',')
			return read_refuse_here(r, "\",\" or \"]\" is missing "
			    "here");
		r->p++;
	}
}
