/*
 * A plugin being served, in a worker and in-process: the same tests, since
 * a plugin must not see a difference.
 */
#include "lib/peer.h"
#include "lib/unit.h"

#include "worker/invoke.h"

#include <stdio.h>
#include <string.h>

#define H(generation) (((uint64_t)(generation) << 32) | 1)

/* A probe that has said hello. */
static bool
open_probe(struct peer *p, enum peer_kind kind)
{
	return peer_open(p, "probe", kind) && peer_expect(p, FRAME_HELLO);
}

static void
hello(enum peer_kind kind)
{
	struct peer p;

	if (peer_open(&p, "probe", kind) && peer_expect(&p, FRAME_HELLO)) {
		CHECK(p.body.len > 2 && p.body.p[0] == '{');
		CHECK(memmem(p.body.p, p.body.len, "\"probe.greet\"", 13) !=
		    NULL);
	}
	peer_close(&p);
}

static void
in_order(enum peer_kind kind)
{
	struct peer p;

	if (open_probe(&p, kind)) {
		peer_invoke(&p, H(1), "events");
		CHECK_STR(peer_run(&p), "started 4294967297\n"
		    "progress 10 first begun\nevent found {\"n\":1}\n"
		    "stdout hi\nstderr oops\nprogress 100 last \n"
		    "finish completed 0 done\n");
	}
	peer_close(&p);
}

static void
given(enum peer_kind kind)
{
	struct peer p;

	if (open_probe(&p, kind)) {
		peer_invoke(&p, H(1), "given");
		CHECK_HAS(peer_run(&p),
		    "finish completed 0 run_1 a b {\"n\":1} 1 1\n");
	}
	peer_close(&p);
}

static void
granted(enum peer_kind kind)
{
	struct peer p;

	if (open_probe(&p, kind)) {
		peer_invoke(&p, H(1), "granted");
		CHECK_HAS(peer_run(&p), kind == PEER_WORKER ?
		    "finish completed 0 0 5 5 1 9\n" :
		    "finish completed 0 17 17 17 17 9\n");
	}
	peer_close(&p);
}

static void
action(enum peer_kind kind)
{
	struct peer p;

	if (open_probe(&p, kind)) {
		peer_invoke(&p, H(1), "probe.greet");
		CHECK_HAS(peer_run(&p),
		    "finish completed 0 {\"hello\":{\"n\":1}}\n");
		peer_invoke(&p, H(2), "probe.none");
		CHECK_HAS(peer_run(&p),
		    "finish failed 1 the plugin has no such action\n");
		peer_invoke(&p, H(3), "none");
		CHECK_HAS(peer_run(&p),
		    "finish failed 1 the plugin has no such runner\n");
	}
	peer_close(&p);
}

static void
queued(enum peer_kind kind)
{
	struct peer p;

	if (open_probe(&p, kind)) {
		peer_invoke(&p, H(1), "events");
		peer_invoke(&p, H(2), "given");
		peer_invoke(&p, H(3), "silent");
		CHECK_HAS(peer_run(&p), "started 4294967297\n");
		CHECK_HAS(peer_run(&p), "started 8589934593\n");
		CHECK_STR(peer_run(&p), "started 12884901889\n"
		    "finish failed 1 returned without an outcome\n");
	}
	peer_close(&p);
}

static void
dropped(enum peer_kind kind)
{
	struct peer p;

	if (open_probe(&p, kind)) {
		peer_invoke(&p, H(1), "wait");
		peer_invoke(&p, H(2), "given");
		peer_invoke(&p, H(3), "given");
		peer_expect(&p, FRAME_STARTED);
		peer_send(&p, FRAME_DROP, H(2));
		peer_send(&p, FRAME_DROP, H(1));	/* runs: stays */
		peer_send(&p, FRAME_DROP, H(9));	/* unknown: ignored */
		peer_ping(&p, 5);
		CHECK(p.text.p == NULL ||
		    strstr(p.text.p, "started 8589934593") == NULL);
		peer_send(&p, FRAME_CANCEL, H(1));
		CHECK_HAS(peer_run(&p), "finish completed 0 wait 16");
		CHECK_HAS(peer_run(&p), "started 12884901889\n");
	}
	peer_close(&p);
}

static void
cancelled(enum peer_kind kind)
{
	struct peer p;

	if (open_probe(&p, kind)) {
		peer_invoke(&p, H(1), "wait");
		peer_invoke(&p, H(2), "wait");
		peer_expect(&p, FRAME_STARTED);
		peer_expect(&p, FRAME_EVENTS);
		peer_send(&p, FRAME_CANCEL, H(2));
		peer_send(&p, FRAME_CANCEL, H(7));
		peer_send(&p, FRAME_CANCEL, H(1));
		CHECK_STR(peer_run(&p),
		    "finish completed 0 wait 16 cancelled 1\n");
		CHECK_HAS(peer_run(&p), "wait 16 cancelled 1\n");
	}
	peer_close(&p);
}

