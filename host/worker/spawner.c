/*
 * The host's side of the spawner: starts it and ends it; and how a worker
 * ended.
 */
#include "worker/spawner_part.h"

#include "base/mem.h"
#include "worker/reaper.h"
#include "worker/spawner_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPLY_SECONDS	3	/* a spawner that is silent longer is replaced */

/* In the child of a process that may have threads: system calls only. */
static _Noreturn void
become_spawner(int exe, int sock)
{
	char *argv[] = { "runhost", SPAWNER_ARG, NULL };
	char *envp[] = { NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		_exit(126);
	/* dup2() onto itself would leave it close-on-exec. */
	if (sock == SPAWN_FD)
		fcntl(sock, F_SETFD, 0);
	else if (exe == SPAWN_FD)
		exe = fcntl(exe, F_DUPFD_CLOEXEC, SPAWN_FD + 1);
	if (sock != SPAWN_FD && dup2(sock, SPAWN_FD) < 0)
		_exit(126);
	if (close_range(SPAWN_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
		_exit(126);
	execveat(exe, "", argv, envp, AT_EMPTY_PATH);
	_exit(127);
}

static pid_t
fork_spawner(int exe, int sock)
{
	sigset_t all, before;
	pid_t pid;

	/* No handler of the host may run in the child. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		become_spawner(exe, sock);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid;
}

void
spawner_end(struct spawner *s)
{
	ahead_drop(s);
	if (s->sock >= 0)
		close(s->sock);
	s->sock = -1;
	if (s->pid == 0)
		return;
	kill(s->pid, SIGKILL);
	while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	s->pid = 0;
}

rh_status
spawner_begin(struct spawner *s, struct err *err)
{
	struct timeval limit = { .tv_sec = REPLY_SECONDS };
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) != 0)
		return err_errno(err, RH_EIO, "making the spawner's socket");
	s->sock = sv[0];
	setsockopt(s->sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	s->by_main = gettid() == getpid();
	s->greeted = false;
	s->pid = fork_spawner(s->exe, sv[1]);
	close(sv[1]);
	if (s->pid >= 0)
		return RH_OK;
	s->pid = 0;
	err_errno(err, RH_EIO, "forking the spawner");
	spawner_end(s);
	return RH_EIO;
}

rh_status
spawner_wait(struct spawner *s, struct err *err)
{
	if (spawner_greeted(s) == 0)
		return RH_OK;
	err_errno(err, RH_EIO, "starting the spawner");
	spawner_end(s);
	return RH_EIO;
}

struct spawner *
spawner_start(struct err *err)
{
	struct spawner *s = mem_zalloc(sizeof *s);

	s->sock = -1;
	/* Two hosts on a machine should not begin with the same. */
	s->slot = (uint32_t)getpid() << 12;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
		err_errno(err, RH_EIO, "becoming a child subreaper");
		s->exe = -1;
		goto fail;
	}
	s->exe = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	if (s->exe < 0) {
		err_errno(err, RH_EIO, "opening /proc/self/exe");
		goto fail;
	}
	if (spawner_begin(s, err) == RH_OK)
		return s;

fail:
	spawner_stop(s);
	return NULL;
}

void
spawner_stop(struct spawner *s)
{
	if (s == NULL)
		return;
	spawner_end(s);
	if (s->exe >= 0)
		close(s->exe);
	buf_fini(&s->like);
	free(s);
}

pid_t
spawner_pid(const struct spawner *s)
{
	return s->pid;
}

static bool
is_crash(int sig)
{
	static const int crashes[] = {
		SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS,
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(crashes); i++)
		if (crashes[i] == sig)
			return true;
	return false;
}

bool
worker_reap(int pidfd, int status, siginfo_t *info, struct rusage *used)
{
	memset(info, 0, sizeof *info);
	memset(used, 0, sizeof *used);
	/* The C library's has no place for what was used. */
	if (syscall(SYS_waitid, P_PIDFD, pidfd, info, WEXITED | WNOHANG,
	    used) == 0 && info->si_pid == 0)
		return false;
	reaper_heard(status, info);
	return true;
}

const char *
worker_end_text(int code, int status, char out[48])
{
	const char *name, *how;

	if (code == CLD_EXITED) {
		snprintf(out, 48, "exited %d", status);
		return out;
	}
	how = code == CLD_STOPPED ? "stopped" :
	    is_crash(status) ? "crashed" : "killed";
	name = sigabbrev_np(status);
	if (name != NULL)
		snprintf(out, 48, "%s SIG%s", how, name);
	else
		snprintf(out, 48, "%s signal %d", how, status);
	return out;
}
