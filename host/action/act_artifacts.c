/*
 * artifact_get and artifact_list; and how artifacts go.
 */
#include "action/act_artifact.h"

#include "action/act_slice.h"
#include "action/attempt.h"
#include "base/base64.h"
#include "base/mem.h"
#include "json/read.h"
#include "store/keyset.h"

#include <string.h>

#define READ_DEFAULT	(1024 * 1024)
#define READ_MAX	(2 * 1024 * 1024)	/* what a plugin can be told */
#define TOTAL_MAX	10000
#define PURGE_CHUNKS	64	/* of a sweep: 4 MiB */
#define LIMIT_DEFAULT	50

void
write_artifact(struct json_out *j, const char *run_id,
    const struct artifact *x)
{
	char hex[HASH_HEX_LEN], id[ID_HEX_LEN], text[ID_HEX_LEN + 4] = "art_";
	bool whole = x->state == ARTIFACT_WHOLE;

	strcat(text, id_hex(&x->id, id));
	jw_m_text(j, "artifact_id", text);
	jw_m_text(j, "run_id", run_id);
	jw_m_text(j, "artifact_type", x->type);
	jw_m_text(j, "mime_type", x->mime);
	jw_m_text(j, "name", x->name);
	jw_m_text(j, "source", x->source);
	jw_m_i64(j, "size", x->size);
	str_hex(hex, x->digest, HASH_LEN);
	jw_m_text(j, "digest", whole ? hex : NULL);
	str_hex(hex, x->sha256, HASH_LEN);
	jw_m_text(j, "sha256", whole ? hex : NULL);
	write_epoch(j, "created_at", x->created_us);
	write_epoch(j, "expires_at", x->expires_us);
	jw_m_raw(j, "metadata", str_of(x->metadata));
}

struct get_args {
	struct id id;
	int64_t	offset, limit;
};

rh_status
artifact_get_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct get_args *g = arena_zalloc(&c->arena, sizeof *g);
	bool given;

	(void)reg;
	c->args = g;
	g->limit = READ_DEFAULT;
	json_i64(&c->in, json_member(&c->in, 0, "offset"), &g->offset);
	json_i64(&c->in, json_member(&c->in, 0, "limit"), &g->limit);
	if (g->limit > READ_MAX)
		g->limit = READ_MAX;
	return artifact_id(c, &g->id, &given, err);
}

static const char *
run_text(struct act *a, struct call *c, int64_t run_no, struct err *err)
{
	struct run_row row;

	if (store_run_get(a->db, run_no, &c->arena, &row, err) != RH_OK)
		return NULL;
	return id_run(&row.id, arena_alloc(&c->arena, ID_RUN_LEN));
}

static void
write_content(struct json_out *j, const struct get_args *g,
    const struct artifact *x, const struct buf *bytes)
{
	int64_t next = g->offset + (int64_t)bytes->len;
	struct buf text = { 0 };

	base64_add(&text, bytes->p, bytes->len);
	jw_m_i64(j, "offset", g->offset);
	jw_m_i64(j, "length", (int64_t)bytes->len);
	jw_m_str(j, "content", (struct str){ text.p, text.len });
	jw_m_bool(j, "has_more", next < x->size);
	if (next < x->size)
		jw_m_i64(j, "next_offset", next);
	else
		jw_m_null(j, "next_offset");
	buf_fini(&text);
}

rh_status
artifact_get(struct act *a, struct call *c, struct err *err)
{
	const struct get_args *g = c->args;
	struct buf b = { 0 }, bytes = { 0 };
	struct json_out j;
	struct artifact x;
	const char *run;
	rh_status rc;

	if ((rc = store_artifact_find(a->db, &g->id, a->now, &c->arena, &x,
	    err)) != RH_OK)
		return rc;
	if ((run = run_text(a, c, a->run_no, err)) == NULL)
		return err->status;
	rc = store_artifact_read(a->db, &x, g->offset, (size_t)g->limit,
	    &bytes, err);
	if (rc == RH_OK) {
		jw_init(&j, &b);
		jw_object(&j);
		write_artifact(&j, run, &x);
		write_content(&j, g, &x, &bytes);
		jw_end_object(&j);
		act_reply(c, &b);
	}
	buf_fini(&bytes);
	return rc;
}

