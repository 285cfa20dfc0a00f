/*
 * Counts and statistics beside what SQL counts out of the runs themselves,
 * after anything that may happen to them.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "store/db.h"
#include "store/schema.h"

#include <runhost/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What retention removes is kept by the test. */
static const char keep[] =
"CREATE TABLE kept (run_no, created, runner, state, started, ended);"
"CREATE TRIGGER keep BEFORE DELETE ON run_end BEGIN"
"	INSERT INTO kept SELECT r.run_no, r.created, s.runner, old.state,"
"		old.started, old.ended"
"	FROM run r JOIN scope s USING (scope_no) WHERE r.run_no = old.run_no;"
"END;"
"CREATE VIEW seen AS SELECT r.run_no, r.created, s.runner, l.state, l.started,"
"	NULL AS ended FROM run r JOIN scope s USING (scope_no)"
"	JOIN run_live l USING (run_no)"
" UNION ALL SELECT r.run_no, r.created, s.runner, e.state, e.started, e.ended"
"	FROM run r JOIN scope s USING (scope_no) JOIN run_end e USING (run_no)"
" UNION ALL SELECT * FROM kept;"
"CREATE VIEW rows AS SELECT created, runner, state = 1 AS s1, state = 2 AS s2,"
"	state = 3 AS s3, state = 4 AS s4, state = 5 AS s5, state = 6 AS s6,"
"	state = 7 AS s7, state = 8 AS s8, state = 9 AS s9,"
"	ifnull(max(started - created, 0), 0) AS wait,"
"	ifnull(CASE state WHEN 6 THEN max(ended - started, 0) END, 0) AS took,"
"	started IS NOT NULL AS waited,"
"	state = 6 AND started IS NOT NULL AS done FROM seen";

#define SUMS								\
	" sum(s1), sum(s2), sum(s3), sum(s4), sum(s5), sum(s6), sum(s7),"	\
	" sum(s8), sum(s9), sum(wait), sum(took), sum(waited), sum(done)"
/* How many times a text of buckets tells of. */
#define TIMES(column)							\
	" (SELECT ifnull(sum(value), 0) FROM json_each('{\"' || replace("	\
	"replace(nullif(" column ", ''), ':', '\":'), ' ', ',\"') || '}'))"
#define FOLDED								\
	" (SELECT ifnull(max(value), 0) FROM meta WHERE key = 'stat_folded')"

/* The numbers of rows in which table and runs differ, at a level. */
static int64_t
differences(struct core *c, int level, int minutes)
{
	char sql[3000];

	snprintf(sql, sizeof sql, "WITH want AS (SELECT created / %d000000"
	    " AS slot, runner," SUMS " FROM rows WHERE %d = 1 OR"
	    " (created / %d000000 + 1) * %d <=" FOLDED " GROUP BY 1, 2),"
	    " have AS (SELECT slot, runner, created, queued, claimed, running,"
	    " interrupted, completed, failed, cancelled, timeout, wait_us,"
	    " duration_us," TIMES("waits") "," TIMES("durations")
	    " FROM run_stat WHERE level = %d)"
	    " SELECT (SELECT count(*) FROM (SELECT * FROM want EXCEPT"
	    " SELECT * FROM have)) + (SELECT count(*) FROM (SELECT * FROM"
	    " have EXCEPT SELECT * FROM want))",
	    60 * minutes, level, 60 * minutes, minutes, level);
	return lab_number(c, sql);
}

static void
check_all(struct core *c)
{
	CHECK_INT(differences(c, 1, 1), 0);
	CHECK_INT(differences(c, 2, 60), 0);
	CHECK_INT(differences(c, 3, 1440), 0);
	CHECK_INT(lab_number(c, "WITH want AS (SELECT r.owner_no, r.plugin,"
	    " s.runner, coalesce(l.state, e.state) AS state FROM run r"
	    " JOIN scope s USING (scope_no) LEFT JOIN run_live l USING"
	    " (run_no) LEFT JOIN run_end e USING (run_no))"
	    " SELECT count(*) FROM (SELECT owner_no, plugin, runner,"
	    " sum(state = 1), sum(state = 2), sum(state = 3), sum(state = 4),"
	    " sum(state = 5), sum(state = 6), sum(state = 7), sum(state = 8),"
	    " sum(state = 9) FROM want GROUP BY 1, 2, 3 EXCEPT SELECT * FROM"
	    " run_count)"), 0);
	CHECK_INT(lab_number(c, "SELECT sum(created + queued + claimed +"
	    " running + interrupted + completed + failed + cancelled +"
	    " timeout) - (SELECT count(*) FROM run) FROM run_count"), 0);
	CORE_CHECK(c);
}

