/*
 * What runtimes elsewhere report: events, each once, and how it ended.
 */
#include "unit/ledger/field.h"
#include "lib/samples.h"
#include "lib/unit.h"

#include "base/mem.h"

#include <runhost/host.h>

#include <string.h>

#define PROGRESS(seq, percent) ",\"sequence\":" seq ",\"event_type\":"	\
	"\"progress\",\"data\":{\"stage\":\"A\",\"percent\":" percent "}"

static struct call *
claimed(struct field *f)
{
	struct call *won;

	field_start(f);
	field_make(f, "\"max_attempts\":2");
	CHECK_INT(field_claim(f, &f->a, "", &won), 1);
	return won;
}

static void
test_life(void)
{
	struct field f;
	struct call *won = claimed(&f), *call;

	call = field_use(&f, &f.a, "run_append_result", won,
	    PROGRESS("1", "40"));
	CHECK_INT(call->status, RH_OK);
	CHECK_HAS(call->reply.p, "\"sequence\":1,\"source_sequence\":1");
	CHECK_HAS(call->reply.p, "\"duplicate\":false");
	CHECK_HAS(call->reply.p, "\"source\":\"runner\"");
	CHECK_STR(lab_state(&f.c, 1), "running");
	call = field_use(&f, &f.a, "run_append_result", won, ",\"result\":{"
	    "\"sequence\":2,\"type\":\"output\",\"data\":{\"stream\":"
	    "\"stdout\",\"text\":\"hi\"},\"usage\":{\"tokens\":7}}");
	CHECK_INT(call->status, RH_OK);
	CHECK_HAS(call->reply.p, "\"usage\":{\"tokens\":7}");
	call = field_use(&f, &f.a, "run_finalize", won, ",\"status\":"
	    "\"completed\",\"output\":\" there\",\"usage\":{\"a\":1},"
	    "\"cost\":{\"b\":2},\"metadata\":{\"c\":3}");
	CHECK_INT(call->status, RH_OK);
	CHECK_HAS(call->reply.p, "\"status\":\"completed\"");
	call = lab_must(&f.c, NULL, "run_get", "{\"run_id\":%s}",
	    sample_field(won, "run_id"));
	CHECK_HAS(call->reply.p, "\"usage\":{\"a\":1},\"cost\":{\"b\":2}");
	CHECK_HAS(call->reply.p, "\"result_metadata\":{\"c\":3}");
	CHECK_HAS(call->reply.p, "\"mode\":\"remote\"");
	CHECK_HAS(call->reply.p, "\"claimed_by_runtime_id\":\"ra\"");
	CHECK(strstr(call->reply.p, "\"started_at\":null") == NULL);
	call = lab_must(&f.c, NULL, "run_events_page", "{\"run_id\":%s}",
	    sample_field(won, "run_id"));
	CHECK_HAS(call->reply.p, "\"last_sequence\":2");
	CHECK_HAS(call->reply.p, "\"source_sequence\":2");
	CHECK_INT(lab_number(&f.c, "SELECT count(*) FROM audit WHERE action"
	    " IN ('run_append_result', 'run_finalize')"), 3);
	field_finish(&f);
}

static void
test_once(void)
{
	struct field f;
	struct call *won = claimed(&f), *call;

	CHECK_INT(field_use(&f, &f.a, "run_append_result", won,
	    PROGRESS("5", "40"))->status, RH_OK);
	call = field_use(&f, &f.a, "run_append_result", won,
	    PROGRESS("5", "40"));
	CHECK_INT(call->status, RH_OK);
	CHECK_HAS(call->reply.p, "\"duplicate\":true");
	CHECK_HAS(call->reply.p, "\"sequence\":1,\"source_sequence\":5");
	call = field_use(&f, &f.a, "run_append_result", won,
	    PROGRESS("5", "41"));
	CHECK_INT(call->status, RH_ECONFLICT);
	call = field_use(&f, &f.a, "run_append_result", won,
	    PROGRESS("5", "40") ",\"usage\":{}");
	CHECK_INT(call->status, RH_ECONFLICT);
	/* A number that was left out may still come. */
	CHECK_INT(field_use(&f, &f.a, "run_append_result", won,
	    PROGRESS("3", "50"))->status, RH_OK);
	CHECK_INT(lab_number(&f.c, "SELECT count(*) FROM event"), 2);
	CHECK_INT(lab_number(&f.c, "SELECT percent FROM run_live"), 50);
	field_finish(&f);
}

