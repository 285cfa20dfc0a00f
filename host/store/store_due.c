/*
 * What sweeps and the start look for: runs whose time has come.
 */
#include "store/store_run.h"

#include "store/db.h"

static const char sql_due[] =
"SELECT run_no FROM run_live INDEXED BY run_due WHERE due <= ?1"
" ORDER BY due LIMIT ?2";

static const char sql_held[] =
"SELECT run_no FROM run_live WHERE state IN (3, 4) AND run_no > ?1"
" ORDER BY run_no LIMIT ?2";

static const char sql_expired[] =
"SELECT run_no FROM run_end INDEXED BY run_expires WHERE expires <= ?1"
" ORDER BY expires LIMIT ?2";

static const char *const sql_put_off[] = {
	"UPDATE run_live SET due = ?2 WHERE run_no = ?1",
	"UPDATE run_end SET expires = ?2 WHERE run_no = ?1",
};

static const char sql_queued_plugins[] =
"SELECT DISTINCT plugin FROM run_live INDEXED BY run_queue WHERE state = 2";

static const char sql_owners[] =
"SELECT owner_no, count(*) FROM run_live GROUP BY owner_no";

static const char sql_expired_count[] =
"SELECT count(*) FROM (SELECT 1 FROM run_end INDEXED BY run_expires"
" WHERE expires <= ?1 LIMIT ?2)";

static rh_status
read_numbers(struct q *q, int64_t *nos, size_t *count, struct err *err)
{
	*count = 0;
	while (q_row(q))
		nos[(*count)++] = q_get_i64(q);
	return q_end(q, err);
}

rh_status
store_run_due(struct db *db, int64_t now, int64_t *nos, size_t max,
    size_t *count, struct err *err)
{
	struct q q = q_begin(db, sql_due);

	q_i64(&q, now);
	q_i64(&q, (int64_t)max);
	return read_numbers(&q, nos, count, err);
}

rh_status
store_run_held(struct db *db, int64_t after, int64_t *nos, size_t max,
    size_t *count, struct err *err)
{
	struct q q = q_begin(db, sql_held);

	q_i64(&q, after);
	q_i64(&q, (int64_t)max);
	return read_numbers(&q, nos, count, err);
}

rh_status
store_run_expired(struct db *db, int64_t now, int64_t *nos, size_t max,
    size_t *count, struct err *err)
{
	struct q q = q_begin(db, sql_expired);

	q_i64(&q, now);
	q_i64(&q, (int64_t)max);
	return read_numbers(&q, nos, count, err);
}

rh_status
store_run_put_off(struct db *db, int64_t run_no, int64_t until,
    struct err *err)
{
	size_t i;
	struct q q;
	rh_status rc = RH_OK;

	for (i = 0; i < 2 && rc == RH_OK; i++) {
		q = q_begin(db, sql_put_off[i]);
		q_i64(&q, run_no);
		q_i64(&q, until);
		rc = q_exec(&q, err);
	}
	return rc;
}

rh_status
store_run_queued_plugins(struct db *db, struct arena *a, const char ***out,
    struct err *err)
{
	struct q q = q_begin(db, sql_queued_plugins);
	const char **list = NULL, **grown;
	size_t n = 0, cap = 0;

	do {
		if (n + 1 >= cap) {
			cap = cap ? 2 * cap : 16;
			grown = arena_zalloc(a, cap * sizeof *grown);
			if (n > 0)
				memcpy(grown, list, n * sizeof *grown);
			list = grown;
		}
	} while (q_row(&q) && (list[n++] = q_get_text(&q, a)) != NULL);
	*out = list;
	return q_end(&q, err);
}

rh_status
store_run_owners(struct db *db, void (*one)(int64_t, int64_t, void *),
    void *arg, struct err *err)
{
	struct q q = q_begin(db, sql_owners);
	int64_t owner_no;

	while (q_row(&q)) {
		owner_no = q_get_i64(&q);
		one(owner_no, q_get_i64(&q), arg);
	}
	return q_end(&q, err);
}

rh_status
store_run_expired_count(struct db *db, int64_t now, int64_t max, int64_t *n,
    struct err *err)
{
	struct q q = q_begin(db, sql_expired_count);

	q_i64(&q, now);
	q_i64(&q, max);
	*n = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}
