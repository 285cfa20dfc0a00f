/*
 * Compiling a schema: a table of keywords, each with the types that it
 * says something about.  A keyword that is unknown, or that could never
 * apply, is refused: a schema means what it says or isn't taken.
 * Recursion follows the document's nesting, at most JSON_MAX_DEPTH.
 */
#include "json/names.h"
#include "json/number.h"
#include "json/place.h"
#include "json/schema_impl.h"
#include "json/text.h"

struct compile {
	struct arena *arena;
	const struct json_doc *doc;
	const struct place *at;
	struct err *err;
};

typedef rh_status keyword_fn(const struct compile *, int node,
	    struct schema *);

struct keyword {
	const char *name;
	unsigned types;		/* those that it is about */
	keyword_fn *compile;	/* NULL: allowed and ignored */
};

const struct schema_type schema_type_table[] = {
	{ "null",	TYPE_NULL,	"null" },
	{ "boolean",	TYPE_BOOLEAN,	"a boolean" },
	{ "integer",	TYPE_INTEGER,	"an integer" },
	{ "number",	TYPE_NUMBER,	"a number" },
	{ "string",	TYPE_STRING,	"a string" },
	{ "array",	TYPE_ARRAY,	"an array" },
	{ "object",	TYPE_OBJECT,	"an object" },
	{ NULL, 0, NULL }
};

static rh_status	compile(const struct compile *, int node,
			    struct schema **);

static rh_status
wrong_type(const struct compile *c, int node, const char *wanted)
{
	return place_refuse(c->at, c->err, "must be %s, not %s", wanted,
	    json_type_words(json_type(c->doc, node)));
}

/* Compiles the schema at node, which is called name or [index] here. */
static rh_status
compile_below(const struct compile *c, struct str name, int index, int node,
    struct schema **out)
{
	struct place at = { c->at, name, index };
	struct compile below = *c;

	below.at = &at;
	return compile(&below, node, out);
}

static rh_status
add_type(const struct compile *c, int node, struct schema *s)
{
	const struct schema_type *t;
	char shown[JT_SHOW_LEN];

	if (json_type(c->doc, node) != JSON_STRING)
		return wrong_type(c, node, "the name of a type");
	for (t = schema_type_table; t->name != NULL; t++) {
		if (!json_is(c->doc, node, t->name))
			continue;
		s->types |= t->bit;
		return RH_OK;
	}
	return place_refuse(c->at, c->err, "no type is called %s",
	    jt_clip(json_raw(c->doc, node), shown));
}

static rh_status
compile_type(const struct compile *c, int node, struct schema *s)
{
	rh_status rc = RH_OK;
	int n;

	if (json_type(c->doc, node) != JSON_ARRAY)
		return add_type(c, node, s);
	if (json_size(c->doc, node) == 0)
		return place_refuse(c->at, c->err, "names no type");
	for (n = json_first(c->doc, node); n != -1 && rc == RH_OK;
	    n = json_next(c->doc, n))
		rc = add_type(c, n, s);
	return rc;
}

static rh_status
compile_enum(const struct compile *c, int node, struct schema *s)
{
	struct buf b = { 0 }, list = { 0 };
	char shown[JT_SHOW_LEN];
	struct str *v;
	int n;

	if (json_type(c->doc, node) != JSON_ARRAY)
		return wrong_type(c, node, "an array of values");
	if (json_size(c->doc, node) == 0)
		return place_refuse(c->at, c->err, "lists no value");
	v = s->values = arena_alloc(c->arena,
	    (size_t)json_size(c->doc, node) * sizeof *v);
	for (n = json_first(c->doc, node); n != -1;
	    n = json_next(c->doc, n)) {
		buf_clear(&b);
		json_canonical(c->doc, n, &b);
		*v = (struct str){ arena_strndup(c->arena, b.p, b.len), b.len };
		if (list.len < SCHEMA_LIST_MAX)
			buf_printf(&list, "%s%s", list.len > 0 ? ", " : "",
			    jt_clip(*v, shown));
		v++;
	}
	s->value_count = (int)(v - s->values);
	s->value_list = arena_strdup(c->arena, list.p);
	schema_sort_values(s);
	buf_fini(&b);
	buf_fini(&list);
	return RH_OK;
}

