/*
 * What a run gives the plugin that carries it out.
 */
#include "lib/core.h"
#include "lib/samples.h"
#include "lib/unit.h"

#include "action/action.h"
#include "auth/session.h"
#include "base/mem.h"
#include "plugin/registry.h"

#include <runhost/host.h>

#include <stdio.h>
#include <string.h>

/* alice's plugin; she may do everything with her own runs. */
struct field {
	struct core c;
	struct caller alice, bob;
};

static void
field_start(struct field *f)
{
	lab_start(&f->c);
	f->alice = lab_token(&f->c, "user:alice", "");
	f->bob = lab_token(&f->c, "user:bob", "");
	lab_must(&f->c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"*\"}");
	lab_must(&f->c, NULL, "grant_add", "{\"grantee\":\"user:bob\","
	    "\"permission\":\"*\"}");
}

static void
field_finish(struct field *f)
{
	CORE_CHECK(&f->c);
	lab_fini(&f->c);
}

/* A run, with more of its body; its id as JSON. */
static const char *
make(struct field *f, const struct caller *who, const char *more)
{
	return sample_field(lab_must(&f->c, who, "run_create",
	    "{\"runner\":\"demo\"%s}", more), "run_id");
}

static int64_t
newest(struct field *f)
{
	return lab_number(&f->c, "SELECT max(run_no) FROM run");
}

/* The plugin as the attempt that holds the newest run. */
static struct caller
begin(struct field *f, const char *origin)
{
	struct caller p = lab_plugin("plugin:demo", origin);

	lab_offer(&f->c, 1);
	p.run_no = newest(f);
	p.fence = lab_fence(&f->c, p.run_no);
	CHECK_INT(lab_report(&f->c, p.run_no, p.fence, 1), RH_OK);
	return p;
}

static rh_status
about(struct field *f, const struct caller *who, const char *action,
    const char *run)
{
	return lab_do(&f->c, who, action, "{\"target_run_id\":%s}",
	    run)->status;
}

#define HERE ",\"conversation_id\":\"c\",\"thread_id\":\"t\""	\
	",\"workspace_id\":\"w\",\"bot_id\":\"b\""

static void
test_preset(void)
{
	struct field f;
	struct caller p;
	const char *own, *sibling;

	field_start(&f);
	sibling = make(&f, &f.alice, HERE);
	own = make(&f, &f.alice, HERE ",\"priority\":1");
	p = begin(&f, "user:alice");
	CHECK_INT(about(&f, &p, "run_get", own), RH_OK);
	CHECK_INT(about(&f, &p, "run_events_page", own), RH_OK);
	CHECK_INT(about(&f, &p, "run_get", sibling), RH_OK);
	CHECK_HAS(lab_must(&f.c, &p, "run_list", "{}")->reply.p,
	    "\"total_count\":2");
	CHECK_INT(about(&f, &p, "run_cancel", sibling), RH_OK);
	CHECK_STR(lab_state(&f.c, 1), "cancelled");
	/* Nothing else. */
	CHECK_INT(lab_do(&f.c, &p, "run_append_result", "{\"run_id\":%s,"
	    "\"sequence\":1,\"event_type\":\"action.requested\",\"data\":"
	    "{\"action\":\"x\"}}", own)->status, RH_EPERM);
	CHECK_INT(lab_do(&f.c, &p, "run_finalize", "{\"run_id\":%s,"
	    "\"status\":\"failed\"}", own)->status, RH_EPERM);
	CHECK_INT(lab_do(&f.c, &p, "run_counts", "{}")->status, RH_EPERM);
	CHECK_INT(lab_do(&f.c, &p, "run_create", "{\"runner\":\"demo\"}")
	    ->status, RH_EPERM);
	field_finish(&f);
}

