/*
 * One end of the way between the host and a plugin: whole messages in and
 * out, fragments and bounds inside.  The host's end never blocks: what a
 * socket does not take is queued, bounded.  The plugin's end blocks.
 */
#ifndef WORKER_CHANNEL_H
#define WORKER_CHANNEL_H

#include "base/buf.h"
#include "base/err.h"
#include "worker/protocol.h"

#include <stdbool.h>

struct channel;

/* A worker's socket.  Takes over fd.  worker_side: this end is the worker's. */
struct channel	*channel_new(int fd, bool worker_side);

/*
 * Both ends in this process, with no system call a message: first the
 * plugin's end, then the host's.  What the host's end sends is given to
 * deliver at once, on the thread that sends; what the plugin's end sends
 * waits in memory, up to 256 KiB and a message, until the host's reads it.
 * Either may be freed first.
 */
typedef void	 channel_deliver(void *arg, const struct frame_head *,
		    struct str body);
struct channel	*channel_local(struct err *);	/* NULL: no eventfd */
struct channel	*channel_local_host(struct channel *plugin_end,
		    channel_deliver *, void *arg);

void		 channel_free(struct channel *);	/* closes; NULL is fine */
int		 channel_fd(const struct channel *);	/* for epoll */
/* Any thread: nothing more is sent, and the reader is told of its end. */
void		 channel_shut(struct channel *);

/*
 * Sends one message, in fragments when it is long.  Worker side: blocks
 * until sent; thread-safe.  Host side: queues what does not fit (RH_EBUSY
 * above 8 MiB queued, but for frames without a body); the control thread
 * only.
 */
rh_status	channel_send(struct channel *, enum frame_type, uint64_t handle,
		    uint32_t seq, const void *body, size_t len);

/*
 * Host side: a REPLY that fits one frame, and a descriptor with it.  Nothing
 * else carries one: what comes with other frames, or more than one, is closed
 * where it is received, and the host's side receives none.
 */
rh_status	channel_send_fd(struct channel *, uint64_t handle, uint32_t seq,
		    const void *body, size_t len, int take_fd);
/*
 * What came with the REPLY that was received last, the caller's to close;
 * -1: nothing.  Not taken, it is closed before the next one is received.
 */
int		channel_take_fd(struct channel *);

/* Host side: sends what is queued; true when nothing is left (drop EPOLLOUT). */
bool		channel_flush(struct channel *);

/*
 * Not for the plugin's end within the process.  Next whole message: 1 and
 * *head, *body (borrowed until the next call); 0 when none is there now (host
 * side only); -1 when the peer is gone or broke the protocol, with *err
 * (RH_EPROTO, or RH_EIO for a closed socket).
 */
int		channel_recv(struct channel *, struct frame_head *,
		    struct str *body, struct err *);

#endif
