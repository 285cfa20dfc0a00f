/*
 * Runs: a wide row written at creation, a narrow one that lives while the
 * run does, and one written at the end.  Every change is guarded in SQL by state
 * and fence; what the guard refuses answers RH_ESTALE or RH_ESTATE.
 */
#ifndef STORE_STORE_RUN_H
#define STORE_STORE_RUN_H

#include "store/scope.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

enum run_state {
	RUN_CREATED = 1, RUN_QUEUED, RUN_CLAIMED, RUN_RUNNING,
	RUN_INTERRUPTED, RUN_COMPLETED, RUN_FAILED, RUN_CANCELLED, RUN_TIMEOUT
};
#define RUN_STATES	9
#define RUN_FIRST_TERMINAL RUN_COMPLETED

/* What a run is made of. */
struct run_new {
	struct id id;
	struct scope scope;
	const char *plugin;	/* extension_id */
	const char *runner;	/* runner name */
	const char *action_id;	/* or NULL */
	const char *session_id;	/* or NULL */
	const char *command;	/* or NULL */
	const char *raw_args;	/* or NULL */
	const char *args;	/* JSON array */
	const char *flags;	/* JSON object */
	const char *input;	/* JSON, or NULL */
	const char *metadata;	/* JSON object */
	const char *chain;	/* JSON array of principals that made it */
	/* who may take it; all NULL: anybody, the host's own pool with them */
	const char *queue, *pin;
	const char *labels;	/* JSON object, canonical; of the runtime */
	const char *event_id, *agent_id, *binding_id;	/* or NULL */
	bool	has_apis;	/* else what its scope gives */
	int64_t	apis;		/* what its plugin is given: bits */
	bool	idempotent;
	bool	dry_run;
	int32_t	priority;
	int64_t	timeout_us;	/* of an attempt */
	int64_t	deadline_us;	/* wall; over all attempts; 0: none */
	int32_t	max_failures;	/* attempts that may fail: 1 = no retry */
	int32_t	max_losses;
	int64_t	retention_us;	/* after the end; 0: keep */
	int64_t	created_us;
	int64_t	extra_bytes;	/* that its further rows weigh */
	unsigned talk;		/* bits of store/store_talk.h */
};

/* A run as it stands, for readers. */
struct run_row {
	int64_t	run_no;
	struct id id;
	int64_t	scope_no, owner_no;
	struct scope scope;
	enum run_state state;
	const char *plugin, *runner, *action_id, *session_id;
	const char *command, *raw_args, *args, *flags, *input, *metadata;
	const char *chain;
	const char *queue, *pin, *labels;
	const char *event_id, *agent_id, *binding_id;
	bool	has_apis;
	int64_t	apis;
	bool	idempotent, dry_run;
	int32_t	priority;
	int64_t	timeout_us, deadline_us, retention_us;
	int64_t	created_us, started_us, ended_us, updated_us;
	int64_t	claimed_us;	/* the last time; 0: never */
	int64_t	hold_us;	/* queued, but not before; 0: ready */
	int32_t	attempts;
	int32_t	percent;
	const char *stage;	/* current stage, or NULL */
	int64_t	last_seq;	/* of its events */
	int64_t	fence;		/* of the present attempt; 0: none */
	int64_t	lease_us;	/* until; 0: none */
	int64_t	cancel_us;	/* asked at; 0: not */
	const char *runtime;	/* that holds it, or NULL */
	bool	inproc;
	/* the end */
	int32_t	exit_code;
	bool	has_exit_code;
	const char *output;	/* the outcome's, or NULL */
	const char *error;	/* or NULL */
	const char *reason;	/* status_reason, or NULL */
	const char *result_meta;	/* JSON object, or NULL */
	const char *usage, *cost;	/* JSON objects, or NULL */
	bool	truncated;	/* output was dropped */
};

/* An event as stored. */
struct event_row {
	int64_t	run_no;
	int64_t	seq;
	int64_t	at_us;
	const char *type;
	const char *data;	/* JSON object */
	int64_t	source_seq;	/* of who appended it; 0: it wasn't */
	int64_t	attempt;	/* and the fence of its claim; 0: no claim */
	const char *extra;	/* with it: JSON object, or NULL */
};

struct event_page {
	int64_t	run_no;
	struct event_row *rows;
	size_t	count;
	bool	has_more;
	int64_t	last_seq;	/* of the run, in the same snapshot */
	enum run_state state;	/* of the run, in the same snapshot */
};

/* Why the present or next attempt was started; as RH_ATTEMPT_*. */
enum run_cause { CAUSE_FIRST = 1, CAUSE_RETRY, CAUSE_RESUME, CAUSE_TAKEOVER };

