/*
 * What the scheduler decides, over pools, workers and attempts: pure, with
 * no thread, descriptor or clock.  What happens comes in through functions
 * that are given the time; what is to be done comes out as commands, which
 * whoever drives it carries out in their order.  Inside sched/ only.
 *
 * An attempt has two sides that end apart: the ledger's (has its end been
 * committed?) and the worker's (may its process still work on it?).  It is
 * forgotten when both are over, never before.
 */
#ifndef SCHED_PLAN_H
#define SCHED_PLAN_H

#include <runhost/status.h>

#include "sched/timers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define WHY_LEN		200
#define RUN_BUCKETS	1024

struct plan_config {
	int	min, max;	/* workers of a pool */
	int	slots;		/* claimed runs of a worker, at most */
	int64_t	idle_us;	/* above min: ends after so long without work */
	int64_t	start_us;	/* load and hello */
	int64_t	grace_us;	/* after a deadline */
	int64_t	cancel_grace_us;
	int64_t	lost_grace_us;	/* when the run is lost; 0: the same */
	int64_t	stop_us;	/* from EXIT to SIGKILL */
	int64_t	silent_us;	/* a busy worker is asked whether it lives */
	int64_t	pong_us;	/* ... and must answer within */
	int64_t	stuck_us;	/* runs behind one that takes longer move */
	int64_t	return_us;	/* from its last end to its next start */
	int64_t	backoff_min_us, backoff_max_us;
	int	crash_limit;	/* then the plugin is in quarantine; 0: never */
	int64_t	crash_window_us;	/* those before count no more */
	int64_t	renew_us, sweep_us;
	const char *stopping;	/* why runs go back at a drain */
};
extern const struct plan_config plan_config_default;

enum job_kind { JOB_RUN, JOB_ACTION };

/* The worker's side of an attempt. */
enum side { SIDE_WAITING, SIDE_SENT, SIDE_DROPPING, SIDE_RUNNING, SIDE_LEFT };

/* The ledger's side: its end is not submitted, submitted, committed. */
enum phase { PHASE_LIVE, PHASE_ENDING, PHASE_OVER };

struct attempt {
	uint64_t handle;	/* generation << 32 | index */
	enum job_kind kind;
	enum side side;
	enum phase phase;
	struct pool *pool;
	struct worker *worker;	/* SENT, DROPPING, RUNNING; else NULL */
	TAILQ_ENTRY(attempt) line;	/* waiting, or on the worker */
	TAILQ_ENTRY(attempt) all;
	LIST_ENTRY(attempt) by_run;
	int64_t	run_no, fence;	/* 0 of an action */
	const char *owner;	/* borrowed from the job */
	size_t	bytes;		/* what its INVOKE takes */
	bool	inproc;		/* claimed for this process */
	int	depth;		/* of nested calls that led to it */
	int64_t	timeout_us;	/* from its start; 0: none */
	int64_t	deadline_us;	/* absolute; 0: none */
	int64_t	started_us;
	int64_t	stop_us;	/* end of the grace of a cancel */
	bool	cancelled;	/* told to stop */
	bool	finished;	/* said its end itself */
	int64_t	cpu_from_us;	/* its worker's, when first seen; -1: not yet */
	const char *limit;	/* that it reached; static, or NULL */
	bool	hard;		/* graces are used up: kill once it is over */
	int	nested;		/* calls that it waits for */
	int	losses;		/* workers that died of it before its start */
	uint32_t drop_seq;	/* PING behind its DROP */
	char	why[WHY_LEN];	/* cause, when the host ends or releases it */
	struct timer timer;
	void	*job;		/* the driver's */
};
TAILQ_HEAD(attempts, attempt);

enum worker_state { WORKER_STARTING, WORKER_READY, WORKER_EXITING,
	WORKER_KILLED };

struct worker {
	TAILQ_ENTRY(worker) next;
	struct pool *pool;
	enum worker_state state;
	bool	inproc;
	bool	unmade;		/* couldn't be started: not its plugin's doing */
	bool	hello;		/* it was ready once */
	bool	used;		/* something was started on it */
	bool	unheard;	/* tries a plugin before its turn: not read yet */
	bool	retiring;	/* takes nothing more */
	bool	gave_up;	/* killed without the running run's fault */
	char	cause[WHY_LEN];	/* why it was killed, or "" */
	char	*owner;		/* whose runs it serves; NULL: anybody's yet */
	struct attempts sent;	/* not started, in order; DROPPING too */
	size_t	sent_count, sent_bytes;
	struct attempt *running;
	int64_t	since_us;	/* of this state, or that nothing runs */
	int64_t	heard_us;
	uint32_t ping_seq;	/* last sent */
	uint32_t pong_seq;	/* last answered */
	bool	deaf;		/* nobody reads what it says just now */
	bool	full;		/* its socket takes no invocation just now */
	int64_t	ping_us;	/* the oldest unanswered one; 0: none */
	int64_t	cut_us;		/* its socket ended then; 0: not yet */
	struct timer timer;
	void	*link;		/* the driver's */
};
TAILQ_HEAD(workers, worker);

