/*
 * What the runs of a batch change in counts and statistics, gathered so that
 * COMMIT writes a row for each kind of run and not for each run.  Private to
 * the gate's memory.
 */
#ifndef ACTION_PENDING_H
#define ACTION_PENDING_H

#include "base/err.h"
#include "store/store_owner.h"
#include "store/store_stat.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

/* What a run is counted as. */
struct run_kind {
	int64_t	owner_no;
	const char *plugin;
	const char *runner_id;
	int64_t	created_us;
};
struct run_kind	live_kind(const struct run_live *);
struct run_kind	row_kind(const struct run_row *);

/* Changes of the statistics of a minute and runner. */
struct stat_change {
	int64_t	minute;
	char	*runner_id;
	int64_t	n[RUN_STATES + 1];
	size_t	times;		/* the newest of its times, from 1; 0: none */
};

struct stat_sample {
	enum stat_time what;
	int64_t	us;
	size_t	next;		/* of the same change, from 1; 0: none */
};

/* All zero is empty.  What is behind the marks came since a savepoint. */
struct pending {
	struct run_tally *counts;	/* with texts of their own */
	size_t	count_count, count_cap, count_mark;
	struct stat_change *stats;
	size_t	stat_count, stat_cap, stat_mark;
	struct stat_sample *times;
	size_t	time_count, time_cap, time_mark;
};

/* A run of this kind moves; from 0: it is new; to 0: it is removed. */
void		pending_move(struct pending *, const struct run_kind *,
		    enum run_state from, enum run_state to);
void		pending_time(struct pending *, const struct run_kind *,
		    enum stat_time, int64_t us);

void		pending_mark(struct pending *);
void		pending_keep(struct pending *);		/* forgets the mark */
void		pending_undo(struct pending *);		/* back to it */
void		pending_clear(struct pending *);
void		pending_fini(struct pending *);
/* Writes all into the transaction, and stays as it is. */
rh_status	pending_flush(const struct pending *, struct db *,
		    int64_t now_us, struct err *);

#endif
