/*
 * The model of runs: states, attempts and fences, leases, events, and what
 * becomes of a run when an attempt ends or a time has come.
 */
#include "model/model.h"

#include <runhost/host.h>

#include <stdio.h>
#include <string.h>

#define SLICE		100
#define REMOVED		50	/* runs at once */
#define CHECKPOINTS	8

/* Which state may follow: a line a state, x where it may. */
static const char *const follows[STATES + 1] = {
	/*		   C Q C R I C F C T */
	[CREATED] =	" -x----xxx",
	[QUEUED] =	" --x---xxx",
	[CLAIMED] =	" -x-xxxxxx",
	[RUNNING] =	" -x--xxxxx",
	[INTERRUPTED] =	" -x----xxx",
	[COMPLETED] =	" ---------",
	[FAILED] =	" ---------",
	[CANCELLED] =	" ---------",
	[TIMEOUT] =	" ---------",
};

bool
m_may_go(int from, int to)
{
	return follows[from][to] == 'x';
}

static void
go(struct model *m, struct m_run *r, int to)
{
	if (!m_may_go(r->state, to))
		m->broken = "a transition that the table doesn't have";
	r->state = to;
}

bool
m_is_live(const struct m_run *r)
{
	return !r->deleted && r->state < COMPLETED;
}

static bool
is_held(const struct m_run *r)
{
	return !r->deleted && (r->state == CLAIMED || r->state == RUNNING);
}

struct m_run *
m_run(struct model *m, int64_t no)
{
	if (no < 1 || no > (int64_t)m->run_count ||
	    m->runs[no - 1].deleted)
		return NULL;
	return &m->runs[no - 1];
}

int
m_live_of(const struct model *m, const char *owner)
{
	size_t i;
	int n = 0;

	for (i = 0; i < m->run_count; i++)
		n += m_is_live(&m->runs[i]) &&
		    strcmp(m->runs[i].scope.owner, owner) == 0;
	return n;
}

struct m_run *
m_run_make(struct model *m, const struct m_call *c, const char *owner)
{
	struct m_run *r = &m->runs[m->run_count];

	*r = (struct m_run){ .no = (int64_t)++m->run_count,
	    .created = m->now, .scope = c->scope, .state = QUEUED,
	    .idempotent = c->idempotent,
	    .deadline = c->seconds * SECOND, .due = c->seconds * SECOND,
	    .retention = c->command ? m->keep_us : 0,
	    .max_failures = c->attempts, .priority = c->priority,
	    .queue = c->queue, .pin = c->pin, .label = c->label,
	    .cause = 1 };
	r->scope.owner = owner;
	return r;
}

