/*
 * A ring under one mutex.  The condition uses CLOCK_MONOTONIC: a wall clock
 * that is set must neither shorten nor prolong a wait.
 */
#include "base/queue.h"

#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	void	**ring;
	size_t	slots, first, len;
	bool	closed;
};

static void
must(int rc)
{
	assert(rc == 0);
	(void)rc;
}

struct queue *
queue_new(size_t slots)
{
	struct queue *q = mem_zalloc(sizeof *q);
	pthread_condattr_t attr;

	assert(slots > 0);
	q->ring = mem_calloc(slots, sizeof q->ring[0]);
	q->slots = slots;
	must(pthread_mutex_init(&q->lock, NULL));
	must(pthread_condattr_init(&attr));
	must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
	must(pthread_cond_init(&q->filled, &attr));
	pthread_condattr_destroy(&attr);
	return q;
}

void
queue_free(struct queue *q)
{
	if (q == NULL)
		return;
	pthread_cond_destroy(&q->filled);
	pthread_mutex_destroy(&q->lock);
	free(q->ring);
	free(q);
}

bool
queue_put(struct queue *q, void *item)
{
	bool taken, was_empty;

	must(pthread_mutex_lock(&q->lock));
	was_empty = q->len == 0;
	taken = !q->closed && q->len < q->slots;
	if (taken) {
		q->ring[(q->first + q->len) % q->slots] = item;
		q->len++;
	}
	must(pthread_mutex_unlock(&q->lock));
	/* The one consumer sleeps only when the ring is empty. */
	if (taken && was_empty)
		must(pthread_cond_signal(&q->filled));
	return taken;
}

static struct timespec
deadline_in(int64_t timeout_ms)
{
	struct timespec ts;

	must(clock_gettime(CLOCK_MONOTONIC, &ts));
	ts.tv_sec += timeout_ms / 1000;
	ts.tv_nsec += (timeout_ms % 1000) * 1000000;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_nsec -= 1000000000;
		ts.tv_sec++;
	}
	return ts;
}

/* With the lock held. */
static void
wait_filled(struct queue *q, int64_t timeout_ms)
{
	struct timespec deadline;
	int rc = 0;

	if (timeout_ms > 0)
		deadline = deadline_in(timeout_ms);
	while (q->len == 0 && !q->closed && rc != ETIMEDOUT &&
	    timeout_ms != 0) {
		if (timeout_ms < 0)
			rc = pthread_cond_wait(&q->filled, &q->lock);
		else
			rc = pthread_cond_timedwait(&q->filled, &q->lock,
			    &deadline);
		assert(rc == 0 || rc == ETIMEDOUT);
	}
}

size_t
queue_take(struct queue *q, void **items, size_t max, int64_t timeout_ms)
{
	size_t n;

	must(pthread_mutex_lock(&q->lock));
	wait_filled(q, timeout_ms);
	for (n = 0; n < max && q->len > 0; n++) {
		items[n] = q->ring[q->first];
		q->first = (q->first + 1) % q->slots;
		q->len--;
	}
	must(pthread_mutex_unlock(&q->lock));
	return n;
}

void
queue_close(struct queue *q)
{
	must(pthread_mutex_lock(&q->lock));
	q->closed = true;
	must(pthread_cond_broadcast(&q->filled));
	must(pthread_mutex_unlock(&q->lock));
}

bool
queue_is_closed(struct queue *q)
{
	bool closed;

	must(pthread_mutex_lock(&q->lock));
	closed = q->closed;
	must(pthread_mutex_unlock(&q->lock));
	return closed;
}

size_t
queue_len(struct queue *q)
{
	size_t len;

	must(pthread_mutex_lock(&q->lock));
	len = q->len;
	must(pthread_mutex_unlock(&q->lock));
	return len;
}
