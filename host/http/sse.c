/*
 * Between libmicrohttpd's content reader and a stream.  The connection is
 * suspended while the stream has nothing, and resumed by it.
 */
#include "http/sse.h"

#include "base/hash.h"
#include "base/mem.h"
#include "http/identity.h"
#include "stream/stream.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES	1024	/* for HTTP/1.0; chunks use the pool */

struct sse {
	struct http *http;
	struct stream *stream;
	struct MHD_Connection *mhd;
	char	*token;		/* NULL: needs none */
	char	*principal;
};

static void
sse_resume(void *arg)
{
	struct sse *sse = arg;

	MHD_resume_connection(sse->mhd);
}

static bool
sse_still(void *arg)
{
	struct sse *sse = arg;

	return sse->token == NULL ||
	    identity_holds(sse->http, sse->token, sse->principal);
}

static void
sse_free(void *arg)
{
	struct sse *sse = arg;

	if (sse->stream != NULL)
		stream_close(sse->stream);
	if (sse->token != NULL)
		hash_wipe(sse->token, strlen(sse->token));
	free(sse->token);
	free(sse->principal);
	free(sse);
}

static ssize_t
sse_read(void *arg, uint64_t at, char *out, size_t size)
{
	struct sse *sse = arg;
	size_t len;

	(void)at;
	switch (stream_read(sse->stream, out, size, &len)) {
	case STREAM_DATA:
		return (ssize_t)len;
	case STREAM_END:
		return MHD_CONTENT_READER_END_OF_STREAM;
	case STREAM_WAIT:
		MHD_suspend_connection(sse->mhd);
		if (!stream_park(sse->stream))
			MHD_resume_connection(sse->mhd);
		return 0;
	default:
		return MHD_CONTENT_READER_END_WITH_ERROR;
	}
}

rh_status
sse_open(struct request *r, const char *run_id, int64_t after,
    struct sse **out, struct err *err)
{
	struct sse *sse = mem_zalloc(sizeof *sse);
	struct stream_new new = {
		.take_first = r->call,
		.run_id = run_id,
		.after_seq = after,
		.fd = r->conn->fd,
		.resume = sse_resume,
		.still = sse_still,
		.arg = sse,
	};

	sse->http = r->http;
	sse->mhd = r->mhd;
	if (r->caller.kind == CALLER_TOKEN)
		sse->token = identity_token(r);
	sse->principal = mem_strdup(r->caller.principal);
	r->call = NULL;
	if (stream_open(r->http->streams, &new, &sse->stream, err) != RH_OK) {
		sse_free(sse);
		return err->status;
	}
	*out = sse;
	return RH_OK;
}

struct MHD_Response *
sse_response(struct sse *sse)
{
	struct MHD_Response *resp;

	resp = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES,
	    sse_read, sse, sse_free);
	if (resp == NULL)
		sse_free(sse);
	return resp;
}
