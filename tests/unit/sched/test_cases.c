/*
 * Single decisions of the scheduler, one a test, with a clock that is
 * turned by hand.
 */
#include "lib/unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "sched/plan.h"

#include <runhost/host.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct desk {
	struct plan plan;
	struct pool *pool;
	struct worker *made[32];	/* in the order of their making */
	size_t	made_count;
	char	said[4096];	/* the commands since the last look */
};

static const char *const names[COMMANDS] = {
	[CMD_SPAWN] = "spawn", [CMD_HEAR] = "hear", [CMD_INVOKE] = "invoke",
	[CMD_CANCEL] = "cancel", [CMD_DROP] = "drop", [CMD_PING] = "ping",
	[CMD_EXIT] = "exit", [CMD_KILL] = "kill", [CMD_BURY] = "bury",
	[CMD_OFFER] = "offer", [CMD_END] = "end", [CMD_RELEASE] = "release",
	[CMD_FORGET] = "forget", [CMD_REFUSED] = "refused",
	[CMD_QUARANTINE] = "quarantine",
	[CMD_READY] = "ready", [CMD_RENEW] = "renew", [CMD_SWEEP] = "sweep",
};

static void
carry_out(struct desk *d)
{
	struct command c;
	size_t i = 0, len = strlen(d->said);

	plan_settle(&d->plan);
	while (plan_take(&d->plan, &i, &c)) {
		if (c.kind != CMD_RENEW && c.kind != CMD_SWEEP &&
		    c.kind != CMD_OFFER)
			len += (size_t)snprintf(d->said + len,
			    sizeof d->said - len, "%s ", names[c.kind]);
		if (c.kind == CMD_SPAWN)
			d->made[d->made_count++] = c.worker;
		if (c.kind == CMD_OFFER)
			plan_offered(c.pool, c.n, true);
		if (c.kind == CMD_FORGET)
			plan_forget(c.attempt);
		if (c.kind == CMD_BURY)
			plan_bury(c.worker);
	}
}

static const char *
look(struct desk *d)
{
	static char said[sizeof d->said];

	carry_out(d);
	memcpy(said, d->said, sizeof said);
	d->said[0] = '\0';
	return said;
}

static void
pass(struct desk *d, int64_t us)
{
	plan_at(&d->plan, d->plan.now + us);
	plan_tick(&d->plan);
}

/* One pool whose first worker is ready. */
static void
desk_open(struct desk *d, int max)
{
	struct plan_config cf = plan_config_default;

	memset(d, 0, sizeof *d);
	cf.max = max;
	plan_init(&d->plan, &cf);
	d->pool = plan_pool_add(&d->plan, false, NULL);
	plan_at(&d->plan, US_PER_S);
	plan_begin(&d->plan);
	CHECK_STR(look(d), "spawn ");
	plan_hello(d->made[0], true);
	CHECK_STR(look(d), "ready ");
}

static struct attempt *
start(struct desk *d, int64_t run_no, int64_t timeout_us)
{
	const struct job_info info = {
		.kind = JOB_RUN, .run_no = run_no, .fence = 1,
		.owner = "alice", .timeout_us = timeout_us,
	};
	struct attempt *a;

	plan_start(d->pool, &info, &a);
	return a;
}

static void
test_killed_after_commit(void)
{
	struct attempt *a;
	struct desk d;

	desk_open(&d, 1);
	a = start(&d, 1, 100);
	CHECK_STR(look(&d), "invoke ");
	plan_started(a);
	pass(&d, 100 + d.plan.cfg.grace_us - 1);
	CHECK_STR(look(&d), "");
	pass(&d, 1);
	CHECK_STR(look(&d), "end ");
	CHECK_INT(a->phase, PHASE_ENDING);
	plan_over(a);
	CHECK_STR(look(&d), "kill spawn ");
	plan_dead(d.made[0], "killed SIGKILL");
	CHECK_STR(look(&d), "forget bury ");
	plan_fini(&d.plan);
}

