/*
 * What a plugin asks by its capabilities: the ledger decides, a thread of
 * its own does it, and the plugin's worker hears of it.  This thread waits
 * for neither.
 */
#include "sched/control.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "sched/connector.h"
#include "sched/errand.h"
#include "sched/uses.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE		8	/* of an attempt */
#define PLUGIN_AT_ONCE	8	/* errands of a kind, of a plugin */
#define USUAL_MS	10000
#define MOST_MS		60000

/* What is asked; in the op's arena. */
struct use {
	const char *what;	/* "net.connect", "secret.get" */
	const char *capability;
	struct target target;	/* of a connection */
	int64_t	timeout_ms;
	const char *secret;	/* name; NULL: a connection */
};

/* One that was allowed, until its plugin is answered. */
struct opening {
	LIST_ENTRY(opening) next;
	struct job *job;
	uint32_t seq;
	const char *capability;	/* behind it */
	struct timer timer;
};

/* It is done on another thread, which knows nothing but this. */
struct use_errand {
	struct errand errand;
	struct plug *plug;	/* not the thread's */
	uint64_t handle;
	uint32_t seq;
	struct target target;
	struct own_ports own;
	int64_t	until_us;	/* CLOCK_MONOTONIC */
	int	dir;		/* of secrets; -1: a connection */
	char	name[SECRET_NAME_MAX + 1];
	int	fd;		/* the connection */
	struct secret secret;
	struct err err;		/* status RH_OK: it is done */
};

/* A refusal that was found on the way, until it is on disk. */
struct note {
	struct submit submit;
	uint64_t handle;
	uint32_t seq;
};

struct op *
use_connect(struct job *j, struct str host, int64_t port, int64_t timeout_ms)
{
	struct op *op = op_new(j, &op_use);
	struct use *u = arena_zalloc(&op->arena, sizeof *u);
	char text[TARGET_TEXT_MAX];

	/* It has been judged: worker/report.h. */
	target_set(&u->target, host, port, NULL);
	target_text(&u->target, text);
	u->what = "net.connect";
	u->capability = arena_printf(&op->arena, "net.connect:%s", text);
	u->timeout_ms = timeout_ms == 0 ? USUAL_MS : timeout_ms > MOST_MS ?
	    MOST_MS : timeout_ms;
	op->use = u;
	return op;
}

struct op *
use_secret(struct job *j, struct str name)
{
	struct op *op = op_new(j, &op_use);
	struct use *u = arena_zalloc(&op->arena, sizeof *u);

	u->what = "secret.get";
	u->secret = text_in(&op->arena, name);
	u->capability = arena_printf(&op->arena, "secret:%s", u->secret);
	u->timeout_ms = USUAL_MS;
	op->use = u;
	return op;
}

static void
answer(struct job *j, uint32_t seq, const struct err *err)
{
	struct buf text = { 0 };

	j->use_count--;
	buf_adds(&text, err->msg);
	if (err->hint[0] != '\0')
		buf_printf(&text, "; %s", err->hint);
	link_reply(j, seq, err->status, text.p, text.len);
	buf_fini(&text);
}

static void
opening_end(struct opening *o)
{
	timer_clear(&o->job->s->plan.timers, &o->timer);
	LIST_REMOVE(o, next);
	free(o);
}

static struct opening *
opening_find(struct sched *s, uint64_t handle, uint32_t seq)
{
	struct attempt *a = plan_attempt(&s->plan, handle);
	struct opening *o = NULL;

	if (a != NULL)
		LIST_FOREACH(o, &((struct job *)a->job)->openings, next)
			if (o->seq == seq)
				break;
	return o;
}

/* What is still under way comes back to nobody. */
static void
give_up(struct opening *o, rh_status status, const char *why)
{
	struct err err = { 0 };

	err_set(&err, status, "%s: %s", o->capability, why);
	answer(o->job, o->seq, &err);
	opening_end(o);
}

static void
opening_late(void *arg)
{
	give_up(arg, RH_EDEADLINE, "not in time");
}

void
uses_cancel(struct job *j)
{
	while (!LIST_EMPTY(&j->openings))
		give_up(LIST_FIRST(&j->openings), RH_ECANCELED, "cancelled");
}

