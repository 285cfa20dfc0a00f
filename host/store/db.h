/*
 * One SQLite connection and its prepared statements.  A connection belongs
 * to one thread at a time.  Nothing outside this folder sees sqlite3.h.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct arena;

enum db_mode {
	DB_WRITER,		/* the only one that writes; makes the file */
	DB_READER,		/* query_only */
	DB_SCAN,		/* a reader that comes by each page once */
	DB_OFFLINE,		/* read-only beside a running host */
	DB_PRIVATE		/* a file that is nobody else's yet; what is
				 * deleted in it is overwritten */
};

/* vfs: NULL for the system's; tests pass the faulty one. */
rh_status	db_open(const char *path, enum db_mode, const char *vfs,
		    struct db **, struct err *);
void		db_close(struct db *);		/* NULL is fine */
/* Closing will leave the files as they are: no checkpoint. */
void		db_abandon(struct db *);

/*
 * Asked every few thousand steps of a statement, on its thread; false ends
 * it with RH_EIO.  Borrowed until the connection is closed.
 */
struct db_watch {
	bool	(*go_on)(void *arg);
	void	*arg;
};
void		db_watch(struct db *, const struct db_watch *);	/* NULL: nobody */

/* Transactions.  db_begin: IMMEDIATE on the writer, deferred elsewhere. */
rh_status	db_begin(struct db *, struct err *);
rh_status	db_commit(struct db *, struct err *);
void		db_rollback(struct db *);	/* fine without one */
bool		db_in_transaction(struct db *);
rh_status	db_savepoint(struct db *, struct err *);
rh_status	db_savepoint_release(struct db *, struct err *);
void		db_savepoint_rollback(struct db *);
int64_t		db_changes_total(struct db *);	/* rows changed since opening */

/*
 * Checkpoints.  passive: as far as readers allow, from any connection;
 * truncate: all of it, or RH_EUNAVAIL when somebody is in the way for two
 * seconds.
 * wal_pages: size of the WAL after the last commit of this connection.
 */
rh_status	db_checkpoint(struct db *, bool truncate, int *left_pages,
		    struct err *);
/*
 * What a former process left in the WAL is synced before it is believed.
 * Somebody who reads the database keeps the WAL from being emptied, not from
 * being synced.
 */
rh_status	db_settle(struct db *, struct err *);
int		db_wal_pages(struct db *);

/* What this connection remembers of scopes; cleared by every rollback. */
struct scope_cache *db_scopes(struct db *);

/* Runs statements without parameters or results: schema and pragmas. */
rh_status	db_script(struct db *, const char *sql, struct err *);

/*
 * A statement in use.  The text is a constant: it is prepared once a
 * connection and kept.  Binds and reads go from left to right; the first
 * thing that fails sticks and is reported by q_end() or q_exec(), so that
 * only these are checked.
 */
struct q {
	struct db *db;
	void	*stmt;
	int	bound;
	int	col;
	int	rc;
};

struct q	q_begin(struct db *, const char *sql);
void		q_i64(struct q *, int64_t);
void		q_i64_or_null(struct q *, int64_t);	/* 0 is NULL */
void		q_text(struct q *, const char *);	/* NULL is NULL; borrowed until q_end */
void		q_str(struct q *, struct str);
void		q_blob(struct q *, const void *, size_t); /* NULL is NULL; borrowed */
void		q_null(struct q *);

bool		q_row(struct q *);		/* next row; false at the end or on error */
int64_t		q_get_i64(struct q *);		/* NULL is 0 */
/*
 * Whether the row's columns are what the letters say, each without
 * conversion: i an integer, t a text without a NUL byte, T one or NULL, b a
 * blob.
 */
bool		q_row_is(struct q *, const char *letters);
bool		q_get_null(struct q *);		/* peeks: next column is NULL; skips it if so */
struct str	q_get_str(struct q *);		/* borrowed until the next row */
const char	*q_get_text(struct q *, struct arena *);	/* copied; NULL is NULL */
const void	*q_get_blob(struct q *, size_t *len);	/* borrowed */
bool		q_get_fixed(struct q *, void *, size_t len); /* a blob of this length */

rh_status	q_end(struct q *, struct err *);	/* resets */
rh_status	q_exec(struct q *, struct err *);	/* step to the end, then q_end */
int		q_changes(struct q *);			/* rows changed by q_exec */
int64_t		q_rowid(struct q *);			/* of the row it inserted */

#endif
