/*
 * Lists of runs, page by page: against a query that reads them all.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "base/mem.h"
#include "json/read.h"
#include "store/db.h"

#include <sqlite3.h>
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
	    " WHERE n < %d) INSERT INTO owner SELECT n, 'user:' || n, 0"
	    " FROM s;"
	    "INSERT INTO scope SELECT owner_no, CAST(printf('%%032d',"
	    " owner_no) AS BLOB), owner_no, NULL, NULL, NULL,"
	    " NULL, 'plugin:x/demo/demo' FROM owner;"
	    "CREATE TEMP TABLE many AS WITH RECURSIVE s(n) AS (SELECT 1 UNION"
	    " ALL SELECT n + 1 FROM s WHERE n < %d) SELECT n, r, r %% 2 *"
	    " (r %% %d) + 1 AS s FROM (SELECT n, n * 7919 %% 10007 AS r FROM s);"
	    "INSERT INTO run (run_no, id, scope_no, owner_no, plugin, runner,"
	    " args, flags, metadata, chain, idempotent, dry_run, priority,"
	    " timeout, max_failures, max_losses, created) SELECT n, CAST("
	    "printf('%%016d', n) AS BLOB), s, s, CASE r %% 3 WHEN 0 THEN 'one'"
	    " ELSE 'two' END, 'demo', '[]', '{}', '{}', '[]', 0, 0, 0, 1, 1,"
	    " 1, 1 FROM many;"
	    "COMMIT;", SCOPES, n, SCOPES);
	CHECK_OK(db_script(ledger_db(c->ledger), sql, &err), &err);
	snprintf(sql, sizeof sql, "BEGIN;"
	    "INSERT INTO run_live (run_no, state, owner_no, scope_no, plugin,"
	    " priority, lease, runtime, updated) SELECT run_no, s, owner_no,"
	    " scope_no, plugin, 0, CASE WHEN s IN (3, 4) THEN 1 END,"
	    " CASE WHEN s IN (3, 4) THEN 'local' END, 1 FROM (SELECT run_no,"
	    " owner_no, scope_no, plugin, (%s) AS s FROM run JOIN many ON"
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
	size_t n = 0;
	bool listed;

	while (q_row(&q)) {
		no = q_get_i64(&q);
		state = q_get_i64(&q);
		plugin = q_get_str(&q);
		scope = q_get_i64(&q);
		listed = f->owner_no == 0 || f->owner_no == scope;
		if (f->shows != NULL)
			listed = listed && ((const bool *)f->arg)[scope];
		if (no < before && listed &&
		    (f->states == 0 || (f->states & 1u << state) != 0) &&
		    (f->plugin == NULL || str_is(plugin, f->plugin)))
			out[n++] = no;
	}
	q_end(&q, NULL);
	return n;
}

/* Owner and scope have the same number here; arg says which are shown. */
static bool
shows(void *arg, const struct scope *s)
{
	return ((const bool *)arg)[s->owner[strlen("user:")] - '0'];
}

