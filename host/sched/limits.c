/*
 * What is counted of a worker and its runs against the limits of its plugin.
 * Too much a second makes it wait: its socket and pipes are read later, and
 * what it sends blocks.  Too much in all ends the attempt, by name.
 */
#include "sched/control.h"

#include "base/clock.h"
#include "base/mem.h"
#include "worker/cgroup.h"
#include "worker/usage.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define LOOK_US	US_PER_S
#define LOOK_FILES	256	/* of /proc, a second, for a worker */
#define MIB	(1024.0 * 1024)

static const struct limit_row {
	const char *name;	/* of the metric, of reasons: "limit.cpu" */
	const char *setting;
	size_t	at;		/* in struct plug_limits */
} rows[LIMITS] = {
	[LIMIT_MEMORY] = { "limit.memory", "worker.memory_bytes",
	    offsetof(struct plug_limits, memory_bytes) },
	[LIMIT_CPU] = { "limit.cpu", "run.cpu_s",
	    offsetof(struct plug_limits, cpu_s) },
	[LIMIT_CALLS] = { "limit.calls", "run.calls_max",
	    offsetof(struct plug_limits, calls_max) },
	[LIMIT_MESSAGES] = { "limit.messages", "run.messages_per_s",
	    offsetof(struct plug_limits, messages_per_s) },
	[LIMIT_BYTES] = { "limit.bytes", "run.bytes_per_s",
	    offsetof(struct plug_limits, bytes_per_s) },
	[LIMIT_EVENTS] = { "limit.events", "run.events_max",
	    offsetof(struct plug_limits, events_max) },
	[LIMIT_OUTPUT] = { "limit.output", "run.output_max",
	    offsetof(struct plug_limits, output_bytes) },
};

static int64_t
value_of(const struct plug_limits *l, enum limit limit)
{
	return *(const int64_t *)(const void *)((const char *)l +
	    rows[limit].at);
}

/* What to change: the setting, or the plugin's own if it has another. */
static const char *
source_of(const struct plug *plug, enum limit limit)
{
	return value_of(&plug->limits, limit) ==
	    value_of(&plug->s->cfg.limits, limit) ? rows[limit].setting :
	    rows[limit].name;
}

const char *
limit_name(enum limit limit)
{
	return rows[limit].name + sizeof "limit." - 1;
}

void
limit_hit(struct sched *s, enum limit limit)
{
	atomic_fetch_add_explicit(&s->limit_hits[limit], 1,
	    memory_order_relaxed);
}

static void
end_by(struct job *j, enum limit limit, const char *why)
{
	limit_hit(j->s, limit);
	plan_limit(j->at, rows[limit].name, why);
}

void
limit_call(struct job *j)
{
	int64_t most = j->plug->limits.calls_max;
	char why[WHY_LEN];

	if (++j->calls <= most || most == 0 || j->at->phase != PHASE_LIVE)
		return;
	snprintf(why, sizeof why, "made %lld calls and requests, the limit is "
	    "%lld (%s)", (long long)j->calls, (long long)most,
	    source_of(j->plug, LIMIT_CALLS));
	end_by(j, LIMIT_CALLS, why);
}

void
limit_fill(struct link *l)
{
	const struct plug_limits *lim = &l->plug->limits;

	bucket_fill(&l->messages, lim->messages_per_s, l->s->plan.now);
	bucket_fill(&l->bytes, lim->bytes_per_s, l->s->plan.now);
	l->slowed = false;
}

static void
rest(struct link *l)
{
	int64_t now = l->s->plan.now, wait = bucket_wait(&l->messages, now),
	    other = bucket_wait(&l->bytes, now);

	if (other > wait)
		wait = other;
	l->resting = wait > 0;
	if (l->resting)
		timer_set(&l->s->plan.timers, &l->rest, now + wait);
}

