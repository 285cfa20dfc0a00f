/*
 * What plugins ask by their capabilities: by the policy of the moment, by
 * their own grants alone, and on record.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "base/mem.h"

#define COUNT(where) "SELECT count(*) FROM audit WHERE action = " where

static struct use_args *
ask(struct core *c, const char *capability, const char *what, bool recorded)
{
	const struct caller plugin = lab_plugin("plugin:demo", "user:alice");
	struct call *call = lab_internal(c, "capability_use",
	    sizeof(struct use_args));
	struct use_args *u = call->args;

	call->caller = plugin;
	*u = (struct use_args){ .what = what, .capability = capability,
	    .target = "run_x", .recorded = recorded };
	lab_apply(c, call);
	CHECK_INT(call->status, RH_OK);
	return u;
}

static bool
connects(struct core *c)
{
	return ask(c, "net.connect:db:5432", "net.connect", false)->allowed;
}

static void
test_policy(void)
{
	struct core c;
	struct use_args *u;

	lab_start(&c);
	u = ask(&c, "net.connect:db:5432", "net.connect", false);
	CHECK(!u->allowed);
	CHECK_INT(u->why.status, RH_EPERM);
	CHECK_STR(u->why.msg, "\"plugin:demo\" lacks the permission "
	    "\"net.connect:db:5432\"");
	CHECK_HAS(u->why.hint,
	    "runhost grant add plugin:demo net.connect:db:5432");
	/* Neither who made it run nor a pattern gives it. */
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"plugin:demo\","
	    "\"permission\":\"*\",\"owner\":\"*\"}");
	CHECK(!connects(&c));
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"plugin:demo\","
	    "\"permission\":\"net.connect:db:5433\"}");
	CHECK(!connects(&c));
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"plugin:demo\","
	    "\"permission\":\"net.connect:db:5432\"}");
	CHECK(connects(&c));
	lab_must(&c, NULL, "grant_remove", "{\"grant_id\":%lld}",
	    (long long)lab_number(&c, "SELECT max(grant_no) FROM grants"));
	CHECK(!connects(&c));
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_rows(void)
{
	struct core c;

	lab_start(&c);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"plugin:demo\","
	    "\"permission\":\"secret:key\"}");
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"plugin:demo\","
	    "\"permission\":\"net.connect:db:5432\"}");
	/* An allowed connection is counted elsewhere. */
	CHECK(connects(&c));
	CHECK_INT(lab_number(&c, COUNT("'net.connect'")), 0);
	CHECK(ask(&c, "secret:key", "secret.get", true)->allowed);
	CHECK_INT(lab_number(&c, COUNT("'secret.get' AND permission = "
	    "'secret:key' AND principal = 'plugin:demo'")), 1);
	CHECK(!ask(&c, "secret:other", "secret.get", true)->allowed);
	CHECK_INT(lab_number(&c, COUNT("'secret.get' AND permission = "
	    "'secret:other' AND target = 'run_x'")), 1);
	CHECK_HAS(lab_text(&c, "SELECT detail FROM audit WHERE permission = "
	    "'secret:other'"), "AUTH_FORBIDDEN");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_many(void)
{
	struct core c;
	int i;

	lab_start(&c);
	for (i = 0; i < 3 * TALLY_ROWS_PER_S; i++)
		CHECK(!connects(&c));
	CHECK_INT(lab_number(&c, COUNT("'net.connect'")), TALLY_ROWS_PER_S);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* It was allowed, and the way there was not. */
static void
test_judged(void)
{
	const struct caller plugin = lab_plugin("plugin:demo", "user:alice");
	struct use_args *u;
	struct call *call;
	struct core c;

	lab_start(&c);
	call = lab_internal(&c, "capability_use", sizeof *u);
	call->caller = plugin;
	u = call->args;
	*u = (struct use_args){ .what = "net.connect", .judged = true,
	    .capability = "net.connect:db:80" };
	err_set(&u->why, RH_EPERM, "it leads elsewhere");
	lab_apply(&c, call);
	CHECK_INT(call->status, RH_OK);
	CHECK(!u->allowed);
	CHECK_HAS(lab_text(&c, "SELECT detail FROM audit WHERE permission = "
	    "'net.connect:db:80'"), "it leads elsewhere");
	lab_fini(&c);
}

const struct unit_test action_use_tests[] = {
	{ "a plugin's own capability decides, at that moment", test_policy },
	{ "refusals and secrets are on record", test_rows },
	{ "refusals beyond a rate are counted", test_many },
	{ "what was found on the way is a refusal, too", test_judged },
	{ NULL, NULL },
};
