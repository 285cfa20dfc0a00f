/*
 * What backup and restore have in common: a bar while it takes long, Ctrl-C,
 * and the backup as it is shown.
 */
#ifndef CLI_BACKING_H
#define CLI_BACKING_H

#include "audit/backup.h"
#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "store/db.h"

struct backing {
	struct db_watch watch;		/* for what takes long */
	const char *stage;		/* "copying" */
	const char *file;		/* that grows; NULL: none does */
	int64_t	total;			/* what it will come to, at most */
	const char *wal;		/* that must not grow beyond: */
	int64_t	wal_max;
	int64_t	shown_us;
	struct progress bar;
	struct interrupt interrupt;
	struct err stop;		/* why watch said no */
};

void		backing_begin(struct backing *, const struct cli *);
void		backing_stage(struct backing *, const char *stage);
/* The status of what was watched; err says why it was stopped. */
rh_status	backing_judge(const struct backing *, rh_status,
		    struct err *);
void		backing_end(struct backing *);

int64_t		backing_size(const char *path);	/* of a file; 0: none */

/* RH_EIO when the backup isn't the one with the digest of --digest. */
rh_status	backing_digest(const struct cli *, const struct backup *,
		    struct err *);
void		backing_text(const struct cli *, const struct backup *);

#endif