/* In each dimension something else, or nothing: another scope. */
static void
test_like_itself(void)
{
	static const char *const others[] = {
		",\"conversation_id\":\"c\",\"thread_id\":\"t\",\"workspace_id\":\"w\"",
		",\"conversation_id\":\"c\",\"thread_id\":\"t\",\"bot_id\":\"b\"",
		",\"conversation_id\":\"c\",\"workspace_id\":\"w\",\"bot_id\":\"b\"",
		",\"thread_id\":\"t\",\"workspace_id\":\"w\",\"bot_id\":\"b\"",
		",\"conversation_id\":\"d\",\"thread_id\":\"t\",\"workspace_id\":\"w\",\"bot_id\":\"b\"",
		"",
	};
	const char *runs[ARRAY_LEN(others)], *lone, *own;
	struct field f;
	struct caller p;
	size_t i;

	field_start(&f);
	for (i = 0; i < ARRAY_LEN(others); i++)
		runs[i] = make(&f, &f.alice, others[i]);
	lone = sample_field(lab_must(&f.c, &f.alice, "run_create",
	    "{\"runner\":\"again\"" HERE "}"), "run_id");
	make(&f, &f.alice, HERE ",\"priority\":1");
	p = begin(&f, "user:alice");
	for (i = 0; i < ARRAY_LEN(others); i++)
		CHECK_INT(about(&f, &p, "run_get", runs[i]), RH_ENOENT);
	CHECK_INT(about(&f, &p, "run_get", lone), RH_ENOENT);
	CHECK_INT(about(&f, &p, "run_get", "\"run_0\""), RH_ENOENT);
	CHECK_HAS(lab_must(&f.c, &p, "run_list", "{}")->reply.p,
	    "\"total_count\":1");
	/* Without a conversation there is nothing like it. */
	own = make(&f, &f.alice, ",\"priority\":2");
	p = begin(&f, "user:alice");
	CHECK_INT(about(&f, &p, "run_get", own), RH_OK);
	CHECK_INT(about(&f, &p, "run_get", runs[5]), RH_ENOENT);
	CHECK_INT(lab_do(&f.c, &p, "run_list", "{}")->status, RH_EPERM);
	field_finish(&f);
}

/* The plugin's link is the only one that it helps. */
static void
test_chain(void)
{
	struct field f;
	struct caller p, deep;
	const char *own, *bobs, *nobodys;

	field_start(&f);
	bobs = make(&f, &f.bob, HERE);
	own = make(&f, &f.alice, HERE ",\"priority\":1");
	p = begin(&f, "user:alice");
	CHECK_INT(about(&f, &p, "run_get", bobs), RH_ENOENT);
	CHECK_HAS(lab_must(&f.c, &p, "run_list", "{}")->reply.p,
	    "\"total_count\":1");
	/* Called by another plugin in turn, it brings its run's rights not. */
	deep = lab_plugin("plugin:other", "user:alice");
	deep.chain[deep.chain_len++] = "plugin:demo";
	CHECK_INT(about(&f, &deep, "run_get", own), RH_EPERM);
	deep = lab_plugin("plugin:demo", "user:alice");
	CHECK_INT(about(&f, &deep, "run_get", own), RH_EPERM);
	/* Whose run it is may have lost his right meanwhile. */
	lab_must(&f.c, NULL, "run_create", "{\"runner\":\"demo\","
	    "\"priority\":3}");
	nobodys = make(&f, NULL, ",\"priority\":4");
	p = begin(&f, "user:nobody");
	CHECK_INT(about(&f, &p, "run_get", nobodys), RH_EPERM);
	field_finish(&f);
}

static void
test_bits(void)
{
	struct field f;
	struct caller p;
	struct call *call;
	const char *own, *sibling;

	field_start(&f);
	sibling = make(&f, &f.alice, HERE);
	own = make(&f, &f.alice, HERE ",\"priority\":1,\"available_apis\":{"
	    "\"run_get\":false,\"run_append_result\":true,"
	    "\"state_set\":true}");
	CHECK_INT(lab_number(&f.c, "SELECT count(*) FROM run WHERE apis IS"
	    " NULL"), 1);
	call = lab_must(&f.c, &f.alice, "run_get", "{\"run_id\":%s}", own);
	CHECK_HAS(call->reply.p, "\"available_apis\":{\"run_get\":false,"
	    "\"run_list\":true,\"run_events_page\":true,\"run_cancel\":true,"
	    "\"run_append_result\":true,\"run_finalize\":false,");
	call = lab_must(&f.c, &f.alice, "run_get", "{\"run_id\":%s}",
	    sibling);
	CHECK_HAS(call->reply.p, "\"available_apis\":{\"run_get\":true,"
	    "\"run_list\":true,\"run_events_page\":true,\"run_cancel\":true,"
	    "\"run_append_result\":false,");
	p = begin(&f, "user:alice");
	CHECK_INT(about(&f, &p, "run_get", own), RH_EPERM);
	CHECK_INT(about(&f, &p, "run_events_page", own), RH_OK);
	CHECK_INT(lab_do(&f.c, &p, "state_set", "{\"run_id\":%s,\"scope\":"
	    "\"actor\",\"key\":\"k\",\"value\":1}", own)->status, RH_OK);
	/* Its own grants are another matter. */
	lab_must(&f.c, NULL, "grant_add", "{\"grantee\":\"plugin:demo\","
	    "\"permission\":\"run_get\",\"owner\":\"user:alice\"}");
	CHECK_INT(about(&f, &p, "run_get", own), RH_OK);
	field_finish(&f);
}

