/*
 * The host's side of one plugin, for tests: starts it in a worker or
 * in-process, invokes its runners, answers its requests, and writes down
 * what it says.  Every wait has an end; a failed step fails the test.
 */
#ifndef LIB_PEER_H
#define LIB_PEER_H

#include "base/buf.h"
#include "worker/channel.h"
#include "worker/confined.h"
#include "worker/main.h"
#include "worker/spawner.h"

#include <stdbool.h>

enum peer_kind { PEER_WORKER, PEER_INPROC, PEER_TRACED };

struct peer {
	struct spawner *spawner;
	struct worker_proc proc;
	struct inproc *inproc;
	struct channel *chan;
	struct buf text;	/* what peer_run() read, a line a thing */
	struct confined confined;	/* what a worker said it is in */
	struct frame_head head;	/* of the last message */
	struct str body;
};

/*
 * Starts tests/lib/plugins/<plugin>.c and waits for nothing.  false: the
 * test has failed; peer_close() all the same.
 */
bool	peer_open(struct peer *, const char *plugin, enum peer_kind);
/* The same in a worker, with this profile. */
bool	peer_open_as(struct peer *, const char *plugin,
	    const struct worker_profile *);
/* Of a worker, for those that spawn one themselves: its first message. */
bool	peer_confined(struct peer *);
void	peer_close(struct peer *);	/* kills and reaps what is left */

/* Opens the plugin's object as a memfd of the caller's. */
int	peer_memfd(const char *plugin);

/* The next message into head and body; false and a failed check: none. */
bool	peer_next(struct peer *);
/* The same, but false without a failed check when its socket has ended. */
bool	peer_next_or_end(struct peer *);
/* As peer_next(), and it must be of this type. */
bool	peer_expect(struct peer *, enum frame_type);

void	peer_send(struct peer *, enum frame_type, uint64_t handle);
void	peer_invoke(struct peer *, uint64_t handle, const char *runner);

/* Answers the request that was read last, with "{}". */
void	peer_reply(struct peer *, rh_status);

/*
 * Reads until the FINISH of any invocation, answering every request with
 * RH_OK and "{}" on the way, and returns all of it as text:
 *	started 1
 *	progress 10 first begun
 *	event found {"n":1}
 *	stdout hi
 *	log 2 text
 *	call run_get {}
 *	finish completed 0 done
 *	trace host->finish, trace host->finish 0, trace returned
 * Borrowed until the next call.
 */
const char *peer_run(struct peer *);

/* PING and its PONG, both of which are read; others are written down. */
void	peer_ping(struct peer *, uint32_t seq);

/* Waits for the worker's end: "exited 0". */
const char *peer_end(struct peer *, char out[48]);

/* All of its standard output, or error, until its end. */
const char *peer_printed(struct peer *, int fd);

#endif
