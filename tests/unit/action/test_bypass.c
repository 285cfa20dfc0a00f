/*
 * What must not be possible, whatever is left out, made up or broken.
 */
#include "lib/core.h"
#include "lib/samples.h"
#include "lib/unit.h"

#include "action/action.h"

#include <stdio.h>
#include <string.h>

static struct call *
append(struct core *c, struct call *claim, const char *sequence,
    const char *type)
{
	return lab_do(c, NULL, "run_append_result", "{\"run_id\":%s,"
	    "\"runtime_id\":\"r\",\"claim_token\":%s,\"sequence\":%s,"
	    "\"event_type\":\"%s\",\"data\":{\"stream\":\"stdout\","
	    "\"text\":\"x\"}}", sample_field(claim, "run_id"),
	    sample_field(claim, "claim_token"), sequence, type);
}

/*
 * The log is no part of the run's events: the claim's own row takes no
 * number, however high a caller counts there is room for more rows, and
 * nobody writes what looks like one.
 */
static void
test_sequences(void)
{
	struct core c;
	struct call *claim, *call;
	int64_t rows;

	lab_start(&c);
	lab_must(&c, NULL, "runtime_register", "{\"runtime_id\":\"r\"}");
	lab_must(&c, NULL, "run_create", "{\"runner\":\"demo\"}");
	claim = lab_must(&c, NULL, "run_claim", "{\"runtime_id\":\"r\"}");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE action ="
	    " 'run_claim'"), 1);
	call = append(&c, claim, "1", "output");
	CHECK_INT(call->status, RH_OK);
	CHECK_HAS(call->reply.p, "\"duplicate\":false");
	CHECK_HAS(call->reply.p, "\"sequence\":1");
	lab_must(&c, NULL, "run_renew_claim", "{\"run_id\":%s,"
	    "\"runtime_id\":\"r\",\"claim_token\":%s}",
	    sample_field(claim, "run_id"), sample_field(claim, "claim_token"));
	call = append(&c, claim, "2", "output");
	CHECK_HAS(call->reply.p, "\"duplicate\":false");
	CHECK_HAS(call->reply.p, "\"sequence\":2");
	/* The largest number of a caller leaves the host's where it was. */
	call = append(&c, claim, "9007199254740992", "output");
	CHECK_HAS(call->reply.p, "\"sequence\":3");
	CHECK_INT(append(&c, claim, "9007199254740993", "output")->status,
	    RH_EINPUT);
	CHECK_INT(append(&c, claim, "5", "admin.run_cancel")->status,
	    RH_EINPUT);
	CHECK_INT(append(&c, claim, "5", "host.ended")->status, RH_EINPUT);
	rows = lab_number(&c, "SELECT count(*) FROM audit");
	lab_must(&c, NULL, "run_cancel", "{\"run_id\":%s}",
	    sample_field(claim, "run_id"));
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit"), rows + 1);
	call = lab_must(&c, NULL, "run_events_page", "{\"run_id\":%s}",
	    sample_field(claim, "run_id"));
	CHECK(strstr(call->reply.p, "\"admin.") == NULL);
	CHECK_HAS(call->reply.p, "\"last_sequence\":3");
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* Of each action: who has no right has none without a run_id either. */
static void
test_nothing_named(void)
{
	struct caller plugin = lab_plugin("plugin:demo", "user:all"), user;
	const struct action *a;
	struct core c;

	lab_start(&c);
	user = lab_token(&c, "user:none", "");
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:all\","
	    "\"permission\":\"*\",\"owner\":\"*\"}");
	for (a = action_table; a->name != NULL; a++) {
		if (a->who != PERM_OF_ITS_NAME)
			continue;
		/* Ten a second are refused by rows of their own. */
		clock_fake_advance(&c.clock, US_PER_S);
		if (lab_do(&c, &plugin, a->name, "{}")->status != RH_EPERM)
			unit_check(false, __FILE__, __LINE__, "%s by a plugin",
			    a->name);
		if (lab_do(&c, &user, a->name, "{}")->status != RH_EPERM)
			unit_check(false, __FILE__, __LINE__, "%s by a user",
			    a->name);
	}
	CHECK(lab_number(&c, "SELECT count(*) FROM audit WHERE decision = 2"
	    " AND principal IN ('plugin:demo', 'user:none')") > 40);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static int64_t
rows(struct core *c, const char *action, int decision, const char *who)
{
	char sql[200];

	snprintf(sql, sizeof sql, "SELECT count(*) FROM audit WHERE action ="
	    " '%s' AND decision = %d AND principal = '%s'", action, decision,
	    who);
	return lab_number(c, sql);
}

/* Who isn't an admin leaves a row for what he does, and for what he may not. */
static void
test_recorded(void)
{
	struct caller alice, eve;
	struct call *made, *call;
	struct core c;

	lab_start(&c);
	alice = lab_token(&c, "user:alice", ",\"role\":\"operator\"");
	eve = lab_token(&c, "user:eve", ",\"role\":\"operator\"");
	made = lab_must(&c, &alice, "run_create", "{\"runner\":\"demo\"}");
	CHECK_INT(lab_do(&c, &eve, "run_cancel", "{\"run_id\":%s}",
	    sample_field(made, "run_id"))->status, RH_ENOENT);
	lab_must(&c, &alice, "run_cancel", "{\"run_id\":%s}",
	    sample_field(made, "run_id"));
	CHECK_INT(rows(&c, "run_create", AUDIT_ALLOW, "user:alice"), 1);
	CHECK_INT(rows(&c, "run_cancel", AUDIT_ALLOW, "user:alice"), 1);
	CHECK_INT(rows(&c, "run_cancel", AUDIT_DENY, "user:eve"), 1);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE action ="
	    " 'run_cancel' AND instr(detail, '\"cancelled\"')"), 1);
	/* A read by an admin's right is to be recorded before its answer. */
	call = lab_must(&c, NULL, "run_get", "{\"run_id\":%s}",
	    sample_field(made, "run_id"));
	CHECK(call->admin);
	/* Without its row nothing is done. */
	made = lab_must(&c, &alice, "run_create", "{\"runner\":\"demo\"}");
	lab_sql(&c, "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN"
	    " SELECT raise(ABORT, 'no room'); END");
	CHECK(lab_do(&c, &alice, "run_cancel", "{\"run_id\":%s}",
	    sample_field(made, "run_id"))->status != RH_OK);
	CHECK(lab_do(&c, &alice, "run_create", "{\"runner\":\"demo\"}")
	    ->status != RH_OK);
	lab_sql(&c, "DROP TRIGGER full");
	CHECK_STR(lab_state(&c, 2), "queued");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 2);
	lab_must(&c, &alice, "run_cancel", "{\"run_id\":%s}",
	    sample_field(made, "run_id"));
	CORE_CHECK(&c);
	lab_fini(&c);
}

const struct unit_test action_bypass_tests[] = {
	{ "W3: a runner's sequence can't swallow audit rows",
	    test_sequences },
	{ "W7: leaving out run_id opens nothing", test_nothing_named },
	{ "W11: what is done and what is refused is recorded, or not done",
	    test_recorded },
	{ NULL, NULL },
};
