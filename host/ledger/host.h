/*
 * What the doors see of the host: submit a call, be told when it is done.
 */
#ifndef LEDGER_HOST_H
#define LEDGER_HOST_H

#include "action/call.h"
#include "auth/policy.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

struct host;

/*
 * Carries a call through the gate.  Takes the call until done(): a write is
 * answered after its COMMIT, from the reply thread; a read may be answered
 * on the calling thread before this returns.  Prepares the call if it isn't.
 * done() must be short and must not submit-and-wait.  call_render() is the
 * door's to do, on a thread of its own.
 */
void	host_submit(struct host *, struct call *);

/* The same, waiting.  Not from the writer, reply or control thread. */
void	host_call(struct host *, struct call *);

/* The policy in force; the caller unrefs. */
struct policy	*host_policy(struct host *);

/* What can be amiss while the host goes on; each has a reason of its own. */
enum host_part { PART_ANCHOR, PART_AUDIT_LOG, PART_THREADS, HOST_PARTS };

#define STATUS_REASONS	(4 + HOST_PARTS)
#define STATUS_REASON_LEN 400

/* What /info, /ready and host_ping say. */
struct host_status {
	bool	ready;			/* there is no reason why not */
	char	reasons[STATUS_REASONS][STATUS_REASON_LEN];
	size_t	reason_count;
	bool	draining;
	int64_t	started_us;
	int64_t	now_us;
};
void	host_status_get(struct host *, struct host_status *);

/* What it counts; any thread. */
struct metric_text;
void	host_meters(struct host *, struct metric_text *);

/* Time by the ledger's clock; any thread. */
int64_t	host_now(struct host *);

/*
 * Event streams.  A watch is told, on the reply thread, whenever events of
 * a run (0: of any run) were committed, when the run ended, and when the
 * policy changed; the callback must only signal.  Register, then read.
 */
struct watch;
struct watch	*host_watch(struct host *, int64_t run_no,
		    void (*wake)(void *), void *arg);
void		 host_unwatch(struct host *, struct watch *);	/* after it: no callback */

/*
 * Where effects go.  effects() is called on the reply thread, in commit
 * order, and takes the effects over (it may empty the list or leave what it
 * doesn't want; the rest is freed).  Set before the first submit.
 */
struct effects;
void	host_on_effects(struct host *, void (*effects)(void *, struct effects *),
	    void *arg);

/* Degraded: said by /ready until it is said of this part with NULL. */
void	host_degraded(struct host *, enum host_part, const char *reason);

#endif
