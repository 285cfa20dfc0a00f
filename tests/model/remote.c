/*
 * The model of runtimes elsewhere: who owns one, what it may claim, what its
 * claims are good for, and what is appended under them.  The text it was
 * written from is docs/ledger.md.
 */
#include "model/model.h"

#include <runhost/host.h>

#include <string.h>

struct m_runtime *
m_runtime(struct model *m, const char *id)
{
	size_t i;

	for (i = 0; i < m->runtime_count; i++) {
		if (strcmp(m->runtimes[i].id, id) == 0)
			return &m->runtimes[i];
	}
	return NULL;
}

static bool
may(const struct model *m, const struct m_call *c, const char *action,
    const char *owner)
{
	struct m_scope scope = { .owner = owner, .runner = "" };
	struct m_verdict v;

	m_decide(m, &c->who, action, &scope, &v);
	return v.allow;
}

static bool
holds_any(const struct model *m, const struct m_call *c)
{
	struct m_verdict v;

	m_decide(m, &c->who, m_names[c->kind], NULL, &v);
	return v.known;
}

/* Runtimes are known to those who may touch them. */
rh_status
m_admit_runtime(struct model *m, struct m_call *c)
{
	const struct m_runtime *t = m_runtime(m, c->runtime);
	bool allow = may(m, c, m_names[c->kind],
	    t != NULL ? t->owner : c->who.principal);

	if (!holds_any(m, c))
		return RH_EPERM;
	if (c->kind == DO_REGISTER)
		return allow ? RH_OK : RH_EPERM;
	return t != NULL && allow ? RH_OK : RH_ENOENT;
}

rh_status
m_admit_claim(struct model *m, struct m_call *c)
{
	const struct m_runtime *t = m_runtime(m, c->runtime);

	if (!holds_any(m, c))
		return RH_EPERM;
	return t != NULL && (strcmp(t->owner, c->who.principal) == 0 ||
	    may(m, c, "runtime_register", t->owner)) ? RH_OK : RH_ENOENT;
}

/* By who has no claim: what anybody may, or an admin. */
static rh_status
unclaimed(const struct model *m, const struct m_call *c,
    const struct m_run *r)
{
	struct m_scope all = r->scope;
	struct m_verdict v;
	bool held = r->state == CLAIMED || r->state == RUNNING;

	all.owner = "*";
	m_decide(m, &c->who, m_names[c->kind], &all, &v);
	if (c->kind == DO_APPEND && strcmp(c->a, "output") == 0)
		return RH_EPERM;
	return v.allow || (c->kind == DO_APPEND && !held) ? RH_OK : RH_EPERM;
}

/* The run is reached; is the claim good? */
rh_status
m_admit_held(struct model *m, struct m_call *c)
{
	struct m_run *r = m_run(m, c->no);

	c->held = false;
	if (!m_is_live(r))
		return c->kind == DO_FINALIZE ? RH_OK : RH_ESTALE;
	c->silent = c->kind != DO_FINALIZE && !m_audited(m, r->scope.runner);
	if (!c->claims)
		return unclaimed(m, c, r);
	if (!r->remote || strcmp(r->runtime, c->claim.runtime) != 0)
		return RH_ESTALE;
	if (c->claim.run_no != r->no || c->claim.fence != r->fence ||
	    !m_same(c->claim.principal, c->who.principal))
		return RH_EPERM;
	if (r->lease <= m->now)
		return RH_ESTALE;
	c->held = true;
	return RH_OK;
}

/* Runtimes. */

static int64_t
within(int64_t seconds)
{
	return seconds < 1 ? 1 : seconds > 3600 ? 3600 : seconds;
}

static void
be_there(struct model *m, struct m_runtime *t, const struct m_call *c)
{
	t->stale = false;
	t->heartbeat = m->now;
	t->deadline = m->now + within(c->seconds != 0 ? c->seconds : 60) *
	    SECOND;
}

