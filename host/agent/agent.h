/*
 * A runtime elsewhere: stands where the ledger stands for the scheduler, and
 * turns what that asks into actions of a host far away.  Claims become
 * effects, reports become appended events, ends become run_finalize; what is
 * lost there is fenced here.  The scheduler knows no difference.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "base/err.h"
#include "sched/sched.h"

#include <stddef.h>
#include <stdint.h>

struct agent;
struct httpc;
struct registry;

#define AGENT_CLIENTS_MIN 3	/* one claims, one keeps, the rest send */

struct agent_config {
	const char *id;		/* of the runtime */
	const char *labels;	/* JSON object */
	const char *queue;	/* to claim from; NULL: any */
	int	capacity;	/* runs at a time */
	int64_t	lease_s;
	struct registry *registry;
	struct httpc *const *clients;	/* each used by one thread */
	size_t	client_count;
	/* On threads of the agent: it is known to the host; it can't be. */
	void	(*registered)(void *);
	void	(*refused)(void *, const struct err *);
	void	*arg;
};

/* How long one request of such a runtime may take. */
int64_t		agent_request_ms(int64_t lease_s);

/* What is passed in must live until agent_free(). */
struct agent	*agent_new(const struct agent_config *);
void		 agent_free(struct agent *);	/* NULL is fine */

/* The scheduler's side of it; agent_host() is the host to name there. */
extern const struct sched_host agent_sched_host;
struct host	*agent_host(struct agent *);
/* What a scheduler must be told that serves an agent. */
void		 agent_sched_config(const struct agent *,
		    struct sched_config *);

/* Starts its threads; they do nothing before agent_begin(). */
rh_status	agent_start(struct agent *, struct err *);
/* Every plugin has been described: registers, and claims from then on. */
void		agent_begin(struct agent *);
/* Says so to the host, and claims nothing more; doesn't wait. */
void		agent_drain(struct agent *);
/* What can't be said at once is not said any more. */
void		agent_hurry(struct agent *);
/* After sched_stop(): ends the threads. */
void		agent_stop(struct agent *);

#endif
