/*
 * A valid call of every action, with what it needs to be one: for tests
 * that walk the whole table.
 */
#ifndef LIB_SAMPLES_H
#define LIB_SAMPLES_H

#include "lib/core.h"

struct sample {
	const char *action;
	/*
	 * Of a public action: $run, $token, $grant and $op are replaced by
	 * fresh ones; $claim by the fields that name one.  NULL: make() makes the call of an internal one.
	 */
	const char *body;
	struct call *(*make)(struct core *);
	const char *key;	/* a prefix: with an idempotency key; or NULL */
};

/* Ended by a NULL action; every action of the table has at least a row. */
extern const struct sample sample_table[];

/*
 * The call of a row, prepared; who calls (NULL: local:0), and who owns the
 * run that it names (NULL: who).
 */
struct call	*sample_call(struct core *, const struct sample *,
		    const struct caller *who, const struct caller *owner);
/* A member of a reply, as its JSON; in the call's arena. */
const char	*sample_field(struct call *, const char *name);
/* "", or the name of an action that has no row. */
const char	*sample_missing(void);

#endif
