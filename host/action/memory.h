/*
 * What the gate remembers between batches, each with its batch value and
 * its committed value.  Private to the gate.
 */
#ifndef ACTION_MEMORY_H
#define ACTION_MEMORY_H

#include "action/pending.h"
#include "base/err.h"
#include "store/store_run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

/* Claims that the local pool has room for, by plugin. */
struct slot {
	char	*plugin;
	int64_t	image;		/* tag of its file, once it was claimed for */
	int	free, free_committed, free_marked;
	bool	inproc, inproc_committed, inproc_marked;
	bool	queued, queued_committed, queued_marked;
					/* false: surely nothing waits */
};

/* Live runs by state; of those that have ended, how many since the start. */
struct run_counts {
	int64_t	n[RUN_STATES + 1];
};

/* Live runs and stored bytes of an owner. */
struct owner {
	int64_t	no;			/* 0: a free place */
	int64_t	live, live_committed;
	int64_t	bytes, bytes_committed, bytes_written;
};

/* A change of an owner in this batch. */
struct touched {
	size_t	place;
	int64_t	live, bytes;
};

struct memory {
	struct slot *slots;
	size_t	slot_count;
	struct owner *owners;		/* open addressing by number */
	size_t	owner_slots, owner_count;
	struct pending pending;		/* what COMMIT will write */
	struct touched *touched;
	size_t	touched_count, touched_cap;
	int64_t	swept, swept_committed, swept_marked;	/* the last sweep */
	struct run_counts runs, runs_committed, runs_marked;
	bool	marked;
	size_t	touched_mark;
};

rh_status	memory_load(struct db *, struct memory *, struct err *);
void		memory_fini(struct memory *);
void		memory_commit(struct memory *);
void		memory_rollback(struct memory *);
/*
 * The values of a savepoint: undo goes back to what they were at mark, keep
 * forgets that.  One at a time.
 */
void		memory_mark(struct memory *);
void		memory_keep(struct memory *);
void		memory_undo(struct memory *);

struct slot	*memory_slot(struct memory *, const char *plugin);
struct owner	*memory_owner(struct memory *, int64_t owner_no);
void		memory_add(struct memory *, struct owner *, int64_t live,
		    int64_t bytes);
/* Writes what changed into the transaction. */
rh_status	memory_flush(struct memory *, struct db *, int64_t now_us,
		    struct err *);
/* RH_EINTERNAL when memory differs from what the ledger says. */
rh_status	memory_check(struct memory *, struct db *, struct err *);

#endif
