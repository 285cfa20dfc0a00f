/*
 * Checks of what a plugin does when it is invoked, stopped, repeated.
 */
#include "kit/bench.h"

#include "base/clock.h"
#include "base/mem.h"
#include "json/read.h"
#include "kit/fake.h"

#include <stdlib.h>

#define LEAK_RUNS	200
#define LEAK_WARM	5	/* runs, then descriptors are counted */
#define LEAK_RUN_MS	20	/* of a run, then it is cancelled */
#define LEAK_MS		20000	/* for all runs of one target */
#define LEAK_HEAP_RUN	16	/* bytes a run that count as a leak … */
#define LEAK_HEAP	4096	/* … if they are so many together */
#define LEAK_PEAK	(256 * 1024)
#define LEAK_FILES	3
#define GARBAGE_MS	2000	/* of a run, then it is cancelled */
#define DEADLINE_MS	200
#define WORKERS		4
#ifdef __SANITIZE_ADDRESS__
#define LEAK_PEAK_RUN	(12 * 1024)	/* it keeps much of what is freed */
#else
#define LEAK_PEAK_RUN	2048
#endif

/* What is found here of a target spares others to find it again. */
void
check_plain(struct bench *b)
{
	const struct way way = { 0 };
	struct target *t;
	struct drive d;
	struct gift g;
	size_t i;

	for (i = 0; i < b->target_count && bench_has_time(b); i++) {
		t = &b->targets[i];
		if (!bench_open(b, &d))
			return;
		gift_init(&g, t, &taste_table[0]);
		t->broken = !bench_run(b, &d, t, &g, &way);
		t->saves = d.now.checkpoints > 0;
		gift_fini(&g);
		drive_close(&d);
	}
	b->ran_all = true;
}

/* Whether the host would let it through to an action. */
static bool
is_valid(const struct target *t, const struct gift *g)
{
	struct arena arena = { 0 };
	struct json_doc doc;
	struct err err;
	bool valid;

	valid = json_parse(&arena, g->input.p, g->input.len, NULL, &doc,
	    &err) == RH_OK && (t->action == NULL || t->action->schema == NULL ||
	    schema_check(t->action->schema, &doc, 0, "args", &err) == RH_OK);
	arena_fini(&arena);
	return valid;
}

static void
try_tastes(struct bench *b, struct target *t)
{
	const struct way way = { .patience_ms = GARBAGE_MS };
	const struct taste *taste = &taste_table[1];
	bool goes_on = true;
	struct drive d;
	struct gift g;

	if (t->broken || !bench_open(b, &d))
		return;
	for (; taste->name != NULL && goes_on; taste++) {
		gift_init(&g, t, taste);
		if (is_valid(t, &g))
			goes_on = bench_run(b, &d, t, &g, &way);
		gift_fini(&g);
	}
	drive_close(&d);
}

void
check_garbage(struct bench *b)
{
	size_t i;

	for (i = 0; i < b->target_count && bench_has_time(b); i++)
		try_tastes(b, &b->targets[i]);
}

void
check_cancel(struct bench *b)
{
	static const struct way ways[] = {
		{ .stop = STOP_AT_START },
		{ .stop = STOP_AFTER, .stop_ms = 100 },
	};

	bench_each(b, &ways[0]);
	if (b->now->state == CHECK_PASS)
		bench_each(b, &ways[1]);
}

void
check_deadline(struct bench *b)
{
	const struct way way = { .deadline_ms = DEADLINE_MS };

	bench_each(b, &way);
}

/* Killed behind its first checkpoint, then begun again from there. */
static bool
resume(struct bench *b, struct target *t, struct gift *g)
{
	const struct way way = { 0 };
	int64_t until;
	struct drive d;
	bool saved, ended;

	if (!bench_open(b, &d))
		return false;
	until = drive_clock_us() + b->cf->timeout_ms * US_PER_MS;
	if (bench_begin(b, &d, t, g, &way))
		while (d.now.checkpoints == 0 && !drive_over(&d) &&
		    drive_clock_us() < until)
			drive_until(&d, drive_clock_us() + US_PER_MS);
	saved = d.now.checkpoints > 0;
	ended = d.ended;
	drive_close(&d);
	if (!saved || ended)
		return false;
	fake_checkpoint(b->fake, &g->checkpoint_name, &g->checkpoint);
	g->checkpoint_name.p = mem_strndup(g->checkpoint_name.p,
	    g->checkpoint_name.len);
	g->checkpoint.p = mem_dup(g->checkpoint.p != NULL ? g->checkpoint.p :
	    "", g->checkpoint.len);
	g->name = "from its checkpoint";
	if (bench_open(b, &d)) {
		bench_run(b, &d, t, g, &way);
		drive_close(&d);
	}
	return true;
}

