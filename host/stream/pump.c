/*
 * Writing a stream to its client's socket, on the hub's thread.  A chunk is
 * written whole or its rest is kept, so that what the door says afterwards
 * is HTTP again.
 */
#include "stream/stream_impl.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define CHUNKS_A_TURN	8
#define STUCK_US	(30 * US_PER_S)	/* a client that takes nothing */

static void
pump_gone(struct stream *s)
{
	pthread_mutex_lock(&s->lock);
	s->gone = true;
	pthread_mutex_unlock(&s->lock);
}

/* What was taken; -1: the client has left. */
static ssize_t
pump_send(struct stream *s, struct iovec *iov, size_t count)
{
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = count };
	ssize_t n;

	do
		n = sendmsg(s->seat.fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == ENOBUFS))
		n = 0;
	if (n < 0)
		pump_gone(s);
	return n;
}

/*
 * True when nothing of an earlier chunk is left.  Tries until the socket
 * takes nothing: only then it tells when there is room.
 */
static bool
pump_rest(struct stream *s)
{
	struct iovec iov;
	ssize_t n;

	while (s->rest_at < s->rest.len) {
		iov.iov_base = s->rest.p + s->rest_at;
		iov.iov_len = s->rest.len - s->rest_at;
		if ((n = pump_send(s, &iov, 1)) <= 0)
			return false;
		s->rest_at += (size_t)n;
		s->stuck_us = clock_real.boot_us(&clock_real);
	}
	buf_fini(&s->rest);
	s->rest_at = 0;
	s->stuck_us = 0;
	return true;
}

/* Keeps what the socket didn't take. */
static void
pump_keep(struct stream *s, const struct iovec *iov, size_t count, size_t sent)
{
	size_t i, skip;

	for (i = 0; i < count; i++) {
		skip = sent < iov[i].iov_len ? sent : iov[i].iov_len;
		buf_add(&s->rest, (char *)iov[i].iov_base + skip,
		    iov[i].iov_len - skip);
		sent -= skip;
	}
	if (s->rest.len > 0)
		s->stuck_us = clock_real.boot_us(&clock_real);
}

/* All that is rendered, as one chunk. */
static void
pump_chunk(struct stream *s)
{
	size_t len = s->out.len - s->out_at;
	char head[24];
	struct iovec iov[3] = {
		{ head, (size_t)snprintf(head, sizeof head, "%zx\r\n", len) },
		{ s->out.p + s->out_at, len },
		{ "\r\n", 2 },
	};
	ssize_t n = pump_send(s, iov, 3);

	if (n >= 0)
		pump_keep(s, iov, 3, (size_t)n);
	s->out_at = s->out.len;
}

/* What keeps it from going on in the way it did; the client may be gone. */
static bool
pump_is_over(struct stream *s)
{
	int64_t now = clock_real.boot_us(&clock_real);
	bool left = s->rest.len > s->rest_at, over;

	pthread_mutex_lock(&s->lock);
	/* With a chunk half written the door has nothing more to say. */
	if (left && (s->ended || (s->stuck_us != 0 &&
	    now - s->stuck_us > STUCK_US)))
		s->gone = true;
	over = s->gone || s->ended;
	pthread_mutex_unlock(&s->lock);
	return over;
}

/* Afterwards the stream is the door's, which may close it at once. */
static void
pump_hand_back(struct stream *s)
{
	pthread_mutex_lock(&s->lock);
	s->pumped = false;
	pthread_mutex_unlock(&s->lock);
	s->resume(s->arg);
}

/* One step; false when there is nothing to do for now, or for ever. */
static bool
pump_step(struct stream *s)
{
	if (pump_is_over(s)) {
		pump_hand_back(s);
		return false;
	}
	if (!pump_rest(s))
		return false;
	switch (stream_more(s)) {
	case STREAM_DATA:
		pump_chunk(s);
		return true;
	case STREAM_WAIT:
		return !stream_park(s);
	default:
		pump_hand_back(s);
		return false;
	}
}

void
stream_pump(struct hub_seat *seat)
{
	struct stream *s = stream_cast(seat);
	struct streams *hub = s->hub;
	int i;

	for (i = 0; i < CHUNKS_A_TURN; i++)
		if (!pump_step(s))
			return;
	hub_ready(hub, seat);	/* the others first */
}
