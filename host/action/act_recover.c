/*
 * The start: attempts and actions of plugins that a former host had begun.
 */
#include "action/act_slice.h"

#include "action/admit.h"
#include "action/attempt.h"
#include "run/outcome.h"
#include "store/store_claim.h"
#include "store/store_misc.h"
#include "store/store_runtime.h"

/*
 * At start: attempts of the former host process.  One that never started
 * goes back; one that did is repeated only if its runner says that this is
 * harmless, because nobody can say whether its process is gone.  What may be
 * repeated may have begun without its start being written; inside the host
 * it may be why the host ended, so there it counts.
 */
static rh_status
recover_one(struct act *a, struct call *c, int64_t run_no, struct err *err)
{
	struct run_live l;
	struct decision d = { 0 };
	bool started;
	rh_status rc;

	if ((rc = store_live_get(a->db, run_no, &c->arena, &l, err)) != RH_OK)
		return rc;
	started = l.state == RUN_RUNNING || (l.inproc && l.idempotent);
	decide_loss(&l, started, "host_lost", &d);
	if (d.state == RUN_QUEUED && l.state == RUN_RUNNING &&
	    !l.idempotent) {
		d = (struct decision){ .state = RUN_FAILED };
		d.end.reason = d.end.error = "host_lost: the host ended in "
		    "the middle of the run, which may not be repeated";
	}
	if ((rc = run_settle(a, c, &l, &d, err)) != RH_OK)
		return rc;
	return slice_record(a, c, "run_recover", err);
}

static rh_status
settle_intent(struct act *a, struct call *c, int64_t nth, struct err *err)
{
	const struct intent_row *r = (struct intent_row *)c->result + nth;
	struct audit_row row;
	char id[ID_HEX_LEN];
	bool was_there;
	rh_status rc;

	if ((rc = store_intent_remove(a->db, &r->op, &was_there,
	    err)) != RH_OK)
		return rc;
	a->target = NULL;
	a->detail = arena_printf(&c->arena, "{\"intent\":\"%s\","
	    "\"reason_code\":\"%s\",\"error\":\"the host ended "
	    "before the action did\"}", id_hex(&r->op, id),
	    err_reason(RH_EUNKNOWN)->code);
	record_fill(a, c, AUDIT_OUTCOME, &row);
	row.principal = r->principal;
	row.action = row.permission = r->action;
	return act_record(a, c, &row, err);
}

/*
 * Plugins' actions that a former host began: what became of them isn't
 * known, and they are never begun again.  One that can't be settled waits
 * for the next start.
 */
static rh_status
settle_intents(struct act *a, struct call *c, struct err *err)
{
	struct recover_args *args = c->args;
	struct intent_row *rows;
	struct skipped *s;
	char id[ID_HEX_LEN];
	size_t i, n;
	rh_status rc;

	if ((rc = store_intent_list(a->db, &args->after.intent, &c->arena,
	    SLICE, &rows, &n, err)) != RH_OK)
		return rc;
	c->result = rows;
	for (i = 0; i < n; i++) {
		rc = act_apart(a, c, (int64_t)i, settle_intent, err);
		if (slice_is_lost(rc))
			return rc;
		if (rc == RH_OK)
			continue;
		s = arena_zalloc(&c->arena, sizeof *s);
		*s = (struct skipped){ .next = args->skipped,
		    .op = arena_strdup(&c->arena, id_hex(&rows[i].op, id)),
		    .error = arena_strdup(&c->arena, err->msg) };
		args->skipped = s;
	}
	if (n > 0)
		args->reached.intent = rows[n - 1].op;
	args->more |= n == SLICE;
	return RH_OK;
}

static rh_status
extend_all(struct act *a, struct err *err)
{
	int64_t until = a->now + a->env->lease_us;
	rh_status rc = store_claim_extend(a->db, until, err);

	return rc != RH_OK ? rc : store_runtime_extend(a->db, 0, until, err);
}

rh_status
recover(struct act *a, struct call *c, struct err *err)
{
	struct recover_args *args = c->args;
	int64_t nos[SLICE];
	size_t i, n;
	rh_status rc;

	args->skipped = NULL;
	args->reached = args->after;
	/*
	 * While the host was away no runtime could renew or beat: what they
	 * hold is still theirs.
	 */
	if (args->after.run_no == 0 && (rc = extend_all(a, err)) != RH_OK)
		return rc;
	if ((rc = store_run_held(a->db, args->after.run_no, nos, SLICE, &n,
	    err)) != RH_OK)
		return rc;
	for (i = 0; i < n; i++) {
		/* No sweep may repeat it: the next start decides again. */
		if ((rc = slice_each(a, c, nos[i], recover_one, INT64_MAX,
		    &args->skipped, err)) != RH_OK)
			return rc;
	}
	if (n > 0)
		args->reached.run_no = nos[n - 1];
	args->more = n == SLICE;
	return settle_intents(a, c, err);
}
