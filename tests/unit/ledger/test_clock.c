/*
 * The ledger's clock over a restart for which the wall clock was set back:
 * it goes on from the newest time that is on disk.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include <runhost/host.h>

#define HOUR	(3600 * US_PER_S)

/* What the clock says after a restart, seconds from the start of the test. */
static int64_t
after_restart(struct core *c)
{
	c->clock.wall = CORE_START - HOUR;
	lab_restart(c);
	return (gate_now(ledger_gate(c->ledger)) - CORE_START) / US_PER_S;
}

static void
test_report(void)
{
	struct core c;
	int64_t no;

	lab_start(&c);
	lab_must(&c, NULL, "runner_audit", "{\"runner_id\":"
	    "\"plugin:runhost/demo/demo\",\"audited\":false}");
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	clock_fake_advance(&c.clock, 20 * US_PER_S);
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 1), RH_OK);
	CHECK_INT(after_restart(&c), 20);
	/* Nobody knows of time in which nothing was written. */
	clock_fake_advance(&c.clock, 20 * US_PER_S);
	CHECK_INT(after_restart(&c), 20);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_sweep(void)
{
	struct core c;

	lab_start(&c);
	lab_must(&c, NULL, "run_cancel", "{\"idempotency_key\":\"k\"}");
	clock_fake_advance(&c.clock, c.env.idem_us + US_PER_S);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM early_cancel"), 0);
	CHECK_INT(after_restart(&c), c.env.idem_us / US_PER_S + 1);
	CORE_CHECK(&c);
	lab_fini(&c);
}

const struct unit_test ledger_clock_tests[] = {
	{ "the clock goes on from what an attempt reported", test_report },
	{ "the clock goes on from a sweep that removed something",
	    test_sweep },
	{ NULL, NULL }
};
