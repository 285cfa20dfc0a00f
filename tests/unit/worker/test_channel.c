/*
 * Messages over a socket pair: fragments, bounds, and peers that break the
 * rules.
 */
#include "lib/unit.h"

#include "base/mem.h"
#include "worker/channel.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BIG (3 * 1024 * 1024 + 17)

struct pair {
	struct channel *host;
	struct channel *worker;		/* or NULL: fd is bare */
	int	fd;
};

static struct pair
open_pair(bool bare)
{
	struct pair p = { 0 };
	int sv[2] = { -1, -1 };

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) == 0);
	p.host = channel_new(sv[0], false);
	p.fd = sv[1];
	if (!bare)
		p.worker = channel_new(sv[1], true);
	return p;
}

static void
close_pair(struct pair *p)
{
	channel_free(p->host);
	if (p->worker != NULL)
		channel_free(p->worker);
	else if (p->fd >= 0)
		close(p->fd);
}

static void
put_frame(const struct pair *p, struct frame_head h, const char *body)
{
	uint8_t f[FRAME_HEAD + 16];

	h.len = (uint32_t)strlen(body);
	frame_pack_head(f, &h);
	memcpy(f + FRAME_HEAD, body, h.len);
	CHECK_INT(send(p->fd, f, FRAME_HEAD + h.len, 0), FRAME_HEAD + h.len);
}

static void
test_one_frame(void)
{
	struct pair p = open_pair(false);
	struct frame_head h;
	struct str body;
	struct err err;

	CHECK_INT(channel_recv(p.host, &h, &body, &err), 0);
	CHECK_INT(channel_send(p.worker, FRAME_CALL, 5, 6, "abc", 3), RH_OK);
	CHECK_INT(channel_recv(p.host, &h, &body, &err), 1);
	CHECK_INT(h.type, FRAME_CALL);
	CHECK_UINT(h.handle, 5);
	CHECK_UINT(h.seq, 6);
	CHECK(str_is(body, "abc"));
	CHECK_INT(channel_recv(p.host, &h, &body, &err), 0);
	CHECK_INT(channel_send(p.host, FRAME_CANCEL, 5, 0, NULL, 0), RH_OK);
	CHECK_INT(channel_recv(p.worker, &h, &body, &err), 1);
	CHECK_INT(h.type, FRAME_CANCEL);
	CHECK_UINT(body.len, 0);
	close_pair(&p);
}

static char *
pattern(size_t len)
{
	char *p = mem_alloc(len);
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = (char)(i * 7 + i / 251);
	return p;
}

static void *
send_big(void *arg)
{
	struct pair *p = arg;
	char *text = pattern(BIG);

	if (channel_send(p->worker, FRAME_CALL, 1, 2, text, BIG) != RH_OK)
		abort();
	free(text);
	return NULL;
}

/* The next message, waiting for the peer's thread. */
static int
recv_waiting(struct channel *c, struct frame_head *h, struct str *body,
    struct err *err)
{
	struct pollfd fd = { .fd = channel_fd(c), .events = POLLIN };
	int got;

	while ((got = channel_recv(c, h, body, err)) == 0)
		poll(&fd, 1, -1);
	return got;
}

static void
test_fragments_up(void)
{
	struct pair p = open_pair(false);
	char *text = pattern(BIG);
	struct frame_head h;
	struct str body = { 0 };
	struct err err;
	pthread_t thread;

	pthread_create(&thread, NULL, send_big, &p);
	CHECK_INT(recv_waiting(p.host, &h, &body, &err), 1);
	CHECK_UINT(h.len, BIG);
	if (CHECK_UINT(body.len, BIG))
		CHECK_BYTES(body.p, text, BIG);
	pthread_join(thread, NULL);
	CHECK_INT(channel_send(p.worker, FRAME_CALL, 1, 3, "x", 1), RH_OK);
	CHECK_INT(channel_recv(p.host, &h, &body, &err), 1);
	CHECK(str_is(body, "x"));
	free(text);
	close_pair(&p);
}

static void *
read_three(void *arg)
{
	struct pair *p = arg;
	struct frame_head h;
	struct str body;
	struct err err;
	int i;

	for (i = 0; i < 3; i++)
		if (channel_recv(p->worker, &h, &body, &err) != 1 ||
		    h.seq != (uint32_t)i + 1 || body.len != MESSAGE_MAX)
			return "wrong message";
	return NULL;
}

