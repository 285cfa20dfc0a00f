/*
 * A connection's insides, shared by db.c and query.c only.
 */
#ifndef STORE_DB_IMPL_H
#define STORE_DB_IMPL_H

#include "store/db.h"

#include <sqlite3.h>

#define STMT_SLOTS	512	/* power of two, well above what there is */

struct db_stmt {
	const char *sql;
	sqlite3_stmt *st;
};

struct db {
	sqlite3	*h;
	enum db_mode mode;
	int	wal_pages;
	struct scope_cache *scopes;
	struct db_stmt stmts[STMT_SLOTS];
};

/* Puts a result code into words; what: who says so. */
rh_status	db_error(struct db *, int rc, const char *what,
		    struct err *);

#endif
