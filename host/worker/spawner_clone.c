/*
 * By the system call, for there is no function with these flags.
 */
#include "worker/spawner_clone.h"

#include <linux/sched.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The word, if there is one, is to be used. */
static int *
thread_id(unsigned long *flags)
{
	int *tid = NULL;

	if (prctl(PR_GET_TID_ADDRESS, &tid, 0, 0, 0) == 0 && tid != NULL)
		*flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
	return tid;
}

pid_t
clone_flags(unsigned long flags, int *pidfd)
{
	int *tid = thread_id(&flags);

#if defined(__x86_64__)
	return (pid_t)syscall(SYS_clone, flags, NULL, pidfd, tid, 0);
#else
	return (pid_t)syscall(SYS_clone, flags, NULL, pidfd, 0, tid);
#endif
}

pid_t
clone_into(int group, unsigned long flags, int *pidfd)
{
	int *tid = thread_id(&flags);
	struct clone_args args = {
		.flags = (flags & ~(unsigned long)CSIGNAL) | CLONE_INTO_CGROUP,
		.pidfd = (uintptr_t)pidfd, .child_tid = (uintptr_t)tid,
		.exit_signal = flags & CSIGNAL, .cgroup = (uint64_t)group,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}