/* What runs is over, its plugin has not returned: others needn't wait. */
static void
test_not_returned(void)
{
	struct attempt *a, *next;
	struct desk d;

	desk_open(&d, 2);
	a = start(&d, 1, 0);
	CHECK_STR(look(&d), "invoke ");
	plan_started(a);
	plan_finish(a);
	plan_over(a);
	pass(&d, 10 * d.plan.cfg.return_us);
	CHECK_STR(look(&d), "forget ");
	next = start(&d, 2, 0);
	CHECK_STR(look(&d), "invoke ");
	/* It answers, and begins nothing. */
	pass(&d, d.plan.cfg.silent_us);
	CHECK_STR(look(&d), "ping ");
	CHECK(plan_pong(d.made[0], d.made[0]->ping_seq));
	plan_heard(d.made[0], d.plan.now);
	pass(&d, d.plan.cfg.silent_us);
	plan_pong(d.made[0], d.made[0]->ping_seq);
	look(&d);
	CHECK_INT(d.made[0]->state, WORKER_READY);
	pass(&d, d.plan.cfg.return_us - 2 * d.plan.cfg.silent_us);
	CHECK_STR(look(&d), "kill ");
	plan_dead(d.made[0], "killed SIGKILL");
	CHECK_STR(look(&d), "bury spawn ");
	plan_hello(d.made[1], true);
	CHECK_STR(look(&d), "invoke ");
	CHECK(next->worker == d.made[1]);
	CHECK_INT(next->losses, 0);
	CHECK_INT(d.pool->crashes, 0);
	plan_fini(&d.plan);
}

static void
test_own_end_wins(void)
{
	struct attempt *a;
	struct desk d;

	desk_open(&d, 1);
	a = start(&d, 1, 100);
	plan_started(a);
	pass(&d, 200);
	CHECK(plan_is_late(a));
	CHECK(plan_finish(a));
	pass(&d, d.plan.cfg.grace_us + 200);
	CHECK_STR(look(&d), "invoke ");
	/* Its worker dies before the COMMIT: nothing changes. */
	plan_dead(d.made[0], "crashed SIGSEGV");
	CHECK_HAS(look(&d), "bury");
	plan_over(a);
	CHECK_STR(look(&d), "forget ");
	plan_fini(&d.plan);
}

static void
test_host_was_quicker(void)
{
	struct attempt *a;
	struct desk d;

	desk_open(&d, 1);
	a = start(&d, 1, 100);
	plan_started(a);
	pass(&d, 100 + d.plan.cfg.grace_us);
	CHECK_STR(look(&d), "invoke end ");
	/* The plugin ends after all: there is nothing left to kill. */
	CHECK(!plan_finish(a));
	plan_over(a);
	CHECK_STR(look(&d), "forget ");
	plan_fini(&d.plan);
}

static void
test_stopped_answering(void)
{
	struct attempt *a;
	struct desk d;

	desk_open(&d, 1);
	a = start(&d, 1, 0);
	plan_started(a);
	pass(&d, d.plan.cfg.silent_us);
	CHECK_STR(look(&d), "invoke ping ");
	CHECK(!plan_pong(d.made[0], 2));
	CHECK(plan_pong(d.made[0], 1));
	CHECK(!plan_pong(d.made[0], 1));
	pass(&d, d.plan.cfg.silent_us);
	CHECK_STR(look(&d), "ping ");
	pass(&d, d.plan.cfg.pong_us);
	CHECK_STR(look(&d), "kill ");
	plan_dead(d.made[0], "killed SIGKILL");
	CHECK_STR(a->why, "stopped answering");
	CHECK_STR(look(&d), "end bury spawn ");
	plan_over(a);
	CHECK_STR(look(&d), "forget ");
	plan_fini(&d.plan);
}

static void
test_deaf(void)
{
	struct attempt *a;
	struct desk d;

	desk_open(&d, 1);
	a = start(&d, 1, 0);
	plan_started(a);
	plan_deaf(d.made[0], true);
	pass(&d, 100 * US_PER_S);
	CHECK_STR(look(&d), "invoke ");
	plan_deaf(d.made[0], false);
	pass(&d, d.plan.cfg.silent_us);
	CHECK_STR(look(&d), "ping ");
	plan_fini(&d.plan);
}

