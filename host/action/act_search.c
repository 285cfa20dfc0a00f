/*
 * "history_search", and the sweep that keeps its index.
 */
#include "action/act_page.h"

#include "action/act_talk.h"
#include "action/attempt.h"
#include "store/store_find.h"
#include "store/store_misc.h"

#include <string.h>

#define TOP_K		10
#define WORDS_MAX	20	/* roles, item types */
#define BEHIND_MAX	1000
/* A transaction's share of the index. */
#define INDEX_ROWS	100
#define INDEX_BYTES	(32 * 1024)

rh_status
history_index(struct act *a, struct call *c, struct err *err)
{
	struct index_args *args = c->args;

	return store_find_index(a->db, INDEX_ROWS, INDEX_BYTES, &args->more,
	    err);
}

struct search_args {
	struct keyset keys;
	struct find find;
	bool	is_short;	/* the index can't look for it */
	struct call *c;
	int	roles, types;	/* nodes of arrays, or -1: all */
};

static bool
is_among(const struct json_doc *in, int list, struct str word)
{
	struct str raw;
	int n;

	for (n = json_first(in, list); n >= 0; n = json_next(in, n)) {
		raw = json_raw(in, n);	/* no role is spelled with escapes */
		if (raw.len == word.len + 2 &&
		    memcmp(raw.p + 1, word.p, word.len) == 0)
			return true;
	}
	return list < 0;
}

static bool
wants(void *arg, struct str role, struct str type)
{
	const struct search_args *a = arg;

	return is_among(&a->c->in, a->roles, role) &&
	    is_among(&a->c->in, a->types, type);
}

static rh_status
take_words(struct call *c, const char *name, int *list, struct err *err)
{
	int filters = json_member(&c->in, 0, "filters");

	*list = json_member(&c->in, filters, name);
	if (json_type(&c->in, *list) != JSON_ARRAY ||
	    json_size(&c->in, *list) == 0)
		*list = -1;
	if (json_size(&c->in, *list) > WORDS_MAX)
		return err_set(err, RH_EINPUT, "body.filters.%s: %d words are "
		    "more than %d", name, json_size(&c->in, *list),
		    WORDS_MAX);
	return RH_OK;
}

static bool
is_short(struct str s)
{
	size_t at, n, chars = 0;

	for (at = 0; at < s.len && chars < FIND_LEAST; at += n, chars++)
		if ((n = str_utf8_next(s.p + at, s.len - at)) == 0)
			n = 1;
	return chars < FIND_LEAST;
}

rh_status
history_search_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct search_args *a = arena_zalloc(&c->arena, sizeof *a);
	rh_status rc;

	(void)reg;
	c->args = a;
	a->c = c;
	a->find = (struct find){ str_of(call_text(c, "query")), wants, a };
	if (a->find.text.len == 0 || a->find.text.len > FIND_BYTES_MAX)
		return err_set(err, RH_EINPUT, "body.query: has %zu bytes, "
		    "not 1 to %d", a->find.text.len, FIND_BYTES_MAX);
	a->is_short = is_short(a->find.text);
	a->keys.max = take_limit(c, "top_k", TOP_K, KEYSET_MAX);
	a->keys.backward = true;
	if ((rc = take_words(c, "roles", &a->roles, err)) != RH_OK)
		return rc;
	return take_words(c, "item_types", &a->types, err);
}

/* How far the index is, and how much of this conversation it lacks. */
static rh_status
write_behind(struct act *a, const struct search_args *args,
    struct json_out *j, struct err *err)
{
	int64_t at = 0, n = 0;
	rh_status rc;

	if ((rc = store_meta_get_i64(a->db, FACT_INDEXED, &at,
	    err)) != RH_OK || (!args->is_short &&
	    (rc = store_find_behind(a->db, &args->keys, at, BEHIND_MAX, &n,
	    err)) != RH_OK))
		return rc;
	write_cursor(j, "indexed_to", at);
	jw_m_i64(j, "behind", n);
	return RH_OK;
}

rh_status
history_search(struct act *a, struct call *c, struct err *err)
{
	struct search_args *args = c->args;
	struct keyset *k = &args->keys;
	struct buf b = { 0 };
	struct json_out j;
	bool whole;
	size_t i;
	rh_status rc;

	keyset_begin(k, a);
	rc = args->is_short ?
	    store_find_newest(a->db, k, &args->find, &whole, err) :
	    store_find_indexed(a->db, k, &args->find, &whole, err);
	if (rc != RH_OK)
		return rc;
	jw_init(&j, &b);
	jw_object(&j);
	jw_name(&j, "items");
	jw_array(&j);
	for (i = 0; i < k->count && rc == RH_OK; i++)
		rc = write_item(a, c, k->nos[i], false, &j, err);
	jw_end_array(&j);
	jw_m_i64(&j, "total_count", (int64_t)k->count);
	jw_m_str(&j, "query", args->find.text);
	jw_m_bool(&j, "complete", whole);
	if (rc == RH_OK)
		rc = write_behind(a, args, &j, err);
	jw_end_object(&j);
	act_reply(c, &b);
	return rc;
}
