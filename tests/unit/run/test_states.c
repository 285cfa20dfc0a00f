/*
 * The state table, pair by pair, against one written by hand; the rules
 * that pick a transition; and the guards in SQL that refuse every other.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "base/mem.h"
#include "run/outcome.h"
#include "store/db.h"

#include <runhost/host.h>

#include <stdio.h>

/* From (rows) and to (columns), in the order of enum run_state. */
static const char *const table[] = {
	/*		 C Q C R I C F C T */
	/* created */	"- x - - - - x x x",
	/* queued */	"- - x - - - x x x",
	/* claimed */	"- x - x x x x x x",
	/* running */	"- x - - x x x x x",
	/* interrupted */ "- x - - - - x x x",
	/* completed */	"- - - - - - - - -",
	/* failed */	"- - - - - - - - -",
	/* cancelled */	"- - - - - - - - -",
	/* timeout */	"- - - - - - - - -",
};

static void
test_table(void)
{
	int from, to;

	CHECK_UINT(ARRAY_LEN(table), RUN_STATES);
	for (from = 1; from <= RUN_STATES; from++) {
		for (to = 1; to <= RUN_STATES; to++)
			unit_check(run_may_go((enum run_state)from,
			    (enum run_state)to) ==
			    (table[from - 1][2 * (to - 1)] == 'x'), __FILE__,
			    __LINE__, "%s to %s",
			    run_state_name((enum run_state)from),
			    run_state_name((enum run_state)to));
	}
}

static void
test_words(void)
{
	static const char *const native[] = {
		"PENDING", "PENDING", "PENDING", "RUNNING", "RUNNING",
		"SUCCEEDED", "FAILED", "CANCELED", "TIMEOUT",
	};
	enum run_state s;

	for (s = RUN_CREATED; s <= RUN_TIMEOUT; s++) {
		CHECK_STR(run_state_native(s), native[s - 1]);
		CHECK_INT(run_state_of_name(str_of(run_state_name(s))), s);
		CHECK((run_states_of_native(str_of(native[s - 1])) &
		    1u << s) != 0);
		CHECK_INT(run_is_terminal(s), s >= RUN_COMPLETED);
	}
	CHECK_INT(run_state_of_name(STR("done")), 0);
	CHECK_UINT(run_states_of_native(STR("done")), 0);
}

/* How an attempt ended, and what becomes of the run. */
struct finish {
	enum run_state from;
	uint32_t kind;
	bool	retry, host, asked;
	int	failures, max_failures;
	enum run_state to;
	bool	counted;
};

static const struct finish finishes[] = {
	{ RUN_RUNNING, RH_COMPLETED, 0, 0, 0, 0, 1, RUN_COMPLETED, 0 },
	{ RUN_CLAIMED, RH_COMPLETED, 0, 0, 0, 0, 1, RUN_COMPLETED, 0 },
	{ RUN_RUNNING, RH_COMPLETED, 0, 0, 1, 0, 1, RUN_COMPLETED, 0 },
	{ RUN_RUNNING, RH_FAILED, 0, 0, 0, 0, 3, RUN_FAILED, 0 },
	{ RUN_RUNNING, RH_FAILED, 1, 0, 0, 0, 3, RUN_QUEUED, 1 },
	{ RUN_RUNNING, RH_FAILED, 1, 0, 0, 1, 3, RUN_QUEUED, 1 },
	{ RUN_RUNNING, RH_FAILED, 1, 0, 0, 2, 3, RUN_FAILED, 0 },
	{ RUN_RUNNING, RH_FAILED, 1, 0, 0, 0, 1, RUN_FAILED, 0 },
	{ RUN_RUNNING, RH_FAILED, 1, 0, 1, 0, 3, RUN_CANCELLED, 0 },
	{ RUN_RUNNING, RH_FAILED, 1, 1, 0, 0, 3, RUN_QUEUED, 1 },
	{ RUN_RUNNING, RH_TIMEOUT, 0, 1, 0, 0, 1, RUN_TIMEOUT, 0 },
	{ RUN_RUNNING, RH_TIMEOUT, 0, 1, 0, 0, 2, RUN_QUEUED, 1 },
	{ RUN_RUNNING, RH_TIMEOUT, 0, 1, 1, 0, 2, RUN_CANCELLED, 0 },
	{ RUN_RUNNING, RH_CANCELLED, 0, 0, 0, 0, 3, RUN_FAILED, 0 },
	{ RUN_RUNNING, RH_CANCELLED, 0, 0, 1, 0, 3, RUN_CANCELLED, 0 },
	{ RUN_RUNNING, RH_CANCELLED, 0, 1, 0, 0, 3, RUN_CANCELLED, 0 },
	{ RUN_RUNNING, RH_INTERRUPTED, 0, 0, 0, 0, 1, RUN_INTERRUPTED, 0 },
	{ RUN_RUNNING, RH_INTERRUPTED, 0, 0, 1, 0, 1, RUN_CANCELLED, 0 },
};