static void
test_stuck_move(void)
{
	struct attempt *a, *b;
	struct desk d;

	desk_open(&d, 2);
	a = start(&d, 1, 0);
	plan_started(a);
	CHECK(plan_finish(a));
	plan_over(a);
	CHECK_STR(look(&d), "invoke forget ");
	/* Runs were quick: the next may wait behind another one. */
	a = start(&d, 2, 0);
	b = start(&d, 3, 0);
	CHECK_STR(look(&d), "invoke invoke spawn ");
	plan_started(a);
	plan_hello(d.made[1], true);
	CHECK(b->worker == d.made[0]);
	pass(&d, d.plan.cfg.stuck_us);
	CHECK_STR(look(&d), "drop ping ");
	CHECK(plan_pong(d.made[0], 1));
	CHECK(b->worker == d.made[1]);
	CHECK_STR(look(&d), "invoke ");
	plan_fini(&d.plan);
}

static void
test_drop_too_late(void)
{
	struct attempt *a;
	struct desk d;

	desk_open(&d, 1);
	a = start(&d, 1, 0);
	plan_cancel(a);
	CHECK_STR(look(&d), "invoke drop ping end ");
	/* It had started: it is told, then killed. */
	plan_started(a);
	CHECK_STR(look(&d), "cancel ");
	CHECK(plan_pong(d.made[0], 1));
	plan_over(a);
	pass(&d, d.plan.cfg.cancel_grace_us);
	CHECK_HAS(look(&d), "kill ");
	plan_dead(d.made[0], "killed SIGKILL");
	CHECK_STR(look(&d), "forget bury spawn ");
	plan_fini(&d.plan);
}

/* Each report is answered with the request, which is no news. */
static void
test_cancelled_often(void)
{
	struct attempt *a;
	struct desk d;
	int i;

	desk_open(&d, 1);
	a = start(&d, 1, 0);
	plan_started(a);
	CHECK_STR(look(&d), "invoke ");
	plan_cancel(a);
	CHECK_STR(look(&d), "cancel ");
	for (i = 0; i < 99; i++) {
		plan_heard(d.made[0], d.plan.now);
		pass(&d, d.plan.cfg.cancel_grace_us / 100);
		plan_cancel(a);
		CHECK_STR(look(&d), "");
	}
	pass(&d, d.plan.cfg.cancel_grace_us / 100);
	CHECK_STR(look(&d), "end ");
	CHECK_STR(a->why, "did not stop when it was cancelled");
	plan_fini(&d.plan);
}

static void
test_innocent(void)
{
	struct attempt *a, *b;
	struct desk d;

	desk_open(&d, 1);
	d.pool->average_us = 0;
	a = start(&d, 1, 100);
	plan_started(a);
	b = start(&d, 2, 0);
	CHECK(b->worker == d.made[0]);
	pass(&d, 100 + d.plan.cfg.grace_us);
	plan_over(a);
	look(&d);
	/* The next run started in the moment before the kill. */
	plan_finish(a);
	plan_started(b);
	plan_dead(d.made[0], "killed SIGKILL");
	CHECK_HAS(look(&d), "release ");
	CHECK_INT(b->phase, PHASE_ENDING);
	plan_over(b);
	CHECK_STR(look(&d), "forget ");
	plan_fini(&d.plan);
}

static void
test_poison(void)
{
	struct attempt *a, *b;
	struct desk d;
	int i;

	desk_open(&d, 1);
	d.pool->average_us = 0;
	a = start(&d, 1, 0);
	b = start(&d, 2, 0);
	CHECK_STR(look(&d), "invoke invoke ");
	for (i = 0; i < 2; i++) {
		plan_dead(d.made[i], "crashed SIGSEGV");
		pass(&d, d.pool->not_before_us - d.plan.now);
		look(&d);
		plan_hello(d.made[i + 1], true);
		CHECK_STR(look(&d), "invoke invoke ");
	}
	plan_dead(d.made[2], "crashed SIGSEGV");
	CHECK_STR(look(&d), "end bury ");
	CHECK_STR(a->why, "3 workers in a row ended before it had started, "
	    "the last: crashed SIGSEGV");
	/* The one behind it is heard of no ill. */
	CHECK_INT(b->losses, 0);
	plan_over(a);
	CHECK_HAS(look(&d), "forget ");
	plan_fini(&d.plan);
}

