/*
 * The plugins of this tree, loaded from the build directory as a worker
 * loads them, and run one invocation at a time.
 */
#ifndef ABI_SHIPPED_H
#define ABI_SHIPPED_H

#include <runhost/plugin.h>

#include "fake.h"

/* NULL when it can't be loaded, which has then failed a check. */
const struct rh_entry *shipped_load(const char *name);	/* "runner_mock" */

/* Runs the first runner, or else the first action; false: not loaded. */
bool	shipped_run(const char *name, struct fake *);

#endif
