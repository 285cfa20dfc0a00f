/*
 * Who may take a run: what asks for a queue, a runtime or labels isn't for the
 * host's own pool, and isn't in its way.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "base/mem.h"

#define ELSEWHERE "\"runner_id\":\"plugin:org.example/far/away\""

static void
test_not_for_the_host(void)
{
	struct core c;
	struct call *call;
	int64_t plain;

	lab_start(&c);
	lab_must(&c, NULL, "run_create", "{\"runner\":\"demo\","
	    "\"priority\":9,\"queue_name\":\"gpu\"}");
	lab_must(&c, NULL, "run_create", "{\"runner\":\"demo\","
	    "\"priority\":9,\"requested_runtime_id\":\"r1\"}");
	lab_must(&c, NULL, "run_create", "{\"runner\":\"demo\","
	    "\"priority\":9,\"labels\":{\"arch\":\"arm64\"}}");
	plain = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 8);
	CHECK_STR(lab_state(&c, plain), "claimed");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run_live"
	    " WHERE state = 2"), 3);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM line"), 4);
	call = lab_must(&c, NULL, "run_list", "{\"status\":\"PENDING\"}");
	CHECK_HAS(call->reply.p, "\"queue_name\":\"gpu\"");
	CHECK_HAS(call->reply.p, "waits for a runtime that claims queue");
	CHECK_HAS(call->reply.p, "waits for runtime \\\"r1\\\"");
	CHECK_HAS(call->reply.p, "\"labels\":{\"arch\":\"arm64\"}");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_runner_elsewhere(void)
{
	struct core c;
	struct call *call;

	lab_start(&c);
	CHECK_INT(lab_do(&c, NULL, "run_create", "{" ELSEWHERE "}")->status,
	    RH_ENOENT);
	call = lab_must(&c, NULL, "run_create", "{" ELSEWHERE
	    ",\"queue_name\":\"q\",\"event_id\":\"e1\"}");
	CHECK_STR(lab_text(&c, "SELECT plugin || ' ' || runner FROM run"),
	    "org.example.far away");
	call = lab_must(&c, NULL, "run_list", "{}");
	CHECK_HAS(call->reply.p, ELSEWHERE);
	CHECK_HAS(call->reply.p, "\"event_id\":\"e1\"");
	CHECK_INT(lab_do(&c, NULL, "run_create", "{\"runner_id\":"
	    "\"plugin:org.example/far\",\"queue_name\":\"q\"}")->status,
	    RH_ENOENT);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_bad_names(void)
{
	static const char *const bodies[] = {
		"\"queue_name\":\"\"", "\"requested_runtime_id\":\"local\"",
		"\"labels\":{\"a\":1}", "\"labels\":{\"\":\"x\"}",
		"\"labels\":[]", "\"queue_name\":7",
	};
	struct core c;
	struct call *call;
	size_t i;

	lab_start(&c);
	for (i = 0; i < ARRAY_LEN(bodies); i++) {
		call = lab_do(&c, NULL, "run_create", "{\"runner\":\"demo\","
		    "%s}", bodies[i]);
		CHECK_INT(call->status, RH_EINPUT);
		CHECK_HAS(call->err.msg, "body.");
	}
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 0);
	lab_fini(&c);
}

/* Label sets are anybody's to invent: there are no more than claims can bear. */
static void
test_lines_are_few(void)
{
	struct core c;
	struct call *call;
	int i;

	lab_start(&c);
	for (i = 0; i < 100; i++)
		lab_must(&c, NULL, "run_create", "{\"runner\":\"demo\","
		    "\"requested_runtime_id\":\"r\",\"queue_name\":\"q%d\"}",
		    i);
	call = lab_do(&c, NULL, "run_create", "{\"runner\":\"demo\","
	    "\"requested_runtime_id\":\"r\",\"queue_name\":\"more\"}");
	CHECK_INT(call->status, RH_ERUNS);
	lab_must(&c, NULL, "run_create", "{\"runner\":\"demo\","
	    "\"requested_runtime_id\":\"r\",\"queue_name\":\"q7\"}");
	lab_must(&c, NULL, "run_cancel", "{\"run_id\":\"%s\"}",
	    lab_text(&c, "SELECT lower(hex(id)) FROM run WHERE run_no = 1"));
	CHECK_INT(lab_sweep(&c), RH_OK);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM line"), 100);
	lab_must(&c, NULL, "run_create", "{\"runner\":\"demo\","
	    "\"requested_runtime_id\":\"r\",\"queue_name\":\"more\"}");
	CORE_CHECK(&c);
	lab_fini(&c);
}

const struct unit_test ledger_lines_tests[] = {
	{ "what asks for a queue, runtime or labels isn't for the host",
	    test_not_for_the_host },
	{ "a runner that nobody here has can be asked for by its whole name",
	    test_runner_elsewhere },
	{ "bad queues, runtimes and labels are refused by name",
	    test_bad_names },
	{ "there are no more lines than a claim can look at",
	    test_lines_are_few },
	{ NULL, NULL },
};
