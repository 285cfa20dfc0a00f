/*
 * The oracle: what a ledger should hold and answer, written apart from the
 * host, from docs/, with plain arrays.  A copy of the struct is a snapshot;
 * texts are constants or live as long as the episode.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <runhost/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define M_RUNS		1000
#define M_GRANTS	800
#define M_TOKENS	300
#define M_KEYS		800
#define M_EARLY		300
#define M_INTENTS	300
#define M_VALUES	200
#define M_COUNTS	200
#define M_RATES		32
#define M_ROWS		1600
#define M_CHAIN		2
#define M_RUNTIMES	4
#define M_SENT		4000
#define M_EVENTS	6	/* of an append */

#define SECOND		INT64_C(1000000)

/* The states, in the order of the host's numbers. */
enum { CREATED = 1, QUEUED, CLAIMED, RUNNING, INTERRUPTED, COMPLETED,
	FAILED, CANCELLED, TIMEOUT, STATES = TIMEOUT };

/* Decisions of audit rows, by the numbers in the table. */
enum { ROW_ALLOW = 1, ROW_DENY, ROW_ERROR, ROW_INTENT, ROW_OUTCOME };

struct m_scope {
	const char *owner, *workspace, *conversation, *runner;
};

struct m_run {
	int64_t	no;
	char	id[40];			/* "" until it was learned */
	struct m_scope scope;
	int	state;
	bool	deleted, idempotent, inproc;
	int64_t	fence, lease, deadline, due, cancel, expires, retention;
	const char *cancel_reason;
	int	attempts, failures, losses, max_failures, cause;
	int	percent, priority, checkpoints;
	int64_t	last_seq;
	uint64_t events;		/* a checksum of them */
	/* who may take it, and who elsewhere holds it */
	const char *queue, *pin, *label;
	bool	remote;
	const char *runtime;
	bool	by_plugin;		/* the host's own carried it out last */
	int64_t	created, ended;
	bool	uncounted;		/* its minute of statistics is gone */
	/* 0: ready; else until when it is held back, once that was learned */
	int64_t	hold, hold_from, hold_to;
};

struct m_runtime {
	const char *id, *owner, *label;
	bool	stale, draining;
	int	capacity;		/* 0: no limit */
	int64_t	heartbeat, deadline;
};

/* What a claim's token is good for. */
struct m_claim {
	int64_t	run_no, fence;
	const char *runtime, *principal;
};

/* An event that was appended, by the key under which that is done once. */
struct m_sent {
	int64_t	run_no, attempt, sequence;
	const char *caller;
	uint64_t sum;
};

struct m_grant {
	int64_t	no;
	bool	gone;
	const char *grantee, *permission;
	struct m_scope scope;
	int64_t	expires;
};

struct m_token {
	const char *principal;
	bool	gone;
	int64_t	expires, revoked;
	uint8_t	hash[32];		/* as the caller brings it */
};

struct m_key {
	const char *principal, *key;
	uint64_t digest;		/* of action and body */
	int64_t	expires, run_no;
	bool	has_reply;
	int64_t	intent;			/* serial; 0: none */
	uint64_t reply;			/* checksum; 0: not learned */
};

struct m_early {
	const char *principal, *key, *reason;
	int64_t	expires;
};

struct m_intent {
	int64_t	serial;
	const char *principal;
};

/* A plugin's value; place says what it belongs to. */
struct m_value {
	char	place[160];
	const char *key, *value;
	int64_t	version;
};

/* Refusals that were counted. */
struct m_count {
	const char *principal, *source, *action;
	rh_status status;
	int64_t	n, since;
};

struct m_rate {
	const char *principal;
	int64_t	second;
	int	n;
};

/* A row that the audit log must have. */
struct m_row {
	const char *principal, *action;
	int	decision;
	int64_t	run_no;			/* the target, or 0 */
	int64_t	count;			/* of a row of counts; else 0 */
};

