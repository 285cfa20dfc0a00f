/*
 * Texts of messages, and what is kept of their JSON.
 */
#include "action/talk.h"

#include "base/buf.h"
#include "json/write.h"

#include <ctype.h>
#include <stdio.h>

#define PLAIN_MAX	512	/* bytes that a word of ordinary text may have */
#define ELLIPSIS	"\u2026"

const char *
talk_clip(struct arena *a, struct str s, size_t max)
{
	size_t at = 0, cut = 0, n, chars = 0;

	for (; at < s.len && chars <= max; at += n, chars++) {
		if ((n = str_utf8_next(s.p + at, s.len - at)) == 0)
			n = 1;
		if (chars == max - 1)
			cut = at;
	}
	if (chars <= max)
		return arena_strndup(a, s.p, s.len);
	return arena_printf(a, STR_FMT ELLIPSIS, (int)cut, s.p);
}

/* The parts of a content, one behind the other. */
static void
add_parts(struct arena *a, const struct json_doc *d, int list, struct buf *b)
{
	struct str s;
	int n;

	for (n = json_first(d, list); n >= 0; n = json_next(d, n)) {
		if (json_str(d, n, a, &s) ||
		    json_str(d, json_member(d, n, "text"), a, &s))
			buf_add(b, s.p, s.len);
	}
}

static const char *
text_of_member(struct arena *a, const struct json_doc *d, int node,
    const char *name)
{
	int member = json_member(d, node, name);
	struct buf b = { 0 };
	const char *text = NULL;
	struct str s;

	if (json_str(d, member, a, &s))
		return s.p;
	if (json_type(d, member) != JSON_ARRAY)
		return NULL;
	add_parts(a, d, member, &b);
	if (b.len > 0)
		text = arena_strndup(a, b.p, b.len);
	buf_fini(&b);
	return text;
}

const char *
talk_text(struct arena *a, const struct json_doc *d, int node)
{
	static const char *const names[] = { "text", "content", "contents" };
	const char *text = NULL;
	struct str s;
	size_t i;

	if (json_str(d, node, a, &s))
		return s.p;
	if (json_type(d, node) != JSON_OBJECT)
		return NULL;
	for (i = 0; i < sizeof names / sizeof *names && text == NULL; i++)
		text = text_of_member(a, d, node, names[i]);
	return text;
}

/* "image_base64", "BASE64": a name whose value is that. */
static bool
names_base64(struct str raw)
{
	static const char word[] = "base64\"";
	size_t n = sizeof word - 1, i;

	for (i = 0; i < n && raw.len > n; i++)
		if (tolower((unsigned char)raw.p[raw.len - n + i]) != word[i])
			return false;
	return raw.len > n;
}

static bool
is_data_url(struct str raw)
{
	size_t head = raw.len < 200 ? raw.len : 200;

	return raw.len > 6 && memcmp(raw.p, "\"data:", 6) == 0 &&
	    memmem(raw.p, head, ";base64,", 8) != NULL;
}

/* So long a word is no word; a slash may be escaped. */
static bool
is_one_word(struct str raw)
{
	size_t i;

	if (raw.len < PLAIN_MAX)
		return false;
	for (i = 1; i + 1 < raw.len; i++)
		if (!isalnum((unsigned char)raw.p[i]) &&
		    strchr("+/=_-\\", raw.p[i]) == NULL)
			return false;
	return true;
}

static void
write_string(struct json_out *j, struct str name, struct str raw)
{
	char text[64];

	if (!names_base64(name) && !is_data_url(raw) && !is_one_word(raw)) {
		jw_raw(j, raw);
		return;
	}
	snprintf(text, sizeof text, "[base64, %zu bytes]", raw.len - 2);
	jw_text(j, text);
}

/* Recursion follows the document's nesting, which its scan has bounded. */
static void
write_value(struct json_out *j, const struct json_doc *d, struct str name,
    int node)
{
	enum json_type type = json_type(d, node);
	struct arena a = { 0 };
	struct str s;
	int n;

	if (type == JSON_STRING) {
		write_string(j, name, json_raw(d, node));
	} else if (type == JSON_ARRAY) {
		jw_array(j);
		for (n = json_first(d, node); n >= 0; n = json_next(d, n))
			write_value(j, d, name, n);
		jw_end_array(j);
	} else if (type == JSON_OBJECT) {
		jw_object(j);
		for (n = json_first(d, node); n >= 0; n = json_next(d, n)) {
			if (!json_str(d, n, &a, &s))
				continue;	/* a name with U+0000 */
			jw_name_str(j, s);
			write_value(j, d, json_raw(d, n), json_value(d, n));
		}
		jw_end_object(j);
	} else {
		jw_raw(j, json_raw(d, node));
	}
	arena_fini(&a);
}

const char *
talk_json(struct arena *a, const struct json_doc *d, int node)
{
	struct buf b = { 0 };
	struct json_out j;
	const char *text;

	if (node < 0 || json_type(d, node) == JSON_NULL)
		return NULL;
	jw_init(&j, &b);
	write_value(&j, d, STR(""), node);
	if (b.len <= TALK_JSON_MAX)
		text = arena_strndup(a, b.p, b.len);
	else
		text = arena_printf(a, "{\"truncated\":true,\"bytes\":%zu}",
		    b.len);
	buf_fini(&b);
	return text;
}
