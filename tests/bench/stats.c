/*
 *	stats -d FILE [-n CALLS] [-b] [-w]
 *
 * Medians of run_counts and of run_stats over the last hour that has runs, as
 * a reader carries them out: admitted, read, rendered.  The database is only
 * read.  With -b it is made anew, with an hour of four runners whose every
 * minute has times all over; with -w the time of the processor is told that
 * runs cost which are counted there, when they are made, claimed and ended:
 * 64 in a transaction or one, in an empty minute or a busy one.
 */
#include "action/call.h"
#include "action/gate.h"
#include "auth/policy.h"
#include "base/mem.h"
#include "plugin/registry.h"
#include "store/db.h"
#include "store/schema.h"
#include "store/store_owner.h"
#include "store/store_stat.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define MINUTE		INT64_C(30000000)
#define RUNS		300	/* of a minute and runner */

static struct err err;

static void
must(rh_status rc, const char *what)
{
	if (rc == RH_OK)
		return;
	fprintf(stderr, "%s: %s\n", what, err.msg);
	exit(1);
}

static void
make(const char *path)
{
	struct db *db;
	struct stat_delta d = { .runner_id = "" };
	int buckets[RUNS], i, minute, runner;
	char name[80];

	unlink(path);
	must(db_open(path, DB_WRITER, NULL, &db, &err), path);
	must(schema_make(db, schema_newest(), &err), path);
	must(db_begin(db, &err), path);
	/* From a tenth of a millisecond to half an hour. */
	for (i = 0; i < RUNS; i++)
		buckets[i] = hist_bucket(100) + i * 384 / RUNS;
	d.runner_id = name;
	d.n[RUN_COMPLETED] = RUNS;
	for (i = 0; i < STAT_TIMES; i++) {
		d.buckets[i] = buckets;
		d.count[i] = RUNS;
		d.sum_us[i] = RUNS;
	}
	for (minute = 0; minute < 60; minute++) {
		for (runner = 0; runner < 4; runner++) {
			snprintf(name, sizeof name, "plugin:org.example/bench/"
			    "runner%d", runner);
			d.minute = MINUTE + minute;
			must(store_stat_add(db, &d, d.minute * 60 * US_PER_S,
			    &err), path);
		}
	}
	must(db_commit(db, &err), path);
	db_close(db);
}

/* Runs of a transaction that go from one state to another. */
struct counting {
	struct run_tally tally;
	struct stat_delta stat;
	int	buckets[64], n;
};

static void
count(struct db *db, struct counting *k, enum run_state from,
    enum run_state to)
{
	int i;

	memset(k->tally.n, 0, sizeof k->tally.n);
	k->tally.n[from] -= k->n;
	k->tally.n[to] += k->n;
	memcpy(k->stat.n, k->tally.n, sizeof k->stat.n);
	for (i = 0; i < STAT_TIMES; i++) {
		k->stat.buckets[i] = k->buckets;
		k->stat.count[i] = to == RUN_COMPLETED ? (size_t)k->n : 0;
		k->stat.sum_us[i] = 0;
	}
	must(store_count_add(db, &k->tally, &err), "counts");
	must(store_stat_add(db, &k->stat, k->stat.minute * 60 * US_PER_S,
	    &err), "statistics");
}

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Of a run, in µs; the transactions aren't kept. */
static double
write_us(struct db *db, int64_t minute, int together)
{
	struct counting k = { .n = together, .stat.minute = minute,
	    .stat.runner_id = "plugin:org.example/bench/runner0",
	    .tally.plugin = "org.example.bench" };
	int rounds = 6400 / together, i;
	double us;

	must(db_begin(db, &err), "begin");
	must(store_owner_intern(db, "user:bench", &k.tally.owner_no, &err),
	    "owner");
	k.tally.runner_id = k.stat.runner_id;
	/* Runs of a batch take about equally long. */
	for (i = 0; i < together; i++)
		k.buckets[i] = hist_bucket(1000) + i / 8;
	us = cpu_us();
	for (i = 0; i < rounds; i++) {
		count(db, &k, 0, RUN_QUEUED);
		count(db, &k, RUN_QUEUED, RUN_CLAIMED);
		count(db, &k, RUN_CLAIMED, RUN_COMPLETED);
	}
	us = cpu_us() - us;
	db_rollback(db);
	return us / (rounds * together);
}

static void
print_writes(const char *path)
{
	struct db *db;

	must(db_open(path, DB_WRITER, NULL, &db, &err), path);
	printf("stats write_us=%.2f", write_us(db, MINUTE + 60, 64));
	printf(" write_busy_us=%.2f", write_us(db, MINUTE + 59, 64));
	printf(" write_one_us=%.2f\n", write_us(db, MINUTE + 60, 1));
	db_close(db);
}

/* The end of the newest minute that has runs, in seconds. */
static int64_t
newest(struct db *db)
{
	struct q q = q_begin(db, "SELECT max(slot) FROM run_stat"
	    " WHERE level = 1");
	int64_t minute = q_row(&q) ? q_get_i64(&q) : 0;

	must(q_end(&q, &err), "newest");
	return minute * 60 + 59;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct reader {
	struct db *db;
	struct action_env env;
	struct policy *policy;
	int	n;
};

static double
median_us(struct reader *r, const char *action, const char *body)
{
	static const struct caller root = { .kind = CALLER_LOCAL,
		.principal = "local:0", .source = "unix" };
	double *us = mem_calloc((size_t)r->n, sizeof *us), median;
	struct timespec a, b;
	struct call *c;
	int i;

	for (i = 0; i < r->n; i++) {
		c = call_open(action, &root, body, strlen(body));
		clock_gettime(CLOCK_MONOTONIC, &a);
		call_prepare(c, r->env.registry);
		gate_read(r->db, &r->env, r->policy,
		    (int64_t)time(NULL) * US_PER_S, c);
		call_render(c);
		clock_gettime(CLOCK_MONOTONIC, &b);
		err = c->err;
		must(c->status, action);
		us[i] = (double)(b.tv_sec - a.tv_sec) * 1e6 +
		    (double)(b.tv_nsec - a.tv_nsec) / 1e3;
		call_free(c);
	}
	qsort(us, (size_t)r->n, sizeof *us, compare);
	median = us[r->n / 2];
	free(us);
	return median;
}

int
main(int argc, char **argv)
{
	struct reader r = { .n = 500 };
	const char *path = NULL;
	char body[80];
	bool make_it = false, write = false;
	int o;

	while ((o = getopt(argc, argv, "d:n:bw")) != -1) {
		if (o == 'd')
			path = optarg;
		else if (o == 'n')
			r.n = atoi(optarg);
		else if (o == 'b')
			make_it = true;
		else if (o == 'w')
			write = true;
		else
			return 2;
	}
	if (path == NULL || r.n < 1)
		return 2;
	if (make_it)
		make(path);
	if (write) {
		print_writes(path);
		return 0;
	}
	must(db_open(path, DB_READER, NULL, &r.db, &err), path);
	must(policy_load(r.db, 0, &r.policy, &err), path);
	r.env.registry = registry_new();
	snprintf(body, sizeof body, "{\"end_time\":%lld}",
	    (long long)newest(r.db));
	printf("stats counts_us=%.1f", median_us(&r, "run_counts", "{}"));
	printf(" hour_us=%.1f\n", median_us(&r, "run_stats", body));
	registry_free(r.env.registry);
	policy_unref(r.policy);
	db_close(r.db);
	return 0;
}
