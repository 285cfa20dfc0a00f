/*
 * What all open streams share: their table, the thread that watches their
 * sockets and writes to them, heartbeats, and the tails of the runs that
 * are listened to.  Of this folder only.
 *
 * Locks, in the order in which they may be taken: the hub's, a stream's,
 * the hub's list of news.
 */
#ifndef STREAM_HUB_H
#define STREAM_HUB_H

#include "stream/stream.h"

#include <sys/queue.h>

struct tail;

/* A stream's place in the hub. */
struct hub_seat {
	TAILQ_ENTRY(hub_seat) beats;	/* by due_us */
	int64_t	due_us;
	uint32_t slot;
	int	fd;
	const char *principal;		/* whose it is */
	LIST_ENTRY(hub_seat) listeners;	/* of its tail */
	TAILQ_ENTRY(hub_seat) ready;	/* under the lock of news */
	bool	is_ready;
};
LIST_HEAD(hub_listeners, hub_seat);

enum hub_news { HUB_GONE, HUB_ROOM, HUB_BEAT, HUB_END, HUB_EVENTS };

/* Called with the hub locked: must only signal. */
void	stream_news(struct hub_seat *, enum hub_news);
/* On the hub's thread, unlocked, after hub_ready(). */
void	stream_pump(struct hub_seat *);

/* RH_EBUSY, RH_ESTREAMS, RH_EUNAVAIL.  From then on stream_news() may come. */
rh_status	hub_add(struct streams *, struct hub_seat *, int fd,
		    struct err *);
void		hub_remove(struct streams *, struct hub_seat *); /* no news after */
void		hub_release(struct streams *);	/* what it added or made is freed */
struct host	*hub_host(struct streams *);

/* stream_pump() will be called, soon and once.  False: the hub has ended. */
bool		hub_ready(struct streams *, struct hub_seat *);

/*
 * The tail of a run: found or made, with this listener, who is told
 * HUB_EVENTS whenever there is something new.
 */
struct tail	*hub_listen(struct streams *, struct hub_seat *,
		    int64_t run_no, const char *run_id);
void		hub_leave(struct streams *, struct hub_seat *, struct tail *);

/* A tail has news: the hub's thread is to look at it.  Any thread. */
struct tail_link;
void		hub_dirty(struct streams *, struct tail_link *);
void		hub_clean(struct streams *, struct tail_link *); /* not any more */

void		hub_lock(struct streams *);
void		hub_unlock(struct streams *);

#endif
