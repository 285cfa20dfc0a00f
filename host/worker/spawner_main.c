/*
 * The spawner process: waits for a request, makes a worker, answers.  Has
 * one thread and no memory of what it did; ends when the host does.
 */
#include "base/arena.h"
#include "worker/main.h"
#include "worker/spawner.h"
#include "worker/spawner_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WORKER_SOCK	3	/* descriptors of a worker */
#define WORKER_MEMFD	4
#define SCRATCH_FD	16	/* above all that may be in use here */

/*
 * A fork whose child is the host's.  glibc keeps its thread id in the word
 * that the kernel clears when the thread ends; fork() would renew it.
 */
static pid_t
clone_worker(int *pidfd)
{
	struct clone_args args = { .flags = CLONE_PARENT | CLONE_PIDFD };
	int *tid = NULL;

	if (prctl(PR_GET_TID_ADDRESS, &tid, 0, 0, 0) == 0 && tid != NULL) {
		args.flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
		args.child_tid = (uint64_t)(uintptr_t)tid;
	}
	args.pidfd = (uint64_t)(uintptr_t)pidfd;
	return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

/* Puts the descriptors where a worker has them and forgets all others. */
static bool
place_fds(int fds[SPAWN_FDS], bool has_memfd)
{
	static const int places[SPAWN_FDS] = {
		[SPAWN_SOCK] = WORKER_SOCK, [SPAWN_OUT] = STDOUT_FILENO,
		[SPAWN_ERR] = STDERR_FILENO, [SPAWN_MEMFD] = WORKER_MEMFD,
	};
	int i, n = has_memfd ? SPAWN_FDS : SPAWN_MEMFD;

	for (i = 0; i < n; i++)
		if ((fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, SCRATCH_FD)) < 0)
			return false;
	for (i = 0; i < n; i++)
		if (dup3(fds[i], places[i],
		    places[i] > STDERR_FILENO ? O_CLOEXEC : 0) < 0)
			return false;
	return close_range(has_memfd ? WORKER_MEMFD + 1 : WORKER_SOCK + 1,
	    ~0U, 0) == 0;
}

static _Noreturn void
become_worker(struct spawn_request *req, int fds[SPAWN_FDS], bool has_memfd)
{
	struct worker_spec spec = {
		.memfd = has_memfd ? WORKER_MEMFD : -1, .path = req->path,
	};
	struct arena arena = { 0 };
	struct err err;

	if (req->die_with_host)
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (!place_fds(fds, has_memfd) || profile_unpack(
	    (struct str){ req->profile, req->profile_len }, &arena,
	    &spec.profile, &err) != RH_OK)
		_exit(126);
	worker_main(&spec, WORKER_SOCK);
}

static int
serve_request(int control)
{
	struct spawn_reply reply = { .magic = SPAWN_MAGIC };
	struct spawn_request req;
	int fds[SPAWN_FDS], pidfd = -1, len;
	size_t i, n = SPAWN_FDS;
	bool sound;
	pid_t pid;

	len = spawn_recv(control, &req, SPAWN_REQUEST_MIN, sizeof req, fds,
	    &n);
	if (len < 0)
		return -1;
	req.path[sizeof req.path - 1] = '\0';
	sound = req.magic == SPAWN_MAGIC && n >= SPAWN_MEMFD &&
	    (size_t)len == SPAWN_REQUEST_MIN + req.profile_len;
	if (sound) {
		pid = clone_worker(&pidfd);
		if (pid == 0)
			become_worker(&req, fds, n == SPAWN_FDS);
		reply.error = pid < 0 ? errno : 0;
		reply.pid = pid;
	}
	for (i = 0; i < n; i++)
		close(fds[i]);
	if (sound && spawn_send(control, &reply, sizeof reply, &pidfd,
	    pidfd >= 0) != 0)
		sound = false;
	if (pidfd >= 0)
		close(pidfd);
	return sound ? 0 : -1;
}

int
spawner_main(int control)
{
	/* The host ends us; what is meant for it alone reaches us as well. */
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct spawn_reply ready = { .magic = SPAWN_MAGIC };
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_NAME, "runhost-spawner", 0, 0, 0);
	close_range((unsigned)control + 1, ~0U, 0);
	if (spawn_send(control, &ready, sizeof ready, NULL, 0) != 0)
		return 1;
	while (serve_request(control) == 0)
		continue;
	return 0;
}