void
uses_drop(struct job *j)
{
	while (!LIST_EMPTY(&j->openings))
		opening_end(LIST_FIRST(&j->openings));
}

static void
errand_connect(struct errand *e)
{
	struct use_errand *u = (struct use_errand *)(void *)e;

	u->fd = connector_open(&u->target, &u->own, u->until_us, &u->err);
}

static void
errand_read(struct errand *e)
{
	struct use_errand *u = (struct use_errand *)(void *)e;

	secret_read(u->dir, u->name, &u->secret, &u->err);
}

static void
errand_free(struct errand *e)
{
	struct use_errand *u = (struct use_errand *)(void *)e;

	if (u->fd >= 0)
		close(u->fd);
	if (u->dir >= 0)
		close(u->dir);
	secret_wipe(&u->secret);
	free(u);
}

static enum errand_kind
kind_of(const struct use *use)
{
	return use->secret != NULL ? ERRAND_SECRET : ERRAND_CONNECTION;
}

static struct use_errand *
errand_new(struct plug *plug, const struct op *op, int64_t left_us)
{
	const struct sched *s = op->submit.s;
	const struct use *use = op->use;
	struct use_errand *u = mem_zalloc(sizeof *u);
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	u->errand.kind = kind_of(use);
	u->errand.run = use->secret != NULL ? errand_read : errand_connect;
	u->errand.free = errand_free;
	u->plug = plug;
	u->handle = op->handle;
	u->seq = op->seq;
	u->target = use->target;
	u->own = s->cfg.own_ports;
	u->until_us = now.tv_sec * US_PER_S + now.tv_nsec / 1000 + left_us;
	u->fd = u->dir = -1;
	if (use->secret != NULL) {
		u->dir = fcntl(s->cfg.secrets_dir, F_DUPFD_CLOEXEC, 0);
		snprintf(u->name, sizeof u->name, "%s", use->secret);
	}
	return u;
}

static void
opening_new(struct job *j, const struct op *op, int64_t until)
{
	const char *capability = op->use->capability;
	struct opening *o = mem_zalloc(sizeof *o + strlen(capability) + 1);

	o->job = j;
	o->seq = op->seq;
	o->capability = strcpy((char *)(o + 1), capability);
	o->timer.fire = opening_late;
	o->timer.arg = o;
	LIST_INSERT_HEAD(&j->openings, o, next);
	timer_set(&j->s->plan.timers, &o->timer, until);
}

/* A thread that nobody waits for any more has its place all the same. */
static rh_status
start(struct plug *plug, const struct op *op, int64_t left_us,
    struct err *err)
{
	static const char *const words[] = {
		[ERRAND_CONNECTION] = "%d connections of plugin \"%s\" are "
		    "being made already, if only a name is being resolved",
		[ERRAND_SECRET] = "%d secrets are being read for plugin "
		    "\"%s\" already",
	};
	enum errand_kind kind = kind_of(op->use);
	rh_status rc;

	if (plug->errands[kind] >= PLUGIN_AT_ONCE) {
		err_set(err, RH_EBUSY, words[kind], PLUGIN_AT_ONCE,
		    plug->plugin->id);
		return err_hint(err, "try again when one has come about or "
		    "failed");
	}
	rc = errands_start(plug->s->errands, &errand_new(plug, op,
	    left_us)->errand, err);
	plug->errands[kind] += rc == RH_OK;
	return rc;
}

/* It is allowed: now it is done. */
static void
begin(struct job *j, const struct op *op)
{
	int64_t now = j->s->plan.now;
	int64_t until = now + op->use->timeout_ms * US_PER_MS;
	struct err err = { 0 };

	if (j->at->deadline_us != 0 && j->at->deadline_us < until)
		until = j->at->deadline_us;
	if (j->at->cancelled)
		err_set(&err, RH_ECANCELED, "cancelled");
	else if (until <= now)
		err_set(&err, RH_EDEADLINE, "the deadline has passed");
	else if (start(j->plug, op, until - now, &err) == RH_OK) {
		opening_new(j, op, until);
		return;
	}
	answer(j, op->seq, &err);
}

