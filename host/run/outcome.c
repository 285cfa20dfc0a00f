/*
 * The state table, and the rules that pick a transition from it.
 */
#include "run/outcome.h"

#include <runhost/host.h>

#include <assert.h>

#define TO(state) (1u << (state))
#define ENDS	(TO(RUN_FAILED) | TO(RUN_CANCELLED) | TO(RUN_TIMEOUT))

/* Where a state may go; an ended run goes nowhere. */
static const unsigned transitions[RUN_STATES + 1] = {
	[RUN_CREATED] = TO(RUN_QUEUED) | ENDS,
	[RUN_QUEUED] = TO(RUN_CLAIMED) | ENDS,
	[RUN_CLAIMED] = TO(RUN_RUNNING) | TO(RUN_QUEUED) |
	    TO(RUN_INTERRUPTED) | TO(RUN_COMPLETED) | ENDS,
	[RUN_RUNNING] = TO(RUN_QUEUED) | TO(RUN_INTERRUPTED) |
	    TO(RUN_COMPLETED) | ENDS,
	[RUN_INTERRUPTED] = TO(RUN_QUEUED) | ENDS,
};

bool
run_may_go(enum run_state from, enum run_state to)
{
	return (transitions[from] & TO(to)) != 0;
}

/* After a cancel request only success is still itself. */
static void
cancelled(const struct run_live *l, struct decision *d)
{
	d->state = RUN_CANCELLED;
	if (l->cancel_reason != NULL)
		d->end.reason = l->cancel_reason;
	else if (d->end.reason == NULL)
		d->end.reason = "cancel requested";
}

/* Another attempt, when the run allows one; else the given end. */
static void
retry_or(const struct run_live *l, bool retry, enum run_state end,
    struct decision *d)
{
	d->state = end;
	if (!retry || l->failures + 1 >= l->max_failures)
		return;
	d->state = RUN_QUEUED;
	d->cause = CAUSE_RETRY;
	d->count_failure = true;
	d->event = "host.retry";
	d->why = d->end.error;
}

void
decide_finish(const struct run_live *l, uint32_t kind, bool retry, bool host,
    struct decision *d)
{
	bool asked = l->cancel_us != 0;

	if (kind == RH_COMPLETED)
		d->state = RUN_COMPLETED;
	else if (asked || (kind == RH_CANCELLED && host))
		cancelled(l, d);
	else if (kind == RH_TIMEOUT)
		retry_or(l, true, RUN_TIMEOUT, d);
	else if (kind == RH_INTERRUPTED)
		d->state = RUN_INTERRUPTED;
	else if (kind == RH_CANCELLED) {
		d->state = RUN_FAILED;
		d->end.reason = "the plugin said cancelled, but nobody asked "
		    "for it";
	} else
		retry_or(l, retry, RUN_FAILED, d);
	if (d->end.reason == NULL && d->state != RUN_COMPLETED)
		d->end.reason = d->end.error;
	assert(run_may_go(l->state, d->state));
}

void
decide_loss(const struct run_live *l, bool started, const char *why,
    struct decision *d)
{
	d->why = why;
	if (l->cancel_us != 0) {
		cancelled(l, d);
	} else if (!started) {
		d->state = RUN_QUEUED;
		d->uncount_attempt = true;
	} else if (l->losses + 1 >= l->max_losses) {
		d->state = RUN_FAILED;
		d->end.reason = d->end.error = why;
	} else {
		d->state = RUN_QUEUED;
		d->cause = CAUSE_TAKEOVER;
		d->count_loss = true;
		d->event = "host.lost";
	}
	assert(run_may_go(l->state, d->state));
}
