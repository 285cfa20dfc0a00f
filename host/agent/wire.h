/*
 * A request of a runtime to its host, and what its failure means.
 */
#ifndef AGENT_WIRE_H
#define AGENT_WIRE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/httpc.h"
#include "json/read.h"

#include <stdbool.h>

#define WIRE_REPLY_MAX	(64 * 1024 * 1024)

struct wire_reply {
	struct httpc_reply raw;
	struct arena arena;
	struct json_doc doc;
};

/*
 * POST /api/actions/NAME.  RH_OK: the action was carried out.  The reply is
 * to be freed in every case.  sink: NULL, or how to wait for long.
 */
rh_status	wire_call(struct httpc *, const char *action,
		    const struct buf *body, const struct httpc_sink *sink,
		    struct wire_reply *, struct err *);
void		wire_free(struct wire_reply *);

/* No answer, or one that will not last: to be asked again. */
bool		wire_is_passing(rh_status);
/* The claim isn't ours any more, or never was. */
bool		wire_is_lost(rh_status);

/* A member as text in the reply's arena; NULL: there is none. */
const char	*wire_text(struct wire_reply *, int node, const char *name);
int64_t		wire_i64(struct wire_reply *, int node, const char *name,
		    int64_t absent);
bool		wire_bool(struct wire_reply *, int node, const char *name);

#endif
