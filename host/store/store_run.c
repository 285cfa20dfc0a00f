/*
 * Making, finding and removing runs.  What attempts do to them is in
 * store_attempt.c, reading is in store_read.c and store_page.c.
 */
#include "store/store_run.h"

#include "store/db.h"
#include "store/store_line.h"
#include "store/store_scope.h"
#include "store/store_weight.h"

static const char sql_insert[] =
"INSERT INTO run (id, scope_no, owner_no, plugin, runner, action_id,"
"	session_id, command, raw_args, args, flags, input, metadata, chain,"
"	idempotent, dry_run, priority, timeout, deadline, max_failures,"
"	max_losses, retention, created, queue, pin, labels, event_id,"
"	agent_id, binding_id, apis)"
" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
"	?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27,"
"	?28, ?29, ?30)";

static const char sql_insert_live[] =
"INSERT INTO run_live (run_no, state, owner_no, scope_no, plugin, priority,"
"	deadline, due, updated, bytes, line_no, talk)"
" VALUES (?1, 2, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9, ?10)";

static const char sql_find[] =
"SELECT run_no, scope_no FROM run WHERE id = ?1";

static const char sql_scope_no[] =
"SELECT scope_no FROM run WHERE run_no = ?1";

static const char sql_live[] =
"SELECT l.state, l.fence, l.attempts, l.failures, l.losses, l.runtime,"
"	l.inproc, l.lease, l.deadline, l.started, l.cancel, l.cancel_reason,"
"	l.last_seq, l.digest, l.percent, l.stage, l.truncated, r.id,"
"	l.scope_no, l.owner_no, l.plugin, r.max_failures, r.max_losses, r.idempotent,"
"	r.retention, l.bytes, l.token, l.claimed, l.line_no, l.hold, r.created,"
"	l.image, l.talk, l.asks"
" FROM run_live l JOIN run r USING (run_no) WHERE l.run_no = ?1";

/* The first tells whether the run has ended: else nothing is removed. */
static const char *const sql_delete[] = {
	"DELETE FROM run_end WHERE run_no = ?1",
	"DELETE FROM input_event WHERE run_no = ?1",
	"INSERT INTO transcript_gone SELECT item_no, scope_no, content"
	" FROM transcript WHERE run_no = ?1"
	"	AND item_no <= (SELECT value FROM meta WHERE key = 'indexed')",
	"DELETE FROM transcript WHERE run_no = ?1",
	"DELETE FROM run WHERE run_no = ?1",
	"INSERT INTO run_gone (run_no) VALUES (?1)",
};

static const char sql_gone[] =
"SELECT run_no FROM run_gone ORDER BY run_no LIMIT 1";

/* Numbers have no gap, so this is so many rows at most. */
static const char sql_gone_events[] =
"DELETE FROM event WHERE run_no = ?1"
" AND seq < (SELECT min(seq) FROM event WHERE run_no = ?1) + ?2";

static const char sql_gone_checkpoints[] =
"DELETE FROM checkpoint WHERE run_no = ?1";

static const char sql_gone_interactions[] =
"DELETE FROM interaction WHERE run_no = ?1";

/* Their bytes go by sweeps of their own. */
static const char sql_gone_artifacts[] =
"UPDATE artifact SET state = 3, due = 0, hashing = NULL"
" WHERE run_no = ?1 AND state < 3";

static const char sql_gone_done[] =
"DELETE FROM run_gone WHERE run_no = ?1";

rh_status
store_run_insert(struct db *db, const struct run_new *n,
    struct run_made_in *in, struct err *err)
{
	struct scope_ref ref;
	struct q q;
	rh_status rc;