rh_status
m_register(struct model *m, struct m_call *c)
{
	struct m_runtime *t = m_runtime(m, c->runtime);

	if (t == NULL) {
		t = &m->runtimes[m->runtime_count++];
		t->owner = c->who.principal;
	}
	t->id = c->runtime;
	t->label = c->label;
	t->capacity = c->n;
	t->draining = c->on;
	be_there(m, t, c);
	return RH_OK;
}

rh_status
m_beat(struct model *m, struct m_call *c)
{
	struct m_runtime *t = m_runtime(m, c->runtime);

	if (c->label != NULL)
		t->label = c->label;
	if (c->n != 0)
		t->capacity = c->n;
	be_there(m, t, c);
	return RH_OK;
}

rh_status
m_drain(struct model *m, struct m_call *c)
{
	m_runtime(m, c->runtime)->draining = c->on;
	return RH_OK;
}

/* Those who were silent for too long: rows by who sweeps. */
void
m_stale(struct model *m, const char *who, int64_t silent)
{
	struct m_runtime *t;
	size_t i;

	for (i = 0; i < m->runtime_count; i++) {
		t = &m->runtimes[i];
		if (t->stale || (t->deadline > m->now &&
		    (silent == 0 || t->heartbeat >= silent)))
			continue;
		t->stale = true;
		m_row(m, who, "runtime_sweep", ROW_ALLOW, 0);
	}
}

/* Who was there still is, when nobody could have said so. */
void
m_spare(struct model *m, int64_t since)
{
	int64_t until = m->now + m->lease_us;
	struct m_runtime *t;
	size_t i;

	for (i = 0; i < m->runtime_count; i++) {
		t = &m->runtimes[i];
		if (!t->stale && t->deadline > since && t->deadline < until)
			t->deadline = until;
	}
}

rh_status
m_reconcile(struct model *m, struct m_call *c)
{
	if (c->dry)
		return RH_OK;
	m_stale(m, c->who.principal, c->seconds >= 0 ?
	    m->now - c->seconds * SECOND : 0);
	m_come_due(m, c->who.principal, false);
	return RH_OK;
}

/* Claims. */

static int
claims_of(const struct model *m, const char *runtime)
{
	size_t i;
	int n = 0;

	for (i = 0; i < m->run_count; i++)
		n += m->runs[i].remote && !m->runs[i].deleted &&
		    strcmp(m->runs[i].runtime, runtime) == 0;
	return n;
}

static bool
suits(const struct model *m, const struct m_run *r,
    const struct m_runtime *t, const struct m_call *c)
{
	struct m_verdict v;

	if (r->deleted || r->state != QUEUED || r->hold != 0 ||
	    (r->deadline != 0 && r->deadline <= m->now) ||
	    (c->queue != NULL && !m_same(r->queue, c->queue)) ||
	    (r->pin != NULL && strcmp(r->pin, t->id) != 0) ||
	    (r->label != NULL && !m_same(r->label, t->label)) ||
	    (c->b != NULL && strcmp(c->b, r->scope.runner) != 0))
		return false;
	m_decide(m, &c->who, "run_claim", &r->scope, &v);
	return v.allow;
}

rh_status
m_claim(struct model *m, struct m_call *c)
{
	struct m_runtime *t = m_runtime(m, c->runtime);
	struct m_run *r, *best = NULL;
	size_t i;

	c->made = 0;
	if (t->stale || t->deadline <= m->now)
		return RH_ESTATE;
	c->silent = true;
	if (t->draining || (t->capacity != 0 &&
	    claims_of(m, t->id) >= t->capacity))
		return RH_OK;
	for (i = 0; i < m->run_count; i++) {
		r = &m->runs[i];
		if (suits(m, r, t, c) &&
		    (best == NULL || r->priority > best->priority))
			best = r;
	}
	if (best == NULL)
		return RH_OK;
	c->silent = false;
	c->made = best->no;
	m_take(m, best, m->now + within(c->seconds) * SECOND);
	best->remote = true;
	best->by_plugin = false;
	best->runtime = t->id;
	c->claim = (struct m_claim){ best->no, best->fence, t->id,
	    c->who.principal };
	return RH_OK;
}

