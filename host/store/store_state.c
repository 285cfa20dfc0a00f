/*
 * Plugins' own values.
 */
#include "store/store_state.h"

#include "store/db.h"
#include "store/store_weight.h"

static const char sql_state_get[] =
"SELECT value, version, updated FROM plugin_state WHERE scope_key = ?1 AND key = ?2";
static const char sql_state_set[] =
"INSERT INTO plugin_state (scope_key, key, value, owner_no, version, updated)"
" VALUES (?1, ?2, ?3, ?4, 1, ?5) ON CONFLICT DO UPDATE SET"
"	value = excluded.value, owner_no = excluded.owner_no,"
"	version = version + 1, updated = excluded.updated";
static const char sql_state_weigh[] =
"SELECT owner_no, " WEIGHT_ROW_SQL " + " WEIGHT_OF_SQL("key") " + "
	WEIGHT_OF_SQL("value") " FROM plugin_state"
" WHERE scope_key = ?1 AND key = ?2";
static const char sql_state_use[] =
"INSERT INTO state_use (runner, bytes) VALUES (?1, max(?2, 0))"
" ON CONFLICT DO UPDATE SET bytes = max(bytes + ?2, 0)"
" WHERE bytes + ?2 <= ?3 OR ?2 <= 0";
static const char sql_state_delete[] =
"DELETE FROM plugin_state WHERE scope_key = ?1 AND key = ?2";
static const char sql_state_keys[] =
"SELECT key FROM plugin_state WHERE scope_key = ?1 AND key > ?2"
" AND key >= ?3 ORDER BY key LIMIT ?4";

rh_status
store_state_get(struct db *db, const uint8_t scope_key[HASH_LEN], struct str key,
    struct arena *a, struct state_row *r, struct err *err)
{
	struct q q = q_begin(db, sql_state_get);
	struct str s;

	*r = (struct state_row){ .version = 0 };
	q_blob(&q, scope_key, HASH_LEN);
	q_str(&q, key);
	if (q_row(&q)) {
		s = q_get_str(&q);
		r->value.p = arena_strndup(a, s.p, s.len);
		r->value.len = s.len;
		r->version = q_get_i64(&q);
		r->updated_us = q_get_i64(&q);
	}
	return q_end(&q, err);
}

rh_status
store_state_weigh(struct db *db, const uint8_t scope_key[HASH_LEN],
    struct str key, int64_t *owner_no, int64_t *bytes, struct err *err)
{
	struct q q = q_begin(db, sql_state_weigh);

	*owner_no = *bytes = 0;
	q_blob(&q, scope_key, HASH_LEN);
	q_str(&q, key);
	if (q_row(&q)) {
		*owner_no = q_get_i64(&q);
		*bytes = q_get_i64(&q);
	}
	return q_end(&q, err);
}

rh_status
store_state_set(struct db *db, const uint8_t scope_key[HASH_LEN], struct str key,
    struct str value, int64_t owner_no, int64_t now, struct err *err)
{
	struct q q = q_begin(db, sql_state_set);

	q_blob(&q, scope_key, HASH_LEN);
	q_str(&q, key);
	q_str(&q, value);
	q_i64(&q, owner_no);
	q_i64(&q, now);
	return q_exec(&q, err);
}

rh_status
store_state_use(struct db *db, const char *runner, int64_t change,
    int64_t max, bool *fits, struct err *err)
{
	struct q q = q_begin(db, sql_state_use);
	rh_status rc;

	q_text(&q, runner);
	q_i64(&q, change);
	q_i64(&q, max);
	rc = q_exec(&q, err);
	*fits = rc == RH_OK && q_changes(&q) == 1;
	return rc;
}

rh_status
store_state_delete(struct db *db, const uint8_t scope_key[HASH_LEN], struct str key,
    struct err *err)
{
	struct q q = q_begin(db, sql_state_delete);

	q_blob(&q, scope_key, HASH_LEN);
	q_str(&q, key);
	return q_exec(&q, err);
}

rh_status
store_state_keys(struct db *db, const uint8_t scope_key[HASH_LEN],
    struct str prefix, struct str after, struct arena *a, size_t max,
    struct str *keys, size_t *count, bool *more, struct err *err)
{
	struct q q = q_begin(db, sql_state_keys);
	struct str s;

	*count = 0;
	*more = false;
	q_blob(&q, scope_key, HASH_LEN);
	q_str(&q, after);
	q_str(&q, prefix);
	q_i64(&q, (int64_t)max + 1);
	while (q_row(&q)) {
		s = q_get_str(&q);
		if (s.len < prefix.len || memcmp(s.p, prefix.p, prefix.len))
			break;	/* in order: the rest begins otherwise, too */
		if (*count == max) {
			*more = true;
			break;
		}
		keys[(*count)++] = (struct str){ arena_strndup(a, s.p, s.len),
		    s.len };
	}
	return q_end(&q, err);
}
