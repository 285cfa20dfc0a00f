/*
 * The control thread with real workers: what it tells the ledger of what
 * plugins do.
 */
#include "unit/sched/rig.h"

#include "lib/unit.h"

#include "action/call.h"
#include "base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char *const mock[] = { "runner_mock", NULL };
static const char *const probe[] = { "test_probe", NULL };

static void
test_discovery(void)
{
	static const char *const three[] = {
		"runner_mock", "action_hello", "test_future", NULL,
	};
	char path[256];
	struct rig r;
	int fd;

	snprintf(path, sizeof path, "%s/text.so", unit_tmpdir());
	fd = open(path, O_WRONLY | O_CREAT, 0644);
	CHECK_INT(write(fd, "text\n", 5), 5);
	close(fd);
	if (rig_open(&r, three)) {
		CHECK(registry_find(r.registry, STR("mock")) != NULL);
		CHECK(registry_find(r.registry, STR("hello")) != NULL);
		CHECK_UINT(registry_count(r.registry), 4);
		CHECK_INT(registry_at(r.registry, 2)->state, PLUGIN_REFUSED);
		CHECK_HAS(registry_at(r.registry, 2)->error, "SDK");
		CHECK_INT(registry_at(r.registry, 3)->state, PLUGIN_REFUSED);
		CHECK_INT(r.ready, 1);
		rig_wait(&r, "slots_offer by runtime:local mock 2", 1);
		rig_wait(&r, "slots_offer by runtime:local hello 2", 1);
	}
	rig_fini(&r);
}

static void
test_fast(void)
{
	const struct rig_run run = {
		.plugin = "mock", .runner = "mock", .run_no = 7,
		.metadata = "{\"delay_ms\":0}",
	};
	struct rig r;

	if (rig_init(&r, mock)) {
		/* However slow this machine is, what may wait does. */
		r.cfg.hold_ms = 60000;
		if (!rig_start(&r))
			goto out;
		rig_hand(&r, &run);
		rig_wait(&r, " completed output \"Mock execution", 1);
		CHECK(rig_count(&r, "run_report") <= 1);
		CHECK_INT(rig_count(&r, "run_finalize 7 by plugin:mock"), 1);
		CHECK_INT(rig_count(&r, " start"), 1);
		CHECK_INT(rig_count(&r, " p5"), 1);
		CHECK_INT(rig_count(&r, " p100"), 1);
	}
out:
	rig_fini(&r);
}

static void
test_many(void)
{
	struct rig_run run = {
		.plugin = "mock", .runner = "mock",
		.metadata = "{\"delay_ms\":0}",
	};
	struct rig r;

	if (rig_open(&r, mock)) {
		for (run.run_no = 1; run.run_no <= 300; run.run_no++)
			rig_hand(&r, &run);
		rig_wait(&r, "run_finalize", 300);
		CHECK_INT(rig_count(&r, " completed"), 300);
		CHECK_INT(rig_count(&r, " p100"), 300);
	}
	rig_fini(&r);
}

static void
test_crash(void)
{
	struct rig r;

	if (rig_open(&r, probe)) {
		rig_run(&r, "probe", "crash", 1);
		rig_wait(&r, "failed host retry error \"crashed SIGSEGV\"", 1);
		CHECK_INT(rig_count(&r, "(out\",\"text\":\"before\\n\""), 1);
		rig_run(&r, "probe", "exit", 2);
		rig_wait(&r, "failed host retry error \"exited 3\"", 1);
		rig_run(&r, "probe", "thread_exit", 3);
		rig_wait(&r, "failed host retry error \"exited 71\"", 1);
		rig_run(&r, "probe", "silent", 4);
		rig_wait(&r, "run_finalize 4 by plugin:probe", 1);
		rig_wait(&r, "failed error \"returned without an outcome\"",
		    1);
	}
	rig_fini(&r);
}

