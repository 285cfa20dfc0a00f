/*
 * Which grant is missing, before anything is tried without it: the worker's
 * sandbox ends who does, or says EACCES and no more.
 */
#ifndef EXEC_GRANTS_H
#define EXEC_GRANTS_H

#include <runhost/host.h>

#include "text.h"

#include <stdbool.h>

/* kind: "fs.read", "proc.exec".  false: why says which and how. */
bool	grant_held(const struct rh_host *, const struct rh_invocation *,
	    const char *kind, const char *path, struct text *why);

#endif
