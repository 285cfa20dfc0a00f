/*
 * What a grant may name, and what is answered beforehand.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "action/action.h"
#include "base/mem.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void
test_roles(void)
{
	struct core c;
	struct call *call;

	lab_start(&c);
	call = lab_do(&c, NULL, "grant_add", "{\"grantee\":\"user:a\","
	    "\"permission\":\"role:operater\"}");
	CHECK_INT(call->status, RH_EINPUT);
	CHECK_STR(call->err.msg, "there is no role \"operater\"");
	call = lab_do(&c, NULL, "token_create", "{\"principal\":\"user:a\","
	    "\"role\":\"operater\"}");
	CHECK_INT(call->status, RH_EINPUT);
	CHECK_STR(lab_text(&c, "SELECT count(*) FROM token"), "0");
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"role:operater\","
	    "\"permission\":\"run_get\"}");
	lab_must(&c, NULL, "token_create", "{\"principal\":\"user:a\","
	    "\"role\":\"operater\"}");
	lab_fini(&c);
}

/* As long as a decision can spell it, and no longer. */
static void
test_role_length(void)
{
	char name[302];
	struct caller a = lab_user("user:a");
	struct core c;
	struct call *call;

	lab_start(&c);
	memset(name, 'x', sizeof name);
	name[301] = '\0';
	call = lab_do(&c, NULL, "token_create", "{\"principal\":\"user:a\","
	    "\"role\":\"%s\"}", name);
	CHECK_INT(call->status, RH_EINPUT);
	CHECK_STR(call->err.msg, "permission: a role's name has up to 100 "
	    "bytes, not 301");
	name[101] = '\0';
	call = lab_do(&c, NULL, "grant_add", "{\"grantee\":\"role:%s\","
	    "\"permission\":\"run_counts\"}", name);
	CHECK_INT(call->status, RH_EINPUT);
	call = lab_do(&c, NULL, "grant_add", "{\"grantee\":\"user:a\","
	    "\"permission\":\"role:%s\"}", name);
	CHECK_INT(call->status, RH_EINPUT);
	CHECK_STR(call->err.msg, "permission: a role's name has up to 100 "
	    "bytes, not 101");
	name[100] = '\0';
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"role:%s\","
	    "\"permission\":\"run_counts\"}", name);
	lab_must(&c, NULL, "token_create", "{\"principal\":\"user:a\","
	    "\"role\":\"%s\"}", name);
	lab_must(&c, &a, "run_counts", "{}");
	lab_fini(&c);
}

/* What runs and rights are found by, and lists show, is short. */
static void
test_texts(void)
{
	static const struct { const char *action, *begins, *field; } all[] = {
		{ "run_create", "\"runner\":\"demo\"", "action_id" },
		{ "run_create", "\"runner\":\"demo\"", "session_id" },
		{ "run_create", "\"runner\":\"demo\"", "workspace_id" },
		{ "run_create", "\"runner\":\"demo\"", "bot_id" },
		{ "run_create", "\"runner\":\"demo\"", "conversation_id" },
		{ "run_create", "\"runner\":\"demo\"", "thread_id" },
		{ "token_create", "\"principal\":\"user:a\"", "label" },
		{ "grant_add", "\"grantee\":\"user:a\",\"permission\":"
		    "\"run_get\"", "owner" },
		{ "grant_add", "\"grantee\":\"user:a\",\"permission\":"
		    "\"run_get\"", "workspace" },
		{ "grant_add", "\"grantee\":\"user:a\",\"permission\":"
		    "\"run_get\"", "bot" },
		{ "grant_add", "\"grantee\":\"user:a\",\"permission\":"
		    "\"run_get\"", "conversation" },
		{ "grant_add", "\"grantee\":\"user:a\",\"permission\":"
		    "\"run_get\"", "thread" },
	};
	char text[257], says[100];
	struct core c;
	struct call *call;
	size_t i;

	lab_start(&c);
	for (i = 0; i < ARRAY_LEN(all); i++) {
		memset(text, 'x', sizeof text);
		text[255] = '\0';
		lab_must(&c, NULL, all[i].action, "{%s,\"%s\":\"%s\"}",
		    all[i].begins, all[i].field, text);
		text[255] = 'x';
		text[256] = '\0';
		call = lab_do(&c, NULL, all[i].action, "{%s,\"%s\":\"%s\"}",
		    all[i].begins, all[i].field, text);
		CHECK_INT(call->status, RH_EINPUT);
		snprintf(says, sizeof says, "body: field \"%s\": 256 bytes "
		    "are above the maximum 255", all[i].field);
		CHECK_STR(call->err.msg, says);
	}
	lab_fini(&c);
}

