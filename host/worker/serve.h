/*
 * One plugin being served: a channel to the host, and a thread that runs the
 * plugin.  A worker has one instance and a thread that reads its socket; the
 * host has as many as trusted plugins run on threads of its own.  Inside
 * worker/ only.
 */
#ifndef WORKER_SERVE_H
#define WORKER_SERVE_H

#include <runhost/host.h>

#include "base/buf.h"
#include "base/err.h"
#include "worker/channel.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/queue.h>
#include <time.h>

struct rh_entry;
struct worker_profile;

enum invocation_state { INV_WAITING, INV_RUNNING, INV_FINISHING, INV_ENDED };

struct invocation {
	TAILQ_ENTRY(invocation) next;	/* in the instance's queue */
	LIST_ENTRY(invocation) live;	/* worker/live.c's */
	atomic_int refs;
	struct instance *inst;		/* holds a reference to it */
	uint64_t handle;
	struct buf body;		/* that inv's texts borrow from */
	struct rh_invocation inv;

	/* Under the instance's lock. */
	enum invocation_state state;
	bool	cancel;
	int64_t	deadline_us;		/* CLOCK_MONOTONIC; 0: none */
	int64_t	started_us;		/* CLOCK_BOOTTIME */
	int32_t	percent;		/* last reported */
	uint32_t refused;		/* reports that broke a rule */
	char	refusal[200];		/* why the last one was */
	struct buf pending;		/* records to be sent */
	struct buf sending;		/* the sender's own */
	uint64_t put, sent;		/* records ever put, ever sent */
	bool	turn;			/* somebody sends */
};

/*
 * A call of the plugin that waits for its REPLY; on the caller's stack.  It
 * waits at a semaphore: a woken thread need not find the lock taken.
 */
struct waiter {
	LIST_ENTRY(waiter) next;
	uint64_t handle;
	uint32_t seq;
	sem_t	over;			/* posted once, with done */
	bool	done;
	rh_status status;
	struct buf reply;
	int	*fd;			/* where its descriptor goes; or NULL */
	bool	wipe;			/* the reply is a secret */
};

struct instance {
	pthread_mutex_t lock;
	pthread_cond_t changed;		/* CLOCK_MONOTONIC; anything below */
	atomic_int refs;
	bool	own_process;		/* a worker: may end the process */
	const struct worker_profile *profile;	/* NULL: in the host */
	struct channel *chan;
	int	memfd;
	char	*path;
	bool	traced;			/* set before it is served */
	const struct rh_entry *entry;	/* of the plugin's thread */

	/* Under the lock. */
	TAILQ_HEAD(, invocation) queue;	/* not started, in order of arrival */
	struct invocation *running;
	LIST_HEAD(, waiter) waiters;
	uint32_t last_seq;
	bool	starting;		/* a STARTED is on its way */
	bool	closed;			/* the host is gone or said EXIT */
	int	threads;		/* that have not ended */
};

/* Takes over the channel.  The plugin is opened by the plugin's thread. */
struct instance	*instance_new(int memfd, const char *path,
		    struct channel *, bool own_process);
void		 instance_ref(struct instance *);
void		 instance_unref(struct instance *);	/* NULL is fine */

/*
 * What the host said.  Waits for nothing but a STARTED that is being sent.
 * RH_ECANCELED: it was EXIT; any other failure: it was what may not be.
 */
rh_status	 serve_message(struct instance *, const struct frame_head *,
		    struct str body, struct err *);

/* Reads the socket until it ends: RH_OK for EXIT and a closed socket. */
rh_status	 serve_socket(struct instance *, struct err *);

/*
 * Opens the plugin, says HELLO or REFUSED, then runs what arrives until the
 * instance is closed.  The plugin's functions run on this thread.
 */
void		 serve_plugin(struct instance *);

/* With the lock: a waiter's end.  Once. */
void		 waiter_end(struct waiter *, rh_status);

/* No invocation goes on: wakes everybody who waits. */
void		 instance_close(struct instance *);

struct invocation *invocation_new(struct instance *, uint64_t handle,
		    struct str body, struct err *);
void		 invocation_ref(struct invocation *);
void		 invocation_unref(struct invocation *);
/* With the lock: a queued one that will never start. */
void		 invocation_discard(struct invocation *);

int64_t		 serve_clock_us(clockid_t);

#endif