/* Parked: its plugin isn't in use, and may be again. */
enum pool_state { POOL_PROBING, POOL_ON, POOL_PARKED, POOL_OFF };

/* A crash that counts: of a run, or 0. */
struct crash_note {
	int64_t	at_us;
	int64_t	run_no;
};

struct pool {
	TAILQ_ENTRY(pool) next;
	struct plan *plan;
	enum pool_state state;
	bool	inproc;		/* how its runs are carried out now */
	bool	stateless;	/* a worker may serve several owners */
	bool	once;		/* its worker ends with a run, and what that began */
	bool	threads;	/* several may be inside this process */
	struct workers workers;
	int	up;		/* starting or ready, not retiring */
	struct attempts actions, runs;	/* waiting; actions go first */
	int	held;		/* runs whose end is not on its way */
	int	offered;	/* slots that the ledger may still claim */
	bool	taking;		/* offers are being taken back */
	bool	offer_inproc;	/* as last offered */
	int64_t	offer_after_us;	/* the last one was refused */
	int64_t	average_us;	/* of its runs; -1: none ended yet */
	int	crashes;	/* in a row, no run has ended between them */
	struct crash_note *notes;	/* crash_limit of them */
	int	noted;
	bool	quarantined;	/* POOL_OFF, until plan_unpark() */
	int	unloaded;	/* workers in a row that died before hello */
	bool	served;		/* it was POOL_ON once */
	bool	idle;		/* parked once its plugin has answered */
	struct pool *before;	/* whose offers must be back first; or NULL */
	int64_t	not_before_us;	/* of the next worker */
	char	why[WHY_LEN];	/* why it is POOL_OFF or parked */
	struct timer timer;
	void	*plug;		/* the driver's */
};
TAILQ_HEAD(pools, pool);

enum command_kind {
	CMD_SPAWN,	/* worker: make it; watch it, unless it's unheard */
	CMD_HEAR,	/* worker: watch it from now on */
	CMD_INVOKE,	/* attempt: send it to its worker */
	CMD_CANCEL,	/* attempt: CANCEL to its worker */
	CMD_DROP,	/* attempt: DROP to its worker */
	CMD_PING,	/* worker: PING with seq */
	CMD_EXIT,	/* worker: EXIT */
	CMD_KILL,	/* worker: now */
	CMD_BURY,	/* worker: the last word of it; then plan_bury() */
	CMD_OFFER,	/* pool: n slots; below 0: take all back */
	CMD_END,	/* attempt: submit its end: outcome and so on */
	CMD_RELEASE,	/* attempt: submit its release: started, why */
	CMD_FORGET,	/* attempt: the last word of it; then plan_forget() */
	CMD_REFUSED,	/* pool: its plugin is out of use: why */
	CMD_QUARANTINE,	/* pool: the same, until plan_unpark() */
	CMD_READY,	/* every plugin has answered */
	CMD_RENEW, CMD_SWEEP,
	COMMANDS
};

struct command {
	enum command_kind kind;
	struct pool *pool;
	struct worker *worker;
	struct attempt *attempt;
	int	n;
	uint32_t seq;
	uint32_t outcome;	/* RH_FAILED ... */
	rh_status status;	/* the same for an action's caller */
	bool	retry;		/* another attempt may succeed */
	bool	started;
};

struct plan_slot {
	uint32_t generation;
	struct attempt *attempt;
};

struct plan {
	struct plan_config cfg;
	int64_t	now;
	struct timers timers;
	struct pools pools;
	struct attempts attempts;
	LIST_HEAD(, attempt) runs[RUN_BUCKETS];
	struct plan_slot *slots;	/* by index of a handle */
	size_t	slot_count, slot_cap;
	uint32_t *unused;	/* indexes, a stack */
	size_t	unused_count;
	struct command *commands;
	size_t	command_count, command_cap;
	int	probing;
	bool	begun;
	bool	draining, closing;
	struct timer renew, sweep, drain;
};

void	plan_init(struct plan *, const struct plan_config *);
void	plan_fini(struct plan *);	/* of whatever is left */

/* Time; never backwards.  Before any input. */
void	plan_at(struct plan *, int64_t now);
void	plan_tick(struct plan *);	/* fires what is due */
int64_t	plan_next(const struct plan *);	/* when to tick next */

/* Offers, once the inputs of a moment have all come in. */
void	plan_settle(struct plan *);

/* The i-th command, copied; false: there are no more, the list is empty. */
bool	plan_take(struct plan *, size_t *i, struct command *);
struct command *plan_command(struct plan *, enum command_kind);

/* Plugins, which are tried in their order. */
struct pool *plan_pool_add(struct plan *, bool inproc, void *plug);
void	plan_begin(struct plan *);
/* Trust in the plugin changed. */
void	plan_trust(struct pool *, bool inproc);
/* What its workers are made with changed; taken: there is less of it. */
void	plan_given(struct pool *, bool taken);
/*
 * Its plugin is not in use: what waits or wasn't started goes back, with the
 * reason; so does what runs, which may end first unless hard.
 */
