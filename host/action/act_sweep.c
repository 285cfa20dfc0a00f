/*
 * What time does: deadlines, lost leases, cancels whose grace is over.  Sweeps
 * take bounded slices; what they leave comes next.
 */
#include "action/act_slice.h"

#include "action/attempt.h"
#include "action/signer.h"
#include "run/outcome.h"
#include "store/store_line.h"
#include "store/store_runtime.h"

static void
fence(struct act *a, const struct run_live *l)
{
	struct effect *e = act_effect(a, EFFECT_FENCED, l->run_no);

	e->fence = l->fence;
}

/* A runtime elsewhere hears of a cancel when it renews. */
int64_t
cancel_grace(const struct act *a, const struct run_live *l)
{
	return a->env->cancel_grace_us + (l->remote ? a->env->lease_us : 0);
}

/* What a run whose time has come needs; false: nothing after all. */
bool
decide_due(struct act *a, const struct run_live *l, struct decision *d)
{
	bool held = l->state == RUN_CLAIMED || l->state == RUN_RUNNING;

	if (l->deadline_us != 0 && l->deadline_us <= a->now) {
		d->state = l->cancel_us != 0 ? RUN_CANCELLED : RUN_TIMEOUT;
		d->end.reason = d->end.error = "the deadline has passed";
		return true;
	}
	if (!held)
		return false;
	if (l->cancel_us != 0 &&
	    l->cancel_us + cancel_grace(a, l) <= a->now) {
		d->state = RUN_CANCELLED;
		d->end.reason = l->cancel_reason != NULL ?
		    l->cancel_reason : "cancel requested";
		return true;
	}
	if (l->lease_us > a->now)
		return false;
	/* Elsewhere nobody can say whether it began: it counts. */
	decide_loss(l, l->state == RUN_RUNNING || l->remote, "lease lost", d);
	return true;
}

/* It has waited long enough after its last attempt. */
static rh_status
make_ready(struct act *a, const struct run_live *l, struct err *err)
{
	rh_status rc;

	if (l->state != RUN_QUEUED || l->hold_us == 0 || l->hold_us > a->now)
		return RH_OK;
	if ((rc = store_run_ready(a->db, l->run_no, err)) == RH_OK)
		act_queued(a, l->plugin, l->line_no);
	return rc;
}

rh_status
sweep_one(struct act *a, struct call *c, int64_t run_no, struct err *err)
{
	struct run_live l;
	struct decision d = { 0 };
	rh_status rc;

	if ((rc = store_live_get(a->db, run_no, &c->arena, &l, err)) != RH_OK)
		return rc;
	if (!decide_due(a, &l, &d))
		return make_ready(a, &l, err);
	if (l.fence != 0)
		fence(a, &l);
	if (d.why != NULL)
		act_effect(a, EFFECT_LOST, run_no);
	if ((rc = run_settle(a, c, &l, &d, err)) != RH_OK)
		return rc;
	return slice_record(a, c, "run_sweep", err);
}

/*
 * When nobody swept for long, nobody could renew either: the host stood
 * still, or the clock jumped.  Every lease that was good gets a full period.
 */
static rh_status
forgive_silence(struct act *a, struct err *err)
{
	int64_t silent = act_silence(a), lease = a->env->lease_us;
	rh_status rc;

	if (silent <= lease / 2)
		return RH_OK;
	if ((rc = store_runtime_extend(a->db, a->now - silent,
	    a->now + lease, err)) != RH_OK)
		return rc;
	return store_run_extend(a->db, a->now - silent, a->now + lease, err);
}

rh_status
sweep(struct act *a, struct call *c, struct err *err)
{
	struct sweep_args *args = c->args;
	int64_t nos[SLICE], removed;
	size_t i, n;
	rh_status rc;

	*args = (struct sweep_args){ 0 };
	if ((rc = forgive_silence(a, err)) != RH_OK ||
	    (rc = store_run_due(a->db, a->now, nos, SLICE, &n,
	    err)) != RH_OK)
		return rc;
	for (i = 0; i < n; i++) {
		if ((rc = slice_each(a, c, nos[i], sweep_one,
		    a->now + PUT_OFF_US, &args->skipped, err)) != RH_OK)
			return rc;
	}
	args->more = n == SLICE;
	if ((rc = sweep_runtimes(a, c, &args->more, err)) != RH_OK ||
	    (rc = interactions_expire(a, c, &args->more, err)) != RH_OK ||
	    (rc = artifacts_expire(a, c, &args->more, err)) != RH_OK ||
	    (rc = store_line_drop(a->db, SLICE, err)) != RH_OK ||
	    (rc = expire_keys(a, err)) != RH_OK ||
	    (rc = signer_recheck(a, c, a->policy, err)) != RH_OK ||
	    (rc = expire_runs(a, c, &removed, args, err)) != RH_OK ||
	    (rc = fold_stats(a, args, err)) != RH_OK)
		return rc;
	act_swept(a);	/* one that failed was none */
	if (removed == 0)
		return RH_OK;
	a->target = NULL;
	a->detail = arena_printf(&c->arena, "{\"removed\":%lld}",
	    (long long)removed);
	return slice_record(a, c, "run_cleanup", err);
}
