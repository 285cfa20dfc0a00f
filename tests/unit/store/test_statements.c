/*
 * The statements on a run's way: what would make each of them several times
 * as dear, without any test of behaviour failing.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "store/store_run.h"

#include <runhost/host.h>

#include <sqlite3.h>
#include <stdio.h>

static void
live(struct core *c)
{
	int64_t no = lab_run(c, NULL, "/demo", NULL);

	lab_offer(c, 1);
	CHECK_INT(lab_report(c, no, lab_fence(c, no), 2), RH_OK);
	CHECK_INT(lab_finish(c, no, lab_fence(c, no), RH_COMPLETED), RH_OK);
	CHECK_STR(lab_state(c, no), "completed");
}

static sqlite3_stmt *
next(struct core *c, sqlite3_stmt *st)
{
	return sqlite3_next_stmt(c->writer_handle, st);
}

static int
status(sqlite3_stmt *st, int what, bool reset)
{
	return sqlite3_stmt_status(st, what, reset);
}

/* The count does count: a bound state may admit the queue's index, or not. */
static void
check_control(sqlite3 *h)
{
	sqlite3_stmt *st = NULL;
	int i;

	CHECK_INT(sqlite3_prepare_v2(h, "SELECT count(*) FROM run_live"
	    " WHERE state = ?1 AND plugin = 'demo'", -1, &st, NULL),
	    SQLITE_OK);
	for (i = 2; i <= 4; i++) {
		sqlite3_bind_int(st, 1, i);
		CHECK_INT(sqlite3_step(st), SQLITE_ROW);
		sqlite3_reset(st);
	}
	CHECK(status(st, SQLITE_STMTSTATUS_REPREPARE, false) >= 2);
	sqlite3_finalize(st);
}

/*
 * SQLite prepares a statement anew when a value is bound that is compared
 * with the column of a partial index.
 */
static void
test_prepared_once(void)
{
	struct core c;
	sqlite3_stmt *st;
	int i, ran = 0;

	lab_start(&c);
	live(&c);
	for (st = next(&c, NULL); st != NULL; st = next(&c, st)) {
		status(st, SQLITE_STMTSTATUS_REPREPARE, true);
		status(st, SQLITE_STMTSTATUS_RUN, true);
	}
	for (i = 0; i < 3; i++)
		live(&c);
	for (st = next(&c, NULL); st != NULL; st = next(&c, st)) {
		ran += status(st, SQLITE_STMTSTATUS_RUN, false) >= 3;
		if (!CHECK_INT(status(st, SQLITE_STMTSTATUS_REPREPARE,
		    false), 0))
			printf("# %s\n", sqlite3_sql(st));
	}
	CHECK(ran >= 10);
	check_control(c.writer_handle);
	lab_fini(&c);
}

/* Whether the statement's program has this instruction. */
static bool
has(sqlite3 *h, const char *sql, const char *opcode)
{
	char *text = sqlite3_mprintf("EXPLAIN %s", sql);
	sqlite3_stmt *st = NULL;
	bool found = false;

	CHECK_INT(sqlite3_prepare_v2(h, text, -1, &st, NULL), SQLITE_OK);
	while (st != NULL && sqlite3_step(st) == SQLITE_ROW)
		found |= strcmp((const char *)sqlite3_column_text(st, 1),
		    opcode) == 0;
	sqlite3_finalize(st);
	sqlite3_free(text);
	return found;
}

/* RETURNING and UPDATE FROM collect their rows in a temporary b-tree. */
static void
test_no_temporary(void)
{
	struct core c;
	sqlite3_stmt *st;
	const char *sql;

	lab_start(&c);
	for (st = next(&c, NULL); st != NULL; st = next(&c, st))
		status(st, SQLITE_STMTSTATUS_RUN, true);
	live(&c);
	for (st = next(&c, NULL); st != NULL; st = next(&c, st)) {
		sql = sqlite3_sql(st);
		if (status(st, SQLITE_STMTSTATUS_RUN, false) == 0)
			continue;
		if (!CHECK(!has(c.writer_handle, sql, "OpenEphemeral")) ||
		    !CHECK(!has(c.writer_handle, sql, "SorterOpen")))
			printf("# %s\n", sql);
	}
	CHECK(has(c.writer_handle, "DELETE FROM run_live RETURNING run_no",
	    "OpenEphemeral"));
	lab_fini(&c);
}

static int64_t
oldest_age(struct core *c)
{
	struct err err;
	int64_t created = -1;

	CHECK_OK(store_run_oldest_queued(ledger_db(c->ledger), &created, &err), &err);
	return created == 0 ? -1 : c->clock.wall - created;
}

/* The queue is in order of plugin and priority: age is looked for in each. */
static void
test_oldest_queued(void)
{
	struct core c;
	int i;

	lab_start(&c);
	CHECK_INT(oldest_age(&c), -1);
	for (i = 0; i < 4; i++) {
		lab_must(&c, NULL, "run_create", "{\"command\":\"/demo\","
		    "\"priority\":%d}", 10 * (i % 2));
		clock_fake_advance(&c.clock, US_PER_S);
	}
	CHECK_INT(oldest_age(&c), 4 * US_PER_S);
	/* Those of high priority are claimed first. */
	lab_offer(&c, 2);
	CHECK_INT(oldest_age(&c), 4 * US_PER_S);
	lab_offer(&c, 1);
	CHECK_INT(oldest_age(&c), 2 * US_PER_S);
	lab_offer(&c, 1);
	CHECK_INT(oldest_age(&c), -1);
	lab_fini(&c);
}

const struct unit_test store_statements_tests[] = {
	{ "the oldest queued run is found by the queue's index", test_oldest_queued },
	{ "none on a run's way is prepared twice", test_prepared_once },
	{ "none on a run's way needs a temporary table", test_no_temporary },
	{ NULL, NULL }
};
