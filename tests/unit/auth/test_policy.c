/*
 * Decisions on a snapshot: scopes, roles, chains, capabilities, tokens.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "base/mem.h"
#include "plugin/registry.h"

#include <stdio.h>

static void
grant(struct core *c, const char *grantee, const char *permission,
    const char *more)
{
	lab_must(c, NULL, "grant_add", "{\"grantee\":\"%s\",\"permission\":"
	    "\"%s\"%s}", grantee, permission, more);
}

/* "allow", "admin", "hidden" or "deny". */
static const char *
ask(struct core *c, const struct caller *who, const char *permission,
    const struct scope *target)
{
	struct policy *p = gate_policy(ledger_gate(c->ledger));
	struct verdict v;

	authorize(p, who, permission, target,
	    gate_now(ledger_gate(c->ledger)), &v);
	policy_unref(p);
	return v.allow ? v.admin ? "admin" : "allow" :
	    v.known ? "hidden" : "deny";
}

static const struct scope alices = {
	.owner = "user:alice", .workspace = "w1", .conversation = "s1",
	.runner = "plugin:runhost/demo/demo",
};
static const struct scope bobs = {
	.owner = "user:bob", .runner = "plugin:runhost/demo/demo",
};

static void
test_owner(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice");

	lab_start(&c);
	CHECK_STR(ask(&c, &alice, "run_get", &alices), "deny");
	grant(&c, "user:alice", "run_get", "");
	CHECK_STR(ask(&c, &alice, "run_get", &alices), "allow");
	CHECK_STR(ask(&c, &alice, "run_get", &bobs), "hidden");
	CHECK_STR(ask(&c, &alice, "run_cancel", &alices), "deny");
	grant(&c, "user:alice", "run_*", ",\"owner\":\"*\"");
	CHECK_STR(ask(&c, &alice, "run_get", &bobs), "admin");
	CHECK_STR(ask(&c, &alice, "run_get", &alices), "allow");
	CHECK_STR(ask(&c, &alice, "run_cancel", &alices), "allow");
	lab_fini(&c);
}

static void
test_dimensions(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice");
	struct scope s = alices;

	lab_start(&c);
	grant(&c, "user:alice", "run_get", ",\"workspace\":\"w1\","
	    "\"conversation\":\"s1\"");
	CHECK_STR(ask(&c, &alice, "run_get", &s), "allow");
	s.workspace = "w2";
	CHECK_STR(ask(&c, &alice, "run_get", &s), "hidden");
	s.workspace = NULL;
	CHECK_STR(ask(&c, &alice, "run_get", &s), "hidden");
	lab_fini(&c);
}

static void
test_host_wide(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice");

	lab_start(&c);
	grant(&c, "user:alice", "*", ",\"workspace\":\"w1\"");
	CHECK_STR(ask(&c, &alice, "run_get", &alices), "allow");
	/* Not the host: no token can be made within a workspace. */
	CHECK_STR(ask(&c, &alice, "token_create", NULL), "hidden");
	grant(&c, "user:alice", "*", ",\"owner\":\"user:bob\"");
	CHECK_STR(ask(&c, &alice, "run_get", &bobs), "admin");
	CHECK_STR(ask(&c, &alice, "token_create", NULL), "hidden");
	grant(&c, "user:alice", "token_*", "");
	CHECK_STR(ask(&c, &alice, "token_create", NULL), "allow");
	lab_fini(&c);
}

static void
test_roles(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice");

	lab_start(&c);
	grant(&c, "user:alice", "role:viewer", "");
	CHECK_STR(ask(&c, &alice, "run_get", &alices), "allow");
	CHECK_STR(ask(&c, &alice, "run_get", &bobs), "hidden");
	CHECK_STR(ask(&c, &alice, "run_cancel", &alices), "deny");
	grant(&c, "user:alice", "role:agent_run:admin", "");
	CHECK_STR(ask(&c, &alice, "run_cancel", &bobs), "admin");
	CHECK_STR(ask(&c, &alice, "token_create", NULL), "deny");
	lab_fini(&c);
}

