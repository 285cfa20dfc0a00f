/*
 * Listening sockets.  Addresses are numeric, so that a start never waits
 * for a name server.
 */
#include "http/listen.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG		511
#define PEM_MAX		(1 << 20)

static rh_status
resolve(const char *address, uint16_t port, struct addrinfo **out,
    struct err *err)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST |
		AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM };
	const char *name = address;
	char service[8];

	if (strcmp(address, "localhost") == 0)
		name = "127.0.0.1";
	snprintf(service, sizeof service, "%u", port);
	if (getaddrinfo(name, service, &hints, out) == 0)
		return RH_OK;
	err_set(err, RH_EINPUT, "\"%s\" is not an address to listen on",
	    address);
	return err_hint(err, "use a numeric IPv4 or IPv6 address, or "
	    "\"localhost\"");
}

rh_status
listen_is_loopback(const char *address, bool *out, struct err *err)
{
	struct addrinfo *ai;
	const struct sockaddr_in *v4;
	const struct sockaddr_in6 *v6;

	if (resolve(address, 0, &ai, err) != RH_OK)
		return err->status;
	v4 = (const void *)ai->ai_addr;
	v6 = (const void *)ai->ai_addr;
	*out = ai->ai_family == AF_INET ?
	    ntohl(v4->sin_addr.s_addr) >> 24 == 127 :
	    IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	freeaddrinfo(ai);
	return RH_OK;
}

static uint16_t
port_of(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof ss;

	if (getsockname(fd, (void *)&ss, &len) != 0)
		return 0;
	return ntohs(ss.ss_family == AF_INET ?
	    ((struct sockaddr_in *)&ss)->sin_port :
	    ((struct sockaddr_in6 *)&ss)->sin6_port);
}

rh_status
listen_tcp(const char *address, uint16_t port, int *out, uint16_t *port_out,
    struct err *err)
{
	struct addrinfo *ai;
	int fd, one = 1;
	bool in_use;

	if (resolve(address, port, &ai, err) != RH_OK)
		return err->status;
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
	    bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		in_use = errno == EADDRINUSE;
		err_errno(err, RH_EIO, "listening on %s port %u", address,
		    port);
		if (in_use)
			err_hint(err, "another program listens there; choose "
			    "another port, or 0 for a free one");
		if (fd >= 0)
			close(fd);
		freeaddrinfo(ai);
		return err->status;
	}
	freeaddrinfo(ai);
	*port_out = port_of(fd);
	*out = fd;
	return RH_OK;
}

/* Removes what a host that is no longer there left behind. */
static rh_status
remove_stale(const char *path, struct err *err)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? RH_OK :
		    err_errno(err, RH_EIO, "looking at \"%s\"", path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, RH_EINPUT, "\"%s\" is in the way: it is "
		    "not a socket", path);
	if (unlink(path) != 0)
		return err_errno(err, RH_EIO, "removing \"%s\"", path);
	return RH_OK;
}

rh_status
listen_check_unix(const char *path, struct err *err)
{
	struct sockaddr_un sun;

	if (strlen(path) < sizeof sun.sun_path)
		return RH_OK;
	err_set(err, RH_EINPUT, "the path of the socket, \"%s\", is longer "
	    "than %zu bytes", path, sizeof sun.sun_path - 1);
	return err_hint(err, "use a data directory with a shorter path");
}

rh_status
listen_unix(const char *path, int *out, struct err *err)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (listen_check_unix(path, err) != RH_OK ||
	    remove_stale(path, err) != RH_OK)
		return err->status;
	memcpy(sun.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* bind() gives the file the mode that the socket has by then. */
	if (fd < 0 || fchmod(fd, 0600) != 0 ||
	    bind(fd, (void *)&sun, sizeof sun) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		err_errno(err, RH_EIO, "listening on \"%s\"", path);
		if (fd >= 0)
			close(fd);
		return err->status;
	}
	*out = fd;
	return RH_OK;
}

rh_status
listen_pem(const char *path, char **out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;
	ssize_t n;

	if (fd < 0)
		return err_errno(err, RH_EINPUT, "opening \"%s\"", path);
	text = mem_alloc(PEM_MAX + 1);
	n = read(fd, text, PEM_MAX);
	close(fd);
	if (n <= 0 || n == PEM_MAX) {
		free(text);
		return err_set(err, RH_EINPUT, "\"%s\" is empty, unreadable "
		    "or larger than %d bytes", path, PEM_MAX);
	}
	text[n] = '\0';
	*out = text;
	return RH_OK;
}
