/*
 * The newest events of a run that somebody listens to, read and rendered
 * once for all of its streams.  A stream that has fallen behind what is kept
 * reads pages of its own.  Of this folder only; all functions with the hub
 * locked, unless they say otherwise.
 */
#ifndef STREAM_TAIL_H
#define STREAM_TAIL_H

#include "base/buf.h"
#include "run/outcome.h"
#include "stream/hub.h"

#include <pthread.h>

/* In the hub's list of tails with news, under the lock of news. */
struct tail_link {
	TAILQ_ENTRY(tail_link) next;
	bool	listed;
};

struct tail {
	LIST_ENTRY(tail) bucket;
	struct tail_link link;
	struct streams *hub;
	struct hub_listeners listeners;
	struct watch *watch;
	int64_t	run_no;
	char	*run_id;

	bool	looked;		/* what follows was read from the ledger */
	int64_t	base, last;	/* text holds what comes after base, to last */
	enum run_state state;	/* of the run, when last was its newest */
	uint64_t version;	/* of the policy, before that was read */
	struct buf text;
	size_t	*ends;		/* of each frame in text */
	size_t	count, cap;

	pthread_mutex_t lock;	/* leaf; guards what follows */
	bool	stale;		/* there may be more in the ledger */
	bool	asking;
	bool	left;		/* by its last listener: freed when it landed */
	struct call *landed;
};

struct tail	*tail_new(struct streams *, int64_t run_no,
		    const char *run_id);
/* Nobody listens: frees it, or leaves that to the answer on its way. */
void		 tail_leave(struct tail *);

/* Reads on, if there is news; true: the listeners should look. */
bool		 tail_look(struct tail *);

enum tail_got {
	TAIL_MISSED,		/* it doesn't have what comes next */
	TAIL_NOTHING,		/* that was all, so far */
	TAIL_TOOK
};

/*
 * Adds the frames behind *seq to out, a good max bytes at most but one at
 * least, and moves *seq.
 */
enum tail_got	 tail_take(const struct tail *, int64_t *seq, size_t max,
		    struct buf *out);

#endif
