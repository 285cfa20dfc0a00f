/*
 * The thread that keeps what we have: registers, says that we are there,
 * asks for new leases, and hears of what was lost or cancelled.
 */
#include "agent/agent_impl.h"

#include "base/clock.h"
#include "base/log.h"
#include "plugin/registry.h"

#include <string.h>

#define BEAT_MAX_US	(5 * US_PER_S)
#define TTL_MIN_S	5
#define HANG_UP_US	(500 * US_PER_MS)

static int64_t
beat_us(const struct agent *a)
{
	int64_t us = a->cfg.lease_s * US_PER_S / 3;

	return us < BEAT_MAX_US ? us : BEAT_MAX_US;
}

static int64_t
ttl_s(const struct agent *a)
{
	return a->cfg.lease_s > TTL_MIN_S ? a->cfg.lease_s : TTL_MIN_S;
}

static rh_status
ask(struct agent *a, const char *action, struct json_out *j,
    struct buf *body, struct wire_reply *r, struct err *err)
{
	rh_status rc;

	jw_end_object(j);
	rc = wire_call(a->cfg.clients[1], action, body, NULL, r, err);
	buf_fini(body);
	return rc;
}

static void
write_runners(struct agent *a, struct json_out *j)
{
	const struct plugin *p;
	size_t i, k;

	jw_name(j, "capabilities");
	jw_object(j);
	jw_name(j, "runners");
	jw_array(j);
	for (i = 0; i < registry_count(a->cfg.registry); i++) {
		p = registry_at(a->cfg.registry, i);
		if (p->state != PLUGIN_ENABLED)
			continue;
		for (k = 0; k < p->runner_count; k++)
			jw_text(j, p->runners[k].runner_id);
	}
	jw_end_array(j);
	jw_end_object(j);
}

static rh_status
enrol(struct agent *a, struct err *err)
{
	struct buf body = { 0 };
	struct wire_reply r;
	struct json_out j;
	rh_status rc;

	body_begin(a, NULL, &j, &body);
	jw_m_text(&j, "version", PACKAGE_VERSION);
	jw_m_i64(&j, "capacity", a->cfg.capacity);
	jw_m_raw(&j, "labels", str_of(a->cfg.labels));
	jw_m_i64(&j, "heartbeat_ttl_seconds", ttl_s(a));
	write_runners(a, &j);
	rc = ask(a, "runtime_register", &j, &body, &r, err);
	wire_free(&r);
	return rc;
}

/* Whether the host's list has the claim; *cancel: and wants it ended. */
static bool
is_listed(struct wire_reply *r, int list, const struct claim *c,
    bool *cancel)
{
	int node;

	for (node = json_first(&r->doc, list); node >= 0;
	    node = json_next(&r->doc, node)) {
		if (!json_is(&r->doc, json_member(&r->doc, node, "run_id"),
		    c->run_id) ||
		    wire_i64(r, node, "attempt", 0) != c->attempt)
			continue;
		*cancel = wire_bool(r, node, "cancel_requested");
		return true;
	}
	return false;
}

/* Under the lock: the first claim behind no, with a reference; or NULL. */
static struct claim *
next_claim(struct agent *a, int64_t no)
{
	struct claim *c, *best = NULL;

	LIST_FOREACH(c, &a->claims, next)
		if (c->no > no && (best == NULL || c->no < best->no))
			best = c;
	if (best != NULL)
		claim_ref(best);
	return best;
}

/* The same, of the next one in turn; gives the former back. */
static struct claim *
step(struct agent *a, struct claim *former)
{
	int64_t no = former != NULL ? former->no : 0;
	struct claim *c;

	pthread_mutex_lock(&a->lock);
	claim_unref(former);
	c = next_claim(a, no);
	pthread_mutex_unlock(&a->lock);
	return c;
}

/*
 * What the host holds us to have, beside what we had when it was asked: a
 * claim that waited may have been granted since.
 */
static void
compare(struct agent *a, struct wire_reply *r, int64_t asked_us)
{
	int list = json_member(&r->doc, 0, "claims");
	bool whole = wire_bool(r, 0, "claims_complete"), cancel;
	struct claim *c = NULL;

	while ((c = step(a, c)) != NULL) {
		cancel = false;
		if (is_listed(r, list, c, &cancel)) {
			if (cancel)
				claim_cancel(a, c);
		} else if (whole && c->made_us < asked_us) {
			claim_lose(a, c, "the host doesn't know of the claim "
			    "any more");
		}
	}
}

static rh_status
beat(struct agent *a, struct err *err)
{
	int64_t asked_us = agent_boot();
	struct buf body = { 0 };
	struct wire_reply r;
	struct json_out j;
	rh_status rc;

	body_begin(a, NULL, &j, &body);
	jw_m_i64(&j, "heartbeat_ttl_seconds", ttl_s(a));
	rc = ask(a, "runtime_heartbeat", &j, &body, &r, err);
	if (rc == RH_OK)
		compare(a, &r, asked_us);
	wire_free(&r);
	return rc;
}

