/*
 * The core in a test's own directory: a ledger with a fake clock and seeded
 * random bytes, a registry with one described plugin, callers, and calls
 * carried out on the spot.  No threads.
 */
#ifndef LIB_CORE_H
#define LIB_CORE_H

#include "action/attempt.h"
#include "action/gate.h"
#include "action/replies.h"
#include "ledger/ledger.h"

#define CORE_START	(INT64_C(1800000000) * US_PER_S)

struct core {
	char	dir[256];
	char	db_path[300], anchor_path[300], plugin_dir[300];
	const char *plugin_dirs[2];
	const char *vfs;		/* NULL: the system's */
	const char *anchor;		/* passed to ledger_open(); NULL: none */
	uint8_t	key[HEAD_KEY_LEN];	/* of the anchor's heads */
	bool	accept_loss;
	const struct migration *migrations;	/* NULL: the program's */
	struct clock_fake clock;
	struct rand_src rand;
	struct registry *registry;
	struct tally *tally;
	struct action_env env;
	struct ledger *ledger;		/* NULL while closed */
	struct db *reader;
	struct effects effects;		/* of all batches since lab_forget() */
	STAILQ_HEAD(, call) calls;	/* made here, freed by lab_fini() */
	uint64_t next_key;
	struct sqlite3 *writer_handle;	/* behind the ledger's connection */
	struct sqlite3 *reader_handle;
	struct sqlite3 *outside;	/* of lab_outside() */
};

/*
 * The plugin "demo": runners "demo" (not idempotent) and "again" (idempotent);
 * commands /demo (any action) and /strict (go); action "demo.greet".
 */
void	lab_init(struct core *);	/* in unit_tmpdir(); nothing is open */
rh_status lab_open(struct core *, struct err *);
void	lab_close(struct core *);
void	lab_fini(struct core *);
void	lab_wipe(struct core *);	/* removes the database's files */
/* init and open, checked. */
void	lab_start(struct core *);
/* close and open, checked. */
void	lab_restart(struct core *);
/* What plugin_trust of "demo" needs: its key, and its grant. */
void	lab_trust(struct core *);
void	lab_forget(struct core *);	/* the effects until now */

/* Who needs no token; who has just got one, with more of token_create. */
struct caller lab_user(const char *principal);
struct caller lab_token(struct core *, const char *principal,
		    const char *more);
struct caller lab_local(void);				/* local:0, an admin */
struct caller lab_anonymous(void);
struct caller lab_plugin(const char *principal, const char *origin);

/* A call, prepared, not carried out.  NULL caller: local:0. */
struct call *lab_call(struct core *, const struct caller *,
		    const char *action, const char *body, ...)
		    __attribute__((format(printf, 4, 5)));
/* One of the host's own, not carried out. */
struct call *lab_internal(struct core *, const char *action, size_t size);
/* Carries a call out by itself: a write in a batch of its own; renders. */
/* As a host does before a call comes to the writer. */
void	lab_prepare(struct core *, struct call *);
void	lab_apply(struct core *, struct call *);
bool	lab_batch(struct core *, struct call **, size_t n);
/* Both. */
struct call *lab_do(struct core *, const struct caller *,
		    const char *action, const char *body, ...)
		    __attribute__((format(printf, 4, 5)));
/* The same; the status must be RH_OK. */
struct call *lab_must(struct core *, const struct caller *,
		    const char *action, const char *body, ...)
		    __attribute__((format(printf, 4, 5)));

/* The same for a door that shows runs with their streams and stages. */
struct call *lab_shown(struct core *, const struct caller *,
		    const char *action, const char *body, ...)
		    __attribute__((format(printf, 4, 5)));

/* A run of the command; its number, and its id as text (borrowed). */
int64_t	lab_run(struct core *, const struct caller *, const char *command,
	    const char **id);
/* Room for n runs of the plugin. */
void	lab_offer(struct core *, int n);
void	lab_offer_inproc(struct core *, int n);
/* The fence of the newest EFFECT_START of the run; 0: none. */
int64_t	lab_fence(struct core *, int64_t run_no);
const struct effect *lab_effect(struct core *, enum effect_kind,
		    int64_t run_no);
/* Reports n output events of the attempt. */
rh_status lab_report(struct core *, int64_t run_no, int64_t fence, int n);
rh_status lab_finish(struct core *, int64_t run_no, int64_t fence,
		    uint32_t kind);
/* One lease is renewed; a checkpoint taken: checked. */
void	lab_renew(struct core *, int64_t run_no, int64_t fence);
void	lab_checkpoint(struct core *, int64_t run_no, const char *name,
	    const char *data);
rh_status lab_sweep(struct core *);
void	lab_pass(struct core *, int seconds);	/* with a sweep every five */
/* Ledger words of the run's state: "running". */
const char *lab_state(struct core *, int64_t run_no);

/*
 * A connection of the test's own, which knows nothing of the ledger's; until
 * lab_close().
 */
struct sqlite3 *lab_outside(struct core *);
/* One number out of the database, read through it. */
int64_t	lab_number(struct core *, const char *sql);
/* One text, kept until lab_fini(). */
const char *lab_text(struct core *, const char *sql);
/* SQL through it, defences off. */
void	lab_sql(struct core *, const char *sql);
/* The chain verifies, memory is what a reload gives. */
void	lab_check(struct core *, const char *file, int line);
#define CORE_CHECK(c) lab_check((c), __FILE__, __LINE__)

#endif
