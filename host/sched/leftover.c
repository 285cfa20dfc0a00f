/*
 * Ends what plugins leave behind when their worker is gone.  A process in a
 * live worker's session is that worker's affair; one that has left its
 * session, or outlives its worker, belongs to nobody.
 */
#include "sched/control.h"

#include "base/clock.h"
#include "base/log.h"
#include "worker/spawner.h"
#include "worker/strays.h"

#define AGAIN_US	(20 * US_PER_MS)

static bool
is_ours(void *arg, pid_t pid, pid_t sid)
{
	struct sched *s = arg;
	struct link *l;

	if (spawner_owns(s->spawner, pid))
		return true;
	LIST_FOREACH(l, &s->links, next)
		if (!l->dead && l->pid > 0 && (l->pid == pid || l->pid == sid))
			return true;
	return false;
}

void
leftover_end(void *arg)
{
	struct sched *s = arg;
	size_t n = strays_end_but(is_ours, s);

	if (n == 0)
		return;
	log_line(LOG_WARN, "%zu processes that plugins had left behind were "
	    "killed", n);
	timer_set(&s->plan.timers, &s->leftover, s->plan.now + AGAIN_US);
}
