/*
 * The hub's thread sleeps in epoll: sockets are in it one-shot for RDHUP
 * only, so that a stream costs nothing while its client listens.  A slot
 * number with a generation travels through epoll, never a pointer.
 */
#include "stream/hub.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/wake.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_AT_ONCE	64
#define WAKE_TAG	UINT64_MAX

TAILQ_HEAD(hub_beats, hub_seat);

struct slot {
	uint32_t generation;
	struct hub_seat *seat;
};

struct streams {
	struct host *host;
	int64_t	heartbeat_us;
	pthread_t thread;
	bool	running;
	int	epoll_fd;
	struct wake wake;

	pthread_mutex_t lock;		/* guards what follows */
	pthread_cond_t released;
	struct slot *slots;
	size_t	max, count;
	size_t	max_each;		/* of a principal; 0: no limit */
	size_t	memory;			/* streams not yet freed */
	struct hub_beats beats;
	bool	ended;
};

static uint64_t
tag_of(const struct streams *h, const struct hub_seat *seat)
{
	return (uint64_t)h->slots[seat->slot].generation << 32 | seat->slot;
}

static void
hub_hangup(struct streams *h, uint64_t tag)
{
	struct slot *slot = &h->slots[(uint32_t)tag];

	if (slot->seat != NULL && slot->generation == tag >> 32)
		stream_news(slot->seat, HUB_GONE);
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

static void *
hub_main(void *arg)
{
	struct streams *h = arg;
	struct epoll_event ev[EVENTS_AT_ONCE];
	int i, n, timeout_ms;

	pthread_mutex_lock(&h->lock);
	while (!h->ended) {
		timeout_ms = hub_beat(h);
		pthread_mutex_unlock(&h->lock);
		n = epoll_wait(h->epoll_fd, ev, EVENTS_AT_ONCE, timeout_ms);
		pthread_mutex_lock(&h->lock);
		for (i = 0; i < n; i++) {
			if (ev[i].data.u64 == WAKE_TAG)
				wake_clear(&h->wake);
			else
				hub_hangup(h, ev[i].data.u64);
		}
	}
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
	pthread_mutex_init(&h->lock, NULL);
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
	pthread_mutex_lock(&h->lock);
	assert(h->count == 0);
	while (h->memory > 0)
		pthread_cond_wait(&h->released, &h->lock);
	pthread_mutex_unlock(&h->lock);
	if (h->epoll_fd >= 0)
		close(h->epoll_fd);
	wake_close(&h->wake);
	pthread_cond_destroy(&h->released);
	pthread_mutex_destroy(&h->lock);
	free(h->slots);
	free(h);
}

size_t
streams_count(struct streams *h)
{
	size_t count;

	pthread_mutex_lock(&h->lock);
	count = h->count;
	pthread_mutex_unlock(&h->lock);
	return count;
}

/* Locked. */
static size_t
count_of(const struct streams *h, const char *principal)
{
	const struct hub_seat *seat;
	size_t n = 0;

	TAILQ_FOREACH(seat, &h->beats, beats)
		n += strcmp(seat->principal, principal) == 0;
	return n;
}

size_t
streams_count_of(struct streams *h, const char *principal)
{
	size_t count;

	pthread_mutex_lock(&h->lock);
	count = count_of(h, principal);
	pthread_mutex_unlock(&h->lock);
	return count;
}

struct host *
hub_host(struct streams *h)
{
	return h->host;
}

static rh_status
check_each(const struct streams *h, const char *principal, struct err *err)
{
	size_t n = count_of(h, principal);

	if (h->max_each == 0 || n < h->max_each)
		return RH_OK;
	err_set(err, RH_ESTREAMS, "\"%s\" has %zu event streams open, the "
	    "limit is %zu", principal, n, h->max_each);
	return err_hint(err, "close one of the %zu, read pages instead, or "
	    "raise quota.streams, now %zu", n, h->max_each);
}

static rh_status
hub_take_slot(struct streams *h, struct hub_seat *seat, struct err *err)
{
	uint32_t i;

	if (h->ended)
		return err_set(err, RH_EUNAVAIL, "the host is stopping");
	if (h->count == h->max) {
		err_set(err, RH_EBUSY, "%zu event streams are open, which is "
		    "the limit", h->max);
		return err_hint(err, "come back later, or read pages instead");
	}
	if (check_each(h, seat->principal, err) != RH_OK)
		return err->status;
	for (i = 0; h->slots[i].seat != NULL; i++)
		continue;
	h->slots[i].seat = seat;
	h->slots[i].generation++;
	seat->slot = i;
	h->count++;
	h->memory++;
	return RH_OK;
}

rh_status
hub_add(struct streams *h, struct hub_seat *seat, int fd, struct err *err)
{
	struct epoll_event ev = { .events = EPOLLRDHUP | EPOLLONESHOT };
	rh_status rc;

	pthread_mutex_lock(&h->lock);
	if ((rc = hub_take_slot(h, seat, err)) != RH_OK)
		goto out;
	seat->fd = fd;
	seat->due_us = clock_real.boot_us(&clock_real) + h->heartbeat_us;
	TAILQ_INSERT_TAIL(&h->beats, seat, beats);
	ev.data.u64 = tag_of(h, seat);
	/* A socket that can't be watched still has its heartbeat. */
	if (fd >= 0 && epoll_ctl(h->epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0) {
		log_line(LOG_WARN, "stream: can't watch a client's socket");
		seat->fd = -1;
	}
	if (TAILQ_FIRST(&h->beats) == seat)
		wake_signal(&h->wake);
out:
	pthread_mutex_unlock(&h->lock);
	return rc;
}

void
hub_remove(struct streams *h, struct hub_seat *seat)
{
	pthread_mutex_lock(&h->lock);
	if (seat->fd >= 0)
		epoll_ctl(h->epoll_fd, EPOLL_CTL_DEL, seat->fd, NULL);
	TAILQ_REMOVE(&h->beats, seat, beats);
	h->slots[seat->slot].seat = NULL;
	h->count--;
	pthread_mutex_unlock(&h->lock);
}

void
hub_release(struct streams *h)
{
	pthread_mutex_lock(&h->lock);
	h->memory--;
	pthread_cond_signal(&h->released);
	pthread_mutex_unlock(&h->lock);
}
