/*
 * From other threads to the control thread: committed effects and calls
 * that are done, in the order in which they came.  Never full: what comes
 * is bounded by what was submitted and offered.
 */
#include "sched/control.h"

rh_status
inbox_open(struct inbox *in, struct err *err)
{
	pthread_mutex_init(&in->lock, NULL);
	STAILQ_INIT(&in->effects);
	STAILQ_INIT(&in->calls);
	return wake_open(&in->wake, err);
}

void
inbox_close(struct inbox *in)
{
	effects_clear(&in->effects);
	wake_close(&in->wake);
	pthread_mutex_destroy(&in->lock);
}

static bool
is_wanted(const struct effect *e)
{
	return (e->kind == EFFECT_QUEUED && e->plugin != NULL) ||
	    e->kind == EFFECT_START ||
	    e->kind == EFFECT_CANCEL || e->kind == EFFECT_FENCED ||
	    e->kind == EFFECT_INVOKE || e->kind == EFFECT_TRUST ||
	    e->kind == EFFECT_POLICY || e->kind == EFFECT_CATALOG ||
	    e->kind == EFFECT_INSTALL || e->kind == EFFECT_TRIAL;
}

void
inbox_effects(void *arg, struct effects *list)
{
	struct sched *s = arg;
	struct inbox *in = &s->inbox;
	struct effects rest = STAILQ_HEAD_INITIALIZER(rest);
	struct effect *e;
	bool any = false;

	pthread_mutex_lock(&in->lock);
	while ((e = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, link);
		if (is_wanted(e) && !in->closed) {
			STAILQ_INSERT_TAIL(&in->effects, e, link);
			any = true;
		} else {
			STAILQ_INSERT_TAIL(&rest, e, link);
		}
	}
	if (any)
		wake_signal(&in->wake);
	pthread_mutex_unlock(&in->lock);
	STAILQ_CONCAT(list, &rest);
}

void
inbox_done(struct call *c)
{
	struct submit *sub = c->owner;
	struct inbox *in = &sub->s->inbox;

	pthread_mutex_lock(&in->lock);
	STAILQ_INSERT_TAIL(&in->calls, c, link);
	/* Under the lock: who is told last may free all of this. */
	wake_signal(&in->wake);
	pthread_mutex_unlock(&in->lock);
}

void
sched_submit(struct sched *s, struct call *c, struct submit *sub)
{
	sub->s = s;
	c->owner = sub;
	c->done = inbox_done;
	s->outstanding++;
	s->to->submit(s->host, c);
}

void
inbox_read(struct sched *s)
{
	struct inbox *in = &s->inbox;
	struct effects effects = STAILQ_HEAD_INITIALIZER(effects);
	struct call_list calls = STAILQ_HEAD_INITIALIZER(calls);
	struct submit *sub;
	struct effect *e;
	struct call *c;

	wake_clear(&in->wake);
	pthread_mutex_lock(&in->lock);
	STAILQ_CONCAT(&effects, &in->effects);
	STAILQ_CONCAT(&calls, &in->calls);
	pthread_mutex_unlock(&in->lock);
	/* An end that was committed comes before what followed from it. */
	while ((c = STAILQ_FIRST(&calls)) != NULL) {
		STAILQ_REMOVE_HEAD(&calls, link);
		sub = c->owner;
		s->outstanding--;
		sub->done(sub, c);
		control_act(s);
	}
	while ((e = STAILQ_FIRST(&effects)) != NULL) {
		STAILQ_REMOVE_HEAD(&effects, link);
		effect_happened(s, e);
		control_act(s);
	}
	uses_come_back(s);
}
