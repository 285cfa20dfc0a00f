/*
 * What the files of the control thread share.  All of it belongs to that
 * thread, but for the inbox and what the lock guards.
 */
#ifndef SCHED_CONTROL_H
#define SCHED_CONTROL_H

#include "action/attempt.h"
#include "action/call.h"
#include "action/effect.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/wake.h"
#include "plugin/registry.h"
#include "sched/bucket.h"
#include "sched/errand.h"
#include "sched/plan.h"
#include "sched/sched.h"
#include "worker/channel.h"
#include "worker/confined.h"
#include "worker/invoke.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/queue.h>
#include <sys/types.h>

struct inproc;
struct opening;
struct use;
struct uses;
struct worker_profile;

/* What other threads bring: effects, and calls that are done. */
struct inbox {
	pthread_mutex_t lock;
	struct effects effects;
	STAILQ_HEAD(call_list, call) calls;
	bool	closed;		/* nobody looks any more */
	struct wake wake;
};

/* A call on its way; the first member of what its owner points to. */
struct submit {
	struct sched *s;
	/* On the control thread; frees the call and itself. */
	void	(*done)(struct submit *, struct call *);
};

/* So many lines a second, the rest is counted. */
struct log_limit {
	int64_t	second;
	int	lines;
	int	dropped;
};

/* What a plugin is granted that its workers are made with. */
struct given {
	struct arena arena;
	const char **caps;	/* sorted */
	size_t	count;
};

/* A plugin and its pool; by_id has one of each id, that is or was in use. */
struct plug {
	LIST_ENTRY(plug) by_id;
	STAILQ_ENTRY(plug) next;
	struct sched *s;
	struct plugin *plugin;
	struct pool *pool;
	char	principal[PRINCIPAL_MAX];	/* once described */
	struct plug_limits limits;
	struct given given;
	struct timer expiry;	/* of the first of it that ends */
	int64_t	trial_us;	/* new workers are watched until then; or 0 */
	struct timer trial;
	struct log_limit log;	/* of what the ledger refuses to it */
	int	errands[ERRAND_KINDS];	/* under way, whoever still waits */
	bool	listed;		/* in by_id; under the lock */
	bool	on;		/* its pool takes work */
	bool	in_host;	/* was opened here: its descriptor stays */
	STAILQ_HEAD(, call) asking;	/* installs that wait for what it says */
	/* any thread looks */
	_Atomic int64_t workers, starts, deaths, quarantines;
};
#define PLUG_BUCKETS	64

/* What can be reached; limits.c says how each is called. */
enum limit {
	LIMIT_MEMORY, LIMIT_CPU, LIMIT_CALLS, LIMIT_MESSAGES, LIMIT_BYTES,
	LIMIT_EVENTS, LIMIT_OUTPUT, LIMITS
};

enum { STREAM_OUT, STREAM_ERR, STREAMS };

/* A worker's connection: one for each struct worker of the plan. */
struct link {
	LIST_ENTRY(link) next;
	struct sched *s;
	struct worker *w;
	struct plug *plug;
	struct channel *chan;
	struct inproc *inproc;	/* or a process: */
	int64_t	lost_us;	/* told to end, and lost then; 0: not told */
	struct timer timer;	/* looks for its end */
	pid_t	pid;
	int	pidfd;
	int	group;		/* worker/cgroup.h; 0: none */
	int64_t	look_us;	/* at its use of processors, not before */
	int	status;		/* what its reaper says; -1: none */
	int	seen;		/* in a trial; or -1 */
	bool	confined;	/* it has said in what: */
	uint32_t tier;
	int	pipes[STREAMS];	/* -1: ended */
	struct tag {		/* what epoll gives back */
		struct link *link;
		void	(*ready)(struct link *, int which);
		int	which;
	} sock_tag, pid_tag, pipe_tags[STREAMS];
	bool	ended;		/* its socket: nothing more to read */
	bool	dead;
	bool	paused;
	bool	resting;	/* it sends too much: until the timer */
	bool	slowed;		/* so it was in this run */
	struct bucket messages, bytes;
	struct timer rest;
	bool	writing;	/* waits for room in the socket */
	struct log_limit log;
};

