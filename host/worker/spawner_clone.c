#include "worker/spawner_clone.h"

#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

pid_t
clone_flags(unsigned long flags, int *pidfd)
{
	int *tid = NULL;

	if (prctl(PR_GET_TID_ADDRESS, &tid, 0, 0, 0) == 0 && tid != NULL)
		flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
#if defined(__x86_64__)
	return (pid_t)syscall(SYS_clone, flags, NULL, pidfd, tid, 0);
#else
	return (pid_t)syscall(SYS_clone, flags, NULL, pidfd, 0, tid);
#endif
}
