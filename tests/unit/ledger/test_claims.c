/*
 * Claims of runtimes elsewhere: who gets which run, and what a claim is good
 * for.
 */
#include "unit/ledger/field.h"
#include "lib/samples.h"
#include "lib/unit.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static void
test_claimed_once(void)
{
	struct field f;
	struct call *calls[2];

	field_start(&f);
	field_make(&f, "");
	calls[0] = lab_call(&f.c, &f.a, "run_claim",
	    "{\"runtime_id\":\"ra\"}");
	calls[1] = lab_call(&f.c, &f.b, "run_claim",
	    "{\"runtime_id\":\"rb\"}");
	call_prepare(calls[0], f.c.registry);
	call_prepare(calls[1], f.c.registry);
	lab_batch(&f.c, calls, 2);
	call_render(calls[0]);
	call_render(calls[1]);
	CHECK(strstr(calls[0]->reply.p, "claim_token") != NULL);
	CHECK_STR(calls[1]->reply.p, "null");
	lab_offer(&f.c, 4);
	CHECK_INT(lab_number(&f.c, "SELECT attempts FROM run_live"), 1);
	CHECK_STR(lab_text(&f.c, "SELECT runtime FROM run_live"), "ra");
	CHECK_INT(lab_number(&f.c, "SELECT count(*) FROM audit WHERE"
	    " action = 'run_claim'"), 1);
	field_finish(&f);
}

static void
test_order(void)
{
	struct field f;

	field_start(&f);
	field_make(&f, "");				/* 1 */
	field_make(&f, "\"queue_name\":\"q\"");	/* 2 */
	field_make(&f, "\"priority\":5,\"labels\":{\"arch\":\"arm64\"}");
	field_make(&f, "\"priority\":5");		/* 4 */
	field_make(&f, "\"priority\":-5");		/* 5 */
	CHECK_INT(field_claim(&f, &f.a, "", NULL), 3);
	CHECK_INT(field_claim(&f, &f.b, "", NULL), 4);
	CHECK_INT(field_claim(&f, &f.a, "", NULL), 1);
	CHECK_INT(field_claim(&f, &f.a, "", NULL), 2);
	CHECK_INT(field_claim(&f, &f.a, "", NULL), 5);
	CHECK_INT(field_claim(&f, &f.a, "", NULL), 0);
	field_finish(&f);
}

static void
test_what_runs_ask_for(void)
{
	struct field f;

	field_start(&f);
	field_make(&f, "\"queue_name\":\"q\"");			/* 1 */
	field_make(&f, "\"requested_runtime_id\":\"rb\"");		/* 2 */
	field_make(&f, "\"labels\":{\"arch\":\"x86\"}");		/* 3 */
	field_make(&f, "\"labels\":{\"zone\":\"rb\"}");		/* 4 */
	CHECK_INT(field_claim(&f, &f.a, "\"queue_name\":\"other\"", NULL), 0);
	CHECK_INT(field_claim(&f, &f.a, "\"runner_ids\":[]", NULL), 0);
	CHECK_INT(field_claim(&f, &f.a, "\"runner_ids\":[\"plugin:runhost/demo/"
	    "again\"]", NULL), 0);
	CHECK_INT(field_claim(&f, &f.a, "\"queue_name\":\"q\"", NULL), 1);
	CHECK_INT(field_claim(&f, &f.a, "", NULL), 0);
	CHECK_INT(field_claim(&f, &f.b, "\"runner_ids\":[\"plugin:runhost/demo/"
	    "demo\"]", NULL), 2);
	CHECK_INT(field_claim(&f, &f.b, "", NULL), 4);
	CHECK_INT(field_claim(&f, &f.b, "", NULL), 0);
	field_finish(&f);
}

