/*
 * Connections: until when the other end has to do what it is to do, and
 * who the kernel says it is.  A thread of its own cuts off the late ones:
 * libmicrohttpd's own time-out sees inactivity only, so that a byte a
 * second would live for ever.
 */
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

#include "base/err.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

struct conn {
	TAILQ_ENTRY(conn) link;
	int	fd;			/* libmicrohttpd's */
	_Atomic int64_t deadline_us;	/* of clock_real.boot_us; 0: none */
	_Atomic(const char *) late;	/* answer to half a request; or NULL */
	bool	left;			/* it looked so a tick ago */
	bool	local;			/* principal holds without a token */
	uid_t	uid;			/* of a local one */
	char	source[64];		/* "127.0.0.1", "unix" */
};

struct conns {
	pthread_t thread;
	bool	running;
	int	tick_ms;
	pthread_mutex_t lock;
	pthread_cond_t stop_cond;
	bool	stop;
	TAILQ_HEAD(, conn) all;
};

/* tick_ms: how late a cut may be. */
rh_status	conns_start(struct conns *, int tick_ms, struct err *);
void		conns_stop(struct conns *);	/* all must be removed */

struct conn	*conn_add(struct conns *, int fd, int deadline_ms);
/* Before its descriptor is closed. */
void		 conn_remove(struct conns *, struct conn *);

void		 conn_arm(struct conn *, int deadline_ms);
void		 conn_disarm(struct conn *);

/*
 * The rest of a request is on its way.  Who is late hears the answer, a
 * whole one that outlives the connection, or "", before the cut.
 */
void		 conn_await(struct conn *, const char *late);
/* It came, or won't.  False: it is cut off; nothing may come of it. */
bool		 conn_arrived(struct conn *);
/* Words past libmicrohttpd, for half a request. */
void		 conn_say(const struct conn *, const char *);

#endif
