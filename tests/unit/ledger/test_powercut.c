/*
 * The power goes in the middle of a write.  Whatever the disk kept of what
 * wasn't synced: what was answered is there, the rest wholly or not at all,
 * and the ledger opens.
 */
#include "lib/core.h"
#include "lib/faultvfs.h"
#include "lib/totals.h"
#include "lib/unit.h"

#include "audit/verify.h"
#include "base/mem.h"
#include "store/db.h"

#include <runhost/host.h>

#include <stdio.h>
#include <stdlib.h>

#define STEPS	40

/* A life of one run, again and again, with grants and checkpoints between. */
static void
step(struct core *c, int i)
{
	static int64_t no;
	struct err err;

	switch (i % 8) {
	case 0:
		no = lab_run(c, NULL, "/demo hello", NULL);
		break;
	case 1:
		lab_offer(c, 1);
		break;
	case 2:
	case 5:
		CHECK_INT(lab_report(c, no, lab_fence(c, no), 5), RH_OK);
		break;
	case 3:
		lab_must(c, NULL, "grant_add", "{\"grantee\":\"user:u%d\","
		    "\"permission\":\"run_get\"}", i);
		break;
	case 4:
		CHECK_OK(db_checkpoint(ledger_db(c->ledger), i % 16 == 4,
		    NULL, &err), &err);
		break;
	case 6:
		CHECK_INT(lab_finish(c, no, lab_fence(c, no),
		    RH_COMPLETED), RH_OK);
		break;
	case 7:
		lab_must(c, NULL, "token_create",
		    "{\"principal\":\"user:u\"}");
		break;
	}
}

/* Runs the steps; the step in which the power went, or -1. */
static int
run_steps(struct core *c, struct totals *after)
{
	int i, when = -1;

	for (i = 0; i < STEPS; i++) {
		step(c, i);
		totals_of(c->db_path, &after[i + 1]);
		if (when < 0 && faultvfs_hits() > 0)
			when = i;
	}
	return when;
}

static void
open_again(struct core *c, const char *dir, uint64_t seed)
{
	const struct audit_check alone = { .anchor = NULL };
	struct audit_report r;
	struct core after;
	struct err err = { 0 };

	lab_init(&after);
	snprintf(after.db_path, sizeof after.db_path, "%s/runhost.db", dir);
	after.clock = c->clock;
	if (CHECK_OK(lab_open(&after, &err), &err) &&
	    CHECK_OK(audit_verify(after.reader, &alone, &r, &err), &err)) {
		unit_check(r.ok, __FILE__, __LINE__, "seed %d: %s",
		    (int)seed, r.problem);
		CORE_CHECK(&after);
		CHECK_STR(lab_text(&after, "PRAGMA integrity_check"), "ok");
	}
	lab_fini(&after);
}

static void
cut_once(uint64_t seed, int nth)
{
	struct fault_plan plan = { .ops = FAULT_WRITES, .nth = nth,
	    .cut_seed = seed };
	struct totals after[STEPS + 1], kept;
	struct core c;
	char dir[280], cmd[700], path[400];
	int when;

	faultvfs_record(true);
	lab_init(&c);
	c.vfs = FAULTVFS_NAME;
	lab_wipe(&c);
	snprintf(dir, sizeof dir, "%s/cut", c.dir);
	snprintf(cmd, sizeof cmd, "rm -rf '%s' && mkdir '%s'", dir, dir);
	CHECK_INT(system(cmd), 0);
	plan.cut_dir = dir;
	lab_restart(&c);
	totals_of(c.db_path, &after[0]);
	faultvfs_plan(&plan);
	when = run_steps(&c, after);
	faultvfs_plan(NULL);
	snprintf(path, sizeof path, "%s/runhost.db", dir);
	if (CHECK(when >= 0)) {
		totals_of(path, &kept);
		unit_check(totals_are(&kept, &after[when]) ||
		    totals_are(&kept, &after[when + 1]), __FILE__, __LINE__,
		    "seed %d, write %d in step %d: neither the step before "
		    "nor this one", (int)seed, nth, when);
		open_again(&c, dir, seed);
	}
	lab_fini(&c);
	faultvfs_record(false);
}

/* How many writes and syncs the steps are. */
static int
count_writes(void)
{
	struct fault_plan plan = { .ops = FAULT_WRITES, .nth = 1000000 };
	struct totals after[STEPS + 1];
	struct core c;
	int n;

	lab_init(&c);
	c.vfs = FAULTVFS_NAME;
	lab_wipe(&c);
	lab_restart(&c);
	faultvfs_plan(&plan);
	CHECK_INT(run_steps(&c, after), -1);
	n = faultvfs_count();
	lab_fini(&c);
	return n;
}

static void
test_cut(void)
{
	struct rand_src rand;
	uint64_t seed;
	int writes;

	faultvfs_register();
	writes = count_writes();
	CHECK(writes > 100);
	for (seed = 1; seed <= 60; seed++) {
		rand_seeded_init(&rand, seed);
		cut_once(seed, 1 + (int)rand_below(&rand,
		    (uint64_t)writes));
	}
}

const struct unit_test ledger_powercut_tests[] = {
	{ "what was answered outlives a power cut", test_cut },
	{ NULL, NULL },
};
