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

/* In the new process; never returns. */
_Noreturn void	worker_main(const struct worker_spec *, int sock);

/*
 * In-process: serves the plugin of the sealed memfd over the worker end of
 * a socket pair, on two threads of its own, until the host's end closes.
 * Takes over sock.  The bytes must already have passed the check of digest
 * and trust; HELLO or REFUSED says what became of them.
 *
 * memfd stays the caller's and must stay open, for good: the loader knows
 * an object by the name that its number makes, so a number that is used
 * again for other bytes would give the old object.
 */
struct inproc;
struct inproc	*inproc_start(int memfd, const char *path, int sock,
		    struct err *);
/* Closes its socket, so that its threads end; whether they have. */
void		 inproc_close(struct inproc *);
bool		 inproc_ended(struct inproc *);
/*
 * Closes the socket, frees inproc, and waits for its threads.  false when
 * one does not end within ms: then it is lost, and goes on unheard.
 */
bool		 inproc_stop(struct inproc *, int64_t ms);

#endif
