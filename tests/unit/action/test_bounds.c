/*
 * What a call costs doesn't grow with what is kept: counted in steps of
 * SQLite's machine and in changed rows, never in time.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include <runhost/host.h>

#include <sqlite3.h>
#include <stdio.h>

/* Steps of all statements of a connection since the last call. */
static int64_t
steps(sqlite3 *h)
{
	sqlite3_stmt *st = NULL;
	int64_t n = 0;

	while ((st = sqlite3_next_stmt(h, st)) != NULL)
		n += sqlite3_stmt_status(st, SQLITE_STMTSTATUS_VM_STEP, 1);
	return n;
}

/* Events of a type behind those that the run has. */
static void
add_events(struct core *c, int64_t run_no, int n, const char *type,
    const char *data)
{
	char sql[600];

	snprintf(sql, sizeof sql, "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL "
	    "SELECT i + 1 FROM k WHERE i < %d) INSERT INTO event (run_no, seq, "
	    "at, type, data) SELECT %lld, (SELECT ifnull(max(seq), 0) FROM "
	    "event WHERE run_no = %lld) + i, 1, '%s', '%s' FROM k", n,
	    (long long)run_no, (long long)run_no, type, data);
	lab_sql(c, sql);
}

static int64_t
ended(struct core *c, const char **id)
{
	int64_t no = lab_run(c, NULL, "/demo", id);

	lab_offer(c, 1);
	CHECK_INT(lab_finish(c, no, lab_fence(c, no), RH_COMPLETED), RH_OK);
	return no;
}

static int64_t
cost_of_cancel(struct core *c, const char *id)
{
	struct call *call;

	steps(c->writer_handle);
	call = lab_must(c, NULL, "run_cancel", "{\"run_id\":\"%s\"}", id);
	CHECK_HAS(call->reply.p, "\"already_terminal\":true");
	CHECK_HAS(call->reply.p, "\"status\":\"completed\"");
	return steps(c->writer_handle);
}

static void
test_cancel(void)
{
	struct core c;
	const char *few = NULL, *many = NULL;
	int64_t no, cost;

	lab_start(&c);
	ended(&c, &few);
	no = ended(&c, &many);
	add_events(&c, no, 3000, "output", "{\"text\":\"x\"}");
	cost_of_cancel(&c, few);
	cost = cost_of_cancel(&c, few);
	CHECK_INT(cost_of_cancel(&c, many), cost);
	lab_fini(&c);
}

const struct unit_test action_bounds_tests[] = {
	{ "a cancel costs the same whatever a run's events", test_cancel },
	{ NULL, NULL }
};