static rh_status
renew(struct agent *a, struct claim *c, struct err *err)
{
	int64_t asked_us = agent_boot();
	struct buf body = { 0 };
	struct wire_reply r;
	struct json_out j;
	rh_status rc;

	body_begin(a, c, &j, &body);
	jw_m_i64(&j, "lease_seconds", a->cfg.lease_s);
	rc = ask(a, "run_renew_claim", &j, &body, &r, err);
	if (rc == RH_OK) {
		pthread_mutex_lock(&a->lock);
		claim_leased(a, c, asked_us);
		pthread_mutex_unlock(&a->lock);
		if (wire_bool(&r, 0, "cancel_requested"))
			claim_cancel(a, c);
	} else if (!wire_is_passing(rc)) {
		claim_lose(a, c, err->msg);
		pthread_mutex_lock(&a->lock);
		c->renew_us = INT64_MAX;	/* its end will tell */
		pthread_mutex_unlock(&a->lock);
		rc = RH_OK;
	}
	wire_free(&r);
	return rc;
}

static rh_status
renew_due(struct agent *a, struct err *err)
{
	struct claim *c = NULL;
	rh_status rc = RH_OK;

	while ((c = step(a, c)) != NULL) {
		if (c->renew_us <= agent_boot() &&
		    (rc = renew(a, c, err)) != RH_OK)
			break;
	}
	pthread_mutex_lock(&a->lock);
	claim_unref(c);
	pthread_mutex_unlock(&a->lock);
	return rc;
}

/* The host first, so that it gives us no more; then who waits is let go. */
static void
say_drain(struct agent *a)
{
	int64_t until = agent_boot() + HANG_UP_US;
	struct buf body = { 0 };
	struct err err = { 0 };
	struct wire_reply r;
	struct json_out j;

	body_begin(a, NULL, &j, &body);
	if (a->registered && ask(a, "runtime_drain", &j, &body, &r,
	    &err) != RH_OK)
		log_event(LOG_WARN, "the host wasn't told that this runtime "
		    "stops", "error", err.msg, NULL);
	if (a->registered)
		wire_free(&r);
	buf_fini(&body);
	pthread_mutex_lock(&a->lock);
	while (a->claiming && agent_boot() < until)
		agent_wait(a, until);
	pthread_mutex_unlock(&a->lock);
	wake_signal(&a->hang_up);
}

static void
set_registered(struct agent *a, bool yes)
{
	pthread_mutex_lock(&a->lock);
	a->registered = yes;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

/* One round; RH_OK, or what stood in the way. */
static rh_status
keep(struct agent *a, bool *known, struct err *err)
{
	rh_status rc;

	if (!a->registered) {
		if ((rc = enrol(a, err)) != RH_OK)
			return rc;
		set_registered(a, true);
		if (!*known)
			a->cfg.registered(a->cfg.arg);
		*known = true;
	}
	if ((rc = renew_due(a, err)) != RH_OK)
		return rc;
	if (a->beat_us > agent_boot())
		return RH_OK;
	if ((rc = beat(a, err)) == RH_ENOENT)
		set_registered(a, false);
	if (rc != RH_OK)
		return rc;
	pthread_mutex_lock(&a->lock);
	a->beat_us = agent_boot() + beat_us(a);
	pthread_mutex_unlock(&a->lock);
	return RH_OK;
}

/* Under the lock. */
static int64_t
due(const struct agent *a)
{
	const struct claim *c;
	int64_t at = a->beat_us;

	LIST_FOREACH(c, &a->claims, next)
		if (c->renew_us < at)
			at = c->renew_us;
	return at;
}

/* Until there is something to do; false: the end. */
static bool
wait_for_work(struct agent *a, int64_t rest_until, bool drained)
{
	int64_t at;
	bool go_on;

	pthread_mutex_lock(&a->lock);
	while (!a->stop && (!a->drain || drained)) {
		at = a->begun ? due(a) : INT64_MAX;
		if (at < rest_until)
			at = rest_until;
		if (at <= agent_boot())
			break;
		agent_wait(a, at);
	}
	go_on = !a->stop;
	pthread_mutex_unlock(&a->lock);
	return go_on;
}

static void
complain(int tries, const struct err *err)
{
	if (tries == 1)
		log_event(LOG_WARN, "the host can't be told that this "
		    "runtime is there", "error", err->msg, "hint",
		    err->hint[0] != '\0' ? err->hint : NULL, NULL);
}

void *
beat_main(void *arg)
{
	struct agent *a = arg;
	bool known = false, drained = false;
	int64_t rest_until = 0;
	struct err err;
	int tries = 0;
	rh_status rc;

	while (wait_for_work(a, rest_until, drained)) {
		if (a->drain && !drained) {
			say_drain(a);
			drained = true;
			continue;
		}
		memset(&err, 0, sizeof err);
		rc = keep(a, &known, &err);
		if (rc == RH_OK && tries > 0)
			log_event(LOG_INFO, "the host answers again", NULL);
		tries = rc == RH_OK ? 0 : tries + 1;
		rest_until = tries == 0 ? 0 : agent_boot() +
		    agent_pause(a, tries);
		if (rc == RH_OK)
			continue;
		complain(tries, &err);
		if (!known && !wire_is_passing(rc)) {
			a->cfg.refused(a->cfg.arg, &err);
			rest_until = INT64_MAX;
		}
	}
	return NULL;
}
