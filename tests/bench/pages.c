/*
 * Pages of a large ledger, as host/store reads them.
 *
 *	pages -d FILE -m add
 *	pages -d FILE [-m read] -e RUN [-n PAGES]
 *
 *	-m add		adds a run of 100,000 events, and says which it is
 *	-m read		50 runs of their owner, the newest and before any of
 *			them at random; 50 events at random of the run that
 *			was added.  Each page is a snapshot of its own, as a
 *			reader's, with all that is kept of a run.
 */
#include "bare.h"
#include "took.h"

#include "action/attempt.h"
#include "base/mem.h"
#include "store/db.h"
#include "store/store_event.h"
#include "store/store_owner.h"

#include <runhost/host.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PAGE		50
#define LONG_RUN	100000	/* its events */
#define REPORT		500	/* events at a time */

struct pages {
	const char *path;
	int64_t	long_run;
	int	n;
	struct db *db;
	uint64_t seed;
	int64_t	owner_no, newest;
};

static struct err err;

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* A call of the attempt that a claim has begun. */
static struct call *
by_plugin(const char *action, const struct effect *start, size_t args_size)
{
	struct caller who = { .kind = CALLER_PLUGIN,
	    .principal = "plugin:" BARE_PLUGIN, .source = "worker",
	    .chain = { bare_user.principal }, .chain_len = 1,
	    .run_no = start->run_no, .fence = start->fence };

	return call_internal(action, &who, args_size);
}

static void
report(struct bare *b, const struct effect *start, int64_t now)
{
	static const char data[] = "{\"chunk\":{\"role\":\"assistant\","
	    "\"content\":\"one of a hundred thousand pieces of an answer that "
	    "takes very long; as long as those of other benchmarks\"}}";
	struct call *c = by_plugin("run_report", start,
	    sizeof(struct report_args));
	struct run_report *r = &((struct report_args *)c->args)->report;
	struct event_new *e = arena_alloc(&c->arena, REPORT * sizeof *e);
	int i;

	for (i = 0; i < REPORT; i++)
		e[i] = (struct event_new){ .type = "message.delta",
		    .at_us = now, .data = { data, sizeof data - 1 } };
	r->run_no = start->run_no;
	r->fence = start->fence;
	r->events = e;
	r->event_count = REPORT;
	r->percent = -1;
	bare_add(b, c);
}

static void
finish(struct bare *b, const struct effect *start, int64_t now)
{
	struct call *c = by_plugin("run_finalize", start,
	    sizeof(struct finish_args));
	struct finish_args *f = c->args;

	f->report.run_no = start->run_no;
	f->report.fence = start->fence;
	f->report.started_us = now;
	f->report.percent = -1;
	f->kind = RH_COMPLETED;
	bare_add(b, c);
}

static struct effect *
claimed(struct bare *b)
{
	struct effect *e;

	STAILQ_FOREACH(e, &b->effects, link) {
		if (e->kind == EFFECT_START)
			return e;
	}
	fputs("the run wasn't claimed\n", stderr);
	exit(1);
}

static void
mode_add(struct pages *p)
{
	struct call *offer = call_internal("slots_offer", &caller_host,
	    sizeof(struct offer_args));
	struct offer_args *o = offer->args;
	const struct effect *start;
	char id[ID_RUN_LEN];
	struct bare b;
	int64_t now;
	int i;

	bare_open(&b, p->path);
	o->plugin = BARE_PLUGIN;
	o->n = 1;
	bare_ask(&b, &bare_user, "run_create", "{\"runner\":\"echo\"}");
	bare_add(&b, offer);
	bare_apply(&b);
	bare_free(&b);
	start = claimed(&b);
	now = gate_now(ledger_gate(b.ledger));
	for (i = 0; i < LONG_RUN; i += REPORT) {
		report(&b, start, now);
		bare_apply(&b);
		bare_free(&b);
	}
	finish(&b, start, now);
	bare_apply(&b);
	bare_free(&b);
	printf("pages run_no=%lld run_id=%s\n", (long long)start->run_no,
	    id_run(&start->claimed->row.id, id));
	bare_close(&b);
}

/* Below which number; 0: the newest. */
static int64_t
read_runs(struct pages *p, int64_t before)
{
	struct run_filter f = { .owner_no = p->owner_no };
	int64_t nos[PAGE], next, from = now_ns();
	struct run_row row;
	struct arena a;
	size_t i, n;

	arena_init(&a);
	must(db_begin(p->db, &err), &err, "begin");
	must(store_run_page(p->db, &f, before, nos, PAGE, &n, &next, &err),
	    &err, "page");
	for (i = 0; i < n; i++)
		must(store_run_get(p->db, nos[i], &a, &row, &err), &err,
		    "run");
	db_rollback(p->db);
	arena_fini(&a);
	return now_ns() - from;
}

static int64_t
read_events(struct pages *p, int64_t after)
{
	struct event_range range = { .run_no = p->long_run, .after = after,
		.max = PAGE };
	struct event_page page;
	int64_t from = now_ns();
	struct arena a;

	arena_init(&a);
	must(db_begin(p->db, &err), &err, "begin");
	must(store_event_page(p->db, &range, &a, &page, &err), &err, "events");
	db_rollback(p->db);
	if (page.count != PAGE) {
		fprintf(stderr, "run %lld has no %d events\n",
		    (long long)p->long_run, LONG_RUN);
		exit(1);
	}
	arena_fini(&a);
	return now_ns() - from;
}

static int64_t
newest_run(struct db *db)
{
	struct q q = q_begin(db, "SELECT max(run_no) FROM run");
	int64_t no = q_row(&q) ? q_get_i64(&q) : 0;

	must(q_end(&q, &err), &err, "newest");
	return no;
}

/* The median; the longest of a hundred. */
static void
print(const char *name, struct took *t)
{
	printf(" %s_p50_us=%.1f %s_p99_us=%.1f", name, took_us(t, 0.50), name,
	    took_us(t, 0.99));
	took_free(t);
}

static void
mode_read(struct pages *p)
{
	struct took newest = { 0 }, any = { 0 }, events = { 0 };
	int i;

	must(db_open(p->path, DB_READER, NULL, &p->db, &err), &err, p->path);
	must(store_owner_find(p->db, bare_user.principal, &p->owner_no, &err),
	    &err, "owner");
	p->newest = newest_run(p->db);
	for (i = 0; i < p->n; i++)
		took_add(&newest, read_runs(p, 0));
	for (i = 0; i < p->n; i++)
		took_add(&any, read_runs(p, 1 + (int64_t)
		    (bare_random(&p->seed) % (uint64_t)p->newest)));
	for (i = 0; i < p->n; i++)
		took_add(&events, read_events(p, (int64_t)
		    (bare_random(&p->seed) % (LONG_RUN - PAGE))));
	printf("pages n=%d", p->n);
	print("newest", &newest);
	print("any", &any);
	print("events", &events);
	putchar('\n');
	db_close(p->db);
}

int
main(int argc, char **argv)
{
	struct pages p = { .n = 2000, .seed = 7 };
	bool add = false;
	int o;

	while ((o = getopt(argc, argv, "d:m:e:n:")) != -1) {
		switch (o) {
		case 'd': p.path = optarg; break;
		case 'm': add = strcmp(optarg, "add") == 0; break;
		case 'e': p.long_run = atoll(optarg); break;
		case 'n': p.n = atoi(optarg); break;
		default: return 2;
		}
	}
	if (p.path == NULL || p.n < 1)
		return 2;
	rand_init();
	if (add)
		mode_add(&p);
	else
		mode_read(&p);
	return 0;
}
