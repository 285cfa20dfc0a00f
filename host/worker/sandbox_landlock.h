/*
 * Landlock: of files only what the profile and the loader need, no TCP, no
 * signals and no abstract sockets beyond the worker.  Rows of layer_table.
 */
#ifndef WORKER_SANDBOX_LANDLOCK_H
#define WORKER_SANDBOX_LANDLOCK_H

#include "base/err.h"

struct sandbox;

int		landlock_abi(void);	/* 0: none here */
/* In the spawner: the rules of workers without grants, kept open. */
rh_status	landlock_prepare(struct sandbox *, struct err *);
rh_status	landlock_enter(struct sandbox *, struct err *);
/* Whether that held what a newer kernel has: only these two say so. */
rh_status	landlock_ports(struct sandbox *, struct err *);
rh_status	landlock_scopes(struct sandbox *, struct err *);

#endif
