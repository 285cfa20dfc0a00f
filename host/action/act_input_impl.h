/*
 * What the files of run_create's event, delivery and binding share.
 */
#ifndef ACTION_ACT_INPUT_IMPL_H
#define ACTION_ACT_INPUT_IMPL_H

#include "action/act_input.h"

#define ID_MAX		255	/* bytes */

/* Whether a node is one of the texts, which NULL ends. */
bool		input_is_among(const struct json_doc *, int node,
		    const char *const *names);
/* The members of an object, to stand behind others; "" when it has none. */
struct str	input_members(const char *object);

/* A value and how it is called in messages. */
struct field {
	int	node;		/* -1: absent */
	const char *where;
};
/* Of the event; else the one that stands by itself. */
struct field	input_field(struct call *, const char *name);
/* Text of 1 to max bytes; *out stays when it is absent. */
rh_status	input_text(struct call *, struct field, size_t max,
		    const char **out, struct err *);

#endif
