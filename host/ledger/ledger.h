/*
 * The ledger as a library without threads: opens the database, applies
 * batches of calls.  host.c puts threads around it; tests drive it with a
 * fake clock, seeded random bytes and a faulty VFS.
 */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "action/effect.h"
#include "action/gate.h"

struct db_watch;
struct ledger;
struct migration;

struct ledger_config {
	const char *path;	/* of the database */
	const char *vfs;	/* NULL: the system's */
	const char *anchor;	/* anchor file; NULL: not compared */
	const uint8_t *key;	/* public one of its heads */
	bool	accept_loss;	/* the anchor may be another chain's or key's */
	const struct migration *migrations;	/* NULL: this program's */
	const struct db_watch *watch;	/* while they last; or NULL */
	const struct action_env *env;
	const struct clock *clock;
	struct rand_src *rand;
};

/*
 * Opens, checkpoints, migrates after a backup, compares the chain's end with
 * its anchor (after a restore: begins a new chain), recovers the attempts of
 * a former process, and records the start.
 */
rh_status	ledger_open(const struct ledger_config *, struct ledger **,
		    struct err *);
void		ledger_close(struct ledger *);	/* NULL is fine */

#define LEDGER_BATCH	512

/*
 * Applies the calls in one transaction and sets the status of each; what
 * is to be done outside is added to effects.  When the transaction is lost,
 * the calls are run again one by one, and who fails alone gets its error.
 *
 * false: the outcome of a COMMIT is unknown, calls without another verdict
 * have RH_EUNKNOWN, and the ledger must not be used again.
 * RH_EUNAVAIL for all: another process has locked the database.
 */
bool		ledger_apply(struct ledger *, struct call **, size_t n,
		    struct effects *);

struct gate	*ledger_gate(struct ledger *);
struct db	*ledger_db(struct ledger *);

#endif
