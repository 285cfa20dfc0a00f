/*
 * A new plugin: the directory that "plugin new" writes, from a table of
 * pieces of text.
 */
#ifndef KIT_TEMPLATE_H
#define KIT_TEMPLATE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

/* What a new plugin has; pieces are for one, the other or either. */
#define TEMPLATE_RUNNER	1u
#define TEMPLATE_ACTION	2u

struct template_part {
	const char *file;	/* pieces of a file follow one another */
	unsigned kinds;
	const char *text;
};
extern const struct template_part template_parts[];	/* ended by NULL */

struct template {
	const char *name;	/* of directory, file, command and runner */
	const char *id;		/* of the plugin */
	unsigned kinds;		/* TEMPLATE_* */
};

#define TEMPLATE_NAME_MAX	40
#define TEMPLATE_ID_BEFORE	"org.example."	/* when no id is given */

/* RH_EINPUT: no plugin may be called so; says why and what would do. */
rh_status	template_check(const struct template *, struct err *);

/*
 * The file that begins with the part at *part, which goes on behind it: its
 * name and its text.  false: there is none.
 */
bool		template_file(const struct template *, size_t *part,
		    struct buf *name, struct buf *text);

/*
 * Makes the directory of that name in the working directory.  RH_ECONFLICT:
 * there is something already, which stays; RH_EIO, and nothing is left.
 */
rh_status	template_write(const struct template *, struct err *);

#endif
