/*
 * Attempts of a run: whose word counts, which failures are repeated, and what
 * is recorded of them.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "base/mem.h"
#include "store/store_event.h"

#include <runhost/host.h>

#include <stdio.h>

static void
test_first_end_wins(void)
{
	struct core c;
	int64_t no, fence;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	fence = lab_fence(&c, no);
	CHECK_INT(lab_finish(&c, no, fence, RH_COMPLETED), RH_OK);
	CHECK_INT(lab_finish(&c, no, fence, RH_FAILED), RH_ESTALE);
	CHECK_INT(lab_report(&c, no, fence, 1), RH_ESTALE);
	CHECK_STR(lab_state(&c, no), "completed");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM event"), 1);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* Each row of an attempt inside the host says so. */
static void
test_inproc_rows(void)
{
	struct core c;
	struct call *call;
	int64_t no, fence;

	lab_start(&c);
	call = lab_internal(&c, "slots_offer", sizeof(struct offer_args));
	*(struct offer_args *)call->args = (struct offer_args){
		.plugin = "demo", .n = 1, .inproc = true };
	lab_batch(&c, &call, 1);
	no = lab_run(&c, NULL, "/demo", NULL);
	fence = lab_fence(&c, no);
	CHECK_INT(lab_report(&c, no, fence, 1), RH_OK);
	lab_renew(&c, no, fence);
	CHECK_INT(lab_finish(&c, no, fence, RH_COMPLETED), RH_OK);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE action IN"
	    " ('run_claim', 'run_start', 'run_renew_claim', 'run_finalize')"
	    " AND detail ->> 'mode' = 'inproc'"), 4);
	lab_fini(&c);
}

static int64_t
create_attempts(struct core *c, int attempts)
{
	struct call *call = lab_must(c, NULL, "run_create",
	    "{\"runner\":\"demo\",\"max_attempts\":%d}", attempts);
	struct run_made *made = call->result;

	return made->run_no;
}

static rh_status
fail(struct core *c, int64_t no, bool retry)
{
	struct call *call = lab_internal(c, "run_finalize",
	    sizeof(struct finish_args));
	struct finish_args *a = call->args;

	a->report = (struct run_report){ .run_no = no, .percent = -1,
	    .fence = lab_fence(c, no) };
	a->kind = RH_FAILED;
	a->retry = retry;
	a->end.error = "no luck";
	lab_batch(c, &call, 1);
	return call->status;
}

static void
test_retry(void)
{
	struct core c;
	const struct effect *e;
	int64_t no;

	lab_start(&c);
	no = create_attempts(&c, 2);
	lab_offer(&c, 1);
	CHECK_INT(fail(&c, no, true), RH_OK);
	CHECK_STR(lab_state(&c, no), "queued");
	CHECK_STR(lab_text(&c, "SELECT type FROM event"), "host.retry");
	lab_offer(&c, 1);
	e = lab_effect(&c, EFFECT_START, no);
	CHECK_INT(e->claimed->cause, CAUSE_RETRY);
	CHECK_INT(fail(&c, no, true), RH_OK);
	CHECK_STR(lab_state(&c, no), "failed");
	CHECK_STR(lab_text(&c, "SELECT error FROM run_end"), "no luck");
	no = create_attempts(&c, 2);
	lab_offer(&c, 1);
	CHECK_INT(fail(&c, no, false), RH_OK);
	CHECK_STR(lab_state(&c, no), "failed");
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* What the audit row of an attempt's end must say of the run's events. */
static void
check_digest(struct core *c, int64_t no, const char *action)
{
	struct event_range range = { .run_no = no, .max = 1000 };
	uint8_t digest[HASH_LEN] = { 0 };
	char hex[HASH_HEX_LEN], sql[200], want[120];
	struct event_page page;
	struct event_new e;
	struct arena a;
	struct err err;
	size_t i;

	arena_init(&a);
	CHECK_OK(store_event_page(c->reader, &range, &a, &page, &err), &err);
	for (i = 0; i < page.count; i++) {
		e.type = page.rows[i].type;
		e.data = str_of(page.rows[i].data);
		event_digest(digest, page.rows[i].seq, &e);
		CHECK_INT(page.rows[i].seq, (int64_t)i + 1);
	}
	CHECK_INT(page.last_seq, (int64_t)page.count);
	snprintf(sql, sizeof sql, "SELECT detail FROM audit WHERE action = "
	    "'%s' ORDER BY seq DESC", action);
	str_hex(hex, digest, sizeof digest);
	snprintf(want, sizeof want, "\"events\":%zu,\"events_digest\":\"%s\"",
	    page.count, hex);
	CHECK_HAS(lab_text(c, sql), want);
	arena_fini(&a);
}

static void
test_digest(void)
{
	struct core c;
	int64_t no;

	lab_start(&c);
	no = create_attempts(&c, 3);
	lab_offer(&c, 1);
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 3), RH_OK);
	CHECK_INT(fail(&c, no, true), RH_OK);
	check_digest(&c, no, "run_finalize");
	lab_offer(&c, 1);
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 2), RH_OK);
	lab_pass(&c, 90);
	check_digest(&c, no, "run_sweep");
	lab_offer(&c, 1);
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_COMPLETED),
	    RH_OK);
	check_digest(&c, no, "run_finalize");
	lab_fini(&c);
}

