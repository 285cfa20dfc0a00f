/*
 * Cancels of runs that wait, that are held, and that don't heed them.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include <runhost/host.h>

/* Cancels a run in the state that drive() brings it to. */
static struct call *
cancel(struct core *c, const char *id)
{
	return lab_must(c, NULL, "run_cancel",
	    "{\"run_id\":\"%s\",\"reason\":\"enough\"}", id);
}

static void
test_cancel_queued(void)
{
	struct core c;
	const char *id = NULL;
	struct call *call;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", &id);
	call = cancel(&c, id);
	CHECK_HAS(call->reply.p, "\"already_terminal\":false");
	CHECK_HAS(call->reply.p, "\"status_reason\":\"enough\"");
	CHECK_STR(lab_state(&c, no), "cancelled");
	CHECK(lab_effect(&c, EFFECT_ENDED, no) != NULL);
	call = cancel(&c, id);
	CHECK_HAS(call->reply.p, "\"already_terminal\":true");
	lab_offer(&c, 1);
	CHECK(lab_effect(&c, EFFECT_START, 0) == NULL);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* Every report of the attempt is answered with the request, too. */
static void
check_told(struct core *c, int64_t no)
{
	struct call *call = lab_internal(c, "run_report",
	    sizeof(struct report_args));
	struct report_args *a = call->args;
	const struct report_reply *r;

	a->report = (struct run_report){ .run_no = no, .percent = -1,
	    .fence = lab_fence(c, no) };
	lab_batch(c, &call, 1);
	r = call->result;
	CHECK(call->status == RH_OK && r->cancel && r->last_seq == 1);
}

static void
test_cancel_held(void)
{
	struct core c;
	const char *id = NULL;
	struct call *call;
	const struct effect *e;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", &id);
	lab_offer(&c, 1);
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 1), RH_OK);
	call = cancel(&c, id);
	CHECK_HAS(call->reply.p, "\"cancel_requested\":true");
	CHECK_STR(lab_state(&c, no), "running");
	e = lab_effect(&c, EFFECT_CANCEL, no);
	CHECK(e != NULL && e->fence == lab_fence(&c, no));
	check_told(&c, no);
	/* A failure after the request is the cancel's. */
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_FAILED), RH_OK);
	CHECK_STR(lab_state(&c, no), "cancelled");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_cancel_late(void)
{
	struct core c;
	const char *id = NULL;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", &id);
	lab_offer(&c, 1);
	cancel(&c, id);
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_COMPLETED),
	    RH_OK);
	CHECK_STR(lab_state(&c, no), "completed");
	lab_fini(&c);
}

static void
test_cancel_grace(void)
{
	struct core c;
	const char *id = NULL;
	int64_t no, fence;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", &id);
	lab_offer(&c, 1);
	fence = lab_fence(&c, no);
	cancel(&c, id);
	clock_fake_advance(&c.clock, 3 * US_PER_S);
	lab_renew(&c, no, fence);	/* a live worker that doesn't listen */
	lab_sweep(&c);
	CHECK_STR(lab_state(&c, no), "claimed");
	clock_fake_advance(&c.clock, 4 * US_PER_S);
	lab_sweep(&c);
	CHECK_STR(lab_state(&c, no), "cancelled");
	CHECK(lab_effect(&c, EFFECT_FENCED, no) != NULL);
	CHECK_INT(lab_report(&c, no, fence, 1), RH_ESTALE);
	CORE_CHECK(&c);
	lab_fini(&c);
}

const struct unit_test ledger_cancel_tests[] = {
	{ "a queued run is cancelled at once", test_cancel_queued },
	{ "W18: a held run is asked to stop", test_cancel_held },
	{ "success after a cancel request is success", test_cancel_late },
	{ "W18: a cancel that isn't heeded ends the run after the grace",
	    test_cancel_grace },
	{ NULL, NULL }
};
