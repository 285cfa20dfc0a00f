/*
 * What the files of the agent share.  Everything that changes is under the
 * lock, but for what a claim says of itself and a task, which belongs to the
 * thread that carries it.
 */
#ifndef AGENT_AGENT_IMPL_H
#define AGENT_AGENT_IMPL_H

#include "action/attempt.h"
#include "action/effect.h"
#include "agent/agent.h"
#include "agent/wire.h"
#include "base/id.h"
#include "base/wake.h"
#include "json/write.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/queue.h>

/* A run that the host gave us, until its last word is answered. */
struct claim {
	LIST_ENTRY(claim) next;
	int	refs;
	int64_t	no;		/* the scheduler's run_no; its fence is 1 */
	char	run_id[ID_RUN_LEN];
	char	*token;
	int64_t	attempt;
	int64_t	made_us;	/* when the host's answer was here */
	int64_t	renew_us;	/* when to ask again */
	int64_t	good_us;	/* until then it may go on */
	int64_t	sequence;	/* of the last event that is there */
	bool	begun;		/* the host was told that it runs */
	bool	ending;		/* its last word is on its way */
	bool	noted;		/* that output was dropped */
	bool	lost;
	bool	cancelled;	/* its scheduler was told */
};
LIST_HEAD(claims, claim);

/* A call of the scheduler on its way to the host, or a claim given back. */
struct task {
	TAILQ_ENTRY(task) next;
	struct call *call;	/* NULL: give it back */
	struct claim *claim;	/* NULL: it is lost already */
	int64_t	due_us;
	int	tries;		/* in vain, in a row */
	size_t	sent;		/* of its events */
	bool	cancel;		/* one was asked for */
};
TAILQ_HEAD(tasks, task);

/* Room in a plugin's pool. */
struct room {
	LIST_ENTRY(room) next;
	const char *plugin;	/* its id; the registry's */
	int	n;
	struct call *back;	/* to be answered when no claim is on its way */
};
LIST_HEAD(rooms, room);

struct agent {
	struct agent_config cfg;
	int64_t	wall0, boot0;
	void	(*take)(void *, struct effects *);
	void	*take_arg;
	pthread_mutex_t lock;
	pthread_cond_t changed;	/* for all threads: few, and seldom */
	struct claims claims;
	int	claim_count;
	int64_t	last_no;
	struct rooms rooms;
	struct tasks tasks;
	struct wake hang_up;	/* ends the claim that waits */
	/* written under the lock, and read without it, too */
	_Atomic int64_t beat_us;	/* when to say that we are there */
	_Atomic bool registered, drain, hurry;
	bool	begun, stop;
	bool	claiming;	/* a claim is on its way */
	pthread_t claimer, keeper, *senders;
	size_t	sender_count;
	bool	has_claimer, has_keeper;
};

/* agent.c */
int64_t	agent_boot(void);	/* CLOCK_BOOTTIME, as claims count */
int64_t	agent_now(const struct agent *);	/* as the scheduler counts */
void	agent_effect(struct agent *, enum effect_kind, int64_t no);
int64_t	agent_lost_grace_ms(const struct agent *);
void	call_answer(struct call *, rh_status, const char *why);
/* Under the lock: until something changed, or this time has come. */
void	agent_wait(struct agent *, int64_t until_us);
/* How long to wait after so many failures in a row: longer, and by chance. */
int64_t	agent_pause(const struct agent *, int tries);
/* Body with the runtime's id, and the claim's own fields; c may be NULL. */
void	body_begin(const struct agent *, const struct claim *,
	    struct json_out *, struct buf *);

/* claim.c; all but body_begin under the lock */
struct claim *claim_new(struct agent *, const char *run_id,
	    const char *token, int64_t attempt, int64_t asked_us);
struct claim *claim_find(struct agent *, int64_t no);	/* NULL: lost */
void	claim_ref(struct claim *);
void	claim_unref(struct claim *);
void	claim_remove(struct agent *, struct claim *);
void	claim_leased(struct agent *, struct claim *, int64_t asked_us);
/* Gives it up, without the lock: its scheduler is told.  false: it is gone. */
bool	claim_lose(struct agent *, struct claim *, const char *why);
void	claim_cancel(struct agent *, struct claim *);
void	claims_look(struct agent *);	/* for leases that ran out; no lock */

/* claimer.c */
void	*claimer_main(void *agent);
void	claimer_offer(struct agent *, struct call *);

/* beat.c */
void	*beat_main(void *agent);

/* sender.c */
struct sender {
	struct agent *a;
	struct httpc *http;
};
void	*sender_main(void *sender);
void	sender_add(struct agent *, struct call *);
/* To a host that may not have noticed; when no worker is at it any more. */
void	sender_give_back(struct agent *, struct claim *);

/* steps.c: what is left of a task, request by request */
rh_status	task_go_on(struct sender *, struct task *, struct err *);
rh_status	task_give_back(struct sender *, struct task *, struct err *);

#endif
