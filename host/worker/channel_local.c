/*
 * The way between the host and a plugin that it runs on threads of its own:
 * a box in memory, and an eventfd that says when there is something in it.
 */
#include "worker/channel_part.h"

#include "base/mem.h"
#include "base/wake.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BOX_MAX		(256 * 1024)	/* then who puts waits */
#define BOX_KEEP	(64 * 1024)	/* of memory, when it is empty */

/* Messages: each a head, then its body. */
struct box {
	pthread_mutex_t lock;
	pthread_cond_t room;
	struct wake wake;
	struct buf in;
	bool	told;		/* the eventfd is readable */
	bool	shut;
	int	ends;
	int	fd;		/* with what is being delivered; -1: none */
};

struct local {
	struct channel chan;
	struct box *box;
	/* The host's end. */
	channel_deliver *deliver;
	void	*arg;
	struct buf out;		/* taken from the box */
	size_t	at;		/* read so far */
};

static struct local *
of(struct channel *c)
{
	return (struct local *)(void *)c;
}

static int
local_fd(const struct channel *c)
{
	return wake_fd(&((const struct local *)(const void *)c)->box->wake);
}

/* With the lock. */
static void
tell(struct box *b)
{
	if (!b->told)
		wake_signal(&b->wake);
	b->told = true;
}

static void
local_shut(struct channel *c)
{
	struct box *b = of(c)->box;

	pthread_mutex_lock(&b->lock);
	b->shut = true;
	tell(b);
	pthread_cond_broadcast(&b->room);
	pthread_mutex_unlock(&b->lock);
}

static void
box_unref(struct box *b)
{
	bool last;

	pthread_mutex_lock(&b->lock);
	last = --b->ends == 0;
	pthread_mutex_unlock(&b->lock);
	if (!last)
		return;
	wake_close(&b->wake);
	buf_fini(&b->in);
	pthread_cond_destroy(&b->room);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

static void
local_free(struct channel *c)
{
	struct local *l = of(c);

	local_shut(c);
	box_unref(l->box);
	buf_fini(&l->out);
	free(l);
}

static bool
local_flush(struct channel *c)
{
	(void)c;
	return true;
}

/* What has no body never waits: a reader may wait for it. */
static rh_status
plugin_send(struct channel *c, struct frame_head *h, const void *body,
    int take_fd)
{
	struct box *b = of(c)->box;
	rh_status rc = RH_EIO;

	if (take_fd >= 0)
		close(take_fd);		/* none goes that way */
	pthread_mutex_lock(&b->lock);
	while (h->len > 0 && b->in.len > BOX_MAX && !b->shut)
		pthread_cond_wait(&b->room, &b->lock);
	if (!b->shut) {
		buf_add(&b->in, h, sizeof *h);
		if (h->len > 0)
			buf_add(&b->in, body, h->len);
		tell(b);
		rc = RH_OK;
	}
	pthread_mutex_unlock(&b->lock);
	return rc;
}

/* Within deliver(), on the same thread. */
static int
plugin_take_fd(struct channel *c)
{
	struct box *b = of(c)->box;
	int fd = b->fd;

	b->fd = -1;
	return fd;
}

static rh_status
host_send(struct channel *c, struct frame_head *h, const void *body,
    int take_fd)
{
	struct local *l = of(c);
	bool shut;

	pthread_mutex_lock(&l->box->lock);
	shut = l->box->shut;
	pthread_mutex_unlock(&l->box->lock);
	l->box->fd = take_fd;
	if (!shut)
		l->deliver(l->arg, h, (struct str){ body, h->len });
	if (l->box->fd >= 0)
		close(l->box->fd);
	l->box->fd = -1;
	return shut ? RH_EIO : RH_OK;
}

/* All that is in the box: 1, 0: nothing now, -1: nor ever again. */
static int
take_all(struct local *l)
{
	struct box *b = l->box;
	struct buf empty = l->out;
	int got = 1;

	if (empty.cap > BOX_KEEP)
		buf_fini(&empty);
	buf_clear(&empty);
	pthread_mutex_lock(&b->lock);
	l->out = b->in;
	b->in = empty;
	l->at = 0;
	if (l->out.len == 0)
		got = b->shut ? -1 : 0;
	if (got == 0 && b->told) {
		wake_clear(&b->wake);
		b->told = false;
	}
	pthread_cond_broadcast(&b->room);
	pthread_mutex_unlock(&b->lock);
	return got;
}

static int
host_recv(struct channel *c, struct frame_head *h, struct str *body,
    struct err *err)
{
	struct local *l = of(c);
	int got = 1;

	if (l->at == l->out.len)
		got = take_all(l);
	if (got < 0)
		err_set(err, RH_EIO, "closed");
	if (got <= 0)
		return got;
	memcpy(h, l->out.p + l->at, sizeof *h);
	l->at += sizeof *h;
	*body = (struct str){ l->out.p + l->at, h->len };
	l->at += h->len;
	return 1;
}

static struct local *
local_new(const struct channel_ops *ops, struct box *b)
{
	struct local *l = mem_zalloc(sizeof *l);

	l->chan.ops = ops;
	l->box = b;
	b->ends++;
	return l;
}

struct channel *
channel_local(struct err *err)
{
	static const struct channel_ops ops = {
		.send = plugin_send, .flush = local_flush, .fd = local_fd,
		.take_fd = plugin_take_fd, .shut = local_shut,
		.free = local_free,
	};
	struct box *b = mem_zalloc(sizeof *b);

	if (wake_open(&b->wake, err) != RH_OK) {
		free(b);
		return NULL;
	}
	b->fd = -1;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->room, NULL);
	return &local_new(&ops, b)->chan;
}

struct channel *
channel_local_host(struct channel *plugin_end, channel_deliver *deliver,
    void *arg)
{
	static const struct channel_ops ops = {
		.send = host_send, .flush = local_flush, .recv = host_recv,
		.fd = local_fd, .shut = local_shut, .free = local_free,
	};
	struct local *l = local_new(&ops, of(plugin_end)->box);

	l->deliver = deliver;
	l->arg = arg;
	return &l->chan;
}
