/*
 * The paths of a worker's profile, opened while its process may still look
 * around.  What is bound into its root and allowed by Landlock are these
 * descriptors, not names that somebody could point elsewhere meanwhile.
 */
#ifndef WORKER_GRANTS_H
#define WORKER_GRANTS_H

#include "worker/profile.h"

#include <sys/types.h>

/* Each program may bring its interpreter, and that one its loader. */
#define GRANTS_MAX	(3 * PROFILE_PATHS_MAX)

struct grants {
	size_t	count;
	struct grant {
		uint32_t use;		/* enum path_use */
		int	fd;		/* O_PATH */
		bool	dir;
		bool	is_written;	/* by the worker's own right */
		uid_t	uid;		/* whose it is */
		gid_t	gid;
		const char *path;
		char	*brought;	/* path, when it is no grant's */
	} list[GRANTS_MAX];
};

/*
 * A program brings the interpreter or loader that it names, if that is a
 * program, too; not one that the worker could have written: what it names is
 * the plugin's word.
 *
 * Shorter paths come first.  A symbolic link on the way is followed only
 * where no plugin could have put it.  An error names the path.
 */
rh_status	grants_open(struct grants *, const struct worker_profile *,
		    struct err *);
void		grants_close(struct grants *);

#endif
