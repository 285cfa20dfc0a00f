/*
 * What every call meets: admission, idempotency keys, the record, batches.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "action/action.h"
#include "base/mem.h"
#include "plugin/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct caller
operator(struct core *c, const char *principal)
{
	lab_must(c, NULL, "grant_add", "{\"grantee\":\"%s\",\"permission\":"
	    "\"role:operator\"}", principal);
	return lab_user(principal);
}

/* The row of the call in the audit log: "decision target detail". */
static const char *
row_of(struct core *c, const struct call *call)
{
	char sql[300], hex[ID_HEX_LEN];

	snprintf(sql, sizeof sql, "SELECT decision || ' ' || "
	    "ifnull(target, '-') || ' ' || ifnull(detail, '-') FROM audit "
	    "WHERE hex(op) = upper('%s') ORDER BY seq DESC",
	    id_hex(&call->op, hex));
	return lab_text(c, sql);
}

static void
test_unknown_action(void)
{
	struct core c;
	struct caller alice, nobody = lab_anonymous();
	struct call *call;

	lab_start(&c);
	alice = operator(&c, "user:alice");
	call = lab_do(&c, &alice, "run_frobnicate", "{}");
	CHECK_INT(call->status, RH_ENOENT);
	CHECK_HAS(row_of(&c, call), "2 - ");
	call = lab_do(&c, &nobody, "run_frobnicate", "{}");
	CHECK_INT(call->status, RH_EAUTH);
	/* The host's own actions are nobody's. */
	call = lab_do(&c, NULL, "slots_offer", "{}");
	CHECK_INT(call->status, RH_ENOENT);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_hidden(void)
{
	struct core c;
	struct caller alice, bob;
	struct call *call;
	const char *id = NULL;
	char none[] = "run_00000000000000000000000000000000";
	char real[512];

	lab_start(&c);
	alice = operator(&c, "user:alice");
	bob = operator(&c, "user:bob");
	lab_run(&c, &alice, "/demo", &id);
	call = lab_do(&c, &bob, "run_get", "{\"run_id\":\"%s\"}", id);
	CHECK_INT(call->status, RH_ENOENT);
	snprintf(real, sizeof real, "%s", call->err.msg);
	call = lab_do(&c, &bob, "run_get", "{\"run_id\":\"%s\"}", none);
	CHECK_INT(call->status, RH_ENOENT);
	CHECK_UINT(strlen(call->err.msg), strlen(real));
	call = lab_do(&c, &bob, "run_cancel", "{\"run_id\":\"%s\"}", id);
	CHECK_INT(call->status, RH_ENOENT);
	call = lab_do(&c, &bob, "run_list", "{}");
	CHECK_HAS(call->reply.p, "\"items\":[]");
	CHECK_HAS(call->reply.p, "\"total_count\":0");
	lab_fini(&c);
}

static void
test_run_id(void)
{
	struct core c;
	struct caller bob = lab_user("user:bob");
	struct call *call;
	struct id parsed;
	const char *id = NULL;
	char uuid[ID_UUID_LEN];

	lab_start(&c);
	CHECK_INT(lab_do(&c, NULL, "run_get", "{}")->status, RH_EINPUT);
	CHECK_INT(lab_do(&c, NULL, "run_cancel", "{}")->status, RH_EINPUT);
	CHECK_INT(lab_do(&c, NULL, "run_events_page", "{}")->status,
	    RH_EINPUT);
	/* Who may not, isn't told what is wrong. */
	CHECK_INT(lab_do(&c, &bob, "run_cancel", "{}")->status, RH_EPERM);
	CHECK_INT(lab_do(&c, NULL, "run_get", "{\"run_id\":\"x\"}")->status,
	    RH_ENOENT);
	CHECK_INT(lab_do(&c, NULL, "run_get", "{\"run_id\":7}")->status,
	    RH_EINPUT);
	lab_run(&c, NULL, "/demo", &id);
	CHECK(id_parse(str_of(id), &parsed));
	call = lab_must(&c, NULL, "run_events_page", "{\"run_id\":\"%s\"}",
	    id_uuid(&parsed, uuid));
	CHECK_STR(call->target, id);
	call = lab_must(&c, NULL, "run_cancel", "{\"target_run_id\":\"%s\"}",
	    uuid);
	CHECK_HAS(row_of(&c, call), id);
	lab_fini(&c);
}

static void
test_identity_field(void)
{
	struct core c;
	struct caller demo = { .kind = CALLER_PLUGIN,
	    .principal = "plugin:demo", .source = "worker" };
	struct call *call;

	lab_start(&c);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"plugin:demo\","
	    "\"permission\":\"run_*\"}");
	lab_must(&c, &demo, "run_counts",
	    "{\"caller_plugin_identity\":\"plugin:demo\"}");
	call = lab_do(&c, &demo, "run_create", "{\"command\":\"/demo\","
	    "\"caller_plugin_identity\":\"plugin:other\"}");
	CHECK_INT(call->status, RH_EPERM);
	CHECK_HAS(row_of(&c, call), "caller_plugin_identity");
	CHECK_HAS(row_of(&c, call), "2 - ");
	call = lab_do(&c, NULL, "host_ping",
	    "{\"caller_plugin_identity\":\"system\"}");
	CHECK_INT(call->status, RH_EPERM);
	lab_fini(&c);
}

