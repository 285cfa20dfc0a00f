/*
 * The small tables.
 */
#include "store/store_misc.h"

#include "store/db.h"

static const char sql_idem_insert[] =
"INSERT OR REPLACE INTO idem (principal, key, action, digest, op, run_no,"
"	reply, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
static const char sql_idem_find[] =
"SELECT action, digest, op, run_no, reply, expires FROM idem"
" WHERE principal = ?1 AND key = ?2 AND expires > ?3";
static const char sql_idem_reply[] =
"UPDATE idem SET reply = ?4 WHERE principal = ?1 AND key = ?2 AND op = ?3";
static const char sql_idem_expire[] =
"DELETE FROM idem WHERE (principal, key) IN (SELECT principal, key FROM idem"
" INDEXED BY idem_expires WHERE expires <= ?1 LIMIT ?2)";

static const char sql_early_add[] =
"INSERT OR REPLACE INTO early_cancel (principal, key, reason, expires)"
" VALUES (?1, ?2, ?3, ?4)";
static const char sql_early_count[] =
"SELECT count(*) FROM early_cancel WHERE principal = ?1 AND key <> ?2";
static const char sql_early_take[] =
"DELETE FROM early_cancel WHERE principal = ?1 AND key = ?2"
" RETURNING reason, expires > ?3";
static const char sql_early_expire[] =
"DELETE FROM early_cancel WHERE (principal, key) IN (SELECT principal, key"
" FROM early_cancel INDEXED BY early_cancel_expires WHERE expires <= ?1"
" LIMIT ?2)";

static const char sql_intent_add[] =
"INSERT INTO intent (op, at, action, principal) VALUES (?1, ?2, ?3, ?4)";
static const char sql_intent_remove[] =
"DELETE FROM intent WHERE op = ?1";
static const char sql_intent_find[] =
"SELECT 1 FROM intent WHERE op = ?1";
static const char sql_intent_list[] =
"SELECT op, at, action, principal FROM intent WHERE op > ?1"
" ORDER BY op LIMIT ?2";

static const char sql_meta_get[] =
"SELECT value FROM meta WHERE key = ?1";
static const char sql_meta_set[] =
"INSERT INTO meta (key, value) VALUES (?1, ?2)"
" ON CONFLICT DO UPDATE SET value = excluded.value";
static const char sql_meta_remove[] =
"DELETE FROM meta WHERE key = ?1";
static const char sql_clock[] =
"SELECT max(ifnull((SELECT max(updated) FROM run_live), 0),"
"	ifnull((SELECT value FROM meta WHERE key = '" FACT_CLOCK "'), 0))";

rh_status
store_idem_insert(struct db *db, const struct idem_row *r, struct err *err)
{
	struct q q = q_begin(db, sql_idem_insert);

	q_text(&q, r->principal);
	q_text(&q, r->key);
	q_text(&q, r->action);
	q_blob(&q, r->digest, sizeof r->digest);
	q_blob(&q, r->op.b, sizeof r->op.b);
	q_i64_or_null(&q, r->run_no);
	q_text(&q, r->reply);
	q_i64(&q, r->expires_us);
	return q_exec(&q, err);
}

rh_status
store_idem_find(struct db *db, const char *principal, const char *key,
    int64_t now, struct arena *a, struct idem_row *r, bool *found,
    struct err *err)
{
	struct q q = q_begin(db, sql_idem_find);

	q_text(&q, principal);
	q_text(&q, key);
	q_i64(&q, now);
	if ((*found = q_row(&q))) {
		r->principal = principal;
		r->key = key;
		r->action = q_get_text(&q, a);
		q_get_fixed(&q, r->digest, sizeof r->digest);
		q_get_fixed(&q, r->op.b, sizeof r->op.b);
		r->run_no = q_get_i64(&q);
		r->reply = q_get_text(&q, a);
		r->expires_us = q_get_i64(&q);
	}
	return q_end(&q, err);
}

rh_status
store_idem_reply(struct db *db, const char *principal, const char *key,
    const struct id *op, const char *reply, struct err *err)
{
	struct q q = q_begin(db, sql_idem_reply);

	q_text(&q, principal);
	q_text(&q, key);
	q_blob(&q, op->b, sizeof op->b);
	q_text(&q, reply);
	return q_exec(&q, err);
}

