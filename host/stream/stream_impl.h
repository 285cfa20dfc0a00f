/*
 * The inside of a stream, for the files of this folder.
 */
#ifndef STREAM_STREAM_IMPL_H
#define STREAM_STREAM_IMPL_H

#include "base/arena.h"
#include "base/buf.h"
#include "store/store_run.h"
#include "stream/hub.h"

#include <pthread.h>

#define FRAMES_BYTES	32768	/* rendered at a time, but for the last event */

struct stream {
	uint32_t magic;
	struct streams *hub;
	struct hub_seat seat;
	struct tail *tail;
	char	*run_id;
	void	(*resume)(void *);
	void	*arg;

	/* of the reading thread: the door's, or the hub's while it pumps */
	struct arena arena;	/* of the caller's texts */
	struct caller caller;
	int64_t	seq;		/* last one shown */
	int64_t	last_seq;	/* of the run, when it was looked at last */
	enum run_state state;	/* likewise */
	int64_t	asked_us;	/* when the caller's right was asked for */
	uint64_t version;	/* of the policy then; 0: not yet */
	size_t	rows;		/* to ask for */
	bool	more;		/* the page had more */
	struct buf out;
	size_t	out_at;
	bool	over;		/* the last words are in out */

	/* of the hub's thread */
	struct buf rest;	/* of a chunk that the socket didn't take */
	size_t	rest_at;
	int64_t	stuck_us;	/* since when; 0: it isn't */

	pthread_mutex_t lock;	/* guards what follows */
	struct call *landed;	/* a page that was answered */
	bool	asking;		/* one is on its way */
	bool	parked;
	bool	pumped;		/* the hub's thread reads and writes */
	bool	fresh;		/* there may be more to read */
	bool	beat;
	bool	gone;
	bool	ended;
	bool	closed;
};

struct stream	*stream_cast(struct hub_seat *);
/* STREAM_DATA: there is something in out behind out_at. */
enum stream_got	stream_more(struct stream *);

#endif