static void
test_expired_role(void)
{
	struct core c;
	struct call *call;

	lab_start(&c);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"role:crew\","
	    "\"permission\":\"run_get\",\"expires_in_seconds\":5}");
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:a\","
	    "\"permission\":\"role:crew\"}");
	clock_fake_advance(&c.clock, 5 * US_PER_S);
	call = lab_do(&c, NULL, "grant_add", "{\"grantee\":\"user:b\","
	    "\"permission\":\"role:crew\"}");
	CHECK_INT(call->status, RH_EINPUT);
	lab_fini(&c);
}

static void
test_names(void)
{
	static const struct {
		const char *permission, *error;
	} cases[] = {
		{ "run_gett", "permission \"run_gett\": no action has this "
		    "name" },
		{ "run_report", "permission \"run_report\": no action "
		    "has this name" },
		{ "fs.read", "permission \"fs.read\": a capability says of "
		    "what, as fs.read:/srv/data" },
		{ "fs.*", "permission \"fs.*\": there is no such capability" },
		{ "amplify:run_gett", "permission \"run_gett\": no action has "
		    "this name" },
		{ "fs.read:", "permission \"fs.read:\": nothing follows the "
		    "colon" },
	};
	struct core c;
	struct call *call;
	size_t i;

	lab_start(&c);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		call = lab_do(&c, NULL, "grant_add", "{\"grantee\":\"user:a\","
		    "\"permission\":\"%s\"}", cases[i].permission);
		CHECK_INT(call->status, RH_EINPUT);
		CHECK_STR(call->err.msg, cases[i].error);
		call = lab_do(&c, NULL, "permission_check", "{\"principal\":"
		    "\"user:a\",\"permission\":\"%s\"}", cases[i].permission);
		CHECK_INT(call->status, RH_EINPUT);
		CHECK_STR(call->err.msg, cases[i].error);
	}
	lab_fini(&c);
}

/* What would never hold is refused instead of kept. */
static void
test_never(void)
{
	static const struct {
		const char *grant, *error;
	} cases[] = {
		{ "\"user:a\",\"permission\":\"audit_head\","
		    "\"owner\":\"user:zz\"", "permission \"audit_head\" "
		    "touches no run: a grant of it within a scope would "
		    "never hold" },
		{ "\"role:r\",\"permission\":\"token_*\","
		    "\"workspace\":\"w\"", "permission \"token_*\" touches "
		    "no run: a grant of it within a scope would never hold" },
		{ "\"user:a\",\"permission\":\"demo.greet\","
		    "\"runner\":\"demo\"", "permission \"demo.greet\" "
		    "touches no run: a grant of it within a scope would "
		    "never hold" },
		{ "\"plugin:demo\",\"permission\":\"env:HOME\","
		    "\"thread\":\"t\"", "permission \"env:HOME\" touches "
		    "no run: a grant of it within a scope would never hold" },
		{ "\"user:a\",\"permission\":\"env:HOME\"", "permission "
		    "\"env:HOME\": a capability is what a plugin's code may "
		    "do, \"user:a\" is no plugin" },
		{ "\"role:crew\",\"permission\":\"host.inprocess\"",
		    "permission \"host.inprocess\": a capability is what a "
		    "plugin's code may do, \"role:crew\" is no plugin" },
		{ "\"plugin:secret\",\"permission\":\"run_get\"",
		    "grantee \"plugin:secret\" is no principal: a plugin's id "
		    "\"secret\" is a reserved id" },
		{ "\"plugin:Not an id\",\"permission\":\"run_get\"",
		    "grantee \"plugin:Not an id\" is no principal: a plugin's id "
		    "\"Not an id\" is not of the form "
		    "[a-z][a-z0-9._-]{0,62}" },
		{ "\"user:a\",\"permission\":\"run_get\","
		    "\"runner\":\"dmeo\"", "runner \"dmeo\": no enabled "
		    "plugin has it" },
	};
	struct core c;
	struct call *call;
	size_t i;

	lab_start(&c);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		call = lab_do(&c, NULL, "grant_add", "{\"grantee\":%s}",
		    cases[i].grant);
		CHECK_INT(call->status, RH_EINPUT);
		CHECK_STR(call->err.msg, cases[i].error);
	}
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:a\","
	    "\"permission\":\"audit_head\",\"owner\":\"*\"}");
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:a\","
	    "\"permission\":\"*\",\"workspace\":\"w\"}");
	lab_fini(&c);
}

