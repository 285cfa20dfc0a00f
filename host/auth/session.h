/*
 * What a run gives the plugin that carries it out: single actions on that
 * run, and on those like it, without a grant of the plugin's own.  All others
 * in the chain of the call need theirs all the same.
 */
#ifndef AUTH_SESSION_H
#define AUTH_SESSION_H

#include "base/str.h"
#include "store/scope.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The actions that can be given; the place of each is its bit in the ledger,
 * so they are only ever appended.  Ended by NULL.
 */
extern const char *const api_table[];

int64_t		api_bit(struct str name);	/* 0: it can't be given */
/* What a run gives when nothing was said of it. */
int64_t		api_preset(const struct scope *);
/* What of it is left when the run has ended. */
int64_t		api_kept(int64_t bits);

struct session {
	int64_t	run_no;
	struct scope scope;
	int64_t	apis;		/* bits of api_table */
	bool	own;		/* the target is the run itself */
	bool	named;		/* in the body: its owner's right is asked for, too */
};

/* Whether it gives the action at all; whether it does on such a run. */
bool		session_has(const struct session *, const char *action);
bool		session_reaches(const struct session *,
		    const struct scope *target);

#endif
