/*
 * Putting an agent together, and what its scheduler asks of it.
 */
#include "agent/agent_impl.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAUSE_MIN_US	(50 * US_PER_MS)
#define PAUSE_MAX_US	(2 * US_PER_S)

static struct agent *
agent_of(struct host *h)
{
	return (struct agent *)(void *)h;
}

struct host *
agent_host(struct agent *a)
{
	return (struct host *)(void *)a;
}

int64_t
agent_boot(void)
{
	return clock_real.boot_us(&clock_real);
}

int64_t
agent_now(const struct agent *a)
{
	return a->wall0 + agent_boot() - a->boot0;
}

static int64_t
clamp(int64_t n, int64_t min, int64_t max)
{
	return n < min ? min : n > max ? max : n;
}

/* Three tries must fit the time for which a lease is renewed early. */
int64_t
agent_request_ms(int64_t lease_s)
{
	return clamp(lease_s * 1000 / 4, 250, 10000);
}

int64_t
agent_pause(const struct agent *a, int tries)
{
	int64_t us = PAUSE_MIN_US;
	int64_t max = clamp(a->cfg.lease_s * US_PER_S / 8, PAUSE_MIN_US,
	    PAUSE_MAX_US);

	while (tries-- > 1 && us < max)
		us *= 2;
	if (us > max)
		us = max;
	return us / 2 + (int64_t)rand_below(&rand_system,
	    (uint64_t)us / 2 + 1);
}

void
agent_wait(struct agent *a, int64_t until_us)
{
	struct timespec at;
	int64_t us = until_us - agent_boot();

	if (until_us == INT64_MAX) {
		pthread_cond_wait(&a->changed, &a->lock);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &at);
	us = (us > 0 ? us : 0) + at.tv_nsec / 1000;
	at.tv_sec += us / US_PER_S;
	at.tv_nsec = us % US_PER_S * 1000;
	pthread_cond_timedwait(&a->changed, &a->lock, &at);
}

void
agent_effect(struct agent *a, enum effect_kind kind, int64_t no)
{
	struct effects list = STAILQ_HEAD_INITIALIZER(list);

	effect_add(&list, kind, no)->fence = 1;
	a->take(a->take_arg, &list);
	effects_clear(&list);
}

void
body_begin(const struct agent *a, const struct claim *c, struct json_out *j,
    struct buf *b)
{
	jw_init(j, b);
	jw_object(j);
	jw_m_text(j, "runtime_id", a->cfg.id);
	if (c == NULL)
		return;
	jw_m_text(j, "run_id", c->run_id);
	jw_m_text(j, "claim_token", c->token);
}

void
call_answer(struct call *c, rh_status status, const char *why)
{
	c->status = status;
	if (status != RH_OK)
		err_set(&c->err, status, "%s", why);
	c->done(c);
}

/* Leases are the keeper's affair, and what was said is the host's. */
static void
on_nothing(struct agent *a, struct call *c)
{
	(void)a;
	call_answer(c, RH_OK, NULL);
}

/* The host sweeps its ledger; here only time is looked at. */
static void
on_sweep(struct agent *a, struct call *c)
{
	claims_look(a);
	call_answer(c, RH_OK, NULL);
}

static const struct {
	const char *action;
	void	(*submit)(struct agent *, struct call *);
} submits[] = {
	{ "slots_offer", claimer_offer },
	{ "run_report", sender_add },
	{ "run_checkpoint", sender_add },
	{ "run_finalize", sender_add },
	{ "run_release", sender_add },
	{ "run_renew", on_nothing },
	{ "history_index", on_nothing },
	{ "sweep", on_sweep },
};

/* A call of the plugin has a body; its name may be that of one of ours. */
static void
submit(struct host *h, struct call *c)
{
	size_t i;

	for (i = 0; c->body == NULL && i < ARRAY_LEN(submits); i++) {
		if (strcmp(c->name, submits[i].action) != 0)
			continue;
		submits[i].submit(agent_of(h), c);
		return;
	}
	c->status = err_set(&c->err, RH_ENOSYS, "\"%s\" can't be asked for on "
	    "a runtime elsewhere, where plugins have no identity of their own",
	    c->name);
	c->done(c);
}

static void
on_effects(struct host *h, void (*take)(void *, struct effects *), void *arg)
{
	struct agent *a = agent_of(h);

	a->take = take;
	a->take_arg = arg;
}

static int64_t
now(struct host *h)
{
	return agent_now(agent_of(h));
}

static bool
trusts(struct host *h, const struct plugin *p)
{
	(void)h;
	(void)p;
	return false;
}

static void
degraded(struct host *h, enum host_part part, const char *reason)
{
	(void)h;
	(void)part;
	(void)reason;
}

const struct sched_host agent_sched_host = {
	.submit = submit, .on_effects = on_effects, .now = now,
	.trusts = trusts, .degraded = degraded,
};

