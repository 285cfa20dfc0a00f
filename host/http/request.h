/*
 * One HTTP request, from its first line to its answer.  Doors see it
 * through these functions and know nothing of libmicrohttpd.
 *
 * Its life: head → body → ask() makes a call → the connection is suspended
 * while the host has it → answer() spells the result.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "action/call.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "http/server.h"

#include <stdatomic.h>

struct MHD_Connection;
struct route;

struct request {
	struct arena arena;
	struct http *http;
	struct door *door;
	struct conn *conn;
	struct MHD_Connection *mhd;
	const struct route *route;	/* NULL: refused says why */
	const char *allow;	/* methods of the path, for a 405 */
	const char *param;	/* what stands for the path's {…}, or NULL */
	bool	is_head;
	bool	has_chunks;	/* we may write chunks to its socket */
	struct buf body;
	size_t	body_seen;	/* with what wasn't kept */
	struct err refused;	/* not RH_OK: answered so, without a call */
	struct caller caller;
	struct call *call;	/* NULL: none was needed, or none yet */
	atomic_int turn;
	void	*work;		/* the route's own, in the arena */
};

/* What a door wants sent. */
struct reply {
	int	http;		/* 0: 200 */
	const char *type;	/* NULL: application/json */
	struct buf body;
	struct feed *stream;	/* instead of body */
};

/* NULL when there is none; "" when it is empty. */
const char	*request_header(const struct request *, const char *name);
const char	*request_query(const struct request *, const char *name);

/* RH_EINPUT naming the first query parameter that isn't in the list. */
rh_status	request_only(const struct request *, const char *const names[],
		    struct err *);
/* A query parameter within [min, max]; absent: *out stays. */
rh_status	request_i64(const struct request *, const char *name,
		    int64_t min, int64_t max, int64_t *out, struct err *);
rh_status	request_bool(const struct request *, const char *name, bool *,
		    struct err *);

/*
 * A call of an action in the caller's name.  body is emptied.  When refused
 * isn't RH_OK the call carries that: the gate still asks first who calls
 * and what that caller may, so that nobody else learns what was wrong.
 */
struct call	*request_call(struct request *, const char *action,
		    struct buf *body, const struct err *refused);

/* Takes the Idempotency-Key header into the call. */
void		request_key(struct request *, struct call *);

#endif
