/*
 * The same statements on the same schema, and nothing else: host/store
 * alone.  No authorization, no JSON is read, nothing is hashed or chained.
 */
#include "bare.h"
#include "life.h"

#include "base/mem.h"
#include "base/rand.h"
#include "store/db.h"
#include "store/schema.h"
#include "store/store_audit.h"
#include "store/store_event.h"
#include "store/store_run.h"
#include "store/store_owner.h"
#include "store/store_stat.h"

#include <stdlib.h>
#include <time.h>

struct raw {
	struct life *life;
	struct db *db;
	struct id_src ids;
	int64_t	now;
	int64_t	minute;			/* of the runs in flight */
	int64_t	audit_seq;
	struct err err;
	struct arena arena;	/* of the events */
	struct event_new events[LIFE_EVENTS];	/* the same for every run */
	int64_t	claimed[512];
	size_t	claimed_count;
	struct run_tally moved;		/* in this transaction */
	struct stat_delta stat;
	int	buckets[STAT_TIMES][512];
};

#define MUST(call)	must(call, &r->err, #call)

static int64_t
wall_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void
begin(struct raw *r)
{
	r->now = wall_us();
	MUST(db_begin(r->db, &r->err));
}

static void
commit(struct raw *r)
{
	MUST(db_commit(r->db, &r->err));
	checkpoints_step(r->life->checkpoints, r->db);
}

static void
audit(struct raw *r, const char *action, const char *principal,
    const char *detail)
{
	struct audit_row row = {
		.seq = ++r->audit_seq, .chain = 1, .at_us = r->now,
		.op = id_next(&r->ids, r->now, &rand_system),
		.principal = principal, .action = action,
		.permission = action, .decision = AUDIT_ALLOW,
		.target = "run_0190b0c6a8e17d4e9c1f2a3b4c5d6e7f",
		.detail = detail,
	};

	MUST(store_audit_insert(r->db, &row, &r->err));
}

static void
create(struct raw *r)
{
	char thread[24];
	struct run_new n = {
		.id = id_next(&r->ids, r->now, &rand_system),
		.scope = { .owner = "user:alice",
		    .thread = life_thread(r->life, thread),
		    .runner = "plugin:org.example/bench/echo" },
		.plugin = "org.example.bench", .runner = "echo",
		.action_id = "demo", .args = "[]", .flags = "{}",
		.input = r->life->input, .metadata = "{}",
		.chain = "[\"user:alice\"]", .timeout_us = 300000000,
		.max_failures = 1, .max_losses = 3, .created_us = r->now,
	};
	struct run_made_in in;

	MUST(store_run_insert(r->db, &n, &in, &r->err));
	r->moved.owner_no = in.owner_no;
	audit(r, "run_create", "user:alice", "{\"runner_id\":"
	    "\"plugin:org.example/bench/echo\",\"action_id\":\"demo\"}");
}

static bool
claim(struct raw *r)
{
	struct run_claim how = {
		.plugin = "org.example.bench", .runtime = "local",
		.now_us = r->now, .lease_us = r->now + 60000000,
	};
	struct run_claimed got;
	struct arena a;

	arena_init(&a);
	MUST(store_run_claim(r->db, &how, &a, &got, &r->err));
	arena_fini(&a);
	if (got.row.run_no == 0)
		return false;
	r->claimed[r->claimed_count++] = got.row.run_no;
	audit(r, "run_claim", "runtime:local", "{\"attempt\":1,\"fence\":1}");
	return true;
}

static void
end(struct raw *r, int64_t run_no)
{
	struct run_live live;
	struct run_end e = {
		.state = RUN_COMPLETED, .has_exit_code = true,
		.output = r->life->output, .started_us = r->now,
		.percent = 100,
		.stage = life_stage(LIFE_EVENTS - 1),
	};
	struct arena a;
	int i;

	arena_init(&a);
	MUST(store_live_get(r->db, run_no, &a, &live, &r->err));
	for (i = 0; i < LIFE_EVENTS; i++)
		MUST(store_event_insert(r->db, run_no, i + 1, &r->events[i],
		    &r->err));
	live.last_seq = LIFE_EVENTS;
	MUST(store_run_end(r->db, &live, &e, r->now, &r->err));
	/* Those of a round wait equally long: their buckets are in order. */
	r->stat.sum_us[STAT_WAIT] += e.started_us - live.created_us;
	r->buckets[STAT_WAIT][r->stat.count[STAT_WAIT]++] =
	    hist_bucket(e.started_us - live.created_us);
	r->stat.count[STAT_DURATION]++;
	arena_fini(&a);
	audit(r, "run_finalize", "plugin:org.example.bench", "{\"from\":"
	    "\"claimed\",\"status\":\"completed\",\"attempt\":1,\"events\":5,"
	    "\"events_digest\":\"9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890ca"
	    "adae2dff72519673ca7\"}");
}

/* The runs of the transaction go from one state to another. */
static void
count(struct raw *r, enum run_state from, enum run_state to, int64_t n)
{
	r->moved.n[from] -= n;
	r->moved.n[to] += n;
	MUST(store_count_add(r->db, &r->moved, &r->err));
	memcpy(r->stat.n, r->moved.n, sizeof r->stat.n);
	r->stat.minute = r->minute;
	r->stat.runner_id = r->moved.runner_id;
	r->stat.buckets[STAT_WAIT] = r->buckets[STAT_WAIT];
	r->stat.buckets[STAT_DURATION] = r->buckets[STAT_DURATION];
	MUST(store_stat_add(r->db, &r->stat, r->now, &r->err));
	memset(r->moved.n, 0, sizeof r->moved.n);
	memset(&r->stat, 0, sizeof r->stat);
}

static void
one_round(struct raw *r)
{
	int64_t cpu = life_cpu_ns();
	size_t i;

	begin(r);
	r->minute = r->now / 60000000;
	for (i = 0; i < (size_t)r->life->batch; i++)
		create(r);
	if (!r->life->merged) {
		count(r, 0, RUN_QUEUED, r->life->batch);
		commit(r);
		begin(r);
	}
	r->claimed_count = 0;
	for (i = 0; i < (size_t)r->life->batch && claim(r); i++)
		continue;
	count(r, r->life->merged ? 0 : RUN_QUEUED, RUN_CLAIMED,
	    (int64_t)r->claimed_count);
	commit(r);
	begin(r);
	for (i = 0; i < r->claimed_count; i++)
		end(r, r->claimed[i]);
	count(r, RUN_CLAIMED, RUN_COMPLETED, (int64_t)r->claimed_count);
	commit(r);
	r->life->runs += (int64_t)r->claimed_count;
	r->life->ledger_ns += life_cpu_ns() - cpu;
}

void
life_store(struct life *l)
{
	struct raw *r = mem_zalloc(sizeof *r);
	int i;

	r->life = l;
	r->moved.plugin = "org.example.bench";
	r->moved.runner_id = "plugin:org.example/bench/echo";
	MUST(db_open(l->path, DB_WRITER, NULL, &r->db, &r->err));
	MUST(schema_make(r->db, schema_newest(), &r->err));
	for (i = 0; i < LIFE_EVENTS; i++)
		r->events[i] = (struct event_new){ .type = "progress",
		    .at_us = wall_us(),
		    .data = life_event(l, &r->arena, i, 1, wall_us()) };
	life_begin(l);
	while (life_goes_on(l))
		one_round(r);
	life_end(l);
	life_check(l, r->db);
	arena_fini(&r->arena);
	db_close(r->db);
	free(r);
}
