/*
 * A large file in the making: it is called PATH.part until it is whole and
 * on the disk.  What a former process left under that name is overwritten.
 */
#ifndef BASE_PART_H
#define BASE_PART_H

#include "base/err.h"

struct part {
	char	*path;		/* that it will have */
	char	*name;		/* that it has */
	int	fd;		/* holds the lock; -1: not open */
};

/*
 * An empty file of 0600.  RH_ECONFLICT when PATH is there, or another
 * process is making it.
 */
rh_status	part_open(struct part *, const char *path, struct err *);
/* Gives it its name; never over another file. */
rh_status	part_finish(struct part *, struct err *);
/* Removes it, unless it is finished; after a failed open, too. */
void		part_close(struct part *);

/* Makes names in the directory of path last. */
rh_status	part_sync_parent(const char *path, struct err *);

#endif
