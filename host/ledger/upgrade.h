/*
 * Bringing a ledger's schema to that of this program, after a backup of what
 * it was: a start does it, and "runhost migrate" before one.  Whoever calls
 * holds the data directory's lock.
 */
#ifndef LEDGER_UPGRADE_H
#define LEDGER_UPGRADE_H

#include "audit/backup.h"
#include "base/err.h"

struct arena;
struct db;
struct db_watch;
struct migration;

struct upgrade {
	const char *path;		/* of the database */
	const char *vfs;		/* as db_open() takes it */
	const struct migration *table;	/* NULL: this program's */
	const char *file;		/* of the backup; NULL: beside it */
	const struct db_watch *watch;	/* while it lasts; or NULL */
	/* filled in */
	int	from, to;		/* equal: nothing is to be done */
	struct backup backup;		/* seq 0: none was made */
};

/*
 * Sets from and to.  RH_EVERSION when the file isn't a ledger, or of a newer
 * program.
 */
rh_status	upgrade_plan(struct db *, struct upgrade *, struct err *);

/*
 * Plans, makes the backup and verifies it, then carries all migrations out in
 * one transaction, which also leaves FACT_UPGRADE for the next start.  An
 * error has changed nothing.  A backup that an interrupted upgrade left is
 * used again.  file, if it was NULL, is set to text of the arena.  db: the
 * writer's.
 */
rh_status	upgrade_run(struct db *, struct upgrade *, struct arena *,
		    struct err *);

#endif
