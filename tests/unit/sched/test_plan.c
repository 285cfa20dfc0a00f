/*
 * The scheduler's decisions with simulated workers and ledger: by seed,
 * plugins end, crash, hang and are cancelled at random, messages cross, and
 * what must always hold is looked at after every step.
 */
#include "lib/unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "sched/plan.h"

#include <runhost/host.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS		30000
#define ENDS		4000
#define FRAMES		256	/* on their way to one worker */

enum frame_kind { TO_INVOKE, TO_CANCEL, TO_DROP, TO_PING, TO_EXIT };

struct to_worker {
	enum frame_kind kind;
	uint64_t handle;
	uint32_t seq;
};

/* A process: reads frames in order, runs one invocation at a time. */
struct proc {
	LIST_ENTRY(proc) next;
	struct worker *w;
	bool	hello, dying;
	struct to_worker in[FRAMES];
	size_t	in_count;
	uint64_t waiting[FRAMES];
	size_t	waiting_count;
	uint64_t running;	/* 0: none */
	bool	finishing;	/* its FINISH was sent, no REPLY yet */
	int64_t	ends_us;	/* of what runs; never: hangs */
	bool	cancelled;
	char	owner;		/* 'a', 'b'; whose runs it served */
};

/* A run, as the ledger knows it. */
struct run {
	int64_t	fence;		/* of the present attempt; 0: queued */
	int	state;		/* 0: queued, 1: claimed, 2: ended */
};
#define RUNS	400

/* An answer of the ledger that is still to come. */
struct answer {
	int64_t	due_us;
	uint64_t handle;	/* of an end; 0: an offer's */
	struct pool *pool;
	int	n;
	bool	stale;
};
#define ANSWERS	4096

struct sim {
	struct plan plan;
	struct rand_src rand;
	struct pool *pool;
	LIST_HEAD(, proc) procs;
	struct run runs[RUNS];
	int	free;		/* slots that the ledger may claim */
	int64_t	fence;
	struct answer answers[ANSWERS];
	size_t	answer_count;
	uint64_t ended[ENDS];	/* handles whose end was submitted */
	size_t	ends, forgets, starts, ready;
	int	max_up;
	int	mishaps;	/* in a hundred steps */
	bool	closing, stateless;
	int	dropped;	/* that were sent and moved */
};

static int64_t
below(struct sim *m, int64_t n)
{
	return (int64_t)rand_below(&m->rand, (uint64_t)n);
}

static struct run *
run_of(struct sim *m, const struct attempt *a)
{
	return &m->runs[a->run_no];
}

static void
answer_later(struct sim *m, struct answer a)
{
	a.due_us = m->plan.now + 1 + below(m, 2000);
	/* In the order in which they were asked. */
	if (m->answer_count > 0 &&
	    a.due_us < m->answers[m->answer_count - 1].due_us)
		a.due_us = m->answers[m->answer_count - 1].due_us;
	if (CHECK(m->answer_count < ANSWERS))
		m->answers[m->answer_count++] = a;
}

/* Its end, once only; the run is another's if the fence has moved on. */
static void
submit_end(struct sim *m, struct attempt *a, bool ends)
{
	struct run *r = run_of(m, a);
	bool stale = r->fence != a->fence;
	size_t i;

	for (i = 0; i < m->ends; i++)
		CHECK(m->ended[i] != a->handle);
	m->ended[m->ends++] = a->handle;
	if (!stale) {
		r->fence = 0;
		r->state = ends ? 2 : 0;
	}
	answer_later(m, (struct answer){ .handle = a->handle,
	    .stale = stale });
}

static struct proc *
proc_of(struct attempt *a)
{
	return a->worker != NULL ? a->worker->link : NULL;
}

static void
tell(struct proc *p, enum frame_kind kind, uint64_t handle, uint32_t seq)
{
	if (p != NULL && CHECK(p->in_count < FRAMES))
		p->in[p->in_count++] = (struct to_worker){ kind, handle, seq };
}

static void
do_spawn(struct sim *m, const struct command *c)
{
	struct proc *p = mem_zalloc(sizeof *p);

	p->w = c->worker;
	c->worker->link = p;
	LIST_INSERT_HEAD(&m->procs, p, next);
}

static void
do_bury(struct sim *m, const struct command *c)
{
	struct proc *p = c->worker->link;

	(void)m;
	LIST_REMOVE(p, next);
	free(p);
	plan_bury(c->worker);
}

static void
do_forget(struct sim *m, const struct command *c)
{
	m->forgets++;
	plan_forget(c->attempt);
}

static void
do_offer(struct sim *m, const struct command *c)
{
	m->free += c->n;
	if (m->free < 0)
		m->free = 0;
	answer_later(m, (struct answer){ .pool = c->pool, .n = c->n });
}

