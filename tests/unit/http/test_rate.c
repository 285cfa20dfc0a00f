/*
 * Callers are told apart, and the table's size forgives nobody.
 */
#include "http/rate.h"
#include "lib/unit.h"

#include "base/clock.h"

#include <stdio.h>

#define NOW	(INT64_C(1000) * US_PER_S)

static const char *
name(int i)
{
	static char text[32];

	snprintf(text, sizeof text, "user:%d", i);
	return text;
}

/* Takes until the answer is no; how many were taken. */
static int
drain(struct rate *r, const char *who)
{
	int n = 0;

	while (n < 100 && rate_take(r, who, NOW))
		n++;
	return n;
}

static void
test_apart(void)
{
	struct rate *r = rate_new(10);
	int i, others = 0;

	for (i = 0; i < 200; i++)
		CHECK_INT(drain(r, name(i)), 10);
	for (i = 0; i < 200; i++)
		others += rate_take(r, name(i), NOW);
	CHECK_INT(others, 0);
	CHECK(rate_take(r, name(0), NOW + US_PER_S / 10));
	rate_free(r);
}

/* Who has had its requests of this second gets the rest of a higher limit. */
static void
test_set(void)
{
	struct rate *r = rate_new(0);

	CHECK_INT(drain(r, "user:a"), 100);
	rate_set(r, 4);
	CHECK_INT(rate_limit(r), 4);
	CHECK_INT(drain(r, "user:a"), 4);
	rate_set(r, 20);
	CHECK_INT(drain(r, "user:b"), 20);
	rate_set(r, 0);
	CHECK_INT(drain(r, "user:a"), 100);
	rate_free(r);
}

/* Idle ones make room for others; they had nothing to lose. */
static void
test_idle(void)
{
	struct rate *r = rate_new(10);
	int i, bad = 0;

	for (i = 0; i < 50000; i++)
		bad += !rate_take(r, name(i), NOW + i * US_PER_S / 1000);
	CHECK_INT(bad, 0);
	rate_free(r);
}

/* More busy callers than the table holds get no more than it does. */
static void
test_full(void)
{
	struct rate *r = rate_new(10);
	int i, taken = 0;

	for (i = 0; i < 150000; i++)
		taken += rate_take(r, name(i % 50000), NOW);
	CHECK(taken <= 8192 * 10);
	CHECK(taken > 8192 * 5);
	rate_free(r);
}

static void
test_none(void)
{
	struct rate *r = rate_new(0);

	CHECK_INT(drain(r, "user:a"), 100);
	rate_free(r);
}

const struct unit_test http_rate_tests[] = {
	{ "each caller has its own requests of a second", test_apart },
	{ "who is idle makes room", test_idle },
	{ "a full table forgives nobody", test_full },
	{ "no limit is no limit", test_none },
	{ "another limit holds from then on", test_set },
	{ NULL, NULL },
};
