/*
 * Questions of runs to people: each is answered once.
 */
#ifndef STORE_STORE_INTERACTION_H
#define STORE_STORE_INTERACTION_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

enum interaction_status {
	ASK_NONE, ASK_PENDING, ASK_SUBMITTED, ASK_EXPIRED, ASK_CANCELLED,
	ASK_UNDELIVERED
};

#define INTERACTIONS_MAX 100	/* of a run */

struct interaction {
	int64_t	run_no;
	const char *id;
	enum interaction_status status;	/* ASK_NONE: it isn't there */
	const char *processor;
	uint8_t	token[HASH_LEN];	/* hash of it */
	int64_t	attempt;	/* fence of who asked; 0: no attempt */
	const char *request, *schema;	/* JSON; the latter or NULL */
	/* who answers must name them; or NULL */
	const char *bot, *conversation, *actor;
	int64_t	created_us, expires_us, ended_us;
	const char *answer, *answered_by, *reason;	/* or NULL */
};

const char	*interaction_status_name(enum interaction_status);

/* It isn't there, as was found in this transaction; the run is live. */
rh_status	store_interaction_insert(struct db *,
		    const struct interaction *, struct err *);
rh_status	store_interaction_find(struct db *, int64_t run_no,
		    const char *id, struct arena *, struct interaction *,
		    struct err *);
rh_status	store_interaction_count(struct db *, int64_t run_no,
		    int64_t *n, struct err *);

/*
 * What a pending one becomes.  token: a hash that must be its own, or NULL.
 * A time-out needs that its time is over, everything else that it isn't.
 */
struct interaction_end {
	int64_t	run_no;
	const char *id;
	enum interaction_status status;
	const uint8_t *token;
	int64_t	now_us;
	const char *answer, *by, *reason;	/* or NULL */
};
/* *done: it was pending, and is this now. */
rh_status	store_interaction_end(struct db *,
		    const struct interaction_end *, bool *done,
		    struct err *);

/* How many of the live run's are pending changes by n, what it weighs by bytes. */
rh_status	store_interaction_settle(struct db *, int64_t run_no, int n,
		    int64_t bytes, struct err *);

/* Ids of the run's pending ones, INTERACTIONS_MAX at most; in the arena. */
rh_status	store_interaction_pending(struct db *, int64_t run_no,
		    struct arena *, const char **ids, size_t *n,
		    struct err *);
/* Pending ones whose time is over. */
struct interaction_ref {
	int64_t	run_no;
	const char *id;
};
rh_status	store_interaction_due(struct db *, int64_t now_us,
		    struct arena *, struct interaction_ref *, size_t max,
		    size_t *n, struct err *);

#endif