static void
carry_out(struct sim *m)
{
	struct command c;
	size_t i = 0;

	while (plan_take(&m->plan, &i, &c)) {
		switch (c.kind) {
		case CMD_SPAWN: do_spawn(m, &c); break;
		case CMD_BURY: do_bury(m, &c); break;
		case CMD_FORGET: do_forget(m, &c); break;
		case CMD_OFFER: do_offer(m, &c); break;
		case CMD_INVOKE:
			tell(proc_of(c.attempt), TO_INVOKE,
			    c.attempt->handle, 0);
			break;
		case CMD_CANCEL:
			tell(proc_of(c.attempt), TO_CANCEL,
			    c.attempt->handle, 0);
			break;
		case CMD_DROP:
			tell(proc_of(c.attempt), TO_DROP,
			    c.attempt->handle, 0);
			break;
		case CMD_PING: tell(c.worker->link, TO_PING, 0, c.seq); break;
		case CMD_EXIT: tell(c.worker->link, TO_EXIT, 0, 0); break;
		case CMD_KILL:
			((struct proc *)c.worker->link)->dying = true;
			break;
		case CMD_END: submit_end(m, c.attempt, !c.retry); break;
		case CMD_RELEASE: submit_end(m, c.attempt, false); break;
		case CMD_READY: m->ready++; break;
		default: break;
		}
	}
}

static void
claim(struct sim *m)
{
	struct job_info info = { .kind = JOB_RUN, .owner = "alice" };
	struct attempt *at;
	int64_t i;

	for (i = 0; i < RUNS && m->free > 0; i++) {
		if (m->runs[i].state != 0)
			continue;
		m->runs[i].state = 1;
		m->runs[i].fence = ++m->fence;
		m->free--;
		m->starts++;
		info.run_no = i;
		info.fence = m->fence;
		info.owner = below(m, 2) ? "alice" : "bob";
		info.timeout_us = 200 * US_PER_MS;
		plan_start(m->pool, &info, &at);
		carry_out(m);
	}
}

static void
take_answers(struct sim *m)
{
	struct answer a;
	struct attempt *at;

	while (m->answer_count > 0 &&
	    m->answers[0].due_us <= m->plan.now) {
		a = m->answers[0];
		memmove(m->answers, m->answers + 1,
		    --m->answer_count * sizeof a);
		if (a.handle == 0)
			plan_offered(a.pool, a.n, true);
		else if ((at = plan_attempt(&m->plan, a.handle)) != NULL) {
			if (at->finished && at->worker != NULL)
				((struct proc *)at->worker->link)->running = 0;
			plan_over(at);
		}
		carry_out(m);
	}
}

static void
forget_waiting(struct proc *p, size_t i)
{
	memmove(&p->waiting[i], &p->waiting[i + 1],
	    (--p->waiting_count - i) * sizeof p->waiting[0]);
}

/* The process reads one frame. */
static void
read_frame(struct sim *m, struct proc *p)
{
	struct to_worker f = p->in[0];
	size_t i;

	memmove(p->in, p->in + 1, --p->in_count * sizeof f);
	switch (f.kind) {
	case TO_INVOKE:
		p->waiting[p->waiting_count++] = f.handle;
		break;
	case TO_CANCEL:
		p->cancelled |= p->running == f.handle;
		break;
	case TO_DROP:
		for (i = 0; i < p->waiting_count; i++)
			if (p->waiting[i] == f.handle) {
				forget_waiting(p, i);
				m->dropped++;
				break;
			}
		break;
	case TO_PING:
		CHECK(plan_pong(p->w, f.seq));
		break;
	case TO_EXIT:
		p->dying = true;
		break;
	}
	carry_out(m);
}

static void
start_next(struct sim *m, struct proc *p)
{
	struct attempt *a;
	int64_t takes;

	p->running = p->waiting[0];
	forget_waiting(p, 0);
	p->finishing = p->cancelled = false;
	takes = below(m, 100) < 90 ? below(m, 3000) : below(m, 100000);
	if (below(m, 1000) < m->mishaps)
		takes = INT64_MAX / 2;
	p->ends_us = m->plan.now + takes;
	a = plan_attempt(&m->plan, p->running);
	if (CHECK(a != NULL) && CHECK(a->worker == p->w)) {
		CHECK(m->stateless || p->owner == '\0' ||
		    p->owner == a->owner[0]);
		p->owner = a->owner[0];
		plan_started(a);
	}
	carry_out(m);
}

static void
finish(struct sim *m, struct proc *p)
{
	struct attempt *a = plan_attempt(&m->plan, p->running);

	if (!CHECK(a != NULL))
		return;
	p->ends_us = INT64_MAX;
	if (plan_finish(a))
		submit_end(m, a, true);
	else
		p->running = 0;
	carry_out(m);
}

static void
live(struct sim *m, struct proc *p)
{
	if (p->dying || below(m, 20000) < m->mishaps) {
		plan_dead(p->w, "crashed");
		carry_out(m);
		return;
	}
	if (!p->hello) {
		if (below(m, 10) == 0) {
			p->hello = true;
			plan_hello(p->w, m->stateless);
			carry_out(m);
		}
		return;
	}
	if (p->in_count > 0 && below(m, 3) > 0)
		read_frame(m, p);
	else if (p->running == 0 && p->waiting_count > 0)
		start_next(m, p);
	else if (p->running != 0 && (m->plan.now >= p->ends_us ||
	    (p->cancelled && p->ends_us != INT64_MAX && below(m, 4) == 0)))
		finish(m, p);
}