static struct call *
append(struct field *f, const struct caller *p, const char *run,
    const char *type, const char *data)
{
	return lab_do(&f->c, p, "run_append_result", "{\"target_run_id\":%s,"
	    "\"sequence\":1,\"event_type\":\"%s\",\"data\":%s}", run, type,
	    data);
}

/* On its own run as its attempt; on others like it as anybody. */
static void
test_writes(void)
{
	struct field f;
	struct caller p, stale;
	const char *own, *sibling;

	field_start(&f);
	own = make(&f, &f.alice, HERE ",\"available_apis\":"
	    "{\"run_append_result\":true,\"run_finalize\":true}");
	p = begin(&f, "user:alice");
	stale = p;
	stale.fence--;
	CHECK_INT(append(&f, &p, own, "action.requested", "{\"action\":\"x\"}")
	    ->status, RH_OK);
	CHECK_INT(append(&f, &p, own, "output", "{\"stream\":\"stdout\","
	    "\"text\":\"x\"}")->status, RH_EPERM);
	CHECK_INT(append(&f, &stale, own, "action.requested",
	    "{\"action\":\"x\"}")->status, RH_EPERM);
	sibling = make(&f, &f.alice, HERE);
	CHECK_INT(append(&f, &p, sibling, "action.requested",
	    "{\"action\":\"x\"}")->status, RH_OK);
	/* What it doesn't hold it can't end. */
	CHECK_INT(lab_do(&f.c, &p, "run_finalize", "{\"run_id\":%s,"
	    "\"status\":\"failed\"}", sibling)->status, RH_EPERM);
	CHECK_INT(lab_do(&f.c, &p, "run_finalize", "{\"run_id\":%s,"
	    "\"status\":\"completed\"}", own)->status, RH_OK);
	CHECK_STR(lab_state(&f.c, p.run_no), "completed");
	CHECK(lab_effect(&f.c, EFFECT_FENCED, p.run_no) != NULL);
	field_finish(&f);
}

/* A former attempt has nothing of the run's. */
static void
test_stale(void)
{
	struct field f;
	struct caller first, second;
	const char *own;

	field_start(&f);
	own = make(&f, &f.alice, ",\"max_attempts\":2");
	first = begin(&f, "user:alice");
	CHECK_INT(lab_finish(&f.c, first.run_no, first.fence, RH_TIMEOUT),
	    RH_OK);
	CHECK_INT(about(&f, &first, "run_get", own), RH_EPERM);
	second = begin(&f, "user:alice");
	CHECK_INT(second.run_no, first.run_no);
	CHECK_INT(about(&f, &first, "run_get", own), RH_EPERM);
	CHECK_INT(about(&f, &first, "run_cancel", own), RH_EPERM);
	CHECK_INT(about(&f, &second, "run_get", own), RH_OK);
	field_finish(&f);
}

static void
test_bad_bits(void)
{
	static const struct {
		const char *apis, *error;
	} bad[] = {
		{ "{\"run_claim\":true}", "\"run_claim\" is nothing" },
		{ "{\"grant_add\":false}", "\"grant_add\" is nothing" },
		{ "{\"\":true}", "\"\" is nothing" },
		{ "{\"run_get\":1}", "available_apis.run_get" },
		{ "{\"run_get\":null}", "available_apis.run_get" },
		{ "[\"run_get\"]", "available_apis" },
	};
	struct call *call;
	struct field f;
	size_t i;

	field_start(&f);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		call = lab_do(&f.c, &f.alice, "run_create", "{\"runner\":"
		    "\"demo\",\"available_apis\":%s}", bad[i].apis);
		CHECK_INT(call->status, RH_EINPUT);
		CHECK_HAS(call->err.msg, bad[i].error);
	}
	make(&f, &f.alice, ",\"available_apis\":null");
	make(&f, &f.alice, ",\"available_apis\":{\"run_get\":true}");
	CHECK_INT(lab_number(&f.c, "SELECT count(*) FROM run WHERE apis IS"
	    " NOT NULL"), 0);
	field_finish(&f);
}

