/*
 * Checking a value against a compiled schema.  The first fault found is
 * told, with its place.  What is marked x-secret, and all below it, is
 * never repeated in a message.
 */
#include "json/names.h"
#include "json/number.h"
#include "json/place.h"
#include "json/schema_impl.h"
#include "json/text.h"

struct check {
	const struct schema *schema;
	const struct json_doc *doc;
	int	node;
	const struct place *at;
	bool	secret;
	struct arena *scratch;
	struct err *err;
};

typedef rh_status check_fn(const struct check *);

static check_fn check_value;

static unsigned
type_bits(const struct check *c)
{
	static const unsigned table[] = {
		[JSON_NULL] = TYPE_NULL,
		[JSON_BOOL] = TYPE_BOOLEAN,
		[JSON_NUMBER] = TYPE_NUMBER,
		[JSON_STRING] = TYPE_STRING,
		[JSON_ARRAY] = TYPE_ARRAY,
		[JSON_OBJECT] = TYPE_OBJECT,
	};
	enum json_type type = json_type(c->doc, c->node);
	int64_t v;

	if (type == JSON_NUMBER && json_i64(c->doc, c->node, &v))
		return TYPE_NUMBER | TYPE_INTEGER;
	return table[type];
}

/* The value itself, if it may be told and is short by nature. */
static const char *
show(const struct check *c, char out[JT_SHOW_LEN])
{
	enum json_type type = json_type(c->doc, c->node);

	if (c->secret)
		return "the value";
	if (type == JSON_ARRAY || type == JSON_OBJECT)
		return json_type_words(type);
	return jt_clip(json_raw(c->doc, c->node), out);
}

/* "a string or null" */
static void
add_types(struct buf *out, unsigned types)
{
	const struct schema_type *t;
	const char *sep = "";

	for (t = schema_type_table; t->name != NULL; t++) {
		if (!(types & t->bit))
			continue;
		types &= ~t->bit;
		buf_printf(out, "%s%s", sep, t->words);
		sep = types & (types - 1) ? ", " : " or ";
	}
}

static rh_status
check_type(const struct check *c)
{
	enum json_type type = json_type(c->doc, c->node);
	char shown[JT_SHOW_LEN];
	struct buf b = { 0 };
	rh_status rc;

	if (c->schema->types == 0 || (c->schema->types & type_bits(c)) != 0)
		return RH_OK;
	add_types(&b, c->schema->types);
	rc = place_refuse(c->at, c->err, "must be %s, not %s", b.p,
	    type == JSON_NUMBER && !c->secret ? show(c, shown) :
	    json_type_words(type));
	buf_fini(&b);
	return rc;
}

static rh_status
check_enum(const struct check *c)
{
	char shown[JT_SHOW_LEN];
	struct buf b = { 0 };
	bool found;

	if (c->schema->values == NULL)
		return RH_OK;
	json_canonical(c->doc, c->node, &b);
	found = schema_lists(c->schema, (struct str){ b.p, b.len });
	buf_fini(&b);
	if (found)
		return RH_OK;
	return place_refuse(c->at, c->err, "%s is none of %s",
	    show(c, shown), c->schema->value_list);
}

static rh_status
check_range(const struct check *c)
{
	const struct schema *s = c->schema;
	char shown[JT_SHOW_LEN], limit[JT_SHOW_LEN];
	long double v;

	if ((!s->min.set && !s->max.set) ||
	    json_type(c->doc, c->node) != JSON_NUMBER)
		return RH_OK;
	v = json_number_wide(json_raw(c->doc, c->node));
	if (s->min.set && v < s->min.value)
		return place_refuse(c->at, c->err,
		    "%s is below the minimum %s", show(c, shown),
		    jt_clip(s->min.text, limit));
	if (s->max.set && v > s->max.value)
		return place_refuse(c->at, c->err,
		    "%s is above the maximum %s", show(c, shown),
		    jt_clip(s->max.text, limit));
	return RH_OK;
}

static rh_status
check_below(const struct check *c, const struct schema *s, int node,
    struct place at)
{
	struct check below = *c;

