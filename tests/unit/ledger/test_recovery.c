/*
 * What a start makes of the attempts of a former process, and how often.
 */
#include "lib/core.h"
#include "lib/unit.h"

static int64_t
running(struct core *c, const char *command)
{
	int64_t no = lab_run(c, NULL, command, NULL);

	lab_offer(c, 1);
	CHECK_INT(lab_report(c, no, lab_fence(c, no), 1), RH_OK);
	return no;
}

static void
test_recovery(void)
{
	struct core c;
	int64_t once, again, claimed, queued;
	const struct effect *e;

	lab_start(&c);
	once = running(&c, "/demo");
	again = running(&c, "/strict go");
	claimed = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	queued = lab_run(&c, NULL, "/demo", NULL);
	lab_restart(&c);
	CHECK_STR(lab_state(&c, once), "failed");
	CHECK_HAS(lab_text(&c, "SELECT reason FROM run_end WHERE state = 7"),
	    "host_lost");
	CHECK_STR(lab_state(&c, again), "queued");
	CHECK_STR(lab_state(&c, claimed), "queued");
	CHECK_STR(lab_state(&c, queued), "queued");
	CORE_CHECK(&c);
	lab_offer(&c, 3);
	e = lab_effect(&c, EFFECT_START, again);
	if (CHECK(e != NULL)) {
		CHECK_INT(e->claimed->cause, CAUSE_TAKEOVER);
		CHECK_INT(e->claimed->row.attempts, 2);
	}
	e = lab_effect(&c, EFFECT_START, claimed);
	if (CHECK(e != NULL)) {
		CHECK_INT(e->claimed->cause, CAUSE_FIRST);
		CHECK_INT(e->claimed->row.attempts, 1);
	}
	CHECK(lab_effect(&c, EFFECT_START, queued) != NULL);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* The start isn't kept up either; the run waits for the next one. */
static void
test_unrecovered(void)
{
	struct core c;
	int64_t bad, good;

	lab_start(&c);
	bad = lab_run(&c, NULL, "/demo", NULL);
	good = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 2);
	CHECK_INT(lab_report(&c, bad, lab_fence(&c, bad), 1), RH_OK);
	CHECK_INT(lab_report(&c, good, lab_fence(&c, good), 1), RH_OK);
	lab_sql(&c, "CREATE TRIGGER no BEFORE INSERT ON run_end WHEN "
	    "NEW.run_no = 1 BEGIN SELECT raise(ABORT, 'not this one'); END");
	lab_restart(&c);
	CHECK_STR(lab_state(&c, good), "failed");
	CHECK_STR(lab_state(&c, bad), "running");
	lab_pass(&c, 600);
	CHECK_STR(lab_state(&c, bad), "running");
	CORE_CHECK(&c);
	lab_sql(&c, "DROP TRIGGER no");
	lab_restart(&c);
	CHECK_STR(lab_state(&c, bad), "failed");
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* It may have begun, and be what ends the host. */
static void
test_inproc_counts(void)
{
	struct core c;
	int64_t no;
	int i;

	lab_start(&c);
	no = lab_run(&c, NULL, "/strict go", NULL);
	for (i = 1; i <= 3; i++) {
		lab_offer_inproc(&c, 1);
		CHECK_STR(lab_state(&c, no), "claimed");
		lab_restart(&c);
		CHECK_STR(lab_state(&c, no), i < 3 ? "queued" : "failed");
	}
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_losses_run_out(void)
{
	struct core c;
	int64_t no;
	int i;

	lab_start(&c);
	no = lab_run(&c, NULL, "/strict go", NULL);
	for (i = 1; i <= 3; i++) {
		lab_offer(&c, 1);
		CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 0), RH_OK);
		lab_restart(&c);
		CHECK_STR(lab_state(&c, no), i < 3 ? "queued" : "failed");
	}
	CORE_CHECK(&c);
	lab_fini(&c);
}

const struct unit_test ledger_recovery_tests[] = {
	{ "a restart recovers what was held", test_recovery },
	{ "a run that can't be recovered stops no start", test_unrecovered },
	{ "a run claimed inside a host that ended counts as lost",
	    test_inproc_counts },
	{ "losses run out", test_losses_run_out },
	{ NULL, NULL }
};