/* A plugin can't give its runs what it hasn't got. */
static void
test_children(void)
{
	struct field f;
	struct caller p;
	struct call *call;

	field_start(&f);
	lab_must(&f.c, NULL, "grant_add", "{\"grantee\":\"plugin:demo\","
	    "\"permission\":\"run_create\",\"owner\":\"*\"}");
	make(&f, &f.alice, HERE ",\"available_apis\":{\"run_cancel\":false,"
	    "\"state_get\":true}");
	p = begin(&f, "user:alice");
	call = lab_do(&f.c, &p, "run_create", "{\"runner\":\"demo\","
	    "\"available_apis\":{\"run_finalize\":true}}");
	CHECK_INT(call->status, RH_EPERM);
	CHECK_HAS(call->err.msg, "\"run_finalize\"");
	call = lab_must(&f.c, &p, "run_create", "{\"runner\":\"demo\","
	    "\"available_apis\":{\"state_get\":true}}");
	call = lab_must(&f.c, &f.alice, "run_get", "{\"run_id\":%s}",
	    sample_field(call, "run_id"));
	CHECK_HAS(call->reply.p, "\"run_cancel\":false");
	CHECK_HAS(call->reply.p, "\"state_get\":true");
	/* Outside of a run: what any run gives. */
	p.run_no = p.fence = 0;
	CHECK_INT(lab_do(&f.c, &p, "run_create", "{\"runner\":\"demo\","
	    "\"available_apis\":{\"state_get\":true}}")->status, RH_EPERM);
	CHECK_INT(lab_do(&f.c, &p, "run_create", "{\"runner\":\"demo\","
	    "\"available_apis\":{\"run_get\":true}}")->status, RH_OK);
	field_finish(&f);
}

/* A run of alice's that the plugin carried out; its id as JSON. */
static const char *
ended(struct field *f, const char *more)
{
	const char *run = make(f, &f->alice, more);
	struct caller p = begin(f, "user:alice");

	CHECK_INT(lab_finish(&f->c, p.run_no, p.fence, RH_COMPLETED), RH_OK);
	return run;
}

/* A read of the target by the run that is named. */
static rh_status
by(struct field *f, const struct caller *who, const char *run,
    const char *action, const char *target)
{
	return lab_do(&f->c, who, action, "{\"run_id\":%s,"
	    "\"target_run_id\":%s}", run, target)->status;
}

static rh_status
alone(struct field *f, const struct caller *who, const char *run)
{
	return lab_do(&f->c, who, "run_get", "{\"run_id\":%s}", run)->status;
}

static void
test_named(void)
{
	struct caller p = lab_plugin("plugin:demo", "user:alice");
	const char *run, *sibling, *other;
	struct field f;

	field_start(&f);
	run = ended(&f, HERE ",\"available_apis\":{\"state_list\":true}");
	sibling = make(&f, &f.alice, HERE);
	other = make(&f, &f.alice, "");
	CHECK_INT(alone(&f, &p, run), RH_OK);
	CHECK_INT(by(&f, &p, run, "run_get", sibling), RH_OK);
	CHECK_INT(by(&f, &p, run, "run_get", other), RH_ENOENT);
	CHECK_HAS(lab_must(&f.c, &p, "run_list", "{\"run_id\":%s}", run)
	    ->reply.p, "\"total_count\":2");
	CHECK_INT(lab_do(&f.c, &p, "run_list", "{}")->status, RH_EPERM);
	CHECK_INT(by(&f, &p, run, "run_cancel", sibling), RH_OK);
	/* Of an ended run that is all. */
	CHECK_INT(lab_do(&f.c, &p, "state_list", "{\"run_id\":%s,\"scope\":"
	    "\"actor\"}", run)->status, RH_EPERM);
	field_finish(&f);
}

