/*
 * Reading runs: one whole, pages of numbers, and what sweeps look for.
 * Pages look at a bounded number of rows, however many runs are kept.
 */
#include "store/store_run.h"

#include "base/mem.h"
#include "store/db.h"
#include "store/store_scope.h"

#include <stdlib.h>

#define PAGE_LOOK_MAX	20000	/* rows looked at for a page */

/* What a run was made with, and what became of it until now. */
#define MADE								\
	"r.id, r.scope_no, r.plugin, r.runner, r.action_id, r.session_id," \
	" r.command, r.raw_args, r.args, r.flags, r.input, r.metadata,"	\
	" r.chain, r.idempotent, r.dry_run, r.priority, r.timeout,"	\
	" r.deadline, r.retention, r.created"
#define COURSE								\
	"coalesce(l.state, e.state), coalesce(l.started, e.started),"	\
	" e.ended, coalesce(l.updated, e.ended),"			\
	" coalesce(l.attempts, e.attempts),"				\
	" coalesce(l.percent, e.percent), coalesce(l.stage, e.stage),"	\
	" coalesce(l.last_seq, e.last_seq), l.fence, l.lease,"		\
	" coalesce(l.cancel, e.cancel), coalesce(l.runtime, e.runtime)," \
	" coalesce(l.inproc, e.inproc), e.exit_code, e.output, e.error,"	\
	" coalesce(e.reason, l.cancel_reason), e.result_meta,"		\
	" coalesce(l.truncated, e.truncated)"
#define FROM_RUN							\
	" FROM run r LEFT JOIN run_live l ON l.run_no = r.run_no"	\
	" LEFT JOIN run_end e ON e.run_no = r.run_no"

static const char sql_get[] =
"SELECT " MADE ", " COURSE FROM_RUN " WHERE r.run_no = ?1";

static const char sql_next[] =
"SELECT " MADE ", l.run_no, l.cause, l.out_bytes, l.fence, l.attempts,"
"	l.started, l.percent, l.stage, l.last_seq"
" FROM run_live l INDEXED BY run_queue JOIN run r USING (run_no)"
" WHERE l.state = 2 AND l.plugin = ?1"
" ORDER BY l.priority DESC, l.run_no LIMIT 1";

static const char sql_page_all[] =
"SELECT r.run_no, coalesce(l.state, e.state), r.plugin" FROM_RUN
" WHERE r.run_no < ?1 ORDER BY r.run_no DESC";

static const char sql_page_scope[] =
"SELECT r.run_no, coalesce(l.state, e.state), r.plugin" FROM_RUN
" WHERE r.run_no < ?1 AND r.scope_no = ?2 ORDER BY r.run_no DESC";

/* CROSS JOIN: from the few that live to their rows, never the other way. */
static const char sql_page_live[] =
"SELECT l.run_no, l.state, l.plugin, r.scope_no"
" FROM run_live l CROSS JOIN run r USING (run_no)"
" WHERE l.run_no < ?1 ORDER BY l.run_no DESC";

static const char sql_due[] =
"SELECT run_no FROM run_live INDEXED BY run_due WHERE due <= ?1"
" ORDER BY due LIMIT ?2";

static const char sql_held[] =
"SELECT run_no FROM run_live WHERE state IN (3, 4) AND run_no > ?1"
" ORDER BY run_no LIMIT ?2";

static const char sql_expired[] =
"SELECT run_no FROM run_end INDEXED BY run_expires WHERE expires <= ?1"
" ORDER BY expires LIMIT ?2";

static const char sql_queued_plugins[] =
"SELECT DISTINCT plugin FROM run_live INDEXED BY run_queue WHERE state = 2";

static const char sql_live_scopes[] =
"SELECT l.state, r.scope_no FROM run_live l CROSS JOIN run r USING (run_no)";

static const char sql_live_states[] =
"SELECT state, count(*) FROM run_live GROUP BY state";

static const char sql_owners[] =
"SELECT s.owner, count(*) FROM run_live l CROSS JOIN run r USING (run_no)"
"	CROSS JOIN scope s USING (scope_no) GROUP BY s.owner";

static const char sql_expired_count[] =
"SELECT count(*) FROM run_end INDEXED BY run_expires WHERE expires <= ?1";

