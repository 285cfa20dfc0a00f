/*
 * A run as the ground on which its plugin asks: what it gives, and whether
 * an attempt still holds it.
 */
#ifndef STORE_STORE_SESSION_H
#define STORE_STORE_SESSION_H

#include "base/arena.h"
#include "base/err.h"
#include "store/scope.h"

#include <stdbool.h>
#include <stdint.h>

struct db;

struct session_row {
	struct scope scope;
	bool	has_apis;	/* else what its scope gives */
	int64_t	apis;
	int64_t	fence;		/* of the attempt that holds it; 0: none */
};

rh_status	store_session_get(struct db *, int64_t run_no, struct arena *,
		    struct session_row *, struct err *);	/* RH_ENOENT */

#endif