/* A run that has not ended, any one; 0: there is none. */
static int64_t
any_live(struct core *c, const char *where)
{
	char sql[200];

	snprintf(sql, sizeof sql, "SELECT ifnull((SELECT run_no FROM run_live"
	    " WHERE %s ORDER BY (run_no * %llu) %% 101 LIMIT 1), 0)", where,
	    (unsigned long long)rand_below(&c->rand, 100) + 1);
	return lab_number(c, sql);
}

static int64_t
fence(struct core *c, int64_t no)
{
	char sql[80];

	snprintf(sql, sizeof sql, "SELECT fence FROM run_live WHERE run_no ="
	    " %lld", (long long)no);
	return lab_number(c, sql);
}

static void
create(struct core *c)
{
	static const char *const what[] = {
		"\"command\":\"/demo\"", "\"runner\":\"again\"",
		"\"runner\":\"demo\",\"max_attempts\":3",
		"\"command\":\"/strict go\"",
		"\"command\":\"/demo\",\"dry_run\":true",
	};
	static const char *const owners[] = { "user:alice", "user:bob" };
	struct caller who = lab_user(owners[rand_below(&c->rand, 2)]);

	lab_must(c, &who, "run_create", "{%s}",
	    what[rand_below(&c->rand, 5)]);
}

static void
finish(struct core *c)
{
	static const uint32_t kinds[] = { RH_COMPLETED, RH_COMPLETED,
		RH_FAILED, RH_TIMEOUT, RH_INTERRUPTED, RH_CANCELLED };
	int64_t no = any_live(c, "state IN (3, 4)");

	if (no != 0)
		lab_finish(c, no, fence(c, no),
		    kinds[rand_below(&c->rand, 6)]);
}

static void
cancel(struct core *c)
{
	int64_t no = any_live(c, "1");
	char sql[100];

	snprintf(sql, sizeof sql, "SELECT lower(hex(id)) FROM run WHERE"
	    " run_no = %lld", (long long)no);
	if (no != 0)
		lab_must(c, NULL, "run_cancel", "{\"run_id\":\"run_%s\"}",
		    lab_text(c, sql));
}

static void
let_pass(struct core *c)
{
	static const int seconds[] = { 1, 40, 90, 600, 4000, 90000 };

	clock_fake_advance(&c->clock, (int64_t)rand_below(&c->rand,
	    (uint64_t)seconds[rand_below(&c->rand, 6)]) * US_PER_S + 1234567);
	/* Once more where there is more to do, as the keeper does. */
	lab_sweep(c);
	lab_sweep(c);
}

static void
step(struct core *c)
{
	int64_t no;

	switch (rand_below(&c->rand, 16)) {
	case 0: case 1: case 2: case 3:
		create(c);
		break;
	case 4: case 5:
		lab_offer(c, 2);
		break;
	case 6: case 7: case 8:
		if ((no = any_live(c, "state IN (3, 4)")) != 0)
			lab_report(c, no, fence(c, no), 1);
		break;
	case 9: case 10: case 11:
		finish(c);
		break;
	case 12:
		cancel(c);
		break;
	case 13:
		clock_fake_advance(&c->clock, (int64_t)rand_below(&c->rand,
		    30 * US_PER_S));
		break;
	case 14:
		let_pass(c);
		break;
	default:
		if (rand_below(&c->rand, 6) == 0)
			lab_restart(c);
		lab_forget(c);
	}
}

static void
begin(struct core *c, uint64_t seed)
{
	lab_start(c);
	rand_seeded_init(&c->rand, seed);
	lab_sql(c, keep);
	lab_must(c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"role:operator\"}");
	lab_must(c, NULL, "grant_add", "{\"grantee\":\"user:bob\","
	    "\"permission\":\"role:operator\"}");
}