	if ((rc = store_scope_intern(db, &n->scope, &ref, err)) != RH_OK ||
	    (rc = store_line_intern(db, n, &in->line_no, err)) != RH_OK)
		return rc;
	in->owner_no = ref.owner_no;
	in->scope_no = ref.scope_no;
	q = q_begin(db, sql_insert);
	q_blob(&q, n->id.b, sizeof n->id.b);
	q_i64(&q, ref.scope_no);
	q_i64(&q, ref.owner_no);
	q_text(&q, n->plugin);
	q_text(&q, n->runner);
	q_text(&q, n->action_id);
	q_text(&q, n->session_id);
	q_text(&q, n->command);
	q_text(&q, n->raw_args);
	q_text(&q, n->args);
	q_text(&q, n->flags);
	q_text(&q, n->input);
	q_text(&q, n->metadata);
	q_text(&q, n->chain);
	q_i64(&q, n->idempotent);
	q_i64(&q, n->dry_run);
	q_i64(&q, n->priority);
	q_i64(&q, n->timeout_us);
	q_i64_or_null(&q, n->deadline_us);
	q_i64(&q, n->max_failures);
	q_i64(&q, n->max_losses);
	q_i64_or_null(&q, n->retention_us);
	q_i64(&q, n->created_us);
	q_text(&q, n->queue);
	q_text(&q, n->pin);
	q_text(&q, n->labels);
	q_text(&q, n->event_id);
	q_text(&q, n->agent_id);
	q_text(&q, n->binding_id);
	if (n->has_apis)
		q_i64(&q, n->apis);
	else
		q_null(&q);
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	in->run_no = q_rowid(&q);
	q = q_begin(db, sql_insert_live);
	q_i64(&q, in->run_no);
	q_i64(&q, ref.owner_no);
	q_i64(&q, ref.scope_no);
	q_text(&q, n->plugin);
	q_i64(&q, n->priority);
	q_i64_or_null(&q, n->deadline_us);
	q_i64(&q, n->created_us);
	q_i64(&q, weight_run(n));
	q_i64(&q, in->line_no);
	q_i64(&q, n->talk);
	return q_exec(&q, err);
}

rh_status
store_run_find(struct db *db, const struct id *id, int64_t *run_no,
    struct arena *a, struct scope *s, struct err *err)
{
	char text[ID_RUN_LEN];
	struct q q = q_begin(db, sql_find);
	int64_t scope_no = 0;
	rh_status rc;

	*run_no = 0;
	q_blob(&q, id->b, sizeof id->b);
	if (q_row(&q)) {
		*run_no = q_get_i64(&q);
		scope_no = q_get_i64(&q);
	}
	if ((rc = q_end(&q, err)) != RH_OK)
		return rc;
	if (*run_no == 0)
		return err_set(err, RH_ENOENT, "no run \"%s\"",
		    id_run(id, text));
	return s != NULL ? store_scope_get(db, scope_no, a, s, err) : RH_OK;
}

rh_status
store_run_scope(struct db *db, int64_t run_no, struct arena *a,
    struct scope *s, struct err *err)
{
	struct q q = q_begin(db, sql_scope_no);
	int64_t scope_no;
	rh_status rc;

	q_i64(&q, run_no);
	scope_no = q_row(&q) ? q_get_i64(&q) : 0;
	if ((rc = q_end(&q, err)) != RH_OK)
		return rc;
	return store_scope_get(db, scope_no, a, s, err);
}

