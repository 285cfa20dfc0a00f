/*
 * What a run may use: buckets, ends by a limit, and what /proc says of a
 * tree of processes, against the clock of a process that is burnt here.
 */
#include "lib/unit.h"

#include "base/clock.h"
#include "sched/bucket.h"
#include "sched/plan.h"
#include "worker/usage.h"

#include <runhost/host.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void
test_bucket(void)
{
	struct bucket b;

	bucket_fill(&b, 1000, 5 * US_PER_S);
	CHECK(bucket_take(&b, 1000, 5 * US_PER_S));
	CHECK_INT(bucket_wait(&b, 5 * US_PER_S), 0);
	/* One too many: until that and a hundredth's worth have come. */
	CHECK(!bucket_take(&b, 1, 5 * US_PER_S));
	CHECK_INT(bucket_wait(&b, 5 * US_PER_S), 11 * US_PER_MS + 1);
	CHECK_INT(bucket_wait(&b, 5 * US_PER_S + 11 * US_PER_MS + 1), 0);
	/* It is never fuller than at first. */
	CHECK(!bucket_take(&b, 500, 5 * US_PER_S + 11 * US_PER_MS + 1));
	CHECK(bucket_take(&b, 1, 100 * US_PER_S));
	CHECK_INT((int64_t)b.left, 1000);
	CHECK(bucket_take(&b, 1000, 100 * US_PER_S));
	/* What is owed is owed, however much. */
	CHECK(!bucket_take(&b, INT64_C(1) << 40, 100 * US_PER_S));
	CHECK(bucket_wait(&b, 100 * US_PER_S) > INT64_C(1) << 40);
}

/* All that comes in an hour, taken as fast as it may be: no more and not
 * much less than the rate. */
static void
test_bucket_rate(void)
{
	static const int64_t rates[] = { 1, 7, 100, 99999, INT64_C(1) << 36 };
	int64_t now, end = 3600 * US_PER_S, sum, wait, piece;
	struct bucket b;
	size_t i;

	for (i = 0; i < sizeof rates / sizeof rates[0]; i++) {
		piece = rates[i] / 50 + 1;
		bucket_fill(&b, rates[i], 0);
		for (now = sum = 0; now < end; now += wait) {
			do
				sum += piece;
			while (bucket_take(&b, piece, now));
			wait = bucket_wait(&b, now);
			CHECK(wait > 0);
			if (wait <= 0)
				break;
		}
		CHECK(sum <= rates[i] * 3601 + 2 * piece);
		CHECK(sum >= rates[i] * 3500);
	}
	bucket_fill(&b, 0, 0);
	CHECK(bucket_take(&b, INT64_MAX, 0) && bucket_take(&b, INT64_MAX, 0));
	CHECK_INT(bucket_wait(&b, 0), 0);
}

static struct worker *made;
static const struct command *ended;

/* What is to be done, a letter each. */
static const char *
carry_out(struct plan *p)
{
	static struct command end;
	static char said[64];
	struct command c;
	size_t i = 0, n = 0;

	plan_settle(p);
	while (plan_take(p, &i, &c)) {
		if (c.kind == CMD_OFFER)
			plan_offered(c.pool, c.n, true);
		if (c.kind == CMD_SPAWN)
			made = c.worker;
		if (c.kind == CMD_END) {
			end = c;
			ended = &end;
		}
		if (n < sizeof said - 1 && (c.kind == CMD_END ||
		    c.kind == CMD_KILL || c.kind == CMD_RELEASE))
			said[n++] = c.kind == CMD_END ? 'e' :
			    c.kind == CMD_KILL ? 'k' : 'r';
	}
	said[n] = '\0';
	return said;
}

static struct attempt *
running(struct plan *p)
{
	const struct job_info info = { .kind = JOB_RUN, .run_no = 1,
		.fence = 1, .owner = "alice" };
	struct pool *pool;
	struct attempt *a;

	plan_init(p, &plan_config_default);
	pool = plan_pool_add(p, false, NULL);
	plan_at(p, US_PER_S);
	plan_begin(p);
	carry_out(p);
	plan_hello(made, true);
	plan_start(pool, &info, &a);
	carry_out(p);
	plan_started(a);
	return a;
}

static void
test_ended(void)
{
	struct plan p;
	struct attempt *a = running(&p);
	struct worker *w = made;

	/* What its worker had used before isn't its own. */
	CHECK_INT(plan_cpu(a, 7 * US_PER_S), 0);
	CHECK_INT(plan_cpu(a, 9 * US_PER_S), 2 * US_PER_S);
	plan_limit(a, "limit.cpu", "used too much");
	CHECK_STR(carry_out(&p), "e");
	CHECK_INT(ended->outcome, RH_FAILED);
	CHECK_INT(ended->status, RH_EPLUGIN);
	CHECK(!ended->retry);
	CHECK_STR(a->why, "used too much");
	CHECK_STR(a->limit, "limit.cpu");
	/* Once only; killed only after its end is written. */
	plan_limit(a, "limit.calls", "and again");
	CHECK_STR(carry_out(&p), "");
	CHECK_STR(a->why, "used too much");
	plan_over(a);
	CHECK_STR(carry_out(&p), "k");
	CHECK(w->gave_up);
	plan_fini(&p);
}

static void
test_said_first(void)
{
	struct plan p;
	struct attempt *a = running(&p);

	CHECK(plan_finish(a));
	plan_limit(a, "limit.cpu", "too late");
	CHECK_STR(carry_out(&p), "");
	CHECK(a->limit == NULL);
	plan_fini(&p);
}

/* Uses 200 ms, says so, and waits to be ended. */
static void
burn(int say)
{
	struct timespec t;

	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	while (t.tv_sec == 0 && t.tv_nsec < 200000000);
	if (write(say, "x", 1) != 1)
		_exit(1);
}

/* A child, its child, and one that it has waited for: 200 ms each. */
static void
test_usage(void)
{
	int fds[2];
	char got[3];
	int64_t us = 0;
	size_t n = 0, files = 0;
	pid_t pid, inner;

	CHECK_INT(pipe(fds), 0);
	if ((pid = fork()) == 0) {
		setpgid(0, 0);
		if ((inner = fork()) == 0)
			burn(fds[1]), _exit(0);
		waitpid(inner, NULL, 0);
		if (fork() == 0)
			for (burn(fds[1]);;)
				pause();
		for (burn(fds[1]);;)
			pause();
	}
	while (n < sizeof got && read(fds[0], got, 1) == 1)
		n++;
	CHECK(usage_cpu(pid, &us, &files));
	/* Two processes of one thread each. */
	CHECK_UINT(files, 4);
	CHECK(us >= 570000 && us < 900000);
	kill(-pid, SIGKILL);
	while (waitpid(-pid, NULL, 0) > 0)
		continue;
	CHECK(!usage_cpu(pid, &us, &files));
	close(fds[0]);
	close(fds[1]);
}

const struct unit_test sched_limits_tests[] = {
	{ "a bucket gives what it holds, then its rate", test_bucket },
	{ "what comes through a bucket in an hour is its rate",
	    test_bucket_rate },
	{ "a run that used too much ends by that limit, then its worker",
	    test_ended },
	{ "an end that the plugin said wins over a limit", test_said_first },
	{ "what a worker used is the sum of its processes", test_usage },
	{ NULL, NULL },
};