static void
test_backoff(void)
{
	int64_t wait;
	struct desk d;
	size_t i;

	desk_open(&d, 1);
	/* The first one may happen. */
	plan_dead(d.made[0], "crashed SIGSEGV");
	CHECK_STR(look(&d), "bury spawn ");
	for (i = 1; i < 10; i++) {
		/* No reason to put the plugin out of use. */
		d.made[i]->unmade = true;
		plan_dead(d.made[i], "cannot be started: no memory");
		CHECK_STR(look(&d), "bury ");
		CHECK_INT(d.pool->offered, 0);
		wait = d.pool->not_before_us - d.plan.now;
		CHECK(wait <= d.plan.cfg.backoff_max_us);
		CHECK(wait >= (100 * US_PER_MS << i) || i >= 9);
		pass(&d, wait - 1);
		CHECK_STR(look(&d), "");
		pass(&d, 1);
		CHECK_STR(look(&d), "spawn ");
	}
	CHECK_INT(wait, d.plan.cfg.backoff_max_us);
	plan_fini(&d.plan);
}

static void
test_never_loads_again(void)
{
	struct attempt *a;
	struct desk d;
	size_t i;

	desk_open(&d, 1);
	plan_dead(d.made[0], "crashed SIGSEGV");
	a = start(&d, 1, 0);
	CHECK_STR(look(&d), "bury spawn ");
	for (i = 1; i <= 5; i++) {
		CHECK_INT(d.pool->state, POOL_ON);
		plan_dead(d.made[i], "exited 1");
		carry_out(&d);
		pass(&d, d.pool->not_before_us - d.plan.now);
		carry_out(&d);
	}
	CHECK_INT(d.pool->state, POOL_OFF);
	CHECK_HAS(look(&d), "refused bury end ");
	CHECK_STR(a->why, "the plugin is out of use: did not load 5 times in "
	    "a row, the last: exited 1");
	plan_over(a);
	CHECK_STR(look(&d), "forget ");
	/* What waits in the ledger is claimed, to end as well. */
	CHECK_INT(d.pool->offered, 1);
	a = start(&d, 2, 0);
	CHECK_STR(look(&d), "end ");
	plan_fini(&d.plan);
}

/* A desk whose plugin goes into quarantine. */
static void
desk_strict(struct desk *d, int max, int crashes)
{
	struct plan_config cf = plan_config_default;

	memset(d, 0, sizeof *d);
	cf.max = max;
	cf.crash_limit = crashes;
	plan_init(&d->plan, &cf);
	d->pool = plan_pool_add(&d->plan, false, NULL);
	plan_at(&d->plan, US_PER_S);
	plan_begin(&d->plan);
	look(d);
	plan_hello(d->made[0], true);
	CHECK_STR(look(d), "ready ");
}

/* The newest worker gets the run, begins it and dies; its end is written. */
static void
crash_in(struct desk *d, int64_t run_no)
{
	struct attempt *a = start(d, run_no, 0);
	struct worker *w;

	look(d);
	pass(d, d->pool->not_before_us - d->plan.now);
	look(d);
	w = d->made[d->made_count - 1];
	plan_hello(w, true);
	look(d);
	CHECK(a->worker == w);
	if (a->worker != w)
		return;
	plan_started(a);
	plan_dead(w, "crashed SIGSEGV");
	look(d);
	plan_over(a);
}

static void
test_quarantine(void)
{
	struct attempt *a;
	struct desk d;
	int64_t n;

	desk_strict(&d, 1, 3);
	/* The same run, over and over, is that run's affair. */
	for (n = 0; n < 6; n++)
		crash_in(&d, 1);
	crash_in(&d, 2);
	CHECK_INT(d.pool->state, POOL_ON);
	/* Workers wait longer each time, until a run has ended well. */
	CHECK(d.pool->not_before_us - d.plan.now >= 6 * US_PER_S);
	crash_in(&d, 3);
	CHECK_INT(d.pool->state, POOL_OFF);
	CHECK(d.pool->quarantined);
	CHECK_STR(d.pool->why, "in quarantine: 3 crashes within 600 s, the "
	    "last: crashed SIGSEGV");
	/* What waits goes back, and nothing is claimed any more. */
	a = start(&d, 4, 0);
	CHECK_STR(look(&d), "forget release ");
	CHECK_INT(a->phase, PHASE_ENDING);
	plan_over(a);
	look(&d);
	CHECK_INT(d.pool->offered, 0);
	CHECK_INT(d.pool->up, 0);
	pass(&d, 3600 * US_PER_S);
	CHECK_STR(look(&d), "");
	/* It may go on, with a clean slate. */
	plan_unpark(d.pool, NULL);
	CHECK_STR(look(&d), "spawn ");
	CHECK_INT(d.pool->state, POOL_ON);
	crash_in(&d, 5);
	crash_in(&d, 6);
	CHECK_INT(d.pool->state, POOL_ON);
	plan_fini(&d.plan);
}

