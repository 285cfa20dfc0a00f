/*
 * The threads that carry the scheduler's calls to the host, each until it is
 * answered, and in vain only when the claim is lost.  An attempt has one
 * call here at a time, so its events keep their order.
 */
#include "agent/agent_impl.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <runhost/host.h>

#include <stdlib.h>
#include <string.h>

static bool
is_end(const struct call *c)
{
	return strcmp(c->name, "run_finalize") == 0 ||
	    strcmp(c->name, "run_release") == 0;
}

/* All the arguments that come here begin with a report, or its numbers. */
static int64_t
run_of(const struct call *c)
{
	if (strcmp(c->name, "run_release") == 0)
		return ((const struct release_args *)c->args)->run_no;
	return ((const struct report_args *)c->args)->report.run_no;
}

void
sender_add(struct agent *a, struct call *c)
{
	struct task *t = mem_zalloc(sizeof *t);

	t->call = c;
	pthread_mutex_lock(&a->lock);
	t->claim = claim_find(a, run_of(c));
	if (t->claim != NULL) {
		claim_ref(t->claim);
		t->claim->ending |= is_end(c);
	}
	TAILQ_INSERT_TAIL(&a->tasks, t, next);
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

void
sender_give_back(struct agent *a, struct claim *c)
{
	struct task *t = mem_zalloc(sizeof *t);

	t->claim = c;
	t->due_us = agent_boot() + 2 * agent_lost_grace_ms(a) * US_PER_MS;
	pthread_mutex_lock(&a->lock);
	claim_ref(c);
	TAILQ_INSERT_TAIL(&a->tasks, t, next);
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

static bool
is_due(const struct agent *a, const struct task *t, int64_t now)
{
	return t->due_us <= now || a->hurry ||
	    (t->call != NULL && t->claim != NULL && t->claim->lost);
}

/* Under the lock: the task that is due, out of the list; or when one is. */
static struct task *
take_due(struct agent *a, int64_t *at)
{
	int64_t now = agent_boot();
	struct task *t;

	*at = INT64_MAX;
	TAILQ_FOREACH(t, &a->tasks, next) {
		if (is_due(a, t, now)) {
			TAILQ_REMOVE(&a->tasks, t, next);
			return t;
		}
		if (t->due_us < *at)
			*at = t->due_us;
	}
	return NULL;
}

static struct task *
next_task(struct agent *a)
{
	struct task *t;
	int64_t at;

	pthread_mutex_lock(&a->lock);
	while ((t = take_due(a, &at)) == NULL && !a->stop)
		agent_wait(a, at);
	pthread_mutex_unlock(&a->lock);
	return t;
}

/* What it says is the last word, or the claim is gone with it. */
static void
finish(struct agent *a, struct task *t, rh_status rc, const struct err *err)
{
	struct report_reply *reply;
	struct call *c = t->call;

	if (t->cancel && c != NULL && strcmp(c->name, "run_report") == 0) {
		reply = arena_zalloc(&c->arena, sizeof *reply);
		reply->cancel = true;
		c->result = reply;
	}
	pthread_mutex_lock(&a->lock);
	if (t->claim != NULL) {
		if (c != NULL && (rc == RH_ESTALE ||
		    (rc == RH_OK && is_end(c))))
			claim_remove(a, t->claim);
		claim_unref(t->claim);
	}
	pthread_mutex_unlock(&a->lock);
	if (c != NULL)
		call_answer(c, rc, err->msg);
	free(t);
}

static void
again(struct agent *a, struct task *t, const struct err *err)
{
	if (++t->tries == 1)
		log_event(LOG_INFO, "a report waits for the host", "run",
		    t->claim->run_id, "error", err->msg, NULL);
	pthread_mutex_lock(&a->lock);
	t->due_us = agent_boot() + agent_pause(a, t->tries);
	TAILQ_INSERT_TAIL(&a->tasks, t, next);
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

static void
carry(struct sender *s, struct task *t)
{
	struct err err = { 0 };
	rh_status rc;
	bool lost;

	pthread_mutex_lock(&s->a->lock);
	lost = t->claim == NULL || t->claim->lost;
	pthread_mutex_unlock(&s->a->lock);
	if (t->call == NULL)
		rc = task_give_back(s, t, &err);
	else if (lost)
		rc = err_set(&err, RH_ESTALE, "the runtime has lost the run");
	else
		rc = task_go_on(s, t, &err);
	if (!wire_is_passing(rc)) {
		if (wire_is_lost(rc) && !lost)
			log_event(LOG_WARN, "the host takes nothing more of "
			    "an attempt", "run", t->claim->run_id, "error",
			    err.msg, NULL);
		finish(s->a, t, wire_is_lost(rc) ? RH_ESTALE : rc, &err);
	} else if (s->a->hurry) {
		finish(s->a, t, RH_EUNAVAIL, &err);
	} else {
		again(s->a, t, &err);
	}
}

void *
sender_main(void *arg)
{
	struct sender *s = arg;
	struct task *t;

	while ((t = next_task(s->a)) != NULL)
		carry(s, t);
	free(s);
	return NULL;
}
