/*
 * A trial: which files a worker asks for is seen, so that the admin may hear
 * what it lacks.  A filter of its own has the kernel tell of each such call
 * to the reaper, which reads the path from the caller's memory, says it to
 * the host and lets the call go on: what it may is decided behind that, as
 * always, for memory may change meanwhile.  Only executing, where the plugin
 * has no right to it, is refused here, by the number of the call alone.
 */
#ifndef WORKER_WATCH_H
#define WORKER_WATCH_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sandbox;

/* What a call wants of a path. */
enum watch_kind {
	WATCH_LOOK,	/* to know what it is */
	WATCH_READ,
	WATCH_WRITE,
	WATCH_MAKE,	/* to write it, or to make it */
	WATCH_ADD,	/* to make it: nothing may be there */
	WATCH_TAKE,	/* to take it out of its directory */
	WATCH_PUT,	/* to put it there, instead of what was */
	WATCH_EXEC,
	WATCH_KINDS
};

#define WATCH_PATH_MAX	4096

/* One datagram a path, cut off behind it. */
struct watch_word {
	uint32_t kind;		/* enum watch_kind */
	char	path[WATCH_PATH_MAX];	/* absolute; not ended by a 0 */
};

/* Of one worker so many different ones are told. */
#define WATCH_WORDS_MAX	1000

/* A trial's worker: enters the filter.  Row of layer_table. */
rh_status	watch_enter(struct sandbox *, struct err *);

/* The reaper's end of it. */
struct watch {
	int	from;		/* where the worker says what to listen to */
	int	to;		/* the host */
	bool	children;	/* it may execute programs */
	int	listener;	/* -1: not heard of yet, or its end was */
	int	ended;		/* signals that a child has */
	size_t	count;		/* of what was said */
	uint64_t said[4 * WATCH_WORDS_MAX];	/* hashes; 0: free */
};

/* RH_EIO: it can't watch. */
rh_status	watch_open(struct watch *, int from, int to, bool children,
		    struct err *);
/* Until a child has ended. */
void		watch_serve(struct watch *);

#endif
