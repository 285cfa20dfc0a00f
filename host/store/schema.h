/*
 * The tables, as numbered migrations, forward only.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "base/err.h"

struct db;

#define SCHEMA_APPLICATION_ID	0x72686f73	/* "rhos" */

/*
 * A table of them begins with version 1, goes on without a gap and is ended
 * by version 0.  What was released is never changed, only added to.  They run
 * with foreign keys off, so that tables may be made anew.
 */
struct migration {
	int	version;	/* the schema's version afterwards */
	const char *what;
	const char *sql;
};
extern const struct migration migration_table[];

int		schema_newest(void);	/* of this program */
int		schema_last(const struct migration *);	/* of a table */

/* Of an opened file: 0 for an empty one.  RH_EVERSION when it isn't ours. */
rh_status	schema_version(struct db *, int *, struct err *);

/* From one version to another, within the caller's transaction. */
rh_status	schema_apply(struct db *, const struct migration *, int from,
		    int to, struct err *);
/* RH_EIO when a row refers to one that isn't there. */
rh_status	schema_check_references(struct db *, struct err *);

/* Makes an empty file one of this version, in one transaction. */
rh_status	schema_make(struct db *, int version, struct err *);

#endif