struct model {
	int64_t	now, swept;
	int64_t	last_at;		/* where the next start's clock begins */
	int64_t	folded;			/* minutes of statistics, added up */
	/* settings */
	int64_t	quota, lease_us, grace_us, keep_us, idem_us, backoff_us;
	int	max_losses;
	/* the ledger */
	struct m_run runs[M_RUNS];
	size_t	run_count;
	struct m_grant grants[M_GRANTS];
	size_t	grant_count;
	struct m_token tokens[M_TOKENS];
	size_t	token_count;
	struct m_key keys[M_KEYS];
	size_t	key_count;
	struct m_early early[M_EARLY];
	size_t	early_count;
	struct m_intent intents[M_INTENTS];
	size_t	intent_count;
	struct m_value values[M_VALUES];
	size_t	value_count;
	struct m_runtime runtimes[M_RUNTIMES];
	size_t	runtime_count;
	struct m_sent sent[M_SENT];
	size_t	sent_count;
	const char *unaudited[2];
	bool	trusted;
	enum { KEY_UNKNOWN, KEY_TRUSTED, KEY_REVOKED } key;	/* demo's */
	/* memory of the process */
	int	free;
	bool	free_inproc;
	struct m_count counts[M_COUNTS];
	size_t	count_count;
	struct m_rate rates[M_RATES];
	/* what the last batch must leave */
	struct m_row rows[M_ROWS];
	size_t	row_count;
	int	claims, cancels, fenced, invoked, lost;
	const char *broken;		/* a transition outside the table */
};

enum m_who { BY_NOBODY, BY_TOKEN, BY_LOCAL, BY_PLUGIN, BY_HOST, BY_SYSTEM };

struct m_caller {
	enum m_who who;
	const char *principal, *source;
	size_t	token;			/* BY_TOKEN: index */
	const char *chain[M_CHAIN];	/* origin first */
	size_t	chain_len;
};

enum m_kind {
	DO_CREATE, DO_CANCEL, DO_GREET, DO_GRANT_ADD, DO_GRANT_REMOVE,
	DO_TOKEN_CREATE, DO_TOKEN_REVOKE, DO_AUDITED, DO_TRUST, DO_UNTRUST,
	DO_KEY_TRUST, DO_KEY_REVOKE,
	DO_CLEANUP, DO_BACKUP, DO_RELOAD, DO_UNKNOWN, DO_INTERNAL,
	DO_OFFER, DO_REPORT, DO_FINISH, DO_CHECKPOINT, DO_RENEW, DO_RELEASE,
	DO_STATE_SET, DO_STATE_GET, DO_OUTCOME, DO_SWEEP, DO_FLUSH, DO_NOTE,
	DO_MARK, DO_RECOVER,
	DO_REGISTER, DO_BEAT, DO_DRAIN, DO_RECONCILE, DO_CLAIM, DO_START,
	DO_RENEW_CLAIM, DO_GIVE_BACK, DO_APPEND, DO_FINALIZE,
	DO_VALUE_SET, DO_VALUE_DELETE,
	KINDS
};

#define M_REFS 64

/* A call: what was asked, and what the model says of it. */
struct m_call {
	enum m_kind kind;
	struct m_caller who;
	const char *key;
	uint64_t digest;
	/* what each kind takes of these */
	struct m_scope scope;
	const char *a, *b;		/* names and words, see the kind */
	int64_t	no, fence, seconds;
	int64_t	refs[M_REFS][2];
	int	n, percent, priority, attempts, outcome;
	bool	command, dry, idempotent, started, retry, host, on, bad;
	bool	told[M_REFS];		/* renew: which are lost */
	/* of runtimes elsewhere */
	const char *runtime, *queue, *pin, *label;
	bool	claims;			/* the call names a claim: */
	struct m_claim claim;		/* or the one that run_claim gives */
	int64_t	sequences[M_EVENTS];
	int	texts[M_EVENTS];
	/* of values: -1: whatever version */
	int64_t	version;
	/* what it should come to */
	rh_status status;
	int64_t	made;			/* a run, token or grant */
	int64_t	serial;			/* of an intent */
	bool	replayed, held, silent;	/* silent: leaves no row */
	enum { NEW_EVENT, SAME_EVENT, OTHER_EVENT } verdicts[M_EVENTS];
	const char *value;		/* of a state */
	enum { NOT_NOTED, GOT_ROW, GOT_COUNTED } noted;
	rh_status noted_as;
};

/* rights.c */
struct m_verdict {
	bool	known, allow, admin;
};
void	m_decide(const struct model *, const struct m_caller *,
	    const char *action, const struct m_scope *, struct m_verdict *);
/* The same of a run, or NULL, which may give its plugin something. */
void	m_decide_run(const struct model *, const struct m_caller *,
	    const char *action, const struct m_run *, struct m_verdict *);
