/*
 * The invocations of this process, queued or running, by handle: plugins
 * name them by nothing else.  A worker has a few, a host that runs trusted
 * plugins has those of all; the host never gives one handle to two of them.
 */
#ifndef WORKER_LIVE_H
#define WORKER_LIVE_H

#include <stdbool.h>
#include <stdint.h>

struct invocation;

/* Holds a reference from now on; false: the handle is in use. */
bool	live_add(struct invocation *);
void	live_remove(struct invocation *);	/* drops it; once */

/* With a reference that the caller drops; NULL: stale or never given. */
struct invocation *live_get(uint64_t handle);

#endif
