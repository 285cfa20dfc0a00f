/*
 * What time does to runs: leases, deadlines, retention, and a sweep in which
 * something fails.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include <runhost/host.h>

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static void
test_lease(void)
{
	struct core c;
	int64_t no, fence;
	const struct effect *e;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 2);
	fence = lab_fence(&c, no);
	CHECK_INT(lab_report(&c, no, fence, 1), RH_OK);
	lab_pass(&c, 30);
	lab_renew(&c, no, fence);
	lab_pass(&c, 40);
	CHECK_STR(lab_state(&c, no), "running");
	lab_pass(&c, 30);
	/* Fenced, queued, and claimed at once for the slot that is free. */
	CHECK(lab_effect(&c, EFFECT_FENCED, no) != NULL);
	e = lab_effect(&c, EFFECT_START, no);
	CHECK_INT(e->claimed->cause, CAUSE_TAKEOVER);
	CHECK_INT(e->claimed->row.attempts, 2);
	CHECK(e->fence > fence);
	CHECK_STR(lab_text(&c, "SELECT type FROM event ORDER BY seq DESC"),
	    "host.lost");
	CHECK_INT(lab_report(&c, no, fence, 1), RH_ESTALE);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* The host stood still: whoever worked on couldn't renew. */
static void
test_silence(void)
{
	struct core c;
	int64_t no, lost;

	lab_start(&c);
	lost = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	lab_pass(&c, 55);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 1), RH_OK);
	clock_fake_advance(&c.clock, 600 * US_PER_S);
	lab_sweep(&c);
	CHECK_STR(lab_state(&c, no), "running");
	CHECK_STR(lab_state(&c, lost), "claimed");
	lab_renew(&c, no, lab_fence(&c, no));
	lab_pass(&c, 55);
	CHECK_STR(lab_state(&c, no), "running");
	lab_pass(&c, 10);
	CHECK_STR(lab_state(&c, no), "queued");
	CHECK_STR(lab_state(&c, lost), "queued");
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* A silence that could not be made good is one at the next sweep, too. */
static void
test_silence_kept(void)
{
	struct core c;
	struct call *call;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 1), RH_OK);
	clock_fake_advance(&c.clock, 600 * US_PER_S);
	lab_sql(&c, "CREATE TRIGGER never BEFORE UPDATE OF lease ON run_live "
	    "BEGIN SELECT raise(ABORT, 'never'); END");
	call = lab_internal(&c, "sweep", sizeof(struct sweep_args));
	lab_batch(&c, &call, 1);
	CHECK_INT(call->status, RH_ECONFLICT);
	lab_sql(&c, "DROP TRIGGER never");
	CHECK_INT(lab_sweep(&c), RH_OK);
	CHECK_STR(lab_state(&c, no), "running");
	lab_pass(&c, 55);
	CHECK_STR(lab_state(&c, no), "running");
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* Three runs whose deadline is over, and one whose retention is. */
static void
make_due(struct core *c, int64_t due[3], int64_t *ended)
{
	struct call *call;
	int i;

	*ended = lab_run(c, NULL, "/demo", NULL);
	lab_offer(c, 1);
	CHECK_INT(lab_finish(c, *ended, lab_fence(c, *ended), RH_COMPLETED),
	    RH_OK);
	for (i = 0; i < 3; i++) {
		call = lab_must(c, NULL, "run_create", "{\"runner\":\"demo\","
		    "\"deadline_at\":%lld}", (long long)(CORE_START /
		    US_PER_S + 10 + i));
		due[i] = ((struct run_made *)call->result)->run_no;
	}
	clock_fake_advance(&c->clock, c->env.command_retention_us + US_PER_S);
}

