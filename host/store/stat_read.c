/*
 * The table run_stat, read: a window in the largest slots that fit.
 */
#include "store/store_stat.h"

#include "store/db.h"
#include "store/stat_impl.h"
#include "store/store_misc.h"

#define ROWS								\
	"SELECT runner, created, queued, claimed, running, interrupted," \
	"	completed, failed, cancelled, timeout, wait_us, duration_us," \
	"	waits, durations FROM run_stat"				\
	" WHERE level = ?1 AND slot >= ?2 AND slot < ?3"

static const char sql_all[] =
ROWS;

static const char sql_one[] =
ROWS " AND runner = ?4";

const int64_t stat_len[STAT_LEVELS] = { 1, 60, 1440 };

/* Adds the rest of a row; false when it is damaged. */
static bool
add_row(struct q *q, struct stat_sum *s)
{
	bool whole = true;
	int i;

	for (i = 1; i <= RUN_STATES; i++)
		s->n[i] += q_get_i64(q);
	for (i = 0; i < STAT_TIMES; i++)
		s->sum_us[i] += q_get_i64(q);
	for (i = 0; i < STAT_TIMES; i++)
		whole &= hist_add_text(&s->hist[i], q_get_str(q));
	return whole;
}

rh_status
stat_scan(struct db *db, const struct stat_range *r, struct err *err)
{
	struct q q = q_begin(db, r->runner_id != NULL ? sql_one : sql_all);
	bool whole = true;
	rh_status rc;

	q_i64(&q, r->level);
	q_i64(&q, r->from);
	q_i64(&q, r->until);
	if (r->runner_id != NULL)
		q_text(&q, r->runner_id);
	while (whole && q_row(&q))
		whole = add_row(&q, r->of(q_get_str(&q), r->arg));
	rc = q_end(&q, whole ? err : NULL);
	return whole ? rc : stat_damaged(err);
}

/*
 * Minutes in the largest slots: what is before the first whole one, and
 * behind the last, is asked of the finer level.  folded: up to where they are
 * added up.
 */
static rh_status
scan_from(struct db *db, struct stat_range r, int64_t folded,
    struct err *err)
{
	int64_t len = stat_len[r.level - 1];
	int64_t first = (r.from + len - 1) / len;
	int64_t last = (r.until < folded ? r.until : folded) / len;
	struct stat_range finer = r, here = r;
	rh_status rc;

	if (r.from >= r.until)
		return RH_OK;
	if (r.level == 1)
		return stat_scan(db, &r, err);
	finer.level--;
	if (first >= last)
		return scan_from(db, finer, folded, err);
	here.from = first;
	here.until = last;
	finer.until = first * len;
	if ((rc = scan_from(db, finer, folded, err)) != RH_OK ||
	    (rc = stat_scan(db, &here, err)) != RH_OK)
		return rc;
	finer.from = last * len;
	finer.until = r.until;
	return scan_from(db, finer, folded, err);
}

/* Minutes of hours that may be gone are asked for as whole hours. */
static void
widen(struct stat_window *w, int64_t kept)
{
	if (w->from < kept)
		w->from -= w->from % 60;
	if (w->until < kept)
		w->until += (60 - w->until % 60) % 60;
}

rh_status
store_stat_sum(struct db *db, struct stat_window *w,
    struct stat_sum *(*of)(struct str, void *), void *arg, struct err *err)
{
	struct stat_range r = { .level = STAT_LEVELS, .of = of,
		.arg = arg, .runner_id = w->runner_id };
	int64_t folded;
	rh_status rc;

	if ((rc = store_meta_get_i64(db, FACT_STAT_FOLDED, &folded,
	    err)) != RH_OK)
		return rc;
	widen(w, folded - STAT_KEPT_MINUTES);
	r.from = w->from;
	r.until = w->until;
	return scan_from(db, r, folded, err);
}