static void
test_batch(void)
{
	struct field f;
	struct call *won = claimed(&f), *call;

	CHECK_INT(field_use(&f, &f.a, "run_append_result", won,
	    PROGRESS("1", "1"))->status, RH_OK);
	call = field_use(&f, &f.a, "run_append_result", won, ",\"events\":["
	    "{\"sequence\":1,\"type\":\"progress\",\"data\":{\"stage\":"
	    "\"A\",\"percent\":1}},"
	    "{\"sequence\":1,\"type\":\"progress\",\"data\":{\"stage\":"
	    "\"A\",\"percent\":2}},"
	    "{\"sequence\":2,\"type\":\"progress\",\"data\":{\"stage\":"
	    "\"B\",\"percent\":3}},"
	    "{\"sequence\":2,\"type\":\"progress\",\"data\":{\"stage\":"
	    "\"B\",\"percent\":3}}]");
	CHECK_INT(call->status, RH_OK);
	CHECK_HAS(call->reply.p, "{\"source_sequence\":1,\"sequence\":1,"
	    "\"duplicate\":true},{\"source_sequence\":1,\"error\":");
	CHECK_HAS(call->reply.p, "\"reason_code\":\"CONFLICT\"},"
	    "{\"source_sequence\":2,\"sequence\":2,\"duplicate\":false},"
	    "{\"source_sequence\":2,\"sequence\":2,\"duplicate\":true}]");
	CHECK_HAS(call->reply.p, "\"last_sequence\":2");
	CHECK_STR(lab_text(&f.c, "SELECT stage FROM run_live"), "B");
	/* What is stored is found behind another one, too. */
	call = field_use(&f, &f.a, "run_append_result", won, ",\"events\":["
	    "{\"sequence\":2,\"type\":\"progress\",\"data\":{\"stage\":"
	    "\"X\",\"percent\":3}},"
	    "{\"sequence\":2,\"type\":\"progress\",\"data\":{\"stage\":"
	    "\"B\",\"percent\":3}}]");
	CHECK_HAS(call->reply.p, "\"reason_code\":\"CONFLICT\"},"
	    "{\"source_sequence\":2,\"sequence\":2,\"duplicate\":true}]");
	/* One that is wrong in itself: none is taken. */
	call = field_use(&f, &f.a, "run_append_result", won, ",\"events\":["
	    "{\"sequence\":3,\"type\":\"progress\",\"data\":{\"stage\":"
	    "\"C\",\"percent\":1}},{\"sequence\":4,\"type\":\"host.lost\"}]");
	CHECK_INT(call->status, RH_EINPUT);
	CHECK_HAS(call->err.msg, "body.events[1].type");
	CHECK_INT(lab_number(&f.c, "SELECT count(*) FROM event"), 2);
	field_finish(&f);
}

static void
test_types(void)
{
	static const struct { const char *body, *says; } bad[] = {
		{ ",\"sequence\":1,\"event_type\":\"admin.run_claim\"",
		    "event_type" },
		{ ",\"sequence\":1,\"event_type\":\"host.retry\"",
		    "event_type" },
		{ ",\"sequence\":1", "event_type" },
		{ ",\"event_type\":\"run.completed\"", "sequence" },
		{ ",\"sequence\":0,\"event_type\":\"run.completed\"",
		    "sequence" },
		{ ",\"sequence\":-1,\"event_type\":\"run.completed\"",
		    "sequence" },
		{ ",\"sequence\":9223372036854775807,\"event_type\":"
		    "\"run.completed\"", "sequence" },
		{ PROGRESS("1", "101"), "body: data.percent" },
		{ ",\"sequence\":1,\"event_type\":\"tool.call.started\","
		    "\"data\":{\"tool_call_id\":\"a\",\"tool_name\":\"b\","
		    "\"more\":1}", "more" },
		{ ",\"sequence\":1,\"event_type\":\"run.failed\"", "data" },
		{ PROGRESS("1", "1") ",\"source\":\"host\"", "source" },
		{ ",\"result\":{\"sequence\":1,\"type\":\"host.x\"}",
		    "body.result.type" },
		{ ",\"result\":{\"sequence\":0}", "body.result.sequence" },
		{ ",\"result\":{\"sequence\":1,\"type\":\"progress\","
		    "\"data\":{\"stage\":1}}", "body.result: data.stage" },
		{ ",\"events\":[]", "events" },
	};
	struct field f;
	struct call *won = claimed(&f), *call;
	size_t i;

	for (i = 0; i < ARRAY_LEN(bad); i++) {
		call = field_use(&f, &f.a, "run_append_result", won,
		    bad[i].body);
		CHECK_INT(call->status, RH_EINPUT);
		CHECK_HAS(call->err.msg, bad[i].says);
	}
	CHECK_INT(lab_number(&f.c, "SELECT count(*) FROM event"), 0);
	CHECK_INT(field_use(&f, &f.a, "run_append_result", won,
	    ",\"sequence\":1,\"event_type\":\"run.completed\"")->status,
	    RH_OK);
	CHECK_STR(lab_state(&f.c, 1), "running");
	field_finish(&f);
}

