/*
 * The way from a top value to one inside it, for messages.  Lives on the
 * stack of a recursion.  Private to this folder.
 */
#ifndef JSON_PLACE_H
#define JSON_PLACE_H

#include "base/err.h"
#include "base/str.h"

struct place {
	const struct place *up;	/* NULL at the top */
	struct str name;
	int	index;		/* in an array; or -1, and name counts */
};

/*
 * RH_EINPUT with "args.list[3].name: message".  Names other than words
 * are shown in quotes; only the last steps of a long way are shown.
 */
rh_status	place_refuse(const struct place *, struct err *,
		    const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));

#endif
