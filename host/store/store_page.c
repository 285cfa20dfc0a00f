/*
 * Pages of runs, and what is counted by looking.  A page looks at a bounded
 * number of rows, however many runs are kept.
 */
#include "store/store_run.h"

#include "base/mem.h"
#include "store/db.h"
#include "store/keyset.h"
#include "store/store_scope.h"

#include <stdlib.h>

#define LOOK_MAX	20000	/* rows looked at for a page */
#define ASK_MAX		5000	/* when each row's scope is asked for */

#define RUNS								\
	"SELECT r.run_no, coalesce(l.state, e.state), r.plugin, r.scope_no" \
	" FROM run r"							\
	" LEFT JOIN run_live l ON l.run_no = r.run_no"			\
	" LEFT JOIN run_end e ON e.run_no = r.run_no"

static const char sql_page_all[] =
RUNS
" WHERE r.run_no < ?1 ORDER BY r.run_no DESC";

static const char sql_page_owner[] =
RUNS
" WHERE r.run_no < ?1 AND r.owner_no = ?2 ORDER BY r.run_no DESC";

/* When every one is shown, nothing but its number is looked at. */
static const char sql_page_any[] =
"SELECT run_no, NULL, NULL, NULL FROM run WHERE run_no < ?1"
" ORDER BY run_no DESC";

static const char sql_page_any_owner[] =
"SELECT run_no, NULL, NULL, NULL FROM run INDEXED BY run_owner"
" WHERE run_no < ?1 AND owner_no = ?2 ORDER BY run_no DESC";

static const char sql_page_scope[] =
RUNS
" WHERE r.run_no < ?1 AND r.scope_no = ?2 ORDER BY r.run_no DESC";

/* Those that live are few: who owns them is looked at. */
static const char sql_page_live[] =
"SELECT run_no, state, plugin, scope_no, owner_no FROM run_live"
" WHERE run_no < ?1 ORDER BY run_no DESC";

/* A scan in progress: what it may still look at, where it stopped. */
struct scan {
	struct db *db;
	const struct run_filter *f;
	bool	live;
	int64_t	scope_no;	/* only of this one; 0: of all */
	int64_t	*nos;		/* NULL: only counts */
	size_t	max, count;
	int64_t	*n;		/* by state, or NULL */
	size_t	looks;
	int64_t	stopped;	/* last number looked at when looks ran out */
	rh_status rc;
	struct err *err;
};

static bool
scope_shown(struct scan *s, int64_t scope_no)
{
	struct arena a = { 0 };
	struct scope scope;
	bool shown = false;

	if (s->f->shows == NULL)
		return true;
	s->rc = store_scope_get(s->db, scope_no, &a, &scope, s->err);
	if (s->rc == RH_OK)
		shown = s->f->shows(s->f->arg, &scope);
	arena_fini(&a);
	return shown;
}

/* The rest of a row whose number and state were read. */
static bool
row_shown(struct scan *s, struct q *q, int64_t state)
{
	const struct run_filter *f = s->f;
	struct str plugin = q_get_str(q);
	int64_t scope_no = q_get_i64(q);

	if (f->states != 0 && !(f->states & 1u << state))
		return false;
	if (f->plugin != NULL && !str_is(plugin, f->plugin))
		return false;
	if (s->live && f->owner_no != 0 && f->owner_no != q_get_i64(q))
		return false;
	return scope_shown(s, scope_no);
}

static void
scan_rows(struct scan *s, struct q *q)
{
	int64_t run_no, state;

	while (s->rc == RH_OK && s->count < s->max && q_row(q)) {
		run_no = q_get_i64(q);
		state = q_get_i64(q);
		if (s->looks-- == 0) {
			s->stopped = run_no + 1;
			return;
		}
		if (!row_shown(s, q, state))
			continue;
		if (s->nos != NULL)
			s->nos[s->count++] = run_no;
		if (s->n != NULL)
			s->n[state]++;
	}
}