#define EVENT(seq, type, data) "{\"sequence\":" seq ",\"type\":\"" type	\
	"\",\"data\":" data "}"

static void
test_checkpoint(void)
{
	static const char *const bad[] = { "{}", "{\"data\":\"Zg\"}",
		"{\"data\":\"Zg==\",\"name\":\"\"}", "{\"data\":7}",
		"{\"data\":\"Zg==\",\"more\":1}", "{\"data\":\"\\u0000\"}" };
	struct field f;
	struct call *won = claimed(&f), *call;
	size_t i;

	CHECK_HAS(won->reply.p, "\"checkpoint\":null");
	call = field_use(&f, &f.a, "run_append_result", won, ",\"events\":["
	    EVENT("1", "checkpoint", "{\"name\":\"one\",\"data\":\"Zm9v\"}")
	    "," EVENT("2", "checkpoint", "{\"data\":\"AP8K\"}")
	    "," EVENT("2", "checkpoint", "{\"data\":\"AP8L\"}") "]");
	CHECK_INT(call->status, RH_OK);
	CHECK_HAS(call->reply.p, "\"reason_code\":\"CONFLICT\"");
	CHECK_HAS(lab_text(&f.c, "SELECT data FROM event WHERE seq = 1"),
	    "{\"name\":\"one\",\"bytes\":3,\"digest\":\"");
	CHECK_STR(lab_text(&f.c, "SELECT group_concat(no || name || hex(data))"
	    " FROM checkpoint"), "1one666F6F,2checkpoint00FF0A");
	/* The same again is none more. */
	call = field_use(&f, &f.a, "run_append_result", won,
	    ",\"sequence\":2,\"type\":\"checkpoint\",\"data\":"
	    "{\"data\":\"AP8K\"}");
	CHECK_HAS(call->reply.p, "\"duplicate\":true");
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		call = field_use(&f, &f.a, "run_append_result", won,
		    arena_printf(&won->arena, ",\"sequence\":3,\"type\":"
		    "\"checkpoint\",\"data\":%s", bad[i]));
		CHECK_INT(call->status, RH_EINPUT);
	}
	CHECK_INT(lab_number(&f.c, "SELECT count(*) FROM checkpoint"), 2);
	/* Who takes the run next goes on from it, also after a drain. */
	lab_must(&f.c, &f.a, "runtime_drain", "{\"runtime_id\":\"ra\"}");
	CHECK_INT(field_use(&f, &f.a, "run_release_claim", won, "")->status,
	    RH_OK);
	CHECK_INT(field_claim(&f, &f.b, "", &won), 1);
	CHECK_HAS(won->reply.p, "\"attempt\":1");
	CHECK_HAS(won->reply.p, "\"checkpoint\":{\"name\":\"checkpoint\","
	    "\"number\":2,\"data\":\"AP8K\"}");
	field_finish(&f);
}

#define VALUE(seq, scope, value) EVENT(seq, "state.updated", "{\"scope\":\"" \
	scope "\",\"key\":\"k\",\"value\":" value "}")

