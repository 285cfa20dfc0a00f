/*
 * A trusted plugin on a thread of this process, behind a channel as a worker
 * has one.  One that doesn't stop is left alone, and counted until it
 * has ended after all.  Nobody waits for a thread here: a timer looks.
 */
#include "sched/control.h"

#include "base/clock.h"
#include "base/mem.h"
#include "worker/main.h"

#include <stdio.h>
#include <stdlib.h>

#define LOOK_US	(1 * US_PER_MS)
#define LOST_US	(250 * US_PER_MS)	/* for a thread that may end */

bool
link_inproc_start(struct link *l, struct err *err)
{
	const struct plugin *p = l->plug->plugin;

	l->plug->in_host = true;
	l->inproc = inproc_start(p->image.memfd, p->file, &l->chan, err);
	return l->inproc != NULL;
}

static void
say_lost(struct sched *s)
{
	char reason[160];

	snprintf(reason, sizeof reason, "%d lost thread(s) of in-process "
	    "plugins, the last of \"%s\"; restart the host", s->lost_count,
	    s->lost_count > 0 ? LIST_FIRST(&s->lost)->plugin : "");
	s->to->degraded(s->host, PART_THREADS,
	    s->lost_count > 0 ? reason : NULL);
}

static void
lose(struct link *l)
{
	struct lost *lost = mem_zalloc(sizeof *lost);

	lost->inproc = l->inproc;
	lost->plugin = l->plug->plugin->id;
	LIST_INSERT_HEAD(&l->s->lost, lost, next);
	l->s->lost_count++;
	say_lost(l->s);
}

static void
lost_free(struct sched *s, struct lost *lost)
{
	inproc_stop(lost->inproc, 0);
	LIST_REMOVE(lost, next);
	s->lost_count--;
	free(lost);
}

void
lost_look(struct sched *s)
{
	int before = s->lost_count;
	struct lost *lost, *next;

	for (lost = LIST_FIRST(&s->lost); lost != NULL; lost = next) {
		next = LIST_NEXT(lost, next);
		if (inproc_ended(lost->inproc))
			lost_free(s, lost);
	}
	if (s->lost_count != before)
		say_lost(s);
}

void
lost_forget(struct sched *s)
{
	while (!LIST_EMPTY(&s->lost))
		lost_free(s, LIST_FIRST(&s->lost));
}

void
link_inproc_look(void *arg)
{
	struct link *l = arg;
	struct timers *timers = &l->s->plan.timers;
	bool ended = inproc_ended(l->inproc);

	if (!ended && l->s->plan.now < l->lost_us) {
		timer_set(timers, &l->timer, l->s->plan.now + LOOK_US);
		return;
	}
	link_read_rest(l);
	l->ended = true;
	if (ended)
		inproc_stop(l->inproc, 0);
	else
		lose(l);
	l->inproc = NULL;
	link_end(l, ended ? "ended its thread" : "abandoned");
}

void
link_inproc_stop(struct link *l)
{
	if (l->lost_us != 0)
		return;
	l->lost_us = l->s->plan.now + LOST_US;
	inproc_close(l->inproc);
	timer_set(&l->s->plan.timers, &l->timer, l->s->plan.now + LOOK_US);
}
