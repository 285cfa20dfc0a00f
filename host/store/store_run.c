/*
 * The statements on runs that change them.  Lists are in store_page.c,
 * events in store_event.c.
 */
#include "store/store_run.h"

#include "store/db.h"
#include "store/store_checkpoint.h"
#include "store/store_event.h"
#include "store/store_scope.h"

static const char sql_insert[] =
"INSERT INTO run (id, scope_no, plugin, runner, action_id, session_id,"
"	command, raw_args, args, flags, input, metadata, chain, idempotent,"
"	dry_run, priority, timeout, deadline, max_failures, max_losses,"
"	retention, created)"
" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
"	?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22) RETURNING run_no";

static const char sql_insert_live[] =
"INSERT INTO run_live (run_no, state, plugin, priority, deadline, due,"
"	updated) VALUES (?1, 2, ?2, ?3, ?4, ?4, ?5)";

static const char sql_find[] =
"SELECT run_no FROM run WHERE id = ?1";

static const char sql_scope_no[] =
"SELECT scope_no FROM run WHERE run_no = ?1";

static const char sql_live[] =
"SELECT l.state, l.fence, l.attempts, l.failures, l.losses, l.cancel,"
"	l.cancel_reason, l.deadline, l.lease, l.last_seq, l.digest,"
"	l.inproc, r.id, r.scope_no, s.owner, r.plugin, s.runner,"
"	r.max_failures, r.max_losses, r.idempotent, r.retention"
" FROM run_live l JOIN run r USING (run_no) JOIN scope s USING (scope_no)"
" WHERE l.run_no = ?1";

static const char sql_claim[] =
"UPDATE run_live SET state = 3, fence = fence + 1, attempts = attempts + 1,"
"	runtime = ?2, inproc = ?3, lease = ?4,"
"	due = min(?4, ifnull(deadline, ?4)), updated = ?5"
" WHERE run_no = (SELECT run_no FROM run_live INDEXED BY run_queue"
"	WHERE state = 2 AND plugin = ?1"
"	ORDER BY priority DESC, run_no LIMIT 1)"
" RETURNING run_no, cause, out_bytes";

static const char sql_report[] =
"UPDATE run_live SET state = 4, last_seq = last_seq + ?3,"
"	started = coalesce(started, ?4), percent = max(percent, ?5),"
"	stage = ifnull(?6, stage), out_bytes = out_bytes + ?7,"
"	truncated = truncated | ?8, updated = ?9"
" WHERE run_no = ?1 AND fence = ?2 AND state IN (3, 4)"
" RETURNING last_seq, digest";

static const char sql_digest[] =
"UPDATE run_live SET digest = ?2 WHERE run_no = ?1";

static const char sql_interrupt[] =
"UPDATE run_live SET state = 5, runtime = NULL, inproc = 0, lease = NULL,"
"	due = deadline, updated = ?3"
" WHERE run_no = ?1 AND fence = ?2 AND state IN (3, 4)";

static const char sql_renew[] =
"UPDATE run_live SET lease = ?3, due = min(?3, ifnull(deadline, ?3),"
"	CASE WHEN cancel IS NULL THEN ?3 ELSE due END)"
" WHERE run_no = ?1 AND fence = ?2 AND state IN (3, 4)";

static const char sql_note[] =
"UPDATE run_live SET last_seq = last_seq + 1, updated = ?2"
" WHERE run_no = ?1 RETURNING last_seq, digest";

static const char sql_requeue[] =
"UPDATE run_live SET state = 2, runtime = NULL, inproc = 0, lease = NULL,"
"	due = deadline, cause = ifnull(nullif(?3, 0), cause), failures = failures + ?4,"
"	losses = losses + ?5, attempts = attempts - ?6, updated = ?7"
" WHERE run_no = ?1 AND fence = ?2 AND state IN (3, 4)";

static const char sql_end[] =
"UPDATE run SET state = ?2, ended = ?3, expires = ?3 + retention,"
"	started = coalesce(l.started, ?11), attempts = l.attempts,"
"	last_seq = l.last_seq + ?12,"
"	percent = CASE ?2 WHEN 6 THEN 100 ELSE max(l.percent, ?13) END,"
"	stage = coalesce(?14, l.stage), exit_code = ?4, output = ?5,"
"	error = ?6, reason = ?7, result_meta = ?8, runtime = l.runtime,"
"	inproc = l.inproc, cancel = l.cancel,"
"	truncated = l.truncated | ?15"
" FROM (SELECT * FROM run_live WHERE run_no = ?1 AND fence = ?9"
"	AND +state = ?10) l"
" WHERE run.run_no = ?1 AND run.state IS NULL";

static const char sql_end_live[] =
"DELETE FROM run_live WHERE run_no = ?1 AND fence = ?2 AND state = ?3";

static const char sql_cancel[] =
"UPDATE run_live SET cancel = ifnull(cancel, ?2),"
"	cancel_reason = ifnull(?3, cancel_reason), due = min(due, ?4),"
"	updated = ?2"
" WHERE run_no = ?1 AND state IN (3, 4)";

