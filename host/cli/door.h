/*
 * Finds the host and talks to it: over the Unix socket of its data
 * directory, or at a URL with a token from a file.  Tokens never come from
 * the command line or the environment.
 */
#ifndef CLI_DOOR_H
#define CLI_DOOR_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/httpc.h"
#include "cli/cli.h"
#include "json/read.h"

#include <sys/types.h>

struct door {
	struct httpc *http;
	char	*where;		/* for messages */
	int	dir_fd;		/* of a data directory with a long name, or -1 */
	bool	local;		/* by its socket */
	uid_t	owner;		/* local: of its data directory */
};

/* An answer that was a success: its bytes, and the index over them. */
struct reply {
	struct httpc_reply raw;
	struct arena arena;
	struct json_doc doc;
};

/*
 * By the options of a command that has CMD_HOST, then by the environment.
 * RH_EINPUT: no host is named, or the token file is missing, not ours or
 * open to others.
 */
rh_status	door_open(const struct cli *, struct door *, struct err *);
/*
 * The same for who tries again: with a limit of its own for a request, and
 * one that was given up doesn't come late, when another has come before.
 */
rh_status	door_open_for(const struct cli *, int64_t timeout_ms,
		    struct door *, struct err *);
/* That of a data directory, by no option at all. */
rh_status	door_open_data(const char *data, struct door *, struct err *);
void		door_close(struct door *);	/* also after a failed open */

/*
 * An answer other than 2xx becomes an error with the host's message, hint
 * and reason.  The reply is to be freed in every case.
 */
rh_status	door_send(struct door *, const struct httpc_request *,
		    struct reply *, struct err *);
rh_status	door_get(struct door *, const char *path, struct reply *,
		    struct err *);
rh_status	door_post(struct door *, const char *path, const char *body,
		    struct reply *, struct err *);
/* POST /api/actions/NAME */
rh_status	door_action(struct door *, const char *name, const char *body,
		    struct reply *, struct err *);
/* before, id with its odd bytes encoded, after; the caller frees. */
char		*door_path(const char *before, const char *id,
		    const char *after);
/* Indexes the body of an answer that was refused, too. */
rh_status	reply_parse(struct reply *, struct err *);
void		reply_free(struct reply *);

/* What a reply that isn't 2xx says. */
rh_status	door_refusal(const struct httpc_reply *, struct err *);

/* First line of a file that only its owner can read; the caller frees. */
rh_status	door_token(const char *path, char **token, struct err *);

#endif
