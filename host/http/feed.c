/*
 * Between libmicrohttpd's content reader and a stream.  The connection is
 * suspended while the stream has nothing, and resumed by it.
 */
#include "http/feed.h"

#include "base/mem.h"
#include "stream/stream.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES	1024	/* for HTTP/1.0; chunks use the pool */

struct feed {
	struct stream *stream;
	struct MHD_Connection *mhd;
};

static void
feed_resume(void *arg)
{
	struct feed *feed = arg;

	MHD_resume_connection(feed->mhd);
}

static void
feed_free(void *arg)
{
	struct feed *feed = arg;

	if (feed->stream != NULL)
		stream_close(feed->stream);
	free(feed);
}

static ssize_t
feed_read(void *arg, uint64_t at, char *out, size_t size)
{
	struct feed *feed = arg;
	size_t len;

	(void)at;
	switch (stream_read(feed->stream, out, size, &len)) {
	case STREAM_DATA:
		return (ssize_t)len;
	case STREAM_END:
		return MHD_CONTENT_READER_END_OF_STREAM;
	case STREAM_WAIT:
		MHD_suspend_connection(feed->mhd);
		if (!stream_park(feed->stream))
			MHD_resume_connection(feed->mhd);
		return 0;
	default:
		return MHD_CONTENT_READER_END_WITH_ERROR;
	}
}

rh_status
feed_open(struct request *r, const char *run_id, int64_t after,
    struct feed **out, struct err *err)
{
	struct feed *feed = mem_zalloc(sizeof *feed);
	struct stream_new new = {
		.take_first = r->call,
		.run_id = run_id,
		.after_seq = after,
		.fd = r->conn->fd,
		.resume = feed_resume,
		.arg = feed,
	};

	feed->mhd = r->mhd;
	r->call = NULL;
	if (stream_open(r->http->streams, &new, &feed->stream, err) != RH_OK) {
		feed_free(feed);
		return err->status;
	}
	*out = feed;
	return RH_OK;
}

struct MHD_Response *
feed_response(struct feed *feed)
{
	struct MHD_Response *resp;

	resp = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES,
	    feed_read, feed, feed_free);
	if (resp == NULL)
		feed_free(feed);
	return resp;
}
