/*
 *	stats -d FILE [-n CALLS] [-b]
 *
 * Medians of run_counts and of run_stats over the last hour that has runs, as
 * a reader carries them out: admitted, read, rendered.  The database is only
 * read.  With -b it is made anew, with an hour of four runners whose every
 * minute has times all over.
 */
#include "action/call.h"
#include "action/gate.h"
#include "auth/policy.h"
#include "base/mem.h"
#include "plugin/registry.h"
#include "store/db.h"
#include "store/schema.h"
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
	bool make_it = false;
	int o;

	while ((o = getopt(argc, argv, "d:n:b")) != -1) {
		if (o == 'd')
			path = optarg;
		else if (o == 'n')
			r.n = atoi(optarg);
		else if (o == 'b')
			make_it = true;
		else
			return 2;
	}
	if (path == NULL || r.n < 1)
		return 2;
	if (make_it)
		make(path);
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