/* The narrow row, for decisions. */
struct run_live {
	int64_t	run_no;
	struct id id;
	enum run_state state;
	int64_t	fence;
	int32_t	attempts, failures, losses;
	const char *runtime;
	bool	inproc;
	bool	remote;		/* held by a runtime elsewhere: by its token */
	uint8_t	token[HASH_LEN];	/* hash of it */
	int64_t	claimed_us;
	int64_t	line_no;
	int64_t	hold_us;	/* queued, but not before; 0: ready */
	int64_t	lease_us;
	int64_t	deadline_us;
	int64_t	started_us;
	int64_t	cancel_us;
	const char *cancel_reason;
	int64_t	last_seq;
	uint8_t	digest[HASH_LEN];	/* of its events so far */
	int32_t	percent;
	const char *stage;
	bool	truncated;
	/* of what it was made with */
	int64_t	scope_no, owner_no;
	const char *owner;
	const char *plugin;
	const char *runner_id;
	int32_t	max_failures, max_losses;
	bool	idempotent;
	int64_t	retention_us;
	int64_t	bytes;		/* that count for its owner */
	unsigned talk;		/* bits of store/store_talk.h */
	int64_t	created_us;
	int64_t	image;		/* tag of the plugin's file at its last claim; 0 */
	int32_t	asks;		/* questions of it that are pending */
};

/* What a claim hands out: everything an invocation is made of. */
struct run_claimed {
	struct run_row row;
	enum run_cause cause;
	int64_t	out_bytes;	/* of earlier attempts */
	const char *checkpoint_name;	/* newest that verifies, or NULL */
	int64_t	checkpoint_no;	/* it is the run's so many-th */
	struct str checkpoint;
};

/* An event on its way in. */
struct event_new {
	const char *type;
	struct str data;	/* JSON object */
	int64_t	at_us;
	/* appended from outside: by whom, under which number of theirs */
	int64_t	sequence;	/* 0: by the host or its own pool */
	int64_t	caller;		/* owner_no of the principal */
	int64_t	attempt;	/* its fence; 0: not by the claim's holder */
	const char *extra;	/* JSON object, or NULL */
};

/* What an attempt reports at once. */
struct run_report {
	int64_t	run_no;
	int64_t	fence;
	int64_t	started_us;	/* of the attempt; 0: not said */
	const struct event_new *events;
	size_t	event_count;
	int32_t	percent;	/* highest reported; -1: none */
	const char *stage;	/* last reported, or NULL */
	int64_t	out_bytes;	/* of output in these events */
	bool	truncated;	/* output was dropped */
};

/* How a run ended. */
struct run_end {
	enum run_state state;
	int32_t	exit_code;
	bool	has_exit_code;
	const char *output, *error, *reason, *meta;
	const char *usage, *cost;	/* JSON objects, or NULL */
	/* what the last events add to the narrow row */
	int64_t	started_us;	/* 0: as it is */
	int32_t	percent;	/* when it is higher */
	const char *stage;	/* NULL: as it is */
	bool	truncated;
};

struct run_made_in {
	int64_t	run_no, owner_no, scope_no, line_no;
};
/*
 * Makes the wide and the narrow row, state RUN_QUEUED.  RH_ECONFLICT for an
 * id that is there.
 */
rh_status	store_run_insert(struct db *, const struct run_new *,
		    struct run_made_in *, struct err *);
/* Its scope, too, unless s is NULL.  RH_ENOENT. */
rh_status	store_run_find(struct db *, const struct id *, int64_t *run_no,
		    struct arena *, struct scope *s, struct err *);
rh_status	store_run_get(struct db *, int64_t run_no, struct arena *,
		    struct run_row *, struct err *);	/* RH_ENOENT */
/* The next queued run of a plugin in line 1: run_no is 0 when there is none. */
rh_status	store_run_next(struct db *, const char *plugin, struct arena *,
		    struct run_claimed *, struct err *);
rh_status	store_run_scope(struct db *, int64_t run_no, struct arena *,
		    struct scope *, struct err *);

/* RH_ESTATE when the run has ended or isn't there. */
rh_status	store_live_get(struct db *, int64_t run_no, struct arena *,
		    struct run_live *, struct err *);

/*
 * Takes the next queued run of a plugin (priority, then age) that asks for
 * no runtime, for the host's own pool; run_no is 0 when there is none.
 */
struct run_claim {
	const char *plugin;
	const char *runtime;
	bool	inproc;
	int64_t	image;		/* tag of the plugin's file; 0: not known */
	int64_t	now_us;
	int64_t	lease_us;	/* until */
};
rh_status	store_run_claim(struct db *, const struct run_claim *,
		    struct arena *, struct run_claimed *, struct err *);

/*
 * Appends the events of an attempt; claimed becomes running.  RH_ESTALE
 * when the fence isn't the run's any more.
 */
struct run_tail {
	int64_t	last_seq;
	bool	cancel;			/* a cancel was requested */
	int64_t	owner_no;
	enum run_state before;		/* claimed or running */
	bool	first;			/* nothing had started it before */
	unsigned talk;			/* bits of store/store_talk.h */
};
rh_status	store_run_report(struct db *, const struct run_report *,
		    int64_t now_us, struct run_tail *, struct err *);

/* New lease of an attempt; RH_ESTALE. */
rh_status	store_run_renew(struct db *, int64_t run_no, int64_t fence,
		    int64_t lease_us, struct err *);

/*
 * The same for every attempt whose lease was good at the time since_us.
 * Looks at attempts and at runs that have a deadline.
 */
