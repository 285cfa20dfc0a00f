/*
 * Values out of nodes: the typed getters and the canonical form.  A number
 * stays text until somebody asks for one of a certain range.
 */
#include "base/mem.h"
#include "json/names.h"
#include "json/number.h"
#include "json/read.h"
#include "json/text.h"

#include <math.h>
#include <stdlib.h>

bool
json_bool(const struct json_doc *doc, int node, bool *out)
{
	if (json_type(doc, node) != JSON_BOOL)
		return false;
	*out = json_raw(doc, node).p[0] == 't';
	return true;
}

bool
json_i64(const struct json_doc *doc, int node, int64_t *out)
{
	if (json_type(doc, node) != JSON_NUMBER)
		return false;
	return json_number_i64(json_raw(doc, node), out);
}

bool
json_double(const struct json_doc *doc, int node, double *out)
{
	double d;

	if (json_type(doc, node) != JSON_NUMBER)
		return false;
	d = json_number_double(json_raw(doc, node));
	if (!isfinite(d))
		return false;
	*out = d;
	return true;
}

bool
json_str(const struct json_doc *doc, int node, struct arena *a,
    struct str *out)
{
	struct str body;
	char *copy;
	size_t len;

	if (json_type(doc, node) != JSON_STRING)
		return false;
	body = json_body(doc, node);
	copy = arena_alloc(a, body.len + 1);
	len = jt_unescape(body, copy);
	copy[len] = '\0';
	if (memchr(copy, '\0', len) != NULL)
		return false;
	*out = (struct str){ copy, len };
	return true;
}

bool
json_is(const struct json_doc *doc, int node, const char *text)
{
	return json_type(doc, node) == JSON_STRING &&
	    jt_equal(json_body(doc, node), str_of(text));
}

static void canonical(const struct json_doc *, int, struct arena *,
    struct buf *);

static void
canonical_array(const struct json_doc *doc, int node, struct arena *scratch,
    struct buf *out)
{
	int child = json_first(doc, node);

	buf_addc(out, '[');
	while (child != -1) {
		canonical(doc, child, scratch, out);
		if ((child = json_next(doc, child)) != -1)
			buf_addc(out, ',');
	}
	buf_addc(out, ']');
}

static void
canonical_object(const struct json_doc *doc, int node, struct arena *scratch,
    struct buf *out)
{
	int i, count = json_size(doc, node);
	struct json_name *rows;

	rows = arena_alloc(scratch, (size_t)count * sizeof *rows);
	json_names(doc, node, scratch, rows);
	buf_addc(out, '{');
	for (i = 0; i < count; i++) {
		if (i > 0)
			buf_addc(out, ',');
		jt_escape(out, rows[i].s);
		buf_addc(out, ':');
		canonical(doc, json_value(doc, rows[i].node), scratch, out);
	}
	buf_addc(out, '}');
}

/* As deep as the document: at most JSON_MAX_DEPTH. */
static void
canonical(const struct json_doc *doc, int node, struct arena *scratch,
    struct buf *out)
{
	enum json_type type = json_type(doc, node);
	struct str raw = json_raw(doc, node);

	if (type == JSON_OBJECT)
		canonical_object(doc, node, scratch, out);
	else if (type == JSON_ARRAY)
		canonical_array(doc, node, scratch, out);
	else if (type == JSON_STRING)
		jt_escape(out, json_plain(doc, node, scratch));
	else
		buf_add(out, raw.p, raw.len);
}

void
json_canonical(const struct json_doc *doc, int node, struct buf *out)
{
	struct arena scratch;

	arena_init(&scratch);
	canonical(doc, node, &scratch, out);
	arena_fini(&scratch);
}