static struct call *
give(struct core *c, const char *kind, const char *dir, const char *rest)
{
	return lab_do(c, NULL, "grant_add", "{\"grantee\":\"plugin:demo\","
	    "\"permission\":\"%s:%s%s\"}", kind, dir, rest);
}

/* The host's directories are given to nobody, however they are spelled. */
static void
test_own_dirs(void)
{
	static const struct {
		const char *kind, *rest;
		rh_status status;
	} cases[] = {
		{ "fs.read", "/data", RH_EINPUT },
		{ "fs.write", "/data/", RH_EINPUT },
		{ "fs.read", "/./data", RH_EINPUT },
		{ "fs.read", "/data/sub", RH_EINPUT },
		{ "fs.write", "/data/not/yet", RH_EINPUT },
		{ "fs.read", "", RH_EINPUT },
		{ "fs.read", "/link", RH_EINPUT },
		{ "fs.read", "/link/sub", RH_EINPUT },
		{ "fs.read", "/other/../data", RH_EINPUT },
		{ "fs.read", "/other", RH_OK },
		{ "fs.write", "/other/not/yet", RH_OK },
		{ "fs.read", "/data..", RH_OK },
	};
	struct own_dir own[2] = { { 0 } };
	char path[400], link[400];
	struct core c;
	struct call *call;
	size_t i;

	lab_start(&c);
	snprintf(path, sizeof path, "%s/other", c.dir);
	CHECK_INT(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/data", c.dir);
	CHECK_INT(mkdir(path, 0700), 0);
	snprintf(link, sizeof link, "%s/link", c.dir);
	CHECK_INT(symlink(path, link), 0);
	own[0].path = path;
	CHECK_INT(lineage_of(path, &own[0].at, NULL), RH_OK);
	c.env.own_dirs = own;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		call = give(&c, cases[i].kind, c.dir, cases[i].rest);
		if (!CHECK_INT(call->status, cases[i].status))
			printf("# %s\n", call->body);
	}
	CHECK_INT(give(&c, "fs.read", "", "/")->status, RH_EINPUT);
	CHECK_INT(give(&c, "fs.read", "", "data")->status, RH_EINPUT);
	lab_fini(&c);
}

/* A runner goes by its name or its id; runs have the id. */
static void
test_runner(void)
{
	struct core c;
	struct caller a = lab_user("user:a");
	const char *id;

	lab_start(&c);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:a\","
	    "\"permission\":\"run_*\",\"runner\":\"demo\"}");
	CHECK_STR(lab_text(&c, "SELECT runner FROM grants"),
	    "plugin:runhost/demo/demo");
	lab_run(&c, &a, "/demo", &id);
	lab_must(&c, &a, "run_get", "{\"run_id\":\"%s\"}", id);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:a\","
	    "\"permission\":\"run_*\",\"runner\":\"plugin:org/x/later\"}");
	lab_fini(&c);
}

static const char *
ask(struct core *c, const char *rest)
{
	return lab_do(c, NULL, "permission_check", "{%s}", rest)->reply.p;
}

