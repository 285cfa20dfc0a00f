/*
 * Claims of runtimes elsewhere, for the files that make and use them.
 */
#ifndef ACTION_ACT_CLAIM_H
#define ACTION_ACT_CLAIM_H

#include "action/act.h"

/* What is stored of a claim's token: a hash of all that it is good for. */
void		claim_hash(const struct call *, const char *token,
		    const char *runtime, int64_t run_no, int64_t fence,
		    uint8_t out[HASH_LEN]);

/* run_claim, as doors and the host's waiters see it. */
struct claim_args {
	const char *queue;	/* or NULL */
	int	runner_ids;	/* node of the list; -1: any */
	int64_t	lease_us;
};
struct claim_reply {
	struct run_claimed got;	/* row.run_no 0: nothing */
	int64_t	lease_us;	/* how long it is good */
	char	token[ACT_TOKEN_LEN];
};

#endif
