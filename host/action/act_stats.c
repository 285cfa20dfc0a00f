/*
 * Statistics of a window, out of the minutes that are kept.
 */
#include "action/act.h"

#include "base/mem.h"
#include "plugin/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIME_MAX	INT64_C(253402300799)	/* the end of year 9999 */

struct stats_args {
	int64_t	start, end;	/* seconds; 0: not given */
	struct stat_window window;
	int64_t	skip;
	size_t	limit;
};

/* A fraction of a second doesn't matter: minutes are whole. */
static rh_status
take_time(struct call *c, const char *name, int64_t *out, struct err *err)
{
	double v;

	*out = 0;
	if (!json_double(&c->in, json_member(&c->in, 0, name), &v))
		return RH_OK;
	if (v < 0 || v > (double)TIME_MAX)
		return err_set(err, RH_EINPUT, "body.%s: %.0f is no time "
		    "between 0 and %lld", name, v, (long long)TIME_MAX);
	*out = (int64_t)v;
	return RH_OK;
}

rh_status
stats_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct stats_args *a = arena_zalloc(&c->arena, sizeof *a);
	rh_status rc;

	(void)reg;
	c->args = a;
	a->limit = take_limit(c, "limit", 50, 100);
	if ((rc = take_time(c, "start_time", &a->start, err)) != RH_OK ||
	    (rc = take_time(c, "end_time", &a->end, err)) != RH_OK ||
	    (rc = take_cursor(c, "after_cursor", &a->skip, err)) != RH_OK)
		return rc;
	a->window.runner_id = call_text(c, "runner_id");
	return RH_OK;
}

/* The last hour, unless the body says otherwise; both ends are in it. */
static void
set_window(const struct act *a, struct call *c, struct stat_window *w)
{
	const struct stats_args *args = c->args;
	int64_t end = args->end != 0 ? args->end : a->now / US_PER_S;
	int64_t start = args->start != 0 ? args->start :
	    end > 3600 ? end - 3600 : 0;

	w->runner_id = args->window.runner_id;
	w->from = start / 60;
	w->until = start > end ? w->from : end / 60 + 1;
}

static void
window_detail(struct act *a, struct call *c, const struct stat_window *w)
{
	const struct stats_args *args = c->args;
	struct buf b = { 0 };
	struct json_out j;

	jw_init(&j, &b);
	jw_object(&j);
	jw_m_i64(&j, "start_time", w->from * 60);
	jw_m_i64(&j, "end_time", w->until * 60);
	if (args->window.runner_id != NULL)
		jw_m_text(&j, "runner_id", args->window.runner_id);
	jw_end_object(&j);
	act_detail(a, c, &b);
}

/* In parts of a unit; below 0 is null. */
static void
write_number(struct json_out *j, const char *name, double v, double parts)
{
	jw_name(j, name);
	if (v < 0)
		jw_null(j);
	else
		jw_double(j, (double)(int64_t)(v * parts + 0.5) / parts);
}

static void
write_share(struct json_out *j, const char *name, int64_t part, int64_t all)
{
	write_number(j, name, all > 0 ? (double)part / (double)all : -1, 1e4);
}

static void
write_times(struct json_out *j, const char *what, const struct stat_sum *s,
    enum stat_time which)
{
	static const int hundredths[] = { 50, 95, 99 };
	const struct hist *h = &s->hist[which];
	char name[64];
	int64_t us;
	size_t i;

	snprintf(name, sizeof name, "avg_%s_seconds", what);
	write_number(j, name, h->total > 0 ? (double)s->sum_us[which] /
	    (double)h->total / US_PER_S : -1, 1e6);
	for (i = 0; i < ARRAY_LEN(hundredths); i++) {
		snprintf(name, sizeof name, "p%d_%s_seconds", hundredths[i],
		    what);
		us = hist_percentile(h, hundredths[i]);
		write_number(j, name, us >= 0 ? (double)us / US_PER_S : -1,
		    1e6);
	}
}

static int64_t
total_of(const struct stat_sum *s)
{
	int64_t n = 0;
	int i;

	for (i = 1; i <= RUN_STATES; i++)
		n += s->n[i];
	return n;
}

static int64_t
failed_of(const struct stat_sum *s)
{
	return s->n[RUN_FAILED] + s->n[RUN_TIMEOUT];
}

/* Of all runs, as the reference has it, and of those that have a result. */
static void
write_rates(struct json_out *j, const struct stat_sum *s)
{
	int64_t done = s->n[RUN_COMPLETED], total = total_of(s);

	write_share(j, "success_rate", done, total);
	write_share(j, "failure_rate", failed_of(s), total);
	write_share(j, "finished_success_rate", done, done + failed_of(s));
}

static void
write_window(struct json_out *j, const struct stat_window *w)
{
	jw_m_i64(j, "start_time", w->from * 60);
	jw_m_i64(j, "end_time", w->until * 60);
}

static struct stat_sum *
of_all(struct str runner_id, void *arg)
{
	(void)runner_id;
	return arg;
}

