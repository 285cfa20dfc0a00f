/*
 * The frames between the host and a worker, on a SOCK_SEQPACKET pair: one
 * datagram is one frame.  Integers are little endian.  Identity is never in
 * a frame: the host knows which worker a socket belongs to, and a handle is
 * valid on its own connection only.
 *
 * A body longer than one frame is cut into fragments: all but the last have
 * FRAME_MORE set, all carry the same type, handle and seq, and no other
 * frame of the same sender comes between them.
 */
#ifndef WORKER_PROTOCOL_H
#define WORKER_PROTOCOL_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define FRAME_MAGIC	0x4852u		/* "RH" */
#define FRAME_MAX	(64 * 1024)	/* head and body of one datagram */
#define FRAME_HEAD	24
#define FRAME_BODY_MAX	(FRAME_MAX - FRAME_HEAD)
#define MESSAGE_MAX	(4 * 1024 * 1024)	/* all fragments together */
#define FRAME_MORE	1u

struct frame_head {
	uint16_t magic;
	uint8_t	type;		/* enum frame_type */
	uint8_t	flags;		/* FRAME_MORE */
	uint32_t len;		/* of the body; must match the datagram */
	uint64_t handle;	/* invocation: generation << 32 | index; 0: none */
	uint32_t seq;		/* pairs a reply with its request; else 0 */
	uint32_t reserved;	/* 0 */
};

enum frame_type {
	FRAME_NONE,
	/* worker to host */
	FRAME_HELLO,		/* descriptor: JSON (plugin/describe.h) */
	FRAME_REFUSED,		/* i32 status, then the message: not loaded */
	FRAME_STARTED,		/* the invocation begins to run */
	FRAME_EVENTS,		/* records, see below */
	FRAME_CHECKPOINT,	/* seq; fields name, bytes: answered by REPLY */
	FRAME_FLUSH,		/* seq: answered by REPLY */
	FRAME_STATE_GET,	/* seq; fields scope, key */
	FRAME_STATE_SET,	/* seq; fields scope, key, value */
	FRAME_CALL,		/* seq; fields action, args */
	FRAME_CONNECT,		/* seq; fields host, u32 port, u64 ms: the
				   REPLY brings a socket, or says why not */
	FRAME_SECRET,		/* seq; field name */
	FRAME_LOG,		/* u8 level, then the text */
	FRAME_FINISH,		/* seq; outcome, see below: answered by REPLY */
	FRAME_PONG,		/* seq of the PING; behind all that came before */
	/* host to worker */
	FRAME_INVOKE,		/* invocation, see below; runs in order of arrival */
	FRAME_CANCEL,		/* handle: stop soon (cancel requested) */
	FRAME_DROP,		/* handle: not started yet? then never start it;
				   no answer: a PONG to a PING sent behind it
				   without a STARTED before says it was dropped */
	FRAME_REPLY,		/* seq; i32 status, then the reply's bytes */
	FRAME_PING,		/* seq */
	FRAME_EXIT,		/* finish nothing more, end the process */
	/* worker to host */
	FRAME_CONFINED,		/* before all else: worker/confined.h */
	/* worker to the author's kit, which asked for it */
	FRAME_TRACE,		/* a call or return of the plugin: worker/trace.h */
	FRAME_TYPES
};

/*
 * Bodies are made of fields: u32 length, then the bytes.  What INVOKE,
 * EVENTS and FINISH hold is packed and unpacked by worker/invoke.h.
 *
 * The worker sends nothing of an invocation after its FINISH; the host sends
 * nothing of it after the REPLY to that, and drops what it still owes.
 */

/* Which side may send a type, and what it must (else must not) have. */
struct frame_rule {
	const char *name;
	bool	from_worker;
	bool	handle;
	bool	seq;
	bool	body;		/* may have one */
};
extern const struct frame_rule frame_rules[FRAME_TYPES];

/* The head's bytes as they are sent; magic and reserved are filled in. */
void	frame_pack_head(uint8_t out[FRAME_HEAD], const struct frame_head *);

/*
 * Judges one datagram: RH_EPROTO naming what is wrong with its size, magic,
 * type, direction, flags, handle or seq.  Says nothing of the body.
 */
rh_status	frame_check(const void *datagram, size_t len, bool from_worker,
		    struct frame_head *, struct err *);

/* Fields. */
void	field_add(struct buf *, const void *, size_t);
void	field_add_u32(struct buf *, uint32_t);
void	field_add_u64(struct buf *, uint64_t);
void	field_add_raw_u8(struct buf *, uint8_t);	/* no length in front */
void	field_add_raw_u32(struct buf *, uint32_t);
void	field_add_raw_u64(struct buf *, uint64_t);

struct field_reader {
	const char *p;
	size_t	left;
	bool	bad;		/* sticky: something was short or of another size */
};
void	field_begin(struct field_reader *, const void *, size_t);
/* Bad reads give nothing: an empty text, 0. */
struct str field_get(struct field_reader *);
uint32_t field_get_u32(struct field_reader *);
uint64_t field_get_u64(struct field_reader *);
uint8_t	field_raw_u8(struct field_reader *);	/* no length in front */
uint32_t field_raw_u32(struct field_reader *);
uint64_t field_raw_u64(struct field_reader *);
bool	field_end(struct field_reader *);	/* all read, nothing bad */

#endif
