/*
 * Measures the life of runs on the bare writer: created, claimed, five
 * events and the end, each of the three committed and audited apart, many
 * runs in flight.  The same work as "ledger -m life3" beside it in limit/.
 *
 * life_gate.c does it as the host does, through the gate; life_store.c runs
 * the same statements on the same schema without gate, JSON and hashes, so
 * that what is lost to the one or the other can be told apart.
 */
#ifndef BENCH_LIFE_H
#define BENCH_LIFE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct db;
struct checkpoints;

#define LIFE_EVENTS	5	/* of a run */

struct life {
	const char *path;	/* of the database */
	int	batch;		/* runs in flight */
	int	threads;	/* conversations the runs belong to; 0: none */
	bool	merged;		/* claimed in the transaction that creates */
	double	seconds;	/* to measure */
	int64_t	runs_wanted;	/* instead, unless 0 */
	int	wal_pages;	/* at which a checkpoint begins */
	bool	inline_checkpoints;	/* in the writer, no thread */
	struct checkpoints *checkpoints;
	char	input[512], output[400];	/* JSON, as large as life3's */
	uint64_t seed;
	struct buf scratch;
	int64_t	runs;		/* that were carried through */
	int64_t	ledger_ns;	/* CPU of the transactions alone */
};

void	life_gate(struct life *);
void	life_store(struct life *);

/*
 * When all is set up and the database is there: the measurement begins.
 * life_end() is called before anything is taken down.
 */
void	life_begin(struct life *);
bool	life_goes_on(const struct life *);
void	life_end(struct life *);
/* Ends the program unless every run is there as it should be. */
void	life_check(const struct life *, struct db *);

int64_t	life_cpu_ns(void);		/* of this thread */

/* The thread of the next run, chosen at random; NULL: none. */
const char *life_thread(struct life *, char out[24]);
/* The JSON of an event of about 150 bytes. */
struct str life_event(struct life *, struct arena *, int seq, int64_t run_no,
	    int64_t now_us);
const char *life_stage(int seq);

/*
 * What the host's writer does between its batches: at so many pages of WAL
 * a checkpoint begins, on a thread of its own, and the writer does the short
 * tail.  threaded false: all of it in the writer.
 */
struct checkpoints *checkpoints_start(const char *path, int pages,
		    bool threaded);
void	checkpoints_step(struct checkpoints *, struct db *);
void	checkpoints_stop(struct checkpoints *);

#endif
