/*
 * System calls: an allow-list, compiled once by the spawner.  What is in no
 * list kills the process.  Row of layer_table.
 */
#ifndef WORKER_SANDBOX_CALLS_H
#define WORKER_SANDBOX_CALLS_H

#include "base/err.h"

#include <stdbool.h>

struct sandbox;

/*
 * In the spawner.  Those of workers with grants take a few milliseconds, so
 * they wait until there is one.
 */
void		calls_compile(struct sandbox *, bool all);
rh_status	calls_enter(struct sandbox *, struct err *);

#endif
