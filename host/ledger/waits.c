/*
 * Answers that wait: a claim for which there was no run, a run_create that is
 * to be answered when the run has ended, and an interaction_get until there
 * is an answer.  A waiting call holds its memory
 * and its connection, no thread, and asks the database only when something
 * has come that may be for it.
 *
 * Nothing is missed: replies of a batch come before its effects, and batches
 * one after the other, so a call is here before what it waits for is told.  A
 * read is in no batch: it is parked only if nothing was told since it began.
 */
#include "ledger/host_impl.h"

#include "action/attempt.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

#define TRIES_MAX	1000	/* of a claim: each takes memory of the call */

static bool
has_left(const struct call *c)
{
	return c->left != NULL && c->left(c);
}

static void
give_back(struct call *c)
{
	STAILQ_NEXT(c, link) = NULL;
	c->done(c);
}

/* Under lock: the next claim that wasn't tried since; NULL: none. */
static struct call *
take_untried(struct host *h, uint64_t turn)
{
	struct call *c;

	STAILQ_FOREACH(c, &h->waits, link) {
		if (!c->idle || c->wait_turn >= turn)
			continue;
		STAILQ_REMOVE(&h->waits, c, call, link);
		c->wait_turn = turn;
		return c;
	}
	return NULL;
}

/* Lets a claim that waits try again; who has left would lose the run. */
static bool
wake_one(struct host *h, uint64_t turn)
{
	struct call *c;

	do {
		pthread_mutex_lock(&h->wait_lock);
		c = take_untried(h, turn);
		pthread_mutex_unlock(&h->wait_lock);
		if (c == NULL)
			return false;
		if (!has_left(c))
			break;
		give_back(c);
	} while (true);
	c->wait_tries++;
	host_again(h, c);
	return true;
}

bool
host_park(struct host *h, struct call *c)
{
	int64_t now = clock_real.boot_us(&clock_real);
	uint64_t turn = c->wait_turn;
	bool park;

	if (c->wait_us == 0 || c->status != RH_OK || c->replayed ||
	    (!c->idle && c->wait_run == 0))
		return false;
	if (c->wait_until == 0)
		c->wait_until = now + c->wait_us;
	pthread_mutex_lock(&h->wait_lock);
	park = !h->no_more_waits && c->wait_until > now &&
	    c->wait_tries < TRIES_MAX;
	if (park)
		STAILQ_INSERT_TAIL(&h->waits, c, link);
	pthread_mutex_unlock(&h->wait_lock);
	/* What wasn't for this one may be for the next. */
	if (turn != 0 && c->idle)
		wake_one(h, turn);
	return park;
}

uint64_t
host_answers(struct host *h)
{
	uint64_t n;

	pthread_mutex_lock(&h->wait_lock);
	n = h->answers;
	pthread_mutex_unlock(&h->wait_lock);
	return n;
}

enum parked
host_park_read(struct host *h, struct call *c, uint64_t answers)
{
	int64_t now = clock_real.boot_us(&clock_real);
	enum parked p = PARKED_NOT;

	if (c->wait_us == 0 || c->status != RH_OK || c->wait_ask == 0)
		return PARKED_NOT;
	if (c->wait_until == 0)
		c->wait_until = now + c->wait_us;
	pthread_mutex_lock(&h->wait_lock);
	if (!h->no_more_waits && c->wait_until > now &&
	    c->wait_tries++ < TRIES_MAX) {
		p = h->answers != answers ? PARKED_AGAIN : PARKED;
		if (p == PARKED)
			STAILQ_INSERT_TAIL(&h->waits, c, link);
	}
	pthread_mutex_unlock(&h->wait_lock);
	return p;
}

/* How many runs were queued that the batch's own claims have left. */
static int
left_waiting(const struct effects *list)
{
	const struct effect *e;
	int n = 0;

	STAILQ_FOREACH(e, list, link) {
		if (e->kind == EFFECT_QUEUED)
			n += e->n;
		else if (e->kind == EFFECT_START)
			n--;
	}
	return n;
}

