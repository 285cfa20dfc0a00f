/*
 * Hours and days of run_stat that are over are added up; minutes that are so
 * old that nobody asks for them are removed.  A slice at a time.
 */
#include "store/store_stat.h"

#include "base/mem.h"
#include "store/db.h"
#include "store/stat_impl.h"
#include "store/store_misc.h"

#include <stdlib.h>
#include <string.h>

/* Minutes that one call removes. */
#define REMOVE_MAX	60

static const char sql_first[] =
"SELECT slot FROM run_stat WHERE level = 1 AND slot >= ?1"
" ORDER BY slot LIMIT 1";

static const char sql_remove[] =
"DELETE FROM run_stat WHERE level = 1 AND slot < min(?1, ?2 +"
"	(SELECT slot FROM run_stat WHERE level = 1 ORDER BY slot LIMIT 1))";

/* Sums of runners. */
struct sums {
	struct one {
		char	*runner_id;
		struct stat_sum sum;
	} *of;
	size_t	count;
};

static struct stat_sum *
sum_of(struct str runner_id, void *arg)
{
	struct sums *s = arg;
	struct one *o;

	for (o = s->of; o < s->of + s->count; o++) {
		if (str_is(runner_id, o->runner_id))
			return &o->sum;
	}
	s->of = mem_realloc(s->of, (s->count + 1) * sizeof *s->of);
	o = &s->of[s->count++];
	memset(o, 0, sizeof *o);
	o->runner_id = mem_strndup(runner_id.p, runner_id.len);
	return &o->sum;
}

static rh_status
put_sum(struct db *db, int level, int64_t slot, const struct one *o,
    struct err *err)
{
	const struct stat_at at = { level, slot, o->runner_id };
	struct stat_values v = { .n = o->sum.n, .sum_us = o->sum.sum_us };
	struct buf text[STAT_TIMES] = { { 0 } };
	rh_status rc;
	int i;

	for (i = 0; i < STAT_TIMES; i++) {
		hist_write(&o->sum.hist[i], &text[i]);
		v.text[i] = text[i].p;
	}
	rc = stat_put(db, &at, &v, err);
	for (i = 0; i < STAT_TIMES; i++)
		buf_fini(&text[i]);
	return rc;
}

/* A slot of a level, out of those of the finer one. */
static rh_status
fold_slot(struct db *db, int level, int64_t slot, struct err *err)
{
	int64_t ratio = stat_len[level - 1] / stat_len[level - 2];
	struct sums sums = { 0 };
	struct stat_range r = { .level = level - 1, .from = slot * ratio,
		.until = (slot + 1) * ratio, .of = sum_of, .arg = &sums };
	rh_status rc = stat_scan(db, &r, err);
	size_t i;

	for (i = 0; i < sums.count && rc == RH_OK; i++)
		rc = put_sum(db, level, slot, &sums.of[i], err);
	for (i = 0; i < sums.count; i++)
		free(sums.of[i].runner_id);
	free(sums.of);
	return rc;
}

static rh_status
first_from(struct db *db, int64_t minute, int64_t *first, struct err *err)
{
	struct q q = q_begin(db, sql_first);

	q_i64(&q, minute);
	*first = q_row(&q) ? q_get_i64(&q) : INT64_MAX;
	return q_end(&q, err);
}

/* Everything up to there is added up, once the day that ends is. */
static rh_status
advance(struct db *db, int64_t *folded, int64_t to, struct err *err)
{
	int64_t day = *folded / 1440;
	rh_status rc;

	if (to / 1440 > day && (rc = fold_slot(db, 3, day, err)) != RH_OK)
		return rc;
	*folded = to;
	return store_meta_set_i64(db, FACT_STAT_FOLDED, to, err);
}

static rh_status
remove_old(struct db *db, int64_t before, bool *more, struct err *err)
{
	struct q q = q_begin(db, sql_remove);
	rh_status rc;

	q_i64(&q, before);
	q_i64(&q, REMOVE_MAX);
	rc = q_exec(&q, err);
	*more = q_changes(&q) > 0;
	return rc;
}

rh_status
store_stat_fold(struct db *db, int64_t now, bool *more, struct err *err)
{
	int64_t hour = now / MINUTE_US / 60 * 60, folded, first;
	rh_status rc;

	*more = false;
	if ((rc = store_meta_get_i64(db, FACT_STAT_FOLDED, &folded,
	    err)) != RH_OK)
		return rc;
	if (folded >= hour)
		return remove_old(db, folded - STAT_KEPT_MINUTES, more, err);
	*more = true;
	if ((rc = first_from(db, folded, &first, err)) != RH_OK)
		return rc;
	if (first >= hour)
		return advance(db, &folded, hour, err);
	first -= first % 60;
	if (first > folded &&
	    (rc = advance(db, &folded, first, err)) != RH_OK)
		return rc;
	if ((rc = fold_slot(db, 2, first / 60, err)) != RH_OK)
		return rc;
	return advance(db, &folded, first + 60, err);
}