static void
test_input(void)
{
	struct core c;
	struct call *call;

	lab_start(&c);
	call = lab_do(&c, NULL, "run_create", "{\"command\":\"/demo\",");
	CHECK_INT(call->status, RH_EJSON);
	CHECK_HAS(row_of(&c, call), "3 - ");
	CHECK_INT(lab_do(&c, NULL, "run_create", "[]")->status, RH_EINPUT);
	CHECK_INT(lab_do(&c, NULL, "run_create", "{}")->status, RH_EINPUT);
	CHECK_INT(lab_do(&c, NULL, "run_create",
	    "{\"command\":\"/demo\",\"nonsense\":1}")->status, RH_EINPUT);
	CHECK_INT(lab_do(&c, NULL, "run_create",
	    "{\"command\":\"demo\"}")->status, RH_EREQUEST);
	CHECK_INT(lab_do(&c, NULL, "run_create",
	    "{\"command\":\"/nope\"}")->status, RH_ENOENT);
	CHECK_INT(lab_do(&c, NULL, "run_create",
	    "{\"command\":\"/strict jump\"}")->status, RH_ENOENT);
	CHECK_INT(lab_do(&c, NULL, "run_create",
	    "{\"runner\":\"nobody\"}")->status, RH_ENOENT);
	CHECK_INT(lab_do(&c, NULL, "run_list",
	    "{\"status\":\"DONE\"}")->status, RH_EREQUEST);
	CHECK_INT(lab_do(&c, NULL, "run_list",
	    "{\"before_cursor\":\"x\"}")->status, RH_EINPUT);
	CHECK_INT(lab_do(&c, NULL, "run_list", "{\"limit\":\"9\"}")->status,
	    RH_EINPUT);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 0);
	CORE_CHECK(&c);
	lab_fini(&c);
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
test_replay(void)
{
	struct core c;
	struct caller alice, bob;
	struct call *first, *again;

	lab_start(&c);
	alice = operator(&c, "user:alice");
	bob = operator(&c, "user:bob");
	first = keyed(&c, &alice, "k", "run_create",
	    "{\"command\":\"/demo\",\"priority\":1}");
	CHECK_OK(first->status, &first->err);
	/* Another spelling of the same body. */
	again = keyed(&c, &alice, "k", "run_create",
	    "{ \"priority\":1, \"command\":\"/d\\u0065mo\" }");
	CHECK_OK(again->status, &again->err);
	CHECK(again->replayed);
	CHECK_STR(again->reply.p, first->reply.p);
	CHECK_HAS(row_of(&c, again), "replayed");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 1);
	again = keyed(&c, &alice, "k", "run_create",
	    "{\"command\":\"/demo\",\"priority\":2}");
	CHECK_INT(again->status, RH_EKEYREUSE);
	/* Another action, another principal. */
	again = keyed(&c, &alice, "k", "run_cancel", "{\"run_id\":\"x\"}");
	CHECK_INT(again->status, RH_ENOENT);
	again = keyed(&c, &bob, "k", "run_create",
	    "{\"command\":\"/demo\",\"priority\":1}");
	CHECK_OK(again->status, &again->err);
	CHECK(!again->replayed);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_replay_later(void)
{
	struct core c;
	struct caller alice;
	struct call *again;
	const char *body = "{\"command\":\"/demo\"}";

	lab_start(&c);
	alice = operator(&c, "user:alice");
	keyed(&c, &alice, "k", "run_create", body);
	lab_restart(&c);
	again = keyed(&c, &alice, "k", "run_create", body);
	CHECK(again->replayed);
	/* The right is asked for again. */
	lab_must(&c, NULL, "grant_remove", "{\"grant_id\":\"1\"}");
	again = keyed(&c, &alice, "k", "run_create", body);
	CHECK_INT(again->status, RH_EPERM);
	operator(&c, "user:alice");
	clock_fake_advance(&c.clock, 86401 * US_PER_S);
	again = keyed(&c, &alice, "k", "run_create", body);
	CHECK_OK(again->status, &again->err);
	CHECK(!again->replayed);
	clock_fake_advance(&c.clock, 86401 * US_PER_S);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM idem"), 0);
	lab_fini(&c);
}