/* What a role was granted within a scope stays within it. */
static void
test_role_scope(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice");

	lab_start(&c);
	grant(&c, "role:team", "run_get", ",\"workspace\":\"w2\"");
	grant(&c, "user:alice", "role:team", "");
	CHECK_STR(ask(&c, &alice, "run_get", &alices), "hidden");
	grant(&c, "role:team", "run_get", ",\"workspace\":\"w1\"");
	CHECK_STR(ask(&c, &alice, "run_get", &alices), "allow");
	CHECK_STR(ask(&c, &alice, "run_get", &bobs), "hidden");
	/* owner=* of a role is its holder's own, unless given for all. */
	grant(&c, "role:team", "run_cancel", ",\"owner\":\"*\"");
	CHECK_STR(ask(&c, &alice, "run_cancel", &alices), "allow");
	CHECK_STR(ask(&c, &alice, "run_cancel", &bobs), "hidden");
	grant(&c, "role:team", "run_counts", ",\"owner\":\"user:bob\"");
	CHECK_STR(ask(&c, &alice, "run_counts", &bobs), "deny");
	grant(&c, "user:alice", "role:team", ",\"owner\":\"*\"");
	CHECK_STR(ask(&c, &alice, "run_cancel", &bobs), "admin");
	CHECK_STR(ask(&c, &alice, "run_counts", &bobs), "admin");
	CHECK_STR(ask(&c, &alice, "run_counts", &alices), "hidden");
	lab_fini(&c);
}

static void
test_expiry(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice");

	lab_start(&c);
	grant(&c, "user:alice", "run_get", ",\"expires_in_seconds\":10");
	CHECK_STR(ask(&c, &alice, "run_get", &alices), "allow");
	clock_fake_advance(&c.clock, 10 * US_PER_S);
	CHECK_STR(ask(&c, &alice, "run_get", &alices), "deny");
	lab_fini(&c);
}

static void
test_chain(void)
{
	struct core c;
	struct caller chain = lab_plugin("plugin:demo", "user:alice");

	lab_start(&c);
	grant(&c, "user:alice", "run_get", "");
	CHECK_STR(ask(&c, &chain, "run_get", &alices), "deny");
	grant(&c, "plugin:demo", "run_get", "");
	CHECK_STR(ask(&c, &chain, "run_get", &alices), "hidden");
	grant(&c, "plugin:demo", "run_get", ",\"owner\":\"*\"");
	CHECK_STR(ask(&c, &chain, "run_get", &alices), "admin");
	/* The plugin may, its origin may not. */
	CHECK_STR(ask(&c, &chain, "run_get", &bobs), "hidden");
	grant(&c, "plugin:demo", "run_cancel", ",\"owner\":\"*\"");
	CHECK_STR(ask(&c, &chain, "run_cancel", &alices), "deny");
	lab_fini(&c);
}

/* As "kind owner". */
static const char *
reach_of(struct core *c, const struct caller *who, char out[64])
{
	static const char *const kinds[] = { "none", "own", "runners", "some",
		"all" };
	struct policy *p = gate_policy(ledger_gate(c->ledger));
	const char *owner;
	enum reach reach = authorize_reach(p, who, "run_list", 0, &owner);

	snprintf(out, 64, "%s %s", kinds[reach], reach == REACH_NONE ||
	    owner == NULL ? "*" : owner);
	policy_unref(p);
	return out;
}

/*
 * Chains of three: alice calls plugin a, which calls b, which asks for
 * run_get on a run of alice's.  h: holds it for everybody's runs, m: and is
 * granted to amplify it, M: amplifies it without holding it, -: neither.
 */
static void
test_amplify(void)
{
	static const struct {
		const char *holds;	/* alice, a, b */
		const char *run_get, *run_cancel, *reach;
	} cases[] = {
		{ "hhh", "admin", "admin", "all *" },
		{ "-hh", "deny", "deny", "none *" },
		{ "h-h", "deny", "deny", "none *" },
		{ "hh-", "deny", "deny", "none *" },
		{ "--m", "admin", "deny", "all *" },
		{ "h-m", "admin", "deny", "all *" },
		{ "-hm", "admin", "deny", "all *" },
		{ "--M", "deny", "deny", "none *" },
		{ "hhM", "deny", "deny", "none *" },
		{ "-mh", "admin", "deny", "all *" },
		{ "-m-", "deny", "deny", "none *" },
		{ "-Mh", "deny", "deny", "none *" },
		{ "hMh", "deny", "deny", "none *" },
		{ "hmh", "admin", "admin", "all *" },
		{ "-mm", "admin", "deny", "all *" },
		{ "-mM", "deny", "deny", "none *" },
		{ "-Mm", "admin", "deny", "all *" },
	};
	static const char *const who[] = { "user:alice", "plugin:a",
		"plugin:b" };
	struct caller chain = lab_plugin("plugin:b", "user:alice");
	char got[64];
	struct core c;
	size_t i, k;

	chain.chain[chain.chain_len++] = "plugin:a";
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		lab_start(&c);
		for (k = 0; k < 3; k++) {
			char x = cases[i].holds[k];

			if (x == 'h' || x == 'm') {
				grant(&c, who[k], "run_get",
				    ",\"owner\":\"*\"");
				grant(&c, who[k], "run_cancel",
				    ",\"owner\":\"*\"");
				grant(&c, who[k], "run_list",
				    ",\"owner\":\"*\"");
			}
			if (x == 'm' || x == 'M') {
				grant(&c, who[k], "amplify:run_get", "");
				grant(&c, who[k], "amplify:run_list", "");
			}
		}
		if (!CHECK_STR(ask(&c, &chain, "run_get", &alices),
		    cases[i].run_get) ||
		    !CHECK_STR(ask(&c, &chain, "run_cancel", &alices),
		    cases[i].run_cancel) ||
		    !CHECK_STR(reach_of(&c, &chain, got), cases[i].reach))
			printf("# %s\n", cases[i].holds);
		lab_wipe(&c);
		lab_fini(&c);
	}
}