uint64_t
m_sum(uint64_t sum, const char *s)
{
	for (; s != NULL && *s != '\0'; s++)
		sum = (sum ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return (sum ^ 0xff) * UINT64_C(0x100000001b3);
}

void
m_event(struct m_run *r, const char *type, const char *data)
{
	r->last_seq++;
	r->events = m_sum(m_sum(r->events, type), data);
}

const char *
m_event_text(int64_t nth)
{
	static const char *const texts[] = {
		"{\"stream\":\"stdout\",\"text\":\"one\\n\"}",
		"{\"stream\":\"stdout\",\"text\":\"two\\n\"}",
		"{\"stream\":\"stderr\",\"text\":\"three\\n\"}",
	};

	return texts[nth % 3];
}

static void
append(struct m_run *r, int n)
{
	int i;

	for (i = 0; i < n; i++)
		m_event(r, "output", m_event_text(i));
}

void
m_row(struct model *m, const char *principal, const char *action,
    int decision, int64_t run_no)
{
	m->last_at = m->now;
	if (m->row_count < M_ROWS)
		m->rows[m->row_count++] = (struct m_row){ principal, action,
		    decision, run_no, 0 };
}

bool
m_audited(const struct model *m, const char *runner)
{
	return !m_same(m->unaudited[0], runner) &&
	    !m_same(m->unaudited[1], runner);
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return b != 0 && b < a ? b : a;
}

void
m_lease(struct m_run *r, int64_t lease)
{
	r->due = r->cancel != 0 ? earlier(lease, r->due) : lease;
	r->due = earlier(r->due, r->deadline);
	r->lease = lease;
}

/* Nobody holds it any more. */
static void
let_go(struct m_run *r)
{
	r->lease = r->hold = 0;
	r->inproc = r->remote = false;
	r->runtime = NULL;
	r->due = r->deadline;
}

void
m_end(struct model *m, struct m_run *r, int state)
{
	bool inproc = r->inproc;

	go(m, r, state);
	let_go(r);
	r->inproc = inproc;
	r->ended = m->now;
	if (state == COMPLETED)
		r->percent = 100;
	r->expires = r->retention != 0 ? m->now + r->retention : 0;
}

static void
host_event(struct m_run *r, const char *type, const char *why)
{
	char data[300];

	snprintf(data, sizeof data, "{\"attempt\":%d,\"reason\":\"%s\"}",
	    r->attempts, why);
	m_event(r, type, data);
}

#define BACKOFF_MAX	(300 * SECOND)

/* It waits before it is tried again; how long within this, is learned. */
static void
hold_back(struct model *m, struct m_run *r)
{
	int64_t wait = m->backoff_us;
	int i;

	if (wait == 0)
		return;
	for (i = 0; i < r->failures + r->losses && wait < BACKOFF_MAX; i++)
		wait *= 2;
	if (wait > BACKOFF_MAX)
		wait = BACKOFF_MAX;
	r->hold = -1;
	r->hold_to = m->now + wait;
	r->hold_from = r->hold_to - wait / 2;
	r->due = earlier(r->hold_from, r->deadline);
}

static void
requeue(struct model *m, struct m_run *r)
{
	go(m, r, QUEUED);
	let_go(r);
}

/* Lost without its fault: another attempt, unless there were too many. */
void
m_lose(struct model *m, struct m_run *r, bool started, const char *why)
{
	if (r->cancel != 0) {
		m_end(m, r, CANCELLED);
	} else if (!started) {
		requeue(m, r);
		r->attempts--;
	} else if (r->losses + 1 >= m->max_losses) {
		m_end(m, r, FAILED);
	} else {
		host_event(r, "host.lost", why);
		requeue(m, r);
		if (r->losses > 0)
			hold_back(m, r);
		r->losses++;
		r->cause = 4;
	}
}

/* The run, if this attempt holds it. */
static struct m_run *
attempt_of(struct model *m, int64_t no, int64_t fence)
{
	struct m_run *r = m_run(m, no);

	return r != NULL && is_held(r) && r->fence == fence ? r : NULL;
}

void
m_begin_run(struct model *m, struct m_run *r)
{
	go(m, r, RUNNING);
	m->last_at = m->now;
}

static void
take_report(struct model *m, struct m_run *r, const struct m_call *c)
{
	append(r, c->n);
	if (r->state == CLAIMED)
		go(m, r, RUNNING);
	if (c->percent > r->percent)
		r->percent = c->percent;
	m->last_at = m->now;
	if (c->started && m_audited(m, r->scope.runner))
		m_row(m, c->who.principal, "run_start", ROW_ALLOW, r->no);
}

rh_status
m_report(struct model *m, struct m_call *c)
{
	struct m_run *r = attempt_of(m, c->no, c->fence);

	if (r == NULL)
		return RH_ESTALE;
	take_report(m, r, c);
	return RH_OK;
}

rh_status
m_checkpoint(struct model *m, struct m_call *c)
{
	struct m_run *r = attempt_of(m, c->no, c->fence);

	if (r == NULL)
		return RH_ESTALE;
	take_report(m, r, c);
	m_event(r, "checkpoint", "{\"name\":\"half\",\"bytes\":5}");
	if (r->checkpoints < CHECKPOINTS)
		r->checkpoints++;
	return RH_OK;
}

/* Where an attempt that said how it ended takes the run. */
int
m_outcome(const struct m_run *r, const struct m_call *c)
{
	bool again = c->outcome == RH_TIMEOUT ||
	    (c->outcome == RH_FAILED && c->retry);

	if (c->outcome == RH_COMPLETED)
		return COMPLETED;
	if (r->cancel != 0)
		return CANCELLED;
	if (again && r->failures + 1 < r->max_failures)
		return QUEUED;
	if (c->outcome == RH_TIMEOUT)
		return TIMEOUT;
	if (c->outcome == RH_INTERRUPTED)
		return INTERRUPTED;
	if (c->outcome == RH_CANCELLED && c->host)
		return CANCELLED;
	return FAILED;
}

/* It goes on some day: parked, or queued for another attempt. */
void
m_return(struct model *m, struct m_run *r, int to, const char *why)
{
	if (to == INTERRUPTED) {
		go(m, r, INTERRUPTED);
		let_go(r);
		return;
	}
	host_event(r, "host.retry", why);
	requeue(m, r);
	hold_back(m, r);
	r->failures++;
	r->cause = 2;
}

rh_status
m_finish(struct model *m, struct m_call *c)
{
	struct m_run *r = attempt_of(m, c->no, c->fence);
	int to;

	if (r == NULL)
		return RH_ESTALE;
	to = m_outcome(r, c);
	if (to >= COMPLETED) {
		append(r, c->n);
		if (c->percent > r->percent)
			r->percent = c->percent;
		m_end(m, r, to);
		return RH_OK;
	}
	take_report(m, r, c);
	m_return(m, r, to, c->a);
	return RH_OK;
}

rh_status
m_release(struct model *m, struct m_call *c)
{
	struct m_run *r = attempt_of(m, c->no, c->fence);

	if (r == NULL)
		return RH_ESTALE;
	m_lose(m, r, c->started, c->a);
	return RH_OK;
}

rh_status
m_renew(struct model *m, struct m_call *c)
{
	struct m_run *r;
	int i;

	for (i = 0; i < c->n; i++) {
		r = attempt_of(m, c->refs[i][0], c->refs[i][1]);
		c->told[i] = r == NULL;
		if (r == NULL)
			continue;
		m_lease(r, m->now + m->lease_us);
		if (m_audited(m, r->scope.runner))
			m_row(m, c->who.principal, "run_renew_claim",
			    ROW_ALLOW, r->no);
	}
	return RH_OK;
}

/* A runtime elsewhere hears of it at its next renewal. */
static int64_t
grace(const struct model *m, const struct m_run *r)
{
	return m->grace_us + (r->remote ? m->lease_us : 0);
}

rh_status
m_cancel(struct model *m, struct m_run *r, const char *reason)
{
	int64_t due = m->now + grace(m, r) + SECOND;

	if (!m_is_live(r))
		return RH_OK;
	if (!is_held(r)) {
		m_end(m, r, CANCELLED);
		return RH_OK;
	}
	if (r->cancel == 0)
		r->cancel = m->now;
	if (reason != NULL)
		r->cancel_reason = reason;
	r->due = earlier(r->due, due);
	m->cancels++;
	return RH_OK;
}

/* The live run that is due first; NULL: none is. */
static struct m_run *
next_due(struct model *m)
{
	struct m_run *r, *best = NULL;
	size_t i;

	for (i = 0; i < m->run_count; i++) {
		r = &m->runs[i];
		if (m_is_live(r) && r->due != 0 && r->due <= m->now &&
		    (best == NULL || r->due < best->due))
			best = r;
	}
	return best;
}

static void
make_ready(struct model *m, struct m_run *r)
{
	if (r->hold > 0 && r->hold <= m->now) {
		r->hold = 0;
		r->due = r->deadline;
	}
}

/* What time does to a run whose time has come. */
static void
come_due(struct model *m, struct m_run *r, const char *who, bool ready)
{
	bool late = r->deadline != 0 && r->deadline <= m->now;

	if (!late && !is_held(r)) {
		if (ready)
			make_ready(m, r);
		return;
	}
	if (!late && !(r->cancel != 0 && r->cancel + grace(m, r) <= m->now) &&
	    r->lease > m->now)
		return;
	if (r->fence != 0)
		m->fenced++;
	if (late)
		m_end(m, r, r->cancel != 0 ? CANCELLED : TIMEOUT);
	else if (r->cancel != 0)
		m_end(m, r, CANCELLED);
	else
		m_lose(m, r, r->state == RUNNING || r->remote, "lease lost");
	m->lost += !late && r->cancel == 0;
	m_row(m, who, "run_sweep", ROW_ALLOW, r->no);
}

void
m_come_due(struct model *m, const char *who, bool ready)
{
	int64_t list[SLICE];
	struct m_run *r, *marked[SLICE];
	int i, n;

	/* The slice is read first, then acted on. */
	for (n = 0; n < SLICE && (r = next_due(m)) != NULL; n++) {
		marked[n] = r;
		list[n] = r->due;
		r->due = INT64_MAX;
	}
	for (i = 0; i < n; i++)
		marked[i]->due = list[i];
	for (i = 0; i < n; i++)
		come_due(m, marked[i], who, ready);
}

int
m_remove_expired(struct model *m)
{
	struct m_run *r, *best;
	size_t i;
	int n;

	for (n = 0; n < REMOVED; n++) {
		for (best = NULL, i = 0; i < m->run_count; i++) {
			r = &m->runs[i];
			if (!r->deleted && r->state >= COMPLETED &&
			    r->expires != 0 && r->expires <= m->now &&
			    (best == NULL || r->expires < best->expires))
				best = r;
		}
		if (best == NULL)
			break;
		best->deleted = true;
	}
	return n;
}

/* Whoever held a good lease when nobody could renew gets a full one. */
static void
forgive(struct model *m)
{
	int64_t since = m->swept;
	int64_t until = m->now + m->lease_us;
	size_t i;

	m->swept = m->now;
	if (m->now - since <= m->lease_us / 2)
		return;
	m_spare(m, since);
	for (i = 0; i < m->run_count; i++) {
		if (is_held(&m->runs[i]) && m->runs[i].lease > since)
			m_lease(&m->runs[i], m->runs[i].lease > until ?
			    m->runs[i].lease : until);
	}
}

#define MINUTE		(60 * SECOND)
#define KEPT_MINUTES	(31 * 1440)

/* Minutes that are a month back go by the hour, and that is on disk. */
static void
forget_minutes(struct model *m)
{
	int64_t before = m->folded - KEPT_MINUTES, first = INT64_MAX - 60;
	struct m_run *r;
	size_t i;

	for (i = 0; i < m->run_count; i++) {
		r = &m->runs[i];
		if (!r->uncounted && r->created / MINUTE < first)
			first = r->created / MINUTE;
	}
	if (before > first + 60)
		before = first + 60;
	for (i = 0; i < m->run_count; i++) {
		r = &m->runs[i];
		if (r->uncounted || r->created / MINUTE >= before)
			continue;
		r->uncounted = true;
		m->last_at = m->now;
	}
}

/* Statistics of hours that are over: one hour with runs a sweep. */
static void
fold(struct model *m)
{
	int64_t hour = m->now / MINUTE / 60 * 60, first = INT64_MAX, made;
	size_t i;

	if (m->folded >= hour) {
		forget_minutes(m);
		return;
	}
	for (i = 0; i < m->run_count; i++) {
		made = m->runs[i].created / MINUTE;
		if (made >= m->folded && made < first)
			first = made;
	}
	m->folded = first >= hour ? hour : first / 60 * 60 + 60;
	m->last_at = m->now;
}

rh_status
m_sweep(struct model *m, struct m_call *c)
{
	(void)c;
	forgive(m);
	m_come_due(m, "system", true);
	m_stale(m, "system", 0);
	m_forget_keys(m);
	m_forget_ended(m);
	m_recheck(m, "system");
	if (m_remove_expired(m) > 0)
		m_row(m, "system", "run_cleanup", ROW_ALLOW, 0);
	fold(m);
	return RH_OK;
}

/* A run that a former process held. */
static void
recover_one(struct model *m, struct m_run *r)
{
	bool started = r->state == RUNNING || (r->inproc && r->idempotent);

	if (r->state == RUNNING && !r->idempotent && r->cancel == 0)
		m_end(m, r, FAILED);
	else
		m_lose(m, r, started, "host_lost");
	m_row(m, "system", "run_recover", ROW_ALLOW, r->no);
}

/* Nobody elsewhere could renew: what it holds is still its own. */
static void
keep_claim(struct model *m, struct m_run *r)
{
	if (r->lease < m->now + m->lease_us)
		r->lease = m->now + m->lease_us;
	if (r->cancel == 0)
		r->due = earlier(r->lease, r->deadline);
}

rh_status
m_recover(struct model *m, struct m_call *c)
{
	size_t i;

	(void)c;
	m_spare(m, 0);
	for (i = 0; i < m->run_count; i++) {
		if (is_held(&m->runs[i]) && m->runs[i].remote)
			keep_claim(m, &m->runs[i]);
		else if (is_held(&m->runs[i]))
			recover_one(m, &m->runs[i]);
	}
	for (i = 0; i < m->intent_count; i++)
		m_row(m, m->intents[i].principal, "demo.greet", ROW_OUTCOME,
		    0);
	m->intent_count = 0;
	return RH_OK;
}

static struct m_run *
next_queued(struct model *m)
{
	struct m_run *r, *best = NULL;
	size_t i;

	for (i = 0; i < m->run_count; i++) {
		r = &m->runs[i];
		if (!r->deleted && r->state == QUEUED && r->hold == 0 &&
		    r->queue == NULL && r->pin == NULL && r->label == NULL &&
		    (best == NULL || r->priority > best->priority))
			best = r;
	}
	return best;
}

void
m_take(struct model *m, struct m_run *r, int64_t lease)
{
	go(m, r, CLAIMED);
	r->fence++;
	r->attempts++;
	r->lease = lease;
	r->due = earlier(lease, r->deadline);
}

/* The end of a batch: free slots take what waits. */
void
m_claims(struct model *m)
{
	struct m_run *r;

	while (m->free > 0 && (r = next_queued(m)) != NULL) {
		m_take(m, r, m->now + m->lease_us);
		r->inproc = m->free_inproc;
		r->by_plugin = true;
		m->free--;
		m->claims++;
		m_row(m, "runtime:local", "run_claim", ROW_ALLOW, r->no);
	}
}
