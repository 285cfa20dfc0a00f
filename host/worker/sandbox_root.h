/*
 * A root directory of its own: the system's libraries, three devices, a
 * /proc with the worker's processes only, and what was granted.  The spawner
 * makes one without grants, which most workers use as it is; one with grants
 * gets its own.
 */
#ifndef WORKER_SANDBOX_ROOT_H
#define WORKER_SANDBOX_ROOT_H

#include "base/err.h"

#include <stdbool.h>

struct sandbox;

/* In the spawner: the common root, if /proc can be had in it. */
rh_status	root_prepare(struct sandbox *, struct err *);
/* In the first process of a worker. */
rh_status	root_enter(struct sandbox *, struct err *);
/* Before grants are opened: all the host's files, in a namespace of its own. */
rh_status	root_whole(struct sandbox *, struct err *);

/* What any worker may read; ended by a NULL path.  Some may not exist. */
struct system_path {
	const char *path;
	bool	programs;	/* for those that execute something only */
	bool	device;
};
extern const struct system_path system_paths[];
/* Links at the top that a worker has as the host does; ended by NULL. */
extern const char *const system_links[];

#endif
