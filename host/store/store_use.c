/*
 * The table plugin_use.
 */
#include "store/store_use.h"

#include "store/db.h"

/* A new row only within the bound, which nothing but this makes. */
static const char sql_add[] =
"INSERT INTO plugin_use (plugin, permission, used, used_at, denied,"
"	denied_at, note)"
" SELECT ?1, CASE WHEN EXISTS (SELECT 1 FROM plugin_use WHERE plugin = ?1"
"	AND permission = ?2) OR (SELECT count(*) FROM plugin_use"
"	WHERE plugin = ?1) < ?8 THEN ?2 ELSE '' END,"
"	?3, ?4, ?5, ?6, nullif(?7, '')"
" WHERE true ON CONFLICT DO UPDATE SET used = used + excluded.used,"
"	used_at = coalesce(excluded.used_at, used_at),"
"	denied = denied + excluded.denied,"
"	denied_at = coalesce(excluded.denied_at, denied_at),"
"	note = CASE WHEN ?7 IS NULL THEN note ELSE excluded.note END";
static const char sql_list[] =
"SELECT permission, used, used_at, denied, denied_at, note FROM plugin_use"
" WHERE plugin = ?1 ORDER BY permission";
static const char sql_drop_denied[] =
"DELETE FROM plugin_use WHERE plugin = ?1 AND used = 0";
static const char sql_pardon[] =
"UPDATE plugin_use SET denied = 0, denied_at = NULL WHERE plugin = ?1";
static const char sql_forget[] =
"DELETE FROM plugin_use WHERE plugin = ?1";

rh_status
store_use_add(struct db *db, const struct use_row *r, struct err *err)
{
	struct q q = q_begin(db, sql_add);

	q_text(&q, r->plugin);
	q_text(&q, r->permission);
	q_i64(&q, r->used);
	q_i64_or_null(&q, r->used_us);
	q_i64(&q, r->denied);
	q_i64_or_null(&q, r->denied_us);
	q_text(&q, r->note);
	q_i64(&q, USE_ROWS_MAX);
	return q_exec(&q, err);
}

rh_status
store_use_list(struct db *db, const char *plugin, struct arena *a,
    struct use_row **out, size_t *count, struct err *err)
{
	struct use_row *rows = arena_alloc(a,
	    (USE_ROWS_MAX + 1) * sizeof *rows);
	struct q q = q_begin(db, sql_list);
	size_t n = 0;

	q_text(&q, plugin);
	while (n <= USE_ROWS_MAX && q_row(&q)) {
		rows[n].plugin = plugin;
		rows[n].permission = q_get_text(&q, a);
		rows[n].used = q_get_i64(&q);
		rows[n].used_us = q_get_i64(&q);
		rows[n].denied = q_get_i64(&q);
		rows[n].denied_us = q_get_i64(&q);
		rows[n++].note = q_get_text(&q, a);
	}
	*out = rows;
	*count = n;
	return q_end(&q, err);
}

static rh_status
of_plugin(struct db *db, const char *sql, const char *plugin,
    struct err *err)
{
	struct q q = q_begin(db, sql);

	q_text(&q, plugin);
	return q_exec(&q, err);
}

rh_status
store_use_pardon(struct db *db, const char *plugin, struct err *err)
{
	rh_status rc = of_plugin(db, sql_drop_denied, plugin, err);

	return rc != RH_OK ? rc : of_plugin(db, sql_pardon, plugin, err);
}

rh_status
store_use_forget(struct db *db, const char *plugin, struct err *err)
{
	return of_plugin(db, sql_forget, plugin, err);
}
