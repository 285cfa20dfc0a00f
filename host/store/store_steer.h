/*
 * What a live run is still to be told, in the order in which it came.
 */
#ifndef STORE_STORE_STEER_H
#define STORE_STORE_STEER_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct db;

#define STEER_MAX	100	/* that wait, of a run */

struct steer_row {
	int64_t	item_no;
	int64_t	at_us;
	const char *principal;	/* who pushed it */
	const char *data;	/* JSON object */
};

rh_status	store_steer_add(struct db *, int64_t run_no,
		    const struct steer_row *, int64_t *item_no,
		    struct err *);
rh_status	store_steer_count(struct db *, int64_t run_no, int64_t *n,
		    struct err *);
/* The first of them, at most max. */
rh_status	store_steer_list(struct db *, int64_t run_no, struct arena *,
		    struct steer_row *, size_t max, size_t *count,
		    struct err *);
/* Those up to this one go. */
rh_status	store_steer_remove(struct db *, int64_t run_no,
		    int64_t last_no, struct err *);

#endif