static void
test_token(void)
{
	struct field f;
	struct call *won, *call;

	field_start(&f);
	field_make(&f, "");
	CHECK_INT(field_claim(&f, &f.a, "", &won), 1);
	call = field_use(&f, &f.b, "run_renew_claim", won, "");
	CHECK_INT(call->status, RH_EPERM);
	CHECK_INT(field_use(&f, &f.b, "run_release_claim", won, "")->status,
	    RH_EPERM);
	CHECK_INT(field_use(&f, NULL, "run_start", won, "")->status, RH_EPERM);
	call = lab_do(&f.c, &f.a, "run_start", "{\"run_id\":%s,"
	    "\"runtime_id\":\"rb\",\"claim_token\":%s}",
	    sample_field(won, "run_id"), sample_field(won, "claim_token"));
	CHECK_INT(call->status, RH_ESTALE);
	call = lab_do(&f.c, &f.a, "run_start", "{\"run_id\":%s,"
	    "\"runtime_id\":\"ra\",\"claim_token\":\"rhc_00\"}",
	    sample_field(won, "run_id"));
	CHECK_INT(call->status, RH_EPERM);
	CHECK_INT(lab_number(&f.c, "SELECT count(*) FROM audit WHERE"
	    " decision = 2"), 4);
	call = field_use(&f, &f.a, "run_start", won, "");
	CHECK_INT(call->status, RH_OK);
	CHECK(strstr(call->reply.p, "claim_token") == NULL);
	field_finish(&f);
}

/* Neither the ledger nor its log nor what is shown has the token itself. */
static void
test_token_is_hashed(void)
{
	struct field f;
	struct call *won, *call;
	char like[200];
	const char *token;

	field_start(&f);
	field_make(&f, "");
	CHECK_INT(field_claim(&f, &f.a, "", &won), 1);
	CHECK_INT(field_use(&f, &f.a, "run_start", won, "")->status, RH_OK);
	token = sample_field(won, "claim_token");
	CHECK_INT(strlen(token), 4 + 64 + 2);
	snprintf(like, sizeof like, "SELECT count(*) FROM audit WHERE "
	    "instr(ifnull(detail, ''), '%.64s') > 0", token + 5);
	CHECK_INT(lab_number(&f.c, like), 0);
	snprintf(like, sizeof like, "SELECT count(*) FROM run_live WHERE "
	    "hex(token) = upper('%.64s')", token + 5);
	CHECK_INT(lab_number(&f.c, like), 0);
	CHECK_INT(lab_number(&f.c, "SELECT length(token) FROM run_live"), 32);
	call = lab_must(&f.c, NULL, "run_get", "{\"run_id\":%s}",
	    sample_field(won, "run_id"));
	CHECK(strstr(call->reply.p, "rhc_") == NULL);
	call = lab_call(&f.c, &f.a, "run_claim", "{\"runtime_id\":\"ra\"}");
	call->key = "once";
	lab_apply(&f.c, call);
	CHECK_INT(call->status, RH_EINPUT);
	field_finish(&f);
}

static void
test_fence(void)
{
	struct field f;
	struct call *first, *second, *call;

	field_start(&f);
	field_make(&f, "");
	CHECK_INT(field_claim(&f, &f.a, "", &first), 1);
	CHECK_INT(field_use(&f, &f.a, "run_start", first, "")->status, RH_OK);
	lab_pass(&f.c, 55);
	lab_must(&f.c, &f.a, "runtime_heartbeat", "{\"runtime_id\":\"ra\"}");
	lab_pass(&f.c, 10);
	CHECK_STR(lab_state(&f.c, 1), "queued");
	CHECK_INT(field_use(&f, &f.a, "run_renew_claim", first, "")->status,
	    RH_ESTALE);
	CHECK_INT(field_claim(&f, &f.a, "", &second), 1);
	CHECK_HAS(second->reply.p, "\"attempt\":2");
	CHECK_HAS(second->reply.p, "\"attempt_reason\":\"takeover\"");
	CHECK_INT(field_use(&f, &f.a, "run_renew_claim", first, "")->status,
	    RH_EPERM);
	CHECK_INT(field_use(&f, &f.a, "run_release_claim", first, "")->status,
	    RH_EPERM);
	call = field_use(&f, &f.a, "run_renew_claim", second,
	    ",\"lease_seconds\":99999");
	CHECK_INT(call->status, RH_OK);
	CHECK_HAS(call->reply.p, "\"lease_seconds\":3600");
	CHECK_INT(lab_number(&f.c, "SELECT (lease - updated) / 1000000 FROM"
	    " run_live"), 3600);
	field_finish(&f);
}

