/*
 * A worker's connection, whichever way its plugin is carried out: sending,
 * reading, and its end.
 */
#include "sched/control.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define FRAMES_A_TURN	256	/* then others may have theirs */
#define FRAMES_AT_REST	4096	/* above what a socket holds */

/* What epoll is to say of the socket now. */
static void
watch_socket(struct link *l, int op)
{
	struct epoll_event ev = { .data.ptr = &l->sock_tag };

	if (!l->paused)
		ev.events |= EPOLLIN;
	if (l->writing)
		ev.events |= EPOLLOUT;
	epoll_ctl(l->s->epfd, op, channel_fd(l->chan), &ev);
}

static void
watch_pipes(struct link *l)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int i;

	/* Taken out, or a closed end would be told of again and again. */
	for (i = 0; i < STREAMS; i++) {
		ev.data.ptr = &l->pipe_tags[i];
		if (l->pipes[i] >= 0)
			epoll_ctl(l->s->epfd, l->paused ? EPOLL_CTL_DEL :
			    EPOLL_CTL_ADD, l->pipes[i], &ev);
	}
}

static void
sock_ready(struct link *l, int which)
{
	(void)which;
	if (l->writing && channel_flush(l->chan)) {
		l->writing = false;
		watch_socket(l, EPOLL_CTL_MOD);
		plan_room(l->w);
	}
	if (!l->paused)
		link_read(l);
}

static struct link *
link_new(struct sched *s, struct worker *w)
{
	struct link *l = mem_zalloc(sizeof *l);

	l->s = s;
	l->w = w;
	l->plug = w->pool->plug;
	l->pidfd = l->status = l->seen = -1;
	l->pipes[STREAM_OUT] = l->pipes[STREAM_ERR] = -1;
	l->sock_tag = (struct tag){ l, sock_ready, 0 };
	l->timer.fire = link_inproc_look;
	l->timer.arg = l;
	l->rest.fire = limit_rested;
	l->rest.arg = l;
	limit_fill(l);
	l->pid_tag = (struct tag){ l, link_proc_dead, 0 };
	LIST_INSERT_HEAD(&s->links, l, next);
	w->link = l;
	return l;
}

const char *
link_name(const struct link *l)
{
	const struct plugin *p = l->plug->plugin;

	return p->state != PLUGIN_LOADING && p->id != NULL ? p->id : p->file;
}

static void
count(_Atomic int64_t *n, int64_t more)
{
	atomic_fetch_add_explicit(n, more, memory_order_relaxed);
}

void
link_hear(struct link *l)
{
	if (l->dead)
		return;
	watch_socket(l, EPOLL_CTL_ADD);
	if (l->inproc == NULL)
		link_proc_hear(l);
}

void
link_spawn(struct sched *s, struct worker *w)
{
	struct link *l = link_new(s, w);
	struct err err = { 0 };
	char pid[24], why[sizeof err.msg + 24];
	bool ok;

	ok = w->inproc ? link_inproc_start(l, &err) :
	    link_proc_start(l, &err);
	if (!ok) {
		snprintf(why, sizeof why, "cannot be started: %s", err.msg);
		w->unmade = true;
		link_end(l, why);
		return;
	}
	if (!w->unheard)
		link_hear(l);
	count(&l->plug->workers, 1);
	count(&l->plug->starts, 1);
	snprintf(pid, sizeof pid, "%d", (int)l->pid);
	log_event(LOG_DEBUG, "worker started", "plugin", link_name(l), "mode",
	    w->inproc ? "inproc" : "worker", "pid", w->inproc ? NULL : pid,
	    NULL);
}

struct link *
job_link(const struct job *j)
{
	if (j->at->side != SIDE_RUNNING)
		return NULL;
	return j->at->worker->link;
}

/* What its socket did not take waits for room. */
static rh_status
sent(struct link *l, rh_status rc)
{
	if (rc == RH_OK && !l->writing && !channel_flush(l->chan)) {
		l->writing = true;
		watch_socket(l, EPOLL_CTL_MOD);
	}
	return rc;
}

rh_status
link_send(struct link *l, enum frame_type type, uint64_t handle,
    uint32_t seq, const struct buf *body)
{
	if (l->dead || l->ended)
		return RH_OK;	/* its end is on its way */
	return sent(l, channel_send(l->chan, type, handle, seq,
	    body != NULL ? body->p : NULL, body != NULL ? body->len : 0));
}

/* What it asked for itself. */
static void
reply(struct link *l, const struct job *j, uint32_t seq,
    const struct buf *body)
{
	if (link_send(l, FRAME_REPLY, j->at->handle, seq, body) == RH_EBUSY)
		plan_broken(l->w, "does not read what it is sent");
}

void
link_reply(struct job *j, uint32_t seq, rh_status status, const void *p,
    size_t len)
{
	struct link *l = job_link(j);
	struct buf body = { 0 };

	if (l == NULL || seq == 0)
		return;
	if (len > MESSAGE_MAX - 16) {
		status = RH_ETOOBIG;
		len = 0;
	}
	reply_pack(&body, status, p, len);
	reply(l, j, seq, &body);
	buf_fini(&body);
}

