/*
 * The hub's thread sleeps in epoll, where each client's socket is once, edge
 * triggered: it tells when the client left, and when a full socket has room
 * again.  A slot number with a generation travels through epoll, never a
 * pointer.
 */
#include "stream/hub_impl.h"

#include "base/clock.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_AT_ONCE	64
#define WAKE_TAG	UINT64_MAX

static void
hub_socket(struct streams *h, uint64_t tag, uint32_t events)
{
	struct slot *slot = &h->slots[(uint32_t)tag];

	if (slot->seat == NULL || slot->generation != tag >> 32)
		return;
	stream_news(slot->seat, events & ~(uint32_t)EPOLLOUT ? HUB_GONE :
	    HUB_ROOM);
}

/* Tells all that are due; returns the milliseconds until the next. */
static int
hub_beat(struct streams *h)
{
	int64_t now = clock_real.boot_us(&clock_real);
	struct hub_seat *seat;

	while ((seat = TAILQ_FIRST(&h->beats)) != NULL && seat->due_us <= now) {
		TAILQ_REMOVE(&h->beats, seat, beats);
		seat->due_us = now + h->heartbeat_us;
		TAILQ_INSERT_TAIL(&h->beats, seat, beats);
		stream_news(seat, HUB_BEAT);
	}
	if (seat == NULL)
		return -1;
	return (int)((seat->due_us - now) / US_PER_MS + 1);
}

/* Locked. */
static void
hub_look(struct streams *h)
{
	struct hub_seat *seat;
	struct tail *t;

	while ((t = hub_next_dirty(h)) != NULL) {
		if (!tail_look(t))
			continue;
		LIST_FOREACH(seat, &t->listeners, listeners)
			stream_news(seat, HUB_EVENTS);
	}
}

/*
 * A turn for each that is ready now; who wants another comes back.  Locked,
 * but not while a stream is written to.
 */
static void
hub_pump(struct streams *h)
{
	size_t n = hub_count_ready(h);
	struct hub_seat *seat;

	pthread_mutex_unlock(&h->lock);
	while (n-- > 0 && (seat = hub_next_ready(h)) != NULL)
		stream_pump(seat);
	pthread_mutex_lock(&h->lock);
}

/* All have heard that it ends, and are handed back. */
static void
hub_close(struct streams *h)
{
	pthread_mutex_lock(&h->news_lock);
	h->closed = true;
	pthread_mutex_unlock(&h->news_lock);
	hub_pump(h);
}

static void *
hub_main(void *arg)
{
	struct streams *h = arg;
	struct epoll_event ev[EVENTS_AT_ONCE];
	int i, n, timeout_ms;

	pthread_mutex_lock(&h->lock);
	while (!h->ended) {
		timeout_ms = hub_beat(h);
		hub_look(h);
		hub_pump(h);
		if (hub_has_news(h))
			timeout_ms = 0;
		pthread_mutex_unlock(&h->lock);
		n = epoll_wait(h->epoll_fd, ev, EVENTS_AT_ONCE, timeout_ms);
		pthread_mutex_lock(&h->lock);
		for (i = 0; i < n; i++) {
			if (ev[i].data.u64 == WAKE_TAG)
				wake_clear(&h->wake);
			else
				hub_socket(h, ev[i].data.u64, ev[i].events);
		}
	}
	hub_close(h);
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

static rh_status
hub_open(struct streams *h, struct err *err)
{
	struct epoll_event ev = { .events = EPOLLIN,
		.data.u64 = WAKE_TAG };
	int rc;

	h->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (h->epoll_fd < 0)
		return err_errno(err, RH_EIO, "opening an epoll set");
	if (wake_open(&h->wake, err) != RH_OK)
		return err->status;
	if (epoll_ctl(h->epoll_fd, EPOLL_CTL_ADD, wake_fd(&h->wake), &ev) != 0)
		return err_errno(err, RH_EIO, "watching the wake-up");
	if ((rc = pthread_create(&h->thread, NULL, hub_main, h)) != 0) {
		errno = rc;
		return err_errno(err, RH_EIO, "starting the stream thread");
	}
	h->running = true;
	pthread_setname_np(h->thread, "streams");
	return RH_OK;
}

rh_status
streams_start(struct host *host, const struct streams_config *cf,
    struct streams **out, struct err *err)
{
	struct streams *h = mem_zalloc(sizeof *h);

	h->host = host;
	h->heartbeat_us = (cf->heartbeat_ms > 0 ? cf->heartbeat_ms : 15000) *
	    US_PER_MS;
	h->max = cf->max > 0 ? cf->max : 1024;
	h->max_each = cf->max_each;
	h->slots = mem_calloc(h->max, sizeof *h->slots);
	h->epoll_fd = h->wake.fd = -1;
	TAILQ_INIT(&h->beats);
	TAILQ_INIT(&h->ready);
	TAILQ_INIT(&h->dirty);
	pthread_mutex_init(&h->lock, NULL);
	pthread_mutex_init(&h->news_lock, NULL);
	pthread_cond_init(&h->released, NULL);
	if (hub_open(h, err) != RH_OK) {
		streams_free(h);
		return err->status;
	}
	*out = h;
	return RH_OK;
}

void
streams_end(struct streams *h)
{
	struct hub_seat *seat;
	bool running;

	pthread_mutex_lock(&h->lock);
	h->ended = true;
	running = h->running;
	h->running = false;
	TAILQ_FOREACH(seat, &h->beats, beats)
		stream_news(seat, HUB_END);
	pthread_mutex_unlock(&h->lock);
	if (!running)
		return;
	wake_signal(&h->wake);
	pthread_join(h->thread, NULL);
}

void
streams_free(struct streams *h)
{
	if (h == NULL)
		return;
	streams_end(h);
	assert(h->count == 0);
	pthread_mutex_lock(&h->news_lock);
	while (h->memory > 0)
		pthread_cond_wait(&h->released, &h->news_lock);
	pthread_mutex_unlock(&h->news_lock);
	if (h->epoll_fd >= 0)
		close(h->epoll_fd);
	wake_close(&h->wake);
	pthread_cond_destroy(&h->released);
	pthread_mutex_destroy(&h->news_lock);
	pthread_mutex_destroy(&h->lock);
	free(h->slots);
	free(h);
}

struct host *
hub_host(struct streams *h)
{
	return h->host;
}

struct tail *
hub_listen(struct streams *h, struct hub_seat *seat, int64_t run_no,
    const char *run_id)
{
	struct tails *bucket = &h->tails[(uint64_t)run_no % BUCKETS];
	struct tail *t;

	pthread_mutex_lock(&h->lock);
	LIST_FOREACH(t, bucket, bucket)
		if (t->run_no == run_no)
			break;
	if (t == NULL) {
		t = tail_new(h, run_no, run_id);
		LIST_INSERT_HEAD(bucket, t, bucket);
		hub_hold(h);
	}
	LIST_INSERT_HEAD(&t->listeners, seat, listeners);
	pthread_mutex_unlock(&h->lock);
	return t;
}

/* The last one takes the tail away. */
void
hub_leave(struct streams *h, struct hub_seat *seat, struct tail *t)
{
	pthread_mutex_lock(&h->lock);
	LIST_REMOVE(seat, listeners);
	if (LIST_EMPTY(&t->listeners)) {
		LIST_REMOVE(t, bucket);
		tail_leave(t);
	}
	pthread_mutex_unlock(&h->lock);
}

void
hub_lock(struct streams *h)
{
	pthread_mutex_lock(&h->lock);
}

void
hub_unlock(struct streams *h)
{
	pthread_mutex_unlock(&h->lock);
}