/* The same with no plugin at all. */
static struct call *
keyed_without(struct core *c, const struct caller *who, const char *key,
    const char *action, const char *body)
{
	struct call *call = lab_call(c, who, action, "%s", body);
	struct registry *none = registry_new();

	call->key = arena_strdup(&call->arena, key);
	call_prepare(call, none);
	lab_apply(c, call);
	registry_free(none);
	return call;
}

static void
test_replay_gone(void)
{
	static const char body[] = "{\"command\":\"/demo\"}";
	struct caller alice = lab_user("user:alice");
	struct call *first, *again;
	struct core c;

	lab_start(&c);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"run_create\",\"runner\":\"demo\"}");
	first = keyed(&c, &alice, "k", "run_create", body);
	again = keyed_without(&c, &alice, "k", "run_create", body);
	CHECK_OK(again->status, &again->err);
	CHECK(again->replayed);
	CHECK_STR(again->reply.p, first->reply.p);
	/* What wasn't answered is refused as before. */
	again = keyed_without(&c, NULL, "k", "run_create", body);
	CHECK_INT(again->status, RH_ENOENT);
	again = keyed_without(&c, &alice, "k", "run_create", "{\"comm");
	CHECK_INT(again->status, RH_EPERM);
	lab_must(&c, NULL, "grant_remove", "{\"grant_id\":\"1\"}");
	again = keyed_without(&c, &alice, "k", "run_create", body);
	CHECK_INT(again->status, RH_EPERM);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_replay_gone_action(void)
{
	struct caller alice = lab_user("user:alice");
	struct outcome_args *args;
	struct call *first, *again, *outcome;
	struct core c;

	lab_start(&c);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"demo.greet\"}");
	again = keyed_without(&c, &alice, "k", "demo.greet", "{}");
	CHECK_INT(again->status, RH_ENOENT);
	first = keyed(&c, &alice, "k", "demo.greet", "{}");
	CHECK_OK(first->status, &first->err);
	outcome = lab_internal(&c, "action_outcome", sizeof *args);
	args = outcome->args;
	*args = (struct outcome_args){ .call = first, .output = STR("{}") };
	lab_apply(&c, outcome);
	again = keyed_without(&c, &alice, "k", "demo.greet", "{}");
	CHECK_OK(again->status, &again->err);
	CHECK(again->replayed);
	again = keyed_without(&c, NULL, "k", "demo.greet", "{}");
	CHECK_INT(again->status, RH_ENOENT);
	lab_must(&c, NULL, "grant_remove", "{\"grant_id\":\"1\"}");
	again = keyed_without(&c, &alice, "k", "demo.greet", "{}");
	CHECK_INT(again->status, RH_EPERM);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_key_refused(void)
{
	struct core c;
	struct call *call;
	char key[300];

	lab_start(&c);
	call = keyed(&c, NULL, "k", "token_create",
	    "{\"principal\":\"user:alice\"}");
	CHECK_INT(call->status, RH_EINPUT);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM token"), 0);
	memset(key, 'k', sizeof key - 1);
	key[sizeof key - 1] = '\0';
	call = keyed(&c, NULL, key, "run_create", "{\"command\":\"/demo\"}");
	CHECK_INT(call->status, RH_EINPUT);
	lab_fini(&c);
}