/* A lease that has run out is lost though no sweep has come by. */
static void
test_lease_over(void)
{
	struct field f;
	struct call *won;

	field_start(&f);
	field_make(&f, "");
	CHECK_INT(field_claim(&f, &f.a, "\"lease_seconds\":5", &won), 1);
	clock_fake_advance(&f.c.clock, 5 * US_PER_S);
	CHECK_INT(field_use(&f, &f.a, "run_renew_claim", won, "")->status,
	    RH_ESTALE);
	CHECK_INT(field_use(&f, &f.a, "run_start", won, "")->status, RH_ESTALE);
	field_finish(&f);
}

static void
test_no_stuck_run(void)
{
	struct field f;
	struct call *won;
	int i;

	field_start(&f);
	field_make(&f, "");
	CHECK_INT(field_claim(&f, &f.a, "", &won), 1);
	CHECK_INT(field_use(&f, &f.a, "run_release_claim", won,
	    ",\"status\":\"claimed\"")->status, RH_EINPUT);
	CHECK_INT(field_use(&f, &f.a, "run_start", won, "")->status, RH_OK);
	CHECK_INT(field_use(&f, &f.a, "run_start", won, "")->status, RH_OK);
	for (i = 0; i < 3; i++)
		CHECK_INT(field_use(&f, &f.a, "run_renew_claim", won, "")->status,
		    RH_OK);
	CHECK_INT(field_use(&f, &f.a, "run_release_claim", won, "")->status, RH_OK);
	CHECK_STR(lab_state(&f.c, 1), "queued");
	CHECK_INT(lab_number(&f.c, "SELECT count(*) FROM run_live WHERE"
	    " token IS NULL AND runtime IS NULL AND lease IS NULL"), 1);
	field_finish(&f);
}

static void
test_zombies(void)
{
	struct field f;
	struct call *call;
	int i;

	field_start(&f);
	field_make(&f, "");
	field_make(&f, "\"deadline_at\":1800000100");
	call = lab_must(&f.c, NULL, "run_create", "{\"runner\":\"demo\"}");
	lab_must(&f.c, NULL, "run_cancel", "{\"run_id\":%s}",
	    sample_field(call, "run_id"));
	/* Claimed and never begun, again and again. */
	for (i = 0; i < 3; i++) {
		lab_must(&f.c, &f.a, "runtime_heartbeat",
		    "{\"runtime_id\":\"ra\"}");
		CHECK_INT(field_claim(&f, &f.a, "\"lease_seconds\":30", NULL), 1);
		lab_pass(&f.c, 35);
	}
	CHECK_STR(lab_state(&f.c, 1), "failed");
	CHECK_STR(lab_state(&f.c, 2), "timeout");
	CHECK_STR(lab_state(&f.c, 3), "cancelled");
	lab_must(&f.c, &f.a, "runtime_heartbeat", "{\"runtime_id\":\"ra\"}");
	CHECK_INT(field_claim(&f, &f.a, "", NULL), 0);
	field_finish(&f);
}

/* A deadline that is over isn't handed out, though it waits for the sweep. */
static void
test_over(void)
{
	struct field f;

	field_start(&f);
	field_make(&f, "\"deadline_at\":1800000010,\"priority\":9");
	field_make(&f, "");
	clock_fake_advance(&f.c.clock, 11 * US_PER_S);
	CHECK_INT(field_claim(&f, &f.a, "", NULL), 2);
	field_finish(&f);
}

