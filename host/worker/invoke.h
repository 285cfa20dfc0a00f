/*
 * The bodies that mean something on both sides of a worker's socket: an
 * invocation, records of events, an outcome.  Packs and unpacks; whether a
 * plugin may say such a thing is worker/report.h's to judge.
 */
#ifndef WORKER_INVOKE_H
#define WORKER_INVOKE_H

#include <runhost/host.h>

#include "base/buf.h"
#include "base/err.h"
#include "worker/protocol.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * INVOKE: every member of struct rh_invocation in its order, but not size
 * and handle (that is the frame's).  Texts are fields, integers are fields
 * of 4 or 8 bytes.  deadline_us is what is left of the time, from 1: no
 * frame has a time of one side's clock that the other would compare.
 */
void		invoke_pack(struct buf *, const struct rh_invocation *);
size_t		invoke_size(const struct rh_invocation *);	/* packed */

/* Fills all but the handle; texts borrow from body.  RH_EPROTO. */
rh_status	invoke_unpack(struct str body, struct rh_invocation *,
		    struct err *);

/*
 * EVENTS: records back to back, each u8 kind, i64 microseconds since the
 * start, then fields:
 *   PROGRESS	i32 percent (4 bytes), stage, message
 *   PLUGIN	type, data
 *   OUTPUT	u8 stream (1 byte), bytes
 */
enum event_kind { EVENT_PROGRESS = 1, EVENT_PLUGIN = 2, EVENT_OUTPUT = 3 };

struct event_record {
	enum event_kind kind;
	int64_t	after_us;	/* since the invocation's start */
	struct str a;		/* stage, type, or "" */
	struct str b;		/* message, data, or bytes of output */
	int32_t	percent;	/* of progress, else 0 */
	uint8_t	stream;		/* of output (RH_STDOUT, RH_STDERR), else 0 */
};

void	event_pack(struct buf *, const struct event_record *);

void	events_begin(struct field_reader *, struct str body);
/*
 * true and the next record (its texts borrow from the body), or false at
 * the end; the body was sound if field_end() is true then.
 */
bool	events_next(struct field_reader *, struct event_record *);

/* FINISH: u32 kind, i32 exit_code, u32 retryable, output, error, metadata. */
void		outcome_pack(struct buf *, const struct rh_outcome *);
rh_status	outcome_unpack(struct str body, struct rh_outcome *,
		    struct err *);

/* REPLY: raw i32 status, then the reply's bytes. */
void		reply_pack(struct buf *, rh_status, const void *, size_t);
rh_status	reply_unpack(struct str body, rh_status *, struct str *reply,
		    struct err *);

/* REFUSED is packed as a REPLY is: status, then the message. */

/* LOG: raw u8 level, then the text. */
void		log_pack(struct buf *, uint8_t level, struct str text);
rh_status	log_unpack(struct str body, uint8_t *level, struct str *text,
		    struct err *);

#endif
