/*
 * The spawner process: waits for a request, makes a worker, answers.  Has
 * one thread and no memory of what it did; ends when the host does.  What is
 * the same for all workers of their sandbox it enters itself, once.
 */
#include "base/arena.h"
#include "worker/cgroup.h"
#include "worker/main.h"
#include "worker/reaper.h"
#include "worker/sandbox.h"
#include "worker/sandbox_calls.h"
#include "worker/spawner.h"
#include "worker/spawner_clone.h"
#include "worker/spawner_wire.h"
#include "worker/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define WORKER_SOCK	3	/* descriptors of a worker */
#define WORKER_MEMFD	4		/* that it is given later */
#define STATUS_FD	5	/* of its reaper; the worker closes it */
#define TREE_FD		6	/* for a worker that gets files of the host's */
#define RULES_FD	7	/* Landlock's, for one that gets none */
#define SEEN_FD		8	/* of the reaper; a trial's only */
#define WATCH_FD	9
#define SCRATCH_FD	16	/* above all that may be in use here */

/* Puts the descriptors where a worker has them and forgets all others. */
static bool
place_fds(int fds[SPAWN_FDS])
{
	static const int places[SPAWN_FDS] = {
		[SPAWN_SOCK] = WORKER_SOCK, [SPAWN_OUT] = STDOUT_FILENO,
		[SPAWN_ERR] = STDERR_FILENO, [SPAWN_STATUS] = STATUS_FD,
		[SPAWN_SEEN] = SEEN_FD,
		[SPAWN_GROUP] = SEEN_FD + 1,	/* it is in it: closed below */
	};
	int i;

	for (i = 0; i < SPAWN_FDS; i++)
		if ((fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, SCRATCH_FD)) < 0)
			return false;
	close(WORKER_MEMFD);
	for (i = 0; i < SPAWN_FDS; i++)
		if (dup3(fds[i], places[i],
		    places[i] > STDERR_FILENO ? O_CLOEXEC : 0) < 0)
			return false;
	return close_range(SEEN_FD + 1, ~0U, 0) == 0;
}

/* In the worker: its own three, the socket, and its grants. */
static _Noreturn void
become_worker(struct sandbox *sb)
{
	close(STATUS_FD);
	close(TREE_FD);
	close(SEEN_FD);
	sb->tree = -1;
	worker_main(sb, WORKER_SOCK);
}

/* What a worker on trial tells its reaper goes from the second to the first. */
static bool
join_trial(struct sandbox *sb, int ends[2])
{
	ends[0] = ends[1] = -1;
	if (sb->spec->profile.trial && sb->pid_ns && socketpair(AF_UNIX,
	    SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return false;
	sb->watch = ends[1];
	return true;
}

static _Noreturn void
become_reaper(const struct sandbox *sb, pid_t worker, int from)
{
	static struct watch watch;
	struct err err;

	if (from < 0)
		reaper_main(worker, STATUS_FD, NULL);
	if ((from != WATCH_FD && dup3(from, WATCH_FD, O_CLOEXEC) < 0) ||
	    close_range(WATCH_FD + 1, ~0U, 0) != 0 ||
	    watch_open(&watch, WATCH_FD, SEEN_FD, sb->spec->profile.children,
	    &err) != RH_OK)
		_exit(126);
	close(TREE_FD);
	close(RULES_FD);
	reaper_main(worker, STATUS_FD, &watch);
}

/* The worker, or the reaper in front of it. */
static _Noreturn void
become_first(struct sandbox *sb, struct spawn_request *req,
    int fds[SPAWN_FDS])
{
	struct worker_spec spec = { .memfd = -1 };
	struct arena arena = { 0 };
	struct err err = { 0 };
	int ends[2];
	pid_t pid;

	if (req->die_with_host)
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (req->has_group && sb->group != 0)
		sb->group = cgroup_join(fds[SPAWN_GROUP]);
	if (!place_fds(fds) || profile_unpack(
	    (struct str){ req->profile, req->profile_len }, &arena,
	    &spec.profile, &err) != RH_OK)
		_exit(126);
	sb->spec = &spec;
	sb->slot = req->slot;
	sb->die_with_parent = req->die_with_host;
	if (sandbox_first(sb, &err) != RH_OK)
		worker_refuse(sb, WORKER_SOCK, &err);
	if (!sb->pid_ns)
		become_worker(sb);
	setsid();		/* not of the host's: see strays.h */
	if (!join_trial(sb, ends))
		_exit(126);
	pid = clone_flags(SIGCHLD, NULL);
	if (pid == 0) {
		if (ends[0] >= 0)
			close(ends[0]);
		become_worker(sb);
	}
	if (pid < 0)
		_exit(126);
	become_reaper(sb, pid, ends[0]);
}

/* A worker whose root gets more than the common one makes it from all. */
static unsigned long
flags_for(const struct sandbox *sb, const struct spawn_request *req)
{
	unsigned long flags = CLONE_PARENT | CLONE_PIDFD;

	if (sb->pid_ns)
		flags |= CLONE_NEWPID;
	if (sb->own_root && !req->has_paths)
		flags |= CLONE_NEWNS;
	return flags;
}

/* Into its control group, or it goes there itself. */
static pid_t
make_first(struct sandbox *sb, const struct spawn_request *req,
    const int fds[SPAWN_FDS], int *pidfd)
{
	unsigned long flags = flags_for(sb, req);
	pid_t pid = -1;

	sb->group = 0;
	if (req->has_group)
		pid = clone_into(fds[SPAWN_GROUP], flags, pidfd);
	if (pid >= 0)
		return pid;
	sb->group = -1;
	return clone_flags(flags, pidfd);
}

static int
serve_request(struct sandbox *sb, int control)
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
	sound = req.magic == SPAWN_MAGIC && n == SPAWN_FDS &&
	    (size_t)len == SPAWN_REQUEST_MIN + req.profile_len;
	if (sound) {
		if (req.has_paths || req.has_children)
			calls_compile(sb, true);
		pid = make_first(sb, &req, fds, &pidfd);
		if (pid == 0)
			become_first(sb, &req, fds);
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

/* Where become_first() leaves them. */
static void
keep(int *fd, int place)
{
	if (*fd < 0 || *fd == place)
		return;
	dup3(*fd, place, O_CLOEXEC);
	close(*fd);
	*fd = place;
}

int
spawner_main(int control)
{
	struct spawn_reply ready = { .magic = SPAWN_MAGIC };
	static struct sandbox sb;
	sigset_t all;

	/* The host ends us; what is meant for it alone reaches us as well. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_NAME, "runhost-spawner", 0, 0, 0);
	close_range((unsigned)control + 1, ~0U, 0);
	sandbox_prepare(&sb);
	/* The lower one first: the other may be in its place. */
	if (sb.rules == TREE_FD)
		keep(&sb.rules, RULES_FD);
	keep(&sb.tree, TREE_FD);
	keep(&sb.rules, RULES_FD);
	if (spawn_send(control, &ready, sizeof ready, NULL, 0) != 0)
		return 1;
	while (serve_request(&sb, control) == 0)
		continue;
	return 0;
}
