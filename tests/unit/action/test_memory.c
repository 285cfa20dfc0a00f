/*
 * What the gate remembers goes back with a savepoint, and with nothing else.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "action/gate_impl.h"
#include "store/db.h"
#include "store/store_owner.h"

static const struct run_kind kind = { .owner_no = 1, .plugin = "demo",
	.runner_id = "plugin:x/demo/demo", .created_us = CORE_START };

static void
count(struct act *a, int n)
{
	while (n-- > 0) {
		act_moved(a, &kind, 0, RUN_COMPLETED);
		act_started(a, &kind, CORE_START + n);
	}
}

static void
change(struct act *a, int n)
{
	int i;

	act_offer(a, "demo", n, true);
	act_offer(a, "other", n, false);
	act_queued(a, "demo", 1);
	act_policy_changed(a);
	count(a, n);
	act_live(a, 1, n);
	act_bytes(a, 1, 10 * n);
	act_swept(a);
	act_moved(a, &kind, 0, RUN_QUEUED);
	act_moved(a, &kind, RUN_QUEUED, RUN_FAILED);
	/* So many that the table of owners grows in between. */
	for (i = 0; i < 100; i++)
		act_live(a, 1000 * n + i, n);
}

static void
check_as_before(struct gate *g, int64_t now)
{
	struct memory *m = &g->memory;

	CHECK_INT(memory_slot(m, "demo")->free, 2);
	CHECK(!memory_slot(m, "demo")->inproc);
	CHECK(!memory_slot(m, "demo")->queued);
	CHECK_INT(memory_slot(m, "other")->free, 0);
	CHECK_INT(memory_owner(m, 1)->live, 2);
	CHECK_INT(memory_owner(m, 1)->bytes, 20);
	CHECK_INT(memory_owner(m, 5007)->live, 0);
	CHECK_UINT(m->pending.count_count, 1);
	CHECK_INT(m->pending.counts[0].n[RUN_COMPLETED], 2);
	CHECK_INT(m->pending.counts[0].n[RUN_FAILED], 0);
	CHECK_UINT(m->pending.stat_count, 1);
	CHECK_INT(m->pending.stats[0].n[RUN_COMPLETED], 2);
	CHECK_UINT(m->pending.stats[0].times, 2);
	CHECK_UINT(m->pending.time_count, 2);
	CHECK_UINT(m->pending.times[0].next, 0);
	CHECK_INT(m->swept, now);
	CHECK_INT(m->runs.n[RUN_QUEUED], 0);
	CHECK_INT(m->runs.n[RUN_FAILED], 0);
	CHECK(!g->policy_stale);
	CHECK(STAILQ_EMPTY(&g->of_call));
}

static rh_status
part(struct act *a, struct call *c, int64_t fails, struct err *err)
{
	(void)c;
	change(a, 5);
	return fails ? err_set(err, RH_ECONFLICT, "no") : RH_OK;
}

static void
test_undo(void)
{
	struct core c;
	struct gate *g;
	struct err err = { 0 };
	struct act a;
	int64_t swept;

	lab_start(&c);
	g = ledger_gate(c.ledger);
	CHECK_OK(gate_begin(g, &err), &err);
	a = (struct act){ .db = g->db, .env = g->env, .now = g->now + 9,
	    .gate = g };
	swept = g->memory.swept;
	act_offer(&a, "demo", 2, false);
	count(&a, 2);
	act_live(&a, 1, 2);
	act_bytes(&a, 1, 20);
	CHECK_INT(act_apart(&a, NULL, 1, part, &err), RH_ECONFLICT);
	check_as_before(g, swept);
	/* The next is kept, and is more of the same. */
	CHECK_OK(act_apart(&a, NULL, 0, part, &err), &err);
	CHECK_INT(memory_slot(&g->memory, "demo")->free, 7);
	CHECK_INT(memory_owner(&g->memory, 1)->live, 7);
	CHECK_INT(memory_owner(&g->memory, 1)->bytes, 70);
	CHECK_INT(memory_owner(&g->memory, 5007)->live, 5);
	CHECK_INT(g->memory.swept, a.now);
	CHECK_INT(g->memory.runs.n[RUN_FAILED], 1);
	CHECK(g->policy_stale);
	gate_rollback(g);
	CORE_CHECK(&c);
	lab_fini(&c);
}

const struct unit_test action_memory_tests[] = {
	{ "an undone savepoint is as if it had not been", test_undo },
	{ NULL, NULL }
};
