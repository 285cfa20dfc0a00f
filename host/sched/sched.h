/*
 * The control thread: pools of workers, attempts and their timers, leases,
 * actions of plugins, and the discovery of what plugins offer.  It claims
 * through offers to the ledger and carries out what the ledger decided; it
 * never waits for the writer.
 */
#ifndef SCHED_SCHED_H
#define SCHED_SCHED_H

#include "base/err.h"
#include "ledger/host.h"
#include "sched/connector.h"

#include <stdbool.h>
#include <stdint.h>

struct call;
struct effects;
struct host;
struct own_dir;
struct plugin;
struct plugin;
struct registry;
struct sched;
struct spawner;

/* What is used of the host; NULL in the configuration: ledger/host.h. */
struct sched_host {
	void	(*submit)(struct host *, struct call *);
	void	(*on_effects)(struct host *, void (*)(void *, struct effects *),
		    void *);
	int64_t	(*now)(struct host *);
	bool	(*trusts)(struct host *, const struct plugin *);
	void	(*degraded)(struct host *, enum host_part,
		    const char *reason);
	/* NULL: there are no grants, as on a runtime elsewhere. */
	struct policy *(*policy)(struct host *);
};

/* What a plugin's workers and runs may use; 0: no limit, if nothing else. */
struct plug_limits {
	int64_t	memory_bytes;		/* of a worker: address space */
	int64_t	processes;		/* ... threads and children; 0: a few */
	int64_t	open_files;		/* 0: a few */
	int64_t	file_bytes;		/* of one that it writes; 0: none */
	int64_t	cpu_s;			/* of an attempt */
	int64_t	calls_max;		/* ... calls, state, checkpoints */
	int64_t	messages_per_s;		/* ... then its worker is read slower */
	int64_t	bytes_per_s;
	int64_t	events_max;		/* ... the rest is dropped */
	int64_t	output_bytes;		/* of a run; the rest is dropped */
};

struct sched_config {
	const struct sched_host *to;
	int	worker_min, worker_max;	/* of a plugin */
	int	slots;			/* claimed runs of a worker, at most */
	int64_t	idle_ms;		/* a worker above the least ends */
	int64_t	start_timeout_ms;	/* from making a worker to its hello */
	int64_t	lease_ms;		/* renewed every third of it */
	int64_t	grace_ms;		/* after a deadline */
	int64_t	cancel_grace_ms;
	int64_t	lost_grace_ms;		/* when the run is lost; 0: the same */
	int64_t	action_timeout_ms;	/* of a plugin's action */
	struct plug_limits limits;	/* of plugins without their own */
	const struct own_dir *own_dirs;	/* no worker is given these; or NULL */
	struct cgroups *groups;		/* for workers; NULL: none */
	uint32_t min_tier;		/* enum tier: no worker is below it */
	int	crash_limit;		/* of a plugin's workers; 0: any */
	int64_t	crash_window_s;		/* in which they count */
	int64_t	hold_ms;		/* what may wait for more to come */
	int64_t	sweep_ms;
	const char *stopping;		/* why runs go back at a drain */
	struct own_ports own_ports;	/* of the host's doors */
	int	secrets_dir;		/* base/secret.h; -1: there are none */
	void	(*ready)(void *);	/* every plugin has answered; or NULL */
	/* A plugin that was in use is so no more; or NULL. */
	void	(*refused)(void *, const struct plugin *);
	/* Its workers crashed too often: it is to stay out of use; or NULL. */
	void	(*quarantine)(void *, struct plugin *, const char *why);
	void	*arg;			/* of these, on the control thread */
};
extern const struct sched_config sched_config_default;

/*
 * Starts the thread: every plugin of the registry that was discovered is
 * tried in a worker, and described or refused.  Takes the host's effects.
 * What is passed in must live until sched_free().
 */
rh_status	sched_start(const struct sched_config *, struct host *,
		    struct registry *, struct spawner *, struct sched **,
		    struct err *);

/*
 * Claims nothing more.  Runs that are not started go back; those that run
 * may end within the time, then they are given up as lost.  Returns when
 * there are none left.  Not on the control thread.
 */
void		sched_drain(struct sched *, int64_t timeout_ms);

/*
 * Drains at once if that is still to do, ends all workers and the thread.
 * The host must still answer calls; when it does so no more, sched_free().
 */
void		sched_stop(struct sched *);
/* After sched_stop() and host_stop(): no effect comes any more. */
void		sched_free(struct sched *);	/* NULL is fine */

/* Which capabilities its plugins used; any thread, until sched_free(). */
struct uses;
struct uses	*sched_uses(struct sched *);

/* What is counted of its workers; any thread, until sched_free(). */
struct metric_text;
void		sched_meters(struct sched *, struct metric_text *);

#endif
