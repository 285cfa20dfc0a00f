/*
 * A frame to a worker, a function called with it, a frame back: through
 * host/worker/channel, beside the same bytes over a bare SEQPACKET pair.
 *
 *	transport [ROUNDS]
 *
 * In turn, a thousand rounds each; a line with the medians.
 */
#include "base/mem.h"
#include "worker/channel.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LEN	200
#define TURN	1000
#define HANDLE	(UINT64_C(1) << 32)

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int
sum(const char *p, size_t len)
{
	int n = 0;

	while (len-- > 0)
		n += *p++;
	return n;
}

/* What a plugin would be; kept from being inlined away. */
static int (*volatile handler)(const char *, size_t) = sum;

static _Noreturn void
serve_frames(int fd)
{
	struct channel *c = channel_new(fd, true);
	struct frame_head head;
	struct str body;
	struct err err;

	while (channel_recv(c, &head, &body, &err) > 0) {
		handler(body.p, body.len);
		channel_send(c, FRAME_EVENTS, head.handle, 0, body.p,
		    body.len);
	}
	_exit(0);
}

static _Noreturn void
serve_bytes(int fd)
{
	char in[LEN];
	ssize_t n;

	while ((n = recv(fd, in, sizeof in, 0)) > 0) {
		handler(in, (size_t)n);
		if (send(fd, in, (size_t)n, MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

static int
start(void (*serve)(int))
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) != 0)
		exit(1);
	switch (fork()) {
	case -1:
		exit(1);
	case 0:
		close(sv[0]);
		serve(sv[1]);
		break;
	default:
		close(sv[1]);
	}
	return sv[0];
}

static void
round_of_frames(struct channel *c, const char *body)
{
	struct pollfd p = { .fd = channel_fd(c), .events = POLLIN };
	struct frame_head head;
	struct str back;
	struct err err = { 0 };
	int got;

	channel_send(c, FRAME_INVOKE, HANDLE, 0, body, LEN);
	while ((got = channel_recv(c, &head, &back, &err)) == 0)
		poll(&p, 1, -1);
	if (got < 0) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
}

static void
round_of_bytes(int fd, const char *body)
{
	char in[LEN];

	if (send(fd, body, LEN, MSG_NOSIGNAL) != LEN ||
	    recv(fd, in, sizeof in, 0) != LEN)
		exit(1);
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

struct times {
	int64_t	*ns;
	size_t	n;
};

static int64_t
median(struct times *t)
{
	qsort(t->ns, t->n, sizeof *t->ns, compare);
	return t->ns[t->n / 2];
}

int
main(int argc, char **argv)
{
	size_t n = argc > 1 ? (size_t)atol(argv[1]) : 20000, i;
	struct times frames = { mem_calloc(n + TURN, sizeof(int64_t)), 0 };
	struct times bytes = { mem_calloc(n + TURN, sizeof(int64_t)), 0 };
	int bare = start(serve_bytes);
	struct channel *c = channel_new(start(serve_frames), false);
	char body[LEN];
	int64_t from;

	alarm(60);
	memset(body, 'e', sizeof body);
	while (frames.n < n) {
		for (i = 0; i < TURN; i++) {
			from = now_ns();
			round_of_bytes(bare, body);
			bytes.ns[bytes.n++] = now_ns() - from;
		}
		for (i = 0; i < TURN; i++) {
			from = now_ns();
			round_of_frames(c, body);
			frames.ns[frames.n++] = now_ns() - from;
		}
	}
	printf("transport n=%zu bare_ns=%lld channel_ns=%lld\n", frames.n,
	    (long long)median(&bytes), (long long)median(&frames));
	close(bare);
	channel_free(c);
	while (wait(NULL) > 0)
		continue;
	free(frames.ns);
	free(bytes.ns);
	return 0;
}
