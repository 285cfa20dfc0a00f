/*
 * Scopes and the counts of finished runs that are kept by scope.
 */
#include "store/store_scope.h"

#include "base/hash.h"
#include "base/mem.h"
#include "store/db.h"
#include "store/scope_cache.h"
#include "store/store_run.h"

static const char sql_find[] =
"SELECT scope_no FROM scope WHERE digest = ?1";

static const char sql_insert[] =
"INSERT INTO scope (digest, owner, workspace, bot, conversation, thread,"
"	runner) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

static const char sql_get[] =
"SELECT owner, workspace, bot, conversation, thread, runner"
" FROM scope WHERE scope_no = ?1";

static const char sql_list[] =
"SELECT scope_no, owner, workspace, bot, conversation, thread, runner"
" FROM scope ORDER BY scope_no";

static const char sql_list_owner[] =
"SELECT scope_no, owner, workspace, bot, conversation, thread, runner"
" FROM scope WHERE owner = ?1 ORDER BY scope_no";

static const char sql_count_add[] =
"INSERT INTO run_count (scope_no, state, n) VALUES (?1, ?2, max(?3, 0))"
" ON CONFLICT DO UPDATE SET n = n + ?3";

static const char sql_count_all[] =
"SELECT state, sum(n) FROM run_count GROUP BY state";

static const char sql_count_scope[] =
"SELECT state, n FROM run_count WHERE scope_no = ?1";

static void
scope_digest(const struct scope *s, uint8_t out[HASH_LEN])
{
	const char *const fields[] = {
		s->owner, s->workspace, s->bot, s->conversation, s->thread,
		s->runner,
	};
	struct hash h;
	size_t i;

	hash_begin(&h, NULL, 0);
	for (i = 0; i < ARRAY_LEN(fields); i++)
		hash_add_field(&h, fields[i],
		    fields[i] != NULL ? strlen(fields[i]) : 0);
	hash_end(&h, out);
}

static rh_status
insert(struct db *db, const uint8_t digest[HASH_LEN], const struct scope *s,
    int64_t *no, struct err *err)
{
	struct q q = q_begin(db, sql_insert);
	rh_status rc;

	q_blob(&q, digest, HASH_LEN);
	q_text(&q, s->owner);
	q_text(&q, s->workspace);
	q_text(&q, s->bot);
	q_text(&q, s->conversation);
	q_text(&q, s->thread);
	q_text(&q, s->runner);
	if ((rc = q_exec(&q, err)) == RH_OK)
		*no = q_rowid(&q);
	return rc;
}

rh_status
store_scope_intern(struct db *db, const struct scope *s, int64_t *no,
    struct err *err)
{
	struct scope_cache *cache = db_scopes(db);
	uint8_t digest[HASH_LEN];
	struct q q;
	rh_status rc;

	scope_digest(s, digest);
	if ((*no = scope_cache_find(cache, digest)) != 0)
		return RH_OK;
	q = q_begin(db, sql_find);
	q_blob(&q, digest, sizeof digest);
	*no = q_row(&q) ? q_get_i64(&q) : 0;
	if ((rc = q_end(&q, err)) != RH_OK ||
	    (*no == 0 && (rc = insert(db, digest, s, no, err)) != RH_OK))
		return rc;
	scope_cache_add_digest(cache, *no, digest);
	scope_cache_add(cache, *no, s);
	return RH_OK;
}

static void
read_scope(struct q *q, struct arena *a, struct scope *s)
{
	s->owner = q_get_text(q, a);
	s->workspace = q_get_text(q, a);
	s->bot = q_get_text(q, a);
	s->conversation = q_get_text(q, a);
	s->thread = q_get_text(q, a);
	s->runner = q_get_text(q, a);
}

rh_status
store_scope_get(struct db *db, int64_t no, struct arena *a, struct scope *s,
    struct err *err)
{
	struct scope_cache *cache = db_scopes(db);
	struct q q;
	bool found;
	rh_status rc;

	if (scope_cache_get(cache, no, a, s))
		return RH_OK;
	q = q_begin(db, sql_get);
	q_i64(&q, no);
	if ((found = q_row(&q)))
		read_scope(&q, a, s);
	if ((rc = q_end(&q, err)) != RH_OK)
		return rc;
	if (!found)
		return err_set(err, RH_ENOENT, "no such scope");
	scope_cache_add(cache, no, s);
	return RH_OK;
}

rh_status
store_scope_list(struct db *db, const char *owner, struct arena *a,
    struct scope_row **out, size_t *count, struct err *err)
{
	struct q q = q_begin(db, owner != NULL ? sql_list_owner : sql_list);
	struct scope_row *rows = NULL, *grown;
	size_t n = 0, cap = 0;

	if (owner != NULL)
		q_text(&q, owner);
	while (q_row(&q)) {
		if (n == cap) {
			cap = cap ? 2 * cap : 16;
			grown = arena_alloc(a, cap * sizeof *grown);
			if (n > 0)
				memcpy(grown, rows, n * sizeof *grown);
			rows = grown;
		}
		rows[n].scope_no = q_get_i64(&q);
		read_scope(&q, a, &rows[n++].scope);
	}
	*out = rows;
	*count = n;
	return q_end(&q, err);
}

rh_status
store_count_add(struct db *db, int64_t scope_no, int state, int64_t n,
    struct err *err)
{
	struct q q = q_begin(db, sql_count_add);

	q_i64(&q, scope_no);
	q_i64(&q, state);
	q_i64(&q, n);
	return q_exec(&q, err);
}

static void
sum_rows(struct q *q, int64_t *n)
{
	int64_t state;

	while (q_row(q)) {
		state = q_get_i64(q);
		n[state] += q_get_i64(q);
	}
}

rh_status
store_count_sum(struct db *db, const int64_t *scopes, size_t count,
    int64_t *n, struct err *err)
{
	struct q q;
	size_t i;
	rh_status rc;

	memset(n, 0, (RUN_STATES + 1) * sizeof *n);
	if (scopes == NULL) {
		q = q_begin(db, sql_count_all);
		sum_rows(&q, n);
		return q_end(&q, err);
	}
	for (i = 0; i < count; i++) {
		q = q_begin(db, sql_count_scope);
		q_i64(&q, scopes[i]);
		sum_rows(&q, n);
		if ((rc = q_end(&q, err)) != RH_OK)
			return rc;
	}
	return RH_OK;
}
