/*
 * Whole messages over a SEQPACKET socket.  The peer is not trusted: what it
 * sends is judged frame by frame and kept up to MESSAGE_MAX.  The host has no
 * room for descriptors: those that a worker smuggles in are closed by the
 * kernel.  A worker takes one, with a REPLY.
 */
#include "worker/channel_part.h"

#include "base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define QUEUE_MAX	(2 * MESSAGE_MAX)
#define KEEP_MAX	(256 * 1024)	/* of memory for assembled messages */

/* One datagram that the socket did not take. */
struct waiting {
	STAILQ_ENTRY(waiting) next;
	int	fd;			/* goes with it; -1: none */
	size_t	len;
	uint8_t	bytes[];
};

struct socket {
	struct channel chan;
	int	fd;
	bool	worker_side;
	pthread_mutex_t send_lock;	/* worker: over all fragments */
	STAILQ_HEAD(, waiting) queue;	/* host: in order */
	size_t	queued;			/* bytes in it */
	struct buf whole;		/* fragments so far */
	struct frame_head first;	/* of the fragmented message */
	bool	assembling;
	int	came;			/* worker: fd of the last REPLY; -1 */
	uint8_t	frame[FRAME_MAX];	/* last datagram */
};

static struct socket *
of(struct channel *c)
{
	return (struct socket *)(void *)c;
}

static void
queue_pop(struct socket *c)
{
	struct waiting *w = STAILQ_FIRST(&c->queue);

	STAILQ_REMOVE_HEAD(&c->queue, next);
	c->queued -= w->len;
	if (w->fd >= 0)
		close(w->fd);
	explicit_bzero(w->bytes, w->len);	/* may have been a secret */
	free(w);
}

static int
socket_take_fd(struct channel *chan)
{
	struct socket *c = of(chan);
	int fd = c->came;

	c->came = -1;
	return fd;
}

static void
drop_fd(struct socket *c)
{
	if (c->came >= 0)
		close(c->came);
	c->came = -1;
}

static void
socket_free(struct channel *chan)
{
	struct socket *c = of(chan);

	while (!STAILQ_EMPTY(&c->queue))
		queue_pop(c);
	drop_fd(c);
	buf_fini(&c->whole);
	pthread_mutex_destroy(&c->send_lock);
	close(c->fd);
	free(c);
}

static int
socket_fd(const struct channel *c)
{
	return ((const struct socket *)(const void *)c)->fd;
}

static void
socket_shut(struct channel *c)
{
	shutdown(of(c)->fd, SHUT_RDWR);
}

/* Room for a descriptor beside a message. */
union control {
	struct cmsghdr align;
	char	room[CMSG_SPACE(sizeof(int))];
};

static void
attach(struct msghdr *msg, union control *control, int fd)
{
	struct cmsghdr *m;

	memset(control, 0, sizeof *control);
	msg->msg_control = control->room;
	msg->msg_controllen = sizeof control->room;
	m = CMSG_FIRSTHDR(msg);
	m->cmsg_level = SOL_SOCKET;
	m->cmsg_type = SCM_RIGHTS;
	m->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(m), &fd, sizeof fd);
}

