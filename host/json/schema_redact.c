/*
 * Values without their secrets, for records: canonical, so that the same
 * secret gives the same hash however it was spelled.
 */
#include "base/hash.h"
#include "json/names.h"
#include "json/schema_impl.h"
#include "json/text.h"

struct redact {
	const struct json_doc *doc;
	const void *key;
	size_t	key_len;
	struct arena *scratch;
	struct buf *out;
};

static void	redact(const struct redact *, const struct schema *,
		    int node);

static void
add_hash(const struct redact *r, int node)
{
	struct buf value = { 0 };
	uint8_t digest[HASH_LEN];
	char hex[HASH_HEX_LEN];
	struct hash h;

	json_canonical(r->doc, node, &value);
	hash_begin(&h, r->key, r->key_len);
	hash_add(&h, value.p, value.len);
	hash_end(&h, digest);
	str_hex(hex, digest, sizeof digest);
	buf_printf(r->out, "\"hmac:%s\"", hex);
	hash_wipe(value.p, value.len);
	buf_fini(&value);
}

static void
redact_array(const struct redact *r, const struct schema *s, int node)
{
	int n;

	buf_addc(r->out, '[');
	for (n = json_first(r->doc, node); n != -1;) {
		redact(r, s->items, n);
		if ((n = json_next(r->doc, n)) != -1)
			buf_addc(r->out, ',');
	}
	buf_addc(r->out, ']');
}

static void
redact_object(const struct redact *r, const struct schema *s, int node)
{
	int i, count = json_size(r->doc, node);
	const struct schema_prop *p;
	struct json_name *rows;

	rows = arena_alloc(r->scratch, (size_t)count * sizeof *rows);
	json_names(r->doc, node, r->scratch, rows);
	buf_addc(r->out, '{');
	for (i = 0; i < count; i++) {
		if (i > 0)
			buf_addc(r->out, ',');
		jt_escape(r->out, rows[i].s);
		buf_addc(r->out, ':');
		p = schema_prop(s, rows[i].s);
		redact(r, p != NULL ? p->schema : NULL,
		    json_value(r->doc, rows[i].node));
	}
	buf_addc(r->out, '}');
}

/* Whether secrets may lie inside this value, and nowhere else. */
static bool
can_enter(const struct schema *s, enum json_type type)
{
	int i;

	if (type == JSON_ARRAY && s->items != NULL)
		return s->items->has_secret;
	if (type != JSON_OBJECT)
		return false;
	for (i = 0; i < s->prop_count; i++)
		if (s->props[i].schema != NULL &&
		    s->props[i].schema->has_secret)
			return true;
	return false;
}

static void
redact(const struct redact *r, const struct schema *s, int node)
{
	enum json_type type = json_type(r->doc, node);

	if (s == NULL || !s->has_secret)
		json_canonical(r->doc, node, r->out);
	else if (s->secret || !can_enter(s, type))
		add_hash(r, node);
	else if (type == JSON_ARRAY)
		redact_array(r, s, node);
	else
		redact_object(r, s, node);
}

void
schema_redact(const struct schema *s, const struct json_doc *doc, int node,
    const void *key, size_t key_len, struct buf *out)
{
	struct arena scratch;
	struct redact r = { doc, key, key_len, &scratch, out };

	arena_init(&scratch);
	redact(&r, s, node);
	arena_fini(&scratch);
}