rh_status
run_stats(struct act *a, struct call *c, struct err *err)
{
	struct stat_sum *s = arena_zalloc(&c->arena, sizeof *s);
	struct stat_window w;
	struct buf b = { 0 };
	struct json_out j;
	char name[40];
	double hours;
	rh_status rc;
	int i;

	set_window(a, c, &w);
	if ((rc = store_stat_sum(a->db, &w, of_all, s, err)) != RH_OK)
		return rc;
	window_detail(a, c, &w);
	jw_init(&j, &b);
	jw_object(&j);
	write_window(&j, &w);
	jw_m_i64(&j, "total_count", total_of(s));
	for (i = 1; i <= RUN_STATES; i++) {
		snprintf(name, sizeof name, "%s_count",
		    run_state_name((enum run_state)i));
		jw_m_i64(&j, name, s->n[i]);
	}
	hours = (double)(w.until - w.from) / 60;
	write_number(&j, "throughput_per_hour", hours > 0 ?
	    (double)total_of(s) / hours : 0, 100);
	write_rates(&j, s);
	write_times(&j, "duration", s, STAT_DURATION);
	write_times(&j, "queue_wait", s, STAT_WAIT);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

/* Runners of a window. */
struct of_runner {
	char	*runner_id;
	struct stat_sum sum;
};
struct runners {
	struct of_runner **of;	/* each its own, so that they can be sorted */
	size_t	count;
};

static struct stat_sum *
of_runner(struct str runner_id, void *arg)
{
	struct runners *r = arg;
	size_t i;

	for (i = 0; i < r->count; i++) {
		if (str_is(runner_id, r->of[i]->runner_id))
			return &r->of[i]->sum;
	}
	r->of = mem_realloc(r->of, ++r->count * sizeof *r->of);
	r->of[i] = mem_zalloc(sizeof *r->of[i]);
	r->of[i]->runner_id = mem_strndup(runner_id.p, runner_id.len);
	return &r->of[i]->sum;
}

/* The most runs first, then by name, so that pages are the same again. */
static int
compare(const void *left, const void *right)
{
	const struct of_runner *a = *(struct of_runner *const *)left;
	const struct of_runner *b = *(struct of_runner *const *)right;
	int64_t n = total_of(&a->sum), m = total_of(&b->sum);

	if (n != m)
		return n > m ? -1 : 1;
	return strcmp(a->runner_id, b->runner_id);
}

static void
write_runner(struct json_out *j, struct registry *reg,
    const struct of_runner *r)
{
	const struct plugin_runner *known = registry_runner_id(reg,
	    str_of(r->runner_id));
	const struct stat_sum *s = &r->sum;
	const char *id = strchr(r->runner_id, ':'), *end;

	id = id != NULL ? id + 1 : r->runner_id;
	end = strrchr(id, '/');
	jw_object(j);
	jw_m_text(j, "runner_id", r->runner_id);
	jw_m_text(j, "runner_label", known != NULL ? known->name : NULL);
	jw_m_str(j, "plugin_identity", (struct str){ id,
	    end != NULL ? (size_t)(end - id) : strlen(id) });
	jw_m_i64(j, "total_runs", total_of(s));
	jw_m_i64(j, "active_runs", s->n[RUN_QUEUED] + s->n[RUN_CLAIMED] +
	    s->n[RUN_RUNNING]);
	jw_m_i64(j, "completed_runs", s->n[RUN_COMPLETED]);
	jw_m_i64(j, "failed_runs", failed_of(s));
	jw_m_i64(j, "cancelled_runs", s->n[RUN_CANCELLED]);
	jw_m_i64(j, "interrupted_runs", s->n[RUN_INTERRUPTED]);
	write_rates(j, s);
	write_times(j, "duration", s, STAT_DURATION);
	write_times(j, "queue_wait", s, STAT_WAIT);
	jw_end_object(j);
}

static void
write_runners(struct act *a, struct call *c, const struct stat_window *w,
    const struct runners *r)
{
	const struct stats_args *args = c->args;
	size_t from = args->skip < (int64_t)r->count ? (size_t)args->skip :
	    r->count;
	size_t n = r->count - from, i;
	bool more = n > args->limit;
	struct buf b = { 0 };
	struct json_out j;

	if (more)
		n = args->limit;
	jw_init(&j, &b);
	jw_object(&j);
	write_window(&j, w);
	jw_name(&j, "items");
	jw_array(&j);
	for (i = from; i < from + n; i++)
		write_runner(&j, a->env->registry, r->of[i]);
	jw_end_array(&j);
	write_cursor(&j, "next_cursor", more ? (int64_t)(from + n) : 0);
	jw_m_null(&j, "prev_cursor");
	jw_m_bool(&j, "has_more", more);
	jw_m_i64(&j, "total_count", (int64_t)r->count);
	jw_end_object(&j);
	act_reply(c, &b);
}

rh_status
runner_stats(struct act *a, struct call *c, struct err *err)
{
	struct runners r = { 0 };
	struct stat_window w;
	rh_status rc;
	size_t i;

	set_window(a, c, &w);
	rc = store_stat_sum(a->db, &w, of_runner, &r, err);
	if (rc == RH_OK) {
		window_detail(a, c, &w);
		if (r.count > 1)
			qsort(r.of, r.count, sizeof *r.of, compare);
		write_runners(a, c, &w, &r);
	}
	for (i = 0; i < r.count; i++) {
		free(r.of[i]->runner_id);
		free(r.of[i]);
	}
	free(r.of);
	return rc;
}