/* Cancels and fences, out of the blue. */
static void
disturb(struct sim *m)
{
	int64_t i = below(m, RUNS);
	struct run *r = &m->runs[i];
	struct attempt *a;

	if (r->fence == 0 || below(m, 100) >= m->mishaps ||
	    (a = plan_run(&m->plan, i, r->fence)) == NULL)
		return;
	if (below(m, 2)) {
		plan_cancel(a);
	} else {
		r->fence = 0;
		r->state = 0;
		plan_fenced(a);
	}
	carry_out(m);
}

static void
check_always(struct sim *m)
{
	struct worker *w;
	int up = 0, held = 0, target;
	struct attempt *a;

	TAILQ_FOREACH(w, &m->pool->workers, next)
		up += !w->retiring;
	CHECK_INT(m->pool->up, up);
	CHECK(up <= m->plan.cfg.max);
	TAILQ_FOREACH(a, &m->plan.attempts, all)
		held += a->phase != PHASE_OVER && !a->finished;
	CHECK_INT(m->pool->held, held);
	target = m->plan.cfg.max * m->plan.cfg.slots;
	CHECK(m->pool->held + m->pool->offered <= target);
	CHECK(m->free <= m->pool->offered || m->pool->taking);
	if (up > m->max_up)
		m->max_up = up;
}

static void
step(struct sim *m)
{
	struct proc *p, *next;

	plan_at(&m->plan, m->plan.now + 1 + below(m, 500));
	take_answers(m);
	for (p = LIST_FIRST(&m->procs); p != NULL; p = next) {
		next = LIST_NEXT(p, next);
		if (below(m, 3) > 0)
			live(m, p);
	}
	plan_tick(&m->plan);
	carry_out(m);
	if (!m->closing) {
		claim(m);
		disturb(m);
	}
	plan_settle(&m->plan);
	carry_out(m);
	check_always(m);
}

static void
sim_init(struct sim *m, uint64_t seed, int mishaps)
{
	struct plan_config cf = plan_config_default;

	memset(m, 0, sizeof *m);
	rand_seeded_init(&m->rand, seed);
	m->mishaps = mishaps;
	m->stateless = seed % 2 == 0;
	cf.max = 3;
	cf.slots = 8;
	cf.grace_us = cf.cancel_grace_us = 50 * US_PER_MS;
	cf.backoff_min_us = US_PER_MS;
	cf.backoff_max_us = 20 * US_PER_MS;
	plan_init(&m->plan, &cf);
	m->pool = plan_pool_add(&m->plan, false, NULL);
	plan_at(&m->plan, US_PER_S);
	plan_begin(&m->plan);
	carry_out(m);
}

static void
sim_fini(struct sim *m)
{
	struct proc *p;

	while ((p = LIST_FIRST(&m->procs)) != NULL) {
		LIST_REMOVE(p, next);
		free(p);
	}
	plan_fini(&m->plan);
}

static int
count_ended(const struct sim *m)
{
	int i, n = 0;

	for (i = 0; i < RUNS; i++)
		n += m->runs[i].state == 2;
	return n;
}

static void
drain(struct sim *m)
{
	int i;

	m->closing = true;
	plan_drain(&m->plan, m->plan.now + 100 * US_PER_MS);
	carry_out(m);
	for (i = 0; i < 20000 && !plan_is_idle(&m->plan); i++)
		step(m);
	CHECK(plan_is_idle(&m->plan));
	CHECK_INT(m->pool->held, 0);
	CHECK_UINT(m->forgets, m->starts);
	plan_close(&m->plan);
	carry_out(m);
	for (i = 0; i < 20000 && !LIST_EMPTY(&m->procs); i++)
		step(m);
	CHECK(LIST_EMPTY(&m->procs));
}

static void
simulate(uint64_t seed, int mishaps)
{
	struct sim *m = mem_alloc(sizeof *m);
	int i;

	sim_init(m, seed, mishaps);
	for (i = 0; i < STEPS && count_ended(m) < RUNS && m->ends < ENDS - 64;
	    i++)
		step(m);
	if (mishaps == 0) {
		CHECK_INT(count_ended(m), RUNS);
		CHECK_UINT(m->starts, RUNS);
	} else {
		CHECK(count_ended(m) > RUNS / 4);
		CHECK(m->dropped > 0 || !m->stateless);
	}
	drain(m);
	sim_fini(m);
	free(m);
}

static void
test_calm(void)
{
	uint64_t seed;

	for (seed = 1; seed <= 10; seed++)
		simulate(seed, 0);
}

static void
test_stormy(void)
{
	uint64_t seed;

	for (seed = 1; seed <= 60; seed++)
		simulate(seed, (int)(seed % 30) + 1);
}

const struct unit_test sched_plan_tests[] = {
	{ "every run ends, and each is started once, when nothing goes wrong",
	    test_calm },
	{ "with crashes, hangs, cancels and fences no attempt is lost and "
	    "none ends twice", test_stormy },
	{ NULL, NULL },
};
