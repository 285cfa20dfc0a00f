/* The native doors for runs: their bodies, filters and records. */
#include "lib/unit.h"

#include "http/client.h"
#include "http/fake_host.h"

#include <stdio.h>
#include <string.h>

#define EXECUTE "/api/extensions/execute"
#define RUN "/api/runs/" FAKE_RUN

static void
test_execute(void)
{
	struct served s;
	struct fake_seen seen;
	struct answer a;

	served_init(&s, true);
	if (serve(&s)) {
		ask(&s, "POST", EXECUTE, AUTH "Idempotency-Key: abc\r\n",
		    "{\"session_id\":\"s\",\"command\":\" /hello greet\","
		    "\"dry_run\":true,\"metadata\":{\"k\":[1]},"
		    "\"timeout_seconds\":60}", &a);
		fake_seen(s.host, &seen);
		CHECK_INT(a.status, 200);
		CHECK_STR(a.body.p, "{\"run_id\":\"" FAKE_RUN "\","
		    "\"status\":\"PENDING\"}");
		CHECK_STR(answer_header(&a, "X-Op-Id"), &FAKE_RUN[4]);
		CHECK_STR(seen.action, "run_create");
		CHECK_STR(seen.key, "abc");
		CHECK_STR(seen.body, "{\"command\":\" /hello greet\","
		    "\"session_id\":\"s\",\"dry_run\":true,"
		    "\"metadata\":{\"k\":[1]},\"timeout_seconds\":60}");
		answer_fini(&a);
		fake_replay(s.host, true);
		ask(&s, "POST", EXECUTE, AUTH,
		    "{\"session_id\":\"s\",\"command\":\"/x\"}", &a);
		CHECK_HAS(a.body.p, "{\"run_id\":\"" FAKE_RUN "\"");
		answer_fini(&a);
	}
	served_fini(&s);
}

static void
test_execute_refused(void)
{
	static const struct {
		const char *body;
		int	status;
		const char *code, *part;
	} rows[] = {
		{ "", 400, "INVALID_JSON", "" },
		{ "{", 400, "INVALID_JSON", "offset" },
		{ "[]", 422, "INVALID_INPUT", "must be a JSON object" },
		{ "{}", 422, "INVALID_INPUT", "session_id" },
		{ "{\"session_id\":\"s\"}", 422, "INVALID_INPUT", "command" },
		{ "{\"session_id\":1,\"command\":\"/x\"}", 422,
		    "INVALID_INPUT", "session_id" },
		{ "{\"session_id\":\"s\",\"command\":\"/x\",\"color\":1}",
		    422, "INVALID_INPUT", "color" },
		{ "{\"session_id\":\"s\",\"command\":\"/x\","
		    "\"dry_run\":\"yes\"}", 422, "INVALID_INPUT", "dry_run" },
		{ "{\"session_id\":\"s\",\"command\":\"/x\","
		    "\"timeout_seconds\":0}", 422, "INVALID_INPUT",
		    "timeout_seconds" },
		{ "{\"session_id\":\"s\",\"command\":\"/x\","
		    "\"timeout_seconds\":86401}", 422, "INVALID_INPUT",
		    "timeout_seconds" },
		{ "{\"session_id\":\"s\",\"command\":\"/x\","
		    "\"metadata\":[]}", 422, "INVALID_INPUT", "metadata" },
		{ "{\"session_id\":\"s\",\"command\":\"hello\"}", 400,
		    "INVALID_INPUT", "must start with" },
		{ NULL, 0, NULL, NULL },
	};
	struct served s;
	struct answer a;
	char code[64];
	size_t i;

	served_init(&s, false);
	if (serve(&s))
		for (i = 0; rows[i].body != NULL; i++) {
			ask(&s, "POST", EXECUTE, AUTH, rows[i].body, &a);
			CHECK_INT(a.status, rows[i].status);
			snprintf(code, sizeof code, "\"reason_code\":\"%s\"",
			    rows[i].code);
			CHECK_HAS(a.body.p, code);
			CHECK_HAS(a.body.p, rows[i].part);
			answer_fini(&a);
			/* Who has no name is not told what was wrong. */
			ask(&s, "POST", EXECUTE, "", rows[i].body, &a);
			CHECK_INT(a.status, 401);
			answer_fini(&a);
		}
	served_fini(&s);
}

static void
test_metadata_size(void)
{
	struct served s;
	struct answer a;
	struct buf body = { 0 };
	int pad;

	served_init(&s, false);
	for (pad = 16384 - 8; serve(&s) && pad <= 16384 - 7; pad++) {
		buf_clear(&body);
		buf_printf(&body, "{\"session_id\":\"s\",\"command\":\"/x\","
		    "\"metadata\":{\"m\":\"%0*d\"}}", pad, 0);
		ask(&s, "POST", EXECUTE, AUTH, body.p, &a);
		CHECK_INT(a.status, pad == 16384 - 8 ? 200 : 422);
		answer_fini(&a);
		http_stop(s.http);
		s.http = NULL;
	}
	buf_fini(&body);
	served_fini(&s);
}

