/*
 * Claims by runtimes elsewhere: the best head of the lines that suit, then
 * one statement that takes it.
 */
#ifndef STORE_STORE_CLAIM_H
#define STORE_STORE_CLAIM_H

#include "store/store_run.h"

/*
 * Runs of a line that a claim passes over, because the claimer doesn't reach
 * them, before it leaves the line.
 */
#define CLAIM_LOOKS	500

struct claim_head {
	int64_t	run_no;		/* 0: none */
	int64_t	priority;
	int64_t	fence;
	enum run_cause cause;	/* of its next attempt */
	int64_t	out_bytes;
};

/*
 * Makes *best the first run of a line that takes() wants, if that goes
 * before it: higher priority, then age.
 */
rh_status	store_claim_look(struct db *, const char *plugin,
		    int64_t line_no, int64_t now_us,
		    bool (*takes)(void *, int64_t scope_no), void *arg,
		    struct claim_head *best, struct err *);

struct claim_take {
	const struct claim_head *head;	/* as it was found */
	const char *runtime;
	int64_t	now_us, lease_us;
	const uint8_t *token;	/* hash of it; HASH_LEN bytes */
};
/* Takes it; with everything that an attempt is made of.  RH_ESTALE. */
rh_status	store_claim_take(struct db *, const struct claim_take *,
		    struct arena *, struct run_claimed *, struct err *);

/* What a runtime holds, in the order in which the runs were made. */
struct held_row {
	struct id id;
	int32_t	attempts;
	int64_t	lease_us, cancel_us;
	enum run_state state;
};
rh_status	store_claim_held(struct db *, const char *runtime,
		    struct held_row *, size_t max, size_t *count,
		    struct err *);
/* How many, up to max. */
rh_status	store_claim_count(struct db *, const char *runtime,
		    int64_t max, int64_t *n, struct err *);
/* All that runtimes elsewhere hold; costs by their number. */
rh_status	store_claim_count_all(struct db *, int64_t *n,
		    struct err *);
/* No lease of a runtime elsewhere is over before until_us. */
rh_status	store_claim_extend(struct db *, int64_t until_us,
		    struct err *);

#endif
