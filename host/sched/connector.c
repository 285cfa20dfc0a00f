/*
 * The rules of addresses, and the way to a socket.  Addresses are judged
 * after the name was resolved and the judged one is connected to, so that a
 * name which answers differently the second time gains nothing.
 */
#include "sched/connector.h"

#include "base/clock.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum reach {
	REACH_NEVER,		/* by no grant */
	REACH_LITERAL,		/* by a grant of the address */
	REACH_LOCALHOST		/* and of the name "localhost" */
};

/* What isn't listed is reached by any grant: private networks, too. */
struct range {
	const char *net;
	int	bits;
	enum reach reach;
	const char *what;
};

static const struct range ranges4[] = {
	{ "0.0.0.0",	8,	REACH_NEVER,	"no address of a host" },
	{ "127.0.0.0",	8,	REACH_LOCALHOST, "this machine itself" },
	{ "169.254.0.0", 16,	REACH_LITERAL,	"link-local" },
	{ "224.0.0.0",	3,	REACH_NEVER,	"no address of a host" },
};
static const struct range ranges6[] = {
	{ "::",		128,	REACH_NEVER,	"no address of a host" },
	{ "::1",	128,	REACH_LOCALHOST, "this machine itself" },
	{ "fe80::",	10,	REACH_LITERAL,	"link-local" },
	{ "ff00::",	8,	REACH_NEVER,	"no address of a host" },
};
/* IPv4 addresses in other clothes, and where in them these begin. */
static const struct {
	const char *net;
	int	bits, at;
} dressed[] = {
	{ "::ffff:0:0",	96,	12 },
	{ "::",		96,	12 },
	{ "64:ff9b::",	96,	12 },
	{ "2002::",	16,	2 },
};

static bool
has_prefix(const uint8_t *a, int family, const char *net, int bits)
{
	uint8_t n[16];
	int whole = bits / 8, rest = bits % 8;

	inet_pton(family, net, n);
	return memcmp(a, n, (size_t)whole) == 0 &&
	    (rest == 0 || ((a[whole] ^ n[whole]) >> (8 - rest)) == 0);
}

static const struct range *
find(const struct range *r, size_t n, int family, const uint8_t *a)
{
	for (; n > 0; r++, n--)
		if (has_prefix(a, family, r->net, r->bits))
			return r;
	return NULL;
}

