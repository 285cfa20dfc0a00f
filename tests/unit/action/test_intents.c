/*
 * What was begun and whose end isn't known: plugins' actions over a restart,
 * and cancels that come before their run.  And whom a role given within
 * somebody's runs reaches.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "action/attempt.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdio.h>

static struct caller
operator(struct core *c, const char *principal)
{
	lab_must(c, NULL, "grant_add", "{\"grantee\":\"%s\",\"permission\":"
	    "\"run_*\"}", principal);
	lab_must(c, NULL, "grant_add", "{\"grantee\":\"%s\",\"permission\":"
	    "\"op_get\"}", principal);
	lab_must(c, NULL, "grant_add", "{\"grantee\":\"%s\",\"permission\":"
	    "\"demo.*\"}", principal);
	return lab_user(principal);
}

static struct call *
keyed(struct core *c, const struct caller *who, const char *key,
    const char *action, const char *body)
{
	struct call *call = lab_call(c, who, action, "%s", body);

	call->key = arena_strdup(&call->arena, key);
	lab_apply(c, call);
	return call;
}

static void
outcome(struct core *c, struct call *first, rh_status status,
    const char *text)
{
	struct call *call = lab_internal(c, "action_outcome",
	    sizeof(struct outcome_args));

	*(struct outcome_args *)call->args = (struct outcome_args){
		.call = first, .status = status, .error = text,
		.output = str_of(text),
	};
	lab_batch(c, &call, 1);
	CHECK_OK(call->status, &call->err);
}

/* What op_get tells this caller of that call. */
static const char *
ask_op(struct core *c, const struct caller *who, const struct call *call)
{
	char hex[ID_HEX_LEN];

	return lab_must(c, who, "op_get", "{\"op_id\":\"%s\"}",
	    id_hex(&call->op, hex))->reply.p;
}

static int64_t
outcomes(struct core *c)
{
	return lab_number(c, "SELECT count(*) FROM audit WHERE decision = 5");
}

