/* The queue and the waker, alone and between threads. */
#include "lib/unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/queue.h"
#include "base/wake.h"

#include <poll.h>
#include <pthread.h>

static void *
item(size_t n)
{
	return (void *)(uintptr_t)(n + 1);
}

static void
test_order(void)
{
	struct queue *q = queue_new(3);
	void *got[8];
	size_t i, round;

	for (round = 0; round < 5; round++) {
		for (i = 0; i < 3; i++)
			CHECK(queue_put(q, item(i)));
		CHECK(!queue_put(q, item(9)));
		CHECK_UINT(queue_len(q), 3);
		CHECK_UINT(queue_take(q, got, 2, 0), 2);
		CHECK(got[0] == item(0) && got[1] == item(1));
		CHECK_UINT(queue_take(q, got, 8, -1), 1);
		CHECK(got[0] == item(2));
	}
	queue_free(q);
}

static void
test_timeout(void)
{
	struct queue *q = queue_new(1);
	int64_t start;
	void *got;

	CHECK_UINT(queue_take(q, &got, 1, 0), 0);
	start = clock_real.boot_us(&clock_real);
	CHECK_UINT(queue_take(q, &got, 1, 20), 0);
	CHECK(clock_real.boot_us(&clock_real) - start >= 20 * US_PER_MS);
	queue_free(q);
	queue_free(NULL);
}

static void
test_close(void)
{
	struct queue *q = queue_new(4);
	void *got[4];

	CHECK(queue_put(q, item(0)));
	CHECK(!queue_is_closed(q));
	queue_close(q);
	CHECK(queue_is_closed(q));
	CHECK(!queue_put(q, item(1)));
	CHECK_UINT(queue_take(q, got, 4, -1), 1);
	CHECK_UINT(queue_take(q, got, 4, -1), 0);
	queue_free(q);
}

static void *
taker(void *arg)
{
	void *got;

	return (void *)(uintptr_t)queue_take(arg, &got, 1, -1);
}

static void
test_close_wakes(void)
{
	struct queue *q = queue_new(4);
	pthread_t thread;
	void *taken;

	CHECK_INT(pthread_create(&thread, NULL, taker, q), 0);
	queue_close(q);
	CHECK_INT(pthread_join(thread, &taken), 0);
	CHECK(taken == NULL);
	queue_free(q);
}

#define PRODUCERS	4
#define EACH		20000

struct producer {
	struct queue *q;
	size_t	no;
	pthread_t thread;
};

static void *
produce(void *arg)
{
	struct producer *p = arg;
	size_t i;

	for (i = 0; i < EACH; i++)
		while (!queue_put(p->q, item(p->no * EACH + i)))
			sched_yield();
	return NULL;
}

/* Whether each producer's items come in its own order, none lost. */
static void
consume(struct queue *q, size_t next[PRODUCERS])
{
	void *got[64];
	size_t total = 0, n, i, v;

	while (total < PRODUCERS * EACH) {
		n = queue_take(q, got, ARRAY_LEN(got), 30000);
		if (!CHECK(n != 0))
			return;
		for (i = 0; i < n; i++) {
			v = (size_t)(uintptr_t)got[i] - 1;
			if (v % EACH != next[v / EACH]++)
				CHECK_UINT(v % EACH, next[v / EACH] - 1);
		}
		total += n;
	}
}

static void
test_threads(void)
{
	struct producer p[PRODUCERS];
	size_t next[PRODUCERS] = { 0 }, i;
	struct queue *q = queue_new(16);

	for (i = 0; i < PRODUCERS; i++) {
		p[i] = (struct producer){ .q = q, .no = i };
		CHECK_INT(pthread_create(&p[i].thread, NULL, produce, &p[i]),
		    0);
	}
	consume(q, next);
	for (i = 0; i < PRODUCERS; i++) {
		pthread_join(p[i].thread, NULL);
		CHECK_UINT(next[i], EACH);
	}
	queue_free(q);
}

static bool
is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void
test_wake(void)
{
	struct wake w = { -1 };
	struct err err;

	CHECK_OK(wake_open(&w, &err), &err);
	CHECK(!is_readable(wake_fd(&w)));
	CHECK(!wake_clear(&w));
	wake_signal(&w);
	wake_signal(&w);
	CHECK(is_readable(wake_fd(&w)));
	CHECK(wake_clear(&w));
	CHECK(!is_readable(wake_fd(&w)));
	CHECK(!wake_clear(&w));
	wake_close(&w);
	wake_close(&w);
	CHECK_INT(w.fd, -1);
}

const struct unit_test base_queue_tests[] = {
	{ "items leave in the order they came, and full is told",
	    test_order },
	{ "waiting on an empty queue ends in time", test_timeout },
	{ "a closed queue refuses, and gives what it has", test_close },
	{ "closing wakes the consumer", test_close_wakes },
	{ "nothing is lost between many producers and one consumer",
	    test_threads },
	{ "signals of a waker add up to one", test_wake },
	{ NULL, NULL },
};
