/*
 * Whether the audit log is what it was: every hash from the first row on,
 * no gap, and no end before the newest anchored head.
 */
#ifndef AUDIT_VERIFY_H
#define AUDIT_VERIFY_H

#include "base/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct db;

struct audit_report {
	bool	ok;
	int64_t	rows;		/* that verified, from the first on */
	int64_t	last_seq;
	int64_t	witnessed_seq;	/* newest anchored head that is in the chain */
	int64_t	heads;		/* anchored heads that verified */
	char	problem[320];	/* the first bad row or line, in words; "" */
};

/* What the chain is compared with. */
struct audit_check {
	const char *anchor;	/* a file, or NULL */
	const uint8_t *key;	/* the host's public one; for an anchor */
	const atomic_bool *stop;	/* ends it with RH_ECANCELED; or NULL */
};

/*
 * The status is of reading, not of the verdict.  Rows never change, so each
 * transaction reads but so many of them: however long the log is, the WAL
 * isn't held for long.  What is appended meanwhile may be read or not.
 */
rh_status	audit_verify(struct db *, const struct audit_check *,
		    struct audit_report *, struct err *);

/*
 * For the start: whether the newest anchored head is the host's, and the
 * chain still reaches it and has its hash there.  RH_EIO with what is
 * missing.
 */
rh_status	audit_verify_end(struct db *, const struct audit_check *,
		    struct err *);

#endif