static void
test_unknown(void)
{
	struct core c;
	struct caller alice;
	struct call *call;
	const char *told;

	lab_start(&c);
	alice = operator(&c, "user:alice");
	call = lab_must(&c, &alice, "demo.greet", "{\"name\":\"x\"}");
	CHECK(call->deferred);
	told = ask_op(&c, &alice, call);
	CHECK_HAS(told, "\"decision\":\"intent\"");
	CHECK_HAS(told, "\"outcome\":null");
	lab_restart(&c);
	CHECK_INT(outcomes(&c), 1);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM intent"), 0);
	CHECK_STR(lab_text(&c, "SELECT principal || ' ' || action FROM audit"
	    " WHERE decision = 5"), "user:alice demo.greet");
	told = ask_op(&c, &alice, call);
	CHECK_HAS(told, "\"found\":true");
	CHECK_HAS(told, "\"decision\":\"intent\"");
	CHECK_HAS(told, "\"reason_code\":\"OUTCOME_UNKNOWN\"");
	CHECK(lab_effect(&c, EFFECT_INVOKE, 0) == NULL);
	lab_restart(&c);
	CHECK_INT(outcomes(&c), 1);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* More than one slice of them. */
static void
test_many(void)
{
	struct core c;
	int i;

	lab_start(&c);
	for (i = 0; i < 250; i++)
		lab_must(&c, NULL, "demo.greet", "{}");
	lab_restart(&c);
	CHECK_INT(outcomes(&c), 250);
	CHECK_INT(lab_number(&c, "SELECT count(DISTINCT detail ->> 'intent')"
	    " FROM audit WHERE decision = 5"), 250);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM intent"), 0);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* It is named in the log, stops neither the start nor the others, and waits. */
static void
test_unsettled(void)
{
	struct core c;
	struct caller alice;
	struct call *call;
	int i;

	lab_start(&c);
	alice = operator(&c, "user:alice");
	for (i = 0; i < 120; i++)
		lab_must(&c, NULL, "demo.greet", "{}");
	call = lab_must(&c, &alice, "demo.greet", "{}");
	for (i = 0; i < 120; i++)
		lab_must(&c, NULL, "demo.greet", "{}");
	lab_sql(&c, "CREATE TRIGGER no BEFORE INSERT ON audit WHEN "
	    "NEW.decision = 5 AND NEW.principal = 'user:alice' BEGIN SELECT "
	    "raise(ABORT, 'not this one'); END");
	log_level_set(LOG_ERROR + 1);
	lab_restart(&c);
	log_level_set(LOG_INFO);
	CHECK_INT(outcomes(&c), 240);
	CHECK_STR(lab_text(&c, "SELECT principal FROM intent"), "user:alice");
	CHECK_HAS(ask_op(&c, &alice, call), "\"outcome\":null");
	CORE_CHECK(&c);
	lab_sql(&c, "DROP TRIGGER no");
	lab_restart(&c);
	CHECK_INT(outcomes(&c), 241);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM intent"), 0);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_key_over_restart(void)
{
	struct core c;
	struct caller alice;
	struct call *call;

	lab_start(&c);
	alice = operator(&c, "user:alice");
	CHECK(keyed(&c, &alice, "k", "demo.greet", "{}")->deferred);
	CHECK_INT(keyed(&c, &alice, "k", "demo.greet", "{}")->status,
	    RH_ECONFLICT);
	lab_restart(&c);
	call = keyed(&c, &alice, "k", "demo.greet", "{}");
	CHECK_INT(call->status, RH_EUNKNOWN);
	CHECK_STR(err_reason(call->status)->code, "OUTCOME_UNKNOWN");
	CHECK(!call->deferred);
	CHECK_HAS(call->err.hint, "op_get");
	CHECK_INT(keyed(&c, &alice, "k", "demo.greet",
	    "{\"name\":\"x\"}")->status, RH_EKEYREUSE);
	CHECK(lab_effect(&c, EFFECT_INVOKE, 0) == NULL);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM intent"), 0);
	CHECK(keyed(&c, &alice, "k2", "demo.greet", "{}")->deferred);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_outcome(void)
{
	struct core c;
	struct call *good, *bad;
	const char *told;

	lab_start(&c);
	good = lab_must(&c, NULL, "demo.greet", "{}");
	bad = lab_must(&c, NULL, "demo.greet", "{}");
	outcome(&c, bad, RH_EPLUGIN, "it broke");
	told = ask_op(&c, NULL, good);
	CHECK_HAS(told, "\"outcome\":null");
	outcome(&c, good, RH_OK, "{}");
	told = ask_op(&c, NULL, good);
	CHECK_HAS(told, "\"decision\":\"intent\"");
	CHECK_HAS(told, "\"reason_code\":\"OK\"");
	told = ask_op(&c, NULL, bad);
	CHECK_HAS(told, "it broke");
	CHECK_HAS(told, "\"reason_code\":\"PLUGIN_");
	lab_restart(&c);
	CHECK_INT(outcomes(&c), 2);
	CHECK_HAS(ask_op(&c, NULL, good), "\"reason_code\":\"OK\"");
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* A plugin's words are no other action's outcome. */
static void
test_forged(void)
{
	struct core c;
	struct call *first, *liar;
	char text[200], hex[ID_HEX_LEN];

	lab_start(&c);
	first = lab_must(&c, NULL, "demo.greet", "{}");
	liar = lab_must(&c, NULL, "demo.greet", "{}");
	snprintf(text, sizeof text, "{\"intent\":\"%s\",\"reason_code\":"
	    "\"OK\"}", id_hex(&first->op, hex));
	outcome(&c, liar, RH_EPLUGIN, text);
	outcome(&c, first, RH_EPLUGIN, "the truth");
	CHECK_HAS(ask_op(&c, NULL, first), "the truth");
	lab_fini(&c);
}

static const char *
reason(struct core *c, int64_t run_no)
{
	char sql[100];

	snprintf(sql, sizeof sql, "SELECT reason FROM run_end WHERE run_no ="
	    " %lld", (long long)run_no);
	return lab_text(c, sql);
}

static int64_t
made(const struct call *call)
{
	CHECK_OK(call->status, &call->err);
	return call->result != NULL ?
	    ((const struct run_made *)call->result)->run_no : 0;
}

static void
test_early_cancel(void)
{
	struct core c;
	struct caller alice, bob;
	struct call *call;
	int64_t no;

	lab_start(&c);
	alice = operator(&c, "user:alice");
	bob = operator(&c, "user:bob");
	call = lab_must(&c, &alice, "run_cancel",
	    "{\"idempotency_key\":\"k\",\"reason\":\"enough\"}");
	CHECK_HAS(call->reply.p, "\"remembered\":true");
	lab_offer(&c, 1);
	/* Another's key of the same name is another key. */
	no = made(keyed(&c, &bob, "k", "run_create",
	    "{\"command\":\"/demo\"}"));
	CHECK_STR(lab_state(&c, no), "claimed");
	lab_offer(&c, 1);
	call = keyed(&c, &alice, "k", "run_create", "{\"command\":\"/demo\"}");
	no = made(call);
	CHECK_STR(lab_state(&c, no), "cancelled");
	CHECK_STR(reason(&c, no), "enough");
	CHECK_HAS(call->reply.p, "\"status\":\"cancelled\"");
	CHECK(lab_effect(&c, EFFECT_START, no) == NULL);
	CHECK(lab_effect(&c, EFFECT_ENDED, no) != NULL);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM early_cancel"), 0);
	CHECK_INT(lab_number(&c, "SELECT sum(cancelled) FROM run_count"),
	    1);
	call = keyed(&c, &alice, "k", "run_create", "{\"command\":\"/demo\"}");
	CHECK(call->replayed);
	no = made(keyed(&c, &alice, "k2", "run_create",
	    "{\"command\":\"/demo\"}"));
	CHECK_STR(lab_state(&c, no), "claimed");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_cancel_by_key(void)
{
	struct core c;
	struct caller alice, bob, carl = lab_user("user:carl");
	int64_t no;
	const char *id;
	struct call *call;

	lab_start(&c);
	alice = operator(&c, "user:alice");
	bob = operator(&c, "user:bob");
	no = made(keyed(&c, &alice, "k", "run_create",
	    "{\"command\":\"/demo\"}"));
	/* Bob's cancel is for a run of bob's. */
	lab_must(&c, &bob, "run_cancel", "{\"idempotency_key\":\"k\"}");
	CHECK_STR(lab_state(&c, no), "queued");
	CHECK_INT(lab_do(&c, &carl, "run_cancel",
	    "{\"idempotency_key\":\"k\"}")->status, RH_EPERM);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM early_cancel"), 1);
	lab_run(&c, &alice, "/demo", &id);
	call = lab_do(&c, &alice, "run_cancel", "{\"run_id\":\"%s\","
	    "\"idempotency_key\":\"k\"}", id);
	CHECK_INT(call->status, RH_EINPUT);
	CHECK_STR(lab_state(&c, no), "queued");
	lab_must(&c, &alice, "run_cancel", "{\"idempotency_key\":\"k\"}");
	CHECK_STR(lab_state(&c, no), "cancelled");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run_live"), 1);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* A key of another action made no run. */
static void
test_cancel_by_other_key(void)
{
	struct core c;
	struct caller me = lab_local();
	const char *id;
	int64_t no;
	char body[200];

	lab_start(&c);
	no = lab_run(&c, &me, "/demo", &id);
	snprintf(body, sizeof body, "{\"run_id\":\"%s\",\"scope\":\"actor\","
	    "\"key\":\"x\",\"value\":1}", id);
	CHECK_INT(keyed(&c, &me, "k", "state_set", body)->status, RH_OK);
	lab_must(&c, &me, "run_cancel", "{\"idempotency_key\":\"k\"}");
	CHECK_STR(lab_state(&c, no), "queued");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_early_cancel_ends(void)
{
	struct core c;
	struct caller alice;
	int64_t no;
	int i;

	lab_start(&c);
	alice = operator(&c, "user:alice");
	lab_must(&c, &alice, "run_cancel", "{\"idempotency_key\":\"k\"}");
	lab_must(&c, &alice, "run_cancel", "{\"idempotency_key\":\"l\"}");
	lab_restart(&c);
	no = made(keyed(&c, &alice, "k", "run_create",
	    "{\"command\":\"/demo\"}"));
	CHECK_STR(lab_state(&c, no), "cancelled");
	clock_fake_advance(&c.clock, c.env.idem_us);
	no = made(keyed(&c, &alice, "l", "run_create",
	    "{\"command\":\"/demo\"}"));
	CHECK_STR(lab_state(&c, no), "queued");
	lab_must(&c, &alice, "run_cancel", "{\"idempotency_key\":\"m\"}");
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM early_cancel"), 1);
	/* A slice at a time. */
	for (i = 0; i < 150; i++)
		lab_must(&c, &alice, "run_cancel",
		    "{\"idempotency_key\":\"n%d\"}", i);
	clock_fake_advance(&c.clock, c.env.idem_us);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM early_cancel"), 51);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM early_cancel"), 0);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* A key outlives its run, and the run's number is nobody else's. */
static void
test_key_of_removed(void)
{
	struct core c;
	struct caller alice;
	int64_t no, next;

	lab_start(&c);
	alice = operator(&c, "user:alice");
	lab_must(&c, &alice, "run_cancel", "{\"idempotency_key\":\"k\"}");
	no = made(keyed(&c, &alice, "k", "run_create",
	    "{\"command\":\"/demo\"}"));
	clock_fake_advance(&c.clock, c.env.command_retention_us + US_PER_S);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 0);
	lab_restart(&c);
	next = lab_run(&c, &alice, "/demo", NULL);
	CHECK(next > no);
	CHECK_INT(lab_do(&c, &alice, "run_cancel",
	    "{\"idempotency_key\":\"k\"}")->status, RH_ENOENT);
	CHECK_STR(lab_state(&c, next), "queued");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_role_within_owner(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice"), bob, carl;
	const char *of_bob, *of_carl;
	struct call *call;

	lab_start(&c);
	bob = operator(&c, "user:bob");
	carl = operator(&c, "user:carl");
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"role:operator\",\"owner\":\"user:bob\"}");
	lab_run(&c, &bob, "/demo", &of_bob);
	lab_run(&c, &carl, "/demo", &of_carl);
	call = lab_must(&c, &alice, "run_get", "{\"run_id\":\"%s\"}", of_bob);
	CHECK(call->admin);
	CHECK_INT(lab_do(&c, &alice, "run_get", "{\"run_id\":\"%s\"}",
	    of_carl)->status, RH_ENOENT);
	call = lab_must(&c, &alice, "run_list", "{}");
	CHECK_HAS(call->reply.p, of_bob);
	CHECK(strstr(call->reply.p, of_carl) == NULL);
	CHECK_HAS(call->reply.p, "\"total_count\":1");
	CHECK_HAS(lab_must(&c, &alice, "run_counts", "{}")->reply.p,
	    "\"total_runs\":1");
	CHECK_INT(lab_do(&c, &alice, "run_cancel", "{\"run_id\":\"%s\"}",
	    of_carl)->status, RH_ENOENT);
	lab_must(&c, &alice, "run_cancel", "{\"run_id\":\"%s\"}", of_bob);
	/* Not even runs of its own. */
	CHECK_INT(lab_do(&c, &alice, "run_create",
	    "{\"command\":\"/demo\"}")->status, RH_EPERM);
	CHECK_INT(lab_do(&c, &alice, "audit_list", "{}")->status, RH_EPERM);
	CORE_CHECK(&c);
	lab_fini(&c);
}

const struct unit_test action_intents_tests[] = {
	{ "an action whose end was lost is unknown after a restart",
	    test_unknown },
	{ "many lost ends are settled at one start", test_many },
	{ "one that can't be settled is left for the next start",
	    test_unsettled },
	{ "a key whose end was lost never begins again",
	    test_key_over_restart },
	{ "op_get tells how an action ended", test_outcome },
	{ "a plugin's words are no other action's end", test_forged },
	{ "a cancel that comes first ends its run at once",
	    test_early_cancel },
	{ "a cancel by key is the caller's own", test_cancel_by_key },
	{ "a cancel by the key of another action ends no run",
	    test_cancel_by_other_key },
	{ "a cancel that came first holds over a restart, for a day",
	    test_early_cancel_ends },
	{ "the number of a removed run isn't given again",
	    test_key_of_removed },
	{ "a role given within bob's runs reaches bob's runs only",
	    test_role_within_owner },
	{ NULL, NULL },
};