/* In the same words, and recorded, whatever is named. */
static void
test_mismatch(void)
{
	static const char *const actions[] = {
		"run_get", "run_events_page", "run_cancel",
	};
	struct caller p = lab_plugin("plugin:demo", "user:alice"),
	    other = lab_plugin("plugin:other", "user:alice");
	const char *run, *sibling, *nothing = "\"run_00000000000000000000000"
	    "000000000\"";
	struct call *a, *b;
	struct field f;
	size_t i;

	field_start(&f);
	run = ended(&f, HERE);
	sibling = make(&f, &f.alice, HERE);
	lab_must(&f.c, NULL, "grant_add", "{\"grantee\":\"plugin:other\","
	    "\"permission\":\"*\",\"owner\":\"*\"}");
	for (i = 0; i < ARRAY_LEN(actions); i++) {
		CHECK_INT(by(&f, &other, run, actions[i], sibling),
		    RH_ENOENT);
		CHECK_INT(by(&f, &other, nothing, actions[i], sibling),
		    RH_ENOENT);
		/* Not its own, because nobody has carried it out. */
		CHECK_INT(by(&f, &p, sibling, actions[i], run), RH_ENOENT);
	}
	a = lab_do(&f.c, &other, "run_list", "{\"run_id\":%s}", run);
	b = lab_do(&f.c, &other, "run_list", "{\"run_id\":%s}", nothing);
	CHECK_INT(a->status, RH_ENOENT);
	CHECK_INT(b->status, RH_ENOENT);
	CHECK_STR(a->err.hint, b->err.hint);
	CHECK_INT(lab_do(&f.c, &other, "runtime_list", "{\"run_id\":%s}", run)
	    ->status, RH_ENOENT);
	CHECK_INT(lab_number(&f.c, "SELECT count(*) FROM audit WHERE"
	    " decision = 2 AND action = 'run_cancel'"), 3);
	/* By its grants it may, when it names the target only. */
	CHECK_INT(alone(&f, &other, run), RH_OK);
	/* Others than plugins ask by their grants, whatever they name. */
	CHECK_INT(by(&f, &f.alice, nothing, "run_get", run), RH_OK);
	field_finish(&f);
}

static void
test_ttl(void)
{
	struct caller p = lab_plugin("plugin:demo", "user:alice");
	const char *run, *sibling;
	struct field f;

	field_start(&f);
	run = ended(&f, HERE);
	sibling = make(&f, &f.alice, HERE);
	f.c.env.session_ttl_us = 0;
	CHECK_INT(alone(&f, &p, run), RH_EPERM);
	f.c.env.session_ttl_us = 100 * US_PER_S;
	clock_fake_advance(&f.c.clock, 99 * US_PER_S);
	CHECK_INT(alone(&f, &p, run), RH_OK);
	CHECK_INT(by(&f, &p, run, "run_get", sibling), RH_OK);
	clock_fake_advance(&f.c.clock, 1 * US_PER_S);
	CHECK_INT(alone(&f, &p, run), RH_EPERM);
	CHECK_INT(by(&f, &p, run, "run_get", sibling), RH_ENOENT);
	field_finish(&f);
}

/* alice began it, bob has it asked for: both must be allowed to now. */
static void
test_owner_now(void)
{
	struct caller p = lab_plugin("plugin:demo", "user:bob");
	const char *run, *sibling;
	struct field f;

	field_start(&f);
	lab_must(&f.c, NULL, "grant_add", "{\"grantee\":\"user:bob\","
	    "\"permission\":\"run_get\",\"owner\":\"user:alice\"}");
	run = ended(&f, HERE);
	sibling = make(&f, &f.bob, HERE);
	CHECK_INT(alone(&f, &p, run), RH_OK);
	CHECK_INT(by(&f, &p, run, "run_get", sibling), RH_ENOENT);
	lab_must(&f.c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"run_get\",\"owner\":\"user:bob\"}");
	CHECK_INT(by(&f, &p, run, "run_get", sibling), RH_OK);
	lab_must(&f.c, NULL, "grant_remove", "{\"grant_id\":\"1\"}");
	CHECK_INT(alone(&f, &p, run), RH_ENOENT);
	CHECK_INT(by(&f, &p, run, "run_cancel", run), RH_EPERM);
	field_finish(&f);
}

