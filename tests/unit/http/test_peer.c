/* Who the kernel says is at the other end of the Unix socket. */
#include "lib/unit.h"

#include "http/client.h"
#include "http/fake_host.h"
#include "http/peer.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a child does to itself before it calls. */
typedef bool (*disguise)(void);

enum { SAID_LOCAL = 10, SAID_ANONYMOUS, CANT, BROKEN };

/* In a child: only system calls and the stack. */
static int
call_home(const char *path)
{
	static const char req[] = "GET /api/runs HTTP/1.1\r\nHost: x\r\n\r\n";
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct timeval tv = { .tv_sec = 5 };
	char text[64] = "";
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(sun.sun_path, path, sizeof sun.sun_path - 1);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
	if (connect(fd, (void *)&sun, sizeof sun) != 0 ||
	    write(fd, req, sizeof req - 1) != sizeof req - 1 ||
	    read(fd, text, sizeof text - 1) < 12)
		return BROKEN;
	if (strncmp(text, "HTTP/1.1 200", 12) == 0)
		return SAID_LOCAL;
	return strncmp(text, "HTTP/1.1 401", 12) == 0 ? SAID_ANONYMOUS :
	    BROKEN;
}

static int
wait_for(pid_t pid)
{
	int status = 0;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
	    WEXITSTATUS(status) : BROKEN;
}

/* generations of children, the last of which disguises itself and calls. */
static int
caller(const char *path, int generations, disguise wear)
{
	pid_t pid = fork();

	if (pid != 0)
		return wait_for(pid);
	if (generations > 1)
		_exit(caller(path, generations - 1, wear));
	_exit(wear != NULL && !wear() ? CANT : call_home(path));
}

/* A process that does nothing, to be the host in the rule. */
static pid_t
bystander(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void
check_caller(bool is_host, int generations, disguise wear, int want)
{
	struct served s;
	struct fake_seen seen;
	pid_t other = bystander();
	int said;

	served_init(&s, false);
	s.cf.host_pid = is_host ? getpid() : other;
	if (serve(&s)) {
		chmod(s.socket, 0666);
		chmod(unit_tmpdir(), 0777);
		said = caller(s.socket, generations, wear);
		if (said == CANT)
			unit_skip("not permitted here");
		else
			CHECK_INT(said, want);
		fake_seen(s.host, &seen);
		if (want == SAID_LOCAL)
			CHECK_HAS(seen.principal, "local:");
	}
	served_fini(&s);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
}

static void
test_owner(void)
{
	check_caller(false, 1, NULL, SAID_LOCAL);
}

static void
test_child_of_host(void)
{
	check_caller(true, 1, NULL, SAID_ANONYMOUS);
}

static void
test_grandchild_of_host(void)
{
	check_caller(true, 3, NULL, SAID_ANONYMOUS);
}

/* Enters the namespace, and goes on in a child of it. */
static bool
new_pid_ns(void)
{
	pid_t pid;

	if (unshare(CLONE_NEWPID) != 0 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0)
		return false;
	pid = fork();
	if (pid > 0)
		_exit(wait_for(pid));
	return pid == 0;
}

static bool
new_user_ns(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}

static bool
other_uid(void)
{
	return geteuid() == 0 && setgid(65534) == 0 && setuid(65534) == 0;
}

static void
test_pid_ns(void)
{
	check_caller(false, 1, new_pid_ns, SAID_ANONYMOUS);
}

static void
test_user_ns(void)
{
	check_caller(false, 1, new_user_ns, SAID_ANONYMOUS);
}

static void
test_other_uid(void)
{
	check_caller(false, 1, other_uid, SAID_ANONYMOUS);
}

/* A token that comes over the socket is who that caller is. */
static void
test_token_wins(void)
{
	struct served s;
	struct client c;
	struct answer a;
	struct fake_seen seen;
	pid_t other = bystander();

	served_init(&s, false);
	s.cf.host_pid = other;
	if (serve(&s) && CHECK(client_open_unix(&c, s.socket))) {
		client_send(&c, "GET /api/runs HTTP/1.1\r\nHost: x\r\n\r\n");
		CHECK(client_recv(&c, &a));
		fake_seen(s.host, &seen);
		CHECK_HAS(seen.principal, "local:");
		CHECK_STR(seen.source, "unix");
		answer_fini(&a);
		client_send(&c, "GET /api/runs HTTP/1.1\r\nHost: x\r\n" AUTH
		    "\r\n");
		CHECK(client_recv(&c, &a));
		fake_seen(s.host, &seen);
		CHECK_STR(seen.principal, "user:alice");
		answer_fini(&a);
		client_send(&c, "GET /api/runs HTTP/1.1\r\nHost: x\r\n"
		    "Authorization: Bearer rh_old\r\n\r\n");
		CHECK(client_recv(&c, &a));
		CHECK_INT(a.status, 401);
		answer_fini(&a);
		client_close(&c);
	}
	served_fini(&s);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
}

/* The rule itself, as on older kernels, and for a process that is gone. */
static int
accept_one(int listener, bool dead)
{
	struct sockaddr_un sun;
	socklen_t len = sizeof sun;
	pid_t pid;
	int fd, sock;
	char c;

	getsockname(listener, (void *)&sun, &len);
	pid = fork();
	if (pid == 0) {
		sock = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(sock, (void *)&sun, len) == 0 && !dead)
			(void)!read(sock, &c, 1);
		_exit(0);
	}
	if (dead)
		waitpid(pid, NULL, 0);
	fd = accept(listener, NULL, NULL);
	return fd;
}

static void
check_rule(bool old_kernel, bool dead, bool want)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct peer_rule rule;
	struct err err;
	pid_t other = bystander();
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd;
	uid_t uid;

	snprintf(sun.sun_path, sizeof sun.sun_path, "%s/peer", unit_tmpdir());
	unlink(sun.sun_path);
	CHECK(bind(listener, (void *)&sun, sizeof sun) == 0 &&
	    listen(listener, 1) == 0);
	CHECK_OK(peer_rule_init(&rule, geteuid(), other, 0, &err), &err);
	rule.no_peerpidfd = old_kernel;
	fd = accept_one(listener, dead);
	CHECK_INT(peer_is_local(&rule, fd, &uid), want);
	close(fd);
	close(listener);
	while (!dead && wait(NULL) == other)
		continue;
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
}

static void
test_rule(void)
{
	check_rule(false, false, true);
	check_rule(true, false, true);
}

static void
test_rule_dead(void)
{
	check_rule(false, true, false);
	check_rule(true, true, false);
}

const struct unit_test http_peer_tests[] = {
	{ "the owner's process is local", test_owner },
	{ "a child of the host is nobody", test_child_of_host },
	{ "a child of its child is nobody", test_grandchild_of_host },
	{ "a process in another pid namespace is nobody", test_pid_ns },
	{ "a process in another user namespace is nobody", test_user_ns },
	{ "another user's process is nobody", test_other_uid },
	{ "a token wins over the kernel's word", test_token_wins },
	{ "the rule holds with and without SO_PEERPIDFD", test_rule },
	{ "a process that has ended is nobody", test_rule_dead },
	{ NULL, NULL },
};
