/*
 * The table plugin.
 */
#include "store/store_plugin.h"

#include "base/buf.h"
#include "store/db.h"

#include <string.h>

static const char sql_put[] =
"INSERT OR REPLACE INTO plugin (id, state, digest, version, file, signer,"
"	wants, enabled, enabled_by, changed, changed_by, reason)"
" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

#define ROW								\
"SELECT id, state, digest, version, file, signer, wants, enabled,"	\
"	enabled_by, changed, changed_by, reason FROM plugin"

static const char sql_find[] =
ROW " WHERE id = ?1";

static const char sql_list[] =
ROW " ORDER BY id";

rh_status
store_plugin_put(struct db *db, const struct plugin_row *r, struct err *err)
{
	struct q q = q_begin(db, sql_put);

	q_text(&q, r->id);
	q_i64(&q, r->state);
	q_blob(&q, r->digest, HASH_LEN);
	q_text(&q, r->version);
	q_text(&q, r->file);
	q_text(&q, r->signer);
	q_text(&q, r->wants);
	q_i64_or_null(&q, r->enabled_us);
	q_text(&q, r->enabled_by);
	q_i64(&q, r->changed_us);
	q_text(&q, r->changed_by);
	q_text(&q, r->reason);
	return q_exec(&q, err);
}

static void
read_row(struct q *q, struct arena *a, struct plugin_row *r)
{
	r->id = q_get_text(q, a);
	r->state = (enum catalog_state)q_get_i64(q);
	q_get_fixed(q, r->digest, HASH_LEN);
	r->version = q_get_text(q, a);
	r->file = q_get_text(q, a);
	r->signer = q_get_text(q, a);
	r->wants = q_get_text(q, a);
	r->enabled_us = q_get_i64(q);
	r->enabled_by = q_get_text(q, a);
	r->changed_us = q_get_i64(q);
	r->changed_by = q_get_text(q, a);
	r->reason = q_get_text(q, a);
}

rh_status
store_plugin_find(struct db *db, const char *id, struct arena *a,
    struct plugin_row *r, bool *found, struct err *err)
{
	struct q q = q_begin(db, sql_find);

	q_text(&q, id);
	if ((*found = q_row(&q)))
		read_row(&q, a, r);
	return q_end(&q, err);
}

rh_status
store_plugin_list(struct db *db, struct arena *a, struct plugin_row **out,
    size_t *count, struct err *err)
{
	struct q q = q_begin(db, sql_list);
	struct buf rows = { 0 };
	struct plugin_row r;

	while (q_row(&q)) {
		read_row(&q, a, &r);
		buf_add(&rows, &r, sizeof r);
	}
	*count = rows.len / sizeof r;
	*out = arena_alloc(a, rows.len + 1);
	if (rows.len > 0)
		memcpy(*out, rows.p, rows.len);
	buf_fini(&rows);
	return q_end(&q, err);
}
