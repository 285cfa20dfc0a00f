/*
 * What all open streams share: their table, the thread that watches their
 * sockets for departed clients, and their heartbeats.  Of this folder only.
 */
#ifndef STREAM_HUB_H
#define STREAM_HUB_H

#include "stream/stream.h"

#include <sys/queue.h>

/* A stream's place in the hub. */
struct hub_seat {
	TAILQ_ENTRY(hub_seat) beats;	/* by due_us */
	int64_t	due_us;
	uint32_t slot;
	int	fd;
	const char *principal;		/* whose it is */
};

enum hub_news { HUB_GONE, HUB_BEAT, HUB_END };

/* Called with the hub locked: must only signal. */
void	stream_news(struct hub_seat *, enum hub_news);

/* RH_EBUSY, RH_ESTREAMS, RH_EUNAVAIL.  From then on stream_news() may come. */
rh_status	hub_add(struct streams *, struct hub_seat *, int fd,
		    struct err *);
void		hub_remove(struct streams *, struct hub_seat *); /* no news after */
void		hub_release(struct streams *);	/* memory of one is freed */
struct host	*hub_host(struct streams *);

#endif