static const char *
statement(const struct scan *s)
{
	const struct run_filter *f = s->f;

	if (s->scope_no != 0)
		return sql_page_scope;
	if (s->live)
		return sql_page_live;
	if (f->states == 0 && f->plugin == NULL && f->shows == NULL &&
	    s->n == NULL)
		return f->owner_no != 0 ? sql_page_any_owner : sql_page_any;
	return f->owner_no != 0 ? sql_page_owner : sql_page_all;
}

static rh_status
scan(struct scan *s, int64_t before)
{
	const struct run_filter *f = s->f;
	struct q q = q_begin(s->db, statement(s));
	rh_status rc;

	q_i64(&q, before);
	if (s->scope_no != 0)
		q_i64(&q, s->scope_no);
	else if (!s->live && f->owner_no != 0)
		q_i64(&q, f->owner_no);
	scan_rows(s, &q);
	rc = q_end(&q, s->rc == RH_OK ? s->err : NULL);
	return s->rc != RH_OK ? s->rc : rc;
}

static size_t
looks(const struct run_filter *f)
{
	return f->shows != NULL ? ASK_MAX : LOOK_MAX;
}

/*
 * Runs of some scopes: the newest of each, merged.  Where looking ended in
 * one of them, so does the page.
 */
static rh_status
page_scopes(struct scan *s, int64_t before)
{
	struct keyset k = { .backward = true, .max = s->max - 1 };
	size_t each = s->looks / (s->f->scope_count + 1) + 1, i, n;
	int64_t until = 0;
	rh_status rc = RH_OK;

	for (i = 0; i < s->f->scope_count && rc == RH_OK; i++) {
		s->scope_no = s->f->scopes[i];
		s->count = 0;
		s->looks = each;
		s->stopped = 0;
		rc = scan(s, before);
		for (n = 0; n < s->count; n++)
			keyset_take(&k, s->nos[n]);
		until = s->stopped > until ? s->stopped : until;
	}
	while (k.count > 0 && k.nos[k.count - 1] < until)
		k.count--;
	memcpy(s->nos, k.nos, k.count * sizeof *s->nos);
	s->count = k.count;
	s->stopped = until;
	return rc;
}

#define LIVE_STATES	(((1u << RUN_FIRST_TERMINAL) - 1) & ~1u)

rh_status
store_run_page(struct db *db, const struct run_filter *f, int64_t before,
    int64_t *nos, size_t max, size_t *count, int64_t *next, struct err *err)
{
	struct scan s = {
		.db = db, .f = f, .err = err, .max = max + 1,
		.looks = looks(f),
		.live = f->scopes == NULL && f->states != 0 &&
		    (f->states & ~LIVE_STATES) == 0,
		.nos = mem_calloc(max + 1, sizeof *s.nos),
	};
	rh_status rc;

	before = before != 0 ? before : INT64_MAX;
	rc = f->scopes != NULL ? page_scopes(&s, before) : scan(&s, before);
	*count = s.count < max ? s.count : max;
	memcpy(nos, s.nos, *count * sizeof *nos);
	*next = s.count > max ? nos[max - 1] : s.stopped;
	free(s.nos);
	return rc;
}

rh_status
store_run_count(struct db *db, const struct run_filter *f, int64_t *n,
    bool *whole, struct err *err)
{
	struct run_filter any = *f;
	struct scan s = { .db = db, .f = &any, .err = err, .n = n, .max = 1,
		.looks = looks(f) };
	rh_status rc = RH_OK;
	size_t i;

	any.states = 0;
	memset(n, 0, (RUN_STATES + 1) * sizeof *n);
	if (f->scopes == NULL)
		rc = scan(&s, INT64_MAX);
	for (i = 0; i < f->scope_count && rc == RH_OK && s.stopped == 0;
	    i++) {
		s.scope_no = f->scopes[i];
		rc = scan(&s, INT64_MAX);
	}
	*whole = s.stopped == 0;
	return rc;
}
