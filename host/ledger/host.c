/*
 * Submitting calls: lanes in, replies out.  The threads behind it are in
 * writer.c, reads in reads.c, what is done by the clock in keeper.c.
 */
#include "ledger/host_impl.h"

#include "action/action.h"
#include "action/admit.h"
#include "action/attempt.h"
#include "action/catalog.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MAX	4096	/* reports waiting in the events' lane */
/* Half a batch, so that cancels never keep all other clients out of it. */
#define CANCELS_MAX	(LEDGER_BATCH / 2)

void
host_init_lanes(struct host *h)
{
	size_t i;

	for (i = 0; i < LANES; i++)
		STAILQ_INIT(&h->lanes[i]);
	h->lane_max[LANE_OF_EVENTS] = EVENTS_MAX;
	h->lane_max[LANE_OF_CANCELS] = CANCELS_MAX;
	h->lane_max[LANE_OF_CLIENTS] = h->cf.clients_max;
}

/* The caller is unknown: said at once, counted, never written on its way. */
static bool
refuse_unknown(struct host *h, struct call *c)
{
	struct act a = { .env = &h->env, .now = host_now(h) };
	struct tally_key key;

	if (c->caller.kind != CALLER_ANONYMOUS ||
	    (c->action != NULL && c->action->who == PERM_ANYONE))
		return false;
	c->status = admit(&a, c, &c->err);
	key = record_key(&a, c, false);
	tally_note(h->env.tally, &key, a.now);
	return true;
}

/*
 * What the policy alone refuses doesn't go to the writer either, where a
 * flood of it would stand before the work of others and wait for the disk.
 * Plugins' calls keep their order.
 */
static bool
refuse_early(struct host *h, struct call *c)
{
	struct policy *p;
	bool refused;

	if (c->caller.kind != CALLER_TOKEN)
		return false;
	p = host_policy(h);
	refused = gate_refuses(&h->env, p, host_now(h), c);
	policy_unref(p);
	return refused;
}

static enum lane
lane_of(const struct call *c)
{
	unsigned runs = c->action != NULL ? c->action->runs : LANE_CLIENT;

	/* The host's own, which an action from outside shares. */
	if (c->body == NULL && (runs & LANE_CANCEL) != 0)
		return LANE_OF_MUST;
	return runs & LANE_MUST ? LANE_OF_MUST :
	    runs & LANE_EVENTS ? LANE_OF_EVENTS :
	    runs & LANE_CANCEL ? LANE_OF_CANCELS : LANE_OF_CLIENTS;
}

/* Runs and actions of plugins that come from outside; a drain takes none. */
static bool
is_new_work(const struct call *c)
{
	if (c->caller.kind == CALLER_PLUGIN)
		return false;
	return c->plugin_action != NULL ||
	    (c->action != NULL && c->action->scope == SCOPE_NEW);
}

static rh_status
turn_away(struct host *h, struct call *c, rh_status status, const char *why)
{
	atomic_fetch_add_explicit(&h->turned_away[status], 1,
	    memory_order_relaxed);
	return err_set(&c->err, status, "%s", why);
}

/* Into its lane, or refused when that is full. */
static bool
enqueue(struct host *h, struct call *c)
{
	enum lane lane = lane_of(c);
	bool ok, low, draining;

	pthread_mutex_lock(&h->lock);
	low = h->disk_low && lane == LANE_OF_CLIENTS;
	draining = h->draining && is_new_work(c);
	ok = !h->failed && !low && !draining && (lane == LANE_OF_MUST ||
	    (!h->stopping && h->lane_len[lane] < h->lane_max[lane]));
	if (ok) {
		STAILQ_INSERT_TAIL(&h->lanes[lane], c, link);
		h->lane_len[lane]++;
		h->waiting++;
		if (h->writer_idle)
			pthread_cond_signal(&h->work);
	}
	pthread_mutex_unlock(&h->lock);
	FAULT("call.accepted");
	if (ok)
		return true;
	if (low) {
		c->status = turn_away(h, c, RH_EFULL, "the disk is nearly "
		    "full: no new work is taken");
		err_hint(&c->err, "make room; reads and running runs go on");
		return false;
	}
	if (h->failed || h->stopping || draining) {
		c->status = turn_away(h, c, RH_EUNAVAIL,
		    "the host is stopping");
		return false;
	}
	c->status = turn_away(h, c, RH_EBUSY, "the host's queue is full");
	err_hint(&c->err, "try again in a second");
	return false;
}