static void
test_timeout(void)
{
	struct rig_run run = {
		.plugin = "probe", .runner = "hang", .run_no = 1,
		.timeout_ms = 50,
	};
	struct rig r;

	if (rig_init(&r, probe)) {
		r.cfg.grace_ms = 50;
		r.cfg.worker_max = 1;
		if (!rig_start(&r))
			goto out;
		rig_hand(&r, &run);
		run.run_no = 2;
		run.runner = "events";
		run.timeout_ms = 0;
		rig_hand(&r, &run);
		rig_wait(&r, "timeout host retry error \"no end within 0.05 s "
		    "and a grace of 0.05 s\"", 1);
		/* Its worker was killed, another one made. */
		rig_wait(&r, "completed output \"done\"", 1);
		run.run_no = 3;
		run.runner = "wait";
		run.timeout_ms = 30;
		rig_hand(&r, &run);
		rig_wait(&r, "run_finalize 3 by plugin:probe", 1);
		rig_wait(&r, "completed output \"wait 15 cancelled 1\"", 1);
	}
out:
	rig_fini(&r);
}

static void
test_cancel(void)
{
	int64_t fence;
	struct rig r;

	if (rig_init(&r, probe)) {
		r.cfg.cancel_grace_ms = 100;
		r.cfg.worker_max = 1;
		if (!rig_start(&r))
			goto out;
		fence = rig_run(&r, "probe", "wait", 1);
		rig_wait(&r, "waiting", 1);
		rig_effect(&r, EFFECT_CANCEL, NULL, 1, fence);
		rig_wait(&r, "completed output \"wait 16 cancelled 1\"", 1);
		fence = rig_run(&r, "probe", "hang", 2);
		rig_wait(&r, "hanging", 1);
		/* One behind it that has not started. */
		rig_effect(&r, EFFECT_CANCEL, NULL, 3,
		    rig_run(&r, "probe", "events", 3));
		rig_wait(&r, "cancelled host error \"cancelled before it "
		    "started\"", 1);
		rig_effect(&r, EFFECT_CANCEL, NULL, 2, fence);
		rig_wait(&r, "cancelled host error \"did not stop", 1);
		rig_run(&r, "probe", "events", 4);
		rig_wait(&r, "completed output \"done\"", 1);
		CHECK_INT(rig_count(&r, "run_finalize"), 4);
	}
out:
	rig_fini(&r);
}

static void
test_requests(void)
{
	struct rig r;

	if (rig_open(&r, probe)) {
		rig_run(&r, "probe", "requests", 5);
		rig_wait(&r, "completed output \"call 6 {\"ok\":false", 1);
		CHECK_INT(rig_count(&r, "run_get 5 by plugin:probe"), 1);
		CHECK_INT(rig_count(&r, "plugin_state_get 5 by plugin:probe "
		    "runner k"), 1);
		CHECK_INT(rig_count(&r, "plugin_state_set 5 by plugin:probe "
		    "runner k 1\n"), 1);
		CHECK_INT(rig_count(&r, "run_checkpoint 5 by plugin:probe cp"),
		    1);
		rig_wait(&r, "get 0 \"stored\" set 0 checkpoint 0 flush 0", 1);
	}
	rig_fini(&r);
}

static void
test_printed(void)
{
	struct rig r;

	if (rig_open(&r, probe)) {
		rig_run(&r, "probe", "printf", 1);
		rig_wait(&r, "run_finalize", 1);
		CHECK_INT(rig_count(&r, "(out\",\"text\":\"no newline\""), 1);
		CHECK_INT(rig_count(&r, "(err\",\"text\":\"an error\\n\""), 1);
	}
	rig_fini(&r);
}

static void
test_loud(void)
{
	const struct rig_run run = {
		.plugin = "mock", .runner = "mock", .run_no = 1,
		.action_id = "loud", .metadata = "{\"delay_ms\":0}",
	};
	struct rig r;

	if (rig_init(&r, mock)) {
		r.cfg.limits.output_bytes = 100000;
		if (!rig_start(&r))
			goto out;
		rig_hand(&r, &run);
		rig_wait(&r, " completed output \"Mock", 1);
		CHECK_INT(rig_count(&r, " truncated"), 1);
		/* What is left of 100,000 bytes, in pieces of 32 KiB. */
		CHECK(rig_count(&r, "(out\",\"text\":\".") >= 3);
		CHECK(rig_count(&r, "(out\",\"text\":\".") <= 8);
	}
out:
	rig_fini(&r);
}

