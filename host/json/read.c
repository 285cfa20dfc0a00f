/*
 * The index over a document: the only seat of jsmn.  jsmn never sees a
 * byte that json_scan() hasn't accepted, and has to agree with it on the
 * number of tokens and the end.
 */
#include "base/mem.h"
#include "json/names.h"
#include "json/read.h"
#include "json/text.h"

#include <assert.h>
#include <stdlib.h>

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS	/* without: quadratic, a denial of service */
#include <jsmn.h>

/*
 * jsmn's token, but for its last member: once jsmn is done, the parent is
 * replaced by the next sibling.
 */
struct json_tok {
	jsmntok_t t;
};

#define NEXT	t.parent

/* An open array or object while siblings are linked. */
struct level {
	int	end;		/* offset */
	int	last;		/* its newest child or name, or -1 */
	bool	object;
	bool	value_due;	/* a name went before */
};

static const char *const type_words[] = {
	[JSON_ABSENT] = "absent",
	[JSON_NULL] = "null",
	[JSON_BOOL] = "a boolean",
	[JSON_NUMBER] = "a number",
	[JSON_STRING] = "a string",
	[JSON_ARRAY] = "an array",
	[JSON_OBJECT] = "an object",
};

/* jsmn's strict mode refuses a bare scalar: this is its only token. */
static void
index_scalar(const char *text, size_t len, jsmntok_t *tok)
{
	size_t start = 0, end = len;
	size_t quote;

	while (jt_is(text[start], JT_SPACE))
		start++;
	while (jt_is(text[end - 1], JT_SPACE))
		end--;
	quote = text[start] == '"';
	tok->type = quote ? JSMN_STRING : JSMN_PRIMITIVE;
	tok->start = (int)(start + quote);
	tok->end = (int)(end - quote);
	tok->size = 0;
	tok->parent = -1;
}

static bool
is_scalar(const char *text)
{
	while (jt_is(*text, JT_SPACE))
		text++;
	return *text != '{' && *text != '[';
}

static rh_status
index_tokens(const char *text, size_t len, struct json_tok *toks, int count,
    struct err *err)
{
	jsmn_parser parser;
	int seen;

	if (is_scalar(text)) {
		index_scalar(text, len, &toks[0].t);
		return RH_OK;
	}
	jsmn_init(&parser);
	seen = jsmn_parse(&parser, text, len, &toks[0].t, (unsigned)count);
	if (seen == count && parser.pos == len)
		return RH_OK;
	return err_set(err, RH_EINTERNAL,
	    "jsmn answers %d at offset %u, the scan found %d tokens in %zu",
	    seen, parser.pos, count, len);
}

static void
link_token(struct json_tok *toks, int i, struct level *in)
{
	if (in->object && in->value_due) {
		in->value_due = false;
		return;
	}
	if (in->last != -1)
		toks[in->last].NEXT = i;
	in->last = i;
	in->value_due = in->object;
}

static void
link_siblings(struct json_tok *toks, int count)
{
	struct level level[JSON_MAX_DEPTH];
	const jsmntok_t *t;
	int i, depth = 0;

	for (i = 0; i < count; i++) {
		t = &toks[i].t;
		toks[i].NEXT = -1;
		while (depth > 0 && t->start >= level[depth - 1].end)
			depth--;
		if (depth > 0)
			link_token(toks, i, &level[depth - 1]);
		if (t->type != JSMN_OBJECT && t->type != JSMN_ARRAY)
			continue;
		assert(depth < JSON_MAX_DEPTH);
		level[depth++] = (struct level){ .end = t->end, .last = -1,
		    .object = t->type == JSMN_OBJECT };
	}
}

static rh_status
refuse_twin(const struct json_doc *doc, const struct json_name *name,
    struct err *err)
{
	char shown[JT_SHOW_LEN];

	return err_set(err, RH_EJSON, "duplicate name %s at offset %zu",
	    jt_quote(name->s, shown),
	    (size_t)(json_raw(doc, name->node).p - doc->text));
}

static rh_status
check_names(const struct json_doc *doc, int object, struct arena *a,
    struct json_name *rows, struct err *err)
{
	int i, count = json_size(doc, object);