/* Half of the tenth by which a lease ends early here. */
int64_t
agent_lost_grace_ms(const struct agent *a)
{
	return clamp(a->cfg.lease_s * 1000 / 20, 1, 5000);
}

void
agent_sched_config(const struct agent *a, struct sched_config *cf)
{
	int64_t lease_ms = a->cfg.lease_s * 1000;

	cf->to = &agent_sched_host;
	cf->worker_min = 1;
	cf->worker_max = a->cfg.capacity;
	cf->slots = 1;
	cf->lease_ms = lease_ms;
	/* A cancel is heard of within a third; the host waits for a whole. */
	cf->cancel_grace_ms = clamp(lease_ms / 3, 1, cf->cancel_grace_ms);
	cf->lost_grace_ms = agent_lost_grace_ms(a);
	cf->sweep_ms = clamp(lease_ms / 40, 20, 500);
	cf->stopping = "its runtime stops";
}

struct agent *
agent_new(const struct agent_config *cf)
{
	struct agent *a = mem_zalloc(sizeof *a);
	pthread_condattr_t attr;

	a->cfg = *cf;
	a->wall0 = clock_real.wall_us(&clock_real);
	a->boot0 = agent_boot();
	a->hang_up.fd = -1;
	LIST_INIT(&a->claims);
	LIST_INIT(&a->rooms);
	TAILQ_INIT(&a->tasks);
	pthread_mutex_init(&a->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&a->changed, &attr);
	pthread_condattr_destroy(&attr);
	return a;
}

void
agent_free(struct agent *a)
{
	struct claim *c;
	struct room *r;
	struct task *t;

	if (a == NULL)
		return;
	while ((c = LIST_FIRST(&a->claims)) != NULL)
		claim_remove(a, c);
	while ((t = TAILQ_FIRST(&a->tasks)) != NULL) {
		TAILQ_REMOVE(&a->tasks, t, next);
		claim_unref(t->claim);
		free(t);
	}
	while ((r = LIST_FIRST(&a->rooms)) != NULL) {
		LIST_REMOVE(r, next);
		free(r);
	}
	wake_close(&a->hang_up);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a->senders);
	free(a);
}

static rh_status
start_thread(pthread_t *t, void *(*fn)(void *), void *arg, const char *name,
    struct err *err)
{
	int e = pthread_create(t, NULL, fn, arg);

	if (e != 0)
		return err_set(err, RH_EIO, "making the %s thread: %s", name,
		    strerror(e));
	pthread_setname_np(*t, name);
	return RH_OK;
}

static rh_status
start_sender(struct agent *a, struct httpc *http, struct err *err)
{
	struct sender *s = mem_zalloc(sizeof *s);
	rh_status rc;

	*s = (struct sender){ a, http };
	rc = start_thread(&a->senders[a->sender_count], sender_main, s,
	    "sender", err);
	if (rc == RH_OK)
		a->sender_count++;
	else
		free(s);
	return rc;
}

static rh_status
start_all(struct agent *a, struct err *err)
{
	size_t i;
	rh_status rc;

	if ((rc = wake_open(&a->hang_up, err)) != RH_OK ||
	    (rc = start_thread(&a->claimer, claimer_main, a, "claimer",
	    err)) != RH_OK)
		return rc;
	a->has_claimer = true;
	if ((rc = start_thread(&a->keeper, beat_main, a, "keeper",
	    err)) != RH_OK)
		return rc;
	a->has_keeper = true;
	a->senders = mem_calloc(a->cfg.client_count, sizeof *a->senders);
	for (i = 2; i < a->cfg.client_count && rc == RH_OK; i++)
		rc = start_sender(a, a->cfg.clients[i], err);
	return rc;
}

/* Signals are for the main thread. */
rh_status
agent_start(struct agent *a, struct err *err)
{
	sigset_t all, before;
	rh_status rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = start_all(a, err);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

static void
changed(struct agent *a)
{
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

void
agent_begin(struct agent *a)
{
	pthread_mutex_lock(&a->lock);
	a->begun = true;
	changed(a);
}

void
agent_drain(struct agent *a)
{
	pthread_mutex_lock(&a->lock);
	a->drain = true;
	changed(a);
}

void
agent_hurry(struct agent *a)
{
	pthread_mutex_lock(&a->lock);
	a->hurry = true;
	changed(a);
	wake_signal(&a->hang_up);
}

void
agent_stop(struct agent *a)
{
	size_t i;

	pthread_mutex_lock(&a->lock);
	a->stop = true;
	changed(a);
	agent_hurry(a);
	if (a->has_claimer)
		pthread_join(a->claimer, NULL);
	if (a->has_keeper)
		pthread_join(a->keeper, NULL);
	for (i = 0; i < a->sender_count; i++)
		pthread_join(a->senders[i], NULL);
	a->has_claimer = a->has_keeper = false;
	a->sender_count = 0;
}
