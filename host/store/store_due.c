/*
 * What sweeps and the start look for: runs whose time has come.
 */
#include "store/store_run.h"

#include "store/db.h"

static const char sql_due[] =
"SELECT run_no FROM run_live INDEXED BY run_due WHERE due <= ?1"
" ORDER BY due LIMIT ?2";

static const char sql_held[] =
"SELECT run_no FROM run_live WHERE state IN (3, 4) AND token IS NULL"
"	AND run_no > ?1"
" ORDER BY run_no LIMIT ?2";

static const char sql_expired[] =
"SELECT run_no FROM run_end INDEXED BY run_expires WHERE expires <= ?1"
" ORDER BY expires LIMIT ?2";

static const char *const sql_put_off[] = {
	"UPDATE run_live SET due = ?2 WHERE run_no = ?1",
	"UPDATE run_end SET expires = ?2 WHERE run_no = ?1",
};

static const char sql_queued_plugins[] =
"SELECT DISTINCT plugin FROM run_live INDEXED BY run_queue"
" WHERE state = 2 AND hold IS NULL AND line_no = 1";

static const char sql_owners[] =
"SELECT owner_no, state, count(*) FROM run_live GROUP BY owner_no, state";

/* Two looks a step through the index of the queue, which knows no age. */
static const char sql_next_line[] =
"SELECT plugin, line_no FROM run_live INDEXED BY run_queue"
" WHERE state = 2 AND hold IS NULL AND (plugin, line_no) > (?1, ?2)"
" ORDER BY plugin, line_no LIMIT 1";

static const char sql_next_priority[] =
"SELECT priority, run_no FROM run_live INDEXED BY run_queue"
" WHERE state = 2 AND hold IS NULL AND plugin = ?1 AND line_no = ?2"
"	AND priority < ?3"
" ORDER BY priority DESC, run_no LIMIT 1";

static const char sql_created[] =
"SELECT created FROM run WHERE run_no = ?1";

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
store_run_owners(struct db *db, void (*one)(int64_t, enum run_state, int64_t,
    void *), void *arg, struct err *err)
{
	struct q q = q_begin(db, sql_owners);
	enum run_state state;
	int64_t owner_no;

	while (q_row(&q)) {
		owner_no = q_get_i64(&q);
		state = (enum run_state)q_get_i64(&q);
		one(owner_no, state, q_get_i64(&q), arg);
	}
	return q_end(&q, err);
}

/* The least number of a line's queued runs, or what *least is already. */
static rh_status
least_of_line(struct db *db, const char *plugin, int64_t line,
    int64_t *least, struct err *err)
{
	int64_t priority = INT64_MAX, run_no;
	struct q q;
	bool found;
	rh_status rc;

	do {
		q = q_begin(db, sql_next_priority);
		q_text(&q, plugin);
		q_i64(&q, line);
		q_i64(&q, priority);
		if ((found = q_row(&q))) {
			priority = q_get_i64(&q);
			run_no = q_get_i64(&q);
			if (*least == 0 || run_no < *least)
				*least = run_no;
		}
		rc = q_end(&q, err);
	} while (rc == RH_OK && found);
	return rc;
}

static rh_status
least_queued(struct db *db, struct arena *a, int64_t *least,
    struct err *err)
{
	const char *plugin = "";
	int64_t line = 0;
	struct q q;
	bool found;
	rh_status rc;

	*least = 0;
	for (;;) {
		q = q_begin(db, sql_next_line);
		q_text(&q, plugin);
		q_i64(&q, line);
		if ((found = q_row(&q))) {
			plugin = q_get_text(&q, a);
			line = q_get_i64(&q);
		}
		if ((rc = q_end(&q, err)) != RH_OK || !found ||
		    (rc = least_of_line(db, plugin, line, least,
		    err)) != RH_OK)
			return rc;
	}
}

rh_status
store_run_oldest_queued(struct db *db, int64_t *created_us, struct err *err)
{
	struct arena a;
	struct q q;
	int64_t run_no;
	rh_status rc;

	*created_us = 0;
	arena_init(&a);
	rc = least_queued(db, &a, &run_no, err);
	arena_fini(&a);
	if (rc != RH_OK || run_no == 0)
		return rc;
	q = q_begin(db, sql_created);
	q_i64(&q, run_no);
	if (q_row(&q))
		*created_us = q_get_i64(&q);
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
