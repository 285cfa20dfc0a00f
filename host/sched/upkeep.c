/*
 * What the control thread asks of the ledger on its own account: offers of
 * slots, new leases, sweeps.
 */
#include "sched/control.h"

#include "base/log.h"
#include "base/mem.h"
#include "sched/uses.h"
#include "store/store_use.h"

#include <stdlib.h>

struct offer {
	struct submit submit;
	struct pool *pool;
	int	n;
};

static void
offer_done(struct submit *sub, struct call *c)
{
	struct offer *o = (struct offer *)sub;

	plan_offered(o->pool, o->n, c->status == RH_OK);
	call_free(c);
	free(o);
}

void
upkeep_offer(struct sched *s, struct pool *p, int n)
{
	struct plug *plug = p->plug;
	struct call *c = call_internal("slots_offer", &caller_host,
	    sizeof(struct offer_args));
	struct offer_args *args = c->args;
	struct offer *o = mem_zalloc(sizeof *o);

	args->plugin = plug->plugin->id;
	args->n = o->n = n;
	args->inproc = p->offer_inproc;
	o->pool = p;
	o->submit.done = offer_done;
	sched_submit(s, c, &o->submit);
}

struct renewal {
	struct submit submit;
	uint64_t *handles;	/* in the call's arena */
};

static void
renew_done(struct submit *sub, struct call *c)
{
	struct renewal *r = (struct renewal *)sub;
	const struct renew_args *args = c->args;
	struct sched *s = sub->s;
	struct attempt *a;
	size_t i;

	s->renewing = false;
	if (c->status != RH_OK)
		log_event(LOG_ERROR, "leases were not renewed", "error",
		    c->err.msg, NULL);
	for (i = 0; c->status == RH_OK && i < args->count; i++) {
		a = plan_attempt(&s->plan, r->handles[i]);
		if (a != NULL && args->lost[i])
			lane_stale(a->job);
	}
	call_free(c);
	free(r);
}

void
upkeep_renew(struct sched *s)
{
	struct attempt_ref *refs;
	struct renew_args *args;
	struct renewal *r;
	struct attempt *a;
	struct call *c;
	size_t n = 0;

	TAILQ_FOREACH(a, &s->plan.attempts, all)
		n += a->kind == JOB_RUN && a->phase != PHASE_OVER;
	if (n == 0 || s->renewing)
		return;
	s->renewing = true;
	c = call_internal("run_renew", &caller_host, sizeof *args);
	r = mem_zalloc(sizeof *r);
	args = c->args;
	refs = arena_alloc(&c->arena, n * sizeof *refs);
	r->handles = arena_alloc(&c->arena, n * sizeof *r->handles);
	args->attempts = refs;
	args->lost = arena_zalloc(&c->arena, n * sizeof *args->lost);
	TAILQ_FOREACH(a, &s->plan.attempts, all) {
		if (a->kind != JOB_RUN || a->phase == PHASE_OVER)
			continue;
		r->handles[args->count] = a->handle;
		refs[args->count++] = (struct attempt_ref){ a->run_no,
		    a->fence };
	}
	r->submit.done = renew_done;
	sched_submit(s, c, &r->submit);
}

static void
sweep_done(struct submit *sub, struct call *c)
{
	struct sched *s = sub->s;
	const struct sweep_args *args = c->args;
	bool more = c->status == RH_OK && args->more;

	s->sweeping = false;
	if (c->status != RH_OK)
		log_event(LOG_ERROR, "sweep", "error", c->err.msg, NULL);
	else
		log_skipped("a run that can't be swept is left", args->skipped);
	call_free(c);
	free(sub);
	/* Between two slices other calls have their turn. */
	if (more)
		upkeep_sweep(s);
}

void
upkeep_sweep(struct sched *s)
{
	struct submit *sub;

	if (s->sweeping || s->hurried)
		return;
	s->sweeping = true;
	sub = mem_zalloc(sizeof *sub);
	sub->done = sweep_done;
	sched_submit(s, call_internal("sweep", &caller_system,
	    sizeof(struct sweep_args)), sub);
}

static void
index_done(struct submit *sub, struct call *c)
{
	struct sched *s = sub->s;
	const struct index_args *args = c->args;
	bool failed = c->status != RH_OK, more = !failed && args->more;

	s->indexing = false;
	/* Once, until it works again: it is tried every second. */
	if (failed && !s->index_failed)
		log_event(LOG_ERROR, "what was said isn't indexed", "error",
		    c->err.msg, NULL);
	s->index_failed = failed;
	call_free(c);
	free(sub);
	if (more)
		upkeep_index(s);
}

void
upkeep_index(struct sched *s)
{
	struct submit *sub;

	if (s->indexing || s->hurried)
		return;
	s->indexing = true;
	sub = mem_zalloc(sizeof *sub);
	sub->done = index_done;
	sched_submit(s, call_internal("history_index", &caller_system,
	    sizeof(struct index_args)), sub);
}

static void
uses_done(struct submit *sub, struct call *c)
{
	sub->s->counting = false;
	if (c->status != RH_OK)
		log_event(LOG_ERROR, "what plugins used isn't counted",
		    "error", c->err.msg, NULL);
	call_free(c);
	free(sub);
}

/* One call for all that was counted since the last. */
void
upkeep_uses(struct sched *s)
{
	struct use_count *counts;
	struct uses_args *args;
	struct use_row *row;
	struct submit *sub;
	struct call *c;
	size_t i, n;

	if (s->counting || s->hurried || s->to->policy == NULL ||
	    (counts = uses_take(s->uses, &n)) == NULL)
		return;
	s->counting = true;
	c = call_internal("plugin_uses", &caller_system, sizeof *args);
	args = c->args;
	args->rows = arena_zalloc(&c->arena, n * sizeof *args->rows);
	args->count = n;
	for (i = 0; i < n; i++) {
		row = &args->rows[i];
		row->plugin = arena_strdup(&c->arena, counts[i].plugin);
		row->permission = arena_strdup(&c->arena,
		    counts[i].capability);
		row->used = counts[i].used;
		row->denied = counts[i].denied;
		row->used_us = row->used != 0 ? counts[i].last_us : 0;
		row->denied_us = row->denied != 0 ? counts[i].last_us : 0;
		if (counts[i].note != NULL)
			row->note = arena_strdup(&c->arena, counts[i].note);
	}
	use_counts_free(counts, n);
	sub = mem_zalloc(sizeof *sub);
	sub->done = uses_done;
	sched_submit(s, c, sub);
}
