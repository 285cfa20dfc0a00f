/*
 * Lists of runs, page by page: against a query that reads them all.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "base/mem.h"
#include "json/read.h"
#include "store/db.h"

#include <stdio.h>
#include <stdlib.h>

#define SCOPES	5
#define ALL	400		/* runs of the random tests */

/* n runs, spread over scopes, plugins and states by their numbers. */
static void
make_runs(struct core *c, int n, const char *state)
{
	struct err err;
	char sql[1500];

	snprintf(sql, sizeof sql, "BEGIN;"
	    "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s"
	    " WHERE n < %d) INSERT OR IGNORE INTO scope SELECT n, CAST("
	    "printf('%%032d', n) AS BLOB), 'user:' || n, NULL, NULL, NULL,"
	    " NULL, 'plugin:x/demo/demo' FROM s;"
	    "CREATE TEMP TABLE many AS WITH RECURSIVE s(n) AS (SELECT 1 UNION"
	    " ALL SELECT n + 1 FROM s WHERE n < %d) SELECT n,"
	    " n * 7919 %% 10007 AS r FROM s;"
	    "INSERT INTO run (run_no, id, scope_no, plugin, runner, args,"
	    " flags, metadata, chain, idempotent, dry_run, priority, timeout,"
	    " max_failures, max_losses, created) SELECT n, CAST(printf("
	    "'%%016d', n) AS BLOB), r %% 2 * (r %% %d) + 1, CASE r %% 3 WHEN 0 THEN 'one'"
	    " ELSE 'two' END, 'demo', '[]', '{}', '{}', '[]', 0, 0, 0, 1, 1,"
	    " 1, 1 FROM many;"
	    "COMMIT;", SCOPES, n, SCOPES);
	CHECK_OK(db_script(ledger_db(c->ledger), sql, &err), &err);
	snprintf(sql, sizeof sql, "BEGIN;"
	    "INSERT INTO run_live (run_no, state, plugin, priority, lease,"
	    " runtime, updated) SELECT run_no, s, plugin, 0, CASE WHEN s IN"
	    " (3, 4) THEN 1 END, CASE WHEN s IN (3, 4) THEN 'local' END, 1"
	    " FROM (SELECT run_no, plugin, (%s) AS s FROM run JOIN many ON"
	    " n = run_no) WHERE s < 6;"
	    "INSERT INTO run_end (run_no, state, ended, attempts, last_seq,"
	    " percent, inproc, truncated) SELECT n, s, 1, 1, 0, 0, 0, 0 FROM"
	    " (SELECT n, (%s) AS s FROM many) WHERE s >= 6;"
	    "DROP TABLE many; COMMIT;", state, state);
	CHECK_OK(db_script(ledger_db(c->ledger), sql, &err), &err);
}

/* What a filter should find below a number, newest first. */
static size_t
brute(struct core *c, const struct run_filter *f, int64_t before,
    int64_t *out)
{
	static const char sql[] =
	    "SELECT r.run_no, coalesce(l.state, e.state), r.plugin,"
	    " r.scope_no FROM run r LEFT JOIN run_live l USING (run_no) LEFT"
	    " JOIN run_end e USING (run_no) ORDER BY r.run_no DESC";
	struct q q = q_begin(ledger_db(c->ledger), sql);
	int64_t no, state, scope;
	struct str plugin;
	size_t i, n = 0;
	bool listed;

	while (q_row(&q)) {
		no = q_get_i64(&q);
		state = q_get_i64(&q);
		plugin = q_get_str(&q);
		scope = q_get_i64(&q);
		listed = f->scopes == NULL;
		for (i = 0; i < f->scope_count; i++)
			listed = listed || f->scopes[i] == scope;
		if (no < before && listed &&
		    (f->states == 0 || (f->states & 1u << state) != 0) &&
		    (f->plugin == NULL || str_is(plugin, f->plugin)))
			out[n++] = no;
	}
	q_end(&q, NULL);
	return n;
}