static const char *const sql_delete[] = {
	"DELETE FROM event WHERE run_no = ?1",
	"DELETE FROM checkpoint WHERE run_no = ?1",
	"DELETE FROM run WHERE run_no = ?1 AND state IS NOT NULL",
};

rh_status
store_run_insert(struct db *db, const struct run_new *n, int64_t *run_no,
    struct err *err)
{
	int64_t scope_no;
	struct q q;
	rh_status rc;

	if ((rc = store_scope_intern(db, &n->scope, &scope_no, err)) != RH_OK)
		return rc;
	q = q_begin(db, sql_insert);
	q_blob(&q, n->id.b, sizeof n->id.b);
	q_i64(&q, scope_no);
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
	*run_no = q_row(&q) ? q_get_i64(&q) : 0;
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	q = q_begin(db, sql_insert_live);
	q_i64(&q, *run_no);
	q_text(&q, n->plugin);
	q_i64(&q, n->priority);
	q_i64_or_null(&q, n->deadline_us);
	q_i64(&q, n->created_us);
	return q_exec(&q, err);
}

rh_status
store_run_find(struct db *db, const struct id *id, int64_t *run_no,
    struct err *err)
{
	char text[ID_RUN_LEN];
	struct q q = q_begin(db, sql_find);
	rh_status rc;

	q_blob(&q, id->b, sizeof id->b);
	*run_no = q_row(&q) ? q_get_i64(&q) : 0;
	if ((rc = q_end(&q, err)) != RH_OK)
		return rc;
	if (*run_no == 0)
		return err_set(err, RH_ENOENT, "no run \"%s\"",
		    id_run(id, text));
	return RH_OK;
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

rh_status
store_live_get(struct db *db, int64_t run_no, struct arena *a,
    struct run_live *l, struct err *err)
{
	struct q q = q_begin(db, sql_live);
	bool found;
	rh_status rc;

	memset(l, 0, sizeof *l);
	l->run_no = run_no;
	q_i64(&q, run_no);
	if ((found = q_row(&q))) {
		l->state = (enum run_state)q_get_i64(&q);
		l->fence = q_get_i64(&q);
		l->attempts = (int32_t)q_get_i64(&q);
		l->failures = (int32_t)q_get_i64(&q);
		l->losses = (int32_t)q_get_i64(&q);
		l->cancel_us = q_get_i64(&q);
		l->cancel_reason = q_get_text(&q, a);
		l->deadline_us = q_get_i64(&q);
		l->lease_us = q_get_i64(&q);
		l->last_seq = q_get_i64(&q);
		q_get_fixed(&q, l->digest, sizeof l->digest);
		l->inproc = q_get_i64(&q) != 0;
		q_get_fixed(&q, l->id.b, sizeof l->id.b);
		l->scope_no = q_get_i64(&q);
		l->owner = q_get_text(&q, a);
		l->plugin = q_get_text(&q, a);
		l->runner_id = q_get_text(&q, a);
		l->max_failures = (int32_t)q_get_i64(&q);
		l->max_losses = (int32_t)q_get_i64(&q);
		l->idempotent = q_get_i64(&q) != 0;
		l->retention_us = q_get_i64(&q);
	}
	if ((rc = q_end(&q, err)) != RH_OK)
		return rc;
	return found ? RH_OK :
	    err_set(err, RH_ESTATE, "the run has already ended");
}

rh_status
store_run_claim(struct db *db, const struct run_claim *c, struct arena *a,
    struct run_claimed *out, struct err *err)
{
	struct q q = q_begin(db, sql_claim);
	int64_t run_no = 0;
	rh_status rc;

