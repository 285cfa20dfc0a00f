/*
 * Checkpoints of a run, each with the digest of its bytes.
 */
#ifndef STORE_STORE_CHECKPOINT_H
#define STORE_STORE_CHECKPOINT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct db;

#define CHECKPOINTS_KEPT 8	/* of a run; older ones are removed */

/* *grown: what the run weighs more, which is less when an older one went. */
rh_status	store_checkpoint_add(struct db *, int64_t run_no,
		    int64_t attempt, struct str name, struct str data,
		    int64_t now_us, int64_t *grown, struct err *);

/*
 * The newest whose bytes have their digest, for who claims the run; the name
 * is NULL when none has.
 */
struct run_claimed;
rh_status	store_checkpoint_newest(struct db *, int64_t run_no,
		    struct arena *, struct run_claimed *, struct err *);

#endif
