/*
 * Connections that are opened and held.  Each is refused (closed by the host,
 * or never answered), or open.  When that is known of all, a line is
 * printed, and one more at the end.
 */
#include "abuse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE		64	/* that aren't known of */
#define PATIENCE_NS	(INT64_C(20) * 1000000000)
#define NEWS		256

enum { ASKED, OPEN, REFUSED };

struct held {
	int	fd, is;
	size_t	at;		/* in the request that comes by bytes */
};

static const char request[] = "GET /ok HTTP/1.1\r\nHost: bench\r\n\r\n";
/* Its body never comes whole, so that it is slow in both parts. */
static const char drip[] = "POST /api/extensions/execute HTTP/1.1\r\n"
    "Host: b\r\nContent-Length: 1000000\r\n\r\n";

static struct hold {
	struct held *all;
	int	epoll, is[3], cut, again;
} hold;

static void
become(struct held *h, int what)
{
	hold.is[h->is]--;
	hold.is[what]++;
	h->is = what;
	if (what == REFUSED) {
		close(h->fd);
		h->fd = -1;
	}
}

/* From 127.0.0.2 or one of those behind it, in turn. */
static void
open_one(struct held *h)
{
	struct sockaddr_in me = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 +
	    (unsigned)(h - hold.all) % (unsigned)abuse.addresses) };
	struct sockaddr_in to = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)abuse.port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = h };
	int one = 1;

	h->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (h->fd < 0)
		die("socket: %s", strerror(errno));
	/* The port is chosen with both ends known. */
	setsockopt(h->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one,
	    sizeof one);
	h->is = ASKED;
	h->at = 0;
	hold.is[ASKED]++;
	if (bind(h->fd, (struct sockaddr *)&me, sizeof me) != 0 ||
	    connect(h->fd, (struct sockaddr *)&to, sizeof to) != 0) {
		become(h, REFUSED);
		return;
	}
	epoll_ctl(hold.epoll, EPOLL_CTL_ADD, h->fd, &ev);
	if (abuse.trickle_ms > 0)
		become(h, OPEN);
	else if (send(h->fd, request, sizeof request - 1, MSG_NOSIGNAL) < 0)
		become(h, REFUSED);
}

static void
hear(struct held *h)
{
	char text[2048];
	ssize_t n = recv(h->fd, text, sizeof text, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		if (h->is == ASKED)
			become(h, OPEN);
		return;
	}
	hold.cut += h->is == OPEN;
	become(h, REFUSED);
	/* Who is slow comes back. */
	if (abuse.trickle_ms > 0) {
		hold.is[REFUSED]--;
		hold.again++;
		open_one(h);
	}
}

static void
hear_all(int64_t timeout_ns)
{
	struct epoll_event news[NEWS];
	struct timespec t = { timeout_ns / 1000000000,
	    timeout_ns % 1000000000 };
	int i, n = epoll_pwait2(hold.epoll, news, NEWS, &t, NULL);

	for (i = 0; i < n; i++) {
		if (((struct held *)news[i].data.ptr)->fd >= 0)
			hear(news[i].data.ptr);
	}
}

static void
trickle(void)
{
	struct held *h;
	char byte;
	int i;

	for (i = 0; i < abuse.count; i++) {
		h = &hold.all[i];
		byte = h->at < sizeof drip - 1 ? drip[h->at] : 'x';
		h->at++;
		if (h->fd >= 0)
			send(h->fd, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
}

static void
say(const char *when)
{
	printf("hold %s asked=%d open=%d refused=%d unanswered=%d cut=%d "
	    "again=%d\n", when, abuse.count, hold.is[OPEN],
	    hold.is[REFUSED], hold.is[ASKED], hold.cut, hold.again);
	fflush(stdout);
}

static void
open_all(void)
{
	int64_t until;
	int i;

	for (i = 0; i < abuse.count; i++) {
		open_one(&hold.all[i]);
		hear_all(0);
		until = now_ns() + 10000000;
		while (hold.is[ASKED] > AT_ONCE && now_ns() < until)
			hear_all(1000000);
	}
	until = now_ns() + PATIENCE_NS;
	while (hold.is[ASKED] > 0 && now_ns() < until)
		hear_all(10000000);
}

void
mode_hold(void)
{
	int64_t began = now_ns(), next;

	hold.epoll = epoll_create1(EPOLL_CLOEXEC);
	hold.all = calloc((size_t)abuse.count, sizeof *hold.all);
	if (hold.all == NULL)
		die("no memory");
	open_all();
	say("opened");
	next = now_ns();
	while (goes_on(began)) {
		if (abuse.trickle_ms > 0 && now_ns() >= next) {
			trickle();
			next += abuse.trickle_ms * INT64_C(1000000);
		}
		hear_all(10000000);
	}
	say("ended");
	free(hold.all);
}