static void
test_quarantine_window(void)
{
	struct desk d;
	int64_t n;

	desk_strict(&d, 1, 3);
	for (n = 1; n < 12; n++) {
		crash_in(&d, n);
		pass(&d, 301 * US_PER_S);
	}
	CHECK_INT(d.pool->state, POOL_ON);
	plan_fini(&d.plan);
}

/* Loads that fail count, one by one; what others run ends in its time. */
static void
test_quarantine_load(void)
{
	struct attempt *a, *b;
	struct desk d;
	size_t i;

	desk_strict(&d, 2, 3);
	a = start(&d, 1, 0);
	b = start(&d, 2, 0);
	CHECK_STR(look(&d), "invoke spawn ");
	plan_started(a);
	for (i = 1; i < 4; i++) {
		plan_dead(d.made[i], "exited 7");
		look(&d);
		pass(&d, d.pool->not_before_us - d.plan.now);
		look(&d);
	}
	CHECK(d.pool->quarantined);
	CHECK_INT(b->phase, PHASE_ENDING);
	CHECK_INT(a->phase, PHASE_LIVE);
	CHECK_INT(d.made[0]->state, WORKER_READY);
	CHECK(plan_finish(a));
	plan_over(a);
	CHECK_STR(look(&d), "exit forget ");
	plan_fini(&d.plan);
}

static void
test_idle(void)
{
	struct attempt *a, *b;
	struct desk d;

	desk_open(&d, 4);
	a = start(&d, 1, 0);
	b = start(&d, 2, 0);
	CHECK_STR(look(&d), "invoke spawn ");
	plan_hello(d.made[1], true);
	plan_started(a);
	plan_started(b);
	plan_finish(a);
	plan_over(a);
	plan_finish(b);
	plan_over(b);
	look(&d);
	pass(&d, d.plan.cfg.idle_us - 1);
	CHECK_STR(look(&d), "");
	pass(&d, 1);
	/* The least number of workers stays. */
	CHECK_STR(look(&d), "exit ");
	pass(&d, 100 * d.plan.cfg.idle_us);
	CHECK_STR(look(&d), "kill ");
	CHECK_INT(d.pool->up, 1);
	plan_fini(&d.plan);
}

static void
test_never_hello(void)
{
	struct plan_config cf = plan_config_default;
	struct desk d;

	memset(&d, 0, sizeof d);
	plan_init(&d.plan, &cf);
	d.pool = plan_pool_add(&d.plan, false, NULL);
	plan_at(&d.plan, US_PER_S);
	plan_begin(&d.plan);
	pass(&d, cf.start_us);
	CHECK_STR(look(&d), "spawn kill ");
	plan_dead(d.made[0], "killed SIGKILL");
	CHECK_STR(look(&d), "refused ready bury ");
	CHECK_STR(d.pool->why, "did not load and say hello in time");
	plan_fini(&d.plan);
}

/* Two plugins of one name: which has it must not depend on who is quicker. */
static void
test_probes(void)
{
	struct plan_config cf = plan_config_default;
	struct desk d = { 0 };
	int i;

	plan_init(&d.plan, &cf);
	for (i = 0; i < 6; i++)
		plan_pool_add(&d.plan, false, NULL);
	plan_at(&d.plan, US_PER_S);
	plan_begin(&d.plan);
	CHECK_STR(look(&d), "spawn spawn spawn spawn ");
	CHECK(!d.made[0]->unheard);
	CHECK(d.made[1]->unheard);
	/* What isn't heard can't be late. */
	pass(&d, cf.start_us - 1);
	plan_hello(d.made[0], true);
	CHECK_STR(look(&d), "hear spawn ");
	pass(&d, cf.start_us - 1);
	CHECK_STR(look(&d), "");
	plan_refused(d.made[1], "is no plugin");
	CHECK_STR(look(&d), "refused hear spawn kill ");
	/* One that can't be made loses its turn, and no other's. */
	plan_dead(d.made[3], "cannot be started");
	CHECK_STR(look(&d), "refused bury ");
	plan_hello(d.made[2], true);
	CHECK_STR(look(&d), "hear ");
	CHECK(!d.made[4]->unheard);
	/* Whoever stops before its turn is to be seen to stop. */
	plan_close(&d.plan);
	CHECK_STR(look(&d), "exit exit kill hear kill ");
	plan_fini(&d.plan);
}

