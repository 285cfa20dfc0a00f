/*
 * What attempts do to a run, from its claim to its end: each a statement
 * that is guarded by state and fence.
 */
#include "store/store_run.h"

#include "store/db.h"
#include "store/store_checkpoint.h"
#include "store/store_event.h"
#include "store/store_weight.h"

#include <assert.h>

static const char sql_claim[] =
"UPDATE run_live SET state = 3, fence = fence + 1, attempts = attempts + 1,"
"	runtime = ?3, inproc = ?4, lease = ?5,"
"	due = min(?5, ifnull(deadline, ?5)), updated = ?6, claimed = ?6,"
"	image = ?7"
" WHERE run_no = ?1 AND fence = ?2 AND state = 2";

static const char sql_tail[] =
"SELECT last_seq, digest, cancel, owner_no, state, started, talk FROM run_live"
" WHERE run_no = ?1 AND (?2 < 0 OR (fence = ?2 AND state IN (3, 4)))";

static const char sql_report[] =
"UPDATE run_live SET state = 4, last_seq = ?3, digest = ?4,"
"	started = coalesce(started, ?5), percent = max(percent, ?6),"
"	stage = ifnull(?7, stage), out_bytes = out_bytes + ?8,"
"	truncated = truncated | ?9, updated = ?10, bytes = bytes + ?11"
" WHERE run_no = ?1 AND fence = ?2 AND state IN (3, 4)";

static const char sql_interrupt[] =
"UPDATE run_live SET state = 5, runtime = NULL, inproc = 0, lease = NULL,"
"	token = NULL, due = deadline, updated = ?3"
" WHERE run_no = ?1 AND fence = ?2 AND state IN (3, 4)";

#define SET_LEASE							\
	" SET lease = ?1, due = min(?1, ifnull(deadline, ?1)," \
	"	CASE WHEN cancel IS NULL THEN ?1 ELSE due END)"

static const char sql_renew[] =
"UPDATE run_live" SET_LEASE " WHERE run_no = ?2 AND fence = ?3 AND state IN (3, 4)";

/* By the index of due times: runs that only wait are not in it. */
static const char sql_extend[] =
"UPDATE run_live INDEXED BY run_due" SET_LEASE
" WHERE due IS NOT NULL AND state IN (3, 4) AND lease > ?2 AND lease < ?1";

static const char sql_note[] =
"UPDATE run_live SET last_seq = ?2, digest = ?3, updated = ?4,"
"	bytes = bytes + ?5"
" WHERE run_no = ?1";

static const char sql_requeue[] =
"UPDATE run_live SET state = 2, runtime = NULL, inproc = 0, lease = NULL,"
"	token = NULL, hold = ?8, due = min(ifnull(?8, deadline),"
"	ifnull(deadline, ?8)), cause = ifnull(nullif(?3, 0), cause), failures = failures + ?4,"
"	losses = losses + ?5, attempts = attempts - ?6, updated = ?7"
" WHERE run_no = ?1 AND fence = ?2 AND state IN (3, 4)";

static const char sql_ready[] =
"UPDATE run_live SET hold = NULL, due = deadline"
" WHERE run_no = ?1 AND state = 2 AND hold IS NOT NULL";

static const char sql_end_live[] =
"DELETE FROM run_live WHERE run_no = ?1 AND fence = ?2 AND state = ?3";

static const char sql_end[] =
"INSERT INTO run_end (run_no, state, ended, expires, started, attempts,"
"	last_seq, percent, stage, exit_code, output, error, reason,"
"	result_meta, runtime, inproc, cancel, truncated, bytes, claimed,"
"	usage, cost, image)"
" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
"	?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)";

static const char sql_cancel[] =
"UPDATE run_live SET cancel = ifnull(cancel, ?2),"
"	cancel_reason = ifnull(?3, cancel_reason), due = min(due, ?4),"
"	updated = ?2"
" WHERE run_no = ?1 AND state IN (3, 4)";

static rh_status
claim(struct db *db, const struct run_claim *c, struct arena *a,
    struct run_row *r, struct err *err)
{
	struct q q = q_begin(db, sql_claim);
	rh_status rc;

	q_i64(&q, r->run_no);
	q_i64(&q, r->fence);
	q_text(&q, c->runtime);
	q_i64(&q, c->inproc);
	q_i64(&q, c->lease_us);
	q_i64(&q, c->now_us);
	q_i64_or_null(&q, c->image);
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	assert(q_changes(&q) == 1);	/* it was read in this transaction */
	r->state = RUN_CLAIMED;
	r->fence++;
	r->attempts++;
	r->runtime = arena_strdup(a, c->runtime);
	r->inproc = c->inproc;
	r->lease_us = c->lease_us;
	r->updated_us = c->now_us;
	return RH_OK;
}

rh_status
store_run_claim(struct db *db, const struct run_claim *c, struct arena *a,
    struct run_claimed *out, struct err *err)
{
	rh_status rc;

	if ((rc = store_run_next(db, c->plugin, a, out, err)) != RH_OK ||
	    out->row.run_no == 0 ||
	    (rc = claim(db, c, a, &out->row, err)) != RH_OK ||
	    out->row.fence == 1)
		return rc;
	return store_checkpoint_newest(db, out->row.run_no, a, out, err);
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
	l->bytes += weight_events(e, n);
	return RH_OK;
}

/* Where the events of a live run end; fence -1: whoever holds it. */
static rh_status
get_tail(struct db *db, int64_t run_no, int64_t fence, struct run_live *l,
    struct err *err)
{
	struct q q = q_begin(db, sql_tail);
	bool found;
	rh_status rc;