static void
read_made(struct q *q, struct arena *a, struct run_row *r)
{
	q_get_fixed(q, r->id.b, sizeof r->id.b);
	r->scope_no = q_get_i64(q);
	r->plugin = q_get_text(q, a);
	r->runner = q_get_text(q, a);
	r->action_id = q_get_text(q, a);
	r->session_id = q_get_text(q, a);
	r->command = q_get_text(q, a);
	r->raw_args = q_get_text(q, a);
	r->args = q_get_text(q, a);
	r->flags = q_get_text(q, a);
	r->input = q_get_text(q, a);
	r->metadata = q_get_text(q, a);
	r->chain = q_get_text(q, a);
	r->idempotent = q_get_i64(q) != 0;
	r->dry_run = q_get_i64(q) != 0;
	r->priority = (int32_t)q_get_i64(q);
	r->timeout_us = q_get_i64(q);
	r->deadline_us = q_get_i64(q);
	r->retention_us = q_get_i64(q);
	r->created_us = q_get_i64(q);
}

static void
read_course(struct q *q, struct arena *a, struct run_row *r)
{
	r->state = (enum run_state)q_get_i64(q);
	r->started_us = q_get_i64(q);
	r->ended_us = q_get_i64(q);
	r->updated_us = q_get_i64(q);
	r->attempts = (int32_t)q_get_i64(q);
	r->percent = (int32_t)q_get_i64(q);
	r->stage = q_get_text(q, a);
	r->last_seq = q_get_i64(q);
	r->fence = q_get_i64(q);
	r->lease_us = q_get_i64(q);
	r->cancel_us = q_get_i64(q);
	r->runtime = q_get_text(q, a);
	r->inproc = q_get_i64(q) != 0;
	r->has_exit_code = !q_get_null(q);
	if (r->has_exit_code)
		r->exit_code = (int32_t)q_get_i64(q);
	r->output = q_get_text(q, a);
	r->error = q_get_text(q, a);
	r->reason = q_get_text(q, a);
	r->result_meta = q_get_text(q, a);
	r->truncated = q_get_i64(q) != 0;
}

rh_status
store_run_get(struct db *db, int64_t run_no, struct arena *a,
    struct run_row *r, struct err *err)
{
	struct q q = q_begin(db, sql_get);
	bool found;
	rh_status rc;

	memset(r, 0, sizeof *r);
	r->run_no = run_no;
	q_i64(&q, run_no);
	if ((found = q_row(&q))) {
		read_made(&q, a, r);
		read_course(&q, a, r);
	}
	if ((rc = q_end(&q, err)) != RH_OK)
		return rc;
	if (!found)
		return err_set(err, RH_ENOENT, "no such run");
	return store_scope_get(db, r->scope_no, a, &r->scope, err);
}

rh_status
store_run_next(struct db *db, const char *plugin, struct arena *a,
    struct run_claimed *out, struct err *err)
{
	struct q q = q_begin(db, sql_next);
	struct run_row *r = &out->row;
	rh_status rc;

	memset(out, 0, sizeof *out);
	q_text(&q, plugin);
	if (q_row(&q)) {
		read_made(&q, a, r);
		r->state = RUN_QUEUED;
		r->run_no = q_get_i64(&q);
		out->cause = (enum run_cause)q_get_i64(&q);
		out->out_bytes = q_get_i64(&q);
		r->fence = q_get_i64(&q);
		r->attempts = (int32_t)q_get_i64(&q);
		r->started_us = q_get_i64(&q);
		r->percent = (int32_t)q_get_i64(&q);
		r->stage = q_get_text(&q, a);
		r->last_seq = q_get_i64(&q);
	}
	if ((rc = q_end(&q, err)) != RH_OK || r->run_no == 0)
		return rc;
	return store_scope_get(db, r->scope_no, a, &r->scope, err);
}

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

rh_status
store_run_owners(struct db *db, void (*one)(const char *, int64_t, void *),
    void *arg, struct err *err)
{
	struct q q = q_begin(db, sql_owners);
	struct arena a = { 0 };
	const char *owner;

	while (q_row(&q)) {
		owner = q_get_text(&q, &a);
		one(owner, q_get_i64(&q), arg);
	}
	arena_fini(&a);
	return q_end(&q, err);
}

rh_status
store_run_expired_count(struct db *db, int64_t now, int64_t *n,
    struct err *err)
{
	struct q q = q_begin(db, sql_expired_count);

	q_i64(&q, now);
	*n = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}
