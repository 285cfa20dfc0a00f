/*
 * Copies of the ledger: whole ones, made in one go beside a writer, which
 * then lose what must not travel.  What a copy is worth is asked of
 * audit/backup.h.
 */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include "base/err.h"

#include <stdint.h>

struct db;

/*
 * Writes all of a DB_OFFLINE connection's database to a file that is empty
 * or not there.  One read transaction, so that it ends however much is
 * written meanwhile; until it does, the WAL can't start over.
 */
rh_status	copy_make(struct db *, const char *to, struct err *);
/* What a copy comes to at most. */
rh_status	copy_bytes(struct db *, int64_t *bytes, struct err *);

/*
 * On a DB_PRIVATE connection: removes all tokens, so that not even their
 * hashes are left in the file's free pages.
 */
rh_status	copy_strip(struct db *, struct err *);

/*
 * Whether every page, row and index is in order, there are no tokens, and
 * the tables and triggers are those of this program.  RH_EIO or RH_EVERSION
 * with what is wrong.
 */
rh_status	copy_check(struct db *, struct err *);

#endif
