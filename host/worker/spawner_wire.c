/*
 * Datagrams with descriptors, between the host and its spawner only.
 */
#include "worker/spawner_wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
	struct cmsghdr head;	/* for its alignment */
	char	space[CMSG_SPACE(SPAWN_FDS * sizeof(int))];
};

int
spawn_send(int sock, const void *p, size_t len, const int *fds, size_t n)
{
	struct iovec iov = { (void *)p, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control;
	struct cmsghdr *c;

	if (n > 0) {
		memset(&control, 0, sizeof control);
		msg.msg_control = control.space;
		msg.msg_controllen = CMSG_SPACE(n * sizeof *fds);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof *fds);
		memcpy(CMSG_DATA(c), fds, n * sizeof *fds);
	}
	while (sendmsg(sock, &msg, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

/* Takes the descriptors out of a message; their number. */
static size_t
take_fds(struct msghdr *msg, int *fds, size_t room)
{
	struct cmsghdr *c;
	size_t i, n = 0, count;
	int fd;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		count = (c->cmsg_len - CMSG_LEN(0)) / sizeof fd;
		for (i = 0; i < count; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			if (n < room)
				fds[n++] = fd;
			else
				close(fd);
		}
	}
	return n;
}

int
spawn_recv(int sock, void *p, size_t min, size_t len, int *fds, size_t *n)
{
	struct iovec iov = { p, len };
	union control control;
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof control.space,
	};
	ssize_t got;

	do
		got = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	*n = take_fds(&msg, fds, *n);
	if ((size_t)got >= min && (msg.msg_flags & MSG_TRUNC) == 0)
		return (int)got;
	while (*n > 0)
		close(fds[--*n]);
	errno = EPROTO;
	return -1;
}