/* As the run has become; the caller made it, so it may know. */
static void
answer_run(struct host *h, struct call *c)
{
	char id[ID_RUN_LEN], body[80];
	struct call *get;

	snprintf(body, sizeof body, "{\"run_id\":\"%s\"}",
	    id_run(&c->wait_id, id));
	get = call_open("run_get", &caller_host, body, strlen(body));
	host_call(h, get);
	call_render(get);
	if (get->status == RH_OK) {
		buf_clear(&c->reply);
		buf_add(&c->reply, get->reply.p, get->reply.len);
	}
	call_free(get);
	give_back(c);
}

static struct call *
take_run(struct host *h, int64_t run_no)
{
	struct call *c;

	pthread_mutex_lock(&h->wait_lock);
	STAILQ_FOREACH(c, &h->waits, link) {
		if (c->wait_run == run_no)
			break;
	}
	if (c != NULL)
		STAILQ_REMOVE(&h->waits, c, call, link);
	pthread_mutex_unlock(&h->wait_lock);
	return c;
}

/* Under lock: the next read of the run's that wasn't woken in this turn. */
static struct call *
take_asking(struct host *h, int64_t run_no, uint64_t turn)
{
	struct call *c;

	STAILQ_FOREACH(c, &h->waits, link) {
		if (c->wait_ask != run_no || c->wait_turn >= turn)
			continue;
		STAILQ_REMOVE(&h->waits, c, call, link);
		c->wait_turn = turn;
		return c;
	}
	return NULL;
}

static void
wake_asking(struct host *h, int64_t run_no, uint64_t turn)
{
	struct call *c;

	do {
		pthread_mutex_lock(&h->wait_lock);
		c = take_asking(h, run_no, turn);
		pthread_mutex_unlock(&h->wait_lock);
		if (c != NULL)
			host_again(h, c);
	} while (c != NULL);
}

static bool
has_answers(const struct effects *list)
{
	const struct effect *e;

	STAILQ_FOREACH(e, list, link) {
		if (e->kind == EFFECT_ANSWERED)
			return true;
	}
	return false;
}

void
host_wake_waits(struct host *h, const struct effects *list)
{
	const struct effect *e;
	struct call *c;
	uint64_t turn;
	bool any, answers = has_answers(list);
	int n;

	pthread_mutex_lock(&h->wait_lock);
	h->answers += answers;
	any = !STAILQ_EMPTY(&h->waits);
	turn = ++h->wait_turn;
	pthread_mutex_unlock(&h->wait_lock);
	if (!any)
		return;
	STAILQ_FOREACH(e, list, link) {
		if (e->kind == EFFECT_ENDED &&
		    (c = take_run(h, e->run_no)) != NULL)
			answer_run(h, c);
		if (e->kind == EFFECT_ANSWERED)
			wake_asking(h, e->run_no, turn);
	}
	for (n = left_waiting(list); n > 0 && wake_one(h, turn); n--)
		continue;
}

void
host_end_waits(struct host *h, bool all)
{
	int64_t now = clock_real.boot_us(&clock_real);
	struct call_list over = STAILQ_HEAD_INITIALIZER(over);
	struct call *c, *next;

	pthread_mutex_lock(&h->wait_lock);
	h->no_more_waits |= all;
	for (c = STAILQ_FIRST(&h->waits); c != NULL; c = next) {
		next = STAILQ_NEXT(c, link);
		if (!all && c->wait_until > now && !has_left(c))
			continue;
		STAILQ_REMOVE(&h->waits, c, call, link);
		STAILQ_INSERT_TAIL(&over, c, link);
	}
	pthread_mutex_unlock(&h->wait_lock);
	while ((c = STAILQ_FIRST(&over)) != NULL) {
		STAILQ_REMOVE_HEAD(&over, link);
		if (c->wait_run != 0)
			answer_run(h, c);
		else if (c->wait_ask != 0)
			host_again(h, c);	/* as it stands by now */
		else
			give_back(c);
	}
}