static void
test_flood(void)
{
	struct rig r;

	if (rig_open(&r, probe)) {
		rig_refuse(&r, "run_report", RH_EBUSY, 3);
		rig_run(&r, "probe", "flood", 1);
		rig_wait(&r, "completed output \"flooded\"", 1);
		CHECK_INT(rig_count(&r, " flood"), 2000);
	}
	rig_fini(&r);
}

static void
test_stale(void)
{
	struct rig r;

	if (rig_open(&r, probe)) {
		rig_refuse(&r, "run_report", RH_ESTALE, 1);
		rig_run(&r, "probe", "wait", 1);
		rig_wait(&r, "refused run_report 1\n", 1);
		/* It is told to stop, and its end is of no interest. */
		rig_run(&r, "probe", "events", 2);
		rig_wait(&r, "run_finalize 2", 1);
		rig_run(&r, "probe", "given", 3);
		rig_wait(&r, "run_finalize 3", 1);
		CHECK_INT(rig_count(&r, "run_finalize 1"), 0);
	}
	rig_fini(&r);
}

static void
test_stale_paused(void)
{
	struct rig r;

	if (rig_init(&r, probe)) {
		r.cfg.worker_max = 1;
		r.cfg.cancel_grace_ms = 600000;
		if (!rig_start(&r))
			goto out;
		/* By then it has said more than may wait, and isn't read. */
		rig_refuse(&r, "run_report", RH_EBUSY, 1000000);
		rig_run(&r, "probe", "flood", 1);
		rig_wait(&r, "refused run_report 1\n", 50);
		rig_effect(&r, EFFECT_FENCED, NULL, 1, 1);
		rig_run(&r, "probe", "given", 2);
		rig_wait(&r, "run_finalize 2", 1);
	}
out:
	rig_fini(&r);
}

/* The wall clock was set, forward or back, after the host had started. */
static void
skewed(int64_t us)
{
	struct call *c;
	struct rig r;

	if (rig_init(&r, probe)) {
		r.skew_us = us;
		if (!rig_start(&r))
			goto out;
		c = rig_call(&r, "probe.wait", "{}");
		rig_wait(&r, "answered probe.wait 0 {\"wait\":0}", 1);
		call_free(c);
		rig_run(&r, "probe", "paced", 1);
		rig_wait(&r, "run_finalize 1", 1);
		CHECK(r.last_us - r.first_us >= 20 * US_PER_MS);
	}
out:
	rig_fini(&r);
}

static void
test_skewed(void)
{
	skewed(-3600 * US_PER_S);
	skewed(3600 * US_PER_S);
}

static void
test_joined(void)
{
	struct rig r;

	if (rig_open(&r, probe)) {
		rig_hold(&r, "run_report");
		rig_run(&r, "probe", "wait", 1);
		rig_wait(&r, "waiting", 1);
		/* Its end is there, and waits for its first report. */
		rig_effect(&r, EFFECT_CANCEL, NULL, 1, 1);
		rig_run(&r, "probe", "events", 2);
		rig_wait(&r, "run_finalize 2", 1);
		CHECK_INT(rig_count(&r, "run_finalize 1"), 0);
		rig_free(&r);
		rig_wait(&r, "run_finalize 1", 1);
	}
	rig_fini(&r);
}

static void
test_action(void)
{
	static const char *const hello[] = { "action_hello", "test_probe",
	    NULL };
	struct call *c, *d;
	struct rig r;

	if (rig_open(&r, hello)) {
		c = rig_call(&r, "hello.greet", "{\"name\":\"World\"}");
		rig_wait(&r, "answered hello.greet 0 {\"greeting\":"
		    "\"Hello, World!\"}", 1);
		d = rig_call(&r, "probe.greet", "{\"a\":1}");
		rig_wait(&r, "answered probe.greet 0 {\"hello\":{\"a\":1}}",
		    1);
		call_free(c);
		call_free(d);
	}
	rig_fini(&r);
}