static void
read_live(struct q *q, struct arena *a, struct run_live *l)
{
	l->state = (enum run_state)q_get_i64(q);
	l->fence = q_get_i64(q);
	l->attempts = (int32_t)q_get_i64(q);
	l->failures = (int32_t)q_get_i64(q);
	l->losses = (int32_t)q_get_i64(q);
	l->runtime = q_get_text(q, a);
	l->inproc = q_get_i64(q) != 0;
	l->lease_us = q_get_i64(q);
	l->deadline_us = q_get_i64(q);
	l->started_us = q_get_i64(q);
	l->cancel_us = q_get_i64(q);
	l->cancel_reason = q_get_text(q, a);
	l->last_seq = q_get_i64(q);
	q_get_fixed(q, l->digest, sizeof l->digest);
	l->percent = (int32_t)q_get_i64(q);
	l->stage = q_get_text(q, a);
	l->truncated = q_get_i64(q) != 0;
	q_get_fixed(q, l->id.b, sizeof l->id.b);
	l->scope_no = q_get_i64(q);
	l->owner_no = q_get_i64(q);
	l->plugin = q_get_text(q, a);
	l->max_failures = (int32_t)q_get_i64(q);
	l->max_losses = (int32_t)q_get_i64(q);
	l->idempotent = q_get_i64(q) != 0;
	l->retention_us = q_get_i64(q);
	l->bytes = q_get_i64(q);
	l->remote = q_get_fixed(q, l->token, sizeof l->token);
	l->claimed_us = q_get_i64(q);
	l->line_no = q_get_i64(q);
	l->hold_us = q_get_i64(q);
	l->created_us = q_get_i64(q);
	l->image = q_get_i64(q);
	l->talk = (unsigned)q_get_i64(q);
	l->asks = (int32_t)q_get_i64(q);
}

rh_status
store_live_get(struct db *db, int64_t run_no, struct arena *a,
    struct run_live *l, struct err *err)
{
	struct q q = q_begin(db, sql_live);
	struct scope scope;
	bool found;
	rh_status rc;

	memset(l, 0, sizeof *l);
	l->run_no = run_no;
	q_i64(&q, run_no);
	if ((found = q_row(&q)))
		read_live(&q, a, l);
	if ((rc = q_end(&q, err)) != RH_OK)
		return rc;
	if (!found)
		return err_set(err, RH_ESTATE, "the run has already ended");
	rc = store_scope_get(db, l->scope_no, a, &scope, err);
	l->owner = scope.owner;
	l->runner_id = scope.runner;
	return rc;
}

rh_status
store_run_delete(struct db *db, int64_t run_no, struct err *err)
{
	size_t i;
	struct q q;
	rh_status rc;

	for (i = 0; i < sizeof sql_delete / sizeof *sql_delete; i++) {
		q = q_begin(db, sql_delete[i]);
		q_i64(&q, run_no);
		if ((rc = q_exec(&q, err)) != RH_OK)
			return rc;
		if (i == 0 && q_changes(&q) == 0)
			return RH_OK;
	}
	return RH_OK;
}

/* A run that was removed and isn't gone yet; 0: none. */
static rh_status
next_gone(struct db *db, int64_t *run_no, struct err *err)
{
	struct q q = q_begin(db, sql_gone);

	*run_no = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}

static rh_status
purge(struct db *db, const char *sql, int64_t run_no, int64_t max, int64_t *n,
    struct err *err)
{
	struct q q = q_begin(db, sql);
	rh_status rc;

	q_i64(&q, run_no);
	if (max != 0)
		q_i64(&q, max);
	rc = q_exec(&q, err);
	*n = q_changes(&q);
	return rc;
}

rh_status
store_run_purge(struct db *db, int64_t max, bool *more, struct err *err)
{
	int64_t run_no, n;
	rh_status rc;

	while ((rc = next_gone(db, &run_no, err)) == RH_OK) {
		*more = run_no != 0;
		if (run_no == 0 || max <= 0 ||
		    (rc = purge(db, sql_gone_events, run_no, max, &n,
		    err)) != RH_OK)
			break;
		if ((max -= n) <= 0)
			continue;
		if ((rc = purge(db, sql_gone_checkpoints, run_no, 0, &n,
		    err)) != RH_OK)
			break;
		/* Few, but large: those of one run are enough. */
		if (n > 0)
			max = 0;
		if ((rc = purge(db, sql_gone_interactions, run_no, 0, &n,
		    err)) != RH_OK)
			break;
		if (n > 0)
			max = 0;
		if ((rc = purge(db, sql_gone_artifacts, run_no, 0, &n,
		    err)) != RH_OK)
			break;
		if (n > 0)
			max = 0;
		if ((rc = purge(db, sql_gone_done, run_no, 0, &n,
		    err)) != RH_OK)
			break;
	}
	return rc;
}