static void
random_filter(struct rand_src *rand, struct run_filter *f, int64_t *scopes)
{
	static const char *const plugins[] = { NULL, "one", "two", "none" };
	int64_t s;

	*f = (struct run_filter){
		.plugin = plugins[rand_below(rand, ARRAY_LEN(plugins))],
	};
	if (rand_below(rand, 3) > 0)
		f->states = (unsigned)rand_below(rand, 1u << 10) & ~1u;
	if (rand_below(rand, 4) == 0)
		f->states &= 0x3e;	/* of live runs only */
	if (rand_below(rand, 2) == 0)
		return;
	f->scopes = scopes;
	for (s = 1; s <= SCOPES; s++) {
		if (rand_below(rand, 2))
			scopes[f->scope_count++] = s;
	}
}

/* All pages; the number of runs found. */
static size_t
walk(struct core *c, const struct run_filter *f, size_t max, int64_t *found,
    int *pages)
{
	int64_t before = 0, next;
	size_t n = 0, count;
	struct err err;

	*pages = 0;
	do {
		if (!CHECK_OK(store_run_page(ledger_db(c->ledger), f, before,
		    found + n, max, &count, &next, &err), &err))
			break;
		CHECK(count <= max);
		CHECK(next == 0 || before == 0 || next < before);
		n += count;
		before = next;
		++*pages;
	} while (next != 0 && *pages < 2 * ALL);
	return n;
}

static void
test_filters(void)
{
	struct core c;
	struct run_filter f;
	struct rand_src rand;
	int64_t scopes[SCOPES], found[2 * ALL], want[2 * ALL];
	size_t n, wanted, max;
	int i, pages;

	lab_start(&c);
	make_runs(&c, ALL, "r % 9 + 1");
	rand_seeded_init(&rand, 7);
	for (i = 0; i < 400; i++) {
		random_filter(&rand, &f, scopes);
		max = 1 + rand_below(&rand, 40);
		wanted = brute(&c, &f, INT64_MAX, want);
		n = walk(&c, &f, max, found, &pages);
		if (!CHECK_UINT(n, wanted) ||
		    !CHECK_BYTES(found, want, n * sizeof *found))
			unit_check(false, __FILE__, __LINE__, "filter %d: "
			    "states %#x, plugin %s, %zu scopes, pages of %zu",
			    i, f.states, f.plugin, f.scope_count, max);
		/* As few pages as there can be. */
		CHECK_INT(pages, wanted == 0 ? 1 :
		    (int64_t)((wanted + max - 1) / max));
	}
	lab_fini(&c);
}

/* The numbers of a reply of run_list; its cursor. */
static size_t
take_list(const struct call *call, const char **ids, struct arena *a,
    char cursor[32])
{
	struct json_doc d;
	struct str s = { "", 0 };
	size_t n = 0;
	int i;

	if (!CHECK_INT(json_parse(a, call->reply.p, call->reply.len,
	    &json_limits_default, &d, NULL), RH_OK))
		return 0;
	for (i = json_first(&d, json_member(&d, 0, "items")); i >= 0;
	    i = json_next(&d, i)) {
		json_str(&d, json_member(&d, i, "run_id"), a, &s);
		ids[n++] = arena_strndup(a, s.p, s.len);
	}
	s = (struct str){ "", 0 };
	json_str(&d, json_member(&d, 0, "next_cursor"), a, &s);
	snprintf(cursor, 32, STR_FMT, STR_ARG(s));
	return n;
}

