/*
 * Capabilities: what a plugin's code may do by itself.  Each has one
 * spelling, so that two texts that mean the same are the same; it is granted
 * to a plugin only, by its own name, and no pattern matches it.
 */
#ifndef AUTH_CAPABILITY_H
#define AUTH_CAPABILITY_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct policy;
struct grant_row;

enum capability_kind {
	CAP_NONE,
	CAP_READ, CAP_WRITE, CAP_EXEC,	/* a path: a file, or all below it */
	CAP_LOOSE,	/* children that a kill may miss are accepted */
	CAP_CONNECT,	/* host and port */
	CAP_ENV,	/* a variable of the host's */
	CAP_SECRET,
	CAP_INPROCESS,
	CAP_AMPLIFY,	/* an action's name */
	/* amounts; of several grants the largest holds */
	CAP_MEMORY, CAP_CPU, CAP_PROCESSES, CAP_OPEN_FILES, CAP_FILE_SIZE,
	CAP_OUTPUT,
	CAP_KINDS
};

struct capability {
	enum capability_kind kind;
	const char *of;		/* behind the colon; or NULL */
	int64_t	amount;		/* of a limit: bytes, seconds, a number */
};

/* Whether it begins as one does: "fs.read:", "host.inprocess". */
bool		capability_is(const char *);
/*
 * Everything else that looks like one, as "fs.read" or "limit.memroy:1G", is
 * refused as well: RH_EINPUT says what is wrong and how it is to be written.
 * What it points to is borrowed from the text.
 */
rh_status	capability_parse(const char *, struct capability *,
		    struct err *);
/* Its first word, with the dot or colon, is none of an action. */
bool		capability_like(const char *);

/* A path of the file system that it is about; or NULL. */
const char	*capability_path(const char *);

/*
 * Whether a worker is given it when it is made, so that it can't be taken
 * back from one.  The rest is asked for at each use.
 */
bool		capability_is_given(enum capability_kind);

/* Whether it is granted now; the i-th of a principal, NULL at the end. */
bool		capability_held(const struct policy *, const char *principal,
		    const char *capability, int64_t now_us);
const struct grant_row *capability_next(const struct policy *,
		    const char *principal, int64_t now_us, size_t *i,
		    struct capability *);

#endif
