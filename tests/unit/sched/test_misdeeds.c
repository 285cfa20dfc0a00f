/*
 * The control thread with plugins that break rules, hang or nest, and with
 * a ledger that refuses.
 */
#include "unit/sched/rig.h"

#include "lib/unit.h"

#include "action/call.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const mock[] = { "runner_mock", NULL };
static const char *const probe[] = { "test_probe", NULL };
static const char *const rude[] = { "test_rude", NULL };

static void
test_rude(void)
{
	struct rig r;

	if (rig_open(&r, rude)) {
		rig_run(&r, "rude", "garbage", 1);
		rig_wait(&r, "before", 1);
		rig_wait(&r, "error \"protocol error: ", 1);
		rig_run(&r, "rude", "forge", 2);
		rig_wait(&r, "error \"protocol error: event type "
		    "\"host.started\" is the host's own\"", 1);
		rig_run(&r, "rude", "stranger", 3);
		rig_wait(&r, "error \"protocol error: EVENTS of an unknown "
		    "invocation\"", 1);
		CHECK_INT(rig_count(&r, "failed host retry"), 3);
		rig_run(&r, "rude", "nest", 4);
		rig_wait(&r, "run_finalize 4", 1);
	}
	rig_fini(&r);
}

static void
test_nested(void)
{
	struct rig_run run = {
		.plugin = "rude", .runner = "nest", .run_no = 1,
		.raw_args = "rude.leaf",
	};
	struct rig r;

	if (rig_init(&r, rude)) {
		r.cfg.worker_max = 1;
		if (!rig_start(&r))
			goto out;
		/* One worker is not enough for a plugin that calls itself. */
		rig_hand(&r, &run);
		rig_wait(&r, "output \"nested 0 \"leaf\"\"", 1);
		run.run_no = 2;
		run.raw_args = "rude.deep";
		rig_hand(&r, &run);
		rig_wait(&r, "output \"nested 0 [0,[0,[0,[0,[0,[0,[20,0]", 1);
	}
out:
	rig_fini(&r);
}

static void
test_deadlock(void)
{
	struct rig_run run = {
		.plugin = "rude", .runner = "nest", .run_no = 1,
		.raw_args = "rude.leaf", .inproc = true,
	};
	struct rig r;

	if (rig_open(&r, rude)) {
		rig_trust(&r, "rude", true);
		rig_wait(&r, "slots_offer by runtime:local rude 1 inproc", 1);
		rig_hand(&r, &run);
		rig_wait(&r, "output \"nested 20 ", 1);
	}
	rig_fini(&r);
}

static void
test_action_hangs(void)
{
	struct call *c;
	struct rig r;

	if (rig_init(&r, rude)) {
		r.cfg.action_timeout_ms = 50;
		r.cfg.grace_ms = 20;
		if (!rig_start(&r))
			goto out;
		c = rig_call(&r, "rude.hang", "{}");
		rig_wait(&r, "answered rude.hang 15 no end within", 1);
		call_free(c);
		c = rig_call(&r, "rude.leaf", "{}");
		rig_wait(&r, "answered rude.leaf 0 \"leaf\"", 1);
		call_free(c);
	}
out:
	rig_fini(&r);
}

static void
test_abandoned(void)
{
	struct rig_run run = {
		.plugin = "probe", .runner = "hang", .run_no = 1,
		.inproc = true, .timeout_ms = 30,
	};
	struct rig r;

	if (rig_init(&r, probe)) {
		r.cfg.grace_ms = 20;
		if (!rig_start(&r))
			goto out;
		rig_trust(&r, "probe", true);
		rig_hand(&r, &run);
		rig_wait(&r, "timeout host retry error", 1);
		rig_wait(&r, "reason \"abandoned\"", 1);
		rig_wait(&r, "degraded: 1 lost thread(s)", 1);
		/* On another thread the plugin goes on. */
		run.run_no = 2;
		run.runner = "events";
		rig_hand(&r, &run);
		rig_wait(&r, "completed output \"done\"", 1);
	}
out:
	rig_fini(&r);
}

/* It hangs until a file is there. */
static void
test_late_thread(void)
{
	char path[256];
	struct rig_run run = {
		.plugin = "probe", .runner = "linger", .run_no = 1,
		.inproc = true, .timeout_ms = 30, .raw_args = path,
	};
	struct rig r;

	snprintf(path, sizeof path, "%s/end", unit_tmpdir());
	if (rig_init(&r, probe)) {
		r.cfg.grace_ms = 20;
		r.cfg.sweep_ms = 10;
		if (!rig_start(&r))
			goto out;
		rig_trust(&r, "probe", true);
		rig_hand(&r, &run);
		rig_wait(&r, "degraded: 1 lost thread(s)", 1);
		close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
		rig_wait(&r, "degraded: no more", 1);
	}
out:
	rig_fini(&r);
}

