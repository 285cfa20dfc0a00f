/*
 * Events of a run: numbered from 1 without a gap, never changed.
 */
#ifndef STORE_STORE_EVENT_H
#define STORE_STORE_EVENT_H

#include "store/store_run.h"

/* The number was given by the run's row, in this transaction. */
rh_status	store_event_insert(struct db *, int64_t run_no, int64_t seq,
		    const struct event_new *, struct err *);

/* The one with this sequence, caller and attempt; seq is 0 when none has. */
rh_status	store_event_appended(struct db *, int64_t run_no,
		    const struct event_new *, struct arena *,
		    struct event_row *, struct err *);
/* The highest sequence of a caller in an attempt; 0: none. */
rh_status	store_event_newest(struct db *, int64_t run_no,
		    int64_t attempt, int64_t caller, int64_t *sequence,
		    struct err *);

/* The digest of a run's events so far, moved on by one. */
void		event_digest(uint8_t digest[HASH_LEN], int64_t seq,
		    const struct event_new *);

/*
 * Events with after < seq < before (0: no bound), in either direction, at
 * most max, and about 1 MiB of data.  has_more: one more would have matched.
 */
struct event_range {
	int64_t	run_no;
	int64_t	after, before;
	bool	backward;
	size_t	max;
};
rh_status	store_event_page(struct db *, const struct event_range *,
		    struct arena *, struct event_page *, struct err *);

/*
 * Gives the run's progress or output events to one(), oldest first, until it
 * answers false; the others are not looked at.  The row is borrowed.
 */
typedef bool event_fn(const struct event_row *, void *);
rh_status	store_event_progress(struct db *, int64_t run_no, event_fn *one,
		    void *arg, struct err *);
rh_status	store_event_output(struct db *, int64_t run_no, event_fn *one,
		    void *arg, struct err *);

#endif
