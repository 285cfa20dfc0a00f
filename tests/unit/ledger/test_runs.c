/*
 * A run from its making to its end: what is shown of it, in which order runs
 * are claimed, and how many there may be.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include <runhost/host.h>

static void
test_life(void)
{
	struct core c;
	const char *id = NULL;
	struct call *call;
	const struct effect *e;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo hello world", &id);
	CHECK_STR(lab_state(&c, no), "queued");
	CHECK(lab_effect(&c, EFFECT_QUEUED, 0) != NULL);
	CHECK(lab_effect(&c, EFFECT_START, 0) == NULL);
	lab_offer(&c, 2);
	e = lab_effect(&c, EFFECT_START, no);
	if (!CHECK(e != NULL))
		goto out;
	CHECK_STR(e->plugin, "demo");
	CHECK_INT(e->claimed->cause, CAUSE_FIRST);
	CHECK_STR(e->claimed->row.args, "[\"world\"]");
	CHECK_STR(e->claimed->row.chain, "[\"local:0\"]");
	CHECK_STR(lab_state(&c, no), "claimed");
	CHECK_INT(lab_report(&c, no, e->fence, 3), RH_OK);
	CHECK_STR(lab_state(&c, no), "running");
	clock_fake_advance(&c.clock, 2 * US_PER_S);
	CHECK_INT(lab_finish(&c, no, e->fence, RH_COMPLETED), RH_OK);
	CHECK_STR(lab_state(&c, no), "completed");
	CHECK(lab_effect(&c, EFFECT_ENDED, no) != NULL);
	call = lab_must(&c, NULL, "run_get", "{\"run_id\":\"%s\"}", id);
	CHECK_HAS(call->reply.p, "\"status\":\"completed\"");
	CHECK_HAS(call->reply.p, "\"duration_seconds\":2");
	CHECK_HAS(call->reply.p, "\"progress_pct\":100");
	call = lab_must(&c, NULL, "run_events_page", "{\"run_id\":\"%s\"}",
	    id);
	CHECK_HAS(call->reply.p, "\"sequence\":4");
	CHECK_HAS(call->reply.p, "\"last_sequence\":4");
	call = lab_must(&c, NULL, "run_list", "{\"status\":\"SUCCEEDED\"}");
	CHECK_HAS(call->reply.p, id);
	CHECK_HAS(call->reply.p, "\"total_count\":1");
	call = lab_must(&c, NULL, "run_list", "{\"status\":\"PENDING\"}");
	CHECK_HAS(call->reply.p, "\"items\":[]");
	call = lab_must(&c, NULL, "run_counts", "{}");
	CHECK_HAS(call->reply.p, "\"SUCCEEDED\":1");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE action IN"
	    " ('host_start', 'run_create', 'run_claim', 'run_start',"
	    " 'run_finalize')"), 5);
	CORE_CHECK(&c);
out:
	lab_fini(&c);
}

/* An output of 4 events: 3 reported and the one that came with the end. */
static void
test_output(void)
{
	struct core c;
	const char *id = NULL;
	struct call *call;
	struct run_view *v;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", &id);
	lab_offer(&c, 1);
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 2), RH_OK);
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_COMPLETED),
	    RH_OK);
	call = lab_shown(&c, NULL, "run_get", "{\"run_id\":\"%s\"}", id);
	if ((v = call->result) != NULL)
		CHECK_STR(v->out.p, "line 0\nline 1\nline 0\ndone");
	/* Who doesn't show them doesn't wait for them. */
	call = lab_must(&c, NULL, "run_get", "{\"run_id\":\"%s\"}", id);
	if ((v = call->result) != NULL)
		CHECK_STR(v->out.p, NULL);
	lab_fini(&c);
}

static void
test_priority(void)
{
	struct core c;
	struct call *call;
	struct run_made *made;
	int64_t low, high;

	lab_start(&c);
	low = lab_run(&c, NULL, "/demo", NULL);
	call = lab_must(&c, NULL, "run_create",
	    "{\"command\":\"/demo\",\"priority\":5}");
	made = call->result;
	high = made->run_no;
	lab_offer(&c, 1);
	CHECK_STR(lab_state(&c, high), "claimed");
	CHECK_STR(lab_state(&c, low), "queued");
	lab_offer(&c, 1);
	CHECK_STR(lab_state(&c, low), "claimed");
	lab_fini(&c);
}

static void
test_claimed_in_the_batch(void)
{
	struct core c;
	int64_t no;

	lab_start(&c);
	lab_offer(&c, 1);
	no = lab_run(&c, NULL, "/demo", NULL);
	CHECK_STR(lab_state(&c, no), "claimed");
	CHECK(lab_effect(&c, EFFECT_START, no) != NULL);
	/* An offer taken back. */
	lab_offer(&c, 1);
	lab_offer(&c, -1);
	no = lab_run(&c, NULL, "/demo", NULL);
	CHECK_STR(lab_state(&c, no), "queued");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_dry_run(void)
{
	struct core c;
	struct call *call;
	struct run_made *made;

	lab_start(&c);
	lab_offer(&c, 1);
	call = lab_must(&c, NULL, "run_create",
	    "{\"command\":\"/demo\",\"dry_run\":true}");
	made = call->result;
	CHECK_STR(lab_state(&c, made->run_no), "completed");
	CHECK(lab_effect(&c, EFFECT_START, 0) == NULL);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM event WHERE data LIKE"
	    " '%VALIDATING%'"), 1);
	CHECK_INT(lab_number(&c, "SELECT completed FROM run_count"), 1);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_quota(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice");
	struct call *call;
	const char *id = NULL;

	lab_start(&c);
	c.env.quota_live = 2;
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"role:operator\"}");
	lab_run(&c, &alice, "/demo", NULL);
	lab_run(&c, &alice, "/demo", &id);
	call = lab_do(&c, &alice, "run_create", "{\"command\":\"/demo\"}");
	CHECK_INT(call->status, RH_ERUNS);
	lab_run(&c, NULL, "/demo", NULL);	/* another owner's */
	lab_restart(&c);
	call = lab_do(&c, &alice, "run_create", "{\"command\":\"/demo\"}");
	CHECK_INT(call->status, RH_ERUNS);
	lab_must(&c, &alice, "run_cancel", "{\"run_id\":\"%s\"}", id);
	lab_run(&c, &alice, "/demo", NULL);
	CORE_CHECK(&c);
	lab_fini(&c);
}

const struct unit_test ledger_runs_tests[] = {
	{ "a run is made, claimed, reported, ended and shown", test_life },
	{ "a run's output is that of its events and its end", test_output },
	{ "priority goes before age", test_priority },
	{ "a free slot takes a run in the batch that makes it",
	    test_claimed_in_the_batch },
	{ "a dry run ends without an attempt", test_dry_run },
	{ "live runs of an owner are limited", test_quota },
	{ NULL, NULL }
};
