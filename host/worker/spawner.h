/*
 * Makes worker processes.  A small single-threaded process, this binary
 * exec'ed with an empty environment before the host has threads, sockets or
 * the database; it holds nothing but its control socket.  Workers are made
 * with CLONE_PARENT, so that they are the host's children.
 */
#ifndef WORKER_SPAWNER_H
#define WORKER_SPAWNER_H

#include "base/err.h"
#include "worker/profile.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct spawner;

/*
 * Starts the spawner: /proc/self/exe, opened by descriptor, with argv
 * { "runhost", SPAWNER_ARG }.  Call while the process has one thread.
 * The host also becomes a child subreaper here.  It loads beside the caller;
 * who wants to know that it could, waits.
 */
#define SPAWNER_ARG	"--spawner"
struct spawner	*spawner_start(struct err *);
rh_status	 spawner_wait(struct spawner *, struct err *);
void		 spawner_stop(struct spawner *);	/* ends and reaps it; NULL is fine */
pid_t		 spawner_pid(const struct spawner *);
/* Whether it is the spawner, or a worker that nobody has asked for yet. */
bool		 spawner_owns(struct spawner *, pid_t);

struct worker_spec {
	int	memfd;		/* the sealed object; -1: none */
	int	group;		/* of worker/cgroup.h, to join; 0: none */
	const char *path;	/* for messages only */
	struct worker_profile profile;	/* its lists stay the caller's */
};

struct worker_proc {
	/* The worker, or the reaper in front of it, which ends when it does. */
	pid_t	pid;
	int	pidfd;		/* readable when it has ended; the caller closes */
	int	sock;		/* the host's end, SEQPACKET, non-blocking */
	int	out;		/* its standard output, non-blocking pipe */
	int	err;		/* its standard error, non-blocking pipe */
	int	status;		/* for worker_reap() */
	int	seen;		/* words of a trial, worker/watch.h; or -1 */
};

/*
 * Makes a worker, or takes the one that was made ahead and is like it.  Any
 * one thread at a time.  A dead spawner is started again once.  RH_EIO,
 * RH_EUNAVAIL.  memfd stays the caller's.
 *
 * A worker ends when its socket closes.  One made by a spawner that the main
 * thread started is also killed by the kernel when the host dies; the kernel
 * ties that to the thread that forked, so another thread's gets no such knot.
 */
rh_status	spawner_spawn(struct spawner *, const struct worker_spec *,
		    struct worker_proc *, struct err *);

/* main() of the binary when it is the spawner. */
int		spawner_main(int control_fd);

/*
 * Reaps a worker if it has ended, and says how, and what it and its children
 * used; false: it lives.  What a reaper said of it counts.
 */
struct rusage;
bool		worker_reap(int pidfd, int status, siginfo_t *,
		    struct rusage *);

/*
 * How a reaped child ended: "exited 3", "crashed SIGSEGV", "killed SIGKILL",
 * "stopped SIGSTOP" (and killed for it).
 * out has at least 48 bytes.  code and status as of waitid: si_code, si_status.
 */
const char	*worker_end_text(int code, int status, char out[48]);

#endif