void
limit_rested(void *arg)
{
	struct link *l = arg;

	rest(l);
	if (!l->resting && (l->w->running == NULL ||
	    !lane_full(l->w->running->job)))
		link_resume(l);
}

void
limit_traffic(struct link *l, int64_t messages, int64_t bytes)
{
	bool few = bucket_take(&l->messages, messages, l->s->plan.now),
	    small = bucket_take(&l->bytes, bytes, l->s->plan.now);

	if ((few && small) || l->resting)
		return;
	rest(l);
	if (!l->resting || l->slowed)
		return;
	l->slowed = true;
	limit_hit(l->s, few ? LIMIT_BYTES : LIMIT_MESSAGES);
}

/* Without a group a tree of many threads is looked at less often. */
static bool
cpu_of(struct link *l, int64_t *us)
{
	int64_t now = l->s->plan.now;
	size_t files;

	if (l->group > 0 && cgroup_cpu(l->s->cfg.groups, l->group, us))
		return true;
	if (now < l->look_us || !usage_cpu(l->pid, us, &files))
		return false;
	l->look_us = now + (int64_t)(files / LOOK_FILES) * LOOK_US;
	return true;
}

/* A run that has just begun is looked at from the next time on. */
static void
look_at_cpu(struct link *l)
{
	struct attempt *a = l->w->running;
	int64_t most = l->plug->limits.cpu_s, used;
	char why[WHY_LEN];

	if (a == NULL || a->phase != PHASE_LIVE || most == 0 ||
	    !cpu_of(l, &used))
		return;
	used = plan_cpu(a, used);
	if (used <= most * US_PER_S)
		return;
	snprintf(why, sizeof why, "used %.1f s of CPU, the limit is %lld s "
	    "(%s)", (double)used / US_PER_S, (long long)most,
	    source_of(l->plug, LIMIT_CPU));
	end_by(a->job, LIMIT_CPU, why);
}

/* One that was stopped answers nothing and ends by nothing but a kill. */
static void
look_if_stopped(struct link *l)
{
	siginfo_t info;
	char how[32];

	memset(&info, 0, sizeof info);
	if (waitid(P_PIDFD, (id_t)l->pidfd, &info, WSTOPPED | WNOHANG |
	    WNOWAIT) != 0 || info.si_pid == 0)
		return;
	snprintf(how, sizeof how, "stopped SIG%s",
	    sigabbrev_np(info.si_status));
	plan_broken(l->w, how);
}

void
limits_look(void *arg)
{
	struct sched *s = arg;
	struct link *l;

	LIST_FOREACH(l, &s->links, next) {
		if (l->pid <= 0 || l->dead)
			continue;
		look_at_cpu(l);
		look_if_stopped(l);
	}
	timer_set(&s->plan.timers, &s->look, s->plan.now + LOOK_US);
}

/*
 * Without a control group the kernel doesn't say that memory was refused; what a plugin makes of it
 * is an end like others.  How much it had is a fact.
 */
void
limit_memory(struct link *l, int64_t peak, bool oom, char *how, size_t size)
{
	int64_t most = l->plug->limits.memory_bytes;
	size_t len = strlen(how);

	if (most == 0 || (peak < most / 2 && !oom) || l->w->state == WORKER_EXITING ||
	    l->w->cause[0] != '\0')
		return;
	limit_hit(l->s, LIMIT_MEMORY);
	if (l->w->running != NULL)
		l->w->running->limit = rows[LIMIT_MEMORY].name;
	if (oom) {
		snprintf(how + len, size - len, ": exceeded its memory limit "
		    "of %.0f MiB (%s)", (double)most / MIB,
		    source_of(l->plug, LIMIT_MEMORY));
		return;
	}
	snprintf(how + len, size - len, " with %.0f MiB of memory in use, the "
	    "limit is %.0f MiB of address space (%s)", (double)peak / MIB,
	    (double)most / MIB, source_of(l->plug, LIMIT_MEMORY));
}
