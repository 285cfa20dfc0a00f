/*
 * Reading one run: as it stands, or the next of a queue.
 */
#include "store/store_run.h"

#include "store/db.h"
#include "store/store_scope.h"

/* What a run was made with, and what became of it until now. */
#define MADE								\
	"r.id, r.scope_no, r.owner_no, r.plugin, r.runner, r.action_id,"	\
	" r.session_id, r.command, r.raw_args, r.args, r.flags, r.input, r.metadata,"	\
	" r.chain, r.idempotent, r.dry_run, r.priority, r.timeout,"	\
	" r.deadline, r.retention, r.created, r.queue, r.pin, r.labels,"	\
	" r.event_id, r.agent_id, r.binding_id, r.apis"
#define COURSE								\
	"coalesce(l.state, e.state), coalesce(l.started, e.started),"	\
	" e.ended, coalesce(l.updated, e.ended),"			\
	" coalesce(l.attempts, e.attempts),"				\
	" coalesce(l.percent, e.percent), coalesce(l.stage, e.stage),"	\
	" coalesce(l.last_seq, e.last_seq), l.fence, l.lease,"		\
	" coalesce(l.cancel, e.cancel), coalesce(l.runtime, e.runtime)," \
	" coalesce(l.inproc, e.inproc), e.exit_code, e.output, e.error,"	\
	" coalesce(e.reason, l.cancel_reason), e.result_meta,"		\
	" coalesce(l.truncated, e.truncated),"				\
	" coalesce(l.claimed, e.claimed), l.hold, e.usage, e.cost"
#define FROM_RUN							\
	" FROM run r LEFT JOIN run_live l ON l.run_no = r.run_no"	\
	" LEFT JOIN run_end e ON e.run_no = r.run_no"

static const char sql_get[] =
"SELECT " MADE ", " COURSE FROM_RUN " WHERE r.run_no = ?1";

static const char sql_next[] =
"SELECT " MADE ", l.run_no, l.cause, l.out_bytes, l.fence, l.attempts,"
"	l.started, l.percent, l.stage, l.last_seq"
" FROM run_live l INDEXED BY run_queue JOIN run r USING (run_no)"
" WHERE l.state = 2 AND l.hold IS NULL AND l.plugin = ?1"
"	AND l.line_no = 1"
" ORDER BY l.priority DESC, l.run_no LIMIT 1";

static void
read_made(struct q *q, struct arena *a, struct run_row *r)
{
	q_get_fixed(q, r->id.b, sizeof r->id.b);
	r->scope_no = q_get_i64(q);
	r->owner_no = q_get_i64(q);
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
	r->queue = q_get_text(q, a);
	r->pin = q_get_text(q, a);
	r->labels = q_get_text(q, a);
	r->event_id = q_get_text(q, a);
	r->agent_id = q_get_text(q, a);
	r->binding_id = q_get_text(q, a);
	r->has_apis = !q_get_null(q);
	if (r->has_apis)
		r->apis = q_get_i64(q);
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
	r->claimed_us = q_get_i64(q);
	r->hold_us = q_get_i64(q);
	r->usage = q_get_text(q, a);
	r->cost = q_get_text(q, a);
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