static void
say_refused(struct job *j, const char *capability, const struct err *why)
{
	struct job_ids ids;

	use_note(j->s->uses, j->plug->plugin->id, capability, false,
	    j->s->plan.now);
	if (!log_allowed(&j->plug->log, j->s->plan.now))
		return;
	job_ids(j, &ids);
	log_event(LOG_WARN, "a capability was refused", "plugin",
	    j->plug->plugin->id, "run", ids.run, "op", ids.op, "capability",
	    capability, "error", why->msg, "hint", why->hint[0] != '\0' ?
	    why->hint : NULL, NULL);
}

static void
decided(struct submit *sub, struct call *c)
{
	struct op *op = (struct op *)sub;
	const struct use_args *args = c->args;
	struct job *j = op_job(op);

	if (j != NULL && c->status != RH_OK) {
		answer(j, op->seq, &c->err);
	} else if (j != NULL && !args->allowed) {
		say_refused(j, args->capability, &args->why);
		answer(j, op->seq, &args->why);
	} else if (j != NULL) {
		use_note(j->s->uses, j->plug->plugin->id, args->capability,
		    true, j->s->plan.now);
		begin(j, op);
	}
	op_free(op);
	call_free(c);
}

/* Whose run it is about, as rows of other actions say. */
static struct call *
call_of(struct job *j, const char *what, const char *capability)
{
	struct call *c = call_internal("capability_use", &j->caller,
	    sizeof(struct use_args));
	struct use_args *args = c->args;
	struct job_ids ids;

	job_ids(j, &ids);
	args->what = arena_strdup(&c->arena, what);
	args->capability = arena_strdup(&c->arena, capability);
	if (ids.run != NULL)
		args->target = arena_strdup(&c->arena, ids.run);
	return c;
}

void
use_submit(struct op *op)
{
	struct job *j = op_job(op);
	struct err err = { 0 };
	struct use_args *args;
	struct call *c;

	if (j->use_count++ >= AT_ONCE) {
		err_set(&err, RH_EBUSY, "%d connections and secrets are being "
		    "asked for already", AT_ONCE);
		answer(j, op->seq, &err);
		op_free(op);
		return;
	}
	c = call_of(j, op->use->what, op->use->capability);
	args = c->args;
	args->recorded = op->use->secret != NULL;
	op->submit.done = decided;
	sched_submit(j->s, c, &op->submit);
}

static void
noted(struct submit *sub, struct call *c)
{
	struct note *n = (struct note *)(void *)sub;
	const struct use_args *args = c->args;
	struct opening *o = opening_find(sub->s, n->handle, n->seq);

	if (o != NULL) {
		say_refused(o->job, args->capability, &args->why);
		answer(o->job, o->seq, &args->why);
		opening_end(o);
	}
	free(n);
	call_free(c);
}

/* Granted, but the name leads where none may: refused all the same. */
static void
refused_on_the_way(struct opening *o, const struct use_errand *u)
{
	struct call *c = call_of(o->job, "net.connect", o->capability);
	struct use_args *args = c->args;
	struct note *n = mem_zalloc(sizeof *n);

	args->judged = true;
	args->why = u->err;
	n->handle = u->handle;
	n->seq = u->seq;
	n->submit.done = noted;
	sched_submit(o->job->s, c, &n->submit);
}

static void
came_back(struct sched *s, struct use_errand *u)
{
	struct opening *o = opening_find(s, u->handle, u->seq);

	if (o == NULL)
		return;
	if (u->err.status == RH_EPERM) {
		refused_on_the_way(o, u);
		return;
	}
	if (u->err.status != RH_OK) {
		answer(o->job, u->seq, &u->err);
	} else if (u->fd >= 0) {
		o->job->use_count--;
		link_reply_fd(o->job, u->seq, u->fd);
		u->fd = -1;
	} else {
		o->job->use_count--;
		link_reply_secret(o->job, u->seq, u->secret.p, u->secret.len);
	}
	opening_end(o);
}

void
uses_come_back(struct sched *s)
{
	struct errand_list list = STAILQ_HEAD_INITIALIZER(list);
	struct use_errand *u;
	struct errand *e;

	errands_take(s->errands, &list);
	while ((e = STAILQ_FIRST(&list)) != NULL) {
		STAILQ_REMOVE_HEAD(&list, next);
		u = (struct use_errand *)(void *)e;
		u->plug->errands[e->kind]--;
		came_back(s, u);
		control_act(s);
		e->free(e);
	}
}
