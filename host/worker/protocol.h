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
#define MESSAGE_MAX	(2 * 1024 * 1024)	/* all fragments together */
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
	FRAME_LOG,		/* u8 level, then the text */
	FRAME_FINISH,		/* seq; outcome, see below: answered by REPLY */
	FRAME_PONG,		/* seq of the PING */
	/* host to worker */
	FRAME_INVOKE,		/* invocation, see below; runs in order of arrival */
	FRAME_CANCEL,		/* handle: stop soon (cancel requested) */
	FRAME_DROP,		/* handle: not started yet? then never start it */
	FRAME_REPLY,		/* seq; i32 status, then the reply's bytes */
	FRAME_PING,		/* seq */
	FRAME_EXIT,		/* finish nothing more, end the process */
	FRAME_TYPES
};

/*
 * Bodies are made of fields: u32 length, then the bytes.  EVENTS holds
 * records back to back: u8 kind (enum event_kind), i64 time (wall, us),
 * then fields:
 *   PROGRESS	i32 percent as field of 4 bytes, stage, message
 *   EVENT	type, data (a JSON object)
 *   OUTPUT	u8 stream as field of 1 byte, bytes
 * FINISH: fields kind (u32), exit_code (i32), retryable (u32), output,
 * error, metadata.  INVOKE: the fields of struct rh_invocation in their
 * order (integers as fields of 4 or 8 bytes), without size and handle.
 */
enum event_kind { EVENT_PROGRESS = 1, EVENT_PLUGIN = 2, EVENT_OUTPUT = 3 };

/* Which side may send a type, and whether it needs a handle or a seq. */
struct frame_rule {
	const char *name;
	bool	from_worker;
	bool	handle;
	bool	seq;
};
extern const struct frame_rule frame_rules[FRAME_TYPES];

/* Writes head and body (n fragments) to be sent; see channel_send(). */
void	frame_pack_head(uint8_t out[FRAME_HEAD], const struct frame_head *);

/* RH_EPROTO naming what is wrong: size, magic, type, direction, flags. */
rh_status	frame_check(const void *datagram, size_t len, bool from_worker,
		    struct frame_head *, struct err *);

/* Fields. */
void	field_add(struct buf *, const void *, size_t);
void	field_add_u32(struct buf *, uint32_t);
void	field_add_u64(struct buf *, uint64_t);

struct field_reader {
	const char *p;
	size_t	left;
	bool	bad;		/* sticky: something was short or of another size */
};
void	field_begin(struct field_reader *, const void *, size_t);
struct str field_get(struct field_reader *);
uint32_t field_get_u32(struct field_reader *);
uint64_t field_get_u64(struct field_reader *);
uint8_t	field_raw_u8(struct field_reader *);	/* no length in front */
uint64_t field_raw_u64(struct field_reader *);
bool	field_end(struct field_reader *);	/* all read, nothing bad */

#endif
