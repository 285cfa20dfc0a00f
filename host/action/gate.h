/*
 * The gate: the writer's side of the one door, as a library without
 * threads.  One transaction carries a batch of calls; what is remembered of
 * the ledger has a batch value, which handlers see and change, and a
 * committed value, to which a rollback returns.
 */
#ifndef ACTION_GATE_H
#define ACTION_GATE_H

#include "action/call.h"
#include "action/effect.h"
#include "action/tally.h"
#include "audit/chain.h"
#include "audit/head.h"
#include "auth/policy.h"
#include "base/clock.h"
#include "base/lineage.h"
#include "base/rand.h"

#include <stdbool.h>
#include <stdint.h>

struct db;
struct metric_hist;
struct metric_text;
struct registry;
struct run_counts;
struct run_kind;
struct run_live;
struct runtime_row;

/* A directory of the host, which no plugin is given. */
struct own_dir {
	char	*path;		/* NULL ends the list */
	struct lineage at;
};

/*
 * What the actions are told of the host; constant while it runs, but for
 * what is atomic, which a reload of the configuration changes.
 */
struct action_env {
	struct registry *registry;
	/* Where plugins are looked for; NULL ends the list, or is all of it. */
	bool	all_signed;	/* every plugin must be, by a trusted key */
	const char *const *plugin_dirs;
	/* Digests of plugins that need nobody to enable them. */
	const uint8_t (*shipped)[HASH_LEN];
	size_t	shipped_count;
	bool	enable_found;	/* nor does any that is new */
	struct tally *tally;
	const char *version;
	_Atomic int64_t timeout_us;	/* of an attempt, when the run says nothing */
	int64_t	lease_us;
	int64_t	cancel_grace_us;
	_Atomic int64_t command_retention_us;	/* of slash-command runs */
	_Atomic int64_t idem_us;	/* how long idempotency keys are kept */
	_Atomic int32_t max_losses;
	_Atomic int64_t backoff_us;	/* after an attempt that failed; 0: none */
	/* How long after its end a run still gives its plugin rights. */
	_Atomic int64_t session_ttl_us;
	const struct own_dir *own_dirs;	/* or NULL */
	_Atomic int64_t quota_live;	/* live runs of an owner; 0: no limit */
	_Atomic int64_t quota_bytes;	/* stored of an owner; 0: no limit */
	_Atomic int64_t artifact_max;	/* bytes of one */
	_Atomic int64_t quota_streams;	/* open of a caller; 0: no limit */
	/* Open event streams of a caller at the doors, asked for by itself. */
	size_t	(*streams)(void *, const char *principal);
	void	*streams_arg;
	/* What all layers above count; NULL: nobody does. */
	void	(*metrics)(void *, struct metric_text *);
	void	*metrics_arg;
	/*
	 * The configuration: read for a call that may reload it, on the
	 * thread that submits it, which fills its args or sets its refusal;
	 * put in force when that is committed.  NULL: there is none.
	 */
	void	(*config_read)(void *, struct call *);
	void	(*config_apply)(void *, const struct call *);
	void	*config_arg;
	uint8_t	redact_key[HASH_LEN];	/* of x-secret values in the log */
	/* The newest signed head; seq 0: none. */
	void	(*head)(void *, struct head_sig *);
	void	*head_arg;
};

/* What an action's apply may use. */
struct act {
	struct db *db;
	const struct action_env *env;
	const struct policy *policy;
	int64_t	now;		/* ledger time, microseconds */
	struct id op;
	int64_t	run_no;		/* SCOPE_RUN: the target */
	const struct runtime_row *runtime;	/* the target; SCOPE_ENROL: or NULL */
	const struct run_live *live;	/* SCOPE_HELD and the like; NULL: ended */
	const struct run_live *held;	/* the same, by the caller's claim */
	/* SCOPE_TALK: the conversation, NULL when the run has none, and those
	 * of its scopes that the caller reaches */
	const char *conversation;
	const int64_t *scopes;
	size_t	scope_count;
	bool	by_token;	/* SCOPE_ANSWER: has the question's token */
	struct gate *gate;	/* NULL for a read */
	/* what the audit row says besides; in the call's arena */
	const char *target;
	const char *detail;	/* JSON object */
	bool	unrecorded;	/* found nothing to do: no row */
};

