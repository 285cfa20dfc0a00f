/*
 * Counts what would be too much to record one by one: refusals above a
 * rate, refusals of the unknown, and the same admin read again.  What is
 * counted becomes one row later; nothing is dropped uncounted.  Any thread.
 */
#ifndef ACTION_TALLY_H
#define ACTION_TALLY_H

#include "base/err.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stdint.h>

struct tally;

struct tally_key {
	bool	read;		/* an admin read; else a refusal */
	const char *principal;
	const char *source;	/* of the unknown; else "" */
	const char *action;
	/* of a read: it is the same only when these are; else "" and zeros */
	const char *target;
	const char *via;	/* the chain, as in the audit row */
	uint8_t	args[HASH_LEN];	/* digest of the canonical arguments */
	rh_status status;	/* of a refusal */
};

#define TALLY_ROWS_PER_S	10	/* refusals of a principal with own row */
#define TALLY_REFUSAL_US	(10 * 1000000LL)
#define TALLY_READ_US		(60 * 1000000LL)

struct tally	*tally_new(void);
void		 tally_free(struct tally *);

/* true: this one gets a row of its own; false: it was counted. */
bool		 tally_note(struct tally *, const struct tally_key *,
		    int64_t now_us);

/* Refusals since the start, by status; n[TALLY_STATUSES], any thread. */
#define TALLY_STATUSES	64
void		 tally_refusals(struct tally *, int64_t *n);

/* Whether tally_flush() would write a row at this time. */
bool		 tally_due(struct tally *, int64_t now_us, bool all);

/*
 * Gives every count that is due (all: every count) to row(), and keeps it
 * until tally_settle(): committed forgets it, else it stays counted.  When
 * row() fails, what it didn't take stays counted, too.  The writer only;
 * others may count meanwhile.
 */
rh_status	 tally_flush(struct tally *, int64_t now_us, bool all,
		    rh_status (*row)(const struct tally_key *, int64_t count,
		    int64_t since_us, void *), void *arg);
void		 tally_settle(struct tally *, bool committed);

#endif