static void
test_queue(void)
{
	struct pair p = open_pair(false);
	struct pollfd fd = {
		.fd = channel_fd(p.host), .events = POLLOUT,
	};
	char *text = pattern(MESSAGE_MAX);
	void *wrong = "no thread";
	pthread_t thread;

	CHECK_INT(channel_send(p.host, FRAME_REPLY, 1, 1, text, MESSAGE_MAX),
	    RH_OK);
	CHECK_INT(channel_send(p.host, FRAME_REPLY, 1, 2, text, MESSAGE_MAX),
	    RH_OK);
	CHECK(!channel_flush(p.host));
	CHECK_INT(channel_send(p.host, FRAME_REPLY, 1, 3, text, MESSAGE_MAX),
	    RH_EBUSY);
	pthread_create(&thread, NULL, read_three, &p);
	while (!channel_flush(p.host))
		poll(&fd, 1, -1);
	CHECK_INT(channel_send(p.host, FRAME_REPLY, 1, 3, text, MESSAGE_MAX),
	    RH_OK);
	while (!channel_flush(p.host))
		poll(&fd, 1, -1);
	pthread_join(thread, &wrong);
	CHECK_STR(wrong, NULL);
	free(text);
	close_pair(&p);
}

static void
test_too_long(void)
{
	struct pair p = open_pair(false);
	char *text = pattern(MESSAGE_MAX + 1);

	CHECK_INT(channel_send(p.host, FRAME_REPLY, 1, 1, text,
	    MESSAGE_MAX + 1), RH_ETOOBIG);
	CHECK_INT(channel_send(p.worker, FRAME_CALL, 1, 1, text,
	    MESSAGE_MAX + 1), RH_ETOOBIG);
	free(text);
	close_pair(&p);
}

static void *
send_endless(void *arg)
{
	static uint8_t f[FRAME_MAX];
	struct frame_head h = {
		.type = FRAME_CALL, .flags = FRAME_MORE, .handle = 1,
		.seq = 1, .len = FRAME_BODY_MAX,
	};

	frame_pack_head(f, &h);
	while (send(*(int *)arg, f, sizeof f, MSG_NOSIGNAL) > 0)
		continue;
	return NULL;
}

static void
test_endless(void)
{
	struct pair p = open_pair(true);
	struct frame_head h;
	struct str body;
	struct err err;
	pthread_t thread;

	pthread_create(&thread, NULL, send_endless, &p.fd);
	CHECK_INT(recv_waiting(p.host, &h, &body, &err), -1);
	CHECK_INT(err.status, RH_EPROTO);
	CHECK_HAS(err.msg, "message CALL above");
	shutdown(channel_fd(p.host), SHUT_RDWR);
	pthread_join(thread, NULL);
	close_pair(&p);
}

/* A frame between two fragments, for each way in which it can differ. */
static void
test_interleaved(void)
{
	static const struct frame_head others[] = {
		{ .type = FRAME_STATE_GET, .handle = 1, .seq = 2 },
		{ .type = FRAME_CALL, .handle = 3, .seq = 2 },
		{ .type = FRAME_CALL, .handle = 1, .seq = 4 },
		{ .type = FRAME_HELLO },
	};
	struct frame_head h, first = {
		.type = FRAME_CALL, .flags = FRAME_MORE, .handle = 1, .seq = 2,
	};
	struct str body;
	struct err err;
	struct pair p;
	size_t i;

	for (i = 0; i < ARRAY_LEN(others); i++) {
		p = open_pair(true);
		put_frame(&p, first, "ab");
		CHECK_INT(channel_recv(p.host, &h, &body, &err), 0);
		put_frame(&p, others[i], "cd");
		CHECK_INT(channel_recv(p.host, &h, &body, &err), -1);
		CHECK_INT(err.status, RH_EPROTO);
		CHECK_HAS(err.msg, "between the fragments of CALL");
		close_pair(&p);
	}
}

static void
test_small_fragments(void)
{
	struct pair p = open_pair(true);
	struct frame_head h, part = {
		.type = FRAME_CALL, .flags = FRAME_MORE, .handle = 1, .seq = 2,
	};
	struct str body;
	struct err err;

	put_frame(&p, part, "ab");
	put_frame(&p, part, "cd");
	part.flags = 0;
	put_frame(&p, part, "");
	put_frame(&p, part, "next");
	CHECK_INT(channel_recv(p.host, &h, &body, &err), 1);
	CHECK(str_is(body, "abcd"));
	CHECK_INT(channel_recv(p.host, &h, &body, &err), 1);
	CHECK(str_is(body, "next"));
	close_pair(&p);
}