static void
test_values(void)
{
	struct field f;
	struct call *won = claimed(&f), *call;

	call = field_use(&f, &f.a, "run_append_result", won, ",\"events\":["
	    VALUE("1", "actor", "{\"a\":[1]}") ","
	    VALUE("2", "conversation", "1") ","
	    VALUE("2", "conversation", "1") ","
	    VALUE("3", "runner", "7") "]");
	CHECK_INT(call->status, RH_OK);
	CHECK_HAS(call->reply.p, "{\"source_sequence\":2,\"error\":\"the run "
	    "has no session that state could belong to\"");
	CHECK_HAS(call->reply.p, "{\"source_sequence\":3,\"sequence\":2,"
	    "\"duplicate\":false}]");
	CHECK_INT(lab_number(&f.c, "SELECT count(*) FROM event"), 2);
	CHECK_STR(lab_text(&f.c, "SELECT group_concat(value, ' ') FROM (SELECT"
	    " value FROM plugin_state ORDER BY value)"), "7 {\"a\":[1]}");
	/* The same again doesn't set it again. */
	call = field_use(&f, &f.a, "run_append_result", won, ",\"events\":["
	    VALUE("4", "runner", "8") "," VALUE("3", "runner", "7") "]");
	CHECK_HAS(call->reply.p, "\"duplicate\":true");
	CHECK_INT(lab_number(&f.c, "SELECT count(*) FROM plugin_state WHERE"
	    " value = '8'"), 1);
	/* Alone: the call's own failure, and no event. */
	call = field_use(&f, &f.a, "run_append_result", won,
	    ",\"sequence\":5,\"type\":\"state.updated\",\"data\":{"
	    "\"scope\":\"subject\",\"key\":\"k\",\"value\":1}");
	CHECK_INT(call->status, RH_ESTATE);
	call = field_use(&f, &f.a, "run_append_result", won,
	    ",\"sequence\":5,\"type\":\"state.updated\",\"data\":{"
	    "\"scope\":\"subject\",\"subject_id\":\"s\",\"key\":\"k\","
	    "\"value\":null}");
	CHECK_INT(call->status, RH_OK);
	call = field_use(&f, &f.a, "run_append_result", won,
	    ",\"sequence\":6,\"type\":\"state.updated\",\"data\":{"
	    "\"scope\":\"runner\",\"key\":\"\",\"value\":1}");
	CHECK_INT(call->status, RH_EINPUT);
	CHECK_HAS(call->err.msg, "key");
	CHECK_INT(lab_number(&f.c, "SELECT count(*) FROM event"), 4);
	field_finish(&f);
}

static void
test_others(void)
{
	static const char call_started[] = "\"sequence\":1,\"event_type\":"
	    "\"action.requested\",\"data\":{\"action\":\"x\"}";
	struct field f;
	struct call *won = claimed(&f), *call;
	struct caller alice = lab_token(&f.c, "user:alice",
	    ",\"role\":\"operator\"");
	const char *id;

	/* An admin, without the claim: only what has no effect. */
	call = lab_do(&f.c, NULL, "run_append_result", "{\"run_id\":%s%s}",
	    sample_field(won, "run_id"), PROGRESS("1", "1"));
	CHECK_INT(call->status, RH_EPERM);
	call = lab_must(&f.c, NULL, "run_append_result",
	    "{\"run_id\":%s,%s}", sample_field(won, "run_id"), call_started);
	CHECK_HAS(call->reply.p, "\"source\":\"caller\"");
	CHECK_STR(lab_state(&f.c, 1), "claimed");
	/* The owner of a run that somebody holds: nothing. */
	lab_must(&f.c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"role:claimer\"}");
	lab_run(&f.c, &alice, "/demo", &id);
	CHECK_INT(lab_do(&f.c, &alice, "run_append_result",
	    "{\"run_id\":\"%s\",%s}", id, call_started)->status, RH_OK);
	CHECK_INT(field_claim(&f, &f.a, "", NULL), 2);
	CHECK_INT(lab_do(&f.c, &alice, "run_append_result",
	    "{\"run_id\":\"%s\",%s}", id, call_started)->status, RH_EPERM);
	CHECK_INT(lab_do(&f.c, &alice, "run_finalize", "{\"run_id\":\"%s\","
	    "\"status\":\"completed\"}", id)->status, RH_EPERM);
	/* The caller's numbers are its own. */
	call = field_use(&f, &f.a, "run_append_result", won,
	    PROGRESS("1", "1"));
	CHECK_INT(call->status, RH_OK);
	CHECK_HAS(call->reply.p, "\"duplicate\":false");
	CHECK_INT(field_use(&f, &f.b, "run_append_result", won,
	    PROGRESS("2", "1"))->status, RH_EPERM);
	field_finish(&f);
}