static void
test_scope(void)
{
	struct field f;
	struct caller own, within;
	struct call *call;

	field_start(&f);
	own = field_claimer(&f.c, "runtime:own", "ro", "");
	within = field_claimer(&f.c, "runtime:in", "ri",
	    ",\"owner\":\"*\",\"workspace\":\"w\"");
	field_make(&f, "");
	field_make(&f, "\"workspace_id\":\"x\"");
	call = lab_must(&f.c, &own, "run_claim", "{\"runtime_id\":\"ro\"}");
	CHECK_STR(call->reply.p, "null");
	call = lab_must(&f.c, &within, "run_claim",
	    "{\"runtime_id\":\"ri\"}");
	CHECK_STR(call->reply.p, "null");
	field_make(&f, "\"workspace_id\":\"w\"");
	call = lab_must(&f.c, &within, "run_claim",
	    "{\"runtime_id\":\"ri\"}");
	CHECK_HAS(call->reply.p, "\"workspace_id\":\"w\"");
	/* Of what it doesn't reach it can't even tell that it is there. */
	call = lab_do(&f.c, &own, "run_start", "{\"run_id\":%s,"
	    "\"runtime_id\":\"ro\",\"claim_token\":\"x\"}",
	    sample_field(call, "run_id"));
	CHECK_INT(call->status, RH_ENOENT);
	CHECK_INT(lab_do(&f.c, &own, "run_start", "{\"run_id\":\"nothing\","
	    "\"runtime_id\":\"ro\",\"claim_token\":\"x\"}")->status,
	    RH_ENOENT);
	field_finish(&f);
}

static void
test_another_runtime(void)
{
	struct field f;
	struct call *call;

	field_start(&f);
	field_make(&f, "");
	call = lab_do(&f.c, &f.b, "run_claim", "{\"runtime_id\":\"ra\"}");
	CHECK_INT(call->status, RH_ENOENT);
	call = lab_do(&f.c, &f.b, "run_claim", "{\"runtime_id\":\"none\"}");
	CHECK_INT(call->status, RH_ENOENT);
	lab_must(&f.c, &f.a, "runtime_drain", "{\"runtime_id\":\"ra\"}");
	CHECK_INT(field_claim(&f, &f.a, "", NULL), 0);
	lab_must(&f.c, &f.a, "runtime_register", "{\"runtime_id\":\"ra\","
	    "\"capacity\":1}");
	field_make(&f, "");
	CHECK_INT(field_claim(&f, &f.a, "", NULL), 1);
	CHECK_INT(field_claim(&f, &f.a, "", NULL), 0);
	lab_pass(&f.c, 65);
	call = lab_do(&f.c, &f.a, "run_claim", "{\"runtime_id\":\"ra\"}");
	CHECK_INT(call->status, RH_ESTATE);
	field_finish(&f);
}

static void
test_told(void)
{
	struct field f;
	struct call *won, *call;

	field_start(&f);
	field_make(&f, "");
	field_make(&f, "");
	CHECK_INT(field_claim(&f, &f.a, "\"lease_seconds\":20", NULL), 1);
	CHECK_INT(field_claim(&f, &f.a, "", &won), 2);
	lab_must(&f.c, NULL, "run_cancel", "{\"run_id\":%s}",
	    sample_field(won, "run_id"));
	lab_pass(&f.c, 25);
	call = lab_must(&f.c, &f.a, "runtime_heartbeat",
	    "{\"runtime_id\":\"ra\"}");
	CHECK_INT(lab_number(&f.c, "SELECT count(*) FROM run_live WHERE"
	    " token IS NOT NULL"), 1);
	CHECK_HAS(call->reply.p, "\"claims\":[{");
	CHECK_HAS(call->reply.p, "\"cancel_requested\":true");
	CHECK_HAS(call->reply.p, "\"claims_complete\":true");
	call = field_use(&f, &f.a, "run_renew_claim", won, "");
	CHECK_HAS(call->reply.p, "\"cancel_requested\":true");
	lab_pass(&f.c, 50);
	CHECK_STR(lab_state(&f.c, 2), "cancelled");
	field_finish(&f);
}

