/*
 * Messages between threads of one process: order, bounds and ends.
 */
#include "lib/unit.h"

#include "base/mem.h"
#include "worker/channel.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_MS	30000
#define MANY		20000
#define PIECE		1000	/* of those, 20 times what a box takes */

struct pair {
	struct channel *host, *plugin;
	int	delivered;
	struct frame_head head;
	char	body[8];
	int	fd;		/* the last that was taken */
	bool	leaves;		/* takes none */
};

static void
deliver(void *arg, const struct frame_head *h, struct str body)
{
	struct pair *p = arg;

	p->delivered++;
	p->head = *h;
	memcpy(p->body, body.p, body.len);
	if (!p->leaves)
		p->fd = channel_take_fd(p->plugin);
}

static void
open_pair(struct pair *p)
{
	struct err err;

	memset(p, 0, sizeof *p);
	p->plugin = channel_local(&err);
	if (!CHECK_OK(p->plugin != NULL ? RH_OK : err.status, &err))
		return;
	p->host = channel_local_host(p->plugin, deliver, p);
}

static void
close_pair(struct pair *p)
{
	channel_free(p->plugin);
	channel_free(p->host);
}

static bool
is_readable(const struct pair *p, int ms)
{
	struct pollfd fd = { .fd = channel_fd(p->host), .events = POLLIN };

	return poll(&fd, 1, ms) == 1;
}

static void
test_each_way(void)
{
	struct frame_head h;
	struct str body;
	struct pair p;
	struct err err;

	open_pair(&p);
	CHECK(!is_readable(&p, 0));
	CHECK_INT(channel_recv(p.host, &h, &body, &err), 0);
	CHECK_INT(channel_send(p.plugin, FRAME_CALL, 5, 6, "abc", 3), RH_OK);
	CHECK_INT(channel_send(p.plugin, FRAME_STARTED, 7, 0, NULL, 0), RH_OK);
	CHECK(is_readable(&p, 0));
	CHECK_INT(channel_recv(p.host, &h, &body, &err), 1);
	CHECK_INT(h.type, FRAME_CALL);
	CHECK_INT(h.handle, 5);
	CHECK_INT(h.seq, 6);
	CHECK_INT(body.len, 3);
	CHECK_BYTES(body.p, "abc", 3);
	/* One that was taken out and not read still calls. */
	CHECK(is_readable(&p, 0));
	CHECK_INT(channel_recv(p.host, &h, &body, &err), 1);
	CHECK_INT(h.type, FRAME_STARTED);
	CHECK_INT(body.len, 0);
	CHECK_INT(channel_recv(p.host, &h, &body, &err), 0);
	CHECK(!is_readable(&p, 0));
	CHECK_INT(channel_send(p.host, FRAME_REPLY, 5, 6, "xyz", 3), RH_OK);
	CHECK_INT(p.delivered, 1);
	CHECK_INT(p.head.type, FRAME_REPLY);
	CHECK_BYTES(p.body, "xyz", 3);
	CHECK(channel_flush(p.host));
	close_pair(&p);
}

static void
test_sizes(void)
{
	char *text = mem_zalloc(MESSAGE_MAX + 1);
	struct frame_head h;
	struct str body;
	struct pair p;
	struct err err;

	open_pair(&p);
	CHECK_INT(channel_send(p.plugin, FRAME_CALL, 1, 1, text, MESSAGE_MAX),
	    RH_OK);
	/* Whoever waits for a word without a body never waits for room. */
	CHECK_INT(channel_send(p.plugin, FRAME_PONG, 0, 1, NULL, 0), RH_OK);
	CHECK_INT(channel_recv(p.host, &h, &body, &err), 1);
	CHECK_INT(body.len, MESSAGE_MAX);
	CHECK_INT(channel_recv(p.host, &h, &body, &err), 1);
	CHECK_INT(h.type, FRAME_PONG);
	CHECK_INT(channel_send(p.plugin, FRAME_CALL, 1, 1, text,
	    MESSAGE_MAX + 1), RH_ETOOBIG);
	close_pair(&p);
	free(text);
}

static void *
send_many(void *arg)
{
	struct pair *p = arg;
	char piece[PIECE] = "";
	uint32_t i;

	for (i = 1; i <= MANY; i++)
		if (channel_send(p->plugin, FRAME_CALL, 1, i, piece,
		    sizeof piece) != RH_OK)
			break;
	return (void *)(uintptr_t)i;
}

static void
test_order(void)
{
	struct frame_head h;
	struct str body;
	pthread_t thread;
	struct pair p;
	struct err err;
	uint32_t i = 0;
	void *sent;
	int got = 1;

	open_pair(&p);
	CHECK(pthread_create(&thread, NULL, send_many, &p) == 0);
	while (got >= 0 && i < MANY) {
		if ((got = channel_recv(p.host, &h, &body, &err)) == 0 &&
		    !CHECK(is_readable(&p, PATIENCE_MS)))
			break;
		if (got == 1 && (h.seq != ++i || body.len != PIECE))
			break;
	}
	CHECK_INT(i, MANY);
	channel_shut(p.plugin);
	pthread_join(thread, &sent);
	CHECK_INT((uintptr_t)sent, MANY + 1);
	close_pair(&p);
}

/* Who waits for room is told, and what had been said is read first. */
static void
test_shut(void)
{
	struct frame_head h;
	struct str body;
	pthread_t thread;
	struct pair p;
	struct err err;
	uint32_t n = 0;
	void *sent;

	open_pair(&p);
	CHECK(pthread_create(&thread, NULL, send_many, &p) == 0);
	CHECK(is_readable(&p, PATIENCE_MS));
	channel_shut(p.host);
	pthread_join(thread, &sent);
	while (channel_recv(p.host, &h, &body, &err) == 1)
		CHECK_INT(h.seq, ++n);
	CHECK_INT(err.status, RH_EIO);
	CHECK_INT((uintptr_t)sent, n + 1);
	CHECK(n <= 256 * 1024 / PIECE + 1);
	CHECK_INT(channel_send(p.host, FRAME_EXIT, 0, 0, NULL, 0), RH_EIO);
	CHECK_INT(p.delivered, 0);
	close_pair(&p);
}

static void
test_host_first(void)
{
	struct pair p;

	open_pair(&p);
	channel_free(p.host);
	p.host = NULL;
	CHECK_INT(channel_send(p.plugin, FRAME_PONG, 0, 1, NULL, 0), RH_EIO);
	close_pair(&p);
}

static void
test_descriptor(void)
{
	struct pair p;
	int fds[2], byte;

	open_pair(&p);
	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	CHECK_INT(channel_send_fd(p.host, 5, 6, "ok", 2, fds[1]), RH_OK);
	CHECK_INT(p.fd, fds[1]);
	CHECK_INT(channel_send(p.host, FRAME_REPLY, 5, 7, "ok", 2), RH_OK);
	CHECK_INT(p.fd, -1);
	p.leaves = true;
	CHECK_INT(channel_send_fd(p.host, 5, 8, "ok", 2, fds[1]), RH_OK);
	CHECK_INT(read(fds[0], &byte, 1), 0);
	close(fds[0]);
	close_pair(&p);
}

const struct unit_test worker_channel_local_tests[] = {
	{ "a message goes each way", test_each_way },
	{ "a message may be as long as any, and no longer", test_sizes },
	{ "a sender waits for room, and nothing is lost or out of order",
	    test_order },
	{ "an end wakes who waits for room", test_shut },
	{ "the host's end may go first", test_host_first },
	{ "a reply brings a descriptor, closed unless it is taken",
	    test_descriptor },
	{ NULL, NULL },
};
