/*
 * A list of what might be granted to a plugin, as commands that an admin can
 * paste.  What a plugin says or tries is in them, so they are quoted.
 */
#ifndef ACTION_SUGGEST_H
#define ACTION_SUGGEST_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct json_out;

struct suggestion {
	const char *permission;
	const char *why_not;	/* it can't be granted; NULL: it can */
};

struct suggest {
	struct arena *arena;
	struct suggestion *list;
	size_t	count, room;
};

/* Whether the first, a capability with a path, gives all that the other does. */
bool	suggest_holds(const char *has, const char *asked);

/* why_not NULL: judged by how it is spelt. */
void	suggest_add(struct suggest *, const char *permission,
	    const char *why_not);

/*
 * Leaves out what another holds already, and takes a directory for many of
 * its files.
 */
#define SUGGEST_FILES	5	/* of one directory, before that is taken */
void	suggest_collapse(struct suggest *);

/* A member: an array of { permission, command, reason }. */
void	suggest_write(const struct suggest *, struct json_out *,
	    const char *member, const char *principal);

#endif
