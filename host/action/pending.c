/*
 * Changes of counts and statistics, until they are written.
 */
#include "action/pending.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A batch changes some hundreds of runs, mostly of few kinds. */
#define LOOK_BACK	16

struct run_kind
live_kind(const struct run_live *l)
{
	return (struct run_kind){ .owner_no = l->owner_no,
		.plugin = l->plugin, .runner_id = l->runner_id,
		.created_us = l->created_us };
}

struct run_kind
row_kind(const struct run_row *r)
{
	return (struct run_kind){ .owner_no = r->owner_no,
		.plugin = r->plugin, .runner_id = r->scope.runner,
		.created_us = r->created_us };
}

static void *
grown(void *p, size_t count, size_t *cap, size_t size)
{
	if (count < *cap)
		return p;
	*cap = *cap ? 2 * *cap : 64;
	return mem_realloc(p, *cap * size);
}

static struct run_tally *
count_of(struct pending *p, const struct run_kind *k)
{
	struct run_tally *t;
	size_t i;

	for (i = p->count_count; i > p->count_mark &&
	    p->count_count - i < LOOK_BACK; i--) {
		t = &p->counts[i - 1];
		if (t->owner_no == k->owner_no &&
		    strcmp(t->runner_id, k->runner_id) == 0 &&
		    strcmp(t->plugin, k->plugin) == 0)
			return t;
	}
	p->counts = grown(p->counts, p->count_count, &p->count_cap,
	    sizeof *t);
	t = &p->counts[p->count_count++];
	*t = (struct run_tally){ .owner_no = k->owner_no,
		.plugin = mem_strdup(k->plugin),
		.runner_id = mem_strdup(k->runner_id) };
	return t;
}

static struct stat_change *
stat_of(struct pending *p, const struct run_kind *k)
{
	int64_t minute = k->created_us / (60 * US_PER_S);
	struct stat_change *s;
	size_t i;

	for (i = p->stat_count; i > p->stat_mark &&
	    p->stat_count - i < LOOK_BACK; i--) {
		s = &p->stats[i - 1];
		if (s->minute == minute &&
		    strcmp(s->runner_id, k->runner_id) == 0)
			return s;
	}
	p->stats = grown(p->stats, p->stat_count, &p->stat_cap, sizeof *s);
	s = &p->stats[p->stat_count++];
	*s = (struct stat_change){ .minute = minute,
		.runner_id = mem_strdup(k->runner_id) };
	return s;
}

void
pending_move(struct pending *p, const struct run_kind *k,
    enum run_state from, enum run_state to)
{
	struct run_tally *t;
	struct stat_change *s;

	if (from == to)
		return;
	t = count_of(p, k);
	t->n[from]--;
	t->n[to]++;
	/* What was removed has been there all the same. */
	if (to == 0)
		return;
	s = stat_of(p, k);
	s->n[from]--;
	s->n[to]++;
}

void
pending_time(struct pending *p, const struct run_kind *k,
    enum stat_time what, int64_t us)
{
	struct stat_change *s = stat_of(p, k);

	p->times = grown(p->times, p->time_count, &p->time_cap,
	    sizeof *p->times);
	p->times[p->time_count++] = (struct stat_sample){ what,
	    us > 0 ? us : 0, s->times };
	s->times = p->time_count;
}

void
pending_mark(struct pending *p)
{
	p->count_mark = p->count_count;
	p->stat_mark = p->stat_count;
	p->time_mark = p->time_count;
}

void
pending_keep(struct pending *p)
{
	p->count_mark = p->stat_mark = p->time_mark = 0;
}

/* Nothing before the mark was added to since: its times have no new ones. */
void
pending_undo(struct pending *p)
{
	while (p->count_count > p->count_mark) {
		p->count_count--;
		free((char *)p->counts[p->count_count].plugin);
		free((char *)p->counts[p->count_count].runner_id);
	}
	while (p->stat_count > p->stat_mark)
		free(p->stats[--p->stat_count].runner_id);
	p->time_count = p->time_mark;
	pending_keep(p);
}

void
pending_clear(struct pending *p)
{
	pending_keep(p);
	pending_undo(p);
}

void
pending_fini(struct pending *p)
{
	pending_clear(p);
	free(p->counts);
	free(p->stats);
	free(p->times);
}

static bool
is_nothing(const int64_t n[RUN_STATES + 1])
{
	int i;

	for (i = 1; i <= RUN_STATES; i++) {
		if (n[i] != 0)
			return false;
	}
	return true;
}

static int
compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* A flush on its way. */
struct flush {
	struct db *db;
	int64_t	now;
	int	*buckets[STAT_TIMES];	/* with room for every time there is */
};

static rh_status
flush_stat(const struct pending *p, const struct stat_change *s,
    const struct flush *f, struct err *err)
{
	struct stat_delta d = { .minute = s->minute,
		.runner_id = s->runner_id };
	const struct stat_sample *t;
	size_t i;

	memcpy(d.n, s->n, sizeof d.n);
	for (i = s->times; i != 0; i = t->next) {
		t = &p->times[i - 1];
		d.sum_us[t->what] += t->us;
		f->buckets[t->what][d.count[t->what]++] = hist_bucket(t->us);
	}
	for (i = 0; i < STAT_TIMES; i++) {
		if (d.count[i] > 1)
			qsort(f->buckets[i], d.count[i],
			    sizeof *f->buckets[i], compare);
		d.buckets[i] = f->buckets[i];
	}
	return store_stat_add(f->db, &d, f->now, err);
}

rh_status
pending_flush(const struct pending *p, struct db *db, int64_t now,
    struct err *err)
{
	struct flush f = { .db = db, .now = now };
	rh_status rc = RH_OK;
	size_t i;

	for (i = 0; i < p->count_count && rc == RH_OK; i++) {
		if (!is_nothing(p->counts[i].n))
			rc = store_count_add(db, &p->counts[i], err);
	}
	if (p->stat_count == 0 || rc != RH_OK)
		return rc;
	f.buckets[0] = mem_calloc(STAT_TIMES * p->time_count + 1,
	    sizeof *f.buckets[0]);
	f.buckets[1] = f.buckets[0] + p->time_count;
	for (i = 0; i < p->stat_count && rc == RH_OK; i++) {
		if (p->stats[i].times != 0 || !is_nothing(p->stats[i].n))
			rc = flush_stat(p, &p->stats[i], &f, err);
	}
	free(f.buckets[0]);
	return rc;
}
