/*
 * Rates and counts, a table that stays bounded, and counts that survive a
 * rollback.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "action/attempt.h"
#include "action/tally.h"
#include "base/clock.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

#define T0	(1000 * US_PER_S)

static struct tally_key
refusal(const char *principal, const char *action)
{
	return (struct tally_key){ .principal = principal, .source = "",
	    .action = action, .target = "", .via = "",
	    .status = RH_EPERM };
}

static struct tally_key
look(const char *principal, const char *target)
{
	return (struct tally_key){ .read = true, .principal = principal,
	    .source = "", .action = "run_get", .target = target,
	    .via = "" };
}

/* What a flush gave. */
struct flushed {
	int64_t	rows, total, refusals, reads;
	char	principal[64];
	int64_t	since;
	int	fail_at;	/* this row is refused; 0: none */
};

static rh_status
take(const struct tally_key *k, int64_t count, int64_t since, void *arg)
{
	struct flushed *f = arg;

	if (f->fail_at != 0 && f->rows + 1 == f->fail_at)
		return RH_EIO;
	f->rows++;
	f->total += count;
	*(k->read ? &f->reads : &f->refusals) += count;
	f->since = since;
	snprintf(f->principal, sizeof f->principal, "%s", k->principal);
	return RH_OK;
}

static struct flushed
flush(struct tally *t, int64_t now, bool all, bool committed)
{
	struct flushed f = { .rows = 0 };

	CHECK_INT(tally_flush(t, now, all, take, &f), RH_OK);
	tally_settle(t, committed);
	return f;
}

static void
test_rate(void)
{
	struct tally *t = tally_new();
	struct tally_key k = refusal("user:a", "run_get");
	struct tally_key other = refusal("user:b", "run_get");
	struct flushed f;
	int i, own = 0;

	for (i = 0; i < 25; i++) {
		k.action = i % 2 ? "run_get" : "run_list";
		own += tally_note(t, &k, T0 + i);
	}
	CHECK_INT(own, TALLY_ROWS_PER_S);
	CHECK(tally_note(t, &other, T0));
	CHECK(!tally_due(t, T0 + 9 * US_PER_S, false));
	CHECK(tally_due(t, T0 + 9 * US_PER_S, true));
	CHECK(tally_due(t, T0 + 11 * US_PER_S, false));
	f = flush(t, T0 + 11 * US_PER_S, false, true);
	CHECK_INT(f.rows, 2);
	CHECK_INT(f.total, 15);
	CHECK(f.since >= T0 && f.since < T0 + US_PER_S);
	CHECK(!tally_due(t, T0 + 30 * US_PER_S, true));
	/* Another second, other rows. */
	CHECK(tally_note(t, &k, T0 + US_PER_S));
	tally_free(t);
}

/* What comes behind a flush of the same batch waits its own time. */
static void
test_behind_flush(void)
{
	struct tally *t = tally_new();
	struct tally_key k = refusal("anonymous", "run_get");
	struct flushed f = { .rows = 0 };
	int64_t now = T0 + 11 * US_PER_S;

	CHECK(!tally_note(t, &k, T0));
	CHECK_INT(tally_flush(t, now, false, take, &f), RH_OK);
	CHECK_INT(f.total, 1);
	CHECK(!tally_note(t, &k, now));
	CHECK(!tally_due(t, now, false));
	CHECK_INT(tally_flush(t, now, false, take, &f), RH_OK);
	CHECK_INT(f.total, 1);
	tally_settle(t, true);
	CHECK(tally_due(t, now + 11 * US_PER_S, false));
	tally_free(t);
}

static void
test_anonymous(void)
{
	struct tally *t = tally_new();
	struct tally_key k = refusal("anonymous", "run_get");
	struct flushed f;
	int i;

	for (i = 0; i < 10; i++) {
		k.source = i < 7 ? "10.0.0.1" : "10.0.0.2";
		CHECK(!tally_note(t, &k, T0));
	}
	f = flush(t, T0, true, true);
	CHECK_INT(f.rows, 2);
	CHECK_INT(f.total, 10);
	tally_free(t);
}

static void
test_reads(void)
{
	struct tally *t = tally_new();
	struct tally_key k = look("user:a", "run_1"), b = look("user:a", "run_2");
	struct flushed f;

	CHECK(tally_note(t, &k, T0));
	CHECK(!tally_note(t, &k, T0 + 1));
	CHECK(!tally_note(t, &k, T0 + 59 * US_PER_S));
	CHECK(tally_note(t, &b, T0 + 1));
	CHECK(!tally_due(t, T0 + 59 * US_PER_S, false));
	f = flush(t, T0 + 62 * US_PER_S, false, true);
	CHECK_INT(f.reads, 2);
	CHECK_INT(f.rows, 1);
	CHECK(tally_note(t, &k, T0 + 61 * US_PER_S));
	/* For somebody else, or of something else: another look. */
	k.via = "[\"user:b\"]";
	CHECK(tally_note(t, &k, T0 + 61 * US_PER_S));
	k.args[HASH_LEN - 1] = 1;
	CHECK(tally_note(t, &k, T0 + 61 * US_PER_S));
	CHECK(!tally_note(t, &k, T0 + 61 * US_PER_S));
	tally_free(t);
}