static rh_status
compile_bound(const struct compile *c, int node, struct schema_bound *b)
{
	struct str raw = json_raw(c->doc, node);

	if (json_type(c->doc, node) != JSON_NUMBER)
		return wrong_type(c, node, "a number");
	b->set = true;
	b->value = json_number_wide(raw);
	b->text = (struct str){ arena_strndup(c->arena, raw.p, raw.len),
	    raw.len };
	return RH_OK;
}

static rh_status
compile_minimum(const struct compile *c, int node, struct schema *s)
{
	return compile_bound(c, node, &s->min);
}

static rh_status
compile_maximum(const struct compile *c, int node, struct schema *s)
{
	return compile_bound(c, node, &s->max);
}

static rh_status
compile_items(const struct compile *c, int node, struct schema *s)
{
	struct schema *items;
	rh_status rc;

	if ((rc = compile(c, node, &items)) != RH_OK)
		return rc;
	s->items = items;
	s->has_secret |= items->has_secret;
	return RH_OK;
}

/* Sorted by name, so that lookups are by halves. */
static rh_status
compile_properties(const struct compile *c, int node, struct schema *s)
{
	int i, count = json_size(c->doc, node);
	struct json_name *rows;
	struct schema *below;
	rh_status rc;

	if (json_type(c->doc, node) != JSON_OBJECT)
		return wrong_type(c, node, "an object");
	rows = arena_alloc(c->arena, (size_t)count * sizeof *rows);
	s->props = arena_zalloc(c->arena, (size_t)count * sizeof *s->props);
	json_names(c->doc, node, c->arena, rows);
	for (i = 0; i < count; i++) {
		rc = compile_below(c, rows[i].s, -1,
		    json_value(c->doc, rows[i].node), &below);
		if (rc != RH_OK)
			return rc;
		s->props[i].name = (struct str){ arena_strndup(c->arena,
		    rows[i].s.p, rows[i].s.len), rows[i].s.len };
		s->props[i].schema = below;
		s->has_secret |= below->has_secret;
	}
	s->prop_count = count;
	return RH_OK;
}

/* Makes room for more properties behind the sorted ones. */
static void
reserve_props(const struct compile *c, int more, struct schema *s)
{
	struct schema_prop *p;

	p = arena_zalloc(c->arena,
	    (size_t)(s->prop_count + more) * sizeof *p);
	if (s->prop_count > 0)
		memcpy(p, s->props, (size_t)s->prop_count * sizeof *p);
	s->props = p;
}

/* A name without a property becomes one of any value. */
static rh_status
compile_required(const struct compile *c, int node, struct schema *s)
{
	int n, count = s->prop_count;
	struct schema_prop *p;
	char shown[JT_SHOW_LEN];
	struct str name;

	if (json_type(c->doc, node) != JSON_ARRAY)
		return wrong_type(c, node, "an array of names");
	reserve_props(c, json_size(c->doc, node), s);
	for (n = json_first(c->doc, node); n != -1;
	    n = json_next(c->doc, n)) {
		if (json_type(c->doc, n) != JSON_STRING)
			return wrong_type(c, n, "a name");
		name = json_plain(c->doc, n, c->arena);
		p = (struct schema_prop *)schema_prop(s, name);
		if (p == NULL && s->closed)
			return place_refuse(c->at, c->err, "%s is not among "
			    "the properties, and no other is allowed",
			    jt_quote(name, shown));
		if (p == NULL) {
			p = &s->props[count++];
			p->name = (struct str){ arena_strndup(c->arena,
			    name.p, name.len), name.len };
		}
		p->required = true;
	}
	schema_sort_props(s, count);
	return RH_OK;
}

static rh_status
compile_additional(const struct compile *c, int node, struct schema *s)
{
	bool allowed;

	if (!json_bool(c->doc, node, &allowed))
		return wrong_type(c, node, "true or false");
	s->closed = !allowed;
	return RH_OK;
}

