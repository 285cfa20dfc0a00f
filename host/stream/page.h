/*
 * Asking for a page of a run's events.  Of this folder only.
 */
#ifndef STREAM_PAGE_H
#define STREAM_PAGE_H

#include "action/call.h"

/* run_events_page in the caller's name, without done and owner. */
struct call	*page_call(const struct caller *, const char *run_id,
		    int64_t after_seq, size_t rows);

#endif