/* A thread that did not end when it was told to. */
struct lost {
	LIST_ENTRY(lost) next;
	struct inproc *inproc;
	const char *plugin;	/* its id */
};

/* Events that wait for the writer, or are with it. */
struct batch {
	struct arena arena;
	struct buf events;	/* of struct event_new */
	size_t	count;
	size_t	bytes;
	bool	urgent;		/* not only progress and output */
	int64_t	started_us;	/* the attempt's start, not reported yet; 0 */
	int32_t	percent;	/* -1: none */
	const char *stage;
	int64_t	out_bytes;
	bool	truncated;
};

/* Bytes of a character that are still to come. */
struct tail {
	char	p[4];
	size_t	len;
};

/* A frame of an attempt, or the host's word on it, in its turn. */
struct op {
	struct submit submit;
	STAILQ_ENTRY(op) next;
	const struct op_kind *kind;
	uint64_t handle;
	uint32_t seq;		/* to be answered; 0: by the host */
	struct str a, b, c;	/* in the arena */
	uint32_t outcome;	/* RH_COMPLETED ... */
	rh_status status;	/* of an action */
	int32_t	exit_code;
	bool	has_exit_code;
	bool	retry;		/* another attempt may succeed */
	bool	host;		/* not the plugin's word */
	bool	started;
	const struct use *use;	/* of a capability; in the arena */
	struct batch *batch;	/* travels with it */
	struct arena arena;
};
STAILQ_HEAD(ops, op);

struct op_kind {
	const char *action;
	size_t	args_size;
	const struct caller *caller;	/* of the host's own word; or NULL */
	bool	carries;	/* events before it travel with it */
	bool	ends;		/* the attempt's last one */
	/* It travels by itself; NULL: those behind it wait for its COMMIT. */
	void	(*go)(struct op *);
	void	(*fill)(struct op *, struct call *, const struct run_report *);
	/* Its COMMIT is done. */
	void	(*done)(struct op *, struct call *);
};
extern const struct op_kind op_report, op_flush, op_checkpoint, op_state_get,
    op_state_set, op_call, op_use, op_finish, op_end, op_release, op_outcome;

/* An attempt's other half: what it is made of, and its lane to the ledger. */
struct job {
	struct sched *s;
	struct plug *plug;
	struct attempt *at;
	struct effect *effect;	/* of a run: holds what was claimed */
	struct call *call;	/* of an action, until its outcome is said */
	struct caller caller;	/* the plugin, in this attempt */
	struct arena arena;
	/* the lane */
	STAILQ_ENTRY(job) dirty_next;
	bool	dirty;
	struct ops ops;
	size_t	op_count, op_bytes;
	struct op *flying;	/* with the writer */
	struct batch *batch;	/* the next one; or NULL */
	bool	reported;	/* something of it was committed */
	int64_t	committed_us;
	int64_t	again_us;	/* the writer refused; until then it rests */
	struct timer timer;
	/* what was reported */
	int32_t	percent;
	int64_t	out_bytes, events, dropped, refused;
	int64_t	calls;		/* that the limit is about */
	bool	truncated, capped;	/* of anything; of output */
	struct tail tails[STREAMS];
	/* what it asked for by its capabilities */
	LIST_HEAD(, opening) openings;
	int	use_count;	/* and is not answered */
};

struct sched {
	struct sched_config cfg;
	const struct sched_host *to;
	struct host *host;
	struct registry *registry;
	struct spawner *spawner;
	struct plan plan;
	struct inbox inbox;
	struct errands *errands;
	struct uses *uses;
	STAILQ_HEAD(, plug) plugs;	/* changes under the lock */
	LIST_HEAD(, plug) by_id[PLUG_BUCKETS];
	LIST_HEAD(link_list, link) links, graves;
	STAILQ_HEAD(, job) dirty;
	size_t	outstanding;	/* calls that are not done */
	bool	sweeping, renewing, indexing, counting;
	bool	index_failed;	/* and the log says so */
	bool	acting;		/* carrying out commands */
	bool	said_ready;
	bool	hurried;	/* stopping: what fails isn't tried again */
	struct timer leftover, look;
	_Atomic int64_t limit_hits[LIMITS];	/* any thread looks */
	struct tag inbox_tag;
	int	epfd, timerfd;
	int64_t	armed_us;
	int64_t	drain_seen_us;
	LIST_HEAD(, lost) lost;	/* threads of trusted plugins */
	int	lost_count;
	pthread_t thread;
	bool	running;
	/* under the lock */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int64_t	drain_us;	/* until; 0: not asked for */
	bool	drained, stopping;
};

