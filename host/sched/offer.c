/*
 * How many more runs the ledger may claim for a pool.
 */
#include "sched/plan.h"

#define OFFER_AGAIN_US	1000000	/* after one that was refused */

/* How many runs the pool wants to have claimed, started ones included. */
static int
pool_target(const struct pool *p)
{
	const struct worker *w;
	int n = 0;

	if (p->plan->draining)
		return 0;
	/* Those that wait for it in the ledger are to end, too. */
	if (p->state == POOL_OFF && p->served && !p->quarantined)
		return pool_max(p);
	if (p->state != POOL_ON)
		return 0;
	if (!pool_is_backing_off(p))
		return pool_max(p) * pool_depth(p);
	TAILQ_FOREACH(w, &p->workers, next)
		n += w->state == WORKER_READY && !w->retiring;
	return n * pool_depth(p);
}

/* The count of a plugin is one, whichever of its pools offers. */
static bool
must_wait(struct pool *p)
{
	const struct pool *b = p->before;

	if (b != NULL && (b->taking || b->offered > 0))
		return true;
	p->before = NULL;
	return false;
}

/*
 * The ledger's count never goes below 0, so offers are taken back all at
 * once, and nothing new is offered until that was answered: every claim
 * that came before it has arrived by then.
 */
static void
offer(struct pool *p)
{
	int target = pool_target(p), n = target - p->held - p->offered;
	int least = target > pool_max(p) ? (target + 3) / 4 : 1;
	struct command *cmd;

	if (p->taking || p->plan->now < p->offer_after_us || must_wait(p))
		return;
	if (p->offered > 0 && (target == 0 || p->offer_inproc != p->inproc)) {
		p->taking = true;
		cmd = plan_command(p->plan, CMD_OFFER);
		cmd->pool = p;
		cmd->n = -p->offered;
	} else if (n >= least) {
		p->offered += n;
		p->offer_inproc = p->inproc;
		cmd = plan_command(p->plan, CMD_OFFER);
		cmd->pool = p;
		cmd->n = n;
	}
}

void
plan_offered(struct pool *p, int n, bool done)
{
	if (n < 0) {
		p->taking = false;
		if (done)
			p->offered = 0;
	} else if (!done) {
		p->offered = p->offered > n ? p->offered - n : 0;
	}
	if (done)
		return;
	p->offer_after_us = p->plan->now + OFFER_AGAIN_US;
	timer_pull(&p->plan->timers, &p->timer, p->offer_after_us);
}

void
plan_settle(struct plan *c)
{
	struct pool *p;

	if (!c->begun)
		return;
	TAILQ_FOREACH(p, &c->pools, next)
		offer(p);
}
