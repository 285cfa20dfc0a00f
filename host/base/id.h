/*
 * 128-bit ids, UUID version 7 (RFC 9562): time-ordered, so that an index
 * over them grows at its end.  A source gives strictly rising ids.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include "base/rand.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define ID_LEN		16
#define ID_HEX_LEN	33	/* 32 digits and NUL */
#define ID_RUN_LEN	37	/* "run_", 32 digits and NUL */
#define ID_UUID_LEN	37	/* dashed form and NUL */

struct id {
	uint8_t	b[ID_LEN];
};

struct id_src {			/* all zero at first */
	struct id last;
	uint32_t steps[16];	/* random, drawn together */
	unsigned left;		/* of them */
};

/* Greater than every id that this source gave, even when time stands still. */
struct id	id_next(struct id_src *, int64_t wall_us, struct rand_src *);

int64_t		id_ms(const struct id *);	/* its time, ms since 1970 */
bool		id_is_zero(const struct id *);
int		id_cmp(const struct id *, const struct id *);
const char	*id_hex(const struct id *, char out[ID_HEX_LEN]);
const char	*id_run(const struct id *, char out[ID_RUN_LEN]);
const char	*id_uuid(const struct id *, char out[ID_UUID_LEN]);

/* Takes "run_" + 32 hex, 32 hex, or a dashed UUID. */
bool		id_parse(struct str, struct id *);

#endif
