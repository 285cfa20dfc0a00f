/*
 * A trusted plugin on threads of this process, behind the same socket that
 * a worker has.  One that can't be stopped is left alone, and counted.
 */
#include "sched/control.h"

#include "worker/main.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

bool
link_inproc_start(struct link *l, struct err *err)
{
	const struct plugin *p = l->plug->plugin;
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) != 0) {
		err_errno(err, RH_EIO, "making a socket");
		return false;
	}
	l->inproc = inproc_start(p->image.memfd, p->file, sv[1], err);
	if (l->inproc == NULL) {
		close(sv[0]);
		return false;
	}
	l->chan = channel_new(sv[0], false);
	return true;
}

static void
count_lost(struct link *l)
{
	struct sched *s = l->s;
	char reason[160];

	s->lost++;
	snprintf(reason, sizeof reason, "%d lost thread(s) of in-process "
	    "plugins, the last of \"%s\"; restart the host", s->lost,
	    l->plug->plugin->id);
	s->to->degraded(s->host, reason);
}

void
link_inproc_stop(struct link *l, int64_t wait_ms)
{
	bool ended = inproc_stop(l->inproc, wait_ms);

	l->inproc = NULL;
	l->ended = true;
	if (!ended)
		count_lost(l);
	link_end(l, ended ? "ended its thread" : "abandoned");
}
