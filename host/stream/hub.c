/*
 * The hub's thread sleeps in epoll, where each client's socket is once, edge
 * triggered: it tells when the client left, and when a full socket has room
 * again.  A slot number with a generation travels through epoll, never a
 * pointer.
 */
#include "stream/hub.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/wake.h"
#include "stream/tail.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_AT_ONCE	64
#define WAKE_TAG	UINT64_MAX
#define BUCKETS		256

TAILQ_HEAD(hub_seats, hub_seat);
TAILQ_HEAD(tail_links, tail_link);
LIST_HEAD(tails, tail);

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
	struct slot *slots;
	size_t	max, count;
	size_t	max_each;		/* of a principal; 0: no limit */
	struct hub_seats beats;
	struct tails tails[BUCKETS];	/* by the run's number */
	bool	ended;

	pthread_mutex_t news_lock;	/* leaf; guards what follows */
	pthread_cond_t released;
	size_t	memory;			/* streams and tails not yet freed */
	struct hub_seats ready;		/* to be pumped */
	size_t	ready_count;
	struct tail_links dirty;
	bool	closed;			/* nothing is pumped any more */
};

static uint64_t
tag_of(const struct streams *h, const struct hub_seat *seat)
{
	return (uint64_t)h->slots[seat->slot].generation << 32 | seat->slot;
}

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

bool
hub_ready(struct streams *h, struct hub_seat *seat)
{
	bool open;

	pthread_mutex_lock(&h->news_lock);
	open = !h->closed;
	if (open && !seat->is_ready) {
		seat->is_ready = true;
		TAILQ_INSERT_TAIL(&h->ready, seat, ready);
		h->ready_count++;
	}
	pthread_mutex_unlock(&h->news_lock);
	if (open && !pthread_equal(pthread_self(), h->thread))
		wake_signal(&h->wake);
	return open;
}

static void
ready_take(struct streams *h, struct hub_seat *seat)
{
	if (!seat->is_ready)
		return;
	TAILQ_REMOVE(&h->ready, seat, ready);
	h->ready_count--;
	seat->is_ready = false;
}

static struct hub_seat *
next_ready(struct streams *h)
{
	struct hub_seat *seat;

	pthread_mutex_lock(&h->news_lock);
	if ((seat = TAILQ_FIRST(&h->ready)) != NULL)
		ready_take(h, seat);
	pthread_mutex_unlock(&h->news_lock);
	return seat;
}

void
hub_dirty(struct streams *h, struct tail_link *link)
{
	pthread_mutex_lock(&h->news_lock);
	if (!link->listed) {
		link->listed = true;
		TAILQ_INSERT_TAIL(&h->dirty, link, next);
	}
	pthread_mutex_unlock(&h->news_lock);
	if (!pthread_equal(pthread_self(), h->thread))
		wake_signal(&h->wake);
}

void
hub_clean(struct streams *h, struct tail_link *link)
{
	pthread_mutex_lock(&h->news_lock);
	if (link->listed)
		TAILQ_REMOVE(&h->dirty, link, next);
	link->listed = false;
	pthread_mutex_unlock(&h->news_lock);
}

static struct tail *
next_dirty(struct streams *h)
{
	struct tail_link *link;

	pthread_mutex_lock(&h->news_lock);
	if ((link = TAILQ_FIRST(&h->dirty)) != NULL) {
		TAILQ_REMOVE(&h->dirty, link, next);
		link->listed = false;
	}
	pthread_mutex_unlock(&h->news_lock);
	return link == NULL ? NULL :
	    (struct tail *)((char *)link - offsetof(struct tail, link));
}

/* Locked. */
static void
hub_look(struct streams *h)
{
	struct hub_seat *seat;
	struct tail *t;

	while ((t = next_dirty(h)) != NULL) {
		if (!tail_look(t))
			continue;
		LIST_FOREACH(seat, &t->listeners, listeners)
			stream_news(seat, HUB_EVENTS);
	}
}

static size_t
count_ready(struct streams *h)
{
	size_t n;

	pthread_mutex_lock(&h->news_lock);
	n = h->ready_count;
	pthread_mutex_unlock(&h->news_lock);
	return n;
}

static bool
has_news(struct streams *h)
{
	bool yes;

	pthread_mutex_lock(&h->news_lock);
	yes = h->ready_count > 0 || !TAILQ_EMPTY(&h->dirty);
	pthread_mutex_unlock(&h->news_lock);
	return yes;
}

/*
 * A turn for each that is ready now; who wants another comes back.  Locked,
 * but not while a stream is written to.
 */
static void
hub_pump(struct streams *h)
{
	size_t n = count_ready(h);
	struct hub_seat *seat;

	pthread_mutex_unlock(&h->lock);
	while (n-- > 0 && (seat = next_ready(h)) != NULL)
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
		if (has_news(h))
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

void
streams_set_max_each(struct streams *h, size_t max_each)
{
	pthread_mutex_lock(&h->lock);
	h->max_each = max_each;
	pthread_mutex_unlock(&h->lock);
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

static void
hub_hold(struct streams *h)
{
	pthread_mutex_lock(&h->news_lock);
	h->memory++;
	pthread_mutex_unlock(&h->news_lock);
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
	hub_hold(h);
	return RH_OK;
}

rh_status
hub_add(struct streams *h, struct hub_seat *seat, int fd, struct err *err)
{
	struct epoll_event ev = { .events = EPOLLRDHUP | EPOLLOUT | EPOLLET };
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
	pthread_mutex_lock(&h->news_lock);
	ready_take(h, seat);
	pthread_mutex_unlock(&h->news_lock);
	pthread_mutex_unlock(&h->lock);
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

void
hub_release(struct streams *h)
{
	pthread_mutex_lock(&h->news_lock);
	h->memory--;
	pthread_cond_signal(&h->released);
	pthread_mutex_unlock(&h->news_lock);
}
