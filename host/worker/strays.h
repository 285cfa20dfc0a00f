/*
 * Processes that plugins forked and left behind.  They come to the host when
 * their parents end, because it is a child subreaper.
 */
#ifndef WORKER_STRAYS_H
#define WORKER_STRAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Kills and reaps all children of this process, and those that come to it
 * thereby.  For the end of a host, when its spawner and workers are gone.
 */
void	strays_end(void);

/*
 * The same while workers live: children of another session than the host's
 * that aren't spared (every worker leads a session, which what it forks
 * leaves for a new one or stays in).  How many there were; their own
 * children come to the host as they die, so to be called again until it
 * returns 0.  From the one thread that reaps workers.
 */
typedef bool (*strays_spare)(void *arg, pid_t pid, pid_t sid);
size_t	strays_end_but(strays_spare spare, void *arg);

#endif