static void
test_oversize(void)
{
	static char huge[FRAME_MAX + 1];
	struct pair p = open_pair(true);
	struct frame_head h;
	struct str body;
	struct err err;

	CHECK_INT(send(p.fd, huge, sizeof huge, 0), sizeof huge);
	CHECK_INT(channel_recv(p.host, &h, &body, &err), -1);
	CHECK_INT(err.status, RH_EPROTO);
	CHECK_HAS(err.msg, "frame of 65537 bytes");
	close_pair(&p);
}

static void
test_wrong_side(void)
{
	struct pair p = open_pair(true);
	struct frame_head h;
	struct str body;
	struct err err;

	put_frame(&p, (struct frame_head){ .type = FRAME_EXIT }, "");
	CHECK_INT(channel_recv(p.host, &h, &body, &err), -1);
	CHECK_STR(err.msg, "frame EXIT from the worker");
	close_pair(&p);
}

static void
test_closed(void)
{
	struct pair p = open_pair(true);
	struct frame_head h;
	struct str body;
	struct err err;

	put_frame(&p, (struct frame_head){ .type = FRAME_HELLO }, "last");
	/* Left unread: the kernel reports a reset. */
	CHECK_INT(channel_send(p.host, FRAME_PING, 0, 1, NULL, 0), RH_OK);
	close(p.fd);
	p.fd = -1;
	CHECK_INT(channel_recv(p.host, &h, &body, &err), 1);
	CHECK(str_is(body, "last"));
	CHECK_INT(channel_recv(p.host, &h, &body, &err), -1);
	CHECK_INT(err.status, RH_EIO);
	CHECK_INT(channel_send(p.host, FRAME_EXIT, 0, 0, NULL, 0), RH_EIO);
	close_pair(&p);
}

static void
test_empty_datagram(void)
{
	struct pair p = open_pair(true);
	struct frame_head h;
	struct str body;
	struct err err;

	CHECK_INT(send(p.fd, "", 0, 0), 0);
	CHECK_INT(channel_recv(p.host, &h, &body, &err), -1);
	CHECK_INT(err.status, RH_EIO);
	close_pair(&p);
}

/* A bare head of the type, with n descriptors of the same thing. */
static void
send_with_fds(int sock, const struct frame_head *head, int fd, size_t n)
{
	union {
		struct cmsghdr head;
		char	space[CMSG_SPACE(4 * sizeof(int))];
	} control = { 0 };
	uint8_t f[FRAME_HEAD];
	struct iovec iov = { f, sizeof f };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = CMSG_SPACE(n * sizeof fd),
	};
	size_t i;

	frame_pack_head(f, head);
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(n * sizeof fd);
	for (i = 0; i < n; i++)
		memcpy(CMSG_DATA(&control.head) + i * sizeof fd, &fd,
		    sizeof fd);
	CHECK_INT(sendmsg(sock, &msg, 0), FRAME_HEAD);
}

static void
test_smuggled(void)
{
	const struct frame_head hello = { .type = FRAME_HELLO };
	struct pair p = open_pair(true);
	struct frame_head h;
	struct str body;
	struct err err;
	int fds[2], byte;

	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	send_with_fds(p.fd, &hello, fds[1], 1);
	close(fds[1]);
	CHECK_INT(channel_recv(p.host, &h, &body, &err), 1);
	CHECK_INT(channel_take_fd(p.host), -1);
	/* Nobody holds the writing end any more. */
	CHECK_INT(read(fds[0], &byte, 1), 0);
	close(fds[0]);
	close_pair(&p);
}

/* A worker's end, and a bare one that plays the host. */
static struct pair
open_worker_end(void)
{
	struct pair p = { 0 };
	int sv[2] = { -1, -1 };

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) == 0);
	p.host = channel_new(sv[0], true);
	p.fd = sv[1];
	return p;
}

/* What a worker must not take is closed: other frames', several. */
static void
test_unwanted(void)
{
	static const struct {
		struct frame_head head;
		size_t	n;
	} rows[] = {
		{ { .type = FRAME_CANCEL, .handle = 1 }, 1 },
		{ { .type = FRAME_INVOKE, .handle = 1 }, 1 },
		{ { .type = FRAME_PING, .seq = 1 }, 1 },
		{ { .type = FRAME_REPLY, .handle = 1, .seq = 1 }, 2 },
		{ { .type = FRAME_REPLY, .handle = 1, .seq = 1 }, 4 },
	};
	struct pair p = open_worker_end();
	struct frame_head h;
	struct str body;
	struct err err;
	int fds[2], byte;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		CHECK(pipe2(fds, O_CLOEXEC) == 0);
		send_with_fds(p.fd, &rows[i].head, fds[1], rows[i].n);
		close(fds[1]);
		CHECK_INT(channel_recv(p.host, &h, &body, &err), 1);
		CHECK_INT(channel_take_fd(p.host), -1);
		CHECK_INT(read(fds[0], &byte, 1), 0);
		close(fds[0]);
	}
	close_pair(&p);
}

