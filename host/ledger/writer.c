/*
 * The writer, the reply thread and the checkpoints: thin loops around the
 * ledger.
 */
#include "ledger/host_impl.h"

#include "base/fault.h"
#include "base/log.h"
#include "base/mem.h"
#include "plugin/registry.h"
#include "store/db.h"

#include <stdlib.h>

#define QUICK_CALLS	4	/* of a batch that the writer answers itself */

/* Everything that waits, up to a batch, lane by lane. */
static void
take_calls(struct host *h, struct batch *b)
{
	struct call *c;
	size_t lane;

	for (lane = 0; lane < LANES; lane++) {
		while (b->count < LEDGER_BATCH &&
		    (c = STAILQ_FIRST(&h->lanes[lane])) != NULL) {
			STAILQ_REMOVE_HEAD(&h->lanes[lane], link);
			h->lane_len[lane]--;
			h->waiting--;
			b->calls[b->count++] = c;
		}
	}
}

/* NULL when the host stops and nothing waits any more. */
static struct batch *
next_batch(struct host *h)
{
	struct batch *b = NULL;

	pthread_mutex_lock(&h->lock);
	while (h->waiting == 0 && !h->stopping) {
		h->writer_idle = true;
		pthread_cond_wait(&h->work, &h->lock);
		h->writer_idle = false;
	}
	if (h->waiting > 0) {
		b = mem_alloc(sizeof *b);
		b->count = 0;
		STAILQ_INIT(&b->effects);
		take_calls(h, b);
	}
	pthread_mutex_unlock(&h->lock);
	return b;
}

/* What readers and the keeper see of the new commit. */
static void
publish(struct host *h)
{
	struct gate *g = ledger_gate(h->ledger);
	struct policy *p = gate_policy(g), *old = p;

	pthread_mutex_lock(&h->lock);
	if (p != h->policy) {
		old = h->policy;
		h->policy = p;
	}
	h->runs = *gate_runs(g);
	h->wal_pages = db_wal_pages(ledger_db(h->ledger));
	pthread_mutex_unlock(&h->lock);
	policy_unref(old);
	pthread_mutex_lock(&h->head_lock);
	h->head = *gate_head(g);
	pthread_mutex_unlock(&h->head_lock);
}

/*
 * A second thread copies the WAL into the file; when it has done most, the
 * writer does the rest itself, between two batches, so that the WAL can
 * start over.
 */
static void
checkpoint_step(struct host *h)
{
	struct db *db = ledger_db(h->ledger);
	bool tail;

	if (db_wal_pages(db) < h->checkpoint_pages)
		return;
	pthread_mutex_lock(&h->checkpoint_lock);
	tail = h->checkpoint_done;
	h->checkpoint_done = false;
	if (!tail && !h->checkpoint_wanted) {
		h->checkpoint_wanted = true;
		pthread_cond_signal(&h->checkpoint_work);
	}
	pthread_mutex_unlock(&h->checkpoint_lock);
	if (tail)
		db_checkpoint(db, false, NULL, NULL);
}

static void
disk_failed(struct host *h)
{
	pthread_mutex_lock(&h->lock);
	h->failed = true;
	h->stopping = true;
	pthread_mutex_unlock(&h->lock);
}

/* After a failure nothing is tried any more; everybody is told. */
static void
refuse_batch(struct batch *b)
{
	size_t i;

	for (i = 0; i < b->count; i++)
		b->calls[i]->status = err_set(&b->calls[i]->err, RH_EUNAVAIL,
		    "the host is stopping: its disk failed");
}

/* Trust in a plugin is part of what the registry says of it. */
static void
apply_trust(struct host *h, const struct effects *list)
{
	const struct effect *e;

	STAILQ_FOREACH(e, list, link) {
		if (e->kind == EFFECT_TRUST)
			registry_trust(h->env.registry, e->plugin,
			    e->inproc ? e->digest : NULL);
	}
}

/* So is which of them are in use. */
static void
apply_catalog(struct host *h, const struct effects *list)
{
	const struct effect *e;

	STAILQ_FOREACH(e, list, link) {
		if (e->kind == EFFECT_CATALOG)
			registry_decide(h->env.registry, e->plugin, e->digest,
			    (enum plugin_state)e->state, e->reason);
		if (e->kind == EFFECT_INSTALL)
			registry_take(h->env.registry, e->file);
	}
}

static void
act_outside(struct host *h, struct effects *list)
{
	void (*fn)(void *, struct effects *);
	void *arg;

	if (STAILQ_EMPTY(list))
		return;
	host_count(h, list);
	apply_trust(h, list);
	host_wake_watches(h, list);
	host_wake_waits(h, list);
	pthread_mutex_lock(&h->lock);
	fn = h->on_effects;
	arg = h->effects_arg;
	pthread_mutex_unlock(&h->lock);
	if (fn != NULL)
		fn(arg, list);
	effects_clear(list);
}

