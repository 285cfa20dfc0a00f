/*
 * Reads the text of a slash command: which command, which action word, and
 * the arguments, split as a POSIX shell would.  Knows no commands: whether
 * such a command exists is the registry's to say.
 */
#ifndef RUN_SLASH_H
#define RUN_SLASH_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>

struct slash {
	const char *command;	/* first word, with its slash */
	const char *action;	/* second word, if it looks like a name; or NULL */
	const char **args;	/* the other words, without their quotes */
	size_t	arg_count;
	const char *raw_args;	/* as written after command and action; "" */
};

/*
 * Everything is in the arena.  A quote or backslash left open makes white
 * space the only separator.  RH_EREQUEST: no leading slash, or nothing
 * after it.
 */
rh_status	slash_parse(struct arena *, const char *text, struct slash *,
		    struct err *);

#endif
