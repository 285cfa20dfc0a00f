/*
 * Runtimes on other machines: whose they are, how long they count as there,
 * and how they are listed.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include <stdio.h>

static struct caller
runtime_user(struct core *c, const char *who)
{
	struct caller r = lab_token(c, who, "");

	lab_must(c, NULL, "grant_add", "{\"grantee\":\"%s\","
	    "\"permission\":\"role:runtime\"}", who);
	return r;
}

static void
test_owner(void)
{
	static const char *const actions[] = { "runtime_register",
		"runtime_heartbeat", "runtime_drain" };
	struct core c;
	struct caller a, b;
	struct call *call;
	size_t i;

	lab_start(&c);
	a = runtime_user(&c, "runtime:a");
	b = runtime_user(&c, "runtime:b");
	lab_must(&c, &a, "runtime_register", "{\"runtime_id\":\"gpu\","
	    "\"endpoint\":\"here\"}");
	for (i = 0; i < 3; i++) {
		call = lab_do(&c, &b, actions[i],
		    "{\"runtime_id\":\"gpu\"}");
		CHECK_INT(call->status, i == 0 ? RH_EPERM : RH_ENOENT);
	}
	CHECK_STR(lab_text(&c, "SELECT endpoint FROM runtime"), "here");
	CHECK_INT(lab_number(&c, "SELECT draining FROM runtime"), 0);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE"
	    " principal = 'runtime:b' AND decision = 2"), 3);
	call = lab_must(&c, &b, "runtime_list", "{}");
	CHECK_HAS(call->reply.p, "\"items\":[]");
	lab_must(&c, NULL, "runtime_drain", "{\"runtime_id\":\"gpu\"}");
	call = lab_must(&c, &a, "runtime_list", "{}");
	CHECK_HAS(call->reply.p, "\"status\":\"draining\"");
	CHECK_HAS(call->reply.p, "\"owner\":\"runtime:a\"");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_times_are_bounded(void)
{
	static const struct { const char *ttl; int64_t want; } ttls[] = {
		{ "", 60 }, { ",\"heartbeat_ttl_seconds\":0", 60 },
		{ ",\"heartbeat_ttl_seconds\":-9", 1 },
		{ ",\"heartbeat_ttl_seconds\":9223372036854775807", 3600 },
		{ ",\"heartbeat_deadline_at\":99999999999", 3600 },
		{ ",\"heartbeat_deadline_at\":1", 1 },
	};
	struct core c;
	struct call *call;
	size_t i;

	lab_start(&c);
	for (i = 0; i < sizeof ttls / sizeof *ttls; i++) {
		lab_must(&c, NULL, "runtime_register",
		    "{\"runtime_id\":\"r\"%s}", ttls[i].ttl);
		CHECK_INT(lab_number(&c, "SELECT (deadline - heartbeat) /"
		    " 1000000 FROM runtime"), ttls[i].want);
	}
	call = lab_do(&c, NULL, "runtime_register", "{\"runtime_id\":\"r\","
	    "\"metadata\":{\"a\":\"%.*s\"}}", 17000, lab_text(&c,
	    "SELECT hex(zeroblob(9000))"));
	CHECK_INT(call->status, RH_EINPUT);
	CHECK_HAS(call->err.msg, "body.metadata");
	CHECK_INT(lab_do(&c, NULL, "runtime_register",
	    "{\"runtime_id\":\"local\"}")->status, RH_EINPUT);
	lab_fini(&c);
}

static void
test_stale(void)
{
	struct core c;
	struct call *call;

	lab_start(&c);
	lab_must(&c, NULL, "runtime_register", "{\"runtime_id\":\"r\","
	    "\"metadata\":{\"a\":1,\"b\":2}}");
	lab_pass(&c, 55);
	CHECK_INT(lab_number(&c, "SELECT stale FROM runtime"), 0);
	lab_pass(&c, 10);
	CHECK_INT(lab_number(&c, "SELECT stale FROM runtime"), 1);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE"
	    " action = 'runtime_sweep' AND target = 'r'"), 1);
	call = lab_must(&c, NULL, "runtime_heartbeat",
	    "{\"runtime_id\":\"r\",\"metadata\":{\"b\":3}}");
	CHECK_HAS(call->reply.p, "\"status\":\"online\"");
	CHECK_HAS(call->reply.p, "\"metadata\":{\"a\":1,\"b\":3}");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_silence(void)
{
	struct core c;

	lab_start(&c);
	CHECK_INT(lab_sweep(&c), RH_OK);
	lab_must(&c, NULL, "runtime_register", "{\"runtime_id\":\"r\"}");
	clock_fake_advance(&c.clock, 300 * US_PER_S);
	CHECK_INT(lab_sweep(&c), RH_OK);
	CHECK_INT(lab_number(&c, "SELECT stale FROM runtime"), 0);
	lab_fini(&c);
}

static void
test_pages(void)
{
	struct core c;
	struct call *call;
	int i;

	lab_start(&c);
	for (i = 0; i < 7; i++)
		lab_must(&c, NULL, "runtime_register", "{\"runtime_id\":"
		    "\"r%d\",\"labels\":{\"odd\":\"%d\"}}", i, i % 2);
	call = lab_must(&c, NULL, "runtime_list", "{\"limit\":2,"
	    "\"labels\":{\"odd\":\"1\"}}");
	CHECK_HAS(call->reply.p, "\"has_more\":true");
	CHECK_HAS(call->reply.p, "\"total_count\":3");
	CHECK_HAS(call->reply.p, "\"next_cursor\":\"4\"");
	call = lab_must(&c, NULL, "runtime_list", "{\"limit\":2,"
	    "\"labels\":{\"odd\":\"1\"},\"after_cursor\":\"4\"}");
	CHECK_HAS(call->reply.p, "\"runtime_id\":\"r5\"");
	CHECK_HAS(call->reply.p, "\"has_more\":false");
	CHECK_HAS(call->reply.p, "\"next_cursor\":null");
	call = lab_must(&c, NULL, "runtime_list",
	    "{\"statuses\":[\"stale\"]}");
	CHECK_HAS(call->reply.p, "\"total_count\":0");
	lab_fini(&c);
}

static void
test_reconcile(void)
{
	struct core c;
	struct call *call;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 1), RH_OK);
	lab_must(&c, NULL, "runtime_register", "{\"runtime_id\":\"r\"}");
	clock_fake_advance(&c.clock, 61 * US_PER_S);
	call = lab_must(&c, NULL, "runtime_reconcile", "{\"dry_run\":true}");
	CHECK_HAS(call->reply.p, "\"stale_count\":1");
	CHECK_HAS(call->reply.p, "\"released_claim_count\":1");
	CHECK_INT(lab_number(&c, "SELECT stale FROM runtime"), 0);
	CHECK_STR(lab_state(&c, no), "running");
	call = lab_must(&c, NULL, "runtime_reconcile", "{}");
	CHECK_HAS(call->reply.p, "\"stale_count\":1");
	CHECK_HAS(call->reply.p, "\"from\":\"running\",\"status\":\"queued\"");
	CHECK_INT(lab_number(&c, "SELECT stale FROM runtime"), 1);
	CHECK_STR(lab_state(&c, no), "queued");
	call = lab_must(&c, NULL, "runtime_reconcile", "{}");
	CHECK_HAS(call->reply.p, "\"released_claim_count\":0");
	CORE_CHECK(&c);
	lab_fini(&c);
}

const struct unit_test ledger_runtimes_tests[] = {
	{ "W8: nobody but its owner or an admin touches a runtime",
	    test_owner },
	{ "W15: no time to live is longer than an hour, no object unbounded",
	    test_times_are_bounded },
	{ "a runtime that is silent is stale until its next heartbeat",
	    test_stale },
	{ "when the host was silent itself, no runtime is", test_silence },
	{ "W17: a page of runtimes says exactly whether there are more",
	    test_pages },
	{ "reconcile says what it would do, and does it once",
	    test_reconcile },
	{ NULL, NULL },
};