/* 0: sent; else errno. */
static int
send_datagram(struct socket *c, const struct iovec *iov, size_t n, int fd)
{
	struct msghdr msg = { .msg_iov = (struct iovec *)iov, .msg_iovlen = n };
	int flags = MSG_NOSIGNAL | (c->worker_side ? 0 : MSG_DONTWAIT);
	union control control;

	if (fd >= 0)
		attach(&msg, &control, fd);

	while (sendmsg(c->fd, &msg, flags) < 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

static void
queue_add(struct socket *c, const struct iovec *iov, int take_fd)
{
	struct waiting *w;

	w = mem_alloc(sizeof *w + iov[0].iov_len + iov[1].iov_len);
	w->fd = take_fd;
	w->len = iov[0].iov_len + iov[1].iov_len;
	memcpy(w->bytes, iov[0].iov_base, iov[0].iov_len);
	if (iov[1].iov_len > 0)
		memcpy(w->bytes + iov[0].iov_len, iov[1].iov_base,
		    iov[1].iov_len);
	STAILQ_INSERT_TAIL(&c->queue, w, next);
	c->queued += w->len;
}

/* Sends a fragment, or puts it behind those that wait already. */
static rh_status
send_fragment(struct socket *c, const struct frame_head *h, const void *body,
    int take_fd)
{
	uint8_t head[FRAME_HEAD];
	struct iovec iov[2] = {
		{ head, FRAME_HEAD }, { (void *)body, h->len },
	};
	int e = EAGAIN;

	frame_pack_head(head, h);
	if (STAILQ_EMPTY(&c->queue))
		e = send_datagram(c, iov, 2, take_fd);
	/* A worker's socket blocks: it always takes it. */
	if ((e == EAGAIN || e == ENOBUFS) && !c->worker_side) {
		queue_add(c, iov, take_fd);
		return RH_OK;
	}
	if (take_fd >= 0)
		close(take_fd);
	return e == 0 ? RH_OK : RH_EIO;
}

static rh_status
send_message(struct socket *c, struct frame_head *h, const char *p,
    size_t left, int take_fd)
{
	rh_status rc;

	do {
		h->len = left < FRAME_BODY_MAX ? (uint32_t)left :
		    FRAME_BODY_MAX;
		left -= h->len;
		h->flags = left > 0 ? FRAME_MORE : 0;
		if ((rc = send_fragment(c, h, p, take_fd)) != RH_OK)
			return rc;
		if (h->len > 0)
			p += h->len;
	} while (left > 0);
	return RH_OK;
}

/* With a descriptor it is one fragment: channel_send_fd() sees to it. */
static rh_status
socket_send(struct channel *chan, struct frame_head *h, const void *body,
    int take_fd)
{
	struct socket *c = of(chan);
	size_t len = h->len;
	rh_status rc;

	if (!c->worker_side) {
		if (len == 0 || c->queued == 0 || c->queued + len <= QUEUE_MAX)
			return send_message(c, h, body, len, take_fd);
		if (take_fd >= 0)
			close(take_fd);
		return RH_EBUSY;
	}
	pthread_mutex_lock(&c->send_lock);
	rc = send_message(c, h, body, len, take_fd);
	pthread_mutex_unlock(&c->send_lock);
	return rc;
}

static bool
socket_flush(struct channel *chan)
{
	struct socket *c = of(chan);
	struct waiting *w;
	struct iovec iov;
	int e;

	while ((w = STAILQ_FIRST(&c->queue)) != NULL) {
		iov = (struct iovec){ w->bytes, w->len };
		e = send_datagram(c, &iov, 1, w->fd);
		if (e == EAGAIN || e == ENOBUFS)
			return false;
		queue_pop(c);		/* sent, or the peer is gone */
	}
	return true;
}

/* The one descriptor that came; of several none is kept. */
static void
take_control(struct socket *c, struct msghdr *msg)
{
	struct cmsghdr *m;
	size_t i, n, total = 0;
	int fd;

	for (m = CMSG_FIRSTHDR(msg); m != NULL; m = CMSG_NXTHDR(msg, m)) {
		if (m->cmsg_level != SOL_SOCKET || m->cmsg_type != SCM_RIGHTS)
			continue;
		n = (m->cmsg_len - CMSG_LEN(0)) / sizeof fd;
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(m) + i * sizeof fd, sizeof fd);
			drop_fd(c);
			c->came = fd;
		}
		total += n;
	}
	if (total > 1 || (msg->msg_flags & MSG_CTRUNC) != 0)
		drop_fd(c);
}