/* It is the plugin's alone, for its time, and no pattern gives it. */
static void
test_amplify_bounds(void)
{
	struct caller chain = lab_plugin("plugin:b", "user:alice");
	struct core c;

	lab_start(&c);
	grant(&c, "plugin:b", "*", ",\"owner\":\"*\"");
	CHECK_STR(ask(&c, &chain, "run_get", &alices), "deny");
	grant(&c, "plugin:b", "amplify:run_get",
	    ",\"expires_in_seconds\":10");
	CHECK_STR(ask(&c, &chain, "run_get", &alices), "admin");
	CHECK_STR(ask(&c, &chain, "run_list", &alices), "deny");
	/* Who is called by it has the chain as it was. */
	chain.chain[chain.chain_len++] = "plugin:b";
	chain.principal = "plugin:c";
	CHECK_STR(ask(&c, &chain, "run_get", &alices), "deny");
	grant(&c, "plugin:c", "run_get", ",\"owner\":\"*\"");
	CHECK_STR(ask(&c, &chain, "run_get", &alices), "admin");
	clock_fake_advance(&c.clock, 10 * US_PER_S);
	CHECK_STR(ask(&c, &chain, "run_get", &alices), "deny");
	lab_fini(&c);
}

static void
test_capabilities(void)
{
	struct core c;
	struct caller demo = { .kind = CALLER_PLUGIN,
	    .principal = "plugin:demo" };

	lab_start(&c);
	grant(&c, "plugin:demo", "*", "");
	CHECK_STR(ask(&c, &demo, "run_get", NULL), "allow");
	CHECK_STR(ask(&c, &demo, "fs.read:/srv", NULL), "deny");
	CHECK_STR(ask(&c, &demo, "host.inprocess", NULL), "deny");
	grant(&c, "plugin:demo", "fs.read:/srv", "");
	CHECK_STR(ask(&c, &demo, "fs.read:/srv", NULL), "allow");
	CHECK_STR(ask(&c, &demo, "fs.read:/srv/data", NULL), "deny");
	lab_fini(&c);
}

static void
test_reach(void)
{
	static const struct { const char *where, *reach; } steps[] = {
		{ "", "own user:alice" },
		{ ",\"owner\":\"user:alice\",\"runner\":"
		    "\"plugin:x/demo/demo\"",
		    "runners user:alice" },
		{ ",\"bot\":\"b\"", "some user:alice" },
		{ ",\"owner\":\"user:bob\"", "some *" },
		{ ",\"owner\":\"*\"", "all *" },
	};
	struct core c;
	struct caller alice = lab_user("user:alice"), bob = lab_user("user:bob");
	char got[64];
	size_t i;

	lab_start(&c);
	CHECK_STR(reach_of(&c, &alice, got), "none *");
	for (i = 0; i < ARRAY_LEN(steps); i++) {
		grant(&c, "user:alice", "run_list", steps[i].where);
		CHECK_STR(reach_of(&c, &alice, got), steps[i].reach);
	}
	grant(&c, "user:bob", "run_list", "");
	grant(&c, "user:bob", "run_list", ",\"owner\":\"user:alice\"");
	CHECK_STR(reach_of(&c, &bob, got), "runners *");
	lab_fini(&c);
}

/* In a chain, what one reaches of all is what the other reaches. */
static void
test_reach_of_chain(void)
{
	struct core c;
	struct caller chain = lab_plugin("plugin:demo", "user:alice");
	char got[64];

	lab_start(&c);
	grant(&c, "user:alice", "run_list", "");
	CHECK_STR(reach_of(&c, &chain, got), "none *");
	grant(&c, "plugin:demo", "run_list", ",\"owner\":\"*\",\"bot\":\"b\"");
	CHECK_STR(reach_of(&c, &chain, got), "some user:alice");
	grant(&c, "plugin:demo", "run_list", ",\"owner\":\"*\"");
	CHECK_STR(reach_of(&c, &chain, got), "own user:alice");
	chain.chain[chain.chain_len++] = "user:bob";
	grant(&c, "user:bob", "run_list", "");
	CHECK_STR(reach_of(&c, &chain, got), "runners user:bob");
	lab_fini(&c);
}

