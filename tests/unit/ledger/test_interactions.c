/*
 * Questions to people: asked by an attempt, answered once.
 */
#include "unit/ledger/field.h"
#include "lib/samples.h"
#include "lib/unit.h"

#include "base/mem.h"

#include <runhost/host.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct call *
ask(struct core *c, const char *run, const char *more)
{
	return lab_do(c, NULL, "interaction_create", "{\"run_id\":\"%s\","
	    "\"interaction_id\":\"q\",\"request\":{\"text\":\"go on?\"}%s}",
	    run, more);
}

static struct call *
answer(struct core *c, struct caller *who, const char *run, const char *more)
{
	return lab_do(c, who, "interaction_answer", "{\"run_id\":\"%s\","
	    "\"interaction_id\":\"q\",\"answer\":true%s}", run, more);
}

static const char *
status(struct core *c)
{
	return lab_text(c, "SELECT status || ' ' || ifnull(answer, '-') || ' '"
	    " || ifnull(answered_by, '-') FROM interaction");
}

static void
test_once(void)
{
	struct core c;
	struct call *asked, *first, *second, *calls[2];
	const char *id;

	lab_start(&c);
	lab_run(&c, NULL, "/demo", &id);
	asked = ask(&c, id, "");
	CHECK_INT(asked->status, RH_OK);
	CHECK_HAS(asked->reply.p, "\"status\":\"pending\"");
	CHECK_INT(ask(&c, id, "")->status, RH_ECONFLICT);
	CHECK_INT(lab_number(&c, "SELECT asks FROM run_live"), 1);
	/* Two in one batch: the first of them. */
	first = lab_call(&c, NULL, "interaction_answer", "{\"run_id\":\"%s\","
	    "\"interaction_id\":\"q\",\"answer\":1}", id);
	second = lab_call(&c, NULL, "interaction_answer", "{\"run_id\":\"%s\","
	    "\"interaction_id\":\"q\",\"answer\":2}", id);
	call_prepare(calls[0] = first, c.registry);
	call_prepare(calls[1] = second, c.registry);
	lab_batch(&c, calls, 2);
	CHECK_INT(first->status, RH_OK);
	CHECK_INT(second->status, RH_ESTATE);
	CHECK_HAS(second->err.msg, "submitted");
	CHECK_STR(status(&c), "2 1 local:0");
	CHECK_INT(lab_number(&c, "SELECT asks FROM run_live"), 0);
	CHECK_STR(lab_text(&c, "SELECT group_concat(type) FROM event"),
	    "host.interaction.created,host.interaction.answered");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE action ="
	    " 'interaction_answer' AND decision = 1"), 1);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_token(void)
{
	struct core c;
	struct call *asked, *call;
	struct caller bob, none;
	const char *id, *other, *token;

	lab_start(&c);
	bob = lab_token(&c, "user:bob", "");
	none = lab_anonymous();
	lab_run(&c, NULL, "/demo", &id);
	lab_run(&c, NULL, "/demo", &other);
	asked = ask(&c, id, ",\"actor_id\":\"a\",\"bot_id\":\"b\"");
	token = arena_printf(&asked->arena, ",\"callback_token\":%s",
	    sample_field(asked, "callback_token"));
	CHECK_INT(ask(&c, other, "")->status, RH_OK);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM interaction WHERE"
	    " length(token) = 32 AND instr(request, 'rhi_') = 0"), 2);
	/* Without it, with another, for another run, without an identity. */
	CHECK_INT(answer(&c, &bob, id, "")->status, RH_EPERM);
	CHECK_INT(answer(&c, &bob, id, ",\"callback_token\":\"rhi_00\"")
	    ->status, RH_EPERM);
	CHECK_INT(answer(&c, &bob, other, token)->status, RH_EPERM);
	CHECK_INT(answer(&c, &none, id, token)->status, RH_EAUTH);
	CHECK_INT(answer(&c, NULL, id, ",\"callback_token\":\"rhi_00\"")
	    ->status, RH_EPERM);
	/* It is for an actor and a bot. */
	CHECK_HAS(answer(&c, &bob, id, token)->err.msg, "bot_id");
	call = answer(&c, &bob, id, arena_printf(&asked->arena,
	    "%s,\"actor_id\":\"x\",\"bot_id\":\"b\"", token));
	CHECK_INT(call->status, RH_EPERM);
	CHECK_HAS(call->err.msg, "actor_id");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM interaction WHERE"
	    " status = 1"), 2);
	token = arena_printf(&asked->arena,
	    "%s,\"actor_id\":\"a\",\"bot_id\":\"b\"", token);
	CHECK_INT(answer(&c, &bob, id, token)->status, RH_OK);
	CHECK_INT(answer(&c, &bob, id, token)->status, RH_ESTATE);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE action ="
	    " 'interaction_answer' AND principal = 'user:bob' AND decision"
	    " = 1 AND instr(detail, 'token') > 0"), 1);
	/* The token answers; it doesn't show. */
	CHECK_INT(lab_do(&c, &bob, "interaction_get", "{\"run_id\":\"%s\","
	    "\"interaction_id\":\"q\"}", id)->status, RH_EPERM);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_schema(void)
{
	static const char *const bad[] = {
		",\"schema\":{\"type\":\"number\",\"pattern\":\"x\"}",
		",\"schema\":{\"type\":\"no\"}", ",\"expires_at\":7",
		",\"expires_at\":1800000000,\"expires_in_seconds\":7",
		",\"expires_in_seconds\":0", ",\"expires_in_seconds\":2592001",
		",\"expires_at\":9000000000", ",\"interaction_id\":\"\"",
		",\"processor_type\":\"x\"", ",\"actor_id\":7",
	};
	struct core c;
	struct call *call;
	const char *id;
	size_t i;

	lab_start(&c);
	lab_run(&c, NULL, "/demo", &id);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		call = lab_do(&c, NULL, "interaction_create",
		    "{\"run_id\":\"%s\",\"request\":1%s}", id, bad[i]);
		if (!CHECK_INT(call->status, RH_EINPUT))
			printf("# %s\n", bad[i]);
	}
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM interaction"), 0);
	CHECK_INT(ask(&c, id, ",\"schema\":{\"type\":\"object\",\"required\":"
	    "[\"n\"],\"properties\":{\"n\":{\"type\":\"integer\","
	    "\"maximum\":5}}}")->status, RH_OK);
	call = answer(&c, NULL, id, "");
	CHECK_INT(call->status, RH_EINPUT);
	CHECK_HAS(call->err.msg, "answer:");
	call = lab_do(&c, NULL, "interaction_answer", "{\"run_id\":\"%s\","
	    "\"interaction_id\":\"q\",\"answer\":{\"n\":6}}", id);
	CHECK_INT(call->status, RH_EINPUT);
	CHECK_HAS(call->err.msg, "answer.n");
	call = lab_do(&c, NULL, "interaction_answer", "{\"run_id\":\"%s\","
	    "\"interaction_id\":\"q\"}", id);
	CHECK_INT(call->status, RH_EINPUT);
	CHECK_HAS(call->err.msg, "\"answer\"");
	lab_must(&c, NULL, "interaction_answer", "{\"run_id\":\"%s\","
	    "\"interaction_id\":\"q\",\"answer\":{\"n\":5}}", id);
	call = lab_must(&c, NULL, "interaction_get", "{\"run_id\":\"%s\","
	    "\"interaction_id\":\"q\"}", id);
	CHECK_HAS(call->reply.p, "\"status\":\"submitted\"");
	CHECK_HAS(call->reply.p, "\"answer\":{\"n\":5},\"answered_by\":"
	    "\"local:0\"");
	CHECK(strstr(call->reply.p, "token") == NULL);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_time(void)
{
	struct core c;
	struct call *call;
	const char *id;

	lab_start(&c);
	lab_run(&c, NULL, "/demo", &id);
	CHECK_INT(ask(&c, id, ",\"expires_in_seconds\":10")->status, RH_OK);
	clock_fake_advance(&c.clock, 10 * US_PER_S);
	/* Refused and shown as over, whether a sweep came by or not. */
	call = answer(&c, NULL, id, "");
	CHECK_INT(call->status, RH_ESTATE);
	CHECK_HAS(call->err.msg, "expired");
	call = lab_must(&c, NULL, "interaction_get", "{\"run_id\":\"%s\","
	    "\"interaction_id\":\"q\"}", id);
	CHECK_HAS(call->reply.p, "\"status\":\"expired\"");
	CHECK_STR(status(&c), "1 - -");
	lab_sweep(&c);
	CHECK_STR(status(&c), "3 - -");
	lab_sweep(&c);
	CHECK_STR(lab_text(&c, "SELECT group_concat(type) FROM event"),
	    "host.interaction.created,host.interaction.expired");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE action ="
	    " 'interaction_sweep'"), 1);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_end(void)
{
	struct core c;
	struct call *call;
	const char *id;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", &id);
	lab_offer(&c, 1);
	CHECK_INT(ask(&c, id, "")->status, RH_OK);
	lab_must(&c, NULL, "interaction_create", "{\"run_id\":\"%s\","
	    "\"interaction_id\":\"other\",\"request\":2}", id);
	lab_must(&c, NULL, "interaction_answer", "{\"run_id\":\"%s\","
	    "\"interaction_id\":\"other\",\"answer\":3}", id);
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_COMPLETED), RH_OK);
	CHECK_STR(lab_text(&c, "SELECT group_concat(status, ' ') FROM"
	    " (SELECT status FROM interaction ORDER BY status)"), "2 4");
	call = answer(&c, NULL, id, "");
	CHECK_INT(call->status, RH_ESTATE);
	CHECK_HAS(call->err.msg, "cancelled");
	CHECK_STR(lab_text(&c, "SELECT type FROM event ORDER BY seq DESC"
	    " LIMIT 1"), "host.interaction.cancelled");
	CHECK_INT(lab_number(&c, "SELECT last_seq = (SELECT max(seq) FROM"
	    " event) FROM run_end"), 1);
	CHECK_INT(ask(&c, id, "")->status, RH_ESTATE);
	CORE_CHECK(&c);
	/* With the run, what it asked goes. */
	lab_sql(&c, "UPDATE run_end SET expires = 1");
	lab_sweep(&c);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM interaction"), 0);
	CHECK_INT(lab_number(&c, "SELECT sum(bytes) FROM owner"), 0);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_attempts(void)
{
	struct field f;
	struct call *won, *call;
	struct caller self;
	int64_t no;

	field_start(&f);
	field_make(&f, "");
	CHECK_INT(field_claim(&f, &f.a, "", &won), 1);
	call = field_use(&f, &f.a, "interaction_create", won,
	    ",\"interaction_id\":\"q\",\"request\":null");
	CHECK_INT(call->status, RH_OK);
	call = field_use(&f, &f.a, "interaction_get", won,
	    ",\"interaction_id\":\"q\"");
	CHECK_INT(call->status, RH_OK);
	CHECK_INT(field_use(&f, &f.b, "interaction_get", won,
	    ",\"interaction_id\":\"q\"")->status, RH_EPERM);
	/* Without the claim it takes a permission, which a claimer has not. */
	CHECK_INT(lab_do(&f.c, &f.a, "interaction_get", "{\"run_id\":%s,"
	    "\"interaction_id\":\"q\"}", sample_field(won, "run_id"))->status,
	    RH_EPERM);
	CHECK_INT(field_use(&f, &f.a, "interaction_answer", won,
	    ",\"interaction_id\":\"q\",\"answer\":1")->status, RH_EPERM);
	/* A plugin asks for its own run, and only while it is its own. */
	no = lab_run(&f.c, NULL, "/demo", NULL);
	lab_offer(&f.c, 1);
	self = lab_plugin("plugin:demo", "user:x");
	self.run_no = no;
	self.fence = lab_fence(&f.c, no);
	call = lab_do(&f.c, &self, "interaction_create", "{"
	    "\"interaction_id\":\"q\",\"request\":1}");
	CHECK_INT(call->status, RH_OK);
	CHECK_INT(lab_number(&f.c, "SELECT run_no FROM interaction WHERE"
	    " attempt = 1 AND request = '1'"), no);
	CHECK_INT(lab_do(&f.c, &self, "interaction_get", "{"
	    "\"interaction_id\":\"q\"}")->status, RH_OK);
	CHECK_INT(lab_do(&f.c, &self, "interaction_get", "{\"run_id\":%s,"
	    "\"interaction_id\":\"q\"}", sample_field(won, "run_id"))->status,
	    RH_EPERM);
	CHECK_INT(lab_do(&f.c, &self, "interaction_answer", "{\"run_id\":%s,"
	    "\"interaction_id\":\"q\",\"answer\":1}",
	    sample_field(call, "run_id"))->status, RH_EPERM);
	self.fence++;
	CHECK_INT(lab_do(&f.c, &self, "interaction_get", "{"
	    "\"interaction_id\":\"q\"}")->status, RH_ESTALE);
	field_finish(&f);
}

