/*
 * Checkpoints of a run: the newest that is what it was, and not too many.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "base/mem.h"
#include "store/db.h"
#include "store/store_checkpoint.h"
#include "store/store_run.h"

#include <stdio.h>

static void
add(struct core *c, int64_t run_no, const char *name, struct str data)
{
	int64_t grown;
	struct err err;

	CHECK_OK(store_checkpoint_add(ledger_db(c->ledger), run_no, 1,
	    str_of(name), data, CORE_START, &grown, &err), &err);
}

/* "name=data" of the newest; "none". */
static const char *
newest(struct core *c, int64_t run_no, struct arena *a)
{
	struct run_claimed got;
	struct err err;

	CHECK_OK(store_checkpoint_newest(ledger_db(c->ledger), run_no, a,
	    &got, &err), &err);
	if (got.checkpoint_name == NULL)
		return "none";
	return arena_printf(a, "%s=" STR_FMT, got.checkpoint_name,
	    STR_ARG(got.checkpoint));
}

static void
test_newest(void)
{
	struct core c;
	struct arena a = { 0 };
	int64_t one, two;

	lab_start(&c);
	one = lab_run(&c, NULL, "/demo", NULL);
	two = lab_run(&c, NULL, "/demo", NULL);
	CHECK_STR(newest(&c, one, &a), "none");
	add(&c, one, "first", STR("1"));
	add(&c, two, "other", STR("9"));
	add(&c, one, "second", STR("2"));
	CHECK_STR(newest(&c, one, &a), "second=2");
	CHECK_STR(newest(&c, two, &a), "other=9");
	add(&c, one, "empty", STR(""));
	CHECK_STR(newest(&c, one, &a), "empty=");
	arena_fini(&a);
	lab_fini(&c);
}

static void
test_bytes(void)
{
	static const char bytes[] = { 0, 'a', (char)0xff, 0, '\n', 0 };
	struct core c;
	struct arena a = { 0 };
	struct run_claimed got;
	struct err err;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	add(&c, no, "bytes", (struct str){ bytes, sizeof bytes });
	CHECK_OK(store_checkpoint_newest(ledger_db(c.ledger), no, &a, &got,
	    &err), &err);
	if (CHECK_UINT(got.checkpoint.len, sizeof bytes))
		CHECK_BYTES(got.checkpoint.p, bytes, sizeof bytes);
	arena_fini(&a);
	lab_fini(&c);
}

/* One is damaged after the other, each in another way. */
static void
test_damaged(void)
{
	static const struct {
		const char *sql, *left;
	} damage[] = {
		{ "UPDATE checkpoint SET data = x'00' WHERE name = 'e'", "d=4" },
		{ "UPDATE checkpoint SET digest = zeroblob(32) WHERE name ="
		    " 'd'", "c=3" },
		{ "UPDATE checkpoint SET data = CAST(data || 'x' AS BLOB)"
		    " WHERE name = 'c'", "b=2" },
		{ "UPDATE checkpoint SET data = x'' WHERE name = 'b'", "a=1" },
		{ "UPDATE checkpoint SET digest = (SELECT digest FROM"
		    " checkpoint WHERE name = 'b') WHERE name = 'a'", "none" },
	};
	struct core c;
	struct arena a = { 0 };
	int64_t no;
	size_t i;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	add(&c, no, "a", STR("1"));
	add(&c, no, "b", STR("2"));
	add(&c, no, "c", STR("3"));
	add(&c, no, "d", STR("4"));
	add(&c, no, "e", STR("5"));
	for (i = 0; i < ARRAY_LEN(damage); i++) {
		lab_sql(&c, damage[i].sql);
		CHECK_STR(newest(&c, no, &a), damage[i].left);
	}
	arena_fini(&a);
	lab_fini(&c);
}

static void
test_kept(void)
{
	struct core c;
	struct arena a = { 0 };
	char name[20];
	int64_t no, other;
	int i;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	other = lab_run(&c, NULL, "/demo", NULL);
	add(&c, other, "other", STR("x"));
	for (i = 1; i <= 30; i++) {
		snprintf(name, sizeof name, "cp%d", i);
		add(&c, no, name, str_of(name));
		CHECK_INT(lab_number(&c, "SELECT count(*) FROM checkpoint"
		    " WHERE run_no = 1"), i < 8 ? i : 8);
	}
	CHECK_STR(lab_text(&c, "SELECT name FROM checkpoint WHERE run_no = 1"
	    " ORDER BY no"), "cp23");
	CHECK_STR(newest(&c, no, &a), "cp30=cp30");
	CHECK_STR(newest(&c, other, &a), "other=x");
	arena_fini(&a);
	lab_fini(&c);
}

const struct unit_test store_checkpoint_tests[] = {
	{ "the newest of the run is given", test_newest },
	{ "any bytes come back as they were", test_bytes },
	{ "a damaged one is passed over for the one before", test_damaged },
	{ "only the newest eight are kept", test_kept },
	{ NULL, NULL },
};