static void
test_key_in_batch(void)
{
	struct core c;
	struct call *calls[2];
	size_t i;

	lab_start(&c);
	for (i = 0; i < 2; i++) {
		calls[i] = lab_call(&c, NULL, "run_create",
		    "{\"command\":\"/demo\"}");
		calls[i]->key = "same";
		call_prepare(calls[i], c.registry);
	}
	CHECK(lab_batch(&c, calls, 2));
	CHECK(calls[1]->replayed);
	CHECK_STR(calls[1]->reply.p, calls[0]->reply.p);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 1);
	lab_fini(&c);
}

static void
test_revoked_in_batch(void)
{
	struct core c;
	struct caller alice;
	struct call *calls[3];
	size_t i;

	lab_start(&c);
	alice = operator(&c, "user:alice");
	calls[0] = lab_call(&c, &alice, "run_create",
	    "{\"command\":\"/demo\"}");
	calls[1] = lab_call(&c, NULL, "grant_remove",
	    "{\"grant_id\":\"1\"}");
	calls[2] = lab_call(&c, &alice, "run_create",
	    "{\"command\":\"/demo\"}");
	for (i = 0; i < 3; i++)
		call_prepare(calls[i], c.registry);
	CHECK(lab_batch(&c, calls, 3));
	CHECK_INT(calls[0]->status, RH_OK);
	CHECK_INT(calls[1]->status, RH_OK);
	CHECK_INT(calls[2]->status, RH_EPERM);
	CHECK(lab_effect(&c, EFFECT_POLICY, 0) != NULL);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* Every row's op id is above that of the row before, or the same. */
static int64_t
ops_out_of_order(struct core *c)
{
	return lab_number(c, "SELECT count(*) FROM audit a JOIN audit b ON "
	    "b.seq = a.seq + 1 WHERE b.op < a.op");
}

static void
test_op_get(void)
{
	struct core c;
	struct caller alice, bob;
	struct call *call, *op;
	char hex[ID_HEX_LEN];

	lab_start(&c);
	alice = operator(&c, "user:alice");
	bob = operator(&c, "user:bob");
	call = lab_must(&c, &alice, "run_create", "{\"command\":\"/demo\"}");
	lab_offer(&c, 1);
	lab_run(&c, NULL, "/demo", NULL);
	id_hex(&call->op, hex);
	op = lab_must(&c, &alice, "op_get", "{\"op_id\":\"%s\"}", hex);
	CHECK_HAS(op->reply.p, "\"found\":true");
	CHECK_HAS(op->reply.p, "\"action\":\"run_create\"");
	CHECK_HAS(op->reply.p, "\"decision\":\"allow\"");
	op = lab_must(&c, &bob, "op_get", "{\"op_id\":\"%s\"}", hex);
	CHECK_HAS(op->reply.p, "\"found\":false");
	CHECK(!op->admin);
	op = lab_must(&c, NULL, "op_get", "{\"op_id\":\"%s\"}", hex);
	CHECK_HAS(op->reply.p, "\"found\":true");
	CHECK(op->admin);
	op = lab_do(&c, NULL, "op_get", "{\"op_id\":\"zz\"}");
	CHECK_INT(op->status, RH_EINPUT);
	CHECK_INT(ops_out_of_order(&c), 0);
	lab_fini(&c);
}

static struct call *
outcome(struct core *c, struct call *first, rh_status status,
    const char *output)
{
	struct call *call = lab_internal(c, "action_outcome",
	    sizeof(struct outcome_args));
	struct outcome_args *a = call->args;

	*a = (struct outcome_args){ .call = first, .status = status,
	    .error = status != RH_OK ? "it broke" : NULL,
	    .output = str_of(output) };
	lab_batch(c, &call, 1);
	CHECK_OK(call->status, &call->err);
	return call;
}

static void
test_plugin_action(void)
{
	struct core c;
	struct call *call;
	const struct effect *e;

	lab_start(&c);
	call = lab_must(&c, NULL, "demo.greet",
	    "{\"name\":\"you\",\"password\":\"hunter2\"}");
	CHECK(call->deferred);
	e = lab_effect(&c, EFFECT_INVOKE, 0);
	CHECK(e != NULL && e->call == call);
	CHECK_HAS(row_of(&c, call), "4 demo ");
	CHECK_HAS(row_of(&c, call), "you");
	CHECK(strstr(row_of(&c, call), "hunter2") == NULL);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM intent"), 1);
	outcome(&c, call, RH_OK, "{\"said\":\"hello\"}");
	CHECK_STR(call->reply.p, "{\"said\":\"hello\"}");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM intent"), 0);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE action ="
	    " 'demo.greet' AND decision = 5"), 1);
	call = lab_must(&c, NULL, "demo.greet", "{}");
	outcome(&c, call, RH_OK, "{\"said\":");
	CHECK_INT(call->status, RH_EPLUGIN);
	call = lab_must(&c, NULL, "demo.greet", "{}");
	outcome(&c, call, RH_EPLUGIN, "");
	CHECK_INT(call->status, RH_EPLUGIN);
	call = lab_do(&c, NULL, "demo.greet", "{\"name\":7}");
	CHECK_INT(call->status, RH_EINPUT);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_plugin_action_key(void)
{
	struct core c;
	struct call *first, *again;

	lab_start(&c);
	first = keyed(&c, NULL, "k", "demo.greet", "{\"name\":\"a\"}");
	CHECK(first->deferred);
	again = keyed(&c, NULL, "k", "demo.greet", "{\"name\":\"a\"}");
	CHECK_INT(again->status, RH_ECONFLICT);
	CHECK(!again->deferred);
	outcome(&c, first, RH_OK, "{\"n\":1}");
	again = keyed(&c, NULL, "k", "demo.greet", "{\"name\":\"a\"}");
	CHECK_OK(again->status, &again->err);
	CHECK(again->replayed);
	CHECK(!again->deferred);
	CHECK_STR(again->reply.p, "{\"n\":1}");
	lab_fini(&c);
}

