/*
 * A backup: a copy of the ledger without tokens that says where its audit
 * log ends, so that it can be judged alone, wherever it was kept.
 */
#ifndef AUDIT_BACKUP_H
#define AUDIT_BACKUP_H

#include "audit/chain.h"

struct db_watch;
struct json_out;

struct backup {
	int64_t	chain, seq, at_us;	/* of its last audit row */
	uint8_t	hash[HASH_LEN];		/* likewise */
	int64_t	bytes;
	uint8_t	digest[HASH_LEN];	/* of the file */
};

/*
 * Makes a backup of what copy_make() has just written.  least: the log's end
 * before that, which must be in it.
 */
rh_status	backup_finish(const char *path, const struct chain_head *least,
		    struct err *);

/*
 * Whether the file is a backup, whole and as it was made.  The digest is for
 * comparing with one that was kept elsewhere: of runs the file has no other
 * proof.  watch may be NULL.
 */
rh_status	backup_check(const char *path, const struct db_watch *watch,
		    struct backup *, struct err *);

/* Members of an object: of the last row, then the file. */
void		backup_json(struct json_out *, const struct backup *);

/*
 * Makes a ledger of a backup's copy.  The next start will begin a new chain
 * with a row that has this detail (JSON), and make the first token again.
 */
rh_status	backup_revive(const char *path, const char *detail,
		    struct err *);

#endif
