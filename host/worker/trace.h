/*
 * What a traced worker says of its plugin beside the frames: each call of
 * the host table as it begins and ends, whatever handle it named, and each
 * return of a function of the plugin with what the process then holds.  For
 * the author's kit; a host asks for no traces and ends a worker that sends
 * one.
 */
#ifndef WORKER_TRACE_H
#define WORKER_TRACE_H

#include <runhost/host.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct channel;

enum trace_kind {
	TRACE_UNSET,
	TRACE_CALLS,		/* call, handle */
	TRACE_ANSWERED,		/* and status; text: why it was refused */
	TRACE_RETURNED,		/* handle; heap, peak and files */
	TRACE_KINDS
};

enum trace_call {
	TRACE_NO_CALL, TRACE_PROGRESS, TRACE_EVENT, TRACE_OUTPUT,
	TRACE_CHECKPOINT, TRACE_FLUSH, TRACE_STATE_GET, TRACE_STATE_SET,
	TRACE_CALL, TRACE_WAIT, TRACE_LOG, TRACE_FINISH,
	TRACE_CALL_COUNT
};

struct trace_record {
	uint8_t	kind;		/* enum trace_kind */
	uint8_t	call;		/* enum trace_call */
	uint64_t handle;	/* as the plugin gave it */
	int32_t	status;
	uint64_t heap_bytes;	/* that malloc() has given out */
	uint64_t peak_bytes;	/* of resident memory, ever */
	uint32_t files;		/* open descriptors */
	struct str text;	/* borrowed */
};

/* "host->progress"; for people. */
extern const char *const trace_call_names[TRACE_CALL_COUNT];

void		trace_pack(struct buf *, const struct trace_record *);
/* The text borrows from body.  RH_EPROTO. */
rh_status	trace_unpack(struct str body, struct trace_record *,
		    struct err *);

/*
 * From now on trace_host tells this channel.  Once, in a worker, before its
 * plugin is opened; the channel stays for good.
 */
void		trace_begin(struct channel *);

/* The host table that tells of its calls. */
extern const struct rh_host trace_host;

/* A function of the plugin has returned. */
void		trace_returned(uint64_t handle);

#endif
