/*
 * The control thread's loop: waits for sockets, pipes, processes, the inbox
 * and the clock, and carries out what the plan says to each.
 */
#include "sched/control.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define EVENTS_A_TURN	64
#define DRAIN_LATE_US	(5 * US_PER_S)

int64_t
control_now(const struct sched *s)
{
	return s->to->now(s->host);
}

static struct link *
link_of(const struct command *c)
{
	return c->worker->link;
}

static void
do_spawn(struct sched *s, const struct command *c)
{
	link_spawn(s, c->worker);
}

static void
do_hear(struct sched *s, const struct command *c)
{
	(void)s;
	link_hear(link_of(c));
}

static void
do_invoke(struct sched *s, const struct command *c)
{
	(void)s;
	job_send(c->attempt->job);
}

/* CANCEL and DROP: to where the attempt is. */
static void
do_tell(struct sched *s, const struct command *c)
{
	(void)s;
	if (c->kind == CMD_CANCEL)
		uses_cancel(c->attempt->job);
	if (c->attempt->worker != NULL)
		link_send(c->attempt->worker->link, c->kind == CMD_CANCEL ?
		    FRAME_CANCEL : FRAME_DROP, c->attempt->handle, 0, NULL);
}

static void
do_ping(struct sched *s, const struct command *c)
{
	(void)s;
	link_send(link_of(c), FRAME_PING, 0, c->seq, NULL);
}

static void
do_exit(struct sched *s, const struct command *c)
{
	(void)s;
	link_send(link_of(c), FRAME_EXIT, 0, 0, NULL);
}

static void
do_kill(struct sched *s, const struct command *c)
{
	(void)s;
	link_kill(link_of(c));
}

static void
do_bury(struct sched *s, const struct command *c)
{
	(void)s;
	link_bury(link_of(c));
	plan_bury(c->worker);
}

static void
do_offer(struct sched *s, const struct command *c)
{
	upkeep_offer(s, c->pool, c->n);
}

static void
do_end(struct sched *s, const struct command *c)
{
	(void)s;
	job_end(c->attempt->job, c);
}

static void
do_release(struct sched *s, const struct command *c)
{
	(void)s;
	job_release(c->attempt->job, c);
}

static void
do_forget(struct sched *s, const struct command *c)
{
	(void)s;
	job_free(c->attempt->job);
	plan_forget(c->attempt);
}

static void
do_refused(struct sched *s, const struct command *c)
{
	(void)s;
	plug_refused(c->pool->plug, c->pool->why);
}

static void
do_quarantine(struct sched *s, const struct command *c)
{
	(void)s;
	plug_quarantine(c->pool->plug, c->pool->why);
}

static void
do_ready(struct sched *s, const struct command *c)
{
	(void)c;
	if (s->cfg.ready != NULL && !s->said_ready)
		s->cfg.ready(s->cfg.arg);
	s->said_ready = true;
}

static void
do_renew(struct sched *s, const struct command *c)
{
	(void)c;
	upkeep_renew(s);
}

static void
do_sweep(struct sched *s, const struct command *c)
{
	(void)c;
	leftover_end(s);
	plugs_tidy(s);
	lost_look(s);
	upkeep_sweep(s);
	upkeep_index(s);
	trials_look(s);
	upkeep_uses(s);
}

void
control_act(struct sched *s)
{
	static void (*const table[COMMANDS])(struct sched *,
	    const struct command *) = {
		[CMD_SPAWN] = do_spawn,
		[CMD_HEAR] = do_hear,
		[CMD_INVOKE] = do_invoke,
		[CMD_CANCEL] = do_tell,
		[CMD_DROP] = do_tell,
		[CMD_PING] = do_ping,
		[CMD_EXIT] = do_exit,
		[CMD_KILL] = do_kill,
		[CMD_BURY] = do_bury,
		[CMD_OFFER] = do_offer,
		[CMD_END] = do_end,
		[CMD_RELEASE] = do_release,
		[CMD_FORGET] = do_forget,
		[CMD_REFUSED] = do_refused,
		[CMD_QUARANTINE] = do_quarantine,
		[CMD_READY] = do_ready,
		[CMD_RENEW] = do_renew,
		[CMD_SWEEP] = do_sweep,
	};
	struct command c;
	size_t i = 0;

	if (s->acting)
		return;		/* further up, in order */
	s->acting = true;
	while (plan_take(&s->plan, &i, &c))
		table[c.kind](s, &c);
	s->acting = false;
}