	memset(out, 0, sizeof *out);
	q_text(&q, c->plugin);
	q_text(&q, c->runtime);
	q_i64(&q, c->inproc);
	q_i64(&q, c->lease_us);
	q_i64(&q, c->now_us);
	if (q_row(&q)) {
		run_no = q_get_i64(&q);
		out->cause = (enum run_cause)q_get_i64(&q);
		out->out_bytes = q_get_i64(&q);
	}
	if ((rc = q_exec(&q, err)) != RH_OK || run_no == 0)
		return rc;
	if ((rc = store_run_get(db, run_no, a, &out->row, err)) != RH_OK)
		return rc;
	if (out->row.attempts == 1)
		return RH_OK;
	return store_checkpoint_newest(db, run_no, a, &out->checkpoint_name,
	    &out->checkpoint, err);
}

static rh_status
stale(struct err *err)
{
	return err_set(err, RH_ESTALE, "the attempt has ended: the run was "
	    "given to another, cancelled or finished");
}

rh_status
store_run_last_events(struct db *db, struct run_live *l,
    const struct event_new *e, size_t n, struct err *err)
{
	int64_t seq;
	size_t i;
	rh_status rc;

	for (i = 0; i < n; i++) {
		seq = l->last_seq + 1 + (int64_t)i;
		if ((rc = store_event_insert(db, l->run_no, seq, &e[i],
		    err)) != RH_OK)
			return rc;
		event_digest(l->digest, seq, &e[i]);
	}
	l->last_seq += (int64_t)n;
	return RH_OK;
}

static rh_status
set_digest(struct db *db, const struct run_live *l, struct err *err)
{
	struct q q = q_begin(db, sql_digest);

	q_i64(&q, l->run_no);
	q_blob(&q, l->digest, sizeof l->digest);
	return q_exec(&q, err);
}

rh_status
store_run_report(struct db *db, const struct run_report *r, int64_t now,
    int64_t *last_seq, struct err *err)
{
	struct run_live l = { .run_no = r->run_no, .last_seq = -1 };
	struct q q = q_begin(db, sql_report);
	rh_status rc;

	q_i64(&q, r->run_no);
	q_i64(&q, r->fence);
	q_i64(&q, (int64_t)r->event_count);
	q_i64(&q, r->started_us != 0 ? r->started_us : now);
	q_i64(&q, r->percent > 0 ? r->percent : 0);
	q_text(&q, r->stage);
	q_i64(&q, r->out_bytes);
	q_i64(&q, r->truncated);
	q_i64(&q, now);
	if (q_row(&q)) {
		*last_seq = q_get_i64(&q);
		l.last_seq = *last_seq - (int64_t)r->event_count;
		q_get_fixed(&q, l.digest, sizeof l.digest);
	}
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	if (l.last_seq < 0)
		return stale(err);
	if (r->event_count == 0)
		return RH_OK;
	if ((rc = store_run_last_events(db, &l, r->events, r->event_count,
	    err)) != RH_OK)
		return rc;
	return set_digest(db, &l, err);
}

rh_status
store_run_renew(struct db *db, int64_t run_no, int64_t fence, int64_t lease,
    struct err *err)
{
	struct q q = q_begin(db, sql_renew);
	rh_status rc;

	q_i64(&q, run_no);
	q_i64(&q, fence);
	q_i64(&q, lease);
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	return q_changes(&q) == 1 ? RH_OK : stale(err);
}

rh_status
store_run_note(struct db *db, int64_t run_no, const struct event_new *e,
    int64_t now, struct err *err)
{
	struct run_live l = { .run_no = run_no, .last_seq = -1 };
	struct q q = q_begin(db, sql_note);
	rh_status rc;

	q_i64(&q, run_no);
	q_i64(&q, now);
	if (q_row(&q)) {
		l.last_seq = q_get_i64(&q) - 1;
		q_get_fixed(&q, l.digest, sizeof l.digest);
	}
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	if (l.last_seq < 0)
		return stale(err);
	if ((rc = store_run_last_events(db, &l, e, 1, err)) != RH_OK)
		return rc;
	return set_digest(db, &l, err);
}

rh_status
store_run_interrupt(struct db *db, int64_t run_no, int64_t fence,
    int64_t now, struct err *err)
{
	struct q q = q_begin(db, sql_interrupt);
	rh_status rc;

	q_i64(&q, run_no);
	q_i64(&q, fence);
	q_i64(&q, now);
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	return q_changes(&q) == 1 ? RH_OK : stale(err);
}

rh_status
store_run_requeue(struct db *db, const struct run_requeue *r, struct err *err)
{
	struct q q = q_begin(db, sql_requeue);
	rh_status rc;

	q_i64(&q, r->run_no);
	q_i64(&q, r->fence);
	q_i64(&q, r->cause);
	q_i64(&q, r->count_failure);
	q_i64(&q, r->count_loss);
	q_i64(&q, r->uncount_attempt);
	q_i64(&q, r->now_us);
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	return q_changes(&q) == 1 ? RH_OK : stale(err);
}

rh_status
store_run_end(struct db *db, const struct run_live *l,
    const struct run_end *e, int64_t now, struct err *err)
{
	struct q q = q_begin(db, sql_end);
	rh_status rc;

	q_i64(&q, l->run_no);
	q_i64(&q, e->state);
	q_i64(&q, now);
	if (e->has_exit_code)
		q_i64(&q, e->exit_code);
	else
		q_null(&q);
	q_text(&q, e->output);
	q_text(&q, e->error);
	q_text(&q, e->reason);
	q_text(&q, e->meta);
	q_i64(&q, l->fence);
	q_i64(&q, l->state);
	q_i64_or_null(&q, e->started_us);
	q_i64(&q, e->events);
	q_i64(&q, e->percent > 0 ? e->percent : 0);
	q_text(&q, e->stage);
	q_i64(&q, e->truncated);
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	if (q_changes(&q) != 1)
		return stale(err);
	q = q_begin(db, sql_end_live);
	q_i64(&q, l->run_no);
	q_i64(&q, l->fence);
	q_i64(&q, l->state);
	return q_exec(&q, err);
}

rh_status
store_run_cancel(struct db *db, int64_t run_no, const char *reason,
    int64_t now, int64_t due, struct err *err)
{
	struct q q = q_begin(db, sql_cancel);
	rh_status rc;

	q_i64(&q, run_no);
	q_i64(&q, now);
	q_text(&q, reason);
	q_i64(&q, due);
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	return q_changes(&q) == 1 ? RH_OK : stale(err);
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
	}
	return RH_OK;
}
