/*
 * Between libmicrohttpd's content reader and a stream.  Asked for the first
 * bytes, when the headers are out, it suspends the connection and leaves the
 * socket to the stream's thread; asked again, it says how that ended.  What
 * the stream can't write itself (TLS, HTTP/1.0 without chunks) goes through
 * the reader: suspended while there is nothing, and resumed by the stream.
 */
#include "http/feed.h"

#include "base/mem.h"
#include "stream/stream.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BLOCK_BYTES	1024	/* for HTTP/1.0; chunks use the pool */

struct feed {
	struct stream *stream;
	struct MHD_Connection *mhd;
	int	fd;		/* the connection's */
	bool	hand_over;	/* at the first read */
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
	if (feed->hand_over) {
		feed->hand_over = false;
		MHD_suspend_connection(feed->mhd);
		if (!stream_hand_over(feed->stream))
			MHD_resume_connection(feed->mhd);
		return 0;
	}
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
		/*
		 * Told of an error, libmicrohttpd closes the socket when
		 * something else wakes it, half a minute later as it may be;
		 * when it can't write, at once.
		 */
		shutdown(feed->fd, SHUT_RDWR);
		return MHD_CONTENT_READER_END_OF_STREAM;
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
	feed->fd = r->conn->fd;
	feed->hand_over = r->has_chunks;
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