static void
test_answers(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice");
	const char *id = NULL;
	char rest[200];

	lab_start(&c);
	CHECK_STR(ask(&c, "\"principal\":\"user:bob\",\"permission\":"
	    "\"run_*\""), "{\"allowed\":false,\"admin\":false,\"reason\":"
	    "\"\\\"user:bob\\\" has no grant of \\\"run_*\\\"\","
	    "\"grant_command\":\"runhost grant add user:bob 'run_*'\"}");
	CHECK_HAS(ask(&c, "\"principal\":\"user:bob\",\"permission\":"
	    "\"host_ping\""), "\"allowed\":true");
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"role:operator\"}");
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:bob\","
	    "\"permission\":\"role:operator\"}");
	lab_run(&c, &alice, "/demo", &id);
	snprintf(rest, sizeof rest, "\"principal\":\"user:bob\","
	    "\"permission\":\"run_get\",\"run_id\":\"%s\"", id);
	/* The command helps: it names whose run it is. */
	CHECK_HAS(ask(&c, rest), "\"reason\":\"granted, but not for this "
	    "run's scope\",\"grant_command\":\"runhost grant add user:bob "
	    "run_get --owner user:alice\"");
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:bob\","
	    "\"permission\":\"run_get\",\"owner\":\"user:alice\"}");
	CHECK_HAS(ask(&c, rest), "\"allowed\":true");
	lab_fini(&c);
}

/* Only who can be known as local: the owner and root. */
static void
test_local(void)
{
	struct core c;
	char rest[120];

	lab_start(&c);
	CHECK_HAS(ask(&c, "\"principal\":\"local:0\",\"permission\":"
	    "\"token_create\""), "\"allowed\":true");
	snprintf(rest, sizeof rest, "\"principal\":\"local:%lu\","
	    "\"permission\":\"token_create\"", (unsigned long)geteuid());
	CHECK_HAS(ask(&c, rest), "\"allowed\":true");
	snprintf(rest, sizeof rest, "\"principal\":\"local:%lu\","
	    "\"permission\":\"token_create\"",
	    (unsigned long)geteuid() + 4711);
	CHECK_HAS(ask(&c, rest), "\"allowed\":false");
	CHECK_HAS(ask(&c, "\"principal\":\"local:00\",\"permission\":"
	    "\"token_create\""), "\"allowed\":false");
	lab_fini(&c);
}

static void
test_asked(void)
{
	struct core c;
	struct call *call;

	lab_start(&c);
	call = lab_do(&c, NULL, "permission_check", "{\"principal\":\"alice\","
	    "\"permission\":\"run_get\"}");
	CHECK_INT(call->status, RH_EINPUT);
	CHECK_STR(call->err.msg, "principal \"alice\" is no principal");
	call = lab_do(&c, NULL, "permission_check", "{\"principal\":"
	    "\"role:operator\",\"permission\":\"run_get\"}");
	CHECK_INT(call->status, RH_EINPUT);
	CHECK_STR(call->err.msg, "principal \"role:operator\" is a role");
	call = lab_do(&c, NULL, "permission_check", "{\"principal\":\"user:a\","
	    "\"permission\":\"run_get\",\"run_id\":\"xyz\"}");
	CHECK_INT(call->status, RH_ENOENT);
	CHECK_STR(call->err.msg, "no run \"xyz\"");
	call = lab_do(&c, NULL, "audit_list", "{\"run_id\":\"xyz\"}");
	CHECK_INT(call->status, RH_EINPUT);
	lab_fini(&c);
}

const struct unit_test action_can_tests[] = {
	{ "a role that nobody defined is not given", test_roles },
	{ "a role's name is bounded", test_role_length },
	{ "texts that others are found by are bounded", test_texts },
	{ "a role ends with its last grant", test_expired_role },
	{ "what names no action and no capability is refused", test_names },
	{ "a grant that would never hold is refused", test_never },
	{ "the host's own directories are given to nobody", test_own_dirs },
	{ "a grant names a runner by name or id", test_runner },
	{ "a no says the command that makes it a yes", test_answers },
	{ "of local peers the owner and root are admins", test_local },
	{ "nobody and nothing unknown is asked about", test_asked },
	{ NULL, NULL }
};