static void
test_release(void)
{
	struct core c;
	struct call *call;
	struct release_args *a;
	const struct effect *e;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	call = lab_internal(&c, "run_release", sizeof *a);
	a = call->args;
	*a = (struct release_args){ .run_no = no, .why = "worker retired",
	    .fence = lab_fence(&c, no) };
	lab_batch(&c, &call, 1);
	CHECK_OK(call->status, &call->err);
	CHECK_STR(lab_state(&c, no), "queued");
	CHECK_INT(lab_number(&c, "SELECT attempts + losses FROM run_live"),
	    0);
	lab_offer(&c, 1);
	e = lab_effect(&c, EFFECT_START, no);
	CHECK_INT(e->claimed->row.attempts, 1);
	CHECK_INT(e->claimed->cause, CAUSE_FIRST);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_checkpoint(void)
{
	struct core c;
	const struct effect *e;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/strict go", NULL);
	lab_offer(&c, 1);
	lab_checkpoint(&c, no, "first", "1");
	lab_checkpoint(&c, no, "second", "22");
	lab_restart(&c);
	lab_sql(&c, "UPDATE checkpoint SET data = x'00' WHERE name = "
	    "'second'");
	lab_offer(&c, 1);
	e = lab_effect(&c, EFFECT_START, no);
	if (CHECK(e != NULL && e->claimed->checkpoint_name != NULL)) {
		CHECK_STR(e->claimed->checkpoint_name, "first");
		CHECK(str_is(e->claimed->checkpoint, "1"));
	}
	lab_fini(&c);
}

static rh_status
state_call(struct core *c, const char *action, int64_t no, int64_t fence,
    const char *value)
{
	struct call *call = lab_internal(c, action,
	    sizeof(struct state_args));

	*(struct state_args *)call->args = (struct state_args){
		.run_no = no, .fence = fence, .scope = STR("runner"),
		.key = STR("k"), .value = str_of(value) };
	lab_batch(c, &call, 1);
	return call->status;
}

static void
test_stale_state(void)
{
	struct core c;
	int64_t no, fence;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	fence = lab_fence(&c, no);
	CHECK_INT(state_call(&c, "plugin_state_set", no, fence, "1"), RH_OK);
	CHECK_INT(state_call(&c, "plugin_state_get", no, fence - 1, ""),
	    RH_ESTALE);
	CHECK_INT(state_call(&c, "plugin_state_set", no, fence - 1, "2"),
	    RH_ESTALE);
	CHECK_INT(lab_finish(&c, no, fence, RH_COMPLETED), RH_OK);
	CHECK_INT(state_call(&c, "plugin_state_set", no, fence, "null"),
	    RH_ESTALE);
	CHECK_STR(lab_text(&c, "SELECT value FROM plugin_state"), "1");
	CORE_CHECK(&c);
	lab_fini(&c);
}

const struct unit_test ledger_attempts_tests[] = {
	{ "the first end wins; a stale attempt changes nothing",
	    test_first_end_wins },
	{ "the rows of an attempt inside the host say so", test_inproc_rows },
	{ "a failure is repeated when plugin and run allow it", test_retry },
	{ "the row of an attempt's end has count and digest of its events",
	    test_digest },
	{ "an attempt that never started doesn't count", test_release },
	{ "a takeover gets the newest checkpoint that verifies",
	    test_checkpoint },
	{ "an attempt that lost its run neither sees nor sets state",
	    test_stale_state },
	{ NULL, NULL }
};