static void
test_finish(void)
{
	const struct finish *f;
	struct run_live l;
	struct decision d;
	size_t i;

	for (i = 0; i < ARRAY_LEN(finishes); i++) {
		f = &finishes[i];
		l = (struct run_live){ .state = f->from,
		    .cancel_us = f->asked, .failures = f->failures,
		    .max_failures = f->max_failures, .max_losses = 3 };
		d = (struct decision){ .end.error = "why" };
		decide_finish(&l, f->kind, f->retry, f->host, &d);
		unit_check(d.state == f->to && d.count_failure == f->counted,
		    __FILE__, __LINE__, "row %zu: %s, counted %d", i,
		    run_state_name(d.state), d.count_failure);
		CHECK(d.state == RUN_QUEUED || d.state == RUN_INTERRUPTED ||
		    d.state == RUN_COMPLETED || d.end.reason != NULL);
	}
}

static void
test_loss(void)
{
	struct run_live l = { .state = RUN_RUNNING, .max_losses = 3 };
	struct decision d = { 0 };

	decide_loss(&l, true, "gone", &d);
	CHECK_INT(d.state, RUN_QUEUED);
	CHECK_INT(d.cause, CAUSE_TAKEOVER);
	CHECK(d.count_loss && !d.uncount_attempt && d.event != NULL);
	l.losses = 2;
	d = (struct decision){ 0 };
	decide_loss(&l, true, "gone", &d);
	CHECK_INT(d.state, RUN_FAILED);
	CHECK_STR(d.end.reason, "gone");
	d = (struct decision){ 0 };
	decide_loss(&l, false, "gone", &d);
	CHECK_INT(d.state, RUN_QUEUED);
	CHECK(!d.count_loss && d.uncount_attempt && d.event == NULL);
	l.cancel_us = 1;
	d = (struct decision){ 0 };
	decide_loss(&l, true, "gone", &d);
	CHECK_INT(d.state, RUN_CANCELLED);
}

/* What each function of the store may be done to. */
struct guarded {
	const char *name;
	const char *allowed;	/* a letter a state: x may, - may not */
	rh_status (*act)(struct db *, const struct run_live *, int64_t fence,
	    struct err *);
};

static rh_status
do_report(struct db *db, const struct run_live *l, int64_t fence,
    struct err *err)
{
	struct run_report r = { .run_no = l->run_no, .fence = fence };
	struct run_tail tail;

	return store_run_report(db, &r, 1, &tail, err);
}

static rh_status
do_renew(struct db *db, const struct run_live *l, int64_t fence,
    struct err *err)
{
	return store_run_renew(db, l->run_no, fence, 1, err);
}

static rh_status
do_requeue(struct db *db, const struct run_live *l, int64_t fence,
    struct err *err)
{
	struct run_requeue r = { .run_no = l->run_no, .fence = fence };

	return store_run_requeue(db, &r, err);
}

static rh_status
do_interrupt(struct db *db, const struct run_live *l, int64_t fence,
    struct err *err)
{
	return store_run_interrupt(db, l->run_no, fence, 1, err);
}

static rh_status
do_end(struct db *db, const struct run_live *l, int64_t fence,
    struct err *err)
{
	struct run_end e = { .state = RUN_FAILED };
	struct run_live with = *l;

	with.fence = fence;
	return store_run_end(db, &with, &e, 1, err);
}

static const struct guarded guarded[] = {
	/*		   CQCRI */
	{ "report",	  "--xx-", do_report },
	{ "renew",	  "--xx-", do_renew },
	{ "requeue",	  "--xx-", do_requeue },
	{ "interrupt",	  "--xx-", do_interrupt },
	{ "end",	  "xxxxx", do_end },
};