static void
test_bounds(void)
{
	struct core c;
	const char *id;
	char *big = mem_alloc(70000);
	int i;

	lab_start(&c);
	lab_run(&c, NULL, "/demo", &id);
	memset(big, 'x', 66000);
	big[66000] = '\0';
	CHECK_INT(lab_do(&c, NULL, "interaction_create", "{\"run_id\":\"%s\","
	    "\"request\":\"%s\"}", id, big)->status, RH_ETOOBIG);
	CHECK_INT(ask(&c, id, "")->status, RH_OK);
	CHECK_INT(answer(&c, NULL, id, arena_printf(&lab_must(&c, NULL,
	    "host_ping", "{}")->arena, ",\"status_reason\":\"%.1025s\"",
	    big))->status, RH_EINPUT);
	for (i = 1; i < 100; i++)
		lab_must(&c, NULL, "interaction_create", "{\"run_id\":\"%s\","
		    "\"request\":1}", id);
	CHECK_INT(lab_do(&c, NULL, "interaction_create", "{\"run_id\":\"%s\","
	    "\"request\":1}", id)->status, RH_ERATE);
	CORE_CHECK(&c);
	lab_fini(&c);
	free(big);
}

const struct unit_test ledger_interactions_tests[] = {
	{ "of two who answer one does", test_once },
	{ "a token answers its question, once, and nothing else",
	    test_token },
	{ "questions and answers are checked, the latter by a schema",
	    test_schema },
	{ "a question whose time is over is answered by nobody", test_time },
	{ "the end of a run ends its questions, its removal removes them",
	    test_end },
	{ "an attempt asks for its own run, by its channel or its claim",
	    test_attempts },
	{ "questions are bounded in size and number", test_bounds },
	{ NULL, NULL },
};