struct gate;

rh_status	 gate_open(struct db *, const struct action_env *,
		    const struct clock *, struct rand_src *, struct gate **,
		    struct err *);
void		 gate_close(struct gate *);	/* NULL is fine */

/*
 * begin, perform any number of calls, claim, commit or roll back.  perform
 * sets the call's status; true: go on; false: the transaction is gone or
 * must go, nobody may be answered from it.
 */
rh_status	 gate_begin(struct gate *, struct err *);
bool		 gate_perform(struct gate *, struct call *);
bool		 gate_claims(struct gate *, struct err *);
rh_status	 gate_commit(struct gate *, struct effects *, struct err *);
void		 gate_rollback(struct gate *);
/* Whether the commit that failed had reached the database's COMMIT. */
bool		 gate_committing(const struct gate *);

/*
 * The rows from now on belong to a new chain number: after an accepted loss,
 * or a restore.  seen: one that was in use elsewhere; or 0.
 */
void		 gate_new_chain(struct gate *, int64_t seen);

/* The committed policy; the caller unrefs.  The writer's thread only. */
struct policy	*gate_policy(struct gate *);
const struct chain_head *gate_head(const struct gate *);
/* Runs by state; how long COMMITs took, which any thread may look at. */
const struct run_counts *gate_runs(const struct gate *);
struct metric_hist *gate_commits(struct gate *);
/* Compares memory with what a reload gives; for tests. RH_EINTERNAL names it. */
rh_status	 gate_check(struct gate *, struct err *);
int64_t		 gate_now(struct gate *);

/*
 * A read, on a reader's connection: one snapshot, authorize, apply.  When
 * call->admin is set and the status is RH_OK, the read must be recorded
 * before it is answered.
 */
void		 gate_read(struct db *, const struct action_env *,
		    struct policy *, int64_t now, struct call *);

/*
 * Whether the read would be let through, for what costs something before
 * it: no connection, so not for those of a run.
 */
bool		 gate_admits(const struct action_env *, struct policy *,
		    int64_t now, struct call *);

/*
 * Whether the policy alone refuses the write; then its status and err are
 * set.  False also where only the ledger can tell: about a run, or a request
 * with an idempotency key, which may have been answered before.
 */
bool		 gate_refuses(const struct action_env *, struct policy *,
		    int64_t now, struct call *);

/* For apply: effects and changed counts, kept until COMMIT. */
struct effect	*act_effect(struct act *, enum effect_kind, int64_t run_no);
void		 act_policy_changed(struct act *);	/* reload before the next call */
void		 act_queued(struct act *, const char *plugin,
		    int64_t line_no);	/* a run waits there */
/* Plugins of whose plain runs some may wait, from *i on; NULL at the end. */
const char	*act_waiting(struct act *, size_t *i);
void		 act_offer(struct act *, const char *plugin, int n, bool inproc);
void		 act_live(struct act *, int64_t owner_no, int n);	/* quota */
/*
 * A run of this kind moves; from 0: it is new; to 0: it is removed.  Starts,
 * for the first time.
 */
void		 act_moved(struct act *, const struct run_kind *,
		    enum run_state from, enum run_state to);
void		 act_started(struct act *, const struct run_kind *,
		    int64_t started_us);
int64_t		 act_live_count(struct act *, int64_t owner_no);
void		 act_bytes(struct act *, int64_t owner_no, int64_t n);
/* RH_EBYTES when so many more would be too many. */
rh_status	 act_bytes_check(struct act *, int64_t owner_no,
		    const char *owner, int64_t more, struct err *);
int64_t		 act_silence(struct act *);	/* time since the last sweep */
void		 act_swept(struct act *);	/* this is one */
struct id	 act_id(struct act *);		/* a new id */
void		 act_rand(struct act *, void *, size_t);
/*
 * A part of a call that may fail without the rest: what it did to the
 * ledger and to memory is undone then.  Its status; RH_EIO when the whole
 * transaction is gone, and with it the call.
 */
rh_status	 act_apart(struct act *, struct call *, int64_t run_no,
		    rh_status (*)(struct act *, struct call *, int64_t run_no,
		    struct err *), struct err *);
/* An audit row beside the action's own. */
rh_status	 act_record(struct act *, const struct call *,
		    struct audit_row *, struct err *);

#endif
