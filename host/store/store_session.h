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
	int64_t	run_no;
	struct scope scope;
	bool	has_apis;	/* else what its scope gives */
	int64_t	apis;
	const char *plugin;
	int64_t	fence;		/* of the attempt that holds it; 0: none */
	int64_t	ended_us;	/* 0: not yet */
	int64_t	image;		/* tag of the plugin's file; 0: it had none of it */
	bool	inproc;
};

rh_status	store_session_get(struct db *, int64_t run_no, struct arena *,
		    struct session_row *, struct err *);	/* RH_ENOENT */

#endif
