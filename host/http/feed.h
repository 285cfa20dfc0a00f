/*
 * A stream of events as the body of an answer.
 */
#ifndef HTTP_FEED_H
#define HTTP_FEED_H

#include "http/request.h"

struct feed;
struct MHD_Response;

/*
 * From the first page, r->call, which is taken over.  after: sequence of
 * the last event that the client has.
 */
rh_status	feed_open(struct request *, const char *run_id, int64_t after,
		    struct feed **, struct err *);

/* Takes the stream; NULL: it is closed. */
struct MHD_Response *feed_response(struct feed *);

#endif
