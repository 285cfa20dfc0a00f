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
	char	db_path[300], anchor_path[300];
	const char *vfs;		/* NULL: the system's */
	const char *anchor;		/* passed to ledger_open(); NULL: none */
	bool	accept_loss;
	struct clock_fake clock;
	struct rand_src rand;
	struct registry *registry;
	struct tally *tally;
	struct action_env env;
	struct ledger *ledger;		/* NULL while closed */
	struct db *reader;
	struct effects effects;		/* of all batches since core_forget() */
	STAILQ_HEAD(, call) calls;	/* made here, freed by core_fini() */
	uint64_t next_key;
};

/*
 * The plugin "demo": runners "demo" (not idempotent) and "again" (idempotent);
 * commands /demo (any action) and /strict (go); action "demo.greet".
 */
void	core_init(struct core *);	/* in unit_tmpdir(); nothing is open */
rh_status core_open(struct core *, struct err *);
void	core_close(struct core *);
void	core_fini(struct core *);
/* init and open, checked. */
void	core_start(struct core *);
/* close and open, checked. */
void	core_restart(struct core *);
void	core_forget(struct core *);	/* the effects until now */

struct caller core_user(const char *principal);		/* by its token */
struct caller core_local(void);				/* local:0, an admin */
struct caller core_anonymous(void);
struct caller core_plugin(const char *principal, const char *origin);

/* A call, prepared, not carried out.  NULL caller: local:0. */
struct call *core_call(struct core *, const struct caller *,
		    const char *action, const char *body, ...)
		    __attribute__((format(printf, 4, 5)));
/* One of the host's own, not carried out. */
struct call *core_internal(struct core *, const char *action, size_t size);
/* Carries a call out by itself: a write in a batch of its own; renders. */
void	core_apply(struct core *, struct call *);
bool	core_batch(struct core *, struct call **, size_t n);
/* Both. */
struct call *core_do(struct core *, const struct caller *,
		    const char *action, const char *body, ...)
		    __attribute__((format(printf, 4, 5)));
/* The same; the status must be RH_OK. */
struct call *core_must(struct core *, const struct caller *,
		    const char *action, const char *body, ...)
		    __attribute__((format(printf, 4, 5)));

/* A run of the command; its number, and its id as text (borrowed). */
int64_t	core_run(struct core *, const struct caller *, const char *command,
	    const char **id);
/* Room for n runs of the plugin. */
void	core_offer(struct core *, int n);
/* The fence of the newest EFFECT_START of the run; 0: none. */
int64_t	core_fence(struct core *, int64_t run_no);
const struct effect *core_effect(struct core *, enum effect_kind,
		    int64_t run_no);
/* Reports n output events of the attempt. */
rh_status core_report(struct core *, int64_t run_no, int64_t fence, int n);
rh_status core_finish(struct core *, int64_t run_no, int64_t fence,
		    uint32_t kind);
rh_status core_sweep(struct core *);
/* Ledger words of the run's state: "running". */
const char *core_state(struct core *, int64_t run_no);

/* One number out of the database, read by a connection of its own. */
int64_t	core_number(struct core *, const char *sql);
/* One text, kept until core_fini(). */
const char *core_text(struct core *, const char *sql);
/* SQL by a connection of its own, defences off. */
void	core_sql(struct core *, const char *sql);
/* The chain verifies, memory is what a reload gives. */
void	core_check(struct core *, const char *file, int line);
#define CORE_CHECK(c) core_check((c), __FILE__, __LINE__)

#endif