/* control.c */
void	*control_main(void *sched);
int64_t	control_now(const struct sched *);
void	control_act(struct sched *);	/* carries out the plan's commands */

/* inbox.c */
rh_status inbox_open(struct inbox *, struct err *);
void	inbox_close(struct inbox *);
void	inbox_effects(void *sched, struct effects *);	/* any thread */
void	inbox_read(struct sched *);
void	inbox_done(struct call *);	/* done() of every call of ours */
/* Takes the call; submit is its owner from now on. */
void	sched_submit(struct sched *, struct call *, struct submit *);

/* effects.c */
void	effect_happened(struct sched *, struct effect *);	/* takes it */

/* plug.c */
void	plugs_open(struct sched *);
void	plugs_close(struct sched *);
void	plugs_drain(struct sched *);	/* who waits for one is answered */
/* What was decided in the ledger about plugins with an id: take up or down. */
void	plugs_settle(struct sched *, const char *id, const char *why);
void	plugs_tidy(struct sched *);	/* lets go of what is gone */
/* Takes the call: answered once the plugin is described or refused. */
void	plug_install(struct sched *, struct plugin *, struct call *);
struct plug *plug_find(struct sched *, const char *id);
void	plug_hello(struct link *, struct str description);
void	plug_refused(struct plug *, const char *why);
void	plug_quarantine(struct plug *, const char *why);
/* At once; but a worker keeps what it was made with. */
void	plug_limit(struct plug *, const struct plug_limits *);

/* given.c */
void	given_look(struct plug *);	/* its grants may have changed */
void	given_expired(void *plug);
/* Whether a worker serves one run: it may have processes of its own. */
void	given_once(struct plug *);
bool	given_programs(const struct given *);	/* it may run some */
void	given_fini(struct plug *);
/* Of its next worker; the lists live in the arena, and as long as given. */
void	given_profile(struct plug *, struct arena *, struct worker_profile *);

/* Why a worker isn't given a path; NULL: it is, and this is where it leads. */
struct lineage;
const char *given_check_path(const struct sched *, const char *path,
	    struct lineage *, struct err *);

/* trial.c */
void	trial_begin(struct plug *, int64_t us);
void	trial_ended(void *plug);
/* What was seen of its worker; last: it is dead, so all of it. */
void	trial_read(struct link *, bool last);
void	trials_look(struct sched *);
void	trial_confined(struct link *, const struct confined *);

/* link.c */
void	link_spawn(struct sched *, struct worker *);
void	link_hear(struct link *);	/* epoll watches it from now on */
void	link_kill(struct link *);
/* RH_EBUSY, RH_ETOOBIG: it was not sent, by no fault of the worker. */
rh_status link_send(struct link *, enum frame_type, uint64_t handle,
	    uint32_t seq, const struct buf *body);
void	link_reply(struct job *, uint32_t seq, rh_status, const void *,
	    size_t len);
/* RH_OK, and a socket that it takes over, or bytes that it leaves nowhere. */
void	link_reply_fd(struct job *, uint32_t seq, int take_fd);
void	link_reply_secret(struct job *, uint32_t seq, const void *, size_t len);
void	link_read(struct link *);		/* what its socket has */
void	link_read_rest(struct link *);	/* of a dead worker */
bool	link_must_pause(const struct link *);
void	link_pause(struct link *);	/* what it says must wait */
void	link_resume(struct link *);
void	link_close_fd(struct link *, int *fd);	/* -1: fine */
void	link_bury(struct link *);
void	link_end(struct link *, const char *how);
const char *link_name(const struct link *);	/* its plugin's */
void	links_free(struct sched *);	/* those in their graves */
struct link *job_link(const struct job *);	/* it runs there; or NULL */

