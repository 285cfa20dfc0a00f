/*
 * The queue as runtimes elsewhere see it.
 */
#include "store/store_claim.h"

#include "store/db.h"
#include "store/store_checkpoint.h"

static const char sql_look[] =
"SELECT run_no, priority, fence, cause, out_bytes, scope_no, deadline"
" FROM run_live INDEXED BY run_queue"
" WHERE state = 2 AND hold IS NULL AND plugin = ?1 AND line_no = ?2"
" ORDER BY priority DESC, run_no LIMIT ?3";

static const char sql_take[] =
"UPDATE run_live SET state = 3, fence = fence + 1, attempts = attempts + 1,"
"	runtime = ?3, inproc = 0, lease = ?4, token = ?5, image = NULL,"
"	due = min(?4, ifnull(deadline, ?4)), updated = ?6, claimed = ?6"
" WHERE run_no = ?1 AND fence = ?2 AND state = 2";

static const char sql_held[] =
"SELECT r.id, l.attempts, l.lease, l.cancel, l.state"
" FROM run_live l INDEXED BY run_remote JOIN run r USING (run_no)"
" WHERE l.token IS NOT NULL AND l.runtime = ?1 ORDER BY l.run_no LIMIT ?2";

static const char sql_count[] =
"SELECT count(*) FROM (SELECT 1 FROM run_live INDEXED BY run_remote"
"	WHERE token IS NOT NULL AND runtime = ?1 LIMIT ?2)";

static const char sql_held_all[] =
"SELECT count(*) FROM run_live INDEXED BY run_remote"
" WHERE token IS NOT NULL";

static const char sql_extend[] =
"UPDATE run_live INDEXED BY run_remote SET lease = max(lease, ?1),"
"	due = CASE WHEN cancel IS NULL THEN"
"	min(max(lease, ?1), ifnull(deadline, max(lease, ?1))) ELSE due END"
" WHERE token IS NOT NULL";

rh_status
store_claim_look(struct db *db, const char *plugin, int64_t line_no,
    int64_t now, bool (*takes)(void *, int64_t), void *arg,
    struct claim_head *best, struct err *err)
{
	struct q q = q_begin(db, sql_look);
	struct claim_head h;
	int64_t scope_no, deadline;

	q_text(&q, plugin);
	q_i64(&q, line_no);
	q_i64(&q, CLAIM_LOOKS);
	while (q_row(&q)) {
		h.run_no = q_get_i64(&q);
		h.priority = q_get_i64(&q);
		h.fence = q_get_i64(&q);
		h.cause = (enum run_cause)q_get_i64(&q);
		h.out_bytes = q_get_i64(&q);
		scope_no = q_get_i64(&q);
		deadline = q_get_i64(&q);
		if (best->run_no != 0 && (h.priority < best->priority ||
		    (h.priority == best->priority &&
		    h.run_no > best->run_no)))
			break;
		if ((deadline != 0 && deadline <= now) ||
		    !takes(arg, scope_no))
			continue;
		*best = h;
		break;
	}
	return q_end(&q, err);
}

rh_status
store_claim_take(struct db *db, const struct claim_take *t, struct arena *a,
    struct run_claimed *out, struct err *err)
{
	struct q q = q_begin(db, sql_take);
	rh_status rc;

	memset(out, 0, sizeof *out);
	q_i64(&q, t->head->run_no);
	q_i64(&q, t->head->fence);
	q_text(&q, t->runtime);
	q_i64(&q, t->lease_us);
	q_blob(&q, t->token, HASH_LEN);
	q_i64(&q, t->now_us);
	if ((rc = q_exec(&q, err)) != RH_OK)
		return rc;
	if (q_changes(&q) != 1)
		return err_set(err, RH_ESTALE, "the run was given to another");
	out->cause = t->head->cause;
	out->out_bytes = t->head->out_bytes;
	if ((rc = store_run_get(db, t->head->run_no, a, &out->row,
	    err)) != RH_OK || out->row.fence == 1)
		return rc;
	return store_checkpoint_newest(db, out->row.run_no, a, out, err);
}

rh_status
store_claim_held(struct db *db, const char *runtime, struct held_row *rows,
    size_t max, size_t *count, struct err *err)
{
	struct q q = q_begin(db, sql_held);
	struct held_row *h;

	q_text(&q, runtime);
	q_i64(&q, (int64_t)max);
	*count = 0;
	while (q_row(&q)) {
		h = &rows[(*count)++];
		q_get_fixed(&q, h->id.b, sizeof h->id.b);
		h->attempts = (int32_t)q_get_i64(&q);
		h->lease_us = q_get_i64(&q);
		h->cancel_us = q_get_i64(&q);
		h->state = (enum run_state)q_get_i64(&q);
	}
	return q_end(&q, err);
}

rh_status
store_claim_count(struct db *db, const char *runtime, int64_t max,
    int64_t *n, struct err *err)
{
	struct q q = q_begin(db, sql_count);

	q_text(&q, runtime);
	q_i64(&q, max);
	*n = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}

rh_status
store_claim_count_all(struct db *db, int64_t *n, struct err *err)
{
	struct q q = q_begin(db, sql_held_all);

	*n = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}

rh_status
store_claim_extend(struct db *db, int64_t until, struct err *err)
{
	struct q q = q_begin(db, sql_extend);

	q_i64(&q, until);
	return q_exec(&q, err);
}
