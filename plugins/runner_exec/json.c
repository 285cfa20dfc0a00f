/*
 * One pass over text that is known to be JSON, with no tree.
 */
#include "json.h"

#include <runhost/easy.h>

#include <stdint.h>
#include <stdlib.h>

bool
walk_begin(struct json_walk *w, struct rh_text json)
{
	if (json.len == 0)
		return false;
	w->end = json.p + json.len;
	w->p = rh_json_space(json.p, w->end);
	if (w->p == w->end || (*w->p != '[' && *w->p != '{'))
		return false;
	w->is_object = *w->p++ == '{';
	return true;
}

bool
walk_next(struct json_walk *w, struct rh_text *key, struct rh_text *value)
{
	w->p = rh_json_space(w->p, w->end);
	if (w->p < w->end && *w->p == ',')
		w->p = rh_json_space(w->p + 1, w->end);
	if (w->is_object && w->p < w->end && *w->p == '"') {
		key->p = w->p;
		w->p = rh_json_skip_string(w->p, w->end);
		key->len = (uint64_t)(w->p - key->p);
		w->p = rh_json_space(w->p, w->end);
		if (w->p < w->end && *w->p == ':')
			w->p = rh_json_space(w->p + 1, w->end);
	}
	value->p = w->p;
	w->p = rh_json_skip(w->p, w->end);
	value->len = (uint64_t)(w->p - value->p);
	return value->len > 0;
}

static void
add_point(struct text *out, uint32_t c)
{
	char b[4];
	size_t n = 0;

	if (c < 0x80) {
		b[n++] = (char)c;
	} else if (c < 0x800) {
		b[n++] = (char)(0xc0 | c >> 6);
		b[n++] = (char)(0x80 | (c & 63));
	} else if (c < 0x10000) {
		b[n++] = (char)(0xe0 | c >> 12);
		b[n++] = (char)(0x80 | (c >> 6 & 63));
		b[n++] = (char)(0x80 | (c & 63));
	} else {
		b[n++] = (char)(0xf0 | c >> 18);
		b[n++] = (char)(0x80 | (c >> 12 & 63));
		b[n++] = (char)(0x80 | (c >> 6 & 63));
		b[n++] = (char)(0x80 | (c & 63));
	}
	text_add(out, b, n);
}

/* The four digits of "\uXXXX" at p; 0 when they aren't there. */
static uint32_t
read_unit(const char *p, const char *end)
{
	char digits[5] = "";

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return 0;
	memcpy(digits, p + 2, 4);
	return (uint32_t)strtoul(digits, NULL, 16);
}

/* Behind the escape at p; NULL: none that can be. */
static const char *
add_escape(const char *p, const char *end, struct text *out)
{
	static const char written[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *which;
	uint32_t c, low;

	if (end - p < 2)
		return NULL;
	if (p[1] != 'u') {
		which = p[1] != '\0' ? strchr(written, p[1]) : NULL;
		if (which == NULL)
			return NULL;
		text_add(out, &meant[which - written], 1);
		return p + 2;
	}
	if ((c = read_unit(p, end)) == 0)
		return NULL;
	p += 6;
	if (c >= 0xd800 && c < 0xdc00) {
		low = read_unit(p, end);
		if (low < 0xdc00 || low > 0xdfff)
			return NULL;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		p += 6;
	}
	add_point(out, c);
	return p;
}

bool
json_text(struct rh_text v, struct text *out)
{
	const char *p, *end;

	text_clear(out);
	if (v.len == 0)
		return false;
	p = v.p;
	end = v.p + v.len;
	if (*p != '"') {
		if (*p == '{' || *p == '[' || *p == 'n')
			return false;
		text_add(out, v.p, v.len);
		return true;
	}
	text_add(out, "", 0);
	for (p++, end--; p != NULL && p < end;) {
		if (*p == '\\') {
			p = add_escape(p, end, out);
			continue;
		}
		text_add(out, p++, 1);
	}
	return p != NULL;
}
