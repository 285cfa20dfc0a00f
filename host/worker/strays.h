/*
 * Processes that plugins forked and left behind.  They come to the host when
 * their parents end, because it is a child subreaper.
 */
#ifndef WORKER_STRAYS_H
#define WORKER_STRAYS_H

/*
 * Kills and reaps all children of this process, and those that come to it
 * thereby.  For the end of a host, when its spawner and workers are gone.
 */
void	strays_end(void);

#endif