	l->run_no = run_no;
	l->bytes = 0;	/* what is added to the row's */
	q_i64(&q, run_no);
	q_i64(&q, fence);
	if ((found = q_row(&q))) {
		l->last_seq = q_get_i64(&q);
		q_get_fixed(&q, l->digest, sizeof l->digest);
		l->cancel_us = q_get_i64(&q);
		l->owner_no = q_get_i64(&q);
		l->state = (enum run_state)q_get_i64(&q);
		l->started_us = q_get_i64(&q);
		l->talk = (unsigned)q_get_i64(&q);
	}
	if ((rc = q_end(&q, err)) != RH_OK)
		return rc;
	return found ? RH_OK : stale(err);
}

rh_status
store_run_report(struct db *db, const struct run_report *r, int64_t now,
    struct run_tail *tail, struct err *err)
{
	struct run_live l;
	struct q q;
	rh_status rc;

	if ((rc = get_tail(db, r->run_no, r->fence, &l, err)) != RH_OK ||
	    (rc = store_run_last_events(db, &l, r->events, r->event_count,
	    err)) != RH_OK)
		return rc;
	*tail = (struct run_tail){ l.last_seq, l.cancel_us != 0, l.owner_no,
	    l.state, l.started_us == 0, l.talk };
	q = q_begin(db, sql_report);
	q_i64(&q, r->run_no);
	q_i64(&q, r->fence);
	q_i64(&q, l.last_seq);
	q_blob(&q, l.digest, sizeof l.digest);
	q_i64(&q, r->started_us != 0 ? r->started_us : now);
	q_i64(&q, r->percent > 0 ? r->percent : 0);
	q_text(&q, r->stage);
	q_i64(&q, r->out_bytes);
	q_i64(&q, r->truncated);
	q_i64(&q, now);
	q_i64(&q, l.bytes);
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	return q_changes(&q) == 1 ? RH_OK : stale(err);
}

rh_status
store_run_renew(struct db *db, int64_t run_no, int64_t fence, int64_t lease,
    struct err *err)
{
	struct q q = q_begin(db, sql_renew);
	rh_status rc;

	q_i64(&q, lease);
	q_i64(&q, run_no);
	q_i64(&q, fence);
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	return q_changes(&q) == 1 ? RH_OK : stale(err);
}

rh_status
store_run_extend(struct db *db, int64_t since, int64_t lease,
    struct err *err)
{
	struct q q = q_begin(db, sql_extend);

	q_i64(&q, lease);
	q_i64(&q, since);
	return q_exec(&q, err);
}

rh_status
store_run_note(struct db *db, int64_t run_no, const struct event_new *e,
    int64_t now, struct err *err)
{
	struct run_live l;
	struct q q;
	rh_status rc;

	if ((rc = get_tail(db, run_no, -1, &l, err)) != RH_OK ||
	    (rc = store_run_last_events(db, &l, e, 1, err)) != RH_OK)
		return rc;
	q = q_begin(db, sql_note);
	q_i64(&q, run_no);
	q_i64(&q, l.last_seq);
	q_blob(&q, l.digest, sizeof l.digest);
	q_i64(&q, now);
	q_i64(&q, l.bytes);
	return q_exec(&q, err);
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
	q_i64_or_null(&q, r->hold_us);
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	return q_changes(&q) == 1 ? RH_OK : stale(err);
}

rh_status
store_run_ready(struct db *db, int64_t run_no, struct err *err)
{
	struct q q = q_begin(db, sql_ready);

	q_i64(&q, run_no);
	return q_exec(&q, err);
}

static rh_status
end_live(struct db *db, const struct run_live *l, struct err *err)
{
	struct q q = q_begin(db, sql_end_live);
	rh_status rc;

	q_i64(&q, l->run_no);
	q_i64(&q, l->fence);
	q_i64(&q, l->state);
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	return q_changes(&q) == 1 ? RH_OK : stale(err);
}

rh_status
store_run_end(struct db *db, const struct run_live *l,
    const struct run_end *e, int64_t now, struct err *err)
{
	int64_t percent = e->percent > l->percent ? e->percent : l->percent;
	struct q q;
	rh_status rc;

	if ((rc = end_live(db, l, err)) != RH_OK)
		return rc;
	q = q_begin(db, sql_end);
	q_i64(&q, l->run_no);
	q_i64(&q, e->state);
	q_i64(&q, now);
	q_i64_or_null(&q, l->retention_us ? now + l->retention_us : 0);
	q_i64_or_null(&q, l->started_us ? l->started_us : e->started_us);
	q_i64(&q, l->attempts);
	q_i64(&q, l->last_seq);
	q_i64(&q, e->state == RUN_COMPLETED ? 100 : percent);
	q_text(&q, e->stage != NULL ? e->stage : l->stage);
	if (e->has_exit_code)
		q_i64(&q, e->exit_code);
	else
		q_null(&q);
	q_text(&q, e->output);
	q_text(&q, e->error);
	q_text(&q, e->reason);
	q_text(&q, e->meta);
	q_text(&q, l->runtime);
	q_i64(&q, l->inproc);
	q_i64_or_null(&q, l->cancel_us);
	q_i64(&q, l->truncated || e->truncated);
	q_i64(&q, l->bytes + weight_end(e));
	q_i64_or_null(&q, l->claimed_us);
	q_text(&q, e->usage);
	q_text(&q, e->cost);
	q_i64_or_null(&q, l->image);
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