static void
test_offers(void)
{
	struct attempt *a;
	struct desk d;

	desk_open(&d, 3);
	CHECK_INT(d.pool->offered, 3);
	a = start(&d, 1, 0);
	carry_out(&d);
	CHECK_INT(d.pool->offered, 2);
	CHECK_INT(d.pool->held, 1);
	plan_started(a);
	plan_finish(a);
	carry_out(&d);
	/*
	 * It took no time: now each worker may have more.  The next run may be
	 * claimed by the very batch that ends this one.
	 */
	CHECK_INT(d.pool->offered, 3 * d.plan.cfg.slots);
	CHECK_INT(d.pool->held, 0);
	plan_over(a);
	carry_out(&d);
	CHECK_INT(d.pool->offered, 3 * d.plan.cfg.slots);
	plan_drain(&d.plan, d.plan.now);
	carry_out(&d);
	CHECK_INT(d.pool->offered, 0);
	plan_fini(&d.plan);
}

static void
test_no_room(void)
{
	struct attempt *a;
	struct desk d;

	desk_open(&d, 1);
	a = start(&d, 1, 0);
	CHECK_STR(look(&d), "invoke ");
	plan_unsent(a);
	CHECK_STR(look(&d), "ping ");
	plan_room(d.made[0]);
	CHECK_STR(look(&d), "invoke ");
	CHECK(plan_pong(d.made[0], 1));
	/* It doesn't read at all. */
	plan_unsent(a);
	CHECK_STR(look(&d), "ping ");
	pass(&d, d.plan.cfg.pong_us);
	CHECK_STR(look(&d), "kill ");
	plan_fini(&d.plan);
}

static void
test_untrusted_at_once(void)
{
	struct desk d;

	desk_open(&d, 1);
	plan_trust(d.pool, true);
	CHECK_STR(look(&d), "exit spawn ");
	/* A thread that loads can only be waited for. */
	plan_trust(d.pool, false);
	CHECK_STR(look(&d), "spawn ");
	plan_hello(d.made[1], true);
	CHECK_STR(look(&d), "exit ");
	plan_dead(d.made[1], "ended its thread");
	CHECK_STR(look(&d), "bury ");
	CHECK_INT(d.pool->crashes, 0);
	plan_fini(&d.plan);
}

/* The ledger has its count still: so has the pool, and asks again. */
static void
test_offer_kept(void)
{
	struct desk d;
	size_t i = 0;
	struct command c;

	desk_open(&d, 3);
	CHECK_INT(d.pool->offered, 3);
	plan_trust(d.pool, true);
	plan_settle(&d.plan);
	while (plan_take(&d.plan, &i, &c))
		if (c.kind == CMD_OFFER) {
			CHECK_INT(c.n, -3);
			plan_offered(c.pool, c.n, false);
		}
	CHECK_INT(d.pool->offered, 3);
	CHECK(!d.pool->taking);
	pass(&d, US_PER_S);
	carry_out(&d);
	/* Taken back, and one offered for the host itself. */
	carry_out(&d);
	CHECK_INT(d.pool->offered, 1);
	CHECK(d.pool->offer_inproc);
	plan_fini(&d.plan);
}

