/*
 * From a schema to a value.  Reads the schema's own text, so that the value
 * is judged by somebody else: json/schema_check.
 */
#include "kit/sample.h"

#include "base/arena.h"
#include "json/read.h"
#include "plugin/form.h"

#include <stdint.h>
#include <string.h>

#define TEXT_BYTES	(64 * 1024)
#define DEPTH		60
#define MEMBERS		900

struct writer {
	const struct json_doc *doc;
	const struct taste *taste;
	struct buf *out;
};

static void	write_value(const struct writer *, int schema);

static void
plain_text(struct buf *b)
{
	buf_adds(b, "\"Ann\"");
}

static void
empty_text(struct buf *b)
{
	buf_adds(b, "\"\"");
}

static void
long_text(struct buf *b)
{
	int i;

	buf_addc(b, '"');
	for (i = 0; i < TEXT_BYTES / 8; i++)
		buf_adds(b, "abcdefgh");
	buf_addc(b, '"');
}

static void
nul_text(struct buf *b)
{
	buf_adds(b, "\"a\\u0000b\\u0000\"");
}

static void
odd_text(struct buf *b)
{
	buf_adds(b, "\"%s%n \\\"'`$(id)\\\\ \\u001b[2J\\r\\n\\t "
	    "\xe2\x80\xae\xf0\x9f\x92\xa9\xcc\x81 \\ud83d\\ude00 ../../x\"");
}

static void
number_members(struct buf *b)
{
	buf_adds(b, ",\"x-least\":-9223372036854775808"
	    ",\"x-most\":9223372036854775807"
	    ",\"x-above\":18446744073709551616,\"x-zero\":-0"
	    ",\"x-wide\":1e308,\"x-tiny\":1e-400,\"x-half\":0.5");
}

static void
deep_member(struct buf *b)
{
	int i;

	buf_adds(b, ",\"x-deep\":");
	for (i = 0; i < DEPTH; i++)
		buf_addc(b, '[');
	for (i = 0; i < DEPTH; i++)
		buf_addc(b, ']');
}

static void
many_members(struct buf *b)
{
	int i;

	for (i = 0; i < MEMBERS; i++)
		buf_printf(b, ",\"x-%d\":null", i);
}

const struct taste taste_table[] = {
	{ "the least",		false, false, plain_text, NULL },
	{ "all",		true, false, plain_text, NULL },
	{ "empty text",		true, false, empty_text, NULL },
	{ "64 KiB of text",	true, true, long_text, NULL },
	{ "NUL in text",	true, true, nul_text, NULL },
	{ "odd text",		true, true, odd_text, NULL },
	{ "numbers at their limits", true, true, plain_text, number_members },
	{ "60 levels",		true, false, plain_text, deep_member },
	{ "900 members",	true, false, plain_text, many_members },
	{ NULL, false, false, NULL, NULL }
};

/* The name of the type that is written: the first, if there are several. */
static bool
is_type(const struct writer *w, int schema, const char *name)
{
	int type = json_member(w->doc, schema, "type");

	if (json_type(w->doc, type) == JSON_ARRAY)
		type = json_first(w->doc, type);
	return json_is(w->doc, type, name);
}

/* A limit, brought to the nearest integer that it allows. */
static bool
limit(const struct writer *w, int schema, const char *name, bool is_least,
    int64_t *out)
{
	int node = json_member(w->doc, schema, name);
	double at;

	if (json_i64(w->doc, node, out))
		return true;
	if (!json_double(w->doc, node, &at) || at < -9e18 || at > 9e18)
		return false;
	*out = (int64_t)at;
	if (is_least && (double)*out < at)
		++*out;
	else if (!is_least && (double)*out > at)
		--*out;
	return true;
}

static void
write_integer(const struct writer *w, int schema)
{
	int64_t least = w->taste->all ? INT64_MIN : 0, most = INT64_MAX;

	if (limit(w, schema, "maximum", false, &most) && most < least)
		least = most;
	limit(w, schema, "minimum", true, &least);
	buf_printf(w->out, "%lld", (long long)(w->taste->high ? most :
	    least));
}