/* The plugin must be the file that it was, and trusted if it was. */
static void
test_replaced(void)
{
	struct caller p = lab_plugin("plugin:demo", "user:alice");
	struct plugin *demo;
	const char *run;
	struct field f;

	field_start(&f);
	demo = registry_at(f.c.registry, 0);
	run = ended(&f, HERE);
	CHECK_INT(alone(&f, &p, run), RH_OK);
	demo->image.digest[0] ^= 1;
	CHECK_INT(alone(&f, &p, run), RH_EPERM);
	demo->image.digest[0] ^= 1;
	lab_restart(&f.c);
	demo->trusted = true;
	run = make(&f, &f.alice, HERE);
	lab_offer_inproc(&f.c, 1);
	CHECK_INT(lab_finish(&f.c, newest(&f), lab_fence(&f.c, newest(&f)),
	    RH_COMPLETED), RH_OK);
	CHECK_INT(alone(&f, &p, run), RH_OK);
	demo->trusted = false;
	CHECK_INT(alone(&f, &p, run), RH_EPERM);
	field_finish(&f);
}

/* What a runtime elsewhere did is not this host's plugin's. */
static void
test_elsewhere(void)
{
	struct caller p = lab_plugin("plugin:demo", "user:alice");
	struct call *won;
	const char *run;
	struct field f;

	field_start(&f);
	run = make(&f, &f.alice, HERE ",\"max_attempts\":2");
	p = begin(&f, "user:alice");
	CHECK_INT(lab_finish(&f.c, p.run_no, p.fence, RH_TIMEOUT), RH_OK);
	p.run_no = p.fence = 0;
	lab_must(&f.c, &f.alice, "runtime_register",
	    "{\"runtime_id\":\"r\"}");
	won = lab_must(&f.c, &f.alice, "run_claim", "{\"runtime_id\":\"r\"}");
	CHECK_INT(alone(&f, &p, run), RH_EPERM);
	CHECK_INT(lab_do(&f.c, &f.alice, "run_finalize", "{\"run_id\":%s,"
	    "\"runtime_id\":\"r\",\"claim_token\":%s,\"status\":"
	    "\"completed\"}", run, sample_field(won, "claim_token"))->status,
	    RH_OK);
	CHECK_INT(alone(&f, &p, run), RH_EPERM);
	field_finish(&f);
}

/* What can be given is about runs, and is there. */
static void
test_table(void)
{
	const struct action *a;
	int i;

	for (i = 0; api_table[i] != NULL; i++) {
		a = action_find(str_of(api_table[i]));
		if (CHECK(a != NULL))
			CHECK(a->scope == SCOPE_RUN || a->scope == SCOPE_KEPT ||
			    a->scope == SCOPE_LIST ||
			    a->scope == SCOPE_EVENT ||
			    a->scope == SCOPE_TALK ||
			    a->scope == SCOPE_WRITTEN ||
			    a->scope == SCOPE_ENDING);
	}
	CHECK(i < 63);
}

const struct unit_test auth_session_tests[] = {
	{ "a run's plugin reads it and what is like it, and cancels that",
	    test_preset },
	{ "W6: what a run lacks, its plugin reaches nothing by",
	    test_like_itself },
	{ "all others in the chain need a right of their own", test_chain },
	{ "bits that are said give and take", test_bits },
	{ "a plugin writes to its run as its attempt, by its channel",
	    test_writes },
	{ "a former attempt has none of the run's rights", test_stale },
	{ "bits that there aren't are refused by name", test_bad_bits },
	{ "a plugin gives its runs no more than it has", test_children },
	{ "a plugin names a run that it carried out, and has what is left of it",
	    test_named },
	{ "W9: who names another's run is told that it isn't there",
	    test_mismatch },
	{ "W16: what an ended run gives ends, too", test_ttl },
	{ "W16: an ended run gives what its owner may do now",
	    test_owner_now },
	{ "W16: a plugin that was replaced, or lost its trust, has nothing",
	    test_replaced },
	{ "W16: a runtime elsewhere leaves this host's plugin nothing",
	    test_elsewhere },
	{ "what can be given is an action about runs", test_table },
	{ NULL, NULL },
};