rh_status
store_idem_expire(struct db *db, int64_t now, size_t max, struct err *err)
{
	struct q q = q_begin(db, sql_idem_expire);
	rh_status rc;

	q_i64(&q, now);
	q_i64(&q, (int64_t)max);
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	q = q_begin(db, sql_early_expire);
	q_i64(&q, now);
	q_i64(&q, (int64_t)max);
	return q_exec(&q, err);
}

rh_status
store_early_cancel_add(struct db *db, const char *principal, const char *key,
    const char *reason, int64_t expires, struct err *err)
{
	struct q q = q_begin(db, sql_early_add);

	q_text(&q, principal);
	q_text(&q, key);
	q_text(&q, reason);
	q_i64(&q, expires);
	return q_exec(&q, err);
}

rh_status
store_early_cancel_count(struct db *db, const char *principal,
    const char *key, int64_t *n, struct err *err)
{
	struct q q = q_begin(db, sql_early_count);

	q_text(&q, principal);
	q_text(&q, key);
	*n = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}

rh_status
store_early_cancel_take(struct db *db, const char *principal,
    const char *key, int64_t now, struct arena *a, const char **reason,
    bool *found, struct err *err)
{
	struct q q = q_begin(db, sql_early_take);

	*found = false;
	q_text(&q, principal);
	q_text(&q, key);
	q_i64(&q, now);
	if (q_row(&q)) {
		*reason = q_get_text(&q, a);
		*found = q_get_i64(&q) != 0;
	}
	return q_exec(&q, err);
}

rh_status
store_intent_add(struct db *db, const struct id *op, int64_t now,
    const char *action, const char *principal, struct err *err)
{
	struct q q = q_begin(db, sql_intent_add);

	q_blob(&q, op->b, sizeof op->b);
	q_i64(&q, now);
	q_text(&q, action);
	q_text(&q, principal);
	return q_exec(&q, err);
}

rh_status
store_intent_remove(struct db *db, const struct id *op, bool *was_there,
    struct err *err)
{
	struct q q = q_begin(db, sql_intent_remove);
	rh_status rc;

	q_blob(&q, op->b, sizeof op->b);
	rc = q_exec(&q, err);
	*was_there = rc == RH_OK && q_changes(&q) == 1;
	return rc;
}

rh_status
store_intent_find(struct db *db, const struct id *op, bool *found,
    struct err *err)
{
	struct q q = q_begin(db, sql_intent_find);

	q_blob(&q, op->b, sizeof op->b);
	*found = q_row(&q);
	return q_end(&q, err);
}

rh_status
store_intent_list(struct db *db, const struct id *after, struct arena *a,
    size_t max, struct intent_row **out, size_t *count, struct err *err)
{
	struct q q = q_begin(db, sql_intent_list);
	struct intent_row *list = arena_alloc(a, max * sizeof *list), *i;
	size_t n = 0;

	q_blob(&q, after->b, sizeof after->b);
	q_i64(&q, (int64_t)max);
	while (q_row(&q)) {
		i = &list[n++];
		q_get_fixed(&q, i->op.b, sizeof i->op.b);
		i->at_us = q_get_i64(&q);
		i->action = q_get_text(&q, a);
		i->principal = q_get_text(&q, a);
	}
	*out = list;
	*count = n;
	return q_end(&q, err);
}

rh_status
store_meta_get_i64(struct db *db, const char *key, int64_t *out,
    struct err *err)
{
	struct q q = q_begin(db, sql_meta_get);

	q_text(&q, key);
	*out = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}

rh_status
store_meta_set_i64(struct db *db, const char *key, int64_t v,
    struct err *err)
{
	struct q q = q_begin(db, sql_meta_set);

	q_text(&q, key);
	q_i64(&q, v);
	return q_exec(&q, err);
}

rh_status
store_meta_get_text(struct db *db, const char *key, struct arena *a,
    const char **out, struct err *err)
{
	struct q q = q_begin(db, sql_meta_get);

	q_text(&q, key);
	*out = q_row(&q) ? q_get_text(&q, a) : NULL;
	return q_end(&q, err);
}

rh_status
store_meta_set_text(struct db *db, const char *key, const char *v,
    struct err *err)
{
	struct q q = q_begin(db, sql_meta_set);

	q_text(&q, key);
	q_text(&q, v);
	return q_exec(&q, err);
}

rh_status
store_meta_remove(struct db *db, const char *key, struct err *err)
{
	struct q q = q_begin(db, sql_meta_remove);

	q_text(&q, key);
	return q_exec(&q, err);
}

rh_status
store_clock(struct db *db, int64_t *now, struct err *err)
{
	struct q q = q_begin(db, sql_clock);

	*now = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}
