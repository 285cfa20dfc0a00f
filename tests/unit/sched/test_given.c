/*
 * From grants to what a new worker is given.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "base/mem.h"
#include "sched/control.h"
#include "sched/uses.h"
#include "worker/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A plug without a thread; its host is the core. */
struct bench {
	struct core c;
	struct sched s;
	struct plug plug;
	struct plugin plugin;
	struct sched_host to;
	struct arena arena;
	struct worker_profile p;
};

static struct policy *
policy_of(struct host *h)
{
	struct core *c = (struct core *)(void *)h;

	return gate_policy(ledger_gate(c->ledger));
}

static void
bench_open(struct bench *b)
{
	const struct plan_config cf = plan_config_default;

	memset(b, 0, sizeof *b);
	lab_start(&b->c);
	b->to.policy = policy_of;
	b->s.to = &b->to;
	b->s.uses = uses_new();
	b->s.host = (struct host *)(void *)&b->c;
	b->s.cfg = sched_config_default;
	plan_init(&b->s.plan, &cf);
	b->plug.s = &b->s;
	b->plug.plugin = &b->plugin;
	b->plugin.id = mem_strdup("demo");
	b->plug.pool = plan_pool_add(&b->s.plan, false, &b->plug);
	plug_limit(&b->plug, &b->s.cfg.limits);
	snprintf(b->plug.principal, sizeof b->plug.principal, "plugin:demo");
}

static void
bench_close(struct bench *b)
{
	arena_fini(&b->arena);
	given_fini(&b->plug);
	uses_free(b->s.uses);
	plan_fini(&b->s.plan);
	free((char *)(uintptr_t)b->plugin.id);
	lab_fini(&b->c);
}

static void
grant(struct bench *b, const char *capability, const char *more)
{
	lab_must(&b->c, NULL, "grant_add", "{\"grantee\":\"plugin:demo\","
	    "\"permission\":\"%s\"%s}", capability, more);
}

/* As after the COMMIT. */
static void
look(struct bench *b)
{
	plan_at(&b->s.plan, gate_now(ledger_gate(b->c.ledger)));
	plan_tick(&b->s.plan);
	given_look(&b->plug);
	arena_fini(&b->arena);
	given_profile(&b->plug, &b->arena, &b->p);
}

static void
test_nothing(void)
{
	struct bench b;

	bench_open(&b);
	b.s.cfg.min_tier = TIER_EXPECTED;
	lab_must(&b.c, NULL, "grant_add", "{\"grantee\":\"plugin:demo\","
	    "\"permission\":\"*\"}");
	lab_must(&b.c, NULL, "grant_add", "{\"grantee\":\"plugin:other\","
	    "\"permission\":\"env:PATH\"}");
	look(&b);
	CHECK_INT(b.p.path_count, 0);
	CHECK_INT(b.p.env_count, 0);
	CHECK(!b.p.children && !b.p.loose_children);
	CHECK_INT(b.p.memory_bytes, b.s.cfg.limits.memory_bytes);
	CHECK_INT(b.p.file_bytes, 0);
	CHECK_INT(b.p.min_tier, TIER_EXPECTED);
	bench_close(&b);
}

static void
test_all(void)
{
	static const char *const caps[] = {
		"fs.read:/usr", "fs.write:/tmp", "proc.exec:/bin/sh",
		"proc.exec.loose", "env:RUNHOST_TEST", "limit.memory:64M",
		"limit.memory:32M", "limit.processes:9",
		"limit.open_files:99", "limit.output:7K", "limit.cpu:3",
		"host.inprocess", "amplify:run_get", "secret:x",
	};
	struct stat st;
	struct bench b;
	size_t i;

	bench_open(&b);
	setenv("RUNHOST_TEST", "a=b", 1);
	for (i = 0; i < ARRAY_LEN(caps); i++)
		grant(&b, caps[i], "");
	grant(&b, "env:RUNHOST_TEST", "");
	look(&b);
	CHECK_INT(b.plug.given.count, ARRAY_LEN(caps) - 2);
	if (CHECK_INT(b.p.path_count, 3) && CHECK_INT(b.p.env_count, 1)) {
		CHECK_STR(b.p.paths[0].path, "/usr");
		CHECK_INT(b.p.paths[0].use, PATH_READ);
		CHECK_INT(stat("/usr", &st), 0);
		CHECK(b.p.paths[0].dev == st.st_dev &&
		    b.p.paths[0].ino == st.st_ino);
		CHECK_STR(b.p.paths[1].path, "/tmp");
		CHECK_INT(b.p.paths[1].use, PATH_WRITE);
		CHECK_STR(b.p.paths[2].path, "/bin/sh");
		CHECK_INT(b.p.paths[2].use, PATH_EXEC);
		CHECK_STR(b.p.env[0], "RUNHOST_TEST=a=b");
	}
	CHECK(b.p.children && b.p.loose_children);
	CHECK_INT(b.p.memory_bytes, 64 * 1024 * 1024);
	CHECK_INT(b.p.processes, 9);
	CHECK_INT(b.p.open_files, 99);
	CHECK_INT(b.p.file_bytes, 1 << 30);
	CHECK_INT(b.plug.limits.output_bytes, 7 * 1024);
	CHECK_INT(b.plug.limits.cpu_s, 3);
	unsetenv("RUNHOST_TEST");
	look(&b);
	CHECK_INT(b.p.env_count, 0);
	bench_close(&b);
}

