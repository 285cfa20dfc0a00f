/*
 * How an event of a run, and an error, are spelled at the doors: the same in
 * pages, answers and streams.
 */
#ifndef STREAM_RECORD_H
#define STREAM_RECORD_H

#include "base/buf.h"
#include "base/err.h"
#include "json/write.h"
#include "store/store_run.h"

/*
 * An object of event_id, run_id, event_type, phase, actor, span_id,
 * parent_span_id, seq, payload and created_at.  The four in the middle are
 * those that the payload names; else null, "host" or "runner", "main", null.
 */
void	event_record(struct json_out *, const char *run_id,
	    const struct event_row *);

/*
 * The same as one event of a text/event-stream, with its id and type.
 * White space in the payload that would end a line becomes blanks.
 */
void	event_frame(struct buf *, const char *run_id,
	    const struct event_row *);

/* {ok:false, data:null, error, hint, reason_code} */
void	error_record(struct buf *, const struct err *);

/* The last frame of a stream: its run has ended, or it can't go on. */
void	end_frame(struct buf *, const char *run_id, enum run_state,
	    int64_t last_seq);
void	error_frame(struct buf *, const struct err *);

#endif
