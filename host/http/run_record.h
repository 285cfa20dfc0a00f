/*
 * How a run is spelled by the native API: the same record in lists and
 * alone.
 */
#ifndef HTTP_RUN_RECORD_H
#define HTTP_RUN_RECORD_H

#include "action/replies.h"
#include "base/arena.h"
#include "base/err.h"
#include "json/write.h"

/* arena: for what is needed while writing. */
void	run_record(struct json_out *, struct arena *, const struct run_view *);

/* Takes any spelling of an id; RH_ENOENT: it can't be one. */
rh_status	run_record_id(const char *text, char out[ID_RUN_LEN],
		    struct err *);

#endif
