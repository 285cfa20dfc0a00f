/*
 * The table runtime.
 */
#include "store/store_runtime.h"

#include "store/db.h"

#define RUNTIME								\
	"SELECT t.runtime_no, t.id, t.owner_no, o.name, t.stale, t.draining,"	\
	" t.display_name, t.endpoint, t.version, t.capabilities, t.labels," \
	" t.metadata, t.capacity, t.heartbeat, t.deadline, t.created,"	\
	" t.updated FROM runtime t JOIN owner o USING (owner_no)"

static const char sql_find[] =
RUNTIME " WHERE t.id = ?1";

static const char sql_each[] =
RUNTIME " WHERE t.runtime_no > ?1 ORDER BY t.runtime_no";

static const char sql_loads[] =
"SELECT id, stale, draining, ifnull(capacity, 0), (SELECT count(*)"
"	FROM run_live INDEXED BY run_remote"
"	WHERE token IS NOT NULL AND runtime = t.id) AS held"
" FROM runtime t ORDER BY held DESC, runtime_no LIMIT ?1";

static const char sql_due[] =
RUNTIME " WHERE t.stale = 0 AND t.deadline <= ?1 ORDER BY t.deadline LIMIT ?2";

static const char sql_silent[] =
RUNTIME " WHERE t.stale = 0 AND (t.deadline <= ?1 OR t.heartbeat < ?3)"
" ORDER BY t.runtime_no LIMIT ?2";

static const char sql_insert[] =
"INSERT INTO runtime (id, owner_no, created, stale, draining, display_name,"
"	endpoint, version, capabilities, labels, metadata, capacity,"
"	heartbeat, deadline, updated)"
" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";

static const char sql_update[] =
"UPDATE runtime SET stale = ?2, draining = ?3, display_name = ?4,"
"	endpoint = ?5, version = ?6, capabilities = ?7, labels = ?8,"
"	metadata = ?9, capacity = ?10, heartbeat = ?11, deadline = ?12,"
"	updated = ?13"
" WHERE runtime_no = ?1";

static const char sql_count[] =
"SELECT count(*) FROM runtime WHERE owner_no = ?1";

static const char sql_stale[] =
"UPDATE runtime SET stale = 1, updated = ?3"
" WHERE runtime_no = ?1 AND heartbeat = ?2 AND stale = 0";

static const char sql_extend[] =
"UPDATE runtime INDEXED BY runtime_due SET deadline = max(deadline, ?2)"
" WHERE stale = 0 AND deadline > ?1";

static void
read_row(struct q *q, struct arena *a, struct runtime_row *r)
{
	r->no = q_get_i64(q);
	r->id = q_get_text(q, a);
	r->owner_no = q_get_i64(q);
	r->owner = q_get_text(q, a);
	r->stale = q_get_i64(q) != 0;
	r->draining = q_get_i64(q) != 0;
	r->display_name = q_get_text(q, a);
	r->endpoint = q_get_text(q, a);
	r->version = q_get_text(q, a);
	r->capabilities = q_get_text(q, a);
	r->labels = q_get_text(q, a);
	r->metadata = q_get_text(q, a);
	r->capacity = q_get_i64(q);
	r->heartbeat_us = q_get_i64(q);
	r->deadline_us = q_get_i64(q);
	r->created_us = q_get_i64(q);
	r->updated_us = q_get_i64(q);
}

rh_status
store_runtime_find(struct db *db, const char *id, struct arena *a,
    struct runtime_row *r, struct err *err)
{
	struct q q = q_begin(db, sql_find);

	*r = (struct runtime_row){ .no = 0 };
	q_text(&q, id);
	if (q_row(&q))
		read_row(&q, a, r);
	return q_end(&q, err);
}

rh_status
store_runtime_put(struct db *db, struct runtime_row *r, struct err *err)
{
	struct q q = q_begin(db, r->no == 0 ? sql_insert : sql_update);
	rh_status rc;

	if (r->no == 0) {
		q_text(&q, r->id);
		q_i64(&q, r->owner_no);
		q_i64(&q, r->created_us);
	} else {
		q_i64(&q, r->no);
	}
	q_i64(&q, r->stale);
	q_i64(&q, r->draining);
	q_text(&q, r->display_name);
	q_text(&q, r->endpoint);
	q_text(&q, r->version);
	q_text(&q, r->capabilities);
	q_text(&q, r->labels);
	q_text(&q, r->metadata);
	q_i64_or_null(&q, r->capacity);
	q_i64(&q, r->heartbeat_us);
	q_i64(&q, r->deadline_us);
	q_i64(&q, r->updated_us);
	if ((rc = q_exec(&q, err)) == RH_OK && r->no == 0)
		r->no = q_rowid(&q);
	return rc;
}

rh_status
store_runtime_count(struct db *db, int64_t owner_no, int64_t *n,
    struct err *err)
{
	struct q q = q_begin(db, sql_count);

	q_i64(&q, owner_no);
	*n = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}

rh_status
store_runtime_each(struct db *db, int64_t after,
    bool (*one)(void *, struct runtime_row *), void *arg, struct arena *a,
    struct err *err)
{
	struct q q = q_begin(db, sql_each);
	struct runtime_row r;
	bool more = true;

	q_i64(&q, after);
	while (more && q_row(&q)) {
		read_row(&q, a, &r);
		more = one(arg, &r);
	}
	return q_end(&q, err);
}

rh_status
store_runtime_loads(struct db *db, size_t max, struct arena *a,
    struct runtime_load **out, size_t *count, struct err *err)
{
	struct q q = q_begin(db, sql_loads);
	struct runtime_load *l;

	*out = arena_zalloc(a, max * sizeof **out);
	*count = 0;
	q_i64(&q, (int64_t)max);
	while (q_row(&q)) {
		l = &(*out)[(*count)++];
		l->id = q_get_text(&q, a);
		l->stale = q_get_i64(&q) != 0;
		l->draining = q_get_i64(&q) != 0;
		l->capacity = q_get_i64(&q);
		l->held = q_get_i64(&q);
	}
	return q_end(&q, err);
}

rh_status
store_runtime_late(struct db *db, int64_t now, int64_t silent,
    struct arena *a, struct runtime_row *rows, size_t max, size_t *count,
    struct err *err)
{
	struct q q = q_begin(db, silent != 0 ? sql_silent : sql_due);

	q_i64(&q, now);
	q_i64(&q, (int64_t)max);
	if (silent != 0)
		q_i64(&q, silent);
	*count = 0;
	while (q_row(&q))
		read_row(&q, a, &rows[(*count)++]);
	return q_end(&q, err);
}

rh_status
store_runtime_stale(struct db *db, const struct runtime_row *r, int64_t now,
    struct err *err)
{
	struct q q = q_begin(db, sql_stale);

	q_i64(&q, r->no);
	q_i64(&q, r->heartbeat_us);
	q_i64(&q, now);
	return q_exec(&q, err);
}

rh_status
store_runtime_extend(struct db *db, int64_t since, int64_t until,
    struct err *err)
{
	struct q q = q_begin(db, sql_extend);

	q_i64(&q, since);
	q_i64(&q, until);
	return q_exec(&q, err);
}