rh_status
artifact_list_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct keyset *k = arena_zalloc(&c->arena, sizeof *k);
	int64_t limit = LIMIT_DEFAULT;

	(void)reg;
	c->args = k;
	k->backward = true;
	json_i64(&c->in, json_member(&c->in, 0, "limit"), &limit);
	k->max = (size_t)limit;
	return take_cursor(c, "before_cursor", &k->before, err);
}

static rh_status
write_items(struct act *a, struct call *c, const struct keyset *k,
    struct json_out *j, struct err *err)
{
	struct artifact x;
	const char *run;
	size_t i;
	rh_status rc;

	for (i = 0; i < k->count; i++) {
		if ((rc = store_artifact_get(a->db, k->nos[i], &c->arena, &x,
		    err)) != RH_OK)
			return rc;
		if ((run = run_text(a, c, x.run_no, err)) == NULL)
			return err->status;
		jw_object(j);
		write_artifact(j, run, &x);
		jw_end_object(j);
	}
	return RH_OK;
}

rh_status
artifact_list(struct act *a, struct call *c, struct err *err)
{
	struct keyset k = *(const struct keyset *)c->args;
	bool by_run = a->scopes == NULL;
	struct buf b = { 0 };
	struct json_out j;
	int64_t total;
	rh_status rc;

	k.scopes = by_run ? &a->run_no : a->scopes;
	k.scope_count = by_run ? 1 : a->scope_count;
	if ((rc = store_artifact_page(a->db, &k, by_run, err)) != RH_OK ||
	    (rc = store_artifact_total(a->db, k.scopes, k.scope_count, by_run,
	    TOTAL_MAX + 1, &total, err)) != RH_OK)
		return rc;
	jw_init(&j, &b);
	jw_object(&j);
	jw_name(&j, "items");
	jw_array(&j);
	if ((rc = write_items(a, c, &k, &j, err)) != RH_OK) {
		buf_fini(&b);
		return rc;
	}
	jw_end_array(&j);
	write_cursor(&j, "next_cursor", k.has_more ? k.nos[k.count - 1] : 0);
	jw_m_null(&j, "prev_cursor");
	jw_m_bool(&j, "has_more", k.has_more);
	if (total <= TOTAL_MAX)
		jw_m_i64(&j, "total_count", total);
	else
		jw_m_null(&j, "total_count");
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

/* It counts no more, for its owner or anybody; its bytes go after it. */
static rh_status
let_go(struct act *a, struct call *c, const struct artifact *x,
    struct err *err)
{
	struct run_row run;
	bool there;
	rh_status rc;

	rc = store_run_get(a->db, x->run_no, &c->arena, &run, err);
	if (rc == RH_OK && (rc = store_artifact_weigh(a->db, x->run_no,
	    -weight_artifact(x), &there, err)) == RH_OK)
		act_bytes(a, run.owner_no, -weight_artifact(x));
	if (rc != RH_OK && rc != RH_ENOENT)
		return rc;
	return store_artifact_let_go(a->db, x->no, err);
}

rh_status
artifacts_expire(struct act *a, struct call *c, bool *more, struct err *err)
{
	int64_t nos[PURGE_CHUNKS], budget = PURGE_CHUNKS, removed = 0;
	struct artifact x;
	size_t i, n;
	rh_status rc;

	if ((rc = store_artifact_due(a->db, a->now, nos, PURGE_CHUNKS, &n,
	    err)) != RH_OK || n == 0)
		return rc;
	for (i = 0; i < n && budget > 0; i++) {
		if ((rc = store_artifact_get(a->db, nos[i], &c->arena, &x,
		    err)) != RH_OK)
			return rc;
		if (x.state != ARTIFACT_GOING) {
			removed++;
			rc = let_go(a, c, &x, err);
		}
		if (rc != RH_OK || (rc = store_artifact_purge(a->db, x.no,
		    &budget, err)) != RH_OK)
			return rc;
	}
	*more |= i < n || budget <= 0;
	if (removed == 0)
		return RH_OK;
	a->target = NULL;
	a->detail = arena_printf(&c->arena, "{\"removed\":%lld}",
	    (long long)removed);
	return slice_record(a, c, "artifact_sweep", err);
}
