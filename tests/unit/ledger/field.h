/*
 * Two runtimes elsewhere, "ra" and "rb", each of a principal of its own that
 * claims anybody's runs.
 */
#ifndef UNIT_LEDGER_FIELD_H
#define UNIT_LEDGER_FIELD_H

#include "lib/core.h"

struct field {
	struct core c;
	struct caller a, b;
};

void	field_start(struct field *);
void	field_finish(struct field *);	/* checked */
/* One more: its roles, in the scope that the rest of a grant says. */
struct caller field_claimer(struct core *, const char *who, const char *id,
	    const char *scope);
/* A run of the demo, with more of its body. */
void	field_make(struct field *, const char *more);
/* What a claim gives: the run's number, 0 for none; and the call. */
int64_t	field_claim(struct field *, struct caller *, const char *more,
	    struct call **);
/* A call with the claim that a run_claim gave. */
struct call *field_use(struct field *, struct caller *, const char *action,
	    struct call *claimed, const char *more);

#endif
