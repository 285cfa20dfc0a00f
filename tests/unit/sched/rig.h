/*
 * A control thread with real workers and a ledger that is played: it writes
 * down what it is asked, answers as it was told to, and hands out runs.
 * Every wait has an end; a failed wait fails the test and shows the log.
 */
#ifndef SCHED_RIG_H
#define SCHED_RIG_H

#include "action/effect.h"
#include "base/buf.h"
#include "plugin/registry.h"
#include "sched/sched.h"
#include "worker/spawner.h"

#include <pthread.h>
#include <stdbool.h>

struct rig {
	struct sched_config cfg;	/* may be changed before rig_start() */
	struct registry *registry;
	struct spawner *spawner;
	struct sched *sched;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct buf log;		/* a line a call: "run_finalize 1 …" */
	void	(*effects)(void *, struct effects *);
	void	*effects_arg;
	const char *refuse;	/* the next calls of this action ... */
	int	refuse_count;
	rh_status refuse_status;	/* ... get this */
	const char *hold;	/* calls of this action wait for rig_free() */
	struct call *held;
	bool	denies;		/* no plugin holds any capability */
	int64_t	skew_us;	/* of its clock, from the workers' */
	int64_t	first_us, last_us;	/* events, 0: none yet */
	int	ready;
	int	offered;	/* sum of what was offered */
	int64_t	fence;
	char	degraded[200];
};

/* With plugins of tests/lib/plugins and of the build, NULL-ended. */
bool	rig_init(struct rig *, const char *const *plugins);
bool	rig_start(struct rig *);	/* and waits until it is ready */
bool	rig_open(struct rig *, const char *const *plugins);	/* both */
void	rig_fini(struct rig *);		/* stops what is started */

/* With the lock: a line about the call. */
struct call;
void	rig_write_down(struct rig *, struct call *);

/* Hands out a run; the fence that it got. */
int64_t	rig_run(struct rig *, const char *plugin, const char *runner,
	    int64_t run_no);
struct rig_run {
	const char *plugin, *runner;
	int64_t	run_no;
	const char *action_id;	/* word, or NULL */
	const char *metadata;	/* JSON, or NULL */
	const char *raw_args;	/* or NULL */
	const char *owner;	/* or NULL: user:alice */
	int64_t	timeout_ms;	/* 0: none */
	bool	inproc;
};
int64_t	rig_hand(struct rig *, const struct rig_run *);
void	rig_effect(struct rig *, enum effect_kind, const char *plugin,
	    int64_t run_no, int64_t fence);

/* Trusts a plugin from now on, or no more. */
void	rig_trust(struct rig *, const char *plugin, bool on);

/* An action of a plugin, called as user:alice; its reply or error. */
struct call *rig_call(struct rig *, const char *action, const char *body);

/* Waits until the log has this text, so many times. */
bool	rig_wait(struct rig *, const char *text, int times);
int	rig_count(struct rig *, const char *text);	/* now */
void	rig_forget(struct rig *);	/* empties the log */
/* The next n calls of an action are refused. */
void	rig_refuse(struct rig *, const char *action, rh_status, int n);
void	rig_hold(struct rig *, const char *action);	/* the next one */
void	rig_free(struct rig *);		/* answers what is held */

#endif