/* link_proc.c */
bool	link_proc_start(struct link *, struct err *);
void	link_proc_hear(struct link *);
void	link_proc_kill(struct link *);
void	link_proc_dead(struct link *, int which);
/* What the worker is in. */
void	link_proc_confined(struct link *, const struct confined *);
/* link_inproc.c */
bool	link_inproc_start(struct link *, struct err *);
void	link_inproc_stop(struct link *);	/* its end comes later */
void	link_inproc_look(void *link);
void	lost_look(struct sched *);	/* for those that ended after all */
void	lost_forget(struct sched *);

/* frames.c: a worker's message; RH_EPROTO breaks the worker. */
rh_status frame_received(struct link *, const struct frame_head *,
	    struct str body, struct err *);

/* output.c */
void	output_ready(struct link *, int which);	/* a pipe can be read */
void	output_drain(struct link *);
void	output_add(struct job *, int stream, struct str, int64_t at_us);
void	output_flush(struct job *);	/* characters that were never ended */

/* batch.c */
void	batch_event(struct job *, const char *type, struct str data,
	    int64_t at_us);
rh_status batch_records(struct job *, struct str records, struct err *);
struct batch *batch_of(struct job *);
void	batch_free(struct batch *);
bool	batch_full(const struct job *);
void	batch_report(const struct job *, const struct batch *,
	    struct run_report *);

/* lane.c */
struct op *op_new(struct job *, const struct op_kind *);
void	op_free(struct op *);
struct job *op_job(const struct op *);	/* NULL: forgotten */
void	lane_add(struct job *, struct op *);
void	lane_touch(struct job *);	/* looked at before the turn ends */
void	lane_push(struct job *);
/* As much waits as may: until lane_resume() its worker isn't read. */
bool	lane_full(const struct job *);
void	lane_resume(struct job *);
/* Replies to all requests that wait in it, and drops them. */
void	lane_answer_all(struct job *, rh_status);
void	lane_stale(struct job *);	/* the attempt has lost its run */
void	lane_wake(void *job);
void	lane_free(struct job *);

/* job.c */
void	job_start(struct sched *, struct effect *);
void	job_invoke(struct sched *, struct effect *);
void	job_send(struct job *);
void	job_end(struct job *, const struct command *);
void	job_release(struct job *, const struct command *);
void	job_answer(struct job *);	/* the caller of an action */
void	job_free(struct job *);

/* nested.c */
void	nested_submit(struct op *);
/* The parent of a call that one of our attempts made, or NULL. */
struct attempt *nested_parent(const struct call *);

/* limits.c */
const char *limit_name(enum limit);
void	limit_hit(struct sched *, enum limit);	/* counted, once an attempt */
void	limit_call(struct job *);	/* one more; may end the attempt */
void	limit_fill(struct link *);	/* a run begins with full buckets */
void	limit_traffic(struct link *, int64_t messages, int64_t bytes);
void	limit_rested(void *link);
void	limits_look(void *sched);	/* every second, from then on */
/*
 * Adds to how a worker ended that it had much memory, if it had; or was
 * killed for it.
 */
void	limit_memory(struct link *, int64_t peak, bool oom, char *how,
	    size_t size);

/* use.c: what a plugin asks by its capabilities; the op is to be added */
struct op *use_connect(struct job *, struct str host, int64_t port,
	    int64_t timeout_ms);
struct op *use_secret(struct job *, struct str name);
void	use_submit(struct op *);
void	uses_cancel(struct job *);	/* answers what is under way */
void	uses_drop(struct job *);	/* forgets it */
void	uses_come_back(struct sched *);

/* leftover.c: children that no live worker is answerable for */
void	leftover_end(void *sched);

/* upkeep.c */
void	upkeep_offer(struct sched *, struct pool *, int n);
void	upkeep_renew(struct sched *);
void	upkeep_sweep(struct sched *);
void	upkeep_index(struct sched *);
void	upkeep_uses(struct sched *);	/* what plugins used, to the ledger */

/* words.c */
/* Whom a line of the log is about: a run, or the call of an action. */
struct job_ids {
	const char *run, *op, *principal;	/* or NULL */
	char	run_text[ID_RUN_LEN], op_text[ID_HEX_LEN];
};
void	job_ids(const struct job *, struct job_ids *);
bool	log_allowed(struct log_limit *, int64_t now);
void	error_envelope(const struct call *, struct buf *);
const char *text_in(struct arena *, struct str);

#endif