static void
test_ends(void)
{
	struct field f;
	struct call *won = claimed(&f), *call;

	CHECK_INT(field_use(&f, &f.a, "run_finalize", won,
	    ",\"status\":\"running\"")->status, RH_EINPUT);
	CHECK_INT(field_use(&f, &f.b, "run_finalize", won,
	    ",\"status\":\"completed\"")->status, RH_EPERM);
	call = field_use(&f, &f.a, "run_finalize", won, ",\"status\":"
	    "\"failed\",\"error\":\"no\",\"status_reason\":\"why\"");
	CHECK_INT(call->status, RH_OK);
	CHECK_HAS(call->reply.p, "\"status_reason\":\"why\"");
	call = field_use(&f, &f.a, "run_finalize", won,
	    ",\"status\":\"failed\",\"error\":\"other\"");
	CHECK_INT(call->status, RH_OK);
	CHECK_HAS(call->reply.p, "\"already_terminal\":true");
	CHECK_HAS(call->reply.p, "\"error\":\"no\"");
	CHECK_INT(field_use(&f, &f.a, "run_finalize", won,
	    ",\"status\":\"completed\"")->status, RH_ESTATE);
	CHECK_INT(field_use(&f, &f.a, "run_append_result", won,
	    PROGRESS("1", "1"))->status, RH_ESTALE);
	CHECK_STR(lab_state(&f.c, 1), "failed");
	field_finish(&f);
}

static void
test_retry(void)
{
	struct field f;
	struct call *won = claimed(&f), *second;

	CHECK_INT(field_use(&f, &f.a, "run_append_result", won,
	    PROGRESS("1", "1"))->status, RH_OK);
	CHECK_INT(field_use(&f, &f.a, "run_finalize", won, ",\"status\":"
	    "\"failed\",\"error\":\"no\",\"retryable\":true")->status, RH_OK);
	CHECK_STR(lab_state(&f.c, 1), "queued");
	CHECK_INT(field_use(&f, &f.a, "run_append_result", won,
	    PROGRESS("2", "1"))->status, RH_ESTALE);
	lab_pass(&f.c, 30);
	CHECK_INT(field_claim(&f, &f.a, "", &second), 1);
	CHECK_HAS(second->reply.p, "\"attempt_reason\":\"retry\"");
	/* The same number in another attempt is another event. */
	CHECK_INT(field_use(&f, &f.a, "run_append_result", won,
	    PROGRESS("1", "1"))->status, RH_EPERM);
	CHECK_INT(field_use(&f, &f.a, "run_append_result", second,
	    PROGRESS("1", "2"))->status, RH_OK);
	CHECK_INT(field_use(&f, &f.a, "run_finalize", second,
	    ",\"status\":\"cancelled\"")->status, RH_OK);
	CHECK_STR(lab_state(&f.c, 1), "failed");
	field_finish(&f);
}

static void
test_backoff(void)
{
	struct field f;
	struct call *won = claimed(&f), *call;
	int64_t wait;

	f.c.env.backoff_us = 10 * US_PER_S;
	lab_restart(&f.c);
	CHECK_INT(field_use(&f, &f.a, "run_finalize", won, ",\"status\":"
	    "\"failed\",\"retryable\":true")->status, RH_OK);
	wait = lab_number(&f.c, "SELECT hold - updated FROM run_live");
	CHECK(wait >= 5 * US_PER_S && wait <= 10 * US_PER_S);
	call = lab_must(&f.c, NULL, "run_get", "{\"run_id\":%s}",
	    sample_field(won, "run_id"));
	CHECK_HAS(call->reply.p, "\"status_reason\":\"waits after");
	CHECK(strstr(call->reply.p, "\"not_before\":null") == NULL);
	/* Neither a runtime nor the host takes it before. */
	field_make(&f, "\"priority\":-9");
	lab_offer(&f.c, 1);
	CHECK_STR(lab_state(&f.c, 1), "queued");
	CHECK_STR(lab_state(&f.c, 2), "claimed");
	CHECK_INT(field_claim(&f, &f.a, "", NULL), 0);
	CHECK_INT(lab_finish(&f.c, 2, lab_fence(&f.c, 2), RH_COMPLETED),
	    RH_OK);
	lab_restart(&f.c);
	CHECK_INT(field_claim(&f, &f.a, "", NULL), 0);
	lab_pass(&f.c, 15);
	CHECK_INT(field_claim(&f, &f.a, "", NULL), 1);
	field_finish(&f);
}

