/*
 * The tables owner and run_count.
 */
#include "store/store_owner.h"

#include "base/arena.h"
#include "store/db.h"
#include "store/scope_cache.h"
#include "store/store_run.h"

static const char sql_find[] =
"SELECT owner_no FROM owner WHERE name = ?1";

static const char sql_insert[] =
"INSERT INTO owner (name) VALUES (?1)";

static const char sql_live[] =
"SELECT count(*) FROM run_live WHERE owner_no = ?1";

static const char sql_bytes[] =
"SELECT bytes FROM owner WHERE owner_no = ?1";

static const char sql_set_bytes[] =
"UPDATE owner SET bytes = ?2 WHERE owner_no = ?1";

static const char sql_each[] =
"SELECT owner_no, bytes FROM owner WHERE bytes > 0";

static const char sql_count_add[] =
"INSERT INTO run_count (owner_no, plugin, runner, state, n)"
" VALUES (?1, ?2, ?3, ?4, max(?5, 0)) ON CONFLICT DO UPDATE SET n = n + ?5";

#define COUNTS								\
	"SELECT c.state, c.n, c.plugin, o.name, c.runner FROM run_count c" \
	" JOIN owner o USING (owner_no)"

static const char sql_counts[] =
COUNTS;

static const char sql_counts_owner[] =
COUNTS " WHERE c.owner_no = ?1";

rh_status
store_owner_find(struct db *db, const char *name, int64_t *no,
    struct err *err)
{
	struct scope_cache *cache = db_scopes(db);
	struct q q;
	rh_status rc;

	if ((*no = scope_cache_owner(cache, name)) != 0)
		return RH_OK;
	q = q_begin(db, sql_find);
	q_text(&q, name);
	*no = q_row(&q) ? q_get_i64(&q) : 0;
	rc = q_end(&q, err);
	if (rc == RH_OK && *no != 0)
		scope_cache_add_owner(cache, *no, name);
	return rc;
}

rh_status
store_owner_intern(struct db *db, const char *name, int64_t *no,
    struct err *err)
{
	struct q q;
	rh_status rc;

	if ((rc = store_owner_find(db, name, no, err)) != RH_OK || *no != 0)
		return rc;
	q = q_begin(db, sql_insert);
	q_text(&q, name);
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	*no = q_rowid(&q);
	scope_cache_add_owner(db_scopes(db), *no, name);
	return RH_OK;
}

static rh_status
number_of(struct db *db, const char *sql, int64_t no, int64_t *out,
    struct err *err)
{
	struct q q = q_begin(db, sql);

	q_i64(&q, no);
	*out = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}

rh_status
store_owner_live(struct db *db, int64_t no, int64_t *n, struct err *err)
{
	return number_of(db, sql_live, no, n, err);
}

rh_status
store_owner_bytes(struct db *db, int64_t no, int64_t *bytes, struct err *err)
{
	return number_of(db, sql_bytes, no, bytes, err);
}

rh_status
store_owner_set_bytes(struct db *db, int64_t no, int64_t bytes,
    struct err *err)
{
	struct q q = q_begin(db, sql_set_bytes);

	q_i64(&q, no);
	q_i64(&q, bytes);
	return q_exec(&q, err);
}

rh_status
store_owner_each(struct db *db, void (*one)(int64_t, int64_t, void *),
    void *arg, struct err *err)
{
	struct q q = q_begin(db, sql_each);
	int64_t owner_no;

	while (q_row(&q)) {
		owner_no = q_get_i64(&q);
		one(owner_no, q_get_i64(&q), arg);
	}
	return q_end(&q, err);
}

rh_status
store_count_add(struct db *db, const struct run_tally *t, struct err *err)
{
	struct q q = q_begin(db, sql_count_add);

	q_i64(&q, t->owner_no);
	q_text(&q, t->plugin);
	q_text(&q, t->runner_id);
	q_i64(&q, t->state);
	q_i64(&q, t->n);
	return q_exec(&q, err);
}

static void
sum_row(struct q *q, const struct run_filter *f, int64_t *n)
{
	int64_t state = q_get_i64(q), count = q_get_i64(q);
	struct str plugin = q_get_str(q);
	struct arena a = { 0 };
	struct scope s = { 0 };

	if (f->plugin != NULL && !str_is(plugin, f->plugin))
		return;
	if (f->shows != NULL) {
		s.owner = q_get_text(q, &a);
		s.runner = q_get_text(q, &a);
	}
	if (f->shows == NULL || f->shows(f->arg, &s))
		n[state] += count;
	arena_fini(&a);
}

rh_status
store_count_sum(struct db *db, const struct run_filter *f, int64_t *n,
    struct err *err)
{
	struct q q = q_begin(db, f->owner_no != 0 ? sql_counts_owner :
	    sql_counts);

	memset(n, 0, (RUN_STATES + 1) * sizeof *n);
	if (f->owner_no != 0)
		q_i64(&q, f->owner_no);
	while (q_row(&q))
		sum_row(&q, f, n);
	return q_end(&q, err);
}