void	plan_park(struct pool *, const char *why, bool hard);
/* It is in use, with nothing held against it; before: instead of that. */
void	plan_unpark(struct pool *, struct pool *before);
/* The answer to an offer: whether it counts. */
void	plan_offered(struct pool *, int n, bool done);

/* Workers. */
void	plan_hello(struct worker *, bool stateless);
void	plan_threads(struct pool *, bool);	/* before its first hello */
void	plan_refused(struct worker *, const char *why);
bool	plan_pong(struct worker *, uint32_t seq); /* false: never asked */
static inline void
plan_heard(struct worker *w, int64_t now)
{
	w->heard_us = now;
}
/* Its socket is not read, or is read again: silence counts from then. */
void	plan_deaf(struct worker *, bool deaf);
/* It broke a rule: why is the end of what runs on it. */
void	plan_broken(struct worker *, const char *why);
/* What waited for its socket was sent. */
void	plan_room(struct worker *);
/* Its socket ended: it is dying, or closed it and is of no use. */
void	plan_cut(struct worker *);
/* It is gone, all it said has been heard. */
void	plan_dead(struct worker *, const char *how);
void	plan_bury(struct worker *);

/* Attempts. */
struct job_info {
	enum job_kind kind;
	int64_t	run_no, fence;
	const char *owner;
	size_t	bytes;
	bool	inproc;
	int	depth;
	int64_t	timeout_us, deadline_us;
	void	*job;
};
/* *at is set before anything is decided. */
void	plan_start(struct pool *, const struct job_info *, struct attempt **at);
struct attempt *plan_attempt(const struct plan *, uint64_t handle);
struct attempt *plan_run(const struct plan *, int64_t run_no, int64_t fence);

/* Its INVOKE didn't fit: it waits again, until there is room. */
void	plan_unsent(struct attempt *);
void	plan_started(struct attempt *);
/*
 * The plugin said how it ended.  true: submit it; false: the host was
 * quicker, the plugin is to hear RH_ESTALE.
 */
bool	plan_finish(struct attempt *);
/* The end, own or the host's, is committed, or was found to be stale. */
void	plan_over(struct attempt *);
/* The attempt has lost its run: the ledger said so. */
void	plan_fenced(struct attempt *);
void	plan_cancel(struct attempt *);
/* The host ends it, unless its end is on its way. */
void	plan_end(struct attempt *, uint32_t outcome, rh_status, bool retry,
	    const char *why);
/* The same for one that has used too much; it isn't tried again. */
void	plan_limit(struct attempt *, const char *limit, const char *why);
/* What its worker has used in all; the attempt's share, since first seen. */
int64_t	plan_cpu(struct attempt *, int64_t total_us);
void	plan_nested(struct attempt *, int n);	/* +1, -1 */
bool	plan_is_late(const struct attempt *);	/* its deadline has passed */
void	plan_forget(struct attempt *);

/* No new work; what runs may end until then, and is given up after. */
void	plan_drain(struct plan *, int64_t until);
bool	plan_is_idle(const struct plan *);	/* no attempts left */
/* Every worker is to end; none is made any more. */
void	plan_close(struct plan *);

/* Shared by the files of the plan. */
void	plan_probe_next(struct plan *);	/* tries the next plugin, or says ready */
struct pool *plan_probed(const struct plan *);	/* whose turn it is; or NULL */
void	pool_place(struct pool *);	/* waiting attempts to workers */
void	pool_take_back(struct pool *);	/* what was sent and not started */
void	pool_crashed(struct pool *, const struct worker *, const char *how);
void	pool_ran(struct pool *, int64_t took_us);	/* a run has ended */
void	pool_off(struct pool *, const char *why);
int	pool_depth(const struct pool *);	/* runs a worker may have */
int	pool_min(const struct pool *);
int	pool_max(const struct pool *);
bool	pool_is_backing_off(const struct pool *);
void	pool_wake(void *);
void	worker_arm(struct worker *);
void	worker_wake(void *);
void	worker_retire(struct worker *);
void	worker_hear(struct worker *);
void	worker_kill(struct worker *, const char *cause);
void	worker_drop(struct worker *, struct attempt *);
void	worker_ping(struct worker *);
void	worker_free_of(struct worker *, struct attempt *);
bool	worker_is_busy(const struct worker *);
void	attempt_wait(struct attempt *, bool front);
void	attempt_send(struct attempt *, struct worker *);
void	attempt_release(struct attempt *, bool started, const char *why);
void	attempt_orphan(struct attempt *, const struct worker *,
	    const char *how);
void	attempt_left(struct attempt *);
void	attempt_suspect(struct attempt *, const char *how);
void	attempt_wake(void *);
void	why_set(char why[WHY_LEN], const char *);

#endif