	json_names(doc, object, a, rows);
	for (i = 1; i < count; i++)
		if (str_eq(rows[i - 1].s, rows[i].s))
			return refuse_twin(doc, &rows[i], err);
	return RH_OK;
}

static rh_status
refuse_duplicates(const struct json_doc *doc, struct arena *a,
    struct err *err)
{
	struct json_name few[JSON_FEW_NAMES], *rows = few;
	rh_status rc = RH_OK;
	int i, max = 0;

	for (i = 0; i < doc->count; i++)
		if (doc->toks[i].t.type == JSMN_OBJECT &&
		    doc->toks[i].t.size > max)
			max = doc->toks[i].t.size;
	if (max < 2)
		return RH_OK;
	if (max > JSON_FEW_NAMES)
		rows = mem_calloc((size_t)max, sizeof *rows);
	for (i = 0; i < doc->count && rc == RH_OK; i++)
		if (doc->toks[i].t.type == JSMN_OBJECT &&
		    doc->toks[i].t.size > 1)
			rc = check_names(doc, i, a, rows, err);
	if (rows != few)
		free(rows);
	return rc;
}

rh_status
json_parse(struct arena *a, const char *text, size_t len,
    const struct json_limits *limits, struct json_doc *doc, struct err *err)
{
	struct json_tok *toks;
	size_t count;
	rh_status rc;

	*doc = (struct json_doc){ .text = text, .len = len };
	if ((rc = json_scan(text, len, limits, &count, err)) != RH_OK)
		return rc;
	toks = arena_alloc(a, count * sizeof *toks);
	if ((rc = index_tokens(text, len, toks, (int)count, err)) != RH_OK)
		return rc;
	link_siblings(toks, (int)count);
	doc->toks = toks;
	doc->count = (int)count;
	if ((rc = refuse_duplicates(doc, a, err)) != RH_OK)
		doc->count = 0;
	return rc;
}

static const jsmntok_t *
token(const struct json_doc *doc, int node)
{
	if (node < 0 || node >= doc->count)
		return NULL;
	return &doc->toks[node].t;
}

enum json_type
json_type(const struct json_doc *doc, int node)
{
	static const enum json_type table[] = {
		[JSMN_OBJECT] = JSON_OBJECT,
		[JSMN_ARRAY] = JSON_ARRAY,
		[JSMN_STRING] = JSON_STRING,
	};
	const jsmntok_t *t = token(doc, node);

	if (t == NULL)
		return JSON_ABSENT;
	if (t->type != JSMN_PRIMITIVE)
		return table[t->type];
	if (doc->text[t->start] == 'n')
		return JSON_NULL;
	if (doc->text[t->start] == 't' || doc->text[t->start] == 'f')
		return JSON_BOOL;
	return JSON_NUMBER;
}

const char *
json_type_words(enum json_type type)
{
	return type_words[type];
}

struct str
json_raw(const struct json_doc *doc, int node)
{
	const jsmntok_t *t = token(doc, node);
	int quote;

	if (t == NULL)
		return STR("");
	quote = t->type == JSMN_STRING;
	return (struct str){ doc->text + t->start - quote,
	    (size_t)(t->end - t->start + 2 * quote) };
}

int
json_size(const struct json_doc *doc, int node)
{
	const jsmntok_t *t = token(doc, node);

	/* jsmn counts the value of a name, too */
	return t == NULL || t->type == JSMN_STRING ? 0 : t->size;
}

int
json_first(const struct json_doc *doc, int node)
{
	return json_size(doc, node) > 0 ? node + 1 : -1;
}

int
json_next(const struct json_doc *doc, int node)
{
	const jsmntok_t *t = token(doc, node);

	return t == NULL ? -1 : t->parent;
}

int
json_value(const struct json_doc *doc, int name_node)
{
	const jsmntok_t *t = token(doc, name_node);

	if (t == NULL || t->type != JSMN_STRING || t->size == 0)
		return -1;
	return name_node + 1;
}

int
json_member(const struct json_doc *doc, int object, const char *name)
{
	struct str wanted = str_of(name);
	int node;

	if (json_type(doc, object) != JSON_OBJECT)
		return -1;
	for (node = json_first(doc, object); node != -1;
	    node = json_next(doc, node))
		if (jt_equal(json_body(doc, node), wanted))
			return json_value(doc, node);
	return -1;
}