void
link_reply_fd(struct job *j, uint32_t seq, int take_fd)
{
	struct link *l = job_link(j);
	struct buf body = { 0 };

	if (l == NULL || l->dead || l->ended) {
		close(take_fd);
		return;
	}
	reply_pack(&body, RH_OK, NULL, 0);
	if (sent(l, channel_send_fd(l->chan, j->at->handle, seq, body.p,
	    body.len, take_fd)) == RH_EBUSY)
		plan_broken(l->w, "does not read what it is sent");
	buf_fini(&body);
}

void
link_reply_secret(struct job *j, uint32_t seq, const void *p, size_t len)
{
	struct link *l = job_link(j);
	struct buf body = { 0 };

	if (l == NULL)
		return;
	reply_pack(&body, RH_OK, p, len);
	reply(l, j, seq, &body);
	explicit_bzero(body.p, body.len);
	buf_fini(&body);
}

/* It sends too much, or what runs there has all waiting that it may have. */
bool
link_must_pause(const struct link *l)
{
	return l->resting ||
	    (l->w->running != NULL && lane_full(l->w->running->job));
}

void
link_pause(struct link *l)
{
	if (l->paused)
		return;
	l->paused = true;
	watch_socket(l, EPOLL_CTL_MOD);
	watch_pipes(l);
	plan_deaf(l->w, true);
}

void
link_resume(struct link *l)
{
	if (l->dead || l->ended)
		return;
	if (!l->paused || l->resting)
		return;
	plan_deaf(l->w, false);
	l->paused = false;
	watch_socket(l, EPOLL_CTL_MOD);
	watch_pipes(l);
}

/* Nothing more will come; a process says its end by its pidfd. */
static void
socket_ended(struct link *l, const struct err *err)
{
	l->ended = true;
	epoll_ctl(l->s->epfd, EPOLL_CTL_DEL, channel_fd(l->chan), NULL);
	if (err->status == RH_EPROTO)
		plan_broken(l->w, err->msg);
	else if (l->inproc != NULL)
		link_inproc_stop(l);
	else
		plan_cut(l->w);
}

/* false: there is no more now. */
static bool
read_one(struct link *l)
{
	struct frame_head head;
	struct str body;
	struct err err = { 0 };
	int got;

	if (l->dead || l->ended)
		return false;
	got = channel_recv(l->chan, &head, &body, &err);
	if (got == 0)
		return false;
	if (got == 1 && frame_received(l, &head, body, &err) == RH_OK) {
		control_act(l->s);
		return true;
	}
	if (got == 1)
		err.status = RH_EPROTO;
	if (err.status == RH_EPROTO)
		err_wrap(&err, "protocol error");
	socket_ended(l, &err);
	control_act(l->s);
	return false;
}

void
link_read(struct link *l)
{
	int n;

	for (n = 0; n < FRAMES_A_TURN; n++) {
		if (!l->dead && !l->ended && link_must_pause(l)) {
			link_pause(l);
			return;
		}
		if (!read_one(l))
			return;
	}
}

/*
 * No more than fits a socket, so it is heard however much waits already.
 * A process that the worker left behind may still fill it.
 */
void
link_read_rest(struct link *l)
{
	int n;

	for (n = 0; n < FRAMES_AT_REST && read_one(l); n++)
		continue;
}

void
link_kill(struct link *l)
{
	if (l->dead)
		return;
	if (l->inproc != NULL)
		link_inproc_stop(l);
	else
		link_proc_kill(l);
}

/* It is gone; all it said has been heard. */
void
link_end(struct link *l, const char *how)
{
	char pid[24];

	if (l->dead)
		return;
	l->dead = true;
	if (!l->w->unmade) {
		count(&l->plug->workers, -1);
		count(&l->plug->deaths, l->w->state != WORKER_EXITING);
	}
	snprintf(pid, sizeof pid, "%d", (int)l->pid);
	log_event(l->w->state == WORKER_EXITING ? LOG_DEBUG : LOG_INFO,
	    "worker ended", "plugin", link_name(l), "pid",
	    l->pid > 0 ? pid : NULL, "how", how, "cause",
	    l->w->cause[0] != '\0' ? l->w->cause : NULL, NULL);
	plan_dead(l->w, how);
}

void
link_close_fd(struct link *l, int *fd)
{
	if (*fd < 0)
		return;
	epoll_ctl(l->s->epfd, EPOLL_CTL_DEL, *fd, NULL);
	close(*fd);
	*fd = -1;
}

void
link_bury(struct link *l)
{
	int i;

	timer_clear(&l->s->plan.timers, &l->timer);
	timer_clear(&l->s->plan.timers, &l->rest);
	if (l->chan != NULL)
		epoll_ctl(l->s->epfd, EPOLL_CTL_DEL, channel_fd(l->chan), NULL);
	channel_free(l->chan);
	l->chan = NULL;
	link_close_fd(l, &l->pidfd);
	if (l->status >= 0)
		close(l->status);
	l->status = -1;
	if (l->seen >= 0)
		close(l->seen);
	l->seen = -1;
	for (i = 0; i < STREAMS; i++)
		link_close_fd(l, &l->pipes[i]);
	LIST_REMOVE(l, next);
	/* epoll may have spoken of it already. */
	LIST_INSERT_HEAD(&l->s->graves, l, next);
}

void
links_free(struct sched *s)
{
	struct link *l;

	while ((l = LIST_FIRST(&s->graves)) != NULL) {
		LIST_REMOVE(l, next);
		free(l);
	}
}
