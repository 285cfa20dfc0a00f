/*
 * The scheduler's plan, with simulated workers before it and the ledger
 * behind.  Its commands become frames and calls; workers start, report,
 * end, hang and die as the dice say.  What was sent to a worker that dies
 * is lost.
 */
#include "model/world.h"

#include "base/mem.h"

#include <runhost/host.h>

#include <stdlib.h>
#include <string.h>

static void
carry_out(struct world *w);

/* Calls for the ledger, in their order. */
static struct item *
put(struct world *w, enum m_kind kind, const struct m_caller *who)
{
	struct farm *f = &w->farm;
	struct item *it = item_new(kind, who);

	if (f->outbox_count == OUTBOX) {
		fail(w, "the farm has %d calls waiting", OUTBOX);
		f->outbox_count--;
	}
	f->outbox[f->outbox_count++] = it;
	return it;
}

size_t
farm_calls(struct world *w, struct item **items, size_t max)
{
	struct farm *f = &w->farm;
	size_t n = max < f->outbox_count ? max : f->outbox_count;

	memcpy(items, f->outbox, n * sizeof *items);
	memmove(f->outbox, f->outbox + n,
	    (f->outbox_count - n) * sizeof *items);
	f->outbox_count -= n;
	return n;
}

static void
put_back(struct world *w, struct item *it)
{
	struct farm *f = &w->farm;

	memmove(f->outbox + 1, f->outbox, f->outbox_count * sizeof it);
	f->outbox[0] = it;
	f->outbox_count++;
}

/* How calls ended. */

static struct attempt *
attempt_of(struct world *w, const struct item *it)
{
	return plan_attempt(&w->farm.plan, it->handle);
}

static void
offer_done(struct world *w, struct item *it)
{
	w->farm.offers--;
	plan_offered(w->farm.pool, it->m.n, it->call->status == RH_OK);
}

static void
sweep_done(struct world *w, struct item *it)
{
	(void)it;
	w->farm.sweeping = false;
}

static void
renew_done(struct world *w, struct item *it)
{
	const struct renew_args *args = it->call->args;
	struct attempt *a;
	int i;

	w->farm.renewing = false;
	for (i = 0; it->call->status == RH_OK && i < it->m.n; i++) {
		a = plan_attempt(&w->farm.plan, it->handles[i]);
		if (a != NULL && args->lost[i])
			plan_fenced(a);
	}
}

static void
report_done(struct world *w, struct item *it)
{
	struct attempt *a = attempt_of(w, it);

	if (a != NULL && it->call->status == RH_ESTALE)
		plan_fenced(a);
}

static void
end_done(struct world *w, struct item *it)
{
	struct attempt *a = attempt_of(w, it);

	if (a != NULL)
		plan_over(a);
}

void
farm_done(struct world *w, struct item *it)
{
	if ((it->call->status == RH_EFULL || it->call->status == RH_EIO) &&
	    it->done != NULL &&
	    it->done != offer_done && it->done != sweep_done &&
	    it->done != renew_done) {
		put_back(w, it);	/* it will pass */
		return;
	}
	if (it->m.kind == DO_GREET && it->call->deferred &&
	    it->call->status == RH_OK && w->farm.greeting_count < M_INTENTS)
		w->farm.greetings[w->farm.greeting_count++] =
		    (struct greeting){ it->call, it->m.who.principal,
		    it->m.serial, 0 };
	if (it->done != NULL && w->farm.up)
		it->done(w, it);
	free(it);
}

/* Frames. */

static void
send(struct proc *p, enum frame_kind kind, uint64_t handle, uint32_t seq)
{
	if (p != NULL && p->there && p->in_count < FRAMES)
		p->in[p->in_count++] = (struct frame){ kind, handle, seq };
}

static struct proc *
proc_of(const struct attempt *a)
{
	return a->worker != NULL ? a->worker->link : NULL;
}

/* Commands of the plan. */

static void
do_spawn(struct world *w, const struct command *c)
{
	struct proc *p = w->farm.procs;

	while (p < w->farm.procs + PROCS && p->there)
		p++;
	if (p == w->farm.procs + PROCS) {
		fail(w, "more than %d workers", PROCS);
		return;
	}
	*p = (struct proc){ .there = true, .w = c->worker,
	    .mute = once_in(w, 20) };
	c->worker->link = p;
}