	at.up = c->at;
	below.at = &at;
	below.schema = s;
	below.node = node;
	return check_value(&below);
}

static rh_status
check_items(const struct check *c)
{
	struct place at = { .index = 0 };
	rh_status rc = RH_OK;
	int n;

	if (c->schema->items == NULL ||
	    json_type(c->doc, c->node) != JSON_ARRAY)
		return RH_OK;
	for (n = json_first(c->doc, c->node); n != -1 && rc == RH_OK;
	    n = json_next(c->doc, n)) {
		rc = check_below(c, c->schema->items, n, at);
		at.index++;
	}
	return rc;
}

/* Names the first required property that isn't there. */
static rh_status
missing(const struct check *c)
{
	const struct schema_prop *p = c->schema->props;
	int i = 0, count = json_size(c->doc, c->node);
	char shown[JT_SHOW_LEN];
	struct json_name *rows;

	rows = arena_alloc(c->scratch, (size_t)count * sizeof *rows);
	json_names(c->doc, c->node, c->scratch, rows);
	for (;; p++) {		/* both are in the order of bytes */
		if (!p->required)
			continue;
		while (i < count && json_name_cmp(rows[i].s, p->name) < 0)
			i++;
		if (i == count || !str_eq(rows[i].s, p->name))
			break;
	}
	return place_refuse(c->at, c->err, "field %s is missing",
	    jt_quote(p->name, shown));
}

static rh_status
unknown(const struct check *c, struct str name)
{
	const struct schema *s = c->schema;
	char shown[JT_SHOW_LEN];
	struct buf b = { 0 };
	int i;

	if (c->secret)
		return place_refuse(c->at, c->err, "has an unknown field");
	place_refuse(c->at, c->err, "unknown field %s",
	    jt_quote(name, shown));
	for (i = 0; i < s->prop_count && b.len < sizeof c->err->hint; i++)
		buf_printf(&b, "%s%s", i > 0 ? ", " : "known fields: ",
		    jt_clip(s->props[i].name, shown));
	err_hint(c->err, "%s", b.len > 0 ? b.p : "no field is known here");
	buf_fini(&b);
	return RH_EINPUT;
}

static rh_status
check_member(const struct check *c, int name_node, int *required)
{
	struct str name = json_plain(c->doc, name_node, c->scratch);
	const struct schema_prop *p = schema_prop(c->schema, name);
	struct place at = { .name = name, .index = -1 };

	if (p == NULL)
		return c->schema->closed ? unknown(c, name) : RH_OK;
	*required += p->required;
	if (p->schema == NULL)
		return RH_OK;
	return check_below(c, p->schema, json_value(c->doc, name_node), at);
}

static rh_status
check_members(const struct check *c)
{
	int n, required = 0;
	rh_status rc;

	if (json_type(c->doc, c->node) != JSON_OBJECT)
		return RH_OK;
	for (n = json_first(c->doc, c->node); n != -1;
	    n = json_next(c->doc, n))
		if ((rc = check_member(c, n, &required)) != RH_OK)
			return rc;
	return required < c->schema->required_count ? missing(c) : RH_OK;
}

/* As deep as the schema is: at most JSON_MAX_DEPTH. */
static rh_status
check_value(const struct check *up)
{
	static check_fn *const table[] = {
		check_type, check_enum, check_range, check_items,
		check_members, NULL
	};
	struct check c = *up;
	rh_status rc = RH_OK;
	int i;

	c.secret |= c.schema->secret;
	for (i = 0; table[i] != NULL && rc == RH_OK; i++)
		rc = table[i](&c);
	return rc;
}

rh_status
schema_check(const struct schema *s, const struct json_doc *doc, int node,
    const char *where, struct err *err)
{
	struct place top = { .name = str_of(where), .index = -1 };
	struct arena scratch;
	struct check c = { .schema = s, .doc = doc, .node = node,
	    .at = &top, .scratch = &scratch, .err = err };
	rh_status rc;

	if (json_type(doc, node) == JSON_ABSENT)
		return place_refuse(&top, err, "is missing");
	arena_init(&scratch);
	rc = check_value(&c);
	arena_fini(&scratch);
	return rc;
}
