/*
 * The runs that this runtime holds.  A lease is counted from before it was
 * asked for and ends a tenth early, so that the host never gives the run to
 * another one while a worker of ours is at it.
 */
#include "agent/agent_impl.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
claim_leased(struct agent *a, struct claim *c, int64_t asked_us)
{
	int64_t lease = a->cfg.lease_s * US_PER_S;

	c->renew_us = asked_us + lease / 3;
	c->good_us = asked_us + lease - lease / 10;
}

struct claim *
claim_new(struct agent *a, const char *run_id, const char *token,
    int64_t attempt, int64_t asked_us)
{
	struct claim *c = mem_zalloc(sizeof *c);

	c->refs = 1;
	c->no = ++a->last_no;
	snprintf(c->run_id, sizeof c->run_id, "%s", run_id);
	c->token = mem_strdup(token);
	c->attempt = attempt;
	c->made_us = agent_boot();
	claim_leased(a, c, asked_us);
	LIST_INSERT_HEAD(&a->claims, c, next);
	a->claim_count++;
	return c;
}

struct claim *
claim_find(struct agent *a, int64_t no)
{
	struct claim *c;

	LIST_FOREACH(c, &a->claims, next)
		if (c->no == no)
			return c;
	return NULL;
}

void
claim_ref(struct claim *c)
{
	c->refs++;
}

void
claim_unref(struct claim *c)
{
	if (c == NULL || --c->refs > 0)
		return;
	hash_wipe(c->token, strlen(c->token));
	free(c->token);
	free(c);
}

/* Once: who comes second finds it gone. */
void
claim_remove(struct agent *a, struct claim *c)
{
	if (c->lost)
		return;
	c->lost = true;
	LIST_REMOVE(c, next);
	a->claim_count--;
	pthread_cond_broadcast(&a->changed);
	claim_unref(c);
}

/* What is on its way to be its end hears from the host itself. */
bool
claim_lose(struct agent *a, struct claim *c, const char *why)
{
	char run[ID_RUN_LEN];
	int64_t no = c->no;
	bool tell;

	pthread_mutex_lock(&a->lock);
	tell = !c->lost && !c->ending;
	memcpy(run, c->run_id, sizeof run);
	if (tell)
		claim_remove(a, c);
	pthread_mutex_unlock(&a->lock);
	if (!tell)
		return false;
	log_event(LOG_WARN, "a run was lost", "run", run, "reason", why,
	    NULL);
	agent_effect(a, EFFECT_FENCED, no);
	return true;
}

void
claim_cancel(struct agent *a, struct claim *c)
{
	bool tell;

	pthread_mutex_lock(&a->lock);
	tell = !c->lost && !c->cancelled;
	c->cancelled = true;
	pthread_mutex_unlock(&a->lock);
	if (tell)
		agent_effect(a, EFFECT_CANCEL, c->no);
}

static struct claim *
find_late(struct agent *a)
{
	int64_t now = agent_boot();
	struct claim *c;

	LIST_FOREACH(c, &a->claims, next)
		if (!c->ending && now >= c->good_us)
			return c;
	return NULL;
}

void
claims_look(struct agent *a)
{
	struct claim *c;

	do {
		pthread_mutex_lock(&a->lock);
		if ((c = find_late(a)) != NULL)
			claim_ref(c);
		pthread_mutex_unlock(&a->lock);
		if (c == NULL)
			return;
		if (claim_lose(a, c, "its lease could not be renewed in "
		    "time"))
			sender_give_back(a, c);
		pthread_mutex_lock(&a->lock);
		claim_unref(c);
		pthread_mutex_unlock(&a->lock);
	} while (true);
}
