/*
 * The audit table.  What a row means and how it is hashed is host/audit's
 * matter; here are only the statements.
 */
#ifndef STORE_STORE_AUDIT_H
#define STORE_STORE_AUDIT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/id.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

enum audit_decision {
	AUDIT_ALLOW = 1, AUDIT_DENY, AUDIT_ERROR, AUDIT_INTENT, AUDIT_OUTCOME
};

struct audit_row {
	int64_t	chain;
	int64_t	seq;
	int64_t	at_us;
	struct id op;
	const char *principal;
	const char *via;	/* JSON array, or NULL */
	const char *action;
	const char *permission;	/* or NULL */
	enum audit_decision decision;
	const char *target;	/* "run_…", a plugin's id …; or NULL */
	const char *detail;	/* JSON object, or NULL */
	uint8_t	hash[HASH_LEN];
	bool	odd;		/* read, and not as it can have been written */
};

rh_status	store_audit_insert(struct db *, const struct audit_row *,
		    struct err *);
/* The newest row; seq 0 when there is none. */
rh_status	store_audit_last(struct db *, struct arena *,
		    struct audit_row *, struct err *);
/* One row; *found. */
rh_status	store_audit_get(struct db *, int64_t seq, struct arena *,
		    struct audit_row *, bool *found, struct err *);

/*
 * Calls row() for the rows with seq > after (backward: < before, newest
 * first) until it returns false or the end; the arena is emptied before
 * each row.
 */
struct audit_walk {
	int64_t	from;		/* exclusive */
	bool	backward;
	bool	(*row)(const struct audit_row *, void *);
	void	*arg;
};
rh_status	store_audit_walk(struct db *, const struct audit_walk *,
		    struct err *);

/* Smallest seq whose time is at least at_us; last seq + 1 when none is. */
rh_status	store_audit_seek(struct db *, int64_t at_us, int64_t *seq,
		    struct err *);
/* The rows of an op: seq of the first, 0 when there is none. */
rh_status	store_audit_find_op(struct db *, const struct id *op,
		    int64_t *seq, struct err *);

#endif
