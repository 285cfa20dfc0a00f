/*
 * Control groups (v2) of workers, where the host's own was delegated to it:
 * limits of a worker and all that it forks, and a kill that misses none.
 * The host moves into a leaf "host" of its group, for the kernel wants no
 * processes in one that is divided; beside it each worker has "worker.N".
 */
#ifndef WORKER_CGROUP_H
#define WORKER_CGROUP_H

#include "base/err.h"
#include "worker/profile.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The directory of the own group, by the text of /proc/self/cgroup and that
 * of /proc/self/mountinfo.  RH_EUNAVAIL: there is none.
 */
rh_status	cgroup_find(const char *self, const char *mounts,
		    char dir[PATH_MAX], struct err *);
/* The same by the files themselves. */
rh_status	cgroup_own(char dir[PATH_MAX], struct err *);

/*
 * Whether it, open, can be divided; changes nothing.  RH_EUNAVAIL: why not.
 */
rh_status	cgroup_look(int fd, const char *dir, struct err *);
/* A small file's text; false: errno. */
bool		cgroup_get(int dir, const char *name, char *text, size_t size);

struct cgroups {
	int	dir;		/* the group that is divided */
	int	made;		/* the number of the newest */
	int	*dying;		/* numbers of those that could not be removed */
	size_t	dying_count;
};

/*
 * Divides it.  Before the spawner, while the process is alone in it.  What
 * workers of an earlier host left in it is ended.  NULL: why not, and all is
 * as it was.
 */
struct cgroups	*cgroups_open(const char *dir, struct err *);
/* The same in the own group, said in the log. */
struct cgroups	*cgroups_of_host(void);
/* Ends all that is left in those of workers; undoes the rest.  NULL is fine. */
void		 cgroups_close(struct cgroups *);

/*
 * A group with the profile's limits: its number, and in *group its directory,
 * to be closed by the caller.  0: failed.  One thread at a time, as all here.
 */
int		cgroup_make(struct cgroups *, const struct worker_profile *,
		    int *group, struct err *);
/* What all that was ever in it has used of processors; false: not known. */
bool		 cgroup_cpu(const struct cgroups *, int number, int64_t *us);
/* Kills what is in it; true: it was at its limit of memory, and was killed. */
bool		cgroup_end(struct cgroups *, int number);

/* In the process that is to be in it: 0 or errno. */
int		cgroup_join(int group);

#endif