/* Runs come between the pages, of this caller and of others. */
static void
test_while_added(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice"), bob;
	const char *made[60], *got[200];
	struct arena a = { 0 };
	char cursor[32] = "0";
	size_t i, n = 0;

	lab_start(&c);
	bob = lab_user("user:bob");
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"run_*\"}");
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:bob\","
	    "\"permission\":\"run_*\"}");
	for (i = 0; i < 60; i++) {
		lab_run(&c, &alice, i % 2 ? "/demo" : "/strict go", &made[i]);
		lab_run(&c, &bob, "/demo", NULL);
	}
	do {
		n += take_list(lab_must(&c, &alice, "run_list",
		    "{\"limit\":7,\"before_cursor\":\"%s\"}", cursor),
		    got + n, &a, cursor);
		lab_run(&c, &alice, "/demo", NULL);
		lab_run(&c, &bob, "/demo", NULL);
	} while (cursor[0] != '\0' && n < 100);
	if (CHECK_UINT(n, 60)) {
		for (i = 0; i < n; i++)
			CHECK_STR(got[i], made[59 - i]);
	}
	arena_fini(&a);
	lab_fini(&c);
}

/* What is looked for is rare among 50,000 runs: short pages lead there. */
static void
test_look_bound(void)
{
	const int64_t scopes[] = { 1, 2, 4, 5 };
	struct run_filter filters[] = {
		{ .states = 1u << RUN_TIMEOUT },
		{ .states = 1u << RUN_TIMEOUT, .scopes = scopes,
		    .scope_count = ARRAY_LEN(scopes) },
		{ .states = 1u << RUN_FAILED, .scopes = scopes,
		    .scope_count = ARRAY_LEN(scopes) },
		{ .states = 1u << RUN_CANCELLED },
	};
	struct core c;
	int64_t found[2 * ALL], want[2 * ALL], next;
	size_t i, max, n, count, wanted;
	struct err err;
	int pages;

	lab_start(&c);
	make_runs(&c, 50000, "CASE WHEN n = 3 THEN 8 WHEN n % 977 = 5 THEN 9"
	    " WHEN n < 200 THEN 7 ELSE 6 END");
	for (i = 0; i < ARRAY_LEN(filters); i++) {
		wanted = brute(&c, &filters[i], INT64_MAX, want);
		CHECK(wanted > 0);
		for (max = 1; max < 60; max += 7) {
			n = walk(&c, &filters[i], max, found, &pages);
			if (CHECK_UINT(n, wanted))
				CHECK_BYTES(found, want, n * sizeof *found);
		}
	}
	CHECK_OK(store_run_page(ledger_db(c.ledger), &filters[3], 0, found,
	    10, &count, &next, &err), &err);
	CHECK_UINT(count, 0);
	CHECK_INT(next, 30000 + 1);	/* 20,000 were looked at */
	CHECK_OK(store_run_page(ledger_db(c.ledger), &filters[2], 0, found,
	    10, &count, &next, &err), &err);
	CHECK_UINT(count, 0);
	CHECK(next > 20000 && next < 50000);
	lab_fini(&c);
}

/* Live ones are found without the ended, however many these are. */
static void
test_live_bound(void)
{
	const int64_t scopes[] = { 2, 4 };
	struct run_filter f = { .states = 1u << RUN_QUEUED,
	    .scopes = scopes, .scope_count = ARRAY_LEN(scopes) };
	struct core c;
	int64_t found[100], want[100];
	size_t n;
	int pages;

	lab_start(&c);
	make_runs(&c, 50000, "CASE n % 1000 WHEN 1 THEN 2 ELSE 6 END");
	n = walk(&c, &f, 100, found, &pages);
	CHECK_INT(pages, 1);
	if (CHECK_UINT(n, brute(&c, &f, INT64_MAX, want)))
		CHECK_BYTES(found, want, n * sizeof *found);
	CHECK(n > 5);
	lab_fini(&c);
}

const struct unit_test store_page_tests[] = {
	{ "pages of any filter are what a full search finds", test_filters },
	{ "runs that are added meanwhile make no gap and no repeat",
	    test_while_added },
	{ "a page looks at so many rows, and its cursor goes on",
	    test_look_bound },
	{ "live runs are found without a look at the ended",
	    test_live_bound },
	{ NULL, NULL },
};
