/*
 * A worker that is a process: made by the spawner, held by its pidfd.
 */
#include "sched/control.h"

#include "base/log.h"
#include "base/mem.h"
#include "worker/cgroup.h"
#include "worker/spawner.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <unistd.h>

static void
watch(struct link *l, int fd, struct tag *tag)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = tag };

	epoll_ctl(l->s->epfd, EPOLL_CTL_ADD, fd, &ev);
}

static rh_status
give_group(struct link *l, struct worker_spec *spec, struct err *err)
{
	struct cgroups *g = l->s->cfg.groups;

	if (g == NULL)
		return RH_OK;
	l->group = cgroup_make(g, &spec->profile, &spec->group, err);
	return l->group > 0 ? RH_OK : err->status;
}

/* true: something in it was killed for the memory it had. */
static bool
end_group(struct link *l)
{
	bool oom = l->group > 0 && cgroup_end(l->s->cfg.groups, l->group);

	l->group = 0;
	return oom;
}

bool
link_proc_start(struct link *l, struct err *err)
{
	struct worker_spec spec = {
		.memfd = l->plug->plugin->image.memfd,
		.path = l->plug->plugin->file,
	};
	struct arena arena = { 0 };
	struct worker_proc proc;
	rh_status rc;

	given_profile(l->plug, &arena, &spec.profile);
	if ((rc = give_group(l, &spec, err)) == RH_OK)
		rc = spawner_spawn(l->s->spawner, &spec, &proc, err);
	if (spec.group > 0)
		close(spec.group);
	arena_fini(&arena);
	if (rc != RH_OK) {
		end_group(l);
		return false;
	}
	l->pid = proc.pid;
	l->pidfd = proc.pidfd;
	l->status = proc.status;
	l->seen = proc.seen;
	l->pipes[STREAM_OUT] = proc.out;
	l->pipes[STREAM_ERR] = proc.err;
	l->chan = channel_new(proc.sock, false);
	return true;
}

void
link_proc_hear(struct link *l)
{
	int i;

	watch(l, l->pidfd, &l->pid_tag);
	for (i = 0; i < STREAMS; i++) {
		l->pipe_tags[i] = (struct tag){ l, output_ready, i };
		watch(l, l->pipes[i], &l->pipe_tags[i]);
	}
}

void
link_proc_kill(struct link *l)
{
	pidfd_send_signal(l->pidfd, SIGKILL, NULL, 0);
}

/* For who doesn't know what the signal says here. */
static void
explain(char *how, size_t size)
{
	size_t n = strlen(how);

	if (strcmp(how, "crashed SIGSYS") == 0)
		snprintf(how + n, size - n, ": a system call that no worker "
		    "may make (docs/sandbox.md, \"System calls\")");
}

/* The process has ended: what it left behind is heard first. */
void
link_proc_dead(struct link *l, int which)
{
	siginfo_t info;
	struct rusage used;
	char how[WHY_LEN];
	bool oom;

	(void)which;
	if (!worker_reap(l->pidfd, l->status, &info, &used))
		return;
	oom = end_group(l);
	link_read_rest(l);
	output_drain(l);
	trial_read(l, true);
	worker_end_text(info.si_code, info.si_status, how);
	limit_memory(l, used.ru_maxrss * INT64_C(1024), oom &&
	    strcmp(how, "killed SIGKILL") == 0, how, sizeof how);
	explain(how, sizeof how);
	link_end(l, how);
	timer_set(&l->s->plan.timers, &l->s->leftover, l->s->plan.now);
}

void
link_proc_confined(struct link *l, const struct confined *c)
{
	struct buf missing = { 0 };
	char pid[24];
	uint32_t was;

	l->tier = c->tier;
	was = atomic_exchange(&l->plug->plugin->tier, c->tier);
	trial_confined(l, c);
	confined_missing(c, TIER_BEST, &missing);
	snprintf(pid, sizeof pid, "%d", (int)l->pid);
	log_event(was != c->tier ? LOG_INFO : LOG_DEBUG, "worker confined", "plugin", link_name(l), "pid",
	    pid, "tier", tier_name(c->tier), "missing", missing.len > 0 ? missing.p :
	    NULL, NULL);
	buf_fini(&missing);
}
