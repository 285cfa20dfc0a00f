/*
 * A fork with flags.  glibc keeps its thread id in the word that the kernel
 * clears when the thread ends; fork() would renew it, and so does this.
 */
#ifndef WORKER_SPAWNER_CLONE_H
#define WORKER_SPAWNER_CLONE_H

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * CLONE_ flags, and the signal at the child's end, by clone(2): a seccomp
 * filter around the host may know that one only.  pidfd with CLONE_PIDFD.
 */
pid_t	clone_flags(unsigned long flags, int *pidfd);
/*
 * The same into a control group, an open directory, by clone3(2); -1 where
 * that may not be.  To move there later takes the kernel ten milliseconds.
 */
pid_t	clone_into(int group, unsigned long flags, int *pidfd);

#endif
