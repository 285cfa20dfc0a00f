/*
 * The inside of the hub: hub.c has its thread, hub_seats.c who may have a
 * place, hub_news.c what is to be written or looked at next.
 */
#ifndef STREAM_HUB_IMPL_H
#define STREAM_HUB_IMPL_H

#include "base/wake.h"
#include "stream/hub.h"
#include "stream/tail.h"

#include <pthread.h>

#define BUCKETS		256

TAILQ_HEAD(hub_seats, hub_seat);
TAILQ_HEAD(tail_links, tail_link);
LIST_HEAD(tails, tail);

struct slot {
	uint32_t generation;
	struct hub_seat *seat;
};

struct streams {
	struct host *host;
	int64_t	heartbeat_us;
	pthread_t thread;
	bool	running;
	int	epoll_fd;
	struct wake wake;

	pthread_mutex_t lock;		/* guards what follows */
	struct slot *slots;
	size_t	max, count;
	size_t	max_each;		/* of a principal; 0: no limit */
	struct hub_seats beats;
	struct tails tails[BUCKETS];	/* by the run's number */
	bool	ended;

	pthread_mutex_t news_lock;	/* leaf; guards what follows */
	pthread_cond_t released;
	size_t	memory;			/* streams and tails not yet freed */
	struct hub_seats ready;		/* to be pumped */
	size_t	ready_count;
	struct tail_links dirty;
	bool	closed;			/* nothing is pumped any more */
};

/* hub_news.c; locked: the lock of news is held. */
void		hub_ready_take(struct streams *, struct hub_seat *); /* locked */
struct hub_seat	*hub_next_ready(struct streams *);
struct tail	*hub_next_dirty(struct streams *);
size_t		hub_count_ready(struct streams *);
bool		hub_has_news(struct streams *);
void		hub_hold(struct streams *);	/* hub_release() ends it */

#endif
