/*
 * Open event streams of runs.  A stream is a cursor into the ledger, never
 * a queue: what a slow client has not read yet stays where it is.  Whether
 * its caller may see the run is asked by an action in the caller's name: for
 * each page of older events, after every change of the policy, with every
 * heartbeat, and otherwise once a second while there is something to tell.
 *
 * One thread a struct streams owns the clients' sockets: it writes to those
 * that a door has handed over, and watches all of them and the clock.  A
 * door that has to write itself (TLS) reads bytes and is told, by callbacks,
 * when to read again.
 */
#ifndef STREAM_STREAM_H
#define STREAM_STREAM_H

#include "action/call.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct host;
struct stream;
struct streams;

struct streams_config {
	int	heartbeat_ms;	/* a comment on a quiet stream; 0: 15,000 */
	size_t	max;		/* open at a time; 0: 1,024 */
	size_t	max_each;	/* of these, of one caller; 0: no limit */
};

rh_status	streams_start(struct host *, const struct streams_config *,
		    struct streams **, struct err *);

/*
 * Ends all streams: parked ones are resumed, every read answers STREAM_END,
 * no new one is opened.  Ends the thread.  Twice is fine.
 */
void		streams_end(struct streams *);

/* After streams_end() and the last stream_close(); waits for page reads on
 * their way.  NULL is fine. */
void		streams_free(struct streams *);

/* From now on, for who opens one; any thread. */
void		streams_set_max_each(struct streams *, size_t max_each);
size_t		streams_count(struct streams *);	/* open now */
size_t		streams_count_of(struct streams *, const char *principal);

struct stream_new {
	/* run_events_page that was answered RH_OK: whose caller, which page. */
	struct call *take_first;
	const char *run_id;	/* copied; as records show it */
	int64_t	after_seq;	/* rows up to here are not shown */
	int	fd;		/* the client's socket, or -1; not owned */
	/* Any thread, only while parked, never after stream_close(). */
	void	(*resume)(void *arg);
	void	*arg;
};

/*
 * RH_EBUSY when there are too many, RH_ESTREAMS when the caller has too
 * many, RH_EUNAVAIL after streams_end();
 * take_first is freed then, too.
 */
rh_status	stream_open(struct streams *, const struct stream_new *,
		    struct stream **, struct err *);

enum stream_got {
	STREAM_UNSET,
	STREAM_DATA,		/* *len bytes */
	STREAM_WAIT,		/* nothing now: stream_park(), or read again */
	STREAM_END,		/* over, all was read */
	STREAM_GONE		/* the client has left */
};

/* Up to size bytes of text/event-stream; one reader at a time. */
enum stream_got	stream_read(struct stream *, char *, size_t size,
		    size_t *len);

/*
 * The stream's thread takes over: from now on it writes to the socket, each
 * piece as a chunk of HTTP/1.1, until there is no more; then resume() is
 * called, and the next stream_read() answers STREAM_END, or STREAM_GONE when
 * a chunk was left half written.  The door suspends first.  False: the
 * streams are ending, the door reads itself.
 */
bool		stream_hand_over(struct stream *);

/*
 * After STREAM_WAIT: true when resume() will be called, once, as soon as
 * reading makes sense.  False: read again now.  The door suspends first, so
 * that resume() may come before this returns.
 */
bool		stream_park(struct stream *);

void		stream_close(struct stream *);	/* no resume() after it */

#endif
