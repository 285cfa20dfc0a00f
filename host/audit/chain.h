/*
 * The audit chain: every row's hash covers the row before it, so that an
 * edit, a gap or a swap shows.  Made without a key, so that anybody can
 * verify an export.
 *
 * hash = BLAKE2b-256("rh1", u64 chain, u64 seq, previous hash, u64 time,
 * then the fields op, principal, via, action, permission, decision (one
 * byte), target, detail), each field as u32 length and bytes, an absent one
 * as the length 2^32-1 alone; integers little endian.
 */
#ifndef AUDIT_CHAIN_H
#define AUDIT_CHAIN_H

#include "base/err.h"
#include "store/store_audit.h"

struct db;

/* The end of the chain, a value that can be copied and kept back. */
struct chain_head {
	int64_t	chain;
	int64_t	seq;		/* of the last row; 0: none yet */
	int64_t	at_us;		/* of the last row */
	struct id op;		/* of the last row */
	uint8_t	hash[HASH_LEN];	/* of the last row; zero at the start */
};

/* From the table: what the head must be after any restart. */
rh_status	chain_load(struct db *, struct chain_head *, struct err *);

/*
 * Gives the row its place, time (never before the last row's) and hash,
 * writes it, moves the head.  On failure the head is as it was.
 */
rh_status	chain_append(struct db *, struct chain_head *,
		    struct audit_row *, struct err *);

/* The hash of a row after the row with hash prev. */
void		chain_hash(const struct audit_row *, const uint8_t prev[HASH_LEN],
		    uint8_t out[HASH_LEN]);

const char	*audit_decision_name(enum audit_decision);

#endif
