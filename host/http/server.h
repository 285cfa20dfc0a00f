/*
 * The inside of a struct http, for the files of this folder.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "http/conn.h"
#include "http/http.h"
#include "http/peer.h"

#include <pthread.h>
#include <stdatomic.h>

struct MHD_Daemon;
struct rate;
struct streams;

/* A listener and the threads behind it. */
struct door {
	struct http *http;
	struct MHD_Daemon *daemon;
	int	fd;		/* listening; -1: closed */
	bool	local;		/* the Unix socket */
	unsigned limit;		/* of connections; more are closed at once */
	_Atomic unsigned connections;
};

#define HTTP_CLASSES	6

enum { DOOR_TCP, DOOR_UNIX, DOORS };

struct http {
	struct http_config cf;	/* its texts are our own */
	struct host *host;
	struct registry *registry;
	struct streams *streams;
	struct rate *rate;
	struct peer_rule rule;
	struct conns conns;
	struct door doors[DOORS];
	uint16_t port;
	_Atomic int64_t answered[HTTP_CLASSES];	/* by the status' first digit */
	char	*tls_cert, *tls_key;	/* the texts; NULL: no TLS */
	char	*late, *too_big;	/* whole answers to half a request */

	pthread_mutex_t lock;		/* guards what follows */
	pthread_cond_t idle;
	size_t	calls;			/* on their way through the host */
	bool	stopping;
};

/* Counts a call; false: the server is stopping, make none. */
bool	http_enter(struct http *);
void	http_leave(struct http *);	/* its last touch of http */

#endif
