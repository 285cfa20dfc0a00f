/*
 * The host's side of the spawner: starts it, asks it for workers, starts it
 * again when it has died.
 */
#include "worker/spawner.h"

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
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPLY_SECONDS	3	/* a spawner that is silent longer is replaced */

struct spawner {
	int	exe;		/* O_PATH: the binary that runs now */
	int	sock;		/* control; -1: none */
	pid_t	pid;		/* 0: none */
	bool	greeted;	/* it said that it is there */
	bool	by_main;	/* made by a thread that lives as long as we */
	uint32_t slot;		/* of the next worker; wraps after 2^32 */
};

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

/* Ends and reaps the spawner; it holds nothing that could be lost. */
static void
end_spawner(struct spawner *s)
{
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

static int
recv_reply(struct spawner *s, struct spawn_reply *reply, int *pidfd)
{
	size_t n = 1;

	*pidfd = -1;
	if (spawn_recv(s->sock, reply, sizeof *reply, sizeof *reply, pidfd,
	    &n) < 0)
		return -1;
	if (reply->magic == SPAWN_MAGIC)
		return 0;
	if (n > 0)
		close(*pidfd);
	*pidfd = -1;
	errno = EPROTO;
	return -1;
}

static int
await_greeting(struct spawner *s)
{
	struct spawn_reply ready;
	int none;

	if (!s->greeted && recv_reply(s, &ready, &none) != 0)
		return -1;
	s->greeted = true;
	return 0;
}

static rh_status
begin_spawner(struct spawner *s, struct err *err)
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
	end_spawner(s);
	return RH_EIO;
}

rh_status
spawner_wait(struct spawner *s, struct err *err)
{
	if (await_greeting(s) == 0)
		return RH_OK;
	err_errno(err, RH_EIO, "starting the spawner");
	end_spawner(s);
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
	if (begin_spawner(s, err) == RH_OK)
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
	end_spawner(s);
	if (s->exe >= 0)
		close(s->exe);
	free(s);
}

pid_t
spawner_pid(const struct spawner *s)
{
	return s->pid;
}

/* The ends of the host go to p, those of the worker to fds. */
static int
make_ends(struct worker_proc *p, bool trial, int fds[SPAWN_FDS])
{
	int sock[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };
	int seen[2] = { -1, -1 }, status = -1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock) != 0 ||
	    pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
		goto out;
	if (fcntl(sock[0], F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(out[0], F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(err[0], F_SETFL, O_NONBLOCK) != 0)
		goto out;
	if (trial && (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    seen) != 0 || fcntl(seen[0], F_SETFL, O_NONBLOCK) != 0))
		goto out;
	status = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
out:
	*p = (struct worker_proc){
		.pidfd = -1, .sock = sock[0], .out = out[0], .err = err[0],
		.status = status, .seen = seen[0],
	};
	fds[SPAWN_SOCK] = sock[1];
	fds[SPAWN_OUT] = out[1];
	fds[SPAWN_ERR] = err[1];
	fds[SPAWN_STATUS] = status;	/* the same at both ends */
	fds[SPAWN_SEEN] = trial ? seen[1] : status;
	return status < 0 ? -1 : 0;
}

static void
close_some(const int *fds, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* One request and its answer; -1 when the spawner is of no use. */
static int
ask(struct spawner *s, struct spawn_request *req, const int *fds, size_t n,
    struct spawn_reply *reply, int *pidfd)
{
	if (s->sock < 0 || await_greeting(s) != 0)
		return -1;
	req->die_with_host = s->by_main;
	req->slot = s->slot++;
	if (spawn_send(s->sock, req, SPAWN_REQUEST_MIN + req->profile_len,
	    fds, n) != 0)
		return -1;
	return recv_reply(s, reply, pidfd);
}

static rh_status
ask_twice(struct spawner *s, struct spawn_request *req, const int *fds,
    size_t n, struct worker_proc *p, struct err *err)
{
	struct spawn_reply reply;
	rh_status rc;

	if (ask(s, req, fds, n, &reply, &p->pidfd) != 0) {
		end_spawner(s);
		if ((rc = begin_spawner(s, err)) != RH_OK)
			return rc;
		if (ask(s, req, fds, n, &reply, &p->pidfd) != 0) {
			end_spawner(s);
			return err_set(err, RH_EUNAVAIL,
			    "the spawner died twice over one worker");
		}
	}
	errno = reply.error;
	if (reply.error != 0)
		return err_errno(err, RH_EIO, "making a worker");
	p->pid = (pid_t)reply.pid;
	return RH_OK;
}

static rh_status
fill_request(struct spawn_request *req, const struct worker_spec *spec,
    struct err *err)
{
	struct buf b = { 0 };
	rh_status rc = profile_pack(&spec->profile, &b, err);

	if (rc == RH_OK) {
		req->magic = SPAWN_MAGIC;
		snprintf(req->path, sizeof req->path, "%s",
		    spec->path != NULL ? spec->path : "");
		req->has_paths = spec->profile.path_count > 0;
		req->has_children = spec->profile.children ||
		    spec->profile.trial;
		req->profile_len = (uint32_t)b.len;
		memcpy(req->profile, b.p, b.len);
	}
	buf_fini(&b);
	return rc;
}

rh_status
spawner_spawn(struct spawner *s, const struct worker_spec *spec,
    struct worker_proc *p, struct err *err)
{
	struct spawn_request req;
	size_t n = spec->memfd >= 0 ? SPAWN_FDS : SPAWN_MEMFD;
	int fds[SPAWN_FDS];
	rh_status rc;

	if ((rc = fill_request(&req, spec, err)) != RH_OK)
		return rc;
	if (make_ends(p, spec->profile.trial, fds) != 0)
		rc = err_errno(err, RH_EIO, "making a worker's socket");
	else {
		fds[SPAWN_MEMFD] = spec->memfd;
		rc = ask_twice(s, &req, fds, n, p, err);
	}
	close_some(fds, SPAWN_STATUS);	/* the object stays the caller's */
	if (spec->profile.trial)
		close_some(&fds[SPAWN_SEEN], 1);
	if (rc != RH_OK)
		close_some((int[]){ p->pidfd, p->sock, p->out, p->err,
		    p->status, p->seen }, 6);
	return rc;
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