static void
write_number(const struct writer *w, int schema)
{
	const char *name = w->taste->high ? "maximum" : "minimum";
	int node = json_member(w->doc, schema, name);
	struct str raw = json_raw(w->doc, node);

	if (node >= 0)
		buf_add(w->out, raw.p, raw.len);
	else
		buf_adds(w->out, w->taste->high ? "1e308" : "-1e308");
}

static void
write_array(const struct writer *w, int schema)
{
	int items = json_member(w->doc, schema, "items");

	buf_addc(w->out, '[');
	if (w->taste->all && items >= 0)
		write_value(w, items);
	buf_addc(w->out, ']');
}

static bool
is_required(const struct writer *w, int schema, int name)
{
	int list = json_member(w->doc, schema, "required"), node;

	for (node = json_first(w->doc, list); node >= 0;
	    node = json_next(w->doc, node))
		if (str_eq(json_raw(w->doc, node), json_raw(w->doc, name)))
			return true;
	return false;
}

/* Whether members are taken that no property describes. */
static bool
is_open(const struct writer *w, int schema)
{
	bool open = true;

	json_bool(w->doc, json_member(w->doc, schema, "additionalProperties"),
	    &open);
	return open;
}

static void
write_object(const struct writer *w, int schema)
{
	int props = json_member(w->doc, schema, "properties"), name;
	size_t start = w->out->len;
	struct str raw;

	buf_addc(w->out, '{');
	for (name = json_first(w->doc, props); name >= 0;
	    name = json_next(w->doc, name)) {
		if (!w->taste->all && !is_required(w, schema, name))
			continue;
		if (w->out->len > start + 1)
			buf_addc(w->out, ',');
		raw = json_raw(w->doc, name);
		buf_add(w->out, raw.p, raw.len);
		buf_addc(w->out, ':');
		write_value(w, json_value(w->doc, name));
	}
	if (w->taste->more != NULL && is_open(w, schema)) {
		buf_printf(w->out, "%s\"x-text\":",
		    w->out->len > start + 1 ? "," : "");
		w->taste->text(w->out);
		w->taste->more(w->out);
	}
	buf_addc(w->out, '}');
}

static void
write_text(const struct writer *w, int schema)
{
	(void)schema;
	w->taste->text(w->out);
}

static void
write_true(const struct writer *w, int schema)
{
	(void)schema;
	buf_adds(w->out, w->taste->high ? "true" : "false");
}

static void
write_null(const struct writer *w, int schema)
{
	(void)schema;
	buf_adds(w->out, "null");
}

static void
write_value(const struct writer *w, int schema)
{
	static const struct {
		const char *type;
		void	(*write)(const struct writer *, int schema);
	} types[] = {
		{ "object", write_object }, { "string", write_text },
		{ "integer", write_integer }, { "number", write_number },
		{ "array", write_array }, { "boolean", write_true },
		{ "null", write_null },
	};
	int values = json_member(w->doc, schema, "enum");
	struct str raw;
	size_t i;

	if (values >= 0) {
		raw = json_raw(w->doc, json_first(w->doc, values));
		buf_add(w->out, raw.p, raw.len);
		return;
	}
	for (i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (is_type(w, schema, types[i].type)) {
			types[i].write(w, schema);
			return;
		}
	}
	if (json_member(w->doc, schema, "properties") >= 0)
		write_object(w, schema);
	else
		write_text(w, schema);
}

void
sample_input(const char *schema, const struct taste *taste, struct buf *out)
{
	static const struct json_limits limits = {
		.size = FORM_SCHEMA_MAX, .tokens = 100000,
		.string = FORM_SCHEMA_MAX, .members = 1000,
	};
	static const char any[] = "{\"type\":\"object\"}";
	struct arena arena = { 0 };
	struct json_doc doc;
	struct writer w = { &doc, taste, out };
	struct err err;

	if (schema == NULL)
		schema = any;
	if (json_parse(&arena, schema, strlen(schema), &limits, &doc,
	    &err) != RH_OK)
		json_parse(&arena, any, strlen(any), &limits, &doc, &err);
	write_object(&w, 0);
	arena_fini(&arena);
}
