/*
 * What is counted of claims, from the effects of committed batches.
 */
#include "ledger/host_impl.h"

#include "base/fault.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const char other[] = "(other)";

/* Names are the callers' to invent, so there is an end to them. */
static struct queue_count *
find(struct queue_counts *q, const char *name)
{
	size_t i;

	for (i = 0; i < q->n; i++) {
		if (strcmp(q->of[i].name, name) == 0)
			return &q->of[i];
	}
	if (q->n == QUEUES_COUNTED)
		name = other;
	if (q->n > QUEUES_COUNTED)
		return &q->of[QUEUES_COUNTED];
	q->of[q->n] = (struct queue_count){ .name = mem_strdup(name) };
	return &q->of[q->n++];
}

static void
count_claim(struct host *h, const char *queue, int64_t wait_us)
{
	if (wait_us >= 0)
		metric_observe(&h->claims, METRIC_CLAIM, wait_us);
	pthread_mutex_lock(&h->lock);
	find(&h->queues, queue != NULL ? queue : "")->claims++;
	pthread_mutex_unlock(&h->lock);
}

static void
count_start(struct host *h, const struct run_row *r)
{
	/* The claim is on disk, and nobody outside knows of it yet. */
	FAULT("run.claim.after_commit");
	count_claim(h, NULL, r->attempts == 1 ?
	    r->updated_us - r->created_us : -1);
}

void
host_count(struct host *h, const struct effects *list)
{
	const struct effect *e;

	STAILQ_FOREACH(e, list, link) {
		if (e->kind == EFFECT_START)
			count_start(h, &e->claimed->row);
		else if (e->kind == EFFECT_TAKEN)
			count_claim(h, e->queue, e->wait_us);
		else if (e->kind == EFFECT_LOST)
			atomic_fetch_add_explicit(&h->leases_lost, 1,
			    memory_order_relaxed);
	}
}

void
host_put_claims(struct host *h, struct metric_text *t)
{
	size_t i;

	pthread_mutex_lock(&h->lock);
	for (i = 0; i < h->queues.n; i++)
		metric_put(t, METRIC_CLAIMS, h->queues.of[i].name,
		    h->queues.of[i].claims);
	pthread_mutex_unlock(&h->lock);
}

void
host_counts_fini(struct host *h)
{
	size_t i;

	for (i = 0; i < h->queues.n; i++)
		free(h->queues.of[i].name);
}