static void
test_drain(void)
{
	struct rig r;

	if (rig_init(&r, probe)) {
		r.cfg.worker_max = 1;
		if (!rig_start(&r))
			goto out;
		rig_run(&r, "probe", "hang", 1);
		rig_wait(&r, "hanging", 1);
		rig_run(&r, "probe", "events", 2);
		sched_drain(r.sched, 50);
		CHECK_INT(rig_count(&r, "run_release by runtime:local "
		    "unstarted \"the host stops\""), 1);
		CHECK_INT(rig_count(&r, "run_release by runtime:local "
		    "started \"the host stops\""), 1);
		rig_run(&r, "probe", "events", 3);
		rig_wait(&r, "unstarted", 2);
	}
out:
	rig_fini(&r);
}

static void
test_inproc(void)
{
	struct rig_run run = {
		.plugin = "probe", .runner = "events", .run_no = 1,
		.inproc = true, .timeout_ms = 100,
	};
	struct rig r;

	if (rig_init(&r, probe)) {
		r.cfg.grace_ms = 50;
		if (!rig_start(&r))
			goto out;
		rig_wait(&r, "slots_offer by runtime:local probe 2\n", 1);
		rig_trust(&r, "probe", true);
		rig_wait(&r, "slots_offer by runtime:local probe -2\n",
		    1);
		rig_wait(&r, "slots_offer by runtime:local probe 1 inproc\n",
		    1);
		rig_hand(&r, &run);
		rig_wait(&r, "completed output \"done\"", 1);
		run.run_no = 2;
		run.runner = "wait";
		run.timeout_ms = 30;
		rig_hand(&r, &run);
		rig_wait(&r, "completed output \"wait 15", 1);
		/* Claimed before the change, for a worker. */
		run.run_no = 3;
		run.inproc = false;
		rig_hand(&r, &run);
		rig_wait(&r, "unstarted \"trust in the plugin changed\"", 1);
		rig_trust(&r, "probe", false);
		run.run_no = 4;
		rig_hand(&r, &run);
		rig_wait(&r, "run_finalize 4", 1);
		CHECK_STR(r.degraded, "");
	}
out:
	rig_fini(&r);
}

static void
test_renewed(void)
{
	struct rig r;

	if (rig_init(&r, probe)) {
		r.cfg.lease_ms = 90;
		if (!rig_start(&r))
			goto out;
		rig_run(&r, "probe", "wait", 1);
		rig_wait(&r, "run_renew by runtime:local 1", 2);
		rig_effect(&r, EFFECT_FENCED, NULL, 1, 1);
		rig_run(&r, "probe", "events", 2);
		rig_wait(&r, "run_finalize 2", 1);
		CHECK_INT(rig_count(&r, "run_finalize 1"), 0);
	}
out:
	rig_fini(&r);
}

const struct unit_test sched_control_tests[] = {
	{ "plugins are enabled or refused, then all is ready",
	    test_discovery },
	{ "a run that takes no time costs one or two calls", test_fast },
	{ "300 runs at once are carried out one by one", test_many },
	{ "a worker's death is its run's failure, with what it had said",
	    test_crash },
	{ "a run that doesn't end is ended, and its worker killed",
	    test_timeout },
	{ "a cancel is told, then enforced, or prevents the start",
	    test_cancel },
	{ "requests are answered after the ledger has", test_requests },
	{ "what is printed on descriptors 1 and 2 becomes events",
	    test_printed },
	{ "output above the cap is dropped, and said so once", test_loud },
	{ "nothing is lost while the ledger is busy", test_flood },
	{ "an attempt that lost its run is stopped", test_stale },
	{ "one that had said too much is read again when it lost its run",
	    test_stale_paused },
	{ "a wall clock that was set hurries and delays nobody", test_skewed },
	{ "an end waits for the report before it", test_joined },
	{ "a plugin's actions are carried out and answered", test_action },
	{ "draining gives back what is not done", test_drain },
	{ "a trusted plugin runs in this process", test_inproc },
	{ "leases are renewed, and an attempt without one stops",
	    test_renewed },
	{ NULL, NULL },
};
