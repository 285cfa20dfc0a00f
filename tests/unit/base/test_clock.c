/* Clocks. */
#include "lib/unit.h"

#include "base/clock.h"

#define NOON	INT64_C(1795240610123456)	/* 2026-11-21T05:56:50Z */

static void
test_fake(void)
{
	struct clock_fake f;

	clock_fake_init(&f, NOON);
	CHECK_INT(f.clock.wall_us(&f.clock), NOON);
	clock_fake_advance(&f, 5 * US_PER_MS);
	CHECK_INT(f.clock.wall_us(&f.clock), NOON + 5000);
	CHECK_INT(f.clock.boot_us(&f.clock), US_PER_S + 5000);
}

static void
test_ledger_ignores_wall(void)
{
	struct clock_ledger l;
	struct clock_fake f;

	clock_fake_init(&f, NOON);
	clock_ledger_init(&l, &f.clock, 0);
	CHECK_INT(clock_ledger_now(&l), NOON);
	f.wall -= 3600 * US_PER_S;
	CHECK_INT(clock_ledger_now(&l), NOON);
	clock_fake_advance(&f, US_PER_S);
	CHECK_INT(clock_ledger_now(&l), NOON + US_PER_S);
	f.wall += 100000 * US_PER_S;
	CHECK_INT(clock_ledger_now(&l), NOON + US_PER_S);
}

static void
test_ledger_never_back(void)
{
	struct clock_ledger l;
	struct clock_fake f;

	clock_fake_init(&f, NOON);
	clock_ledger_init(&l, &f.clock, 0);
	clock_fake_advance(&f, 10 * US_PER_S);
	CHECK_INT(clock_ledger_now(&l), NOON + 10 * US_PER_S);
	f.boot -= 4 * US_PER_S;
	CHECK_INT(clock_ledger_now(&l), NOON + 10 * US_PER_S);
	f.boot += 5 * US_PER_S;
	CHECK_INT(clock_ledger_now(&l), NOON + 11 * US_PER_S);
}

static void
test_ledger_floor(void)
{
	struct clock_ledger l;
	struct clock_fake f;

	clock_fake_init(&f, NOON);
	clock_ledger_init(&l, &f.clock, NOON + 60 * US_PER_S);
	CHECK_INT(clock_ledger_now(&l), NOON + 60 * US_PER_S);
	clock_fake_advance(&f, US_PER_S);
	CHECK_INT(clock_ledger_now(&l), NOON + 61 * US_PER_S);
}

static void
test_real(void)
{
	int64_t a, b, wall;

	wall = clock_real.wall_us(&clock_real);
	CHECK(wall > INT64_C(1600000000) * US_PER_S);
	a = clock_real.boot_us(&clock_real);
	b = clock_real.boot_us(&clock_real);
	CHECK(a > 0 && b >= a);
}

static void
test_iso(void)
{
	char out[CLOCK_ISO_LEN];

	CHECK_STR(clock_iso(NOON, out), "2026-11-21T05:56:50.123Z");
	CHECK_STR(clock_iso(0, out), "1970-01-01T00:00:00.000Z");
	CHECK_STR(clock_iso(-1, out), "1969-12-31T23:59:59.999Z");
	CHECK_STR(clock_iso(INT64_C(951782400) * US_PER_S, out),
	    "2000-02-29T00:00:00.000Z");
	CHECK_STR(clock_iso(INT64_MAX, out), "9999-12-31T23:59:59.999Z");
	CHECK_STR(clock_iso(INT64_MIN, out), "0000-01-01T00:00:00.000Z");
}

const struct unit_test base_clock_tests[] = {
	{ "a fake clock moves only when told to", test_fake },
	{ "the ledger's clock follows boot time, not the wall",
	    test_ledger_ignores_wall },
	{ "the ledger's clock never goes back", test_ledger_never_back },
	{ "the ledger's clock starts at the newest time on disk",
	    test_ledger_floor },
	{ "the real clock runs", test_real },
	{ "times are spelled in ISO 8601 up to both ends", test_iso },
	{ NULL, NULL },
};