rh_status
m_start(struct model *m, struct m_call *c)
{
	struct m_run *r = m_run(m, c->no);

	if (r->state != RUNNING)
		m_begin_run(m, r);
	return RH_OK;
}

rh_status
m_renew_claim(struct model *m, struct m_call *c)
{
	m_lease(m_run(m, c->no), m->now + within(c->seconds) * SECOND);
	return RH_OK;
}

/* A runtime that was told to stop gives back without blame. */
rh_status
m_give_back(struct model *m, struct m_call *c)
{
	struct m_run *r = m_run(m, c->no);
	const struct m_runtime *t = m_runtime(m, r->runtime);

	m_lose(m, r, r->state == RUNNING && !t->draining,
	    "released by its runtime");
	return RH_OK;
}

/* Events. */

static struct m_sent *
sent_before(struct model *m, const struct m_sent *s)
{
	size_t i;

	for (i = 0; i < m->sent_count; i++) {
		if (m->sent[i].run_no == s->run_no &&
		    m->sent[i].attempt == s->attempt &&
		    m->sent[i].sequence == s->sequence &&
		    m_same(m->sent[i].caller, s->caller))
			return &m->sent[i];
	}
	return NULL;
}

/* The texts of an event: which of them is part of the call. */
const char *
m_sent_text(const struct m_call *c, int i)
{
	return strcmp(c->a, "output") == 0 ? m_event_text(c->texts[i]) :
	    c->texts[i] % 2 == 0 ? "{\"action\":\"look\"}" :
	    "{\"action\":\"listen\"}";
}

/* New ones in their order; what was sent before is taken once. */
rh_status
m_append(struct model *m, struct m_call *c)
{
	struct m_run *r = m_run(m, c->no);
	struct m_sent s = { .run_no = r->no, .caller = c->who.principal,
	    .attempt = c->held ? r->fence : 0 };
	const struct m_sent *former;
	int i;

	for (i = 0; i < c->n; i++) {
		s.sequence = c->sequences[i];
		s.sum = m_sum(m_sum(1, c->a), m_sent_text(c, i));
		former = sent_before(m, &s);
		c->verdicts[i] = former == NULL ? NEW_EVENT :
		    former->sum == s.sum ? SAME_EVENT : OTHER_EVENT;
		if (former != NULL && c->n == 1 && !c->command)
			return former->sum == s.sum ? RH_OK : RH_ECONFLICT;
		if (former != NULL)
			continue;
		m->sent[m->sent_count++] = s;
		m_event(r, c->a, m_sent_text(c, i));
		m->last_at = m->now;
	}
	if (c->held && r->state == CLAIMED)
		m_begin_run(m, r);
	return RH_OK;
}

/* Ends. */

static rh_status
end_unclaimed(struct model *m, struct m_run *r, int to)
{
	if (to < COMPLETED || !m_may_go(r->state, to))
		return RH_ESTATE;
	m->fenced += r->fence != 0;
	m_end(m, r, to);
	return RH_OK;
}

rh_status
m_finalize(struct model *m, struct m_call *c)
{
	static const int states[] = { [RH_COMPLETED] = COMPLETED,
	    [RH_FAILED] = FAILED, [RH_TIMEOUT] = TIMEOUT,
	    [RH_CANCELLED] = CANCELLED, [RH_INTERRUPTED] = INTERRUPTED };
	struct m_run *r = m_run(m, c->no);
	int to = states[c->outcome];

	if (!m_is_live(r))
		return r->state == to ? RH_OK : RH_ESTATE;
	if (!c->held)
		return end_unclaimed(m, r, to);
	to = m_outcome(r, c);
	if (to >= COMPLETED)
		m_end(m, r, to);
	else
		m_return(m, r, to, c->a);
	return RH_OK;
}