/* Its deadline and a cancel end a run that is held back, too. */
static void
test_held_back(void)
{
	struct field f;
	struct call *won;

	field_start(&f);
	f.c.env.backoff_us = 60 * US_PER_S;
	lab_restart(&f.c);
	field_make(&f, "\"max_attempts\":9,\"deadline_at\":1800000020");
	field_make(&f, "\"max_attempts\":9");
	CHECK_INT(field_claim(&f, &f.a, "", &won), 1);
	CHECK_INT(field_use(&f, &f.a, "run_finalize", won,
	    ",\"status\":\"timeout\"")->status, RH_OK);
	CHECK_INT(field_claim(&f, &f.a, "", &won), 2);
	CHECK_INT(field_use(&f, &f.a, "run_finalize", won,
	    ",\"status\":\"timeout\"")->status, RH_OK);
	lab_must(&f.c, NULL, "run_cancel", "{\"run_id\":%s}",
	    sample_field(won, "run_id"));
	lab_pass(&f.c, 25);
	CHECK_STR(lab_state(&f.c, 1), "timeout");
	CHECK_STR(lab_state(&f.c, 2), "cancelled");
	field_finish(&f);
}

static void
test_admin_ends(void)
{
	struct field f;
	struct call *won = claimed(&f);

	CHECK_INT(lab_do(&f.c, NULL, "run_finalize", "{\"run_id\":%s,"
	    "\"status\":\"timeout\",\"reason\":\"enough\"}",
	    sample_field(won, "run_id"))->status, RH_OK);
	CHECK_STR(lab_state(&f.c, 1), "timeout");
	CHECK_INT(field_use(&f, &f.a, "run_renew_claim", won, "")->status,
	    RH_ESTALE);
	field_make(&f, "");
	CHECK_INT(lab_do(&f.c, NULL, "run_finalize", "{\"run_id\":\"%s\","
	    "\"status\":\"completed\"}", lab_text(&f.c, "SELECT "
	    "lower(hex(id)) FROM run WHERE run_no = 2"))->status, RH_ESTATE);
	field_finish(&f);
}

static void
test_sizes(void)
{
	struct field f;
	struct call *won = claimed(&f), *call;
	const char *big = lab_text(&f.c, "SELECT hex(zeroblob(600000))");

	call = field_use(&f, &f.a, "run_append_result", won,
	    arena_printf(&won->arena, ",\"sequence\":1,\"event_type\":"
	    "\"output\",\"data\":{\"stream\":\"stdout\",\"text\":\"%s\"}",
	    big));
	CHECK_INT(call->status, RH_ETOOBIG);
	call = field_use(&f, &f.a, "run_append_result", won,
	    arena_printf(&won->arena, PROGRESS("1", "1")
	    ",\"metadata\":{\"a\":\"%.17000s\"}", big));
	CHECK_INT(call->status, RH_ETOOBIG);
	call = field_use(&f, &f.a, "run_finalize", won,
	    arena_printf(&won->arena, ",\"status\":\"completed\",\"output\":"
	    "\"%s\"", big));
	CHECK_INT(call->status, RH_ETOOBIG);
	call = field_use(&f, &f.a, "run_finalize", won,
	    arena_printf(&won->arena, ",\"status\":\"completed\",\"cost\":"
	    "{\"a\":\"%.17000s\"}", big));
	CHECK_INT(call->status, RH_EINPUT);
	CHECK_STR(lab_state(&f.c, 1), "claimed");
	field_finish(&f);
}

const struct unit_test ledger_append_tests[] = {
	{ "claim, events and end of a runtime elsewhere are its run's",
	    test_life },
	{ "W14: an event comes once; another under its number is refused",
	    test_once },
	{ "of a batch each event has its verdict", test_batch },
	{ "types are checked, and the host's are the host's", test_types },
	{ "a checkpoint is kept once, and given to the next attempt",
	    test_checkpoint },
	{ "W14: a value is set once, by its event, or neither is there",
	    test_values },
	{ "who holds no claim writes little, and nothing of a held run",
	    test_others },
	{ "W1: the first end stays, and nothing comes after it", test_ends },
	{ "a retry has numbers of its own, and the former none",
	    test_retry },
	{ "a run waits before its next attempt, over a restart, too",
	    test_backoff },
	{ "a run that waits so ends by its deadline or a cancel",
	    test_held_back },
	{ "an admin ends a held run, and its claim with it",
	    test_admin_ends },
	{ "W15: events, usage, cost and output are bounded", test_sizes },
	{ NULL, NULL },
};
