/*
 * Keys that sign plugins.
 */
#include "store/store_key.h"

#include "store/db.h"

static const char sql_key_set[] =
"INSERT INTO signing_key (id, key, label, created, created_by)"
" VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET"
"	label = excluded.label, created = excluded.created,"
"	created_by = excluded.created_by, revoked = NULL, revoked_by = NULL";
static const char sql_key_revoke[] =
"UPDATE signing_key SET revoked = ?2, revoked_by = ?3"
" WHERE id = ?1 AND revoked IS NULL";
#define KEY_ROWS							\
"SELECT id, key, label, created, created_by, revoked, revoked_by"	\
" FROM signing_key"
static const char sql_key_get[] = KEY_ROWS " WHERE id = ?1";
static const char sql_key_list[] = KEY_ROWS " ORDER BY created, id";
static const char sql_key_count[] = "SELECT count(*) FROM signing_key";

rh_status
store_key_set(struct db *db, const struct key_row *k, struct err *err)
{
	struct q q = q_begin(db, sql_key_set);

	q_blob(&q, k->id, sizeof k->id);
	q_blob(&q, k->key, sizeof k->key);
	q_text(&q, k->label);
	q_i64(&q, k->created_us);
	q_text(&q, k->created_by);
	return q_exec(&q, err);
}

rh_status
store_key_revoke(struct db *db, const uint8_t id[8], int64_t now,
    const char *by, struct err *err)
{
	struct q q = q_begin(db, sql_key_revoke);
	rh_status rc;

	q_blob(&q, id, 8);
	q_i64(&q, now);
	q_text(&q, by);
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	return q_changes(&q) == 1 ? RH_OK : err_set(err, RH_ENOENT,
	    "no such key, or it is revoked already");
}

static void
read_row(struct q *q, struct arena *a, struct key_row *k)
{
	q_get_fixed(q, k->id, sizeof k->id);
	q_get_fixed(q, k->key, sizeof k->key);
	k->label = q_get_text(q, a);
	k->created_us = q_get_i64(q);
	k->created_by = q_get_text(q, a);
	k->revoked_us = q_get_i64(q);
	k->revoked_by = q_get_text(q, a);
}

rh_status
store_key_get(struct db *db, const uint8_t id[8], struct arena *a,
    struct key_row *out, bool *found, struct err *err)
{
	struct q q = q_begin(db, sql_key_get);

	q_blob(&q, id, 8);
	if ((*found = q_row(&q)))
		read_row(&q, a, out);
	return q_end(&q, err);
}

static rh_status
count_keys(struct db *db, int64_t *n, struct err *err)
{
	struct q q = q_begin(db, sql_key_count);

	*n = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}

rh_status
store_key_list(struct db *db, struct arena *a, struct key_row **out,
    size_t *count, struct err *err)
{
	struct q q;
	int64_t n;
	rh_status rc;

	*count = 0;
	if ((rc = count_keys(db, &n, err)) != RH_OK)
		return rc;
	*out = arena_alloc(a, ((size_t)n + 1) * sizeof **out);
	q = q_begin(db, sql_key_list);
	while (*count < (size_t)n && q_row(&q))
		read_row(&q, a, &(*out)[(*count)++]);
	return q_end(&q, err);
}