/* As recv() into the frame; a worker takes what comes with it. */
static ssize_t
receive(struct socket *c, int flags)
{
	struct iovec iov = { c->frame, sizeof c->frame };
	union control control;
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof control.room,
	};
	ssize_t n;

	if (!c->worker_side)
		return recv(c->fd, c->frame, sizeof c->frame, flags);
	n = recvmsg(c->fd, &msg, flags | MSG_CMSG_CLOEXEC);
	if (n >= 0)
		take_control(c, &msg);
	return n;
}

/* 1: a datagram of *len bytes; 0: none now; -1: see *err. */
static int
recv_datagram(struct socket *c, size_t *len, struct err *err)
{
	int flags = MSG_TRUNC | (c->worker_side ? 0 : MSG_DONTWAIT);
	ssize_t n;

	/*
	 * A peer that died with unread messages makes one call answer
	 * ECONNRESET; what it had sent before is still to be read.
	 */
	do
		n = receive(c, flags);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0) {
		err_errno(err, RH_EIO, "reading the worker's socket");
		return -1;
	}
	/* An empty datagram looks the same; nobody may send one. */
	if (n == 0) {
		err_set(err, RH_EIO, "socket closed");
		return -1;
	}
	*len = (size_t)n;
	return 1;
}

/* RH_OK and *done when the frame in c->frame completes a message. */
static rh_status
assemble(struct socket *c, const struct frame_head *h, bool *done,
    struct err *err)
{
	bool more = (h->flags & FRAME_MORE) != 0;

	if (c->assembling && (h->type != c->first.type ||
	    h->handle != c->first.handle || h->seq != c->first.seq))
		return err_set(err, RH_EPROTO,
		    "frame %s between the fragments of %s",
		    frame_rules[h->type].name, frame_rules[c->first.type].name);
	if (c->whole.len + h->len > MESSAGE_MAX)
		return err_set(err, RH_EPROTO,
		    "message %s above %d bytes", frame_rules[h->type].name,
		    MESSAGE_MAX);
	if (c->assembling || more)
		buf_add(&c->whole, c->frame + FRAME_HEAD, h->len);
	if (!c->assembling)
		c->first = *h;
	*done = !more;
	if (more)
		c->assembling = true;
	return RH_OK;
}

static void
forget_last(struct socket *c)
{
	if (c->assembling)
		return;
	if (c->whole.cap > KEEP_MAX)
		buf_fini(&c->whole);
	buf_clear(&c->whole);
}

static int
socket_recv(struct channel *chan, struct frame_head *h, struct str *body,
    struct err *err)
{
	struct socket *c = of(chan);
	bool done = false;
	size_t len = 0;
	int got;

	forget_last(c);
	while (!done) {
		drop_fd(c);
		if ((got = recv_datagram(c, &len, err)) <= 0)
			return got;
		if (frame_check(c->frame, len, !c->worker_side, h, err) != RH_OK)
			return -1;
		if (h->type != FRAME_REPLY)
			drop_fd(c);
		if (assemble(c, h, &done, err) != RH_OK)
			return -1;
	}
	*body = (struct str){ (char *)c->frame + FRAME_HEAD, h->len };
	if (c->assembling)
		*body = (struct str){ c->whole.p, c->whole.len };
	c->assembling = false;
	h->len = (uint32_t)body->len;
	h->flags = 0;
	return 1;
}

struct channel *
channel_new(int fd, bool worker_side)
{
	static const struct channel_ops ops = {
		.send = socket_send, .flush = socket_flush,
		.recv = socket_recv, .fd = socket_fd,
		.take_fd = socket_take_fd, .shut = socket_shut,
		.free = socket_free,
	};
	struct socket *c = mem_zalloc(sizeof *c);

	c->chan.ops = &ops;
	c->fd = fd;
	c->worker_side = worker_side;
	c->came = -1;
	pthread_mutex_init(&c->send_lock, NULL);
	STAILQ_INIT(&c->queue);
	return &c->chan;
}
