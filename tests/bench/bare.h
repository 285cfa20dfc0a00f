/*
 * A ledger with the gate and nothing around it, as tests of the bare writer
 * need it: one plugin is known that is never opened, and calls are applied
 * by who made them.
 */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include "ledger/ledger.h"

#define BARE_PLUGIN	"org.example.bench"	/* its runner is "echo" */

struct bare {
	struct ledger *ledger;
	struct action_env env;	/* its quotas may be changed */
	struct call *calls[LEDGER_BATCH];
	size_t	count;
	struct effects effects;	/* of all that was applied */
};

/* An operator after bare_grant(); who may do everything. */
extern const struct caller bare_user, bare_root;

/* The ledger in a file, made if it isn't there. */
void	bare_open(struct bare *, const char *path);
void	bare_close(struct bare *);
/* Rights as in a ledger that is in use, and those of bare_user. */
void	bare_grant(struct bare *);

/*
 * Calls are collected: made as a door makes them, or whatever comes.  Then
 * applied in one transaction, in which each must succeed, and freed.
 */
void	bare_ask(struct bare *, const struct caller *, const char *action,
	    const char *body);
void	bare_add(struct bare *, struct call *);
void	bare_apply(struct bare *);
void	bare_free(struct bare *);
/* All of it, of one call. */
void	bare_do(struct bare *, const struct caller *, const char *action,
	    const char *body);

/* SplitMix64, as in the limit's programs. */
uint64_t bare_random(uint64_t *state);

/* Ends the program with the message when the status isn't RH_OK. */
void	must(rh_status, const struct err *, const char *what);

#endif