/* A worker that is at it has often said more by now. */
static void
read_again(struct sched *s)
{
	uint64_t handles[EVENTS_A_TURN];
	struct attempt *a;
	struct link *l;
	struct job *j;
	size_t i, n = 0;

	STAILQ_FOREACH(j, &s->dirty, dirty_next)
		if (n < EVENTS_A_TURN && !j->at->finished)
			handles[n++] = j->at->handle;
	for (i = 0; i < n; i++) {
		a = plan_attempt(&s->plan, handles[i]);
		l = a != NULL ? job_link(a->job) : NULL;
		if (l != NULL && !l->paused)
			link_read(l);
	}
}

/* At the end of a turn: what came with several frames leaves as one. */
static void
push_lanes(struct sched *s)
{
	struct job *j;

	read_again(s);
	while ((j = STAILQ_FIRST(&s->dirty)) != NULL) {
		STAILQ_REMOVE_HEAD(&s->dirty, dirty_next);
		j->dirty = false;
		lane_push(j);
		control_act(s);
	}
}

static void
arm(struct sched *s)
{
	struct itimerspec when = { 0 };
	int64_t at = plan_next(&s->plan), us;

	if (at == TIMERS_NEVER || (at >= s->armed_us && s->armed_us != 0))
		return;
	us = at - control_now(s);
	if (us < 1)
		us = 1;
	s->armed_us = at;
	when.it_value.tv_sec = us / US_PER_S;
	when.it_value.tv_nsec = us % US_PER_S * 1000;
	timerfd_settime(s->timerfd, 0, &when, NULL);
}

static void
timer_rang(struct sched *s)
{
	uint64_t n;

	if (read(s->timerfd, &n, sizeof n) == (ssize_t)sizeof n)
		s->armed_us = 0;
}

static void
turn(struct sched *s, const struct epoll_event *events, int n)
{
	struct tag *tag;
	int i;

	plan_at(&s->plan, control_now(s));
	for (i = 0; i < n; i++) {
		tag = events[i].data.ptr;
		if (tag == NULL)
			timer_rang(s);
		else if (tag != &s->inbox_tag && !tag->link->dead)
			tag->ready(tag->link, tag->which);
		control_act(s);
	}
	inbox_read(s);
	plan_tick(&s->plan);
	control_act(s);
	push_lanes(s);
	plan_settle(&s->plan);
	control_act(s);
	links_free(s);
}

/* Draining and stopping, asked for by another thread; true: it is over. */
static bool
heed_orders(struct sched *s)
{
	bool stop, drained;
	int64_t until, late;

	pthread_mutex_lock(&s->lock);
	until = s->drain_us;
	stop = s->stopping;
	pthread_mutex_unlock(&s->lock);
	if (until != s->drain_seen_us) {
		plan_drain(&s->plan, until);
		plugs_drain(s);
	}
	s->drain_seen_us = until;
	if (stop && !s->hurried) {
		s->hurried = true;
		plan_close(&s->plan);
	}
	control_act(s);
	push_lanes(s);
	/* A ledger that doesn't answer is not waited for. */
	late = until + DRAIN_LATE_US;
	drained = until != 0 && (plan_is_idle(&s->plan) ||
	    control_now(s) > late);
	pthread_mutex_lock(&s->lock);
	if (drained && !s->drained) {
		s->drained = true;
		pthread_cond_broadcast(&s->changed);
	}
	pthread_mutex_unlock(&s->lock);
	links_free(s);
	return stop && plan_is_idle(&s->plan) && LIST_EMPTY(&s->links) &&
	    s->outstanding == 0;
}

void *
control_main(void *arg)
{
	struct sched *s = arg;
	struct epoll_event events[EVENTS_A_TURN];
	int n;

	plan_at(&s->plan, control_now(s));
	plan_begin(&s->plan);
	limits_look(s);
	control_act(s);
	plan_settle(&s->plan);
	control_act(s);
	while (!heed_orders(s)) {
		arm(s);
		n = epoll_wait(s->epfd, events, EVENTS_A_TURN, -1);
		if (n < 0 && errno != EINTR)
			log_line(LOG_ERROR, "epoll_wait: errno %d", errno);
		turn(s, events, n > 0 ? n : 0);
	}
	return NULL;
}
