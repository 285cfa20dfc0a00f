/*
 * Pages of runs, and counts of those that live.  A page looks at a bounded
 * number of rows, however many runs are kept.
 */
#include "store/store_run.h"

#include "base/mem.h"
#include "store/db.h"
#include "store/store_scope.h"

#include <stdlib.h>

#define PAGE_LOOK_MAX	20000	/* rows looked at for a page */

#define RUNS								\
	"SELECT r.run_no, coalesce(l.state, e.state), r.plugin FROM run r" \
	" LEFT JOIN run_live l ON l.run_no = r.run_no"			\
	" LEFT JOIN run_end e ON e.run_no = r.run_no"

static const char sql_page_all[] =
RUNS
" WHERE r.run_no < ?1 ORDER BY r.run_no DESC";

static const char sql_page_scope[] =
RUNS
" WHERE r.run_no < ?1 AND r.scope_no = ?2 ORDER BY r.run_no DESC";

/* CROSS JOIN: from the few that live to their rows, never the other way. */
static const char sql_page_live[] =
"SELECT l.run_no, l.state, l.plugin, r.scope_no"
" FROM run_live l CROSS JOIN run r USING (run_no)"
" WHERE l.run_no < ?1 ORDER BY l.run_no DESC";

static const char sql_live_scopes[] =
"SELECT l.state, r.scope_no FROM run_live l CROSS JOIN run r USING (run_no)";

static const char sql_live_states[] =
"SELECT state, count(*) FROM run_live GROUP BY state";

static int
by_number_down(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

static int
by_number_up(const void *a, const void *b)
{
	return -by_number_down(a, b);
}

static bool
scope_listed(const struct run_filter *f, int64_t scope_no)
{
	return f->scopes == NULL || bsearch(&scope_no, f->scopes,
	    f->scope_count, sizeof scope_no, by_number_up) != NULL;
}

/* A scan in progress: what it may still look at, where it stopped. */
struct scan {
	const struct run_filter *f;
	int64_t	*nos;
	size_t	max, count;
	size_t	looks;
	int64_t	stopped;	/* last number looked at when looks ran out */
};

static void
scan_rows(struct scan *s, struct q *q, bool with_scope)
{
	int64_t run_no, state;
	struct str plugin;

	s->stopped = 0;
	while (s->count < s->max && q_row(q)) {
		run_no = q_get_i64(q);
		state = q_get_i64(q);
		plugin = q_get_str(q);
		if (s->looks-- == 0) {
			s->stopped = run_no + 1;
			return;
		}
		if (s->f->states != 0 && !(s->f->states & 1u << state))
			continue;
		if (s->f->plugin != NULL && !str_is(plugin, s->f->plugin))
			continue;
		if (with_scope && !scope_listed(s->f, q_get_i64(q)))
			continue;
		s->nos[s->count++] = run_no;
	}
}

static rh_status
page_scopes(struct db *db, struct scan *out, int64_t before, struct err *err)
{
	const struct run_filter *f = out->f;
	struct scan s = { .f = f, .max = out->max };
	size_t i, n = 0, looks = PAGE_LOOK_MAX / (f->scope_count + 1) + 16;
	int64_t *all = mem_calloc(f->scope_count * out->max + 1, sizeof *all);
	rh_status rc = RH_OK;

	for (i = 0; i < f->scope_count && rc == RH_OK; i++) {
		struct q q = q_begin(db, sql_page_scope);

		s.nos = all + n;
		s.count = 0;
		s.looks = looks;
		q_i64(&q, before);
		q_i64(&q, f->scopes[i]);
		scan_rows(&s, &q, false);
		rc = q_end(&q, err);
		n += s.count;
		if (s.stopped > out->stopped)
			out->stopped = s.stopped;
	}
	qsort(all, n, sizeof *all, by_number_down);
	/* Below where a scan stopped, other scopes may hide newer matches. */
	while (n > 0 && all[n - 1] < out->stopped)
		n--;
	out->count = n < out->max ? n : out->max;
	memcpy(out->nos, all, out->count * sizeof *all);
	free(all);
	return rc;
}

#define LIVE_STATES	(((1u << RUN_FIRST_TERMINAL) - 1) & ~1u)

static rh_status
page_rows(struct db *db, struct scan *s, int64_t before, struct err *err)
{
	bool live = s->f->states != 0 && (s->f->states & ~LIVE_STATES) == 0;
	struct q q;

	if (!live && s->f->scopes != NULL)
		return page_scopes(db, s, before, err);
	q = q_begin(db, live ? sql_page_live : sql_page_all);
	q_i64(&q, before);
	scan_rows(s, &q, live);
	return q_end(&q, err);
}

rh_status
store_run_page(struct db *db, const struct run_filter *f, int64_t before,
    int64_t *nos, size_t max, size_t *count, int64_t *next, struct err *err)
{
	struct scan s = {
		.f = f, .max = max + 1, .looks = PAGE_LOOK_MAX,
		.nos = mem_calloc(max + 1, sizeof *s.nos),
	};
	rh_status rc;

	rc = page_rows(db, &s, before != 0 ? before : INT64_MAX, err);
	*count = s.count < max ? s.count : max;
	memcpy(nos, s.nos, *count * sizeof *nos);
	*next = s.count > max ? nos[max - 1] : s.stopped;
	free(s.nos);
	return rc;
}

rh_status
store_run_live_counts(struct db *db, const int64_t *scopes, size_t count,
    int64_t *n, struct err *err)
{
	struct run_filter f = { .scopes = scopes, .scope_count = count };
	struct q q = q_begin(db, scopes == NULL ? sql_live_states :
	    sql_live_scopes);
	int64_t state, second;

	while (q_row(&q)) {
		state = q_get_i64(&q);
		second = q_get_i64(&q);
		if (scopes == NULL)
			n[state] += second;
		else
			n[state] += scope_listed(&f, second);
	}
	return q_end(&q, err);
}