static bool
reads_files(const struct call *c)
{
	return c->action != NULL &&
	    (c->action->runs & (RUN_FILES | RUN_PLUGIN)) != 0;
}

/*
 * For who may: nobody else makes the host read files.  One after the other,
 * for what is read is compared with what the one before put in force.
 */
static void
read_files(struct host *h, struct call *c)
{
	struct policy *p = host_policy(h);
	bool may = gate_admits(&h->env, p, host_now(h), c);

	policy_unref(p);
	if (!may)
		return;
	pthread_mutex_lock(&h->lock);
	while (h->reloading != NULL)
		pthread_cond_wait(&h->reloaded, &h->lock);
	h->reloading = c;
	pthread_mutex_unlock(&h->lock);
	if ((c->action->runs & RUN_PLUGIN) != 0)
		catalog_read(&h->env, c);
	else if (h->env.config_read != NULL)
		h->env.config_read(h->env.config_arg, c);
}

void
host_reloaded(struct host *h, struct call *c)
{
	if (!reads_files(c))
		return;
	pthread_mutex_lock(&h->lock);
	if (h->reloading == c) {
		h->reloading = NULL;
		pthread_cond_broadcast(&h->reloaded);
	}
	pthread_mutex_unlock(&h->lock);
}

void
host_submit(struct host *h, struct call *c)
{
	call_prepare(c, h->env.registry);
	if (refuse_unknown(h, c)) {
		c->done(c);
		return;
	}
	if (reads_files(c))
		read_files(h, c);
	if (c->action != NULL && (c->action->runs & RUN_READ) != 0)
		reads_perform(h, c);
	else if (refuse_early(h, c)) {
		host_reloaded(h, c);
		reads_answer(h, c);
	} else if (!enqueue(h, c)) {
		host_reloaded(h, c);
		c->done(c);
	}
}

void
host_again(struct host *h, struct call *c)
{
	if (c->action != NULL && (c->action->runs & RUN_READ) != 0)
		reads_perform(h, c);
	else if (!enqueue(h, c))
		c->done(c);
}

struct waiting {
	pthread_mutex_t lock;
	pthread_cond_t done;
	bool	is_done;
};

static void
wake_waiting(struct call *c)
{
	struct waiting *w = c->owner;

	pthread_mutex_lock(&w->lock);
	w->is_done = true;
	pthread_cond_signal(&w->done);
	pthread_mutex_unlock(&w->lock);
}

void
host_call(struct host *h, struct call *c)
{
	struct waiting w = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.done = PTHREAD_COND_INITIALIZER,
	};

	c->owner = &w;
	c->done = wake_waiting;
	host_submit(h, c);
	pthread_mutex_lock(&w.lock);
	while (!w.is_done)
		pthread_cond_wait(&w.done, &w.lock);
	pthread_mutex_unlock(&w.lock);
	pthread_mutex_destroy(&w.lock);
	pthread_cond_destroy(&w.done);
}

struct policy *
host_policy(struct host *h)
{
	struct policy *p;

	pthread_mutex_lock(&h->lock);
	p = policy_ref(h->policy);
	pthread_mutex_unlock(&h->lock);
	return p;
}

int64_t
host_now(struct host *h)
{
	int64_t now;

	pthread_mutex_lock(&h->lock);
	now = clock_ledger_now(&h->clock);
	pthread_mutex_unlock(&h->lock);
	return now;
}

static void
add_reason(struct host_status *s, bool is_so, const char *reason)
{
	if (is_so)
		snprintf(s->reasons[s->reason_count++], STATUS_REASON_LEN,
		    "%s", reason);
}

