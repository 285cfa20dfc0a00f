/*
 * Types of events that are appended from outside: who may, and what their
 * data must be.
 */
#ifndef ACTION_APPEND_TYPE_H
#define ACTION_APPEND_TYPE_H

#include "base/err.h"
#include "base/str.h"
#include "json/read.h"

#include <stdbool.h>

struct schema;

enum append_does {
	DOES_NOTHING,		/* but be kept */
	DOES_CHECKPOINT, DOES_STATE
};

struct append_type {
	const char *name;
	bool	holder;		/* only who holds the run's claim */
	const char *schema;	/* of its data */
	enum append_does does;
};
extern const struct append_type append_types[];	/* ended by a NULL name */

void		append_types_init(void);	/* once, at the start */
/*
 * Or NULL.  A name that is none of the table's and not the host's own is a
 * plugin's: its row is called "*".
 */
const struct append_type *append_type_find(struct str name);
/* RH_EINPUT names the place, which begins with where. */
rh_status	append_type_check(const struct append_type *,
		    const struct json_doc *, int node, const char *where,
		    struct err *);

#endif
