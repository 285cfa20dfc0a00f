/*
 * The tables, as numbered migrations, forward only.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "base/err.h"

struct db;

#define SCHEMA_APPLICATION_ID	0x72686f73	/* "rhos" */

struct migration {
	int	version;	/* the schema's version afterwards */
	const char *what;
	const char *sql;
};
extern const struct migration migration_table[];	/* ended by version 0 */

int		schema_newest(void);

/* Of an opened file: 0 for an empty one.  RH_EVERSION when it isn't ours. */
rh_status	schema_version(struct db *, int *, struct err *);

/*
 * Brings the file to the newest version, one transaction a migration.
 * RH_EVERSION for a schema newer than this host.
 */
rh_status	schema_migrate(struct db *, struct err *);
/* The same, to an older version. */
rh_status	schema_migrate_to(struct db *, int version, struct err *);

#endif
