/*
 * What a call costs doesn't grow with what is kept: counted in steps of
 * SQLite's machine and in changed rows, never in time.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include <runhost/host.h>

#include <sqlite3.h>
#include <stdio.h>
#include <time.h>

/* Steps of all statements of a connection since the last call. */
static int64_t
steps(sqlite3 *h)
{
	sqlite3_stmt *st = NULL;
	int64_t n = 0;

	while ((st = sqlite3_next_stmt(h, st)) != NULL)
		n += sqlite3_stmt_status(st, SQLITE_STMTSTATUS_VM_STEP, 1);
	return n;
}

/* Events of a type behind those that the run has. */
static void
add_events(struct core *c, int64_t run_no, int n, const char *type,
    const char *data)
{
	char sql[600];

	snprintf(sql, sizeof sql, "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL "
	    "SELECT i + 1 FROM k WHERE i < %d) INSERT INTO event (run_no, seq, "
	    "at, type, data) SELECT %lld, (SELECT ifnull(max(seq), 0) FROM "
	    "event WHERE run_no = %lld) + i, 1, '%s', '%s' FROM k", n,
	    (long long)run_no, (long long)run_no, type, data);
	lab_sql(c, sql);
}

static int64_t
ended(struct core *c, const char **id)
{
	int64_t no = lab_run(c, NULL, "/demo", id);

	lab_offer(c, 1);
	CHECK_INT(lab_finish(c, no, lab_fence(c, no), RH_COMPLETED), RH_OK);
	return no;
}

static int64_t
cost_of_cancel(struct core *c, const char *id)
{
	struct call *call;

	steps(c->writer_handle);
	call = lab_must(c, NULL, "run_cancel", "{\"run_id\":\"%s\"}", id);
	CHECK_HAS(call->reply.p, "\"already_terminal\":true");
	CHECK_HAS(call->reply.p, "\"status\":\"completed\"");
	return steps(c->writer_handle);
}

static void
test_cancel(void)
{
	struct core c;
	const char *few = NULL, *many = NULL;
	int64_t no, cost;

	lab_start(&c);
	ended(&c, &few);
	no = ended(&c, &many);
	add_events(&c, no, 3000, "output", "{\"text\":\"x\"}");
	cost_of_cancel(&c, few);
	cost = cost_of_cancel(&c, few);
	CHECK_INT(cost_of_cancel(&c, many), cost);
	lab_fini(&c);
}

static int64_t
cost_of_read(struct core *c, const char *action, const char *body)
{
	struct call *call;

	steps(c->reader_handle);
	call = lab_shown(c, NULL, action, "%s", body);
	CHECK_HAS(call->reply.p, "completed");
	return steps(c->reader_handle);
}

/* Neither what a plugin reports for others nor stages beyond those shown. */
static void
test_record(void)
{
	struct core c;
	const char *id = NULL;
	char body[80];
	int64_t no, get, list;

	lab_start(&c);
	no = ended(&c, &id);
	snprintf(body, sizeof body, "{\"run_id\":\"%s\"}", id);
	add_events(&c, no, 1000, "progress", "{\"stage\":\"S\"}");
	add_events(&c, no, 9, "output", "{\"text\":\"x\"}");
	cost_of_read(&c, "run_get", body);
	cost_of_read(&c, "run_list", "{}");
	get = cost_of_read(&c, "run_get", body);
	list = cost_of_read(&c, "run_list", "{}");
	add_events(&c, no, 3000, "demo.note", "{}");
	add_events(&c, no, 3000, "progress", "{\"stage\":\"S\"}");
	CHECK_INT(cost_of_read(&c, "run_get", body), get);
	CHECK_INT(cost_of_read(&c, "run_list", "{}"), list);
	lab_fini(&c);
}

/* The records of a list share one budget of what is read for them. */
static void
test_list(void)
{
	struct core c;
	struct call *call;
	const struct run_list *list;
	int64_t cost;
	int i;

	lab_start(&c);
	for (i = 0; i < 12; i++)
		add_events(&c, ended(&c, NULL), 20000, "output",
		    "{\"text\":\"x\"}");
	cost_of_read(&c, "run_list", "{\"limit\":1}");
	cost = cost_of_read(&c, "run_list", "{\"limit\":1}");
	call = lab_shown(&c, NULL, "run_list", "{}");
	CHECK(steps(c.reader_handle) < 8 * cost);
	list = call->result;
	CHECK(list->count < 12 && list->next != 0);
	call = lab_shown(&c, NULL, "run_list", "{\"before_cursor\":%lld}",
	    (long long)list->next);
	CHECK_UINT(list->count + ((struct run_list *)call->result)->count, 12);
	lab_fini(&c);
}

