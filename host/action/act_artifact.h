/*
 * Bytes that runs leave, for the files that put, show and remove them.
 */
#ifndef ACTION_ACT_ARTIFACT_H
#define ACTION_ACT_ARTIFACT_H

#include "action/act.h"
#include "store/store_artifact.h"

/* The body's "artifact_id"; RH_EINPUT. */
rh_status	artifact_id(struct call *, struct id *, bool *given,
		    struct err *);
/* Its members, as anybody may see them. */
void		write_artifact(struct json_out *, const char *run_id,
		    const struct artifact *);

#endif
