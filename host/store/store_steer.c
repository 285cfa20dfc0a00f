/*
 * The table steering.
 */
#include "store/store_steer.h"

#include "store/db.h"

static const char sql_add[] =
"INSERT INTO steering (run_no, at, principal, data) VALUES (?1, ?2, ?3, ?4)";

static const char sql_count[] =
"SELECT count(*) FROM steering INDEXED BY steering_run WHERE run_no = ?1";

static const char sql_list[] =
"SELECT item_no, at, principal, data FROM steering INDEXED BY steering_run"
" WHERE run_no = ?1 ORDER BY item_no LIMIT ?2";

static const char sql_remove[] =
"DELETE FROM steering INDEXED BY steering_run"
" WHERE run_no = ?1 AND item_no <= ?2";

rh_status
store_steer_add(struct db *db, int64_t run_no, const struct steer_row *r,
    int64_t *item_no, struct err *err)
{
	struct q q = q_begin(db, sql_add);
	rh_status rc;

	q_i64(&q, run_no);
	q_i64(&q, r->at_us);
	q_text(&q, r->principal);
	q_text(&q, r->data);
	if ((rc = q_exec(&q, err)) == RH_OK)
		*item_no = q_rowid(&q);
	return rc;
}

rh_status
store_steer_count(struct db *db, int64_t run_no, int64_t *n, struct err *err)
{
	struct q q = q_begin(db, sql_count);

	q_i64(&q, run_no);
	*n = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}

rh_status
store_steer_list(struct db *db, int64_t run_no, struct arena *a,
    struct steer_row *rows, size_t max, size_t *count, struct err *err)
{
	struct q q = q_begin(db, sql_list);
	struct steer_row *r;

	*count = 0;
	q_i64(&q, run_no);
	q_i64(&q, (int64_t)max);
	while (q_row(&q)) {
		r = &rows[(*count)++];
		r->item_no = q_get_i64(&q);
		r->at_us = q_get_i64(&q);
		r->principal = q_get_text(&q, a);
		r->data = q_get_text(&q, a);
	}
	return q_end(&q, err);
}

rh_status
store_steer_remove(struct db *db, int64_t run_no, int64_t last_no,
    struct err *err)
{
	struct q q = q_begin(db, sql_remove);

	q_i64(&q, run_no);
	q_i64(&q, last_no);
	return q_exec(&q, err);
}