#define SLICE_ROWS	700	/* a sweep's events and runs, with all theirs */

static void
test_retention(void)
{
	struct core c;
	struct call *call;
	const char *id = NULL;
	int before, i;

	lab_start(&c);
	for (i = 0; i < 3; i++)
		add_events(&c, ended(&c, &id), 2000, "output", "{}");
	clock_fake_advance(&c.clock, c.env.command_retention_us + US_PER_S);
	for (i = 0; i == 0 || ((struct sweep_args *)call->args)->more; i++) {
		call = lab_internal(&c, "sweep", sizeof(struct sweep_args));
		before = sqlite3_total_changes(c.writer_handle);
		lab_batch(&c, &call, 1);
		CHECK_OK(call->status, &call->err);
		CHECK(sqlite3_total_changes(c.writer_handle) - before <
		    SLICE_ROWS);
		/* Gone for all from the first slice on. */
		CHECK_INT(lab_do(&c, NULL, "run_get", "{\"run_id\":\"%s\"}",
		    id)->status, RH_ENOENT);
		CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 0);
		CORE_CHECK(&c);
	}
	CHECK(i >= 12);
	CHECK_INT(lab_number(&c, "SELECT (SELECT count(*) FROM event) + "
	    "(SELECT count(*) FROM run_gone)"), 0);
	CHECK_INT(lab_number(&c, "SELECT sum(detail ->> 'removed') FROM audit "
	    "WHERE action = 'run_cleanup'"), 3);
	lab_fini(&c);
}

/* What was begun before a stop goes on after it. */
static void
test_cleanup(void)
{
	struct core c;
	struct call *call;
	int before;

	lab_start(&c);
	add_events(&c, ended(&c, NULL), 1199, "output", "{}");
	clock_fake_advance(&c.clock, c.env.command_retention_us + US_PER_S);
	before = sqlite3_total_changes(c.writer_handle);
	call = lab_must(&c, NULL, "run_cleanup", "{}");
	CHECK(sqlite3_total_changes(c.writer_handle) - before < SLICE_ROWS);
	CHECK_HAS(call->reply.p, "\"removed\":1,\"remaining\":0");
	lab_restart(&c);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM event"), 200);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM event"), 0);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static int64_t
cost_of_silence(struct core *c)
{
	clock_fake_advance(&c->clock, 45 * US_PER_S);
	steps(c->writer_handle);
	CHECK_INT(lab_sweep(c), RH_OK);
	return steps(c->writer_handle);
}

/* After a silence leases are extended: those of attempts, not of all runs. */
static void
test_extend(void)
{
	struct core c;
	int64_t no, cost;
	int i;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	cost_of_silence(&c);
	cost = cost_of_silence(&c);
	CHECK_STR(lab_state(&c, no), "claimed");
	for (i = 0; i < 300; i++)
		lab_run(&c, NULL, "/demo", NULL);
	CHECK_INT(cost_of_silence(&c), cost);
	CHECK_STR(lab_state(&c, no), "claimed");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_early(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice");
	char key[300];
	int i;

	lab_start(&c);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"role:operator\"}");
	for (i = 0; i < 1000; i++)
		lab_must(&c, &alice, "run_cancel",
		    "{\"idempotency_key\":\"k%d\"}", i);
	CHECK_INT(lab_do(&c, &alice, "run_cancel",
	    "{\"idempotency_key\":\"more\"}")->status, RH_ERATE);
	/* One of those again takes no room, and others have their own. */
	lab_must(&c, &alice, "run_cancel", "{\"idempotency_key\":\"k1\"}");
	lab_must(&c, NULL, "run_cancel", "{\"idempotency_key\":\"more\"}");
	clock_fake_advance(&c.clock, c.env.idem_us);
	lab_sweep(&c);
	lab_must(&c, &alice, "run_cancel", "{\"idempotency_key\":\"more\"}");
	memset(key, 'k', sizeof key);
	key[256] = '\0';
	CHECK_INT(lab_do(&c, &alice, "run_cancel",
	    "{\"idempotency_key\":\"%s\"}", key)->status, RH_EINPUT);
	lab_fini(&c);
}