static void
do_invoke(struct world *w, const struct command *c)
{
	(void)w;
	send(proc_of(c->attempt), TO_INVOKE, c->attempt->handle, 0);
}

static void
do_cancel(struct world *w, const struct command *c)
{
	(void)w;
	send(proc_of(c->attempt), TO_CANCEL, c->attempt->handle, 0);
}

static void
do_drop(struct world *w, const struct command *c)
{
	(void)w;
	send(proc_of(c->attempt), TO_DROP, c->attempt->handle, 0);
}

static void
do_ping(struct world *w, const struct command *c)
{
	(void)w;
	send(c->worker->link, TO_PING, 0, c->seq);
}

static void
do_exit(struct world *w, const struct command *c)
{
	(void)w;
	send(c->worker->link, TO_EXIT, 0, 0);
}

static void
do_kill(struct world *w, const struct command *c)
{
	struct proc *p = c->worker->link;

	(void)w;
	if (p != NULL)
		p->killed = true;
}

static void
do_bury(struct world *w, const struct command *c)
{
	(void)w;
	plan_bury(c->worker);
}

static void
do_offer(struct world *w, const struct command *c)
{
	struct item *it = put(w, DO_OFFER, &by_host);

	it->m.n = c->n;
	it->m.on = c->pool->offer_inproc;
	it->done = offer_done;
	w->farm.offers++;
}

static struct greeting *
greeting_of(struct world *w, uint64_t handle)
{
	size_t i;

	for (i = 0; i < w->farm.greeting_count; i++) {
		if (w->farm.greetings[i].handle == handle)
			return &w->farm.greetings[i];
	}
	return NULL;
}

static void
put_outcome(struct world *w, const struct attempt *a, rh_status status)
{
	struct greeting *g = greeting_of(w, a->handle);
	struct item *it;

	if (g == NULL) {
		fail(w, "an action ended twice");
		return;
	}
	it = put(w, DO_OUTCOME, &by_plugin);
	it->m.a = g->principal;
	it->m.serial = g->serial;
	it->m.outcome = status;
	it->first = g->call;
	it->handle = a->handle;
	it->done = end_done;
	*g = w->farm.greetings[--w->farm.greeting_count];
}

static struct item *
put_of(struct world *w, enum m_kind kind, const struct m_caller *who,
    const struct attempt *a)
{
	struct item *it = put(w, kind, who);

	it->m.no = a->run_no;
	it->m.fence = a->fence;
	it->handle = a->handle;
	return it;
}

static void
do_end(struct world *w, const struct command *c)
{
	struct item *it;

	if (c->attempt->kind == JOB_ACTION) {
		put_outcome(w, c->attempt, c->status);
		return;
	}
	it = put_of(w, DO_FINISH, &by_system, c->attempt);
	it->m.outcome = (int)c->outcome;
	it->m.retry = c->retry;
	it->m.host = true;
	it->m.a = "the host ended it";
	it->done = end_done;
}

static void
do_release(struct world *w, const struct command *c)
{
	struct item *it = put_of(w, DO_RELEASE, &by_host, c->attempt);

	it->m.started = c->started;
	it->m.a = "worker retired";
	it->done = end_done;
}

static void
do_forget(struct world *w, const struct command *c)
{
	(void)w;
	plan_forget(c->attempt);
}

static void
do_nothing(struct world *w, const struct command *c)
{
	(void)w, (void)c;
}

static void
do_renew(struct world *w, const struct command *c)
{
	struct attempt *a;
	struct item *it = NULL;

	(void)c;
	if (w->farm.renewing)
		return;
	TAILQ_FOREACH(a, &w->farm.plan.attempts, all) {
		if (a->kind != JOB_RUN || a->phase == PHASE_OVER)
			continue;
		/* Who is left out may lose its lease. */
		if (once_in(w, 3))
			continue;
		if (it == NULL)
			it = put(w, DO_RENEW, &by_host);
		if (it->m.n == M_REFS)
			break;
		it->handles[it->m.n] = a->handle;
		it->m.refs[it->m.n][0] = a->run_no;
		it->m.refs[it->m.n++][1] = a->fence;
	}
	if (it == NULL)
		return;
	it->done = renew_done;
	w->farm.renewing = true;
}