static void
test_random(void)
{
	struct core c;
	uint64_t seed;
	int i;

	for (seed = 1; seed <= 4; seed++) {
		begin(&c, seed);
		for (i = 0; i < 400; i++) {
			step(&c);
			if (i % 40 == 39)
				check_all(&c);
		}
		/* Something came of everything. */
		CHECK(lab_number(&c, "SELECT count(*) FROM kept") > 10);
		CHECK(lab_number(&c, "SELECT count(*) FROM run_stat"
		    " WHERE level = 3") > 0);
		CHECK_INT(lab_number(&c, "SELECT count(*) FROM (SELECT"
		    " DISTINCT state FROM seen WHERE state > 5)"), 4);
		lab_close(&c);
		lab_wipe(&c);
		lab_fini(&c);
	}
}

/* The ledger's rows in a file of schema 2, which takes its place. */
static void
go_back(struct core *c)
{
	static const char *const tables[] = {
		"owner", "scope", "run", "run_end", "run_live", "run_gone",
		"event", "checkpoint", "plugin_state", "state_use", "token",
		"grants", "plugin_trust", "unaudited", "idem",
		"early_cancel", "intent", "audit", "meta",
	};
	char old[320], *sql, *more, *names;
	const char *columns;
	struct err err = { 0 };
	struct db *db;
	size_t i;

	lab_sql(c, "PRAGMA wal_checkpoint(TRUNCATE)");
	snprintf(old, sizeof old, "%s.old", c->db_path);
	CHECK_INT(rename(c->db_path, old), 0);
	lab_wipe(c);
	CHECK_OK(db_open(c->db_path, DB_WRITER, NULL, &db, &err), &err);
	CHECK_OK(schema_make(db, 2, &err), &err);
	db_close(db);
	sql = mem_printf("PRAGMA foreign_keys = OFF; ATTACH '%s' AS old;",
	    old);
	for (i = 0; i < ARRAY_LEN(tables); i++) {
		names = mem_printf("SELECT group_concat(name) FROM"
		    " pragma_table_info('%s')", tables[i]);
		columns = lab_text(c, names);
		more = mem_printf("%s INSERT INTO main.%s (%s) SELECT %s FROM"
		    " old.%s;", sql, tables[i], columns, columns, tables[i]);
		free(names);
		free(sql);
		sql = more;
	}
	lab_sql(c, sql);
	free(sql);
	lab_sql(c, "DELETE FROM meta WHERE key = 'stat_folded';"
	    "INSERT INTO run_count SELECT r.owner_no, r.plugin, s.runner,"
	    " e.state, count(*) FROM run r JOIN scope s USING (scope_no)"
	    " JOIN run_end e USING (run_no) GROUP BY 1, 2, 3, 4");
}

static const char sql_minutes[] =
"SELECT group_concat(printf('%d %s %d %d %d %d %d %d %d %d %d %d %d %s %s',"
" slot, runner, created, queued, claimed, running, interrupted, completed,"
" failed, cancelled, timeout, wait_us, duration_us, waits, durations),"
" char(10)) FROM (SELECT * FROM run_stat WHERE level = 1"
" ORDER BY slot, runner)";

/* A ledger that had none gets those that it would have. */
static void
test_migration(void)
{
	const char *before;
	struct err err = { 0 };
	struct core c;
	int i;

	begin(&c, 9);
	c.env.command_retention_us = 0;
	for (i = 0; i < 300; i++)
		step(&c);
	lab_restart(&c);
	before = lab_text(&c, sql_minutes);
	CHECK_HAS(before, ":");
	lab_close(&c);
	go_back(&c);
	log_level_set(LOG_ERROR);
	CHECK_OK(lab_open(&c, &err), &err);
	log_level_set(LOG_INFO);
	CHECK_STR(lab_text(&c, sql_minutes), before);
	/* Its hours are added up, as many as there are. */
	lab_sql(&c, keep);
	for (i = 0; i < 500; i++)
		lab_sweep(&c);
	check_all(&c);
	CHECK(lab_number(&c, "SELECT count(*) FROM run_stat WHERE level = 3")
	    > 1);
	lab_fini(&c);
}

/* A number of a reply; -1: null. */
static double
number(const char *reply, const char *name)
{
	char key[80];
	const char *at;

	snprintf(key, sizeof key, "\"%s\":", name);
	at = strstr(reply, key);
	if (!CHECK(at != NULL))
		return -2;
	at += strlen(key);
	return strncmp(at, "null", 4) == 0 ? -1 : strtod(at, NULL);
}

