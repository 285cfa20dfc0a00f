/*
 * Buckets of values, and their text.
 */
#include "lib/unit.h"

#include "base/hist.h"
#include "base/mem.h"
#include "base/rand.h"

#include <stdlib.h>

static void
test_buckets(void)
{
	int64_t v, read;
	int last = -1, b;

	for (v = 0; v < INT64_C(1) << 47; v += v / 57 + 1) {
		b = hist_bucket(v);
		CHECK(b >= last && b < HIST_BUCKETS);
		last = b;
		read = hist_middle(b);
		CHECK(32 * llabs(read - v) <= v);
	}
	CHECK_INT(hist_bucket(-1), 0);
	CHECK_INT(hist_bucket((INT64_C(1) << 47) - 1), HIST_BUCKETS - 1);
	CHECK_INT(hist_bucket(INT64_MAX), HIST_BUCKETS - 1);
	/* They are kept: a new program must read the old one's. */
	CHECK_INT(hist_bucket(15), 15);
	CHECK_INT(hist_bucket(31), 31);
	CHECK_INT(hist_bucket(32), 32);
	CHECK_INT(hist_bucket(1000000), 270);
	CHECK_INT(hist_middle(270), 999424);
}

static void
test_percentiles(void)
{
	struct hist h = { 0 };
	int i;

	CHECK_INT(hist_percentile(&h, 50), -1);
	hist_count(&h, 7, 1);
	CHECK_INT(hist_percentile(&h, 1), 7);
	CHECK_INT(hist_percentile(&h, 99), 7);
	for (i = 0; i < 3; i++)
		hist_count(&h, 9 + i, 1);
	/* Of 7 9 10 11: nearest ranks 2, 3, 4. */
	CHECK_INT(hist_percentile(&h, 50), 9);
	CHECK_INT(hist_percentile(&h, 75), 10);
	CHECK_INT(hist_percentile(&h, 76), 11);
	CHECK_INT(hist_percentile(&h, 100), 11);
}

static int
compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void
test_text(void)
{
	struct hist *h = mem_zalloc(sizeof *h), *back;
	struct buf whole = { 0 }, merged = { 0 }, old = { 0 };
	struct rand_src rand;
	int more[200], round, i, n;

	rand_seeded_init(&rand, 7);
	hist_write(h, &whole);
	CHECK_UINT(whole.len, 0);
	for (round = 0; round < 20; round++) {
		n = (int)rand_below(&rand, 200);
		for (i = 0; i < n; i++) {
			more[i] = (int)rand_below(&rand, HIST_BUCKETS) / 3;
			hist_count(h, more[i], 1);
		}
		qsort(more, (size_t)n, sizeof more[0], compare);
		buf_clear(&merged);
		CHECK(hist_merge_text((struct str){ old.p, old.len }, more,
		    (size_t)n, &merged));
		buf_clear(&whole);
		hist_write(h, &whole);
		CHECK_STR(merged.p, whole.p);
		buf_clear(&old);
		buf_add(&old, merged.p, merged.len);
	}
	back = mem_zalloc(sizeof *back);
	CHECK(hist_add_text(back, str_of(whole.p)));
	CHECK(memcmp(back, h, sizeof *h) == 0);
	buf_fini(&whole);
	buf_fini(&merged);
	buf_fini(&old);
	free(h);
	free(back);
}

static void
test_damaged(void)
{
	static const char *const texts[] = {
		"1", "1:", ":1", "1:1 ", " 1:1", "1:1  2:1", "704:1", "-1:1",
		"1:-1", "1:1,2:1", "x", "1:99999999999999999999",
		"99999999999999999999:1", "1:1 2",
	};
	struct hist *h = mem_zalloc(sizeof *h);
	struct buf b = { 0 };
	const int one = 3;
	size_t i;

	for (i = 0; i < ARRAY_LEN(texts); i++) {
		if (!CHECK(!hist_add_text(h, str_of(texts[i]))) ||
		    !CHECK(!hist_merge_text(str_of(texts[i]), &one, 1, &b)))
			unit_check(false, __FILE__, __LINE__, "%s", texts[i]);
	}
	buf_fini(&b);
	free(h);
}

const struct unit_test base_hist_tests[] = {
	{ "a value read back is at most 1/32 off", test_buckets },
	{ "percentiles are nearest ranks", test_percentiles },
	{ "what is added to a text is what a sum would write", test_text },
	{ "a text that is none is refused", test_damaged },
	{ NULL, NULL },
};