static void
test_rollback(void)
{
	struct tally *t = tally_new();
	struct tally_key k = refusal("anonymous", "run_get");
	struct flushed f = { .fail_at = 2 };
	int i;

	for (i = 0; i < 6; i++) {
		k.action = i % 2 ? "run_get" : "run_list";
		tally_note(t, &k, T0);
	}
	/* The second row can't be written: nothing is forgotten. */
	CHECK_INT(tally_flush(t, T0, true, take, &f), RH_EIO);
	tally_settle(t, false);
	f = flush(t, T0, true, false);
	CHECK_INT(f.total, 6);
	/* What comes between flush and COMMIT stays for later. */
	f = (struct flushed){ .rows = 0 };
	CHECK_INT(tally_flush(t, T0, true, take, &f), RH_OK);
	tally_note(t, &k, T0 + 5);
	tally_note(t, &k, T0 + 6);
	tally_settle(t, true);
	CHECK_INT(f.total, 6);
	f = flush(t, T0, true, true);
	CHECK_INT(f.total, 2);
	CHECK_INT(f.since, T0 + 5);
	CHECK(!tally_due(t, T0, true));
	tally_free(t);
}

/* Rows of an earlier flush of the batch stay written when a later one fails. */
static void
test_two_flushes(void)
{
	struct tally *t = tally_new();
	struct tally_key k = refusal("anonymous", "run_get");
	struct flushed f = { .fail_at = 1 }, first = { .rows = 0 };

	tally_note(t, &k, T0);
	CHECK_INT(tally_flush(t, T0, true, take, &first), RH_OK);
	tally_note(t, &k, T0 + 1);
	CHECK_INT(tally_flush(t, T0, true, take, &f), RH_EIO);
	tally_settle(t, true);
	CHECK_INT(first.total, 1);
	f = flush(t, T0, true, true);
	CHECK_INT(f.total, 1);
	CHECK_INT(f.since, T0 + 1);
	tally_free(t);
}

/* Who is counted doesn't wait for the disk. */
static rh_status
count_another(const struct tally_key *k, int64_t count, int64_t since,
    void *arg)
{
	struct tally_key same = *k;

	(void)count;
	tally_note(arg, &same, since + 1);
	return RH_OK;
}

static void
test_no_wait(void)
{
	struct tally *t = tally_new();
	struct tally_key k = refusal("anonymous", "run_get");

	tally_note(t, &k, T0);
	CHECK_INT(tally_flush(t, T0, true, count_another, t), RH_OK);
	tally_settle(t, true);
	CHECK_INT(flush(t, T0, true, true).total, 1);
	tally_free(t);
}

static void
test_bounded(void)
{
	struct tally *t = tally_new();
	struct flushed f;
	struct tally_key k;
	int64_t refused = 0, seen = 0;
	char name[32];
	int i;

	for (i = 0; i < 10000; i++) {
		snprintf(name, sizeof name, "user:%d", i);
		k = refusal(name, "run_get");
		refused += !tally_note(t, &k, T0);
		/* A look that can't be remembered gets its row. */
		k = look(name, "run_1");
		seen += tally_note(t, &k, T0);
	}
	CHECK_INT(seen, 10000);
	CHECK(refused > 0);
	f = flush(t, T0, true, true);
	CHECK_INT(f.refusals, refused);
	CHECK_INT(f.reads, 0);
	CHECK(f.rows < 2048);
	/* When all is quiet, there is room again. */
	k = refusal("user:new", "run_get");
	CHECK(tally_note(t, &k, T0 + 1000 * US_PER_S));
	tally_free(t);
}

/*
 * Anything at any time, with commits and rollbacks: rows and counts are all
 * there was, and a principal's rows keep to the rate.
 */