/* Who has what was taken back ends at once; its run isn't to blame. */
static void
test_taken_back(void)
{
	struct attempt *a, *behind;
	struct desk d;

	desk_open(&d, 1);
	a = start(&d, 1, 0);
	CHECK_STR(look(&d), "invoke ");
	plan_started(a);
	d.pool->average_us = 0;
	behind = start(&d, 2, 0);
	CHECK_STR(look(&d), "invoke ");
	plan_given(d.pool, true);
	CHECK_STR(look(&d), "kill spawn ");
	plan_dead(d.made[0], "killed SIGKILL");
	CHECK_STR(look(&d), "release bury ");
	CHECK_STR(a->why, "a capability of its plugin was taken back");
	CHECK_INT(d.pool->crashes, 0);
	CHECK_INT(behind->side, SIDE_WAITING);
	plan_hello(d.made[1], true);
	CHECK_STR(look(&d), "invoke ");
	CHECK(behind->worker == d.made[1]);
	/* One that is ending already is not waited for. */
	plan_given(d.pool, false);
	CHECK_STR(look(&d), "drop ping spawn ");
	CHECK(plan_pong(d.made[1], 1));
	CHECK_STR(look(&d), "exit ");
	plan_given(d.pool, true);
	CHECK_STR(look(&d), "kill kill spawn ");
	plan_fini(&d.plan);
}

/* A run's worker goes with it, and with that what the run left behind. */
static void
test_once(void)
{
	struct attempt *a;
	struct desk d;

	desk_open(&d, 1);
	d.pool->once = true;
	d.pool->average_us = 0;
	a = start(&d, 1, 0);
	start(&d, 2, 0);
	CHECK_STR(look(&d), "invoke ");
	plan_started(a);
	CHECK(plan_finish(a));
	CHECK_STR(look(&d), "");
	plan_over(a);
	CHECK_STR(look(&d), "exit forget spawn ");
	plan_fini(&d.plan);
}

/* What was added is in new workers; the old ones end what they have. */
static void
test_added(void)
{
	struct attempt *a, *next;
	struct desk d;

	desk_open(&d, 2);
	a = start(&d, 1, 0);
	CHECK_STR(look(&d), "invoke ");
	plan_started(a);
	plan_given(d.pool, false);
	CHECK_STR(look(&d), "spawn ");
	next = start(&d, 2, 0);
	CHECK_STR(look(&d), "");
	plan_hello(d.made[1], true);
	CHECK_STR(look(&d), "invoke ");
	CHECK(next->worker == d.made[1]);
	CHECK(plan_finish(a));
	plan_over(a);
	CHECK_STR(look(&d), "exit forget ");
	plan_fini(&d.plan);
}

const struct unit_test sched_cases_tests[] = {
	{ "what was taken back ends with the workers that have it",
	    test_taken_back },
	{ "a worker that may run programs ends with its run", test_once },
	{ "what was added is in new workers, the others end in peace",
	    test_added },
	{ "a time-out is committed before its worker is killed",
	    test_killed_after_commit },
	{ "an end that the plugin said wins over deadline and crash",
	    test_own_end_wins },
	{ "a worker that ends late, but does, is not killed",
	    test_host_was_quicker },
	{ "a worker that doesn't answer is killed, and that is the cause",
	    test_stopped_answering },
	{ "a worker whose socket isn't read is not asked", test_deaf },
	{ "runs behind one that takes long go to other workers",
	    test_stuck_move },
	{ "a plugin that ends a run and doesn't return holds up no other",
	    test_not_returned },
	{ "a run that started though it was cancelled is stopped",
	    test_drop_too_late },
	{ "a cancel has one grace, however often it is said",
	    test_cancelled_often },
	{ "a run hit by another's kill is lost, not failed", test_innocent },
	{ "a run whose workers die before it starts is ended", test_poison },
	{ "workers that keep dying are made less and less often",
	    test_backoff },
	{ "a run that a full socket doesn't take waits for room",
	    test_no_room },
	{ "a plugin that crashes in several runs is in quarantine",
	    test_quarantine },
	{ "crashes that are long ago don't count", test_quarantine_window },
	{ "a plugin that crashes at its load is in quarantine, others' runs go "
	    "on", test_quarantine_load },
	{ "a plugin that loads no more is out of use, and its runs end",
	    test_never_loads_again },
	{ "idle workers end, down to the least number", test_idle },
	{ "a plugin that doesn't say hello is refused", test_never_hello },
	{ "a thread that loads is not killed when trust ends",
	    test_untrusted_at_once },
	{ "an offer that isn't taken back still counts", test_offer_kept },
	{ "plugins load together and are heard in their order",
	    test_probes },
	{ "offers follow what workers can take", test_offers },
	{ NULL, NULL },
};