static void
do_sweep(struct world *w, const struct command *c)
{
	(void)c;
	if (w->farm.sweeping)
		return;
	put(w, DO_SWEEP, &by_system)->done = sweep_done;
	w->farm.sweeping = true;
}

static void (*const commands[COMMANDS])(struct world *,
    const struct command *) = {
	[CMD_SPAWN] = do_spawn, [CMD_INVOKE] = do_invoke,
	[CMD_CANCEL] = do_cancel, [CMD_DROP] = do_drop,
	[CMD_PING] = do_ping, [CMD_EXIT] = do_exit, [CMD_KILL] = do_kill,
	[CMD_BURY] = do_bury, [CMD_OFFER] = do_offer, [CMD_END] = do_end,
	[CMD_RELEASE] = do_release, [CMD_FORGET] = do_forget,
	[CMD_REFUSED] = do_nothing, [CMD_READY] = do_nothing,
	[CMD_RENEW] = do_renew, [CMD_SWEEP] = do_sweep,
};

static void
carry_out(struct world *w)
{
	struct command c;
	size_t i = 0;

	plan_settle(&w->farm.plan);
	while (plan_take(&w->farm.plan, &i, &c)) {
		tried.commands[c.kind]++;
		commands[c.kind](w, &c);
	}
}

/* Effects of the ledger. */

static bool
is_as_claimed(const struct m_run *r, const struct effect *e)
{
	const struct run_claimed *c = e->claimed;

	if (r == NULL || r->fence < e->fence)
		return false;
	/* A call of the same batch may have gone on with it. */
	return r->fence > e->fence || r->state != CLAIMED ||
	    (c->row.attempts == r->attempts && (int)c->cause == r->cause &&
	    (c->checkpoint_name != NULL) ==
	    (r->fence > 1 && r->checkpoints > 0));
}

static void
on_start(struct world *w, const struct effect *e)
{
	const struct m_run *r = m_run(w->m, e->run_no);
	const struct run_row *row = &e->claimed->row;
	struct job_info info = { .kind = JOB_RUN, .run_no = e->run_no,
	    .fence = e->fence, .owner = r != NULL ? r->scope.owner : "",
	    .bytes = 1024, .inproc = e->inproc,
	    .timeout_us = row->timeout_us, .deadline_us = row->deadline_us };
	struct attempt *a;

	if (!is_as_claimed(r, e))
		fail(w, "run %lld is started with fence %lld, attempt %d, "
		    "cause %d, checkpoint %s", (long long)e->run_no,
		    (long long)e->fence, row->attempts,
		    (int)e->claimed->cause, e->claimed->checkpoint_name);
	else
		plan_start(w->farm.pool, &info, &a);
}

static void
on_invoke(struct world *w, const struct effect *e)
{
	struct job_info info = { .kind = JOB_ACTION, .bytes = 1024,
	    .inproc = w->farm.pool->inproc,
	    .deadline_us = w->farm.plan.now + 20 * US_PER_S };
	struct attempt *a;
	size_t i;

	for (i = 0; i < w->farm.greeting_count; i++) {
		if (w->farm.greetings[i].call != e->call)
			continue;
		info.owner = w->farm.greetings[i].principal;
		plan_start(w->farm.pool, &info, &a);
		w->farm.greetings[i].handle = a->handle;
		return;
	}
	fail(w, "an action is to be invoked that nobody called");
}

static void
on_attempt(struct world *w, const struct effect *e)
{
	struct attempt *a = plan_run(&w->farm.plan, e->run_no, e->fence);

	if (a == NULL)
		return;
	if (e->kind == EFFECT_CANCEL)
		plan_cancel(a);
	else
		plan_fenced(a);
}

static void
on_queued(struct world *w, const struct effect *e)
{
	(void)e;
	pool_place(w->farm.pool);
}

static void
on_trust(struct world *w, const struct effect *e)
{
	plan_trust(w->farm.pool, e->inproc);
}