static rh_status
compile_secret(const struct compile *c, int node, struct schema *s)
{
	if (!json_bool(c->doc, node, &s->secret))
		return wrong_type(c, node, "true or false");
	s->has_secret |= s->secret;
	return RH_OK;
}

/* In the order of compilation: required needs what stands above it. */
static const struct keyword keyword_table[] = {
	{ "type",		TYPE_ANY,	compile_type },
	{ "enum",		TYPE_ANY,	compile_enum },
	{ "minimum",	TYPE_INTEGER | TYPE_NUMBER, compile_minimum },
	{ "maximum",	TYPE_INTEGER | TYPE_NUMBER, compile_maximum },
	{ "items",		TYPE_ARRAY,	compile_items },
	{ "properties",		TYPE_OBJECT,	compile_properties },
	{ "additionalProperties", TYPE_OBJECT,	compile_additional },
	{ "required",		TYPE_OBJECT,	compile_required },
	{ "x-secret",		TYPE_ANY,	compile_secret },
	{ "title",		TYPE_ANY,	NULL },
	{ "description",	TYPE_ANY,	NULL },
	{ "default",		TYPE_ANY,	NULL },
	{ "$schema",		TYPE_ANY,	NULL },
	{ NULL, 0, NULL }
};

static rh_status
check_keywords(const struct compile *c, int node)
{
	const struct keyword *k;
	char shown[JT_SHOW_LEN];
	int n;

	for (n = json_first(c->doc, node); n != -1;
	    n = json_next(c->doc, n)) {
		for (k = keyword_table; k->name != NULL; k++)
			if (json_is(c->doc, n, k->name))
				break;
		if (k->name != NULL)
			continue;
		place_refuse(c->at, c->err, "keyword %s is not supported",
		    jt_clip(json_raw(c->doc, n), shown));
		return err_hint(c->err, "supported are type, required, "
		    "properties, enum, minimum, maximum, items, "
		    "additionalProperties and x-secret");
	}
	return RH_OK;
}

static rh_status
compile_keyword(const struct compile *c, const struct keyword *k, int node,
    struct schema *s)
{
	struct place at = { c->at, str_of(k->name), -1 };
	struct compile below = *c;

	if (node == -1 || k->compile == NULL)
		return RH_OK;
	if (s->types != 0 && (s->types & k->types) == 0)
		return place_refuse(c->at, c->err,
		    "\"%s\" says nothing about a value of this type",
		    k->name);
	below.at = &at;
	return k->compile(&below, node, s);
}

static rh_status
compile(const struct compile *c, int node, struct schema **out)
{
	struct schema *s = arena_zalloc(c->arena, sizeof *s);
	const struct keyword *k;
	char low[JT_SHOW_LEN], high[JT_SHOW_LEN];
	rh_status rc;
	int i;

	if (json_type(c->doc, node) != JSON_OBJECT)
		return wrong_type(c, node, "a schema (an object)");
	if ((rc = check_keywords(c, node)) != RH_OK)
		return rc;
	for (k = keyword_table; k->name != NULL; k++) {
		rc = compile_keyword(c, k,
		    json_member(c->doc, node, k->name), s);
		if (rc != RH_OK)
			return rc;
	}
	for (i = 0; i < s->prop_count; i++)
		s->required_count += s->props[i].required;
	if (s->min.set && s->max.set && s->min.value > s->max.value)
		return place_refuse(c->at, c->err,
		    "minimum %s is above maximum %s",
		    jt_clip(s->min.text, low), jt_clip(s->max.text, high));
	*out = s;
	return RH_OK;
}

rh_status
schema_compile(struct arena *a, const struct json_doc *doc, int node,
    struct schema **out, struct err *err)
{
	struct place top = { NULL, STR("schema"), -1 };
	struct compile c = { a, doc, &top, err };

	return compile(&c, node, out);
}

bool
schema_has_secret(const struct schema *s)
{
	return s->has_secret;
}