/* The time-out counts from the start and is seen as a deadline. */
static void
deadline(enum peer_kind kind)
{
	struct rh_invocation inv = {
		.size = sizeof inv, .kind = RH_INVOKE_RUN,
		.runner = { "wait", 4 }, .timeout_ms = 1,
	};
	struct buf b = { 0 };
	struct peer p;

	if (open_probe(&p, kind)) {
		invoke_pack(&b, &inv);
		channel_send(p.chan, FRAME_INVOKE, H(1), 0, b.p, b.len);
		CHECK_HAS(peer_run(&p), "wait 15 cancelled 1\n");
		buf_clear(&b);
		inv.timeout_ms = 3600000;
		inv.deadline_us = 1;
		invoke_pack(&b, &inv);
		channel_send(p.chan, FRAME_INVOKE, H(2), 0, b.p, b.len);
		CHECK_HAS(peer_run(&p), "wait 15 cancelled 1\n");
	}
	buf_fini(&b);
	peer_close(&p);
}

static void
stale(enum peer_kind kind)
{
	struct peer p;

	if (open_probe(&p, kind)) {
		peer_invoke(&p, H(1), "twice");
		CHECK_STR(peer_run(&p),
		    "started 4294967297\nfinish completed 0 first\n");
		peer_invoke(&p, H(2), "stale");
		CHECK_HAS(peer_run(&p), "finish completed 0 "
		    "finish 9 output 9 flush 9 wait 9 cancelled 1\n");
	}
	peer_close(&p);
}

static void
requests(enum peer_kind kind)
{
	struct peer p;

	if (open_probe(&p, kind)) {
		peer_invoke(&p, H(1), "requests");
		CHECK_HAS(peer_run(&p), "stdout first\n"
		    "CALL run_get {}\nSTATE_GET runner k\n"
		    "STATE_SET runner k 1\nCHECKPOINT cp ");
		CHECK(memmem(p.text.p, p.text.len, "\nFLUSH\nfinish completed "
		    "0 call 0 {} get 0 {} set 0 checkpoint 0 flush 0\n", 72)
		    != NULL);
	}
	peer_close(&p);
}

static void
wrong(enum peer_kind kind)
{
	struct peer p;

	if (open_probe(&p, kind)) {
		peer_invoke(&p, H(1), "wrong");
		CHECK_STR(peer_run(&p), "started 4294967297\n"
		    "progress 60 s \n"
		    "log 2 11 reports refused, the last: "
		    "outcome without its size or a part of it\n"
		    "finish completed 0 0 1 1 1 10 1 1 1 17 1 10 1 1\n");
	}
	peer_close(&p);
}

static void
sized(enum peer_kind kind)
{
	struct peer p;

	if (open_probe(&p, kind)) {
		peer_invoke(&p, H(1), "sized");
		CHECK_HAS(peer_run(&p), "finish completed 0 sized\n");
	}
	peer_close(&p);
}

/* Each thread's events are there, in its order, whatever shares a frame. */
static void
flood(enum peer_kind kind)
{
	int next[4] = { 0 }, thread, i, n = 0;
	struct peer p;
	const char *at;

	if (open_probe(&p, kind)) {
		peer_invoke(&p, H(1), "flood");
		at = peer_run(&p);
		CHECK_HAS(at, "finish completed 0 flooded\n");
		while ((at = strstr(at, "event flood")) != NULL) {
			CHECK_INT(sscanf(at, "event flood {\"t\":%d,\"i\":%d}",
			    &thread, &i), 2);
			if (!CHECK(thread >= 0 && thread < 4) ||
			    !CHECK_INT(i, next[thread]))
				break;
			next[thread]++;
			at++;
			n++;
		}
		CHECK_INT(n, 4 * 500);
	}
	peer_close(&p);
}

static void
big(enum peer_kind kind)
{
	size_t seen = 0, i;
	struct peer p;

	if (open_probe(&p, kind)) {
		peer_invoke(&p, H(1), "big");
		peer_run(&p);
		for (i = 0; i < p.text.len; i++)
			seen += p.text.p[i] == 'o';
		/* and those of 33 "stdout " and of "completed" */
		CHECK_UINT(seen, 2 * 1024 * 1024 + 32 + 1);
	}
	peer_close(&p);
}

static void
other_thread(enum peer_kind kind)
{
	struct peer p;

	if (open_probe(&p, kind)) {
		peer_invoke(&p, H(1), "other_thread");
		CHECK_HAS(peer_run(&p),
		    "finish completed 0 by another thread\n");
		peer_invoke(&p, H(2), "given");
		CHECK_HAS(peer_run(&p), "started 8589934593\n");
	}
	peer_close(&p);
}

