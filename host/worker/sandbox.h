/*
 * What a worker gives up before it opens the plugin.  Each mechanism is a
 * row; they are entered in order.  One that this kernel refuses either ends
 * the worker (required) or is noted as not achieved.
 */
#ifndef WORKER_SANDBOX_H
#define WORKER_SANDBOX_H

#include "base/err.h"
#include "worker/spawner.h"

#include <stdbool.h>

struct sandbox {
	const char *name;
	bool	required;
	rh_status (*enter)(const struct worker_spec *, struct err *);
};

/* In the order in which they are entered; ended by a row without name. */
extern const struct sandbox sandbox_table[];

rh_status	sandbox_enter(const struct worker_spec *, struct err *);

#endif
