/*
 * Who has a place in the hub: a slot, a socket that is watched, a heartbeat.
 */
#include "stream/hub_impl.h"

#include "base/clock.h"
#include "base/log.h"

#include <string.h>
#include <sys/epoll.h>

static uint64_t
tag_of(const struct streams *h, const struct hub_seat *seat)
{
	return (uint64_t)h->slots[seat->slot].generation << 32 | seat->slot;
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
	hub_ready_take(h, seat);
	pthread_mutex_unlock(&h->news_lock);
	pthread_mutex_unlock(&h->lock);
}