/* What an IPv4 address in it would be judged by, or itself. */
static const struct range *
range_of(const struct sockaddr *sa)
{
	const struct range *r;
	const uint8_t *a;
	size_t i;

	if (sa->sa_family == AF_INET) {
		a = (const uint8_t *)&((const struct sockaddr_in *)
		    (const void *)sa)->sin_addr;
		return find(ranges4, ARRAY_LEN(ranges4), AF_INET, a);
	}
	a = ((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr.s6_addr;
	r = find(ranges6, ARRAY_LEN(ranges6), AF_INET6, a);
	for (i = 0; r == NULL && i < ARRAY_LEN(dressed); i++)
		if (has_prefix(a, AF_INET6, dressed[i].net, dressed[i].bits))
			r = find(ranges4, ARRAY_LEN(ranges4), AF_INET,
			    a + dressed[i].at);
	return r;
}

static socklen_t
size_of(const struct sockaddr *sa)
{
	return sa->sa_family == AF_INET ? sizeof(struct sockaddr_in) :
	    sizeof(struct sockaddr_in6);
}

static bool
same_address(const struct sockaddr *a, const struct sockaddr *b)
{
	if (a->sa_family != b->sa_family)
		return false;
	if (a->sa_family == AF_INET)
		return ((const struct sockaddr_in *)(const void *)a)->
		    sin_addr.s_addr == ((const struct sockaddr_in *)
		    (const void *)b)->sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&((const struct sockaddr_in6 *)
	    (const void *)a)->sin6_addr, &((const struct sockaddr_in6 *)
	    (const void *)b)->sin6_addr);
}

/* One of this machine: the kernel would send from it to itself. */
static bool
is_own(const struct sockaddr *sa)
{
	const struct range *r = range_of(sa);
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof from;
	bool own = false;
	int fd;

	if (r != NULL && r->reach == REACH_LOCALHOST)
		return true;
	fd = socket(sa->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	if (connect(fd, sa, size_of(sa)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&from, &len) == 0)
		own = same_address(sa, (struct sockaddr *)&from);
	close(fd);
	return own;
}

static bool
is_own_port(const struct own_ports *own, uint16_t port)
{
	size_t i;

	for (i = 0; i < own->count; i++)
		if (own->ports[i] == port)
			return true;
	return false;
}

static void
spell(const struct sockaddr *sa, uint16_t port, char out[TARGET_TEXT_MAX])
{
	char text[INET6_ADDRSTRLEN] = "";

	getnameinfo(sa, size_of(sa), text, sizeof text, NULL, 0,
	    NI_NUMERICHOST);
	snprintf(out, TARGET_TEXT_MAX, sa->sa_family == AF_INET6 ? "[%s]:%u" :
	    "%s:%u", text, port);
}

static rh_status
refuse(const struct target *t, const struct sockaddr *sa, const char *what,
    bool never, struct err *err)
{
	char text[TARGET_TEXT_MAX], to[TARGET_TEXT_MAX];

	target_text(t, to);
	spell(sa, t->port, text);
	if (t->kind != TARGET_NAME)
		return err_set(err, RH_EPERM, "%s is %s", text, what);
	err_set(err, RH_EPERM, "%s leads to %s, which is %s: no name may",
	    to, text, what);
	if (never)
		return RH_EPERM;
	return err_hint(err, "if that is meant, grant the address itself: "
	    "net.connect:%s", text);
}

rh_status
connector_judge(const struct target *t, const struct sockaddr *sa,
    const struct own_ports *own, struct err *err)
{
	const struct range *r = range_of(sa);
	bool literal = t->kind != TARGET_NAME;
	bool localhost = strcmp(t->host, "localhost") == 0;

	if (r != NULL && r->reach == REACH_NEVER)
		return refuse(t, sa, r->what, true, err);
	if (literal)
		return RH_OK;
	if (localhost != (r != NULL && r->reach == REACH_LOCALHOST))
		return refuse(t, sa, r != NULL ? r->what : "another machine",
		    false, err);
	if (r != NULL && r->reach == REACH_LITERAL)
		return refuse(t, sa, r->what, false, err);
	if (is_own_port(own, t->port) && is_own(sa))
		return refuse(t, sa, "where the host itself listens", false,
		    err);
	return RH_OK;
}

static int64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

/* 0, or the errno of a connection that doesn't come about. */
static int
await(int fd, int64_t until_us)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int64_t left;
	int e = ETIMEDOUT, n;

	do {
		left = (until_us - now_us() + US_PER_MS - 1) / US_PER_MS;
		n = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	if (n > 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len) != 0)
		e = errno;
	return e;
}

/* The plugin can't set these itself. */
static void
prepare(int fd)
{
	int on = 1, off = 0;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	ioctl(fd, FIONBIO, &off);
}

static int
connect_one(const struct target *t, const struct sockaddr *sa,
    int64_t until_us, struct err *err)
{
	char text[TARGET_TEXT_MAX];
	int fd, e = 0;

	fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, sa, size_of(sa)) != 0)
		e = errno;
	if (fd >= 0 && e == EINPROGRESS)
		e = await(fd, until_us);
	if (e == 0) {
		prepare(fd);
		/* Another address may have failed before. */
		err->status = RH_OK;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	spell(sa, t->port, text);
	err_set(err, e == ETIMEDOUT ? RH_EDEADLINE : RH_EIO,
	    "connecting to %s: %s", text, strerror(e));
	return -1;
}

static struct addrinfo *
resolve(const struct target *t, struct err *err)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV |
		    (t->kind != TARGET_NAME ? AI_NUMERICHOST : 0),
	};
	struct addrinfo *list = NULL;
	char port[8];
	int e;

	snprintf(port, sizeof port, "%u", t->port);
	e = getaddrinfo(t->host, port, &hints, &list);
	if (e == 0)
		return list;
	err_set(err, e == EAI_NONAME || e == EAI_NODATA ? RH_ENOENT : RH_EIO,
	    "\"%s\": %s", t->host, gai_strerror(e));
	return NULL;
}

/* One address that may not be reached spoils the whole name. */
static rh_status
judge_all(const struct target *t, const struct addrinfo *a,
    const struct own_ports *own, struct err *err)
{
	rh_status rc = RH_OK;

	for (; a != NULL && rc == RH_OK; a = a->ai_next)
		if (a->ai_family == AF_INET || a->ai_family == AF_INET6)
			rc = connector_judge(t, a->ai_addr, own, err);
	return rc;
}

int
connector_open(const struct target *t, const struct own_ports *own,
    int64_t until_us, struct err *err)
{
	struct addrinfo *list = resolve(t, err), *a;
	int left = 0, fd = -1;
	int64_t now;

	if (list == NULL)
		return -1;
	if (judge_all(t, list, own, err) == RH_OK) {
		for (a = list; a != NULL; a = a->ai_next)
			left++;
		/* A deaf address leaves time to those behind it. */
		for (a = list; a != NULL && fd < 0; a = a->ai_next, left--) {
			now = now_us();
			fd = connect_one(t, a->ai_addr, now +
			    (until_us - now) / left, err);
		}
	}
	freeaddrinfo(list);
	return fd;
}
