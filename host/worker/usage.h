/*
 * What a process and those below it have used.  The worker's pid may be that
 * of a reaper whose child is the plugin, so it is always the whole tree.
 */
#ifndef WORKER_USAGE_H
#define WORKER_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Time on processors of pid, of its descendants, and of those of them that
 * were waited for, in the system's ticks (10 ms).  One whose parent has left
 * the tree is not counted.  false: pid is gone.  In *files, how many it took
 * to look: one a process, and one a thread.
 */
bool	usage_cpu(pid_t pid, int64_t *us, size_t *files);

#endif
