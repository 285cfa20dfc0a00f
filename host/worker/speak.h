/*
 * What a running invocation says to the host: records of events, requests
 * that wait for their reply, and its end.  Any thread of the plugin; one
 * frame at a time leaves, and none after FINISH.  Inside worker/ only.
 */
#ifndef WORKER_SPEAK_H
#define WORKER_SPEAK_H

#include <runhost/host.h>

#include "worker/invoke.h"
#include "worker/serve.h"

/*
 * Sends a record.  Threads that come while another one sends leave together
 * in the next frame.  RH_ESTALE when the invocation is over, RH_EINPUT for
 * progress that goes backwards.
 */
rh_status	speak_event(struct invocation *, const struct event_record *);

/* Sends a frame that nobody answers. */
rh_status	speak_frame(struct invocation *, enum frame_type,
		    const struct buf *body);

/*
 * Sends all records that were put before, then the request; waits for the
 * reply, whose bytes go to sink (may be NULL), with no lock held.
 */
rh_status	speak_request(struct invocation *, enum frame_type,
		    const struct buf *body, rh_sink, void *ctx);

/* The same; a descriptor that came with the reply goes to *fd, else -1. */
rh_status	speak_request_fd(struct invocation *, enum frame_type,
		    const struct buf *body, rh_sink, void *ctx, int *fd);
/* The same; nothing of the reply is left in memory that isn't sink's. */
rh_status	speak_request_secret(struct invocation *, enum frame_type,
		    const struct buf *body, rh_sink, void *ctx);

/* The same with FINISH: from now on everything else is RH_ESTALE. */
rh_status	speak_finish(struct invocation *, const struct rh_outcome *);

/* Over, said or not: the handle is stale and nobody waits any more. */
void		speak_end(struct invocation *);

/* The host's answer; RH_EPROTO for one that was never asked for. */
rh_status	speak_reply(struct instance *, uint64_t handle, uint32_t seq,
		    struct str body, struct err *);

#endif