static void
test_passed(void)
{
	struct pair p = open_pair(false);
	struct frame_head h;
	struct str body;
	struct err err;
	int fds[2], fd, byte;

	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	CHECK_INT(channel_send_fd(p.host, 5, 6, "ok", 2, fds[1]), RH_OK);
	CHECK(fcntl(fds[1], F_GETFD) < 0);	/* taken over */
	CHECK_INT(channel_send_fd(p.host, 5, 7, "ok", 2, -1), RH_OK);
	CHECK_INT(channel_recv(p.worker, &h, &body, &err), 1);
	CHECK(str_is(body, "ok"));
	fd = channel_take_fd(p.worker);
	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK_INT(channel_take_fd(p.worker), -1);
	CHECK_INT(write(fd, "x", 1), 1);
	CHECK_INT(read(fds[0], &byte, 1), 1);
	CHECK_INT(channel_recv(p.worker, &h, &body, &err), 1);
	CHECK_INT(channel_take_fd(p.worker), -1);
	close(fd);
	close(fds[0]);
	close_pair(&p);
}

/* One that nobody takes ends with the next message, or the channel. */
static void
test_not_taken(void)
{
	struct pair p = open_pair(false);
	struct frame_head h;
	struct str body;
	struct err err;
	int fds[2], byte, i;

	for (i = 0; i < 2; i++) {
		CHECK(pipe2(fds, O_CLOEXEC) == 0);
		channel_send_fd(p.host, 5, 6, "ok", 2, fds[1]);
		channel_send(p.host, FRAME_CANCEL, 5, 0, NULL, 0);
		CHECK_INT(channel_recv(p.worker, &h, &body, &err), 1);
		if (i == 0)
			CHECK_INT(channel_recv(p.worker, &h, &body, &err), 1);
		else
			close_pair(&p);
		CHECK_INT(read(fds[0], &byte, 1), 0);
		close(fds[0]);
	}
}

/* It waits for room as its message does, and goes with it. */
/* As the control thread does, whenever there is room. */
static void *
send_queued(void *arg)
{
	struct channel *host = arg;
	struct pollfd fd = { .fd = channel_fd(host), .events = POLLOUT };

	while (!channel_flush(host))
		poll(&fd, 1, -1);
	return NULL;
}

static void
test_queued_fd(void)
{
	struct pair p = open_pair(false);
	char *text = pattern(1024 * 1024);
	struct frame_head h = { 0 };
	struct str body;
	struct err err;
	pthread_t thread;
	int fds[2], fd;

	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	CHECK_INT(channel_send(p.host, FRAME_REPLY, 1, 1, text, 1024 * 1024),
	    RH_OK);
	CHECK(!channel_flush(p.host));
	CHECK_INT(channel_send_fd(p.host, 1, 2, "ok", 2, fds[1]), RH_OK);
	CHECK(fcntl(fds[1], F_GETFD) >= 0);	/* waits */
	free(text);
	pthread_create(&thread, NULL, send_queued, p.host);
	while (h.seq != 2) {
		if (!CHECK_INT(channel_recv(p.worker, &h, &body, &err), 1))
			break;
	}
	pthread_join(thread, NULL);
	fd = channel_take_fd(p.worker);
	CHECK(fd >= 0);
	close(fd);
	close(fds[0]);
	close_pair(&p);
}

const struct unit_test worker_channel_tests[] = {
	{ "a frame goes each way", test_one_frame },
	{ "a long message comes back whole from its fragments",
	    test_fragments_up },
	{ "what the socket does not take is queued, in order and bounded",
	    test_queue },
	{ "a message above the limit is not sent", test_too_long },
	{ "fragments without end are refused at the limit", test_endless },
	{ "a frame between fragments is refused", test_interleaved },
	{ "fragments may be small and the last one empty",
	    test_small_fragments },
	{ "a datagram above the limit is refused", test_oversize },
	{ "a type from the wrong side is refused", test_wrong_side },
	{ "what a dead peer had sent is read before its end", test_closed },
	{ "an empty datagram is an end", test_empty_datagram },
	{ "the host takes no descriptor from a worker", test_smuggled },
	{ "a worker takes one with a reply, and closes all others",
	    test_unwanted },
	{ "a reply brings a descriptor", test_passed },
	{ "a descriptor that nobody took is closed", test_not_taken },
	{ "a descriptor waits for room with its reply", test_queued_fd },
	{ NULL, NULL },
};
