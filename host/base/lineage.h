/*
 * A file and the directories above it, by device and inode: whether one
 * place contains another, however either is spelled.
 */
#ifndef BASE_LINEAGE_H
#define BASE_LINEAGE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define LINEAGE_MAX	128	/* directories above one another */

struct lineage {
	struct {
		dev_t	dev;
		ino_t	ino;
	} at[LINEAGE_MAX];	/* from "/" down */
	size_t	count;
	bool	whole;		/* the path's own end is there, as the last */
};

/*
 * Looks at the file system.  path is absolute and without "..", links are
 * followed; what isn't there is left off.
 */
rh_status	lineage_of(const char *path, struct lineage *, struct err *);

/* Whether the first lies within the second, or is it. */
bool		lineage_within(const struct lineage *,
		    const struct lineage *);

#endif