static void
test_refusals_counted(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice");
	struct call *call;
	struct flush_args *f;
	int i;

	lab_start(&c);
	for (i = 0; i < 30; i++)
		CHECK_INT(lab_do(&c, &alice, "run_create",
		    "{\"command\":\"/demo\"}")->status, RH_EPERM);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE "
	    "decision = 2"), 10);
	call = lab_internal(&c, "audit_flush", sizeof *f);
	f = call->args;
	f->all = true;
	lab_batch(&c, &call, 1);
	CHECK_OK(call->status, &call->err);
	CHECK_HAS(lab_text(&c, "SELECT detail FROM audit ORDER BY seq DESC"),
	    "\"count\":20");
	lab_batch(&c, &call, 1);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE "
	    "decision = 2"), 11);
	CHECK_INT(ops_out_of_order(&c), 0);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_table(void)
{
	const struct action *r;

	for (r = action_table; r->name != NULL; r++) {
		unit_check(r->who != WHO_UNSET && r->scope != SCOPE_UNSET &&
		    r->audit != AUDIT_UNSET && r->repeat != REPEAT_UNSET &&
		    r->fn.apply != NULL && r->summary != NULL, __FILE__,
		    __LINE__, "%s has an unset column", r->name);
		unit_check(!(r->runs & RUN_READ) != !(r->runs & RUN_WRITE),
		    __FILE__, __LINE__, "%s: reads or writes", r->name);
		unit_check(!(r->runs & RUN_WRITE) ==
		    !(r->runs & (LANE_CLIENT | LANE_CANCEL | LANE_EVENTS |
		    LANE_MUST)), __FILE__, __LINE__, "%s: lane", r->name);
		/* What clients may drive is never unbounded. */
		unit_check(r->who == PERM_INTERNAL || !(r->runs &
		    (LANE_EVENTS | LANE_MUST)), __FILE__, __LINE__,
		    "%s: a client's call in the host's lanes", r->name);
		unit_check((r->who == PERM_INTERNAL) == (r->schema == NULL),
		    __FILE__, __LINE__, "%s: schema", r->name);
		CHECK(action_find(str_of(r->name)) == r);
	}
}

