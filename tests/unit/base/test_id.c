/* Ids. */
#include "lib/unit.h"

#include "base/clock.h"
#include "base/id.h"

#define NOON	INT64_C(1795240610123456)

/* Draws n ids, the wall moving by step_us; each must exceed the former. */
static void
check_rising(struct id_src *src, int n, int64_t wall_us, int64_t step_us)
{
	struct id former = src->last, id;
	struct rand_src r;
	int i;

	rand_seeded_init(&r, 5);
	for (i = 0; i < n; i++) {
		id = id_next(src, wall_us, &r);
		if (!CHECK(id_cmp(&id, &former) > 0))
			return;
		former = id;
		wall_us += step_us;
	}
}

static void
test_time_stands(void)
{
	struct id_src src = { 0 };

	check_rising(&src, 100000, NOON, 0);
	CHECK_INT(id_ms(&src.last), NOON / 1000);
}

static void
test_time_goes_back(void)
{
	struct id_src src = { 0 };

	check_rising(&src, 1000, NOON, -US_PER_S);
	CHECK_INT(id_ms(&src.last), NOON / 1000);
	check_rising(&src, 1000, NOON, US_PER_S);
	CHECK_INT(id_ms(&src.last), NOON / 1000 + 999 * 1000);
}

/* The next step overflows all random bits: the time part has to move. */
static void
test_exhausted(void)
{
	struct id_src src = { 0 };

	memset(&src.last, 0xff, sizeof src.last);
	src.last.b[0] = 0;
	src.last.b[6] = 0x7f;
	src.last.b[8] = 0xbf;
	src.last.b[5] = 0xfe;
	check_rising(&src, 10, 0, 0);
	CHECK_INT(id_ms(&src.last), INT64_C(0xffffffffff));
	CHECK_INT(src.last.b[6] >> 4, 7);
}

/* A carry out of the lower 62 bits goes into the upper 12. */
static void
test_carry(void)
{
	struct id_src src = { 0 };

	memset(src.last.b + 8, 0xff, 8);
	src.last.b[8] = 0xbf;
	src.last.b[6] = 0x70;
	src.last.b[5] = 9;
	check_rising(&src, 1, 0, 0);
	CHECK_INT(id_ms(&src.last), 9);
	CHECK_INT(src.last.b[7], 1);
	CHECK_INT(src.last.b[8] >> 6, 2);
}

static void
test_version(void)
{
	struct id_src src = { 0 };
	struct rand_src r;
	struct id id;
	int i;

	rand_seeded_init(&r, 9);
	for (i = 0; i < 1000; i++) {
		id = id_next(&src, NOON + i * 500, &r);
		CHECK_INT(id.b[6] >> 4, 7);
		CHECK_INT(id.b[8] >> 6, 2);
		CHECK_INT(id_ms(&id), (NOON + i * 500) / 1000);
	}
}

static const struct id example = { {
	0x01, 0x7f, 0x22, 0xe2, 0x79, 0xb0, 0x7c, 0xc3,
	0x98, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f } };

/* The example of RFC 9562, appendix A.6. */
static void
test_spell(void)
{
	char hex[ID_HEX_LEN], run[ID_RUN_LEN], uuid[ID_UUID_LEN];

	CHECK_STR(id_hex(&example, hex), "017f22e279b07cc398c4dc0c0c07398f");
	CHECK_STR(id_run(&example, run),
	    "run_017f22e279b07cc398c4dc0c0c07398f");
	CHECK_STR(id_uuid(&example, uuid),
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
	CHECK_INT(id_ms(&example), INT64_C(1645557742000));
}

static void
test_parse(void)
{
	static const char *const good[] = {
		"017f22e279b07cc398c4dc0c0c07398f",
		"run_017f22e279b07cc398c4dc0c0c07398f",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
		"017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
	};
	struct id id;
	size_t i;

	for (i = 0; i < sizeof good / sizeof good[0]; i++) {
		memset(&id, 0, sizeof id);
		CHECK(id_parse(str_of(good[i]), &id));
		CHECK_BYTES(id.b, example.b, ID_LEN);
	}
}

static void
test_parse_refused(void)
{
	static const char *const bad[] = {
		"",
		"017f22e279b07cc398c4dc0c0c07398",
		"017f22e279b07cc398c4dc0c0c07398g",
		"017f22e279b07cc398c4dc0c0c07398f0",
		"RUN_017f22e279b07cc398c4dc0c0c07398f",
		"run-017f22e279b07cc398c4dc0c0c07398f",
		"017f22e27-9b0-7cc3-98c4-dc0c0c07398f",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398-",
		"------------------------------------",
		"017f22e2079b007cc3098c40dc0c0c07398f",
	};
	struct id id = example;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK(!id_parse(str_of(bad[i]), &id));
	CHECK_BYTES(id.b, example.b, ID_LEN);
}

static void
test_zero(void)
{
	struct id zero = { { 0 } };

	CHECK(id_is_zero(&zero));
	CHECK(!id_is_zero(&example));
	CHECK(id_cmp(&zero, &example) < 0);
	CHECK_INT(id_cmp(&example, &example), 0);
}

const struct unit_test base_id_tests[] = {
	{ "ids rise while time stands still", test_time_stands },
	{ "ids rise while time goes back", test_time_goes_back },
	{ "the time part moves when the random part is used up",
	    test_exhausted },
	{ "counting carries between the parts", test_carry },
	{ "ids are of version 7 and carry their time", test_version },
	{ "ids are spelled in three ways", test_spell },
	{ "each spelling is read", test_parse },
	{ "what is not an id is refused and writes nothing",
	    test_parse_refused },
	{ "zero is no id", test_zero },
	{ NULL, NULL },
};
