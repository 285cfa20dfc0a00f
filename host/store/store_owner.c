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
"SELECT sum(created + queued + claimed + running + interrupted)"
" FROM run_count WHERE owner_no = ?1";

static const char sql_bytes[] =
"SELECT bytes FROM owner WHERE owner_no = ?1";

static const char sql_set_bytes[] =
"UPDATE owner SET bytes = ?2 WHERE owner_no = ?1";

static const char sql_each[] =
"SELECT owner_no, bytes FROM owner WHERE bytes > 0";

static const char sql_count_add[] =
"UPDATE run_count SET created = created + ?4, queued = queued + ?5,"
"	claimed = claimed + ?6, running = running + ?7,"
"	interrupted = interrupted + ?8, completed = completed + ?9,"
"	failed = failed + ?10, cancelled = cancelled + ?11,"
"	timeout = timeout + ?12"
" WHERE owner_no = ?1 AND plugin = ?2 AND runner = ?3";

static const char sql_count_new[] =
"INSERT INTO run_count (owner_no, plugin, runner, created, queued, claimed,"
"	running, interrupted, completed, failed, cancelled, timeout)"
" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

#define COUNTS								\
	"SELECT c.plugin, o.name, c.runner, c.created, c.queued, c.claimed," \
	"	c.running, c.interrupted, c.completed, c.failed, c.cancelled," \
	"	c.timeout FROM run_count c JOIN owner o USING (owner_no)"

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

static rh_status
count_put(struct db *db, const char *sql, const struct run_tally *t,
    int *changes, struct err *err)
{
	struct q q = q_begin(db, sql);
	rh_status rc;
	int i;

	q_i64(&q, t->owner_no);
	q_text(&q, t->plugin);
	q_text(&q, t->runner_id);
	for (i = 1; i <= RUN_STATES; i++)
		q_i64(&q, t->n[i]);
	rc = q_exec(&q, err);
	*changes = q_changes(&q);
	return rc;
}

rh_status
store_count_add(struct db *db, const struct run_tally *t, struct err *err)
{
	int changes;
	rh_status rc = count_put(db, sql_count_add, t, &changes, err);

	if (rc != RH_OK || changes > 0)
		return rc;
	return count_put(db, sql_count_new, t, &changes, err);
}

static void
sum_row(struct q *q, const struct run_filter *f, int64_t *n)
{
	struct str plugin = q_get_str(q);
	struct arena a = { 0 };
	struct scope s = { 0 };
	int i;

	if (f->plugin != NULL && !str_is(plugin, f->plugin))
		return;
	if (f->shows != NULL) {
		s.owner = q_get_text(q, &a);
		s.runner = q_get_text(q, &a);
	} else {
		q_get_str(q);
		q_get_str(q);
	}
	if (f->shows == NULL || f->shows(f->arg, &s)) {
		for (i = 1; i <= RUN_STATES; i++)
			n[i] += q_get_i64(q);
	}
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