static void
random_walk(uint64_t seed)
{
	static const char *const who[] = { "anonymous", "user:a", "user:b",
	    "plugin:x", "user:c" };
	struct tally *t = tally_new();
	struct rand_src rand;
	int64_t now = T0, attempts = 0, own = 0, counted = 0, total;
	int64_t rows_of[ARRAY_LEN(who)] = { 0 };
	struct tally_key k;
	struct flushed f;
	char text[40];
	size_t w;
	int i;
	bool commit;

	rand_seeded_init(&rand, seed);
	for (i = 0; i < 20000; i++) {
		now += (int64_t)rand_below(&rand, 20000);
		w = rand_below(&rand, ARRAY_LEN(who));
		snprintf(text, sizeof text, "%d",
		    (int)rand_below(&rand, seed % 2 ? 4000 : 10));
		k = w > 0 && rand_below(&rand, 4) == 0 ? look(who[w], text) :
		    refusal(who[w], text);
		if (w == 0)
			k.source = text;
		attempts++;
		if (tally_note(t, &k, now)) {
			own++;
			rows_of[w] += !k.read;
		}
		if (rand_below(&rand, 200) != 0)
			continue;
		commit = rand_below(&rand, 3) != 0;
		f = flush(t, now, rand_below(&rand, 2), commit);
		counted += commit ? f.total : 0;
	}
	counted += flush(t, now, true, true).total;
	if (!CHECK_INT(own + counted, attempts))
		unit_check(false, __FILE__, __LINE__, "seed %llu",
		    (unsigned long long)seed);
	total = TALLY_ROWS_PER_S * ((now - T0) / US_PER_S + 1);
	for (w = 1; w < ARRAY_LEN(who); w++)
		CHECK(rows_of[w] <= total);
	CHECK_INT(rows_of[0], 0);
	CHECK(!tally_due(t, now + 1000 * US_PER_S, true));
	tally_free(t);
}

static void
test_complete(void)
{
	uint64_t seed;

	for (seed = 1; seed <= 10; seed++)
		random_walk(seed);
}

static void
flush_rows(struct core *c)
{
	struct call *call = lab_internal(c, "audit_flush",
	    sizeof(struct flush_args));

	((struct flush_args *)call->args)->all = true;
	lab_batch(c, &call, 1);
	CHECK_OK(call->status, &call->err);
}

/* Rows, those that they count with them, of a decision and action. */
static int64_t
recorded(struct core *c, const char *decision, const char *action)
{
	char sql[300];

	snprintf(sql, sizeof sql, "SELECT ifnull(sum(ifnull(detail ->>"
	    " 'count', 1)), 0) FROM audit WHERE decision = %s AND action ="
	    " '%s' AND principal = 'user:alice'", decision, action);
	return lab_number(c, sql);
}

#define DENY	"2"
#define ERROR	"3"

/* A row and a count of the same thing say the same of it. */
static void
test_decisions(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice");
	int i;

	lab_start(&c);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"run_create\"}");
	for (i = 0; i < 25; i++)
		CHECK_INT(lab_do(&c, &alice, "run_create",
		    "{\"command\":7}")->status, RH_EINPUT);
	clock_fake_advance(&c.clock, 2 * US_PER_S);
	for (i = 0; i < 25; i++)
		CHECK_INT(lab_do(&c, &alice, "run_create",
		    "{\"command\":\"/nothing\"}")->status, RH_ENOENT);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE"
	    " decision = 3"), 10);
	clock_fake_advance(&c.clock, 2 * US_PER_S);
	for (i = 0; i < 25; i++)
		CHECK_INT(lab_do(&c, &alice, "grant_add",
		    "{}")->status, RH_EPERM);
	clock_fake_advance(&c.clock, 2 * US_PER_S);
	for (i = 0; i < 25; i++)
		CHECK_INT(lab_do(&c, &alice, "no_such_thing",
		    "{}")->status, RH_ENOENT);
	flush_rows(&c);
	CHECK_INT(recorded(&c, ERROR, "run_create"), 25);
	CHECK_INT(recorded(&c, DENY, "run_create"), 25);
	CHECK_INT(recorded(&c, DENY, "grant_add"), 25);
	CHECK_INT(recorded(&c, ERROR, "grant_add"), 0);
	CHECK_INT(recorded(&c, DENY, "no_such_thing") +
	    recorded(&c, DENY, "(unknown)"), 25);
	CORE_CHECK(&c);
	lab_fini(&c);
}

const struct unit_test action_tally_tests[] = {
	{ "a principal has so many rows a second, the rest is counted",
	    test_rate },
	{ "what comes behind a flush waits its own time", test_behind_flush },
	{ "the unknown are counted by source", test_anonymous },
	{ "a look again within a minute is counted", test_reads },
	{ "counts outlive a rollback, and are written once", test_rollback },
	{ "a flush that fails leaves an earlier one's rows alone",
	    test_two_flushes },
	{ "counting goes on while counts are written", test_no_wait },
	{ "the table is bounded, and still nothing goes uncounted",
	    test_bounded },
	{ "rows and counts are all that was tried", test_complete },
	{ "refusals are deny and failures error, one by one and counted",
	    test_decisions },
	{ NULL, NULL },
};
