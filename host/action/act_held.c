/*
 * What a runtime elsewhere does with its claim: start, renew, release.  That
 * it holds the run was found at admission, in this transaction.
 */
#include "action/act_claim.h"

#include "json/read.h"
#include "run/outcome.h"
#include "store/store_runtime.h"

#define REASON_MAX	1024

static void
held_detail(struct act *a, struct call *c, enum run_state to)
{
	struct buf b = { 0 };
	struct json_out j;

	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "runtime_id", a->held->runtime);
	jw_m_i64(&j, "attempt", a->held->attempts);
	jw_m_i64(&j, "fence", a->held->fence);
	jw_m_text(&j, "from", run_state_name(a->held->state));
	jw_m_text(&j, "status", run_state_name(to));
	jw_end_object(&j);
	act_detail(a, c, &b);
}

static rh_status
reply_run(struct act *a, struct call *c, int64_t lease_us, struct err *err)
{
	struct buf b = { 0 };
	struct json_out j;
	struct run_row r;
	rh_status rc;

	if ((rc = begin_run(a, c, &j, &b, &r, err)) != RH_OK)
		return rc;
	jw_m_bool(&j, "cancel_requested", r.cancel_us != 0);
	if (lease_us != 0)
		jw_m_i64(&j, "lease_seconds", lease_us / US_PER_S);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

rh_status
run_start(struct act *a, struct call *c, struct err *err)
{
	const struct run_report r = {
		.run_no = a->run_no, .fence = a->held->fence, .percent = -1,
		.started_us = a->now,
	};
	const struct run_kind k = live_kind(a->held);
	struct run_tail tail;
	rh_status rc;

	/* Again changes nothing. */
	if (a->held->state != RUN_RUNNING) {
		if ((rc = store_run_report(a->db, &r, a->now, &tail,
		    err)) != RH_OK)
			return rc;
		if (tail.first)
			act_started(a, &k, a->now);
		act_moved(a, &k, tail.before, RUN_RUNNING);
	}
	held_detail(a, c, RUN_RUNNING);
	return reply_run(a, c, 0, err);
}

rh_status
run_renew_claim(struct act *a, struct call *c, struct err *err)
{
	int64_t lease = clamp_seconds(take_seconds(c, "lease_seconds", 60)) *
	    US_PER_S;
	rh_status rc;

	if ((rc = store_run_renew(a->db, a->run_no, a->held->fence,
	    a->now + lease, err)) != RH_OK)
		return rc;
	held_detail(a, c, a->held->state);
	return reply_run(a, c, lease, err);
}

/* A runtime that was told to stop gives back without blame. */
static rh_status
is_draining(struct act *a, struct call *c, bool *draining, struct err *err)
{
	struct runtime_row r;
	rh_status rc = store_runtime_find(a->db, a->held->runtime, &c->arena,
	    &r, err);

	*draining = r.no != 0 && r.draining;
	return rc;
}

rh_status
run_release_claim(struct act *a, struct call *c, struct err *err)
{
	struct run_live l = *a->held;
	struct decision d = { 0 };
	const char *why = call_text(c, "status_reason");
	bool draining;
	rh_status rc;

	if (why == NULL)
		why = call_text(c, "reason");
	if (why != NULL && strlen(why) > REASON_MAX)
		return err_set(err, RH_EINPUT, "body.status_reason: %zu bytes "
		    "are more than %d", strlen(why), REASON_MAX);
	if ((rc = is_draining(a, c, &draining, err)) != RH_OK)
		return rc;
	decide_loss(&l, l.state == RUN_RUNNING && !draining,
	    why != NULL ? why : "released by its runtime", &d);
	if ((rc = run_settle(a, c, &l, &d, err)) != RH_OK)
		return rc;
	return reply_run(a, c, 0, err);
}