/* Expiry is a revoke, by a timer; what is over is gone. */
static void
test_expiry(void)
{
	struct bench b;

	bench_open(&b);
	grant(&b, "fs.read:/usr", ",\"expires_in_seconds\":10");
	grant(&b, "fs.read:/tmp", "");
	look(&b);
	CHECK_INT(b.p.path_count, 2);
	CHECK(b.plug.expiry.place != 0);
	clock_fake_advance(&b.c.clock, 10 * US_PER_S);
	plan_at(&b.s.plan, gate_now(ledger_gate(b.c.ledger)));
	plan_tick(&b.s.plan);
	CHECK_INT(b.plug.given.count, 1);
	CHECK(b.plug.expiry.place == 0);
	bench_close(&b);
}

/* A link that leads elsewhere since it was granted gives nothing. */
static void
test_own_dirs(void)
{
	struct own_dir own[2] = { { 0 } };
	char data[400], link[400], other[400], cap[500];
	struct bench b;

	bench_open(&b);
	snprintf(data, sizeof data, "%s/data", b.c.dir);
	snprintf(other, sizeof other, "%s/other", b.c.dir);
	snprintf(link, sizeof link, "%s/link", b.c.dir);
	snprintf(cap, sizeof cap, "fs.read:%s", link);
	CHECK_INT(mkdir(data, 0700) + mkdir(other, 0700), 0);
	CHECK_INT(symlink(other, link), 0);
	own[0].path = data;
	CHECK_INT(lineage_of(data, &own[0].at, NULL), RH_OK);
	b.c.env.own_dirs = b.s.cfg.own_dirs = own;
	grant(&b, cap, "");
	look(&b);
	CHECK_INT(b.p.path_count, 1);
	unlink(link);
	look(&b);
	CHECK_INT(b.p.path_count, 0);
	CHECK_INT(symlink(data, link), 0);
	look(&b);
	CHECK_INT(b.p.path_count, 0);
	unlink(link);
	CHECK_INT(symlink(b.c.dir, link), 0);
	look(&b);
	CHECK_INT(b.p.path_count, 0);
	bench_close(&b);
}

/* What a plugin may write says nothing of what else it is given. */
static void
test_written(void)
{
	char dir[400], link[400], cap[500];
	struct bench b;

	bench_open(&b);
	snprintf(dir, sizeof dir, "%s/out", b.c.dir);
	snprintf(link, sizeof link, "%s/link", b.c.dir);
	CHECK_INT(mkdir(dir, 0777) + chown(dir, 1000, 1000) * (geteuid() == 0),
	    0);
	CHECK_INT(symlink(dir, link), 0);
	snprintf(cap, sizeof cap, "fs.write:%s", link);
	grant(&b, cap, "");
	grant(&b, "proc.exec:/bin/sh", "");
	snprintf(cap, sizeof cap, "proc.exec:%s", dir);
	grant(&b, cap, "");
	look(&b);
	if (CHECK_INT(b.p.path_count, 3)) {
		CHECK(b.p.paths[0].is_written);
		CHECK(!b.p.paths[1].is_written);
		CHECK(b.p.paths[2].is_written);
	}
	bench_close(&b);
}

const struct unit_test sched_given_tests[] = {
	{ "without grants a worker is given nothing", test_nothing },
	{ "each grant is in the profile, and limits in their places",
	    test_all },
	{ "a grant's end is noticed", test_expiry },
	{ "a path is looked at again when a worker is made", test_own_dirs },
	{ "paths below what it may write are known to be so", test_written },
	{ NULL, NULL },
};