/* The text of the token in a reply; "" when there is none. */
static struct str
token_of(const struct call *call)
{
	const char *t = call->reply.p != NULL ?
	    strstr(call->reply.p, "\"rh_") : NULL;

	return t != NULL ? (struct str){ t + 1, 67 } : (struct str){ "", 0 };
}

static const char *
whose(struct core *c, struct str token)
{
	struct policy *p = gate_policy(ledger_gate(c->ledger));
	static char name[PRINCIPAL_MAX];
	uint8_t hash[HASH_LEN];
	const char *who = !token_hash(token, hash) ? NULL :
	    policy_token(p, hash, gate_now(ledger_gate(c->ledger)));

	snprintf(name, sizeof name, "%s", who != NULL ? who : "nobody");
	policy_unref(p);
	return name;
}

static void
test_tokens(void)
{
	struct core c;
	struct call *call;
	struct str token, brief;

	lab_start(&c);
	call = lab_must(&c, NULL, "token_create",
	    "{\"principal\":\"user:alice\",\"role\":\"operator\"}");
	token = token_of(call);
	CHECK_STR(whose(&c, token), "user:alice");
	CHECK_STR(whose(&c, STR("rh_0000")), "nobody");
	token.len--;
	CHECK_STR(whose(&c, token), "nobody");
	token.len++;
	call = lab_must(&c, NULL, "token_create",
	    "{\"principal\":\"user:bob\",\"expires_in_seconds\":60}");
	brief = token_of(call);
	CHECK_STR(whose(&c, brief), "user:bob");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM token"), 2);
	lab_restart(&c);
	CHECK_STR(whose(&c, token), "user:alice");
	clock_fake_advance(&c.clock, 61 * US_PER_S);
	CHECK_STR(whose(&c, brief), "nobody");
	lab_must(&c, NULL, "token_revoke", "{\"token_id\":\"1\"}");
	CHECK_STR(whose(&c, token), "nobody");
	call = lab_do(&c, NULL, "token_revoke", "{\"token_id\":\"1\"}");
	CHECK_INT(call->status, RH_ENOENT);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* What has ended stays in lists for a week, then goes, a slice a sweep. */
static void
test_ended(void)
{
	static const char counts[] = "SELECT (SELECT count(*) FROM token)"
	    " * 1000 + (SELECT count(*) FROM grants)";
	struct core c;
	int i;

	lab_start(&c);
	for (i = 0; i < 2; i++)
		lab_token(&c, "user:alice", i == 0 ? "" :
		    ",\"expires_in_seconds\":1");
	lab_must(&c, NULL, "token_revoke", "{\"token_id\":\"1\"}");
	lab_token(&c, "user:alice", "");
	lab_token(&c, "user:bob", ",\"expires_in_seconds\":6048000");
	grant(&c, "user:alice", "run_get", ",\"expires_in_seconds\":1");
	grant(&c, "user:alice", "run_list", "");
	lab_sql(&c, "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
	    " LIMIT 150) INSERT INTO token (hash, principal, created,"
	    " created_by, revoked) SELECT randomblob(32), 'user:gone', 0, 'x',"
	    " 1 FROM n");
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, counts), 54002);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, counts), 4002);
	clock_fake_advance(&c.clock, INT64_C(7) * 86400 * US_PER_S);
	/* The snapshot still has what it was made with. */
	CORE_CHECK(&c);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, counts), 3002);
	clock_fake_advance(&c.clock, 2 * US_PER_S);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, counts), 2001);
	CORE_CHECK(&c);
	/* A number is never given again. */
	lab_must(&c, NULL, "token_revoke", "{\"token_id\":\"4\"}");
	CORE_CHECK(&c);
	lab_fini(&c);
}

const struct unit_test auth_policy_tests[] = {
	{ "a grant holds for its owner, owner=* for anybody", test_owner },
	{ "a dimension that is named must match, and none matches only none",
	    test_dimensions },
	{ "a grant within a scope doesn't reach the host as a whole",
	    test_host_wide },
	{ "roles hold what their table says", test_roles },
	{ "a role's grants hold where role and grant meet", test_role_scope },
	{ "a grant ends at its expiry", test_expiry },
	{ "every member of a chain must hold the permission", test_chain },
	{ "no pattern reaches a capability", test_capabilities },
	{ "the reach of a list is that of its grants", test_reach },
	{ "what has ended is removed after a week", test_ended },
	{ "a chain reaches what all in it reach", test_reach_of_chain },
	{ "a plugin that may amplify an action begins the chain anew",
	    test_amplify },
	{ "to amplify is bound to a plugin, an action and a time",
	    test_amplify_bounds },
	{ "a token is known until it is revoked or expires", test_tokens },
	{ NULL, NULL },
};
