/*
 * What is stored of each owner is counted, and limited.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include <runhost/host.h>

#include <stdio.h>

static int64_t
stored(struct core *c, const char *owner)
{
	char sql[100];

	snprintf(sql, sizeof sql, "SELECT bytes FROM owner WHERE name = '%s'",
	    owner);
	return lab_number(c, sql);
}

static rh_status
state_set(struct core *c, int64_t run_no, const char *scope,
    const char *value)
{
	struct call *call = lab_internal(c, "plugin_state_set",
	    sizeof(struct state_args));
	struct state_args *s = call->args;

	*s = (struct state_args){ .run_no = run_no, .scope = str_of(scope),
	    .fence = lab_fence(c, run_no), .key = STR("k"), .value = str_of(value) };
	lab_batch(c, &call, 1);
	return call->status;
}

static int64_t
held_by(struct core *c, const struct caller *who)
{
	int64_t no = lab_run(c, who, "/demo \xc3\xa4", NULL);

	lab_offer(c, 1);
	CHECK_INT(lab_report(c, no, lab_fence(c, no), 3), RH_OK);
	return no;
}

/* Whatever is written is counted, and given back when it goes. */
static void
test_stored(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice"), bob = lab_user("user:bob");
	int64_t no, other;
	int i;

	lab_start(&c);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"role:operator\"}");
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:bob\","
	    "\"permission\":\"role:operator\"}");
	no = held_by(&c, &alice);
	other = held_by(&c, &bob);
	CORE_CHECK(&c);
	for (i = 0; i < 12; i++)	/* more than are kept */
		lab_checkpoint(&c, no, "here", i % 2 ? "much more" : "little");
	CORE_CHECK(&c);
	/* A value of both counts for who wrote it last. */
	CHECK_INT(state_set(&c, no, "runner", "\"of alice\""), RH_OK);
	CHECK_INT(state_set(&c, no, "actor", "1"), RH_OK);
	CORE_CHECK(&c);
	CHECK_INT(state_set(&c, other, "runner", "\"bob's\""), RH_OK);
	CHECK_INT(state_set(&c, no, "actor", "null"), RH_OK);
	CHECK_INT(state_set(&c, no, "actor", "null"), RH_OK);
	CORE_CHECK(&c);
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_COMPLETED), RH_OK);
	CHECK_INT(lab_finish(&c, other, lab_fence(&c, other), RH_FAILED),
	    RH_OK);
	lab_must(&c, &alice, "run_create", "{\"command\":\"/demo\","
	    "\"dry_run\":true,\"metadata\":{\"a\":1}}");
	CORE_CHECK(&c);
	lab_restart(&c);
	CORE_CHECK(&c);
	CHECK(stored(&c, "user:alice") > 10 * 64);
	clock_fake_advance(&c.clock, 3601 * US_PER_S);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 0);
	CHECK_INT(stored(&c, "user:alice"), 0);
	CHECK_INT(stored(&c, "user:bob"), 64 + 1 + 7);	/* the value */
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* New work is refused; what goes on comes to its end all the same. */
static void
test_stored_quota(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice");
	struct call *call;
	int64_t no;

	lab_start(&c);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"role:operator\"}");
	no = held_by(&c, &alice);
	CHECK_INT(state_set(&c, no, "actor", "\"long enough\""), RH_OK);
	c.env.quota_bytes = stored(&c, "user:alice") + 20;
	call = lab_do(&c, &alice, "run_create", "{\"command\":\"/demo\"}");
	CHECK_INT(call->status, RH_EBYTES);
	CHECK_HAS(call->err.hint, "quota.stored_bytes");
	lab_run(&c, NULL, "/demo", NULL);	/* another owner's */
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 9), RH_OK);
	lab_checkpoint(&c, no, "here", "data");
	CHECK_INT(state_set(&c, no, "actor", "\"a longer one than it was\""),
	    RH_EBYTES);
	CHECK_INT(state_set(&c, no, "actor", "1"), RH_OK);
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_COMPLETED), RH_OK);
	CHECK_STR(lab_state(&c, no), "completed");
	CORE_CHECK(&c);
	call = lab_must(&c, &alice, "run_counts", "{}");
	CHECK_HAS(call->reply.p, "\"live_runs\":{\"used\":0,");
	CHECK_HAS(call->reply.p, "\"stored_bytes\":{\"used\":");
	clock_fake_advance(&c.clock, 3601 * US_PER_S);
	lab_sweep(&c);
	lab_run(&c, &alice, "/demo", NULL);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* What a void batch had counted is forgotten with it. */
static void
test_stored_rollback(void)
{
	struct core c;
	struct gate *g;
	struct call *call;
	struct err err;
	int64_t before;

	lab_start(&c);
	lab_run(&c, NULL, "/demo", NULL);
	before = stored(&c, "local:0");
	g = ledger_gate(c.ledger);
	call = lab_call(&c, NULL, "run_create", "{\"command\":\"/demo\","
	    "\"session_id\":\"new\"}");
	call_prepare(call, c.registry);
	CHECK_OK(gate_begin(g, &err), &err);
	CHECK(gate_perform(g, call));
	CHECK_OK(call->status, &call->err);
	gate_rollback(g);
	CORE_CHECK(&c);
	CHECK_INT(stored(&c, "local:0"), before);
	lab_batch(&c, &call, 1);
	CHECK_OK(call->status, &call->err);
	CORE_CHECK(&c);
	CHECK(stored(&c, "local:0") > before);
	lab_fini(&c);
}

const struct unit_test ledger_stored_tests[] = {
	{ "stored bytes are those that are stored", test_stored },
	{ "who has too many stored gets no new run, but ends the old ones",
	    test_stored_quota },
	{ "a batch that is undone has stored nothing", test_stored_rollback },
	{ NULL, NULL }
};