/* Each column has a word for each of its values. */
static void
test_words(void)
{
	struct core c;
	struct call *call;

	lab_start(&c);
	call = lab_must(&c, NULL, "action_list", "{}");
	CHECK(strstr(call->reply.p, "\"scope\":null") == NULL);
	CHECK(strstr(call->reply.p, "\"audit\":null") == NULL);
	CHECK(strstr(call->reply.p, "\"repeat\":null") == NULL);
	CHECK_HAS(call->reply.p, "always, for audited runners");
	lab_fini(&c);
}

/* A run must fit one message to a worker, whatever else is in that. */
static void
test_too_large(void)
{
	struct core c;
	struct call *call;
	char *much = mem_zalloc(2200 * 1024 + 1);

	memset(much, 'a', 2200 * 1024);
	lab_start(&c);
	call = lab_do(&c, NULL, "run_create", "{\"command\":\"/demo %.*s\"}",
	    64 * 1024 - 6, much);
	CHECK_INT(call->status, RH_OK);
	call = lab_do(&c, NULL, "run_create", "{\"command\":\"/demo %.*s\"}",
	    64 * 1024 - 5, much);
	CHECK_INT(call->status, RH_EINPUT);
	registry_find(c.registry, STR("demo"))->config = much;
	call = lab_do(&c, NULL, "run_create", "{\"runner\":\"demo\","
	    "\"input\":\"%.*s\"}", 800 * 1024, much);
	CHECK_INT(call->status, RH_OK);
	call = lab_do(&c, NULL, "run_create", "{\"runner\":\"demo\","
	    "\"input\":\"%.*s\"}", 900 * 1024, much);
	CHECK_INT(call->status, RH_ETOOBIG);
	CORE_CHECK(&c);
	lab_fini(&c);
	free(much);
}

const struct unit_test action_gate_tests[] = {
	{ "no column of the action table is unset", test_table },
	{ "an unknown action is refused and recorded", test_unknown_action },
	{ "another's run looks like none", test_hidden },
	{ "a run is named by run_id, in any spelling", test_run_id },
	{ "W2: caller_plugin_identity must be the caller's",
	    test_identity_field },
	{ "bad input is refused, and recorded for writes", test_input },
	{ "the list of actions has a word for whatever the table says",
	    test_words },
	{ "a run that no worker could take is refused", test_too_large },
	{ "a key with the same body gets the stored reply", test_replay },
	{ "a stored reply needs the right and ends after a day",
	    test_replay_later },
	{ "a stored answer outlives the plugin of its run",
	    test_replay_gone },
	{ "a stored answer outlives the plugin that gave it",
	    test_replay_gone_action },
	{ "keys are refused where replies aren't stored", test_key_refused },
	{ "a key holds within a batch", test_key_in_batch },
	{ "a revoke holds for the next call of the batch",
	    test_revoked_in_batch },
	{ "op_get tells the owner what became of an op", test_op_get },
	{ "a plugin's action is intent and outcome", test_plugin_action },
	{ "a plugin's action with a key runs once", test_plugin_action_key },
	{ "refusals above the rate are counted", test_refusals_counted },
	{ NULL, NULL },
};