static void
test_get(void)
{
	struct served s;
	struct answer a, b;

	served_init(&s, true);
	if (serve(&s)) {
		fake_end(s.host);
		ask(&s, "GET", RUN, AUTH, NULL, &a);
		CHECK_INT(a.status, 200);
		CHECK_STR(a.body.p, "{\"run_id\":\"" FAKE_RUN "\","
		    "\"extension_id\":\"hello\",\"action_id\":null,"
		    "\"status\":\"SUCCEEDED\",\"progress_pct\":15,"
		    "\"stages\":[{\"stage\":\"LOADING\",\"progress_pct\":15,"
		    "\"message\":null,"
		    "\"timestamp\":\"2023-11-14T22:13:21.000Z\"}],"
		    "\"current_stage\":\"LOADING\",\"stdout\":\"hi\\n\","
		    "\"stderr\":\"\",\"error\":null,\"status_reason\":null,"
		    "\"metadata\":{\"session_id\":\"s1\","
		    "\"command\":\"/hello greet you\","
		    "\"command_name\":\"/hello\",\"runner\":\"hello\","
		    "\"dry_run\":false,\"mine\":1,\"both\":\"outcome\","
		    "\"out\":[1, 2]},\"exit_code\":0,"
		    "\"created_at\":\"2023-11-14T22:13:20.123Z\","
		    "\"started_at\":\"2023-11-14T22:13:21.000Z\","
		    "\"ended_at\":\"2023-11-14T22:13:22.500Z\","
		    "\"duration_seconds\":1.5,\"truncated\":false,"
		    "\"attempts\":1,\"mode\":null,\"timeout_seconds\":300}");
		ask(&s, "GET", "/api/runs", AUTH, NULL, &b);
		CHECK_HAS(b.body.p, a.body.p);
		CHECK_HAS(b.body.p, "\"total\":12,\"next_cursor\":\"7\"");
		answer_fini(&a);
		answer_fini(&b);
	}
	served_fini(&s);
}

static void
test_get_interrupted(void)
{
	struct served s;
	struct answer a;

	served_init(&s, true);
	if (serve(&s)) {
		ask(&s, "GET", "/api/runs/0192f000-0000-7000-8000-"
		    "0000000000aa", AUTH, NULL, &a);
		CHECK_INT(a.status, 200);
		CHECK_HAS(a.body.p, "\"status\":\"RUNNING\"");
		CHECK_HAS(a.body.p, "\"interrupted\":true");
		CHECK_HAS(a.body.p, "\"exit_code\":null");
		CHECK_HAS(a.body.p, "\"duration_seconds\":null");
		answer_fini(&a);
	}
	served_fini(&s);
}

static void
test_unknown(void)
{
	static const char *const paths[] = { "/api/runs/x",
		"/api/runs/run_00000000000000000000000000000000",
		"/api/runs/%00", "/api/runs/x/events", NULL };
	struct served s;
	struct answer a;
	size_t i;

	served_init(&s, false);
	if (serve(&s)) {
		for (i = 0; paths[i] != NULL; i++) {
			ask(&s, "GET", paths[i], AUTH, NULL, &a);
			CHECK_INT(a.status, 404);
			CHECK_HAS(a.body.p, "NOT_FOUND");
			answer_fini(&a);
		}
		ask(&s, "GET", paths[0], "", NULL, &a);
		CHECK_INT(a.status, 401);
		answer_fini(&a);
	}
	served_fini(&s);
}

static void
test_filters(void)
{
	static const struct {
		const char *query;
		int	status;
		const char *body, *part;
	} rows[] = {
		{ "", 200, "{\"limit\":100}", "" },
		{ "?limit=5&status=FAILED&extension_id=hello&cursor=9", 200,
		    "{\"limit\":5,\"extension_id\":\"hello\","
		    "\"status\":\"FAILED\",\"before_cursor\":\"9\"}", "" },
		{ "?status=failed", 400, NULL, "PENDING, RUNNING, SUCCEEDED" },
		{ "?limit=0", 422, NULL, "limit" },
		{ "?limit=101", 422, NULL, "limit" },
		{ "?limit=x", 422, NULL, "limit" },
		{ "?color=red", 422, NULL, "color" },
		{ NULL, 0, NULL, NULL },
	};
	struct served s;
	struct fake_seen seen;
	struct answer a;
	char path[128];
	size_t i;

	served_init(&s, false);
	if (serve(&s))
		for (i = 0; rows[i].query != NULL; i++) {
			snprintf(path, sizeof path, "/api/runs%s",
			    rows[i].query);
			ask(&s, "GET", path, AUTH, NULL, &a);
			fake_seen(s.host, &seen);
			CHECK_INT(a.status, rows[i].status);
			if (rows[i].body != NULL)
				CHECK_STR(seen.body, rows[i].body);
			CHECK_HAS(a.body.p, rows[i].part);
			answer_fini(&a);
		}
	served_fini(&s);
}

