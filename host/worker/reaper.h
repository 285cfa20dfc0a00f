/*
 * The first process of a worker's pid namespace.  It runs nothing of a
 * plugin: it waits, and says how the worker ended, because of a first
 * process the kernel wouldn't (its abort() looks like SIGSEGV, its stop is
 * ignored).  When it ends, everything in the namespace is killed first.
 */
#ifndef WORKER_REAPER_H
#define WORKER_REAPER_H

#include <signal.h>
#include <sys/types.h>

struct watch;

/*
 * status: an eventfd.  watch: of a trial; or NULL.  A worker that stops is
 * taken for one that ended: its si_code is CLD_STOPPED then.
 */
_Noreturn void	reaper_main(pid_t worker, int status, struct watch *);

/*
 * At the host: what the reaper said, if anything, in place of its own end.
 * Says the same once only.
 */
void		reaper_heard(int status, siginfo_t *);

#endif