void
farm_effects(struct world *w)
{
	static void (*const on[])(struct world *, const struct effect *) = {
		[EFFECT_QUEUED] = on_queued, [EFFECT_START] = on_start,
		[EFFECT_CANCEL] = on_attempt, [EFFECT_FENCED] = on_attempt,
		[EFFECT_INVOKE] = on_invoke, [EFFECT_TRUST] = on_trust,
	};
	const struct effect *e;

	plan_at(&w->farm.plan, world_now(w));
	STAILQ_FOREACH(e, &w->c.effects, link) {
		if (e->kind < ARRAY_LEN(on) && on[e->kind] != NULL)
			on[e->kind](w, e);
	}
	lab_forget(&w->c);
	carry_out(w);
}

/* What workers do. */

static void
die(struct world *w, struct proc *p, const char *how)
{
	struct worker *dead = p->w;

	tell(w, "a worker dies: %s", how);
	*p = (struct proc){ 0 };
	plan_dead(dead, how);
}

static void
forget_waiting(struct proc *p, uint64_t handle)
{
	size_t i;

	for (i = 0; i < p->waiting_count; i++) {
		if (p->waiting[i] != handle)
			continue;
		p->waiting_count--;
		memmove(&p->waiting[i], &p->waiting[i + 1],
		    (p->waiting_count - i) * sizeof *p->waiting);
		return;
	}
}

static void
read_frame(struct world *w, struct proc *p)
{
	struct frame f = p->in[0];

	p->in_count--;
	memmove(p->in, p->in + 1, p->in_count * sizeof *p->in);
	plan_heard(p->w, w->farm.plan.now);
	if (f.kind == TO_INVOKE)
		p->waiting[p->waiting_count++] = f.handle;
	else if (f.kind == TO_DROP)
		forget_waiting(p, f.handle);
	else if (f.kind == TO_CANCEL)
		p->cancelled = true;
	else if (f.kind == TO_PING && !plan_pong(p->w, f.seq))
		fail(w, "a PONG is refused");
	else if (f.kind == TO_EXIT)
		die(w, p, "exited 0");
}

static void
begin(struct world *w, struct proc *p)
{
	uint64_t handle = p->waiting[0];
	struct attempt *a = plan_attempt(&w->farm.plan, handle);
	struct item *it;

	forget_waiting(p, handle);
	if (a == NULL || a->worker != p->w) {
		fail(w, "a worker holds an attempt that the plan forgot");
		return;
	}
	p->running = handle;
	p->cancelled = false;
	plan_started(a);
	if (a->kind == JOB_ACTION || a->phase != PHASE_LIVE || once_in(w, 3))
		return;
	it = put_of(w, DO_REPORT, &by_plugin, a);
	it->m.started = true;
	it->done = report_done;
}

static void
report(struct world *w, struct attempt *a)
{
	struct item *it = put_of(w, once_in(w, 4) ? DO_CHECKPOINT : DO_REPORT,
	    &by_plugin, a);

	it->m.n = (int)below(w, 4);
	it->m.percent = (int)below(w, 90);
	it->done = report_done;
}

static void
use_state(struct world *w, struct attempt *a)
{
	static const char *const places[] = { "runner", "actor",
		"conversation" };
	static const char *const values[] = { "1", "{\"n\":2}", "null" };
	struct item *it = put_of(w, once_in(w, 2) ? DO_STATE_SET :
	    DO_STATE_GET, &by_plugin, a);

	it->m.a = places[below(w, 3)];
	it->m.b = once_in(w, 2) ? "x" : "y";
	it->m.value = values[below(w, 3)];
	it->done = report_done;
}

static void
finish(struct world *w, struct proc *p, struct attempt *a)
{
	struct item *it;

	p->running = 0;
	if (!plan_finish(a))
		return;
	if (a->kind == JOB_ACTION) {
		put_outcome(w, a, once_in(w, 5) ? RH_EPLUGIN : RH_OK);
		return;
	}
	it = put_of(w, DO_FINISH, &by_plugin, a);
	it->m.n = (int)below(w, 3);
	it->m.percent = (int)below(w, 100);
	it->m.started = once_in(w, 3);
	it->m.outcome = once_in(w, 3) ? RH_FAILED : RH_COMPLETED;
	if (once_in(w, 5))
		it->m.outcome = p->cancelled ? RH_CANCELLED :
		    RH_COMPLETED + (int)below(w, 5);
	it->m.retry = once_in(w, 2);
	it->m.a = "it went wrong";
	it->done = end_done;
}