/* Before anything else the host is asked to keep the start. */
static void
once(enum peer_kind kind)
{
	struct peer p;

	if (open_probe(&p, kind)) {
		peer_invoke(&p, H(1), "once");
		CHECK_HAS(peer_run(&p),
		    "started 4294967297\nFLUSH\nfinish completed");
	}
	peer_close(&p);
}

static void
once_refused(enum peer_kind kind)
{
	struct peer p;

	if (open_probe(&p, kind)) {
		peer_invoke(&p, H(1), "once");
		peer_expect(&p, FRAME_STARTED);
		peer_expect(&p, FRAME_FLUSH);
		peer_reply(&p, RH_EBUSY);
		peer_expect(&p, FRAME_FLUSH);
		peer_reply(&p, RH_ESTALE);
		CHECK_STR(peer_run(&p), "finish failed 1 "
		    "its start could not be recorded\n");
	}
	peer_close(&p);
}

static void
pings(enum peer_kind kind)
{
	struct peer p;

	if (open_probe(&p, kind)) {
		peer_invoke(&p, H(1), "wait");
		peer_ping(&p, 77);
		peer_send(&p, FRAME_CANCEL, H(1));
		CHECK_HAS(peer_run(&p), "finish completed");
	}
	peer_close(&p);
}

/* Only in-process: in a worker the process ends, see test_spawner.c. */
static void
test_stop_wakes(void)
{
	struct peer p;

	if (open_probe(&p, PEER_INPROC)) {
		peer_invoke(&p, H(1), "wait");
		peer_invoke(&p, H(2), "wait");
		peer_expect(&p, FRAME_STARTED);
	}
	peer_close(&p);		/* checks that the threads ended */
}

/* The thread stays for the rest of this process, as it would in a host. */
static void
test_lost_thread(void)
{
	struct peer p;

	if (open_probe(&p, PEER_INPROC)) {
		peer_invoke(&p, H(0xdead), "hang");
		peer_expect(&p, FRAME_STARTED);
		peer_expect(&p, FRAME_EVENTS);
		CHECK(!inproc_stop(p.inproc, 1));
		p.inproc = NULL;
	}
	peer_close(&p);
	if (open_probe(&p, PEER_INPROC)) {
		peer_invoke(&p, H(1), "given");
		CHECK_HAS(peer_run(&p), "finish completed");
	}
	peer_close(&p);
}

/* The same table twice. */
#define BOTH(f)								\
	static void f##_worker(void) { f(PEER_WORKER); }		\
	static void f##_inproc(void) { f(PEER_INPROC); }

BOTH(hello)
BOTH(in_order)
BOTH(given)
BOTH(granted)
BOTH(action)
BOTH(queued)
BOTH(dropped)
BOTH(cancelled)
BOTH(deadline)
BOTH(stale)
BOTH(requests)
BOTH(sized)
BOTH(wrong)
BOTH(flood)
BOTH(big)
BOTH(other_thread)
BOTH(once)
BOTH(once_refused)
BOTH(pings)

#define TESTS(where)							\
	{ "says hello with its description", hello_##where },		\
	{ "what a run reports arrives in order", in_order_##where },	\
	{ "a run is given what was sent", given_##where },		\
	{ "a worker's plugin hears what was granted, one in the host none",	\
	    granted_##where },						\
	{ "actions are found by name, unknown names fail",		\
	    action_##where },						\
	{ "invocations run one after the other", queued_##where },	\
	{ "a dropped invocation never starts", dropped_##where },	\
	{ "a cancel wakes wait(), also before the start",		\
	    cancelled_##where },					\
	{ "the nearer of time-out and deadline ends wait()",		\
	    deadline_##where },						\
	{ "a handle is stale after its finish", stale_##where },	\
	{ "requests wait for their replies, behind what was reported",	\
	    requests_##where },						\
	{ "an outcome too short is refused, one too long is taken",	\
	    sized_##where },						\
	{ "what breaks a rule is refused, counted and logged",		\
	    wrong_##where },						\
	{ "threads may report at the same time", flood_##where },	\
	{ "a megabyte goes as output and as outcome", big_##where },	\
	{ "any thread may finish", other_thread_##where },		\
	{ "what may not be done twice waits for its start to be kept",	\
	    once_##where },						\
	{ "what may not be done twice isn't begun without its start",	\
	    once_refused_##where },					\
	{ "a ping is answered while the plugin is busy", pings_##where }

const struct unit_test worker_serve_tests[] = {
	TESTS(worker), { NULL, NULL },
};

const struct unit_test worker_inproc_tests[] = {
	TESTS(inproc),
	{ "stopping wakes a plugin that waits", test_stop_wakes },
	{ "a thread that does not come back is lost, and nothing else",
	    test_lost_thread },
	{ NULL, NULL },
};
