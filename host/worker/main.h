/*
 * The life of a worker process: confine itself, open its one plugin, say
 * hello, then run invocations one at a time in the order of their arrival.
 * The same loop serves a trusted plugin on a thread of the host.
 */
#ifndef WORKER_MAIN_H
#define WORKER_MAIN_H

#include "base/err.h"
#include "worker/spawner.h"

#include <stdbool.h>

struct sandbox;

/* In the new process; never returns. */
_Noreturn void	worker_main(struct sandbox *, int sock);
/* Tells the host why there won't be a worker, and ends. */
_Noreturn void	worker_refuse(const struct sandbox *, int sock,
		    const struct err *);

/*
 * In-process: serves the plugin of the sealed memfd on a thread of its own,
 * until the host's end of the channel, which goes to *chan, is shut or freed.
 * What the host sends is heard on the thread that sends it.  The bytes must
 * already have passed the check of digest and trust; HELLO or REFUSED says
 * what became of them.
 *
 * memfd stays the caller's and must stay open, for good: the loader knows
 * an object by the name that its number makes, so a number that is used
 * again for other bytes would give the old object.
 */
struct inproc;
struct channel;
struct inproc	*inproc_start(int memfd, const char *path,
		    struct channel **chan, struct err *);
/* Shuts the channel, so that the thread ends; whether it has. */
void		 inproc_close(struct inproc *);
bool		 inproc_ended(struct inproc *);
/*
 * Shuts the channel, frees inproc, and waits for its thread.  false when it
 * does not end within ms: then it is lost, and goes on unheard.  The host's
 * end may still be read.
 */
bool		 inproc_stop(struct inproc *, int64_t ms);

#endif