void
check_resume(struct bench *b)
{
	unsigned resumed = 0;
	struct gift g;
	size_t i;

	if (!b->ran_all)
		check_plain(b);
	for (i = 0; i < b->target_count && bench_has_time(b); i++) {
		if (!b->targets[i].saves)
			continue;
		gift_init(&g, &b->targets[i], &taste_table[0]);
		resumed += resume(b, &b->targets[i], &g);
		free((char *)g.checkpoint_name.p);
		free((char *)g.checkpoint.p);
		gift_fini(&g);
	}
	if (resumed == 0 && b->now->state == CHECK_PASS)
		bench_skip(b, "no run saves a checkpoint");
}

/* What a worker held after a run. */
struct held {
	unsigned run;
	uint64_t heap, peak;
	uint32_t files;
};

static void
judge_memory(struct bench *b, const struct target *t, const char *what,
    const struct held *from, const struct held *to, uint64_t grown,
    uint64_t least, uint64_t least_run)
{
	unsigned runs = to->run - from->run;

	if (runs == 0 || grown < least || grown / runs < least_run)
		return;
	bench_fail(b, "%s leaks: %s grew by %llu bytes over %u runs, %llu a "
	    "run", t->label, what, (unsigned long long)grown, runs,
	    (unsigned long long)(grown / runs));
}

static uint64_t
grown(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

static void
judge_held(struct bench *b, const struct target *t, const struct held *warm,
    const struct held *half, const struct held *end)
{
	uint64_t heap = grown(half->heap, end->heap);
	uint64_t peak = grown(half->peak, end->peak);

	judge_memory(b, t, "its heap", half, end, heap, LEAK_HEAP,
	    LEAK_HEAP_RUN);
	/* What malloc() has given out is in the resident memory, too. */
	judge_memory(b, t, "resident memory", half, end, grown(heap, peak),
	    LEAK_PEAK, LEAK_PEAK_RUN);
	if (end->files >= warm->files + LEAK_FILES)
		bench_fail(b, "%s leaks: open descriptors grew from %u to %u "
		    "over %u runs", t->label, warm->files, end->files,
		    end->run - warm->run);
}

static void
repeat(struct bench *b, struct target *t, const struct gift *g)
{
	const struct way way = { .stop = STOP_AFTER, .stop_ms = LEAK_RUN_MS };
	int64_t until = drive_clock_us() + LEAK_MS * US_PER_MS;
	struct held now = { 0 }, warm = { 0 }, half = { 0 };
	struct drive d;

	if (!bench_open(b, &d))
		return;
	while (now.run < LEAK_RUNS && drive_clock_us() < until) {
		if (!bench_run(b, &d, t, g, &way))
			goto out;
		now = (struct held){ now.run + 1, d.now.heap_bytes,
			d.now.peak_bytes, d.now.files };
		if (now.run == LEAK_WARM)
			warm = now;
		if (now.run == LEAK_RUNS / 2)
			half = now;
	}
	if (half.run == 0)
		bench_warn(b, "%s: only %u runs in %d s, too few to tell",
		    t->label, now.run, LEAK_MS / 1000);
	else
		judge_held(b, t, &warm, &half, &now);
out:
	drive_close(&d);
}

void
check_leaks(struct bench *b)
{
	struct gift g;
	size_t i;

	for (i = 0; i < b->target_count && bench_has_time(b); i++) {
		if (b->targets[i].broken)
			continue;
		gift_init(&g, &b->targets[i], &taste_table[0]);
		repeat(b, &b->targets[i], &g);
		gift_fini(&g);
	}
}

/* All begin before the first is waited for. */
static void
run_together(struct bench *b, struct target *t, const struct gift *g)
{
	const struct way way = { 0 };
	struct drive d[WORKERS];
	int64_t until;
	int i, n;

	for (n = 0; n < WORKERS && bench_open(b, &d[n]); n++)
		continue;
	until = drive_clock_us() + b->cf->timeout_ms * US_PER_MS;
	for (i = 0; i < n; i++)
		bench_begin(b, &d[i], t, g, &way);
	for (i = 0; i < n; i++) {
		drive_until(&d[i], until);
		if (!drive_over(&d[i])) {
			drive_cancel(&d[i]);
			drive_until(&d[i], drive_clock_us() +
			    PROMPT_MS * US_PER_MS);
		}
		bench_look(&d[i], t, g);
		if (d[i].ended || !drive_over(&d[i]))
			bench_lost(b, &d[i], t, g);
	}
	for (i = 0; i < n; i++)
		drive_close(&d[i]);
}

void
check_workers(struct bench *b)
{
	struct gift g;
	size_t i;

	for (i = 0; i < b->target_count && bench_has_time(b); i++) {
		if (b->targets[i].broken)
			continue;
		gift_init(&g, &b->targets[i], &taste_table[0]);
		run_together(b, &b->targets[i], &g);
		gift_fini(&g);
	}
}