void
host_status_get(struct host *h, struct host_status *s)
{
	size_t i;

	memset(s, 0, sizeof *s);
	pthread_mutex_lock(&h->lock);
	s->draining = h->draining;
	s->started_us = h->started_us;
	s->now_us = clock_ledger_now(&h->clock);
	add_reason(s, h->failed, "the disk failed");
	add_reason(s, h->draining, "draining: no new work is taken");
	add_reason(s, !h->loaded && !h->draining, "plugins are loading");
	add_reason(s, h->disk_low, "the disk is nearly full");
	for (i = 0; i < HOST_PARTS; i++)
		add_reason(s, h->degraded[i][0] != '\0', h->degraded[i]);
	s->ready = s->reason_count == 0;
	pthread_mutex_unlock(&h->lock);
}

void
host_degraded(struct host *h, enum host_part part, const char *reason)
{
	char text[STATUS_REASON_LEN];
	bool changed;

	snprintf(text, sizeof text, "%s", reason != NULL ? reason : "");
	pthread_mutex_lock(&h->lock);
	changed = strcmp(h->degraded[part], text) != 0;
	if (changed && reason == NULL)
		log_line(LOG_INFO, "no longer degraded: %s",
		    h->degraded[part]);
	memcpy(h->degraded[part], text, sizeof text);
	pthread_mutex_unlock(&h->lock);
	if (changed && reason != NULL)
		log_line(LOG_ERROR, "degraded: %s", reason);
}

void
host_loaded(struct host *h)
{
	pthread_mutex_lock(&h->lock);
	h->loaded = true;
	pthread_mutex_unlock(&h->lock);
}

void
host_draining(struct host *h)
{
	pthread_mutex_lock(&h->lock);
	h->draining = true;
	pthread_mutex_unlock(&h->lock);
	host_end_waits(h, true);
}

void
host_set_limits(struct host *h, const struct host_limits *l)
{
	h->env.timeout_us = l->timeout_us;
	h->env.max_losses = l->max_losses;
	h->env.backoff_us = l->backoff_us;
	h->env.session_ttl_us = l->session_ttl_us;
	h->env.artifact_max = l->artifact_max;
	h->env.command_retention_us = l->command_retention_us;
	h->env.idem_us = l->idem_us;
	h->env.quota_live = l->quota_live;
	h->env.quota_bytes = l->quota_bytes;
	h->env.quota_streams = l->quota_streams;
	h->checkpoint_pages = l->checkpoint_pages;
	h->low_water_bytes = l->low_water_bytes;
	pthread_mutex_lock(&h->lock);
	h->lane_max[LANE_OF_CLIENTS] = l->clients_max;
	pthread_mutex_unlock(&h->lock);
}

void
host_on_effects(struct host *h, void (*fn)(void *, struct effects *),
    void *arg)
{
	pthread_mutex_lock(&h->lock);
	h->on_effects = fn;
	h->effects_arg = arg;
	pthread_mutex_unlock(&h->lock);
}

struct watch {
	LIST_ENTRY(watch) link;
	int64_t	run_no;
	void	(*wake)(void *);
	void	*arg;
};

struct watch *
host_watch(struct host *h, int64_t run_no, void (*wake)(void *), void *arg)
{
	struct watch *w = mem_zalloc(sizeof *w);

	w->run_no = run_no;
	w->wake = wake;
	w->arg = arg;
	pthread_mutex_lock(&h->watch_lock);
	LIST_INSERT_HEAD(&h->watches, w, link);
	pthread_mutex_unlock(&h->watch_lock);
	return w;
}

void
host_unwatch(struct host *h, struct watch *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&h->watch_lock);
	LIST_REMOVE(w, link);
	pthread_mutex_unlock(&h->watch_lock);
	free(w);
}

static bool
concerns(const struct watch *w, const struct effects *list)
{
	const struct effect *e;

	STAILQ_FOREACH(e, list, link) {
		if (e->kind == EFFECT_POLICY)
			return true;
		if ((e->kind == EFFECT_EVENTS || e->kind == EFFECT_ENDED) &&
		    (w->run_no == 0 || w->run_no == e->run_no))
			return true;
	}
	return false;
}

void
host_wake_watches(struct host *h, const struct effects *list)
{
	struct watch *w;

	pthread_mutex_lock(&h->watch_lock);
	LIST_FOREACH(w, &h->watches, link) {
		if (concerns(w, list))
			w->wake(w->arg);
	}
	pthread_mutex_unlock(&h->watch_lock);
}