bool	m_lists_own_only(const struct model *, const struct m_caller *,
	    const char *action);
bool	m_is_somebody(const struct model *, const struct m_caller *);
bool	m_may_run_inside(const struct model *);	/* demo: key and grant */
/* Ends trust that has lost either; principal: whose doing. */
void	m_recheck(struct model *, const char *principal);
void	m_forget_ended(struct model *);	/* rights that ended long ago */
void	m_forget_keys(struct model *);
bool	m_role_exists(const struct model *, const char *role);
bool	m_same(const char *, const char *);	/* NULL is NULL */

/* runs.c */
bool	m_may_go(int from, int to);
struct m_run *m_run(struct model *, int64_t no);	/* NULL: none */
bool	m_is_live(const struct m_run *);
int	m_live_of(const struct model *, const char *owner);
struct m_run *m_run_make(struct model *, const struct m_call *,
	    const char *owner);
void	m_event(struct m_run *, const char *type, const char *data);
uint64_t m_sum(uint64_t, const char *);		/* checksum of texts */
void	m_end(struct model *, struct m_run *, int state);
rh_status m_report(struct model *, struct m_call *);
rh_status m_finish(struct model *, struct m_call *);
rh_status m_checkpoint(struct model *, struct m_call *);
rh_status m_renew(struct model *, struct m_call *);
rh_status m_release(struct model *, struct m_call *);
rh_status m_cancel(struct model *, struct m_run *, const char *reason);
rh_status m_sweep(struct model *, struct m_call *);
rh_status m_recover(struct model *, struct m_call *);
int	m_remove_expired(struct model *);
void	m_claims(struct model *);
bool	m_audited(const struct model *, const char *runner);
void	m_row(struct model *, const char *principal, const char *action,
	    int decision, int64_t run_no);
/* The parts of these, for runtimes elsewhere. */
void	m_take(struct model *, struct m_run *, int64_t lease);
void	m_begin_run(struct model *, struct m_run *);
void	m_lease(struct m_run *, int64_t lease);
void	m_lose(struct model *, struct m_run *, bool started, const char *why);
int	m_outcome(const struct m_run *, const struct m_call *);
void	m_return(struct model *, struct m_run *, int to, const char *why);
/* Runs whose time has come; ready: those that were held back, too. */
void	m_come_due(struct model *, const char *who, bool ready);

/* remote.c */
struct m_runtime *m_runtime(struct model *, const char *id);	/* or NULL */
rh_status m_admit_runtime(struct model *, struct m_call *);
rh_status m_admit_claim(struct model *, struct m_call *);
rh_status m_admit_held(struct model *, struct m_call *);
rh_status m_register(struct model *, struct m_call *);
rh_status m_beat(struct model *, struct m_call *);
rh_status m_drain(struct model *, struct m_call *);
rh_status m_reconcile(struct model *, struct m_call *);
rh_status m_claim(struct model *, struct m_call *);
rh_status m_start(struct model *, struct m_call *);
rh_status m_renew_claim(struct model *, struct m_call *);
rh_status m_give_back(struct model *, struct m_call *);
rh_status m_append(struct model *, struct m_call *);
rh_status m_finalize(struct model *, struct m_call *);
void	m_stale(struct model *, const char *who, int64_t silent);
void	m_spare(struct model *, int64_t since);
const char *m_sent_text(const struct m_call *, int nth);

/* The texts of the n-th event and of a checkpoint's. */
const char *m_event_text(int64_t nth);

/* calls.c */
extern const char *const m_names[KINDS];	/* the host's names */
bool	m_always(enum m_kind);
void	m_note(struct model *, struct m_call *);	/* a refusal, again */
void	m_apply(struct model *, struct m_call *);
/* It failed with this, and did nothing. */
void	m_fail(struct model *, struct m_call *, rh_status);
void	m_begin(struct model *, int64_t now);	/* until m_claims() */
struct m_value *m_value_find(struct model *, const char *place,
	    const char *key);
bool	m_place_of(const struct m_run *, const char *scope, char out[160]);
struct m_key *m_key_find(struct model *, const char *principal,
	    const char *key);
/* Another process: what one remembered is gone, its clock starts anew. */
void	m_forget(struct model *, int64_t wall);

#endif