rh_status	store_run_extend(struct db *, int64_t since_us,
		    int64_t lease_us, struct err *);

/* An event of the host's own, on a live run. */
rh_status	store_run_note(struct db *, int64_t run_no,
		    const struct event_new *, int64_t now_us, struct err *);

/* Claimed or running, with this fence, back to queued.  RH_ESTALE. */
struct run_requeue {
	int64_t	run_no;
	int64_t	fence;
	enum run_cause cause;	/* of the next attempt; 0: as it was */
	bool	count_failure;
	bool	count_loss;
	bool	uncount_attempt;	/* it never started */
	int64_t	hold_us;	/* not to be claimed before; 0: at once */
	int64_t	now_us;
};
rh_status	store_run_requeue(struct db *, const struct run_requeue *,
		    struct err *);

/* A queued run that was held back may be claimed. */
rh_status	store_run_ready(struct db *, int64_t run_no, struct err *);

/*
 * Ends a live run that was read in this transaction: removes the narrow row,
 * which must still be in that state with that fence, and writes the one of
 * the end.  RH_ESTALE.
 */
rh_status	store_run_end(struct db *, const struct run_live *,
		    const struct run_end *, int64_t now_us, struct err *);

/* Claimed or running, with this fence, to interrupted.  RH_ESTALE. */
rh_status	store_run_interrupt(struct db *, int64_t run_no,
		    int64_t fence, int64_t now_us, struct err *);

/*
 * Writes events after l->last_seq and brings last_seq and digest of l up to
 * date; store_run_end() takes them from there.
 */
rh_status	store_run_last_events(struct db *, struct run_live *l,
		    const struct event_new *, size_t n, struct err *);

/* Stores the request; the run must be claimed or running. */
rh_status	store_run_cancel(struct db *, int64_t run_no, const char *reason,
		    int64_t now_us, int64_t due_us, struct err *);

/*
 * Numbers of live runs: whose due time is over (oldest first); held by the
 * host's own pool; finished ones whose retention is over.  At most max.
 */
rh_status	store_run_due(struct db *, int64_t now_us, int64_t *nos,
		    size_t max, size_t *count, struct err *);
rh_status	store_run_held(struct db *, int64_t after_no, int64_t *nos,
		    size_t max, size_t *count, struct err *);
rh_status	store_run_expired(struct db *, int64_t now_us, int64_t *nos,
		    size_t max, size_t *count, struct err *);
/* Sweeps and retention leave the run alone until then. */
rh_status	store_run_put_off(struct db *, int64_t run_no,
		    int64_t until_us, struct err *);
/* Plugins with runs that line 1 has ready, for the start; NULL-ended, in the arena. */
rh_status	store_run_queued_plugins(struct db *, struct arena *,
		    const char ***, struct err *);
/* Live runs by owner and state, each given to one(). */
rh_status	store_run_owners(struct db *, void (*one)(int64_t owner_no,
		    enum run_state, int64_t n, void *), void *arg,
		    struct err *);
/* When the oldest of the queued runs was made; 0: none is queued. */
rh_status	store_run_oldest_queued(struct db *, int64_t *created_us,
		    struct err *);
/* How many finished runs are over their retention; counts up to max. */
rh_status	store_run_expired_count(struct db *, int64_t now_us, int64_t max,
		    int64_t *n, struct err *);

/*
 * Removes a finished run: nobody finds it any more.  A live one stays.  What
 * it leaves goes by purge, at most max events and one run's checkpoints at a
 * time; *more: not all of it has gone.
 */
rh_status	store_run_delete(struct db *, int64_t run_no, struct err *);
rh_status	store_run_purge(struct db *, int64_t max, bool *more,
		    struct err *);

bool		run_is_terminal(enum run_state);
const char	*run_state_name(enum run_state);	/* ledger word */
const char	*run_state_native(enum run_state);	/* PENDING … CANCELED */
/* 0 for a word that is none. */
enum run_state	run_state_of_name(struct str);
/* The bits (1 << state) of a native word; 0 for none. */
unsigned	run_states_of_native(struct str);

/*
 * Which runs a list shows.  shows is asked for each scope that comes up,
 * which is dear: fewer rows are looked at.
 */
struct run_filter {
	unsigned states;	/* bits 1 << state; 0: all */
	const char *plugin;	/* or NULL */
	int64_t	owner_no;	/* 0: of all */
	const int64_t *scopes;	/* only of these; NULL: of all */
	size_t	scope_count;
	bool	(*shows)(void *arg, const struct scope *); /* NULL: all */
	void	*arg;
};

/*
 * Numbers of matching runs below before (0: newest), newest first.  Looks at
 * a bounded number of rows: *next is the cursor to go on from even when fewer
 * than max were found; 0 at the end.
 */
rh_status	store_run_page(struct db *, const struct run_filter *,
		    int64_t before, int64_t *nos, size_t max, size_t *count,
		    int64_t *next, struct err *);

/*
 * Counts matching runs of any state, newest first, among as many rows as a
 * page looks at; *whole is false when there are more.
 */
rh_status	store_run_count(struct db *, const struct run_filter *,
		    int64_t *n, bool *whole, struct err *);

#endif