static void
test_restart(void)
{
	struct field f;
	struct call *won;

	field_start(&f);
	field_make(&f, "");
	CHECK_INT(field_claim(&f, &f.a, "", &won), 1);
	CHECK_INT(field_use(&f, &f.a, "run_start", won, "")->status, RH_OK);
	clock_fake_advance(&f.c.clock, 3000 * US_PER_S);
	lab_restart(&f.c);
	lab_pass(&f.c, 20);
	CHECK_STR(lab_state(&f.c, 1), "running");
	CHECK_INT(field_use(&f, &f.a, "run_renew_claim", won, "")->status, RH_OK);
	field_finish(&f);
}

/* What a claim passes over is bounded, and so is what it looks at. */
/* A host that stood still gives who couldn't renew a period, no less. */
static void
test_long_lease(void)
{
	static const char lease[] = "SELECT lease - 1800000000000000 FROM"
	    " run_live";
	struct field f;

	field_start(&f);
	field_make(&f, "");
	CHECK_INT(field_claim(&f, &f.a, "\"lease_seconds\":3600", NULL), 1);
	CHECK_INT(lab_number(&f.c, lease), 3600 * US_PER_S);
	clock_fake_advance(&f.c.clock, 50 * US_PER_S);
	CHECK_INT(lab_sweep(&f.c), RH_OK);
	CHECK_INT(lab_number(&f.c, lease), 3600 * US_PER_S);
	lab_restart(&f.c);
	CHECK_INT(lab_number(&f.c, lease), 3600 * US_PER_S);
	field_finish(&f);
}

static void
test_flat(void)
{
	struct field f;
	int i;

	field_start(&f);
	for (i = 0; i < 300; i++)
		field_make(&f, "\"priority\":7,\"requested_runtime_id\":\"else\"");
	for (i = 0; i < 300; i++)
		field_make(&f, "\"priority\":7,\"labels\":{\"arch\":\"x86\"}");
	field_make(&f, "");
	CHECK_INT(field_claim(&f, &f.a, "", NULL), 601);
	field_finish(&f);
}

/* The run that a claimer gets next; 0: none. */
static int64_t
claim_by(struct field *f, const struct caller *who, const char *runtime)
{
	struct call *c = lab_must(&f->c, who, "run_claim",
	    "{\"runtime_id\":\"%s\"}", runtime);

	return strcmp(c->reply.p, "null") == 0 ? 0 : lab_number(&f->c,
	    arena_printf(&c->arena, "SELECT run_no FROM run WHERE"
	    " lower(hex(id)) = '%.32s'", sample_field(c, "run_id") + 5));
}

static void
test_granted_lines(void)
{
	struct field f;
	struct caller gpu, arm, both, mine;
	struct call *call;

	field_start(&f);
	gpu = field_claimer(&f.c, "runtime:gpu", "rg", ",\"owner\":\"*\","
	    "\"queues\":[\"gpu\",\"fast\"]");
	arm = field_claimer(&f.c, "runtime:arm", "rm", ",\"owner\":\"*\","
	    "\"labels\":{\"arch\":\"arm64\"}");
	both = field_claimer(&f.c, "runtime:both", "r2", ",\"owner\":\"*\","
	    "\"queues\":[\"gpu\"],\"labels\":{\"arch\":\"arm64\"}");
	mine = field_claimer(&f.c, "runtime:mine", "r3",
	    ",\"queues\":[\"gpu\"]");
	field_make(&f, "\"priority\":9");			/* 1 */
	field_make(&f, "\"queue_name\":\"slow\"");		/* 2 */
	field_make(&f, "\"labels\":{\"zone\":\"rg\"}");	/* 3 */
	CHECK_INT(claim_by(&f, &gpu, "rg"), 0);
	CHECK_INT(claim_by(&f, &arm, "rm"), 0);
	CHECK_INT(claim_by(&f, &both, "r2"), 0);
	field_make(&f, "\"queue_name\":\"gpu\"");		/* 4 */
	field_make(&f, "\"queue_name\":\"fast\",\"priority\":1");	/* 5 */
	CHECK_INT(claim_by(&f, &arm, "rm"), 0);
	CHECK_INT(claim_by(&f, &both, "r2"), 0);
	CHECK_INT(claim_by(&f, &mine, "r3"), 0);
	CHECK_INT(claim_by(&f, &gpu, "rg"), 5);
	CHECK_INT(claim_by(&f, &gpu, "rg"), 4);
	field_make(&f, "\"queue_name\":\"gpu\",\"labels\":"	/* 6 */
	    "{\"arch\":\"arm64\",\"zone\":\"r2\"}");
	field_make(&f, "\"labels\":{\"arch\":\"arm64\"}");	/* 7 */
	CHECK_INT(claim_by(&f, &both, "r2"), 6);
	CHECK_INT(claim_by(&f, &both, "r2"), 0);
	CHECK_INT(claim_by(&f, &arm, "rm"), 7);
	call = lab_must(&f.c, &mine, "run_claim", "{\"runtime_id\":\"r3\"}");
	CHECK_STR(call->reply.p, "null");
	/* By the scope of its owner too. */
	lab_must(&f.c, NULL, "grant_add", "{\"grantee\":\"runtime:mine\","
	    "\"permission\":\"run_create\"}");
	lab_must(&f.c, &mine, "run_create", "{\"runner\":\"demo\"}");
	lab_must(&f.c, &mine, "run_create", "{\"runner\":\"demo\","
	    "\"queue_name\":\"gpu\"}");			/* 9 */
	CHECK_INT(claim_by(&f, &mine, "r3"), 9);
	field_finish(&f);
}

