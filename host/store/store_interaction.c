/*
 * The interaction table.  One statement ends a question, whatever ends it:
 * only a pending one, so that the first end is the only one.
 */
#include "store/store_interaction.h"

#include "store/db.h"

static const char sql_insert[] =
"INSERT INTO interaction (run_no, id, status, processor, token, attempt,"
"	request, schema, bot, conversation, actor, created, expires)"
" VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

static const char sql_find[] =
"SELECT status, processor, token, attempt, request, schema, bot,"
"	conversation, actor, created, expires, ended, answer, answered_by,"
"	reason"
" FROM interaction WHERE run_no = ?1 AND id = ?2";

static const char sql_count[] =
"SELECT count(*) FROM interaction WHERE run_no = ?1";

static const char sql_end[] =
"UPDATE interaction SET status = ?3, ended = ?4, answer = ?5,"
"	answered_by = ?6, reason = ?7"
" WHERE run_no = ?1 AND id = ?2 AND status = 1"
"	AND (?8 IS NULL OR token = ?8) AND (expires <= ?4) = (?3 = 3)";

/* At the run's end those go, too, whose time was over just now. */
static const char sql_cancel[] =
"UPDATE interaction SET status = 4, ended = ?3, reason = ?4"
" WHERE run_no = ?1 AND id = ?2 AND status = 1";

static const char sql_settle[] =
"UPDATE run_live SET asks = asks + ?2, bytes = bytes + ?3 WHERE run_no = ?1";

static const char sql_pending[] =
"SELECT id FROM interaction WHERE run_no = ?1 AND status = 1"
" ORDER BY created, id";

static const char sql_due[] =
"SELECT run_no, id FROM interaction INDEXED BY interaction_due"
" WHERE status = 1 AND expires <= ?1 ORDER BY expires LIMIT ?2";

const char *
interaction_status_name(enum interaction_status s)
{
	static const char *const names[] = {
		[ASK_PENDING] = "pending", [ASK_SUBMITTED] = "submitted",
		[ASK_EXPIRED] = "expired", [ASK_CANCELLED] = "cancelled",
		[ASK_UNDELIVERED] = "delivery_failed",
	};

	return names[s];
}

rh_status
store_interaction_insert(struct db *db, const struct interaction *i,
    struct err *err)
{
	struct q q = q_begin(db, sql_insert);

	q_i64(&q, i->run_no);
	q_text(&q, i->id);
	q_text(&q, i->processor);
	q_blob(&q, i->token, sizeof i->token);
	q_i64(&q, i->attempt);
	q_text(&q, i->request);
	q_text(&q, i->schema);
	q_text(&q, i->bot);
	q_text(&q, i->conversation);
	q_text(&q, i->actor);
	q_i64(&q, i->created_us);
	q_i64(&q, i->expires_us);
	return q_exec(&q, err);
}

static void
read_row(struct q *q, struct arena *a, struct interaction *i)
{
	i->status = (enum interaction_status)q_get_i64(q);
	i->processor = q_get_text(q, a);
	q_get_fixed(q, i->token, sizeof i->token);
	i->attempt = q_get_i64(q);
	i->request = q_get_text(q, a);
	i->schema = q_get_text(q, a);
	i->bot = q_get_text(q, a);
	i->conversation = q_get_text(q, a);
	i->actor = q_get_text(q, a);
	i->created_us = q_get_i64(q);
	i->expires_us = q_get_i64(q);
	i->ended_us = q_get_i64(q);
	i->answer = q_get_text(q, a);
	i->answered_by = q_get_text(q, a);
	i->reason = q_get_text(q, a);
}

rh_status
store_interaction_find(struct db *db, int64_t run_no, const char *id,
    struct arena *a, struct interaction *i, struct err *err)
{
	struct q q = q_begin(db, sql_find);

	*i = (struct interaction){ .run_no = run_no,
	    .id = arena_strdup(a, id) };
	q_i64(&q, run_no);
	q_text(&q, id);
	if (q_row(&q))
		read_row(&q, a, i);
	return q_end(&q, err);
}

rh_status
store_interaction_count(struct db *db, int64_t run_no, int64_t *n,
    struct err *err)
{
	struct q q = q_begin(db, sql_count);

	q_i64(&q, run_no);
	*n = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}

static rh_status
cancel(struct db *db, const struct interaction_end *e, bool *done,
    struct err *err)
{
	struct q q = q_begin(db, sql_cancel);
	rh_status rc;

	q_i64(&q, e->run_no);
	q_text(&q, e->id);
	q_i64(&q, e->now_us);
	q_text(&q, e->reason);
	rc = q_exec(&q, err);
	*done = q_changes(&q) == 1;
	return rc;
}

rh_status
store_interaction_end(struct db *db, const struct interaction_end *e,
    bool *done, struct err *err)
{
	struct q q;
	rh_status rc;

	if (e->status == ASK_CANCELLED && e->by == NULL)
		return cancel(db, e, done, err);
	q = q_begin(db, sql_end);
	q_i64(&q, e->run_no);
	q_text(&q, e->id);
	q_i64(&q, e->status);
	q_i64(&q, e->now_us);
	q_text(&q, e->answer);
	q_text(&q, e->by);
	q_text(&q, e->reason);
	q_blob(&q, e->token, HASH_LEN);
	rc = q_exec(&q, err);
	*done = q_changes(&q) == 1;
	return rc;
}

rh_status
store_interaction_settle(struct db *db, int64_t run_no, int n,
    int64_t bytes, struct err *err)
{
	struct q q = q_begin(db, sql_settle);

	q_i64(&q, run_no);
	q_i64(&q, n);
	q_i64(&q, bytes);
	return q_exec(&q, err);
}

rh_status
store_interaction_pending(struct db *db, int64_t run_no, struct arena *a,
    const char **ids, size_t *n, struct err *err)
{
	struct q q = q_begin(db, sql_pending);

	*n = 0;
	q_i64(&q, run_no);
	while (*n < INTERACTIONS_MAX && q_row(&q))
		ids[(*n)++] = q_get_text(&q, a);
	return q_end(&q, err);
}

rh_status
store_interaction_due(struct db *db, int64_t now, struct arena *a,
    struct interaction_ref *refs, size_t max, size_t *n, struct err *err)
{
	struct q q = q_begin(db, sql_due);

	*n = 0;
	q_i64(&q, now);
	q_i64(&q, (int64_t)max);
	while (q_row(&q)) {
		refs[*n].run_no = q_get_i64(&q);
		refs[(*n)++].id = q_get_text(&q, a);
	}
	return q_end(&q, err);
}