/* A thread that is killed in wait() ends, if it is given a moment. */
static void
test_wakes(void)
{
	struct rig_run run = {
		.plugin = "probe", .runner = "wait", .run_no = 1,
		.inproc = true,
	};
	struct rig r;

	if (rig_open(&r, probe)) {
		rig_trust(&r, "probe", true);
		rig_hand(&r, &run);
		rig_wait(&r, "waiting", 1);
		sched_drain(r.sched, 10);
		rig_wait(&r, "started \"the host stops\"", 1);
		sched_stop(r.sched);
		CHECK_INT(rig_count(&r, "degraded"), 0);
	}
	rig_fini(&r);
}

static void
test_refused_end(void)
{
	struct rig r;

	if (rig_open(&r, probe)) {
		rig_refuse(&r, "run_finalize", RH_EINPUT, 1);
		rig_run(&r, "probe", "given", 1);
		rig_wait(&r, "failed host error \"the end could not be "
		    "written: refused\"", 1);
		rig_refuse(&r, "run_finalize", RH_EFULL, 1);
		rig_run(&r, "probe", "given", 2);
		rig_wait(&r, "run_finalize 2 by plugin:probe", 1);
	}
	rig_fini(&r);
}

static void
test_owners(void)
{
	struct rig_run run = {
		.plugin = "probe", .runner = "facts", .run_no = 1,
	};
	struct rig r;

	if (rig_init(&r, probe)) {
		r.cfg.worker_max = 1;
		if (!rig_start(&r))
			goto out;
		/* One that keeps state serves one owner, and makes room. */
		rig_run(&r, "probe", "twice", 1);
		rig_wait(&r, "run_finalize 1", 1);
		run.owner = "user:bob";
		run.runner = "stale";
		run.run_no = 2;
		rig_hand(&r, &run);
		rig_wait(&r, "output \"finish -1 ", 1);
	}
out:
	rig_fini(&r);
}

static char *
blanks(size_t len)
{
	char *text = mem_alloc(len + 1);

	memset(text, ' ', len);
	text[len] = '\0';
	return text;
}

static void
test_too_big(void)
{
	char *much = blanks(5 * 1024 * 1024);
	struct rig_run run = {
		.plugin = "mock", .runner = "mock", .run_no = 1,
		.raw_args = much,
	};
	struct rig r;

	if (rig_open(&r, mock)) {
		rig_hand(&r, &run);
		rig_wait(&r, "failed host error \"invocation of 5243", 1);
		run.run_no = 2;
		run.raw_args = NULL;
		run.metadata = "{\"delay_ms\":0}";
		rig_hand(&r, &run);
		rig_wait(&r, "run_finalize 2 by plugin:mock", 1);
		CHECK_INT(rig_count(&r, "run_finalize"), 2);
	}
	rig_fini(&r);
	free(much);
}

/* Room for many in a socket, if they were small. */
static void
test_large_burst(void)
{
	char *much = blanks(3500 * 1024);
	struct rig_run run = {
		.plugin = "mock", .runner = "mock",
		.metadata = "{\"delay_ms\":0}",
	};
	struct rig r;

	if (rig_open(&r, mock)) {
		for (run.run_no = 1; run.run_no <= 100; run.run_no++)
			rig_hand(&r, &run);
		rig_wait(&r, " completed", 100);
		run.raw_args = much;
		for (; run.run_no <= 124; run.run_no++)
			rig_hand(&r, &run);
		rig_wait(&r, "run_finalize", 124);
		CHECK_INT(rig_count(&r, " completed"), 124);
	}
	rig_fini(&r);
	free(much);
}

const struct unit_test sched_misdeeds_tests[] = {
	{ "a worker that breaks the protocol ends its run alone", test_rude },
	{ "a plugin may call itself, up to a depth", test_nested },
	{ "a call that could never be carried out is refused",
	    test_deadlock },
	{ "an action that doesn't end is ended", test_action_hangs },
	{ "a lost thread that ends is lost no more", test_late_thread },
	{ "a thread that waits isn't lost when it is told to end",
	    test_wakes },
	{ "an end that the ledger refuses is another end", test_refused_end },
	{ "a run that fits no message fails, and its worker lives",
	    test_too_big },
	{ "a burst of large runs is no worker's fault", test_large_burst },
	{ "a worker serves no second owner unless it keeps nothing",
	    test_owners },
	/* Last: its thread keeps a handle that others would be given. */
	{ "a thread that doesn't end is abandoned, and that is said",
	    test_abandoned },
	{ NULL, NULL },
};
