/*
 * Connections made for plugins: which addresses, how long, and what they are
 * told otherwise.  Loopback only.
 */
#include "lib/unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "sched/connector.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t
in_ms(int64_t ms)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * US_PER_S + ts.tv_nsec / 1000 + ms * US_PER_MS;
}

static struct target
target(const char *host, int port)
{
	struct target t;
	struct err err;

	CHECK_OK(target_set(&t, str_of(host), port, &err), &err);
	return t;
}

/* On 127.0.0.1; its port. */
static int
listen_on(int backlog, int *fd)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof a;

	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_INT(bind(*fd, (struct sockaddr *)&a, sizeof a), 0);
	CHECK_INT(listen(*fd, backlog), 0);
	CHECK_INT(getsockname(*fd, (struct sockaddr *)&a, &len), 0);
	return ntohs(a.sin_port);
}

/* Of what a name leads to: "" it may be reached, else why not. */
static const char *
judge(const char *host, const char *address, struct err *err)
{
	const struct own_ports own = { { 8714 }, 1 };
	const struct target t = target(host, 8714);
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *a = NULL;

	*err = (struct err){ 0 };
	if (CHECK_INT(getaddrinfo(address, "8714", &hints, &a), 0))
		connector_judge(&t, a->ai_addr, &own, err);
	freeaddrinfo(a);
	return err->status == RH_OK ? "" : err->msg;
}

static void
test_addresses(void)
{
	static const struct {
		const char *host, *address, *why;
	} rows[] = {
		{ "db", "192.0.2.1", "" },
		{ "db", "10.1.2.3", "" },		/* private: by name */
		{ "db", "192.168.0.1", "" },
		{ "db", "fd00::1", "" },
		{ "db", "2001:db8::1", "" },
		{ "db", "127.0.0.1", "this machine itself" },
		{ "db", "127.9.9.9", "this machine itself" },
		{ "db", "::1", "this machine itself" },
		{ "db", "::ffff:127.0.0.1", "this machine itself" },
		{ "db", "64:ff9b::7f00:1", "this machine itself" },
		{ "db", "2002:7f00:1::", "this machine itself" },
		{ "db", "169.254.169.254", "link-local" },
		{ "db", "::ffff:169.254.169.254", "link-local" },
		{ "db", "fe80::1", "link-local" },
		{ "db", "0.0.0.0", "no address of a host" },
		{ "db", "::", "no address of a host" },
		{ "db", "224.0.0.1", "no address of a host" },
		{ "db", "255.255.255.255", "no address of a host" },
		{ "db", "ff02::1", "no address of a host" },
		{ "169.254.169.254", "169.254.169.254", "" },
		{ "fe80::1", "fe80::1", "" },
		{ "127.0.0.1", "127.0.0.1", "" },	/* the host's own port */
		{ "::1", "::1", "" },
		{ "224.0.0.1", "224.0.0.1", "no address of a host" },
		{ "0.0.0.0", "0.0.0.0", "no address of a host" },
		{ "localhost", "127.0.0.1", "where the host itself listens" },
		{ "localhost", "192.0.2.1", "another machine" },
		{ "localhost", "169.254.1.1", "link-local" },
	};
	struct err err;
	const char *why;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		why = judge(rows[i].host, rows[i].address, &err);
		unit_check(rows[i].why[0] == '\0' ? why[0] == '\0' :
		    err.status == RH_EPERM && strstr(why, rows[i].why) != NULL,
		    __FILE__, __LINE__, "%s to %s: \"%s\", not \"%s\"",
		    rows[i].host, rows[i].address, why, rows[i].why);
	}
	judge("db", "169.254.169.254", &err);
	CHECK_HAS(err.hint, "net.connect:169.254.169.254:8714");
}

