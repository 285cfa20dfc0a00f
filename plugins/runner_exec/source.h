/*
 * The manifest's file: which, whether it may be read, and what is in it.
 */
#ifndef EXEC_SOURCE_H
#define EXEC_SOURCE_H

#include <runhost/host.h>

#include "text.h"

struct manifest;

/* NULL: why says what is wrong, of a line of the file where and what. */
struct manifest	*source_load(const struct rh_host *,
		    const struct rh_invocation *, struct text *why);

#endif