/* What a caller was told to hold does hold then. */
static void
apply_config(struct host *h, const struct effects *list)
{
	const struct effect *e;

	STAILQ_FOREACH(e, list, link) {
		if (e->kind == EFFECT_CONFIG)
			h->env.config_apply(h->env.config_arg, e->call);
	}
}

static void
reply(struct host *h, struct batch *b)
{
	struct call *c;
	size_t i;

	apply_config(h, &b->effects);
	apply_catalog(h, &b->effects);
	/* Replies first: an effect may end what a caller waits for. */
	for (i = 0; i < b->count; i++) {
		c = b->calls[i];
		host_reloaded(h, c);
		if (!c->deferred && !host_park(h, c))
			c->done(c);
	}
	act_outside(h, &b->effects);
	free(b);
}

/* A small batch while nothing waits costs less than waking a thread for it. */
static bool
is_quick(struct host *h, const struct batch *b)
{
	const struct effect *e;
	bool quiet, waits;

	if (h->failed || b->count > QUICK_CALLS)
		return false;
	STAILQ_FOREACH(e, &b->effects, link)
		if (e->kind == EFFECT_CONFIG)
			return false;	/* may wait for the writer */
	pthread_mutex_lock(&h->lock);
	quiet = h->waiting == 0;
	pthread_mutex_unlock(&h->lock);
	/* Whoever waits for a run's end is answered by reading it. */
	pthread_mutex_lock(&h->wait_lock);
	waits = !STAILQ_EMPTY(&h->waits);
	pthread_mutex_unlock(&h->wait_lock);
	return quiet && !waits;
}

/* In order: the writer replies itself only when the reply thread is idle. */
static void
hand_over(struct host *h, struct batch *b)
{
	bool quick = is_quick(h, b);

	FAULT("batch.before_reply");
	pthread_mutex_lock(&h->reply_lock);
	quick = quick && STAILQ_EMPTY(&h->finished) && !h->replying;
	if (!quick) {
		STAILQ_INSERT_TAIL(&h->finished, b, link);
		pthread_cond_signal(&h->replies);
	}
	pthread_mutex_unlock(&h->reply_lock);
	if (quick)
		reply(h, b);
}

void *
writer_main(void *arg)
{
	struct host *h = arg;
	struct batch *b;

	while ((b = next_batch(h)) != NULL) {
		if (h->failed)
			refuse_batch(b);
		else if (ledger_apply(h->ledger, b->calls, b->count,
		    &b->effects))
			publish(h);
		else
			disk_failed(h);
		metric_observe(&h->batches, METRIC_BATCH, (int64_t)b->count);
		hand_over(h, b);
		if (!h->failed)
			checkpoint_step(h);
	}
	pthread_mutex_lock(&h->reply_lock);
	h->no_more_batches = true;
	pthread_cond_signal(&h->replies);
	pthread_mutex_unlock(&h->reply_lock);
	return NULL;
}

static struct batch *
next_finished(struct host *h)
{
	struct batch *b;

	pthread_mutex_lock(&h->reply_lock);
	h->replying = false;
	while ((b = STAILQ_FIRST(&h->finished)) == NULL &&
	    !h->no_more_batches)
		pthread_cond_wait(&h->replies, &h->reply_lock);
	if (b != NULL)
		STAILQ_REMOVE_HEAD(&h->finished, link);
	h->replying = b != NULL;
	pthread_mutex_unlock(&h->reply_lock);
	return b;
}

void *
replier_main(void *arg)
{
	struct host *h = arg;
	struct batch *b;

	while ((b = next_finished(h)) != NULL)
		reply(h, b);
	if (h->failed && h->cf.fatal != NULL)
		h->cf.fatal(h->cf.fatal_arg);
	return NULL;
}

static bool
checkpoint_wait(struct host *h)
{
	bool go;

	pthread_mutex_lock(&h->checkpoint_lock);
	while (!h->checkpoint_wanted && !h->checkpoint_stop)
		pthread_cond_wait(&h->checkpoint_work, &h->checkpoint_lock);
	go = !h->checkpoint_stop;
	pthread_mutex_unlock(&h->checkpoint_lock);
	return go;
}

void *
checkpointer_main(void *arg)
{
	struct host *h = arg;
	struct db *db = NULL;
	struct err err;
	bool ok = true, before;

	if (db_open(h->db_path, DB_SCAN, NULL, &db, &err) != RH_OK) {
		log_line(LOG_ERROR, "checkpoints: %s", err.msg);
		return NULL;
	}
	while (checkpoint_wait(h)) {
		before = ok;
		ok = db_checkpoint(db, false, NULL, &err) == RH_OK;
		/* On a full disk, where the log may be too, it comes often. */
		if (before && !ok)
			log_line(LOG_ERROR, "%s", err.msg);
		pthread_mutex_lock(&h->checkpoint_lock);
		h->checkpoint_wanted = false;
		h->checkpoint_done = true;
		pthread_mutex_unlock(&h->checkpoint_lock);
	}
	db_close(db);
	return NULL;
}