/* All that such a grant gives is about these runs. */
static void
test_granted_lines_narrow(void)
{
	static const char *const no_run[] = {
		"run_list", "run_counts", "run_stats", "run_cleanup",
		"runtime_list",
	};
	struct field f;
	struct caller u, r;
	const char *in, *out;
	struct call *call;
	size_t i;

	field_start(&f);
	u = lab_token(&f.c, "user:u", "");
	r = lab_token(&f.c, "user:r", "");
	lab_must(&f.c, NULL, "grant_add", "{\"grantee\":\"user:u\","
	    "\"permission\":\"*\",\"owner\":\"*\",\"queues\":[\"gpu\"]}");
	lab_must(&f.c, NULL, "grant_add", "{\"grantee\":\"role:gpu\","
	    "\"permission\":\"run_*\",\"queues\":[\"gpu\"]}");
	lab_must(&f.c, NULL, "grant_add", "{\"grantee\":\"user:r\","
	    "\"permission\":\"role:gpu\",\"owner\":\"*\","
	    "\"labels\":{\"arch\":\"arm64\"}}");
	call = lab_must(&f.c, &u, "run_create", "{\"runner\":\"demo\","
	    "\"queue_name\":\"gpu\"}");
	in = sample_field(call, "run_id");
	CHECK_INT(lab_do(&f.c, &u, "run_create", "{\"runner\":\"demo\"}")
	    ->status, RH_EPERM);
	out = sample_field(lab_must(&f.c, NULL, "run_create", "{\"runner\":"
	    "\"demo\",\"queue_name\":\"other\"}"), "run_id");
	CHECK_INT(lab_do(&f.c, &u, "run_get", "{\"run_id\":%s}", in)->status,
	    RH_OK);
	CHECK_INT(lab_do(&f.c, &u, "run_get", "{\"run_id\":%s}", out)->status,
	    RH_ENOENT);
	CHECK_INT(lab_do(&f.c, &r, "run_get", "{\"run_id\":%s}", in)->status,
	    RH_ENOENT);
	CHECK_INT(lab_do(&f.c, &u, "run_cancel", "{\"run_id\":%s}", out)
	    ->status, RH_ENOENT);
	call = lab_must(&f.c, NULL, "run_create", "{\"runner\":\"demo\","
	    "\"queue_name\":\"gpu\",\"labels\":{\"arch\":\"arm64\"}}");
	CHECK_INT(lab_do(&f.c, &r, "run_cancel", "{\"run_id\":%s}",
	    sample_field(call, "run_id"))->status, RH_OK);
	for (i = 0; i < ARRAY_LEN(no_run); i++) {
		call = lab_do(&f.c, &u, no_run[i], "{}");
		if (call->status == RH_OK)
			CHECK(strstr(call->reply.p, "\"items\":[]") != NULL ||
			    strstr(call->reply.p, "\"total_runs\":0") != NULL);
		else
			CHECK_INT(call->status, RH_EPERM);
	}
	CHECK_HAS(lab_must(&f.c, NULL, "grant_list", "{\"grantee\":"
	    "\"user:r\"}")->reply.p, "\"queues\":null,\"labels\":"
	    "{\"arch\":\"arm64\"}");
	field_finish(&f);
}

