/*
 * What became of a worker's layers: made in the worker, told to the host in
 * its first message, shown to the admin.
 */
#ifndef WORKER_CONFINED_H
#define WORKER_CONFINED_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "worker/profile.h"

#include <stddef.h>
#include <stdint.h>

#define LAYERS_MAX	32
#define LAYER_NAME_MAX	24
#define LAYER_WHY_MAX	160

enum layer_state { LAYER_UNSET, LAYER_ON, LAYER_MISSING, LAYER_NEEDLESS };

struct confined {
	uint32_t tier;			/* enum tier, once all is entered */
	size_t	count;
	struct confined_row {
		char	name[LAYER_NAME_MAX];
		uint8_t	state;		/* enum layer_state */
		uint8_t	tier;		/* that needs it; TIER_NONE: none */
		char	why[LAYER_WHY_MAX];	/* it is missing or needless */
	} rows[LAYERS_MAX];
};

void		confined_pack(const struct confined *, struct buf *);
/* RH_EPROTO: no such body. */
rh_status	confined_unpack(struct str, struct confined *, struct err *);
/* "user: Operation not permitted; …" of what the tier needs; "": nothing. */
void		confined_missing(const struct confined *, enum tier,
		    struct buf *);

#endif