static void
go_on(struct world *w, struct proc *p)
{
	struct attempt *a = plan_attempt(&w->farm.plan, p->running);

	if (a == NULL || a->side != SIDE_RUNNING) {
		fail(w, "a worker runs an attempt that the plan forgot");
		return;
	}
	plan_heard(p->w, w->farm.plan.now);
	if (once_in(w, 25))
		die(w, p, "crashed SIGSEGV");
	else if (once_in(w, 2))
		finish(w, p, a);
	else if (a->kind == JOB_ACTION || a->phase != PHASE_LIVE)
		return;			/* nothing to say */
	else if (once_in(w, 3))
		use_state(w, a);
	else
		report(w, a);
}

static void
work(struct world *w, struct proc *p)
{
	if (p->killed) {
		die(w, p, "killed SIGKILL");
	} else if (!p->hello) {
		if (p->mute)
			return;
		p->hello = true;
		plan_hello(p->w, once_in(w, 2));
	} else if (p->in_count > 0 && (p->running == 0 || once_in(w, 2))) {
		read_frame(w, p);
	} else if (p->running != 0) {
		go_on(w, p);
	} else if (p->waiting_count > 0 && p->w->running == NULL) {
		begin(w, p);	/* the former one's end was answered */
	} else if (once_in(w, 200)) {
		die(w, p, "crashed SIGBUS");
	}
}

void
farm_tick(struct world *w)
{
	struct proc *p;

	plan_at(&w->farm.plan, world_now(w));
	plan_tick(&w->farm.plan);
	carry_out(w);
	for (p = w->farm.procs; p < w->farm.procs + PROCS; p++) {
		if (p->killed && once_in(w, 2)) {
			die(w, p, "killed SIGKILL");
			carry_out(w);
		}
	}
}

void
farm_work(struct world *w)
{
	struct proc *p;
	int64_t n = 1 + below(w, 12);

	farm_tick(w);
	while (n-- > 0 && !w->failed) {
		p = &w->farm.procs[below(w, PROCS)];
		if (!p->there)
			continue;
		work(w, p);
		carry_out(w);
	}
}

/* When nothing is on its way, the plan knows what the ledger knows. */
void
farm_check(struct world *w)
{
	struct farm *f = &w->farm;
	const struct attempt *a;
	const struct m_run *r;
	size_t i;

	if (f->offers == 0 && f->pool->offered != w->m->free)
		fail(w, "the plan offers %d slots, the ledger has %d",
		    f->pool->offered, w->m->free);
	for (i = 0; i < w->m->run_count; i++) {
		r = &w->m->runs[i];
		if (r->deleted || r->remote || (r->state != CLAIMED &&
		    r->state != RUNNING))
			continue;
		a = plan_run(&f->plan, r->no, r->fence);
		if (a == NULL || a->phase == PHASE_OVER)
			fail(w, "run %lld is held, but not by the plan",
			    (long long)r->no);
	}
}

void
farm_init(struct world *w)
{
	struct plan_config cfg = plan_config_default;

	cfg.max = 3;
	cfg.slots = 4;
	w->farm = (struct farm){ .up = true };
	plan_init(&w->farm.plan, &cfg);
	plan_at(&w->farm.plan, world_now(w));
	w->farm.pool = plan_pool_add(&w->farm.plan, w->m->trusted, NULL);
	plan_begin(&w->farm.plan);
	carry_out(w);
}

/* The process is gone, and all that was on its way with it. */
void
farm_fini(struct world *w)
{
	struct farm *f = &w->farm;
	size_t i;

	if (!f->up)
		return;
	f->up = false;
	plan_fini(&f->plan);
	for (i = 0; i < f->outbox_count; i++)
		free(f->outbox[i]);
	f->outbox_count = 0;
}
