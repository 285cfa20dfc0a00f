/*
 * Reads /proc of the peer's process while a pidfd holds it: what was read
 * counts only if the process still lived afterwards, so its number was
 * nobody else's.
 */
#include "http/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD	77
#endif
#define ANCESTORS_MAX	4096

struct proc_stat {
	pid_t	parent;
	unsigned long long started;	/* ticks after boot */
};

static bool
read_ns(pid_t pid, const char *kind, char out[PEER_NS_MAX])
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, kind);
	n = readlink(path, out, PEER_NS_MAX - 1);
	if (n <= 0 || n == PEER_NS_MAX - 1)
		return false;
	out[n] = '\0';
	return true;
}

static ssize_t
read_file(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, out, size - 1);
	close(fd);
	if (n >= 0)
		out[n] = '\0';
	return n;
}

/* The name in parentheses may hold anything: go on behind the last one. */
static bool
read_stat(pid_t pid, struct proc_stat *st)
{
	char path[64], text[1024], *p;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (read_file(path, text, sizeof text) <= 0 ||
	    (p = strrchr(text, ')')) == NULL)
		return false;
	return sscanf(p + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
	    "%*u %*u %*d %*d %*d %*d %*d %*d %llu", &st->parent,
	    &st->started) == 2;
}

static bool
same_namespaces(const struct peer_rule *rule, pid_t pid)
{
	char user_ns[PEER_NS_MAX], pid_ns[PEER_NS_MAX];

	return read_ns(pid, "user", user_ns) && read_ns(pid, "pid", pid_ns) &&
	    strcmp(user_ns, rule->user_ns) == 0 &&
	    strcmp(pid_ns, rule->pid_ns) == 0;
}

/* Whether the way up from pid to the root of all passes the host. */
static bool
is_descended(const struct peer_rule *rule, pid_t pid)
{
	struct proc_stat st;
	int i;

	for (i = 0; i < ANCESTORS_MAX; i++) {
		if (pid == rule->host_pid || pid == rule->spawner_pid)
			return true;
		if (pid <= 1)
			return false;
		if (!read_stat(pid, &st))
			return true;	/* can't tell */
		pid = st.parent;
	}
	return true;
}

static bool
is_alive(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

/* A descriptor of the process that connected, or -1. */
static int
hold_peer(const struct peer_rule *rule, int fd, pid_t pid)
{
	socklen_t len;
	int pidfd = -1;

	len = sizeof pidfd;
	if (!rule->no_peerpidfd && getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD,
	    &pidfd, &len) == 0)
		return pidfd;
	if (!rule->no_peerpidfd && errno != ENOPROTOOPT)
		return -1;
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static bool
judge(const struct peer_rule *rule, int fd, const struct ucred *cred)
{
	struct proc_stat before, after;
	bool good;
	int pidfd;

	if (!read_stat(cred->pid, &before))
		return false;
	if ((pidfd = hold_peer(rule, fd, cred->pid)) < 0)
		return false;
	good = same_namespaces(rule, cred->pid) &&
	    !is_descended(rule, cred->pid) &&
	    read_stat(cred->pid, &after) && after.started == before.started &&
	    is_alive(pidfd);
	close(pidfd);
	return good;
}

bool
peer_is_local(const struct peer_rule *rule, int fd, uid_t *uid)
{
	struct ucred cred;
	socklen_t len = sizeof cred;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0 ||
	    cred.pid <= 0)		/* 0: not in our pid namespace */
		return false;
	if (cred.uid != rule->owner && cred.uid != 0)
		return false;
	*uid = cred.uid;
	return judge(rule, fd, &cred);
}

rh_status
peer_rule_init(struct peer_rule *rule, uid_t owner, pid_t host_pid,
    pid_t spawner_pid, struct err *err)
{
	memset(rule, 0, sizeof *rule);
	rule->owner = owner;
	rule->host_pid = host_pid != 0 ? host_pid : getpid();
	rule->spawner_pid = spawner_pid != 0 ? spawner_pid : rule->host_pid;
	if (!read_ns(getpid(), "user", rule->user_ns) ||
	    !read_ns(getpid(), "pid", rule->pid_ns)) {
		err_errno(err, RH_EIO, "reading the namespaces of this "
		    "process in /proc/self/ns");
		return err_hint(err, "/proc must be mounted");
	}
	return RH_OK;
}