static rh_status
state(struct core *c, int64_t run_no, const char *scope, int key,
    struct str value)
{
	struct call *call = lab_internal(c, "plugin_state_set",
	    sizeof(struct state_args));

	*(struct state_args *)call->args = (struct state_args){
		.run_no = run_no, .fence = lab_fence(c, run_no),
		.scope = str_of(scope), .value = value,
		.key = str_of(arena_printf(&call->arena, "k%d", key)) };
	lab_batch(c, &call, 1);
	return call->status;
}

static void
test_state(void)
{
	static char text[256 * 1024];
	struct str big = { text, sizeof text };
	struct core c;
	int64_t no;
	int i;

	memset(text, 'x', sizeof text);
	text[0] = text[sizeof text - 1] = '"';
	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	for (i = 0; i < 255; i++)
		CHECK_INT(state(&c, no, i % 2 ? "actor" : "runner", i, big),
		    RH_OK);
	CHECK_INT(state(&c, no, "runner", 255, big), RH_ERATE);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM plugin_state"), 255);
	/* A new value takes the room of the old one; less is always taken. */
	CHECK_INT(state(&c, no, "runner", 2, big), RH_OK);
	CHECK_INT(state(&c, no, "runner", 0, STR("null")), RH_OK);
	CHECK_INT(state(&c, no, "runner", 255, big), RH_OK);
	CHECK_INT(state(&c, no, "runner", 256, big), RH_ERATE);
	CHECK_INT(lab_number(&c, "SELECT bytes - (SELECT sum(length(key) + "
	    "length(value) + 100) FROM plugin_state) FROM state_use"), 0);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* What the index does inside isn't counted in steps: one search beside another. */
static int64_t
cost_of_search(struct core *c, const char *query)
{
	struct timespec from, to;
	struct call *call;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	call = lab_must(c, NULL, "history_search",
	    "{\"conversation_id\":\"c\",\"query\":\"%s\"}", query);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	CHECK_HAS(call->reply.p, "\"total_count\":0");
	CHECK_HAS(call->reply.p, "\"behind\":0");
	return (to.tv_sec - from.tv_sec) * 1000000 +
	    (to.tv_nsec - from.tv_nsec) / 1000;
}

/* All of a long query's triples are in every item, and nowhere in its order. */
static void
test_search(void)
{
	char said[3001], query[1021];
	struct core c;
	struct call *call;
	int i;

	memset(said, 'a', sizeof said - 1);
	memcpy(said, "aab ", 4);
	said[sizeof said - 1] = '\0';
	memset(query, 'a', sizeof query - 2);
	query[sizeof query - 2] = 'b';
	query[sizeof query - 1] = '\0';
	lab_start(&c);
	for (i = 0; i < 60; i++)
		lab_must(&c, NULL, "run_create", "{\"runner\":\"demo\","
		    "\"conversation_id\":\"c\",\"text\":\"%s\"}", said);
	for (i = 0; i < 10; i++) {
		call = lab_internal(&c, "history_index",
		    sizeof(struct index_args));
		lab_batch(&c, &call, 1);
		CHECK_OK(call->status, &call->err);
	}
	cost_of_search(&c, "aaab");
	CHECK(cost_of_search(&c, query) < 20 * cost_of_search(&c, "aaab"));
	CORE_CHECK(&c);
	lab_fini(&c);
}

const struct unit_test action_bounds_tests[] = {
	{ "a cancel costs the same whatever a run's events", test_cancel },
	{ "a record costs what it shows of a run's events", test_record },
	{ "a list ends where its records have cost enough", test_list },
	{ "retention removes a slice a transaction", test_retention },
	{ "run_cleanup leaves the most of it to sweeps", test_cleanup },
	{ "a silence costs what is claimed, not what waits", test_extend },
	{ "early cancels of a principal are so many", test_early },
	{ "the state of a runner is so much", test_state },
	{ "a search doesn't cost its length by that of the items", test_search },
	{ NULL, NULL }
};