static void
test_connects(void)
{
	const struct own_ports none = { { 0 }, 0 };
	struct target t;
	struct err err = { 0 };
	int fd, from, port = listen_on(5, &fd), got;

	t = target("localhost", port);
	got = connector_open(&t, &none, in_ms(20000), &err);
	if (CHECK_OK(got >= 0 ? RH_OK : err.status, &err)) {
		CHECK_INT(fcntl(got, F_GETFD), FD_CLOEXEC);
		CHECK_INT(fcntl(got, F_GETFL) & O_NONBLOCK, 0);
		from = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		CHECK_INT(write(got, "x", 1), 1);
		CHECK_INT(read(from, &port, 1), 1);
		close(from);
		close(got);
	}
	close(fd);
}

/* What the resolver says of a name; NULL: what it does say. */
static const char *const *resolved;

int	__real_getaddrinfo(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);
int	__wrap_getaddrinfo(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);

int
__wrap_getaddrinfo(const char *name, const char *service,
    const struct addrinfo *hints, struct addrinfo **out)
{
	const char *const *a = resolved;
	int e = 0;

	if (a == NULL)
		return __real_getaddrinfo(name, service, hints, out);
	for (; *a != NULL && e == 0; a++, out = &(*out)->ai_next)
		e = __real_getaddrinfo(*a, service, hints, out);
	return e;
}

/* The first that answers is it, whatever those before it did. */
static void
test_second_address(void)
{
	static const char *const addresses[] = { "127.0.0.2", "127.0.0.1",
		NULL };
	const struct own_ports none = { { 0 }, 0 };
	struct target t;
	struct err err = { 0 };
	int fd, port = listen_on(5, &fd), got;

	t = target("localhost", port);
	resolved = addresses;
	got = connector_open(&t, &none, in_ms(20000), &err);
	resolved = NULL;
	CHECK(got >= 0);
	CHECK_OK(err.status, &err);
	close(got);
	close(fd);
}

/* The host's own door is reached by its address only. */
static void
test_own_port(void)
{
	struct own_ports own = { { 0 }, 1 };
	struct target t;
	struct err err;
	int fd, port = listen_on(5, &fd), got;

	own.ports[0] = (uint16_t)port;
	t = target("localhost", port);
	CHECK_INT(connector_open(&t, &own, in_ms(20000), &err), -1);
	CHECK_INT(err.status, RH_EPERM);
	t = target("127.0.0.1", port);
	got = connector_open(&t, &own, in_ms(20000), &err);
	CHECK(got >= 0);
	close(got);
	close(fd);
}

static void
test_nobody(void)
{
	const struct own_ports none = { { 0 }, 0 };
	struct target t;
	struct err err;
	int fd, port = listen_on(5, &fd);

	close(fd);
	t = target("127.0.0.1", port);
	CHECK_INT(connector_open(&t, &none, in_ms(20000), &err), -1);
	CHECK_INT(err.status, RH_EIO);
	CHECK_HAS(err.msg, "Connection refused");
}

/* A queue that is full lets a connection wait for ever. */
static void
test_late(void)
{
	const struct own_ports none = { { 0 }, 0 };
	struct target t;
	struct err err;
	int fds[8], n = 0, fd, port = listen_on(0, &fd);

	t = target("127.0.0.1", port);
	while (n < 8 && (fds[n] = connector_open(&t, &none, in_ms(100),
	    &err)) >= 0)
		n++;
	CHECK(n < 8);
	CHECK_INT(err.status, RH_EDEADLINE);
	while (n > 0)
		close(fds[--n]);
	close(fd);
}

const struct unit_test sched_connector_tests[] = {
	{ "a name leads to no address that isn't meant by it",
	    test_addresses },
	{ "a connection blocks, and isn't inherited", test_connects },
	{ "an address that is dead leaves it to the next",
	    test_second_address },
	{ "the host's own door is no name's", test_own_port },
	{ "where nobody listens, it says so", test_nobody },
	{ "a connection has a deadline", test_late },
	{ NULL, NULL },
};