/* The nearest rank among all values, by SQL; in microseconds. */
static int64_t
exact(struct core *c, const char *column, const char *has, int hundredths,
    const char *where)
{
	char sql[600];

	snprintf(sql, sizeof sql, "WITH v AS (SELECT %s AS v, row_number()"
	    " OVER (ORDER BY %s) AS nth, count(*) OVER () AS n FROM rows"
	    " WHERE %s AND %s) SELECT v FROM v WHERE nth ="
	    " (n * %d + 99) / 100", column, column, has, where, hundredths);
	return lab_number(c, sql);
}

static void
check_percentiles(struct core *c, const char *reply, const char *where)
{
	static const struct { const char *name, *column, *has; int p; } of[] = {
		{ "p50_duration_seconds", "took", "done", 50 },
		{ "p95_duration_seconds", "took", "done", 95 },
		{ "p99_duration_seconds", "took", "done", 99 },
		{ "p50_queue_wait_seconds", "wait", "waited", 50 },
		{ "p95_queue_wait_seconds", "wait", "waited", 95 },
		{ "p99_queue_wait_seconds", "wait", "waited", 99 },
	};
	double have, want;
	size_t i;

	for (i = 0; i < ARRAY_LEN(of); i++) {
		want = (double)exact(c, of[i].column, of[i].has, of[i].p,
		    where) / 1e6;
		have = number(reply, of[i].name);
		unit_check(have >= want * 31 / 32 && have <= want * 33 / 32,
		    __FILE__, __LINE__, "%s is %f, not %f", of[i].name, have,
		    want);
	}
}

static void
check_window(struct core *c, int64_t start, int64_t end, const char *runner)
{
	char where[300], sql[700], name[80];
	const char *reply;
	int64_t from, until, n;
	int i;

	reply = lab_must(c, NULL, "run_stats", "{\"start_time\":%lld,"
	    "\"end_time\":%lld%s%s%s}", (long long)start, (long long)end,
	    runner != NULL ? ",\"runner_id\":\"" : "",
	    runner != NULL ? runner : "", runner != NULL ? "\"" : "")->
	    reply.p;
	from = (int64_t)number(reply, "start_time");
	until = (int64_t)number(reply, "end_time");
	CHECK(from <= start && from > start - 60 && from % 60 == 0);
	CHECK(until > end && until <= end + 60 && until % 60 == 0);
	snprintf(where, sizeof where, "created >= %lld000000 AND"
	    " created < %lld000000%s%s%s", (long long)from,
	    (long long)until, runner != NULL ? " AND runner = '" : "",
	    runner != NULL ? runner : "", runner != NULL ? "'" : "");
	for (i = 1, n = 0; i <= RUN_STATES; i++) {
		snprintf(sql, sizeof sql, "SELECT ifnull(sum(s%d), 0) FROM"
		    " rows WHERE %s", i, where);
		snprintf(name, sizeof name, "%s_count",
		    run_state_name((enum run_state)i));
		CHECK_INT(number(reply, name), lab_number(c, sql));
		n += lab_number(c, sql);
	}
	CHECK_INT(number(reply, "total_count"), n);
	snprintf(sql, sizeof sql, "SELECT count(*) FROM rows WHERE done"
	    " AND waited AND %s", where);
	if (lab_number(c, sql) > 0)
		check_percentiles(c, reply, where);
}

/* What is told of any window is what the runs of it say. */
static void
test_windows(void)
{
	static const char *const runners[] = { NULL,
		"plugin:runhost/demo/demo", "plugin:runhost/demo/again" };
	int64_t now, start;
	struct core c;
	int i;

	begin(&c, 11);
	for (i = 0; i < 500; i++)
		step(&c);
	now = c.clock.wall / US_PER_S;
	for (i = 0; i < 60; i++) {
		start = CORE_START / US_PER_S + (int64_t)rand_below(&c.rand,
		    (uint64_t)(now - CORE_START / US_PER_S));
		check_window(&c, start, start + (int64_t)rand_below(&c.rand,
		    i % 2 ? 4000 : 200000), runners[i % 3]);
	}
	check_window(&c, CORE_START / US_PER_S, now, NULL);
	lab_fini(&c);
}