static void
test_cancel(void)
{
	struct served s;
	struct fake_seen seen;
	struct answer a;

	served_init(&s, true);
	if (serve(&s)) {
		ask(&s, "POST", RUN "/cancel", AUTH, "{\"reason\":\"late\"}",
		    &a);
		fake_seen(s.host, &seen);
		CHECK_INT(a.status, 200);
		CHECK_STR(a.body.p, "{\"run_id\":\"" FAKE_RUN "\","
		    "\"status\":\"RUNNING\",\"already_terminal\":false,"
		    "\"cancel_requested\":true}");
		CHECK_STR(seen.body, "{\"run_id\":\"" FAKE_RUN "\","
		    "\"reason\":\"late\"}");
		answer_fini(&a);
		fake_end(s.host);
		ask(&s, "POST", RUN "/cancel", AUTH, NULL, &a);
		CHECK_INT(a.status, 200);
		CHECK_HAS(a.body.p, "\"already_terminal\":true");
		answer_fini(&a);
		ask(&s, "POST", RUN "/cancel", AUTH, "{\"why\":1}", &a);
		CHECK_INT(a.status, 422);
		CHECK_HAS(a.body.p, "why");
		answer_fini(&a);
	}
	served_fini(&s);
}

static void
test_events_page(void)
{
	struct served s;
	struct fake_seen seen;
	struct answer a;
	int i;

	served_init(&s, true);
	for (i = 0; i < 250; i++)
		fake_event(s.host, i == 0 ? "run.created" : "progress",
		    i == 1 ? "{\"phase\":\"planning\",\"span_id\":\"work_1\"}" :
		    "{}");
	if (serve(&s)) {
		ask(&s, "GET", RUN "/events?limit=2", AUTH, NULL, &a);
		CHECK_INT(a.status, 200);
		CHECK_STR(a.body.p, "{\"events\":[{\"event_id\":1,"
		    "\"run_id\":\"" FAKE_RUN "\","
		    "\"event_type\":\"run.created\",\"phase\":null,"
		    "\"actor\":\"host\",\"span_id\":\"main\","
		    "\"parent_span_id\":null,\"seq\":1,\"payload\":{},"
		    "\"created_at\":\"2023-11-14T22:13:20.000Z\"},"
		    "{\"event_id\":2,\"run_id\":\"" FAKE_RUN "\","
		    "\"event_type\":\"progress\",\"phase\":\"planning\","
		    "\"actor\":\"runner\",\"span_id\":\"work_1\","
		    "\"parent_span_id\":null,\"seq\":2,"
		    "\"payload\":{\"phase\":\"planning\","
		    "\"span_id\":\"work_1\"},"
		    "\"created_at\":\"2023-11-14T22:13:20.000Z\"}],"
		    "\"total\":250,\"has_more\":true,\"next_seq\":2}");
		answer_fini(&a);
		ask(&s, "GET", RUN "/events?limit=1000&since_seq=10", AUTH,
		    NULL, &a);
		fake_seen(s.host, &seen);
		CHECK_HAS(a.body.p, "\"seq\":250");
		CHECK_HAS(a.body.p, "\"total\":240,\"has_more\":false,"
		    "\"next_seq\":null}");
		CHECK_INT(seen.pages, 2);
		answer_fini(&a);
		ask(&s, "GET", RUN "/events?since_seq=150", AUTH, NULL, &a);
		CHECK_HAS(a.body.p, "\"total\":100,\"has_more\":false");
		answer_fini(&a);
		ask(&s, "GET", RUN "/events?limit=1001", AUTH, NULL, &a);
		CHECK_INT(a.status, 422);
		answer_fini(&a);
	}
	served_fini(&s);
}

const struct unit_test http_runs_tests[] = {
	{ "execute makes a run and hands its fields on", test_execute },
	{ "execute refuses by field, and only for who may",
	    test_execute_refused },
	{ "metadata may be 16 KiB and not a byte more", test_metadata_size },
	{ "a run's record is the same alone and in a list", test_get },
	{ "an interrupted run runs, and says so", test_get_interrupted },
	{ "what can't be a run is not found", test_unknown },
	{ "filters are checked and handed on", test_filters },
	{ "cancel answers what became of it", test_cancel },
	{ "events come in pages of up to a thousand", test_events_page },
	{ NULL, NULL },
};