static void
test_bad_lines(void)
{
	static const char *const bad[] = {
		"\"permission\":\"run_get\",\"queues\":[\"q\"]",
		"\"permission\":\"role:viewer\",\"queues\":[\"q\"]",
		"\"permission\":\"role:runtime\",\"labels\":{\"a\":\"b\"}",
		"\"permission\":\"host.inprocess\",\"queues\":[\"q\"]",
		"\"permission\":\"demo.greet\",\"queues\":[\"q\"]",
		"\"permission\":\"run_claim\",\"queues\":[]",
		"\"permission\":\"run_claim\",\"labels\":{}",
		"\"permission\":\"run_claim\",\"queues\":[\"\"]",
		"\"permission\":\"run_claim\",\"queues\":[1]",
		"\"permission\":\"run_claim\",\"queues\":\"q\"",
		"\"permission\":\"run_claim\",\"queues\":[\"a\\u0000\"]",
		"\"permission\":\"run_claim\",\"labels\":{\"a\":1}",
		"\"permission\":\"run_claim\",\"labels\":{\"\":\"b\"}",
	};
	static const char *const good[] = {
		"run_claim", "run_*", "*", "role:claimer", "role:runtime:admin",
		"role:admin", "role:agent_run:admin",
	};
	struct field f;
	struct call *call;
	size_t i;

	field_start(&f);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		call = lab_do(&f.c, NULL, "grant_add", "{\"grantee\":"
		    "\"user:x\",%s}", bad[i]);
		if (!CHECK_INT(call->status, RH_EINPUT))
			CHECK_STR(bad[i], "refused");
	}
	for (i = 0; i < ARRAY_LEN(good); i++)
		lab_must(&f.c, NULL, "grant_add", "{\"grantee\":\"user:x\","
		    "\"permission\":\"%s\",\"queues\":[\"q\"],"
		    "\"labels\":{\"a\":\"b\"}}", good[i]);
	field_finish(&f);
}

const struct unit_test ledger_claims_tests[] = {
	{ "W1: a run is claimed once, whoever asks in the same batch",
	    test_claimed_once },
	{ "higher priority goes first, then age, over all lines",
	    test_order },
	{ "queue, runtime, labels and runner say who takes a run",
	    test_what_runs_ask_for },
	{ "a stolen token is of no use to another", test_token },
	{ "W13: a claim's token is nowhere but in its reply",
	    test_token_is_hashed },
	{ "a former attempt's token does nothing; W15: leases are bounded",
	    test_fence },
	{ "a lease that is over is lost at once", test_lease_over },
	{ "W4: a started run is renewed and given back like a claimed one",
	    test_no_stuck_run },
	{ "W5: lost claims, deadlines and cancels end their runs",
	    test_zombies },
	{ "a run whose deadline is over isn't handed out", test_over },
	{ "W6, W9: a claim reaches its grant's scope and sees no further",
	    test_scope },
	{ "a grant that names queues or labels claims of these only",
	    test_granted_lines },
	{ "a grant that names queues gives nothing on other runs",
	    test_granted_lines_narrow },
	{ "W10: no queue named isn't any queue; what can't claim takes none",
	    test_bad_lines },
	{ "W8: only one's own runtime claims, while it is there and free",
	    test_another_runtime },
	{ "W18: a heartbeat and a renewal tell of lost leases and cancels",
	    test_told },
	{ "W5: a claim outlives the host", test_restart },
	{ "a silence of the host's makes no lease shorter", test_long_lease },
	{ "runs for others are not looked at", test_flat },
	{ NULL, NULL },
};