static void
random_filter(struct rand_src *rand, struct run_filter *f, bool *shown)
{
	static const char *const plugins[] = { NULL, "one", "two", "none" };
	size_t s;

	*f = (struct run_filter){
		.plugin = plugins[rand_below(rand, ARRAY_LEN(plugins))],
	};
	if (rand_below(rand, 3) > 0)
		f->states = (unsigned)rand_below(rand, 1u << 10) & ~1u;
	if (rand_below(rand, 4) == 0)
		f->states &= 0x3e;	/* of live runs only */
	if (rand_below(rand, 2) == 0)
		return;
	if (rand_below(rand, 2) == 0)
		f->owner_no = 1 + (int64_t)rand_below(rand, SCOPES + 1);
	if (rand_below(rand, 2) == 0)
		return;
	f->shows = shows;
	f->arg = shown;
	for (s = 1; s <= SCOPES; s++)
		shown[s] = rand_below(rand, 2);
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
	bool shown[SCOPES + 1];
	int64_t found[2 * ALL], want[2 * ALL];
	size_t n, wanted, max;
	int i, pages;

	lab_start(&c);
	make_runs(&c, ALL, "r % 9 + 1");
	rand_seeded_init(&rand, 7);
	for (i = 0; i < 400; i++) {
		random_filter(&rand, &f, shown);
		max = 1 + rand_below(&rand, 40);
		wanted = brute(&c, &f, INT64_MAX, want);
		n = walk(&c, &f, max, found, &pages);
		if (!CHECK_UINT(n, wanted) ||
		    !CHECK_BYTES(found, want, n * sizeof *found))
			unit_check(false, __FILE__, __LINE__, "filter %d: "
			    "states %#x, plugin %s, owner %d, %s, pages of "
			    "%zu", i, f.states, f.plugin, (int)f.owner_no,
			    f.shows != NULL ? "asked" : "all", max);
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
	bool shown[SCOPES + 1] = { false, true, true, false, true, true };
	struct run_filter filters[] = {
		{ .states = 1u << RUN_TIMEOUT },
		{ .states = 1u << RUN_TIMEOUT, .shows = shows, .arg = shown },
		{ .states = 1u << RUN_FAILED, .owner_no = 1 },
		{ .states = 1u << RUN_CANCELLED },
		{ .states = 1u << RUN_CANCELLED, .shows = shows,
		    .arg = shown },
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
	CHECK(next > 10000 && next < 25000);
	CHECK_OK(store_run_page(ledger_db(c.ledger), &filters[4], 0, found,
	    10, &count, &next, &err), &err);
	CHECK_UINT(count, 0);
	CHECK_INT(next, 45000 + 1);
	lab_fini(&c);
}

/* Live ones are found without the ended, however many these are. */
static void
test_live_bound(void)
{
	bool shown[SCOPES + 1] = { [2] = true, [4] = true };
	struct run_filter f = { .states = 1u << RUN_QUEUED,
	    .shows = shows, .arg = shown };
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

/* Ended runs of one owner, each of a session of its own: n to m. */
static void
make_sessions(struct core *c, int n, int m)
{
	struct err err;
	char sql[1400];

	snprintf(sql, sizeof sql, "BEGIN;"
	    "INSERT OR IGNORE INTO owner VALUES (77, 'user:alice', 0);"
	    "CREATE TEMP TABLE many AS WITH RECURSIVE s(n) AS (SELECT %d"
	    " UNION ALL SELECT n + 1 FROM s WHERE n < %d) SELECT n FROM s;"
	    "INSERT INTO scope SELECT n, CAST(printf('%%032d', n) AS BLOB),"
	    " 77, NULL, NULL, 's' || n, NULL, 'plugin:x/demo/demo' FROM many;"
	    "INSERT INTO run (run_no, id, scope_no, owner_no, plugin, runner,"
	    " args, flags, metadata, chain, idempotent, dry_run, priority,"
	    " timeout, max_failures, max_losses, created) SELECT n, CAST("
	    "printf('%%016d', n) AS BLOB), n, 77, 'demo', 'demo', '[]', '{}',"
	    " '{}', '[]', 0, 0, 0, 1, 1, 1, 1 FROM many;"
	    "INSERT INTO run_end (run_no, state, ended, attempts, last_seq,"
	    " percent, inproc, truncated) SELECT n, 6, 1, 1, 0, 0, 0, 0 FROM"
	    " many; INSERT OR REPLACE INTO run_count VALUES (77, 'demo',"
	    " 'plugin:x/demo/demo', 0, 0, 0, 0, 0, %d, 0, 0, 0); DROP TABLE many; COMMIT;",
	    n, m, m);
	CHECK_OK(db_script(ledger_db(c->ledger), sql, &err), &err);
}

/* Instructions of SQLite that a call took, of all statements. */
static int64_t
steps_of(struct core *c, const struct caller *who, const char *action,
    const char *has)
{
	sqlite3_stmt *st = NULL;
	int64_t n = 0;
	struct call *call;

	while ((st = sqlite3_next_stmt(c->reader_handle, st)) != NULL)
		sqlite3_stmt_status(st, SQLITE_STMTSTATUS_VM_STEP, 1);
	call = lab_must(c, who, action, "{}");
	CHECK_HAS(call->reply.p, has);
	while ((st = sqlite3_next_stmt(c->reader_handle, st)) != NULL)
		n += sqlite3_stmt_status(st, SQLITE_STMTSTATUS_VM_STEP, 0);
	return n;
}

/* Instructions for the list and counts of each of two callers. */
static void
measure(struct core *c, int total, int64_t steps[2])
{
	static const char *const who[] = { "user:alice", "user:bob" };
	struct caller caller;
	char list[64], counts[64];
	int i;

	snprintf(list, sizeof list, "\"total_count\":%d}", total);
	snprintf(counts, sizeof counts, "\"total_runs\":%d,", total);
	for (i = 0; i < 2; i++) {
		caller = lab_user(who[i]);
		steps_of(c, &caller, "run_list", "items");
		steps[i] = steps_of(c, &caller, "run_list", list) +
		    steps_of(c, &caller, "run_counts", counts);
	}
}

/* With many sessions they take as long as with few. */
static void
test_sessions(void)
{
	int64_t few[2], many[2];
	struct core c;
	int i;

	lab_start(&c);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"run_*\"}");
	/* Another's, of one runner: each row is asked for. */
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:bob\","
	    "\"permission\":\"run_*\",\"owner\":\"user:alice\","
	    "\"runner\":\"plugin:x/demo/demo\"}");
	make_sessions(&c, 1, 300);
	measure(&c, 300, few);
	make_sessions(&c, 301, 30000);
	measure(&c, 30000, many);
	for (i = 0; i < 2; i++) {
		CHECK(few[i] > 100);
		CHECK(many[i] < few[i] + few[i] / 2);
	}
	lab_fini(&c);
}

/* All of them are queued again. */
static const char sql_queue_all[] =
"INSERT INTO run_live (run_no, state, owner_no, scope_no, plugin, priority,"
"	updated) SELECT run_no, 2, 77, scope_no, 'demo', 0, 1 FROM run"
"	WHERE run_no NOT IN (SELECT run_no FROM run_live);"
"DELETE FROM run_end;"
"UPDATE run_count SET queued = %d, completed = 0;";

/* Nor with what waits. */
static void
test_queued(void)
{
	static const int count[] = { 300, 30000 };
	int64_t steps[2][2];
	struct err err;
	struct core c;
	char sql[400];
	int i;

	lab_start(&c);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"run_*\"}");
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:bob\","
	    "\"permission\":\"run_*\",\"owner\":\"user:alice\","
	    "\"runner\":\"plugin:x/demo/demo\"}");
	for (i = 0; i < 2; i++) {
		make_sessions(&c, i == 0 ? 1 : count[0] + 1, count[i]);
		snprintf(sql, sizeof sql, sql_queue_all, count[i]);
		CHECK_OK(db_script(ledger_db(c.ledger), sql, &err), &err);
		measure(&c, count[i], steps[i]);
	}
	for (i = 0; i < 2; i++)
		CHECK(steps[1][i] < steps[0][i] + steps[0][i] / 2);
	lab_fini(&c);
}

