/*
 * Server-sent events (the WHATWG text format) out of pieces of a stream.
 * Knows nothing of HTTP.  What one event may hold is bounded.
 */
#ifndef BASE_SSE_H
#define BASE_SSE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

#define SSE_ID_MAX	128
#define SSE_NAME_MAX	64

/* Borrowed for the length of the callback; all texts end in NUL. */
struct sse_event {
	const char *id;		/* last id seen, "" when none or cleared */
	const char *name;	/* "message" when the sender gave none */
	const char *data;
	size_t	data_len;
};

struct sse {
	void	(*event)(void *arg, const struct sse_event *);
	void	*arg;
	size_t	max;		/* bytes of one line and of one event's data */
	struct buf line;
	struct buf data;
	char	id[SSE_ID_MAX];
	char	name[SSE_NAME_MAX];
	bool	any_data;	/* a data field was seen */
	bool	after_cr;	/* a LF here ends nothing */
	bool	begun;		/* past a byte order mark */
};

void		sse_init(struct sse *, size_t max,
		    void (*event)(void *, const struct sse_event *), void *);
void		sse_fini(struct sse *);

/* RH_ETOOBIG when a line or an event is above max; then feed no more. */
rh_status	sse_feed(struct sse *, const char *, size_t, struct err *);

/* The stream ended: an unfinished event is dropped, the id stays. */
void		sse_reset(struct sse *);

#endif