/* One run in each live state, and an ended one. */
static void
make_states(struct core *c, int64_t no[RUN_STATES + 1])
{
	int i;

	for (i = RUN_CREATED; i <= RUN_COMPLETED; i++) {
		no[i] = lab_run(c, NULL, "/demo", NULL);
		if (i >= RUN_CLAIMED)
			lab_offer(c, 1);
		if (i >= RUN_RUNNING && i != RUN_COMPLETED)
			CHECK_INT(lab_report(c, no[i], lab_fence(c, no[i]),
			    1), RH_OK);
		if (i == RUN_INTERRUPTED)
			CHECK_INT(lab_finish(c, no[i], lab_fence(c, no[i]),
			    RH_INTERRUPTED), RH_OK);
		if (i == RUN_COMPLETED)
			CHECK_INT(lab_finish(c, no[i], lab_fence(c, no[i]),
			    RH_COMPLETED), RH_OK);
		if (i <= RUN_QUEUED)	/* out of the way of later claims */
			lab_sql(c, "UPDATE run_live SET state = 1 WHERE "
			    "state = 2");
	}
	lab_sql(c, "UPDATE run_live SET state = 2 WHERE run_no = 2");
	CHECK_INT(no[RUN_QUEUED], 2);
}

/* In a transaction that is rolled back. */
static rh_status
attempt(struct core *c, const struct guarded *g, const struct run_live *l,
    int64_t fence)
{
	struct db *db = ledger_db(c->ledger);
	struct err err;
	rh_status rc;

	CHECK_OK(db_begin(db, &err), &err);
	rc = g->act(db, l, fence, &err);
	db_rollback(db);
	return rc;
}

static void
test_guards(void)
{
	struct core c;
	struct run_live l;
	struct err err;
	int64_t no[RUN_STATES + 1];
	size_t k;
	rh_status rc;
	int i;

	lab_start(&c);
	make_states(&c, no);
	for (i = RUN_CREATED; i <= RUN_COMPLETED; i++) {
		rc = store_live_get(ledger_db(c.ledger), no[i],
		    &STAILQ_FIRST(&c.calls)->arena, &l, &err);
		CHECK_INT(rc, i < RUN_COMPLETED ? RH_OK : RH_ESTATE);
		CHECK_STR(lab_state(&c, no[i]),
		    run_state_name((enum run_state)i));
		for (k = 0; k < ARRAY_LEN(guarded); k++) {
			rc = attempt(&c, &guarded[k], &l, l.fence);
			unit_check(rc == (i < RUN_COMPLETED &&
			    guarded[k].allowed[i - 1] == 'x' ? RH_OK :
			    RH_ESTALE), __FILE__, __LINE__, "%s in %s: %d",
			    guarded[k].name,
			    run_state_name((enum run_state)i), rc);
			rc = attempt(&c, &guarded[k], &l, l.fence + 1);
			unit_check(rc == RH_ESTALE, __FILE__, __LINE__,
			    "%s in %s with another fence: %d",
			    guarded[k].name,
			    run_state_name((enum run_state)i), rc);
		}
	}
	lab_fini(&c);
}

/* Without a fence: cancel, note and delete ask for the state alone. */
static void
test_unfenced(void)
{
	static const char cancel[] = "--xx--", note[] = "xxxxx-",
	    delete[] = "-----x";
	struct event_new e = { .type = "host.x", .data = STR("{}") };
	struct core c;
	struct db *db;
	struct err err;
	int64_t no[RUN_STATES + 1], rows;
	int i;

	lab_start(&c);
	make_states(&c, no);
	db = ledger_db(c.ledger);
	for (i = RUN_CREATED; i <= RUN_COMPLETED; i++) {
		CHECK_OK(db_begin(db, &err), &err);
		CHECK_INT(store_run_cancel(db, no[i], "x", 1, 1, &err),
		    cancel[i - 1] == 'x' ? RH_OK : RH_ESTALE);
		CHECK_INT(store_run_note(db, no[i], &e, 1, &err),
		    note[i - 1] == 'x' ? RH_OK : RH_ESTALE);
		db_rollback(db);
		rows = lab_number(&c, "SELECT (SELECT count(*) FROM event) + "
		    "(SELECT count(*) FROM run)");
		CHECK_OK(store_run_delete(db, no[i], &err), &err);
		CHECK_INT(lab_number(&c, "SELECT (SELECT count(*) FROM event)"
		    " + (SELECT count(*) FROM run)") < rows,
		    delete[i - 1] == 'x');
	}
	lab_fini(&c);
}

const struct unit_test run_states_tests[] = {
	{ "every pair of states is as the table by hand says", test_table },
	{ "every state has its words", test_words },
	{ "the end of an attempt decides what becomes of the run",
	    test_finish },
	{ "a lost attempt is repeated until losses run out", test_loss },
	{ "SQL refuses what the state or the fence forbids", test_guards },
	{ "cancel, note and delete ask for the state", test_unfenced },
	{ NULL, NULL },
};