/* Its end fails behind the first writes, and once more when it is removed. */
static void
test_unsettled(void)
{
	struct core c;
	struct call *call;
	struct sweep_args *args;
	int64_t due[3], ended;
	char sql[300];

	lab_start(&c);
	make_due(&c, due, &ended);
	snprintf(sql, sizeof sql, "CREATE TRIGGER end BEFORE INSERT ON audit "
	    "WHEN NEW.action = 'run_sweep' AND NEW.target = (SELECT 'run_' || "
	    "lower(hex(id)) FROM run WHERE run_no = %lld) BEGIN SELECT "
	    "raise(ABORT, 'not this one'); END", (long long)due[1]);
	lab_sql(&c, sql);
	lab_sql(&c, "CREATE TRIGGER gone BEFORE INSERT ON run_gone BEGIN "
	    "SELECT raise(ABORT, 'nor this one'); END");
	call = lab_internal(&c, "sweep", sizeof *args);
	args = call->args;
	lab_batch(&c, &call, 1);
	CHECK_OK(call->status, &call->err);
	if (CHECK(args->skipped != NULL && args->skipped->next != NULL)) {
		CHECK_INT(args->skipped->run_no, ended);
		CHECK_HAS(args->skipped->error, "nor this one");
		CHECK_INT(args->skipped->next->run_no, due[1]);
		CHECK_HAS(args->skipped->next->error, "not this one");
	}
	CHECK_STR(lab_state(&c, due[0]), "timeout");
	CHECK_STR(lab_state(&c, due[1]), "queued");
	CHECK_STR(lab_state(&c, due[2]), "timeout");
	CHECK_STR(lab_state(&c, ended), "completed");
	CORE_CHECK(&c);
	/* They don't stand in the way of others, and come again. */
	lab_batch(&c, &call, 1);
	CHECK(args->skipped == NULL);
	lab_sql(&c, "DROP TRIGGER end");
	lab_sql(&c, "DROP TRIGGER gone");
	clock_fake_advance(&c.clock, 61 * US_PER_S);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run_end WHERE "
	    "state = 9"), 3);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 3);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_deadline(void)
{
	struct core c;
	struct call *call;
	struct run_made *made;
	int64_t no;

	lab_start(&c);
	call = lab_must(&c, NULL, "run_create", "{\"runner\":\"demo\","
	    "\"deadline_at\":%lld}", (long long)(CORE_START / US_PER_S + 10));
	made = call->result;
	no = made->run_no;
	lab_sweep(&c);
	CHECK_STR(lab_state(&c, no), "queued");
	clock_fake_advance(&c.clock, 10 * US_PER_S);
	lab_sweep(&c);
	CHECK_STR(lab_state(&c, no), "timeout");
	CHECK_HAS(lab_text(&c, "SELECT reason FROM run_end"), "deadline");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_retention(void)
{
	struct core c;
	struct call *call;
	const char *id = NULL;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", &id);
	lab_offer(&c, 1);
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_COMPLETED),
	    RH_OK);
	clock_fake_advance(&c.clock, 3599 * US_PER_S);
	lab_sweep(&c);
	CHECK_STR(lab_state(&c, no), "completed");
	clock_fake_advance(&c.clock, 2 * US_PER_S);
	call = lab_must(&c, NULL, "run_cleanup", "{\"dry_run\":true}");
	CHECK_HAS(call->reply.p, "\"removed\":1");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 1);
	call = lab_must(&c, NULL, "run_cleanup", "{}");
	CHECK_HAS(call->reply.p, "\"removed\":1");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 0);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM event"), 0);
	CHECK_INT(lab_number(&c, "SELECT sum(completed) FROM run_count"), 0);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM scope"), 0);
	call = lab_do(&c, NULL, "run_get", "{\"run_id\":\"%s\"}", id);
	CHECK_INT(call->status, RH_ENOENT);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE "
	    "action = 'run_finalize'"), 1);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_sweep_removes(void)
{
	struct core c;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_COMPLETED),
	    RH_OK);
	clock_fake_advance(&c.clock, 3601 * US_PER_S);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 0);
	CHECK_STR(lab_text(&c, "SELECT detail FROM audit WHERE action = "
	    "'run_cleanup'"), "{\"removed\":1}");
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* The sweep's look for what is due fails. */
static int
end_look(unsigned what, void *db, void *st, void *sql)
{
	(void)what, (void)sql;
	if (strstr(sqlite3_sql(st), "INDEXED BY run_due") != NULL)
		sqlite3_interrupt(db);
	return 0;
}

static void
test_failed_sweep(void)
{
	struct core c;
	struct call *call;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 1), RH_OK);
	clock_fake_advance(&c.clock, 25 * US_PER_S);
	call = lab_internal(&c, "sweep", sizeof(struct sweep_args));
	sqlite3_trace_v2(c.writer_handle, SQLITE_TRACE_STMT, end_look,
	    c.writer_handle);
	lab_batch(&c, &call, 1);
	sqlite3_trace_v2(c.writer_handle, 0, NULL, NULL);
	CHECK_INT(call->status, RH_EIO);
	clock_fake_advance(&c.clock, 25 * US_PER_S);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT lease FROM run_live"),
	    CORE_START + 110 * US_PER_S);
	lab_fini(&c);
}

const struct unit_test ledger_sweep_tests[] = {
	{ "a lease that isn't renewed is lost", test_lease },
	{ "after a silence every good lease has a full period",
	    test_silence },
	{ "a silence lasts until leases could be made good",
	    test_silence_kept },
	{ "a run that can't be swept stops no other", test_unsettled },
	{ "a deadline ends a queued run", test_deadline },
	{ "run_cleanup removes runs whose retention is over", test_retention },
	{ "the sweep removes runs whose retention is over",
	    test_sweep_removes },
	{ "a sweep that failed doesn't count as one", test_failed_sweep },
	{ NULL, NULL }
};
