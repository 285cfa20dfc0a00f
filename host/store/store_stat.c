/*
 * The table run_stat, written.  Times are kept as text (hist.h), which only
 * a change with new times has to read.
 */
#include "store/store_stat.h"

#include "store/db.h"
#include "store/stat_impl.h"

static const char sql_times[] =
"SELECT waits, durations FROM run_stat"
" WHERE level = ?1 AND slot = ?2 AND runner = ?3";

static const char sql_add[] =
"UPDATE run_stat SET created = created + ?4, queued = queued + ?5,"
"	claimed = claimed + ?6, running = running + ?7,"
"	interrupted = interrupted + ?8, completed = completed + ?9,"
"	failed = failed + ?10, cancelled = cancelled + ?11,"
"	timeout = timeout + ?12, wait_us = wait_us + ?13,"
"	duration_us = duration_us + ?14, waits = ifnull(?15, waits),"
"	durations = ifnull(?16, durations)"
" WHERE level = ?1 AND slot = ?2 AND runner = ?3";

static const char sql_put[] =
"INSERT OR REPLACE INTO run_stat (level, slot, runner, created, queued,"
"	claimed, running, interrupted, completed, failed, cancelled, timeout,"
"	wait_us, duration_us, waits, durations)"
" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
"	ifnull(?15, ''), ifnull(?16, ''))";

rh_status
stat_damaged(struct err *err)
{
	return err_set(err, RH_EIO, "a row of table \"run_stat\" is damaged");
}

static void
put_key(struct q *q, const struct stat_at *at)
{
	q_i64(q, at->level);
	q_i64(q, at->slot);
	q_text(q, at->runner_id);
}

static rh_status
put(struct db *db, const char *sql, const struct stat_at *at,
    const struct stat_values *v, bool *found, struct err *err)
{
	struct q q = q_begin(db, sql);
	rh_status rc;
	int i;

	put_key(&q, at);
	for (i = 1; i <= RUN_STATES; i++)
		q_i64(&q, v->n[i]);
	for (i = 0; i < STAT_TIMES; i++)
		q_i64(&q, v->sum_us[i]);
	for (i = 0; i < STAT_TIMES; i++)
		q_text(&q, v->text[i]);
	rc = q_exec(&q, err);
	*found = q_changes(&q) > 0;
	return rc;
}

rh_status
stat_put(struct db *db, const struct stat_at *at,
    const struct stat_values *v, struct err *err)
{
	bool found;

	return put(db, sql_put, at, v, &found, err);
}

/* The texts of the row, which may not be there, with the new times. */
static rh_status
merge(struct db *db, const struct stat_at *at, const struct stat_delta *d,
    struct buf text[STAT_TIMES], struct err *err)
{
	struct q q = q_begin(db, sql_times);
	bool found, whole = true;
	struct str old;
	rh_status rc;
	int i;

	put_key(&q, at);
	found = q_row(&q);
	for (i = 0; i < STAT_TIMES; i++) {
		buf_clear(&text[i]);
		old = found ? q_get_str(&q) : STR("");
		if (d->count[i] > 0)
			whole &= hist_merge_text(old, d->buckets[i],
			    d->count[i], &text[i]);
	}
	if ((rc = q_end(&q, err)) != RH_OK)
		return rc;
	return whole ? RH_OK : stat_damaged(err);
}

/* make: a row that isn't there is made; else there is nothing to do then. */
static rh_status
add(struct db *db, const struct stat_at *at, const struct stat_delta *d,
    bool make, struct buf text[STAT_TIMES], struct err *err)
{
	struct stat_values v = { .n = d->n, .sum_us = d->sum_us };
	bool found;
	rh_status rc;
	int i;

	if ((d->count[STAT_WAIT] > 0 || d->count[STAT_DURATION] > 0) &&
	    (rc = merge(db, at, d, text, err)) != RH_OK)
		return rc;
	for (i = 0; i < STAT_TIMES; i++)
		v.text[i] = d->count[i] > 0 ? text[i].p : NULL;
	rc = put(db, sql_add, at, &v, &found, err);
	if (rc != RH_OK || found || !make)
		return rc;
	return stat_put(db, at, &v, err);
}

static bool
makes_runs(const struct stat_delta *d)
{
	int64_t made = 0;
	int i;

	for (i = 1; i <= RUN_STATES; i++)
		made += d->n[i];
	return made > 0;
}

rh_status
store_stat_add(struct db *db, const struct stat_delta *d, int64_t now,
    struct err *err)
{
	struct buf text[STAT_TIMES] = { { 0 } };
	struct stat_at at = { .runner_id = d->runner_id };
	rh_status rc = RH_OK;
	int i;

	for (i = 0; i < STAT_LEVELS && rc == RH_OK; i++) {
		at.level = i + 1;
		at.slot = d->minute / stat_len[i];
		/* What isn't over is not added up, for sure. */
		if (i > 0 && at.slot == now / MINUTE_US / stat_len[i])
			break;
		rc = add(db, &at, d, i == 0 && makes_runs(d), text, err);
	}
	for (i = 0; i < STAT_TIMES; i++)
		buf_fini(&text[i]);
	return rc;
}