static void
test_replies(void)
{
	struct call *call;
	struct core c;
	int64_t no;

	begin(&c, 1);
	call = lab_must(&c, NULL, "run_stats", "{}");
	CHECK_HAS(call->reply.p, "\"start_time\":1799996400,"
	    "\"end_time\":1800000060,\"total_count\":0,");
	CHECK_HAS(call->reply.p, "\"interrupted_count\":0,");
	CHECK_HAS(call->reply.p, "\"throughput_per_hour\":0,"
	    "\"success_rate\":null,\"failure_rate\":null,");
	CHECK_HAS(call->reply.p, "\"p99_duration_seconds\":null");
	CHECK_HAS(call->detail, "{\"start_time\":1799996400,"
	    "\"end_time\":1800000060}");
	no = lab_run(&c, NULL, "/demo", NULL);
	clock_fake_advance(&c.clock, 3 * US_PER_S);
	lab_offer(&c, 1);
	CHECK_INT(lab_report(&c, no, fence(&c, no), 1), RH_OK);
	clock_fake_advance(&c.clock, 4 * US_PER_S);
	CHECK_INT(lab_finish(&c, no, fence(&c, no), RH_COMPLETED), RH_OK);
	lab_run(&c, NULL, "/demo", NULL);
	lab_run(&c, NULL, "/demo", NULL);
	lab_run(&c, NULL, "/strict go", NULL);
	call = lab_must(&c, NULL, "run_stats", "{\"start_time\":0,"
	    "\"end_time\":null,\"runner_id\":\"plugin:runhost/demo/demo\"}");
	CHECK_HAS(call->reply.p, "\"total_count\":3,\"created_count\":0,"
	    "\"queued_count\":2,");
	CHECK_HAS(call->reply.p, "\"success_rate\":0.3333,"
	    "\"failure_rate\":0,\"finished_success_rate\":1,"
	    "\"avg_duration_seconds\":4,");
	CHECK_HAS(call->reply.p, "\"avg_queue_wait_seconds\":3,");
	call = lab_must(&c, NULL, "runner_stats", "{\"limit\":1}");
	CHECK_HAS(call->reply.p, "\"items\":[{\"runner_id\":"
	    "\"plugin:runhost/demo/demo\",\"runner_label\":\"demo\","
	    "\"plugin_identity\":\"runhost/demo\",\"total_runs\":3,"
	    "\"active_runs\":2,\"completed_runs\":1,");
	CHECK_HAS(call->reply.p, "\"next_cursor\":\"1\",");
	CHECK_HAS(call->reply.p, "\"has_more\":true,\"total_count\":2}");
	call = lab_must(&c, NULL, "runner_stats", "{\"limit\":1,"
	    "\"after_cursor\":\"1\"}");
	CHECK_HAS(call->reply.p, "demo/again");
	CHECK_HAS(call->reply.p, "\"has_more\":false,\"total_count\":2}");
	/* An end before its start, and times that are none. */
	call = lab_must(&c, NULL, "run_stats", "{\"start_time\":1800000600,"
	    "\"end_time\":1800000000}");
	CHECK_HAS(call->reply.p, "\"total_count\":0,");
	CHECK_INT(lab_do(&c, NULL, "run_stats", "{\"start_time\":-1}")->status,
	    RH_EINPUT);
	CHECK_INT(lab_do(&c, NULL, "run_stats", "{\"end_time\":1e300}")->
	    status, RH_EINPUT);
	call = lab_must(&c, NULL, "runner_list", "{\"include_plugins\":"
	    "[\"runhost/demo\"]}");
	CHECK_HAS(call->reply.p, "{\"id\":\"plugin:runhost/demo/demo\","
	    "\"source\":\"plugin\",\"label\":{\"en_US\":\"demo\"}");
	call = lab_must(&c, NULL, "runner_list", "{\"include_plugins\":"
	    "[\"runhost/other\"]}");
	CHECK_STR(call->reply.p, "{\"items\":[]}");
	call = lab_must(&c, NULL, "runtime_stats", "{}");
	CHECK_HAS(call->reply.p, "\"total_count\":0,\"online_count\":0,");
	CHECK_HAS(call->reply.p, "\"max_heartbeat_age_seconds\":null,");
	lab_fini(&c);
}

const struct unit_test ledger_stats_tests[] = {
	{ "counts and statistics are what the runs say", test_random },
	{ "any window is told as its runs are", test_windows },
	{ "rates, times, pages and what is refused", test_replies },
	{ "a ledger without statistics gets them from its runs",
	    test_migration },
	{ NULL, NULL },
};
