/*
 * A stream of events as the body of an answer.
 */
#ifndef HTTP_SSE_H
#define HTTP_SSE_H

#include "http/request.h"

struct sse;
struct MHD_Response;

/*
 * From the first page, r->call, which is taken over.  after: sequence of
 * the last event that the client has.
 */
rh_status	sse_open(struct request *, const char *run_id, int64_t after,
		    struct sse **, struct err *);

/* Takes the stream; NULL: it is closed. */
struct MHD_Response *sse_response(struct sse *);

#endif