/* Who reaches some sessions only: counted by looking, as far as it goes. */
static void
test_narrow(void)
{
	struct caller bot = lab_user("service:bot");
	struct call *call;
	struct core c;

	lab_start(&c);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"service:bot\","
	    "\"permission\":\"run_*\",\"owner\":\"*\","
	    "\"conversation\":\"s7\"}");
	make_sessions(&c, 1, 4000);
	call = lab_must(&c, &bot, "run_list", "{}");
	CHECK_HAS(call->reply.p, "\"next_cursor\":null");
	CHECK_HAS(call->reply.p, "\"total_count\":1}");
	call = lab_must(&c, &bot, "run_counts", "{}");
	CHECK_HAS(call->reply.p, "\"total_runs\":1,");
	CHECK_HAS(call->reply.p, "\"complete\":true");

	make_sessions(&c, 4001, 6000);
	call = lab_must(&c, &bot, "run_list", "{}");
	CHECK_HAS(call->reply.p, "\"items\":[],\"next_cursor\":\"1001\"");
	CHECK_HAS(call->reply.p, "\"total_count\":null}");
	call = lab_must(&c, &bot, "run_list", "{\"before_cursor\":1001}");
	CHECK_HAS(call->reply.p, "\"next_cursor\":null");
	CHECK_HAS(call->reply.p, "\"run_id\":");
	call = lab_must(&c, &bot, "run_counts", "{}");
	CHECK_HAS(call->reply.p, "\"complete\":false");
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
	{ "a list and its counts don't grow with an owner's sessions",
	    test_sessions },
	{ "nor do they grow with what is queued", test_queued },
	{ "who reaches some sessions has short pages, and counts that say so",
	    test_narrow },
	{ NULL, NULL },
};
