/*
 * The bench's own plugin.
 *
 * Runner "emit": from from_us until until_us (microseconds since 1970, in
 * its input) it reports events of about 150 bytes as fast as it is let, and waits for the
 * disk behind each group of them.
 *
 * Runner "nothing" ends at once.
 *
 * Runner "calls": how long calls of the host table take, as name=value.
 */
#include <runhost/easy.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define QUICK	2000	/* calls that don't wait for the disk */
#define LASTING	100	/* those that do */

static const char tick[] = "{\"stage\":\"EXECUTING\",\"pct\":40,\"run\":1,"
    "\"ts\":1790000000000,\"message\":\"progress reported by the mock runner "
    "while it works on the \\\"demo\\\" action\"}";
static const char tick_200[] = "{\"stage\":\"EXECUTING\",\"pct\":40,"
    "\"run\":1,\"ts\":1790000000000,\"message\":\"progress reported by the "
    "mock runner while it works on the \\\"demo\\\" action, with somewhat "
    "more to say than usual: two hundred bytes\"}";

static int64_t
clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* False: the run is to stop. */
static int
emit_group(const struct rh_invocation *inv, const struct rh_host *host,
    int64_t group)
{
	int64_t i;

	for (i = 0; i < group; i++) {
		if (rh_event(host, inv, "bench.tick", tick) != RH_OK)
			return 0;
	}
	return host->flush(inv->handle) == RH_OK &&
	    !host->cancelled(inv->handle);
}

static void
emit(const struct rh_invocation *inv, const struct rh_host *host)
{
	int64_t until = rh_json_i64(inv->input, "until_us", 0) * 1000;
	int64_t group = rh_json_i64(inv->input, "group", 5);
	int64_t early = rh_json_i64(inv->input, "from_us", 0) -
	    clock_ns(CLOCK_REALTIME) / 1000;

	if (early > 0)
		host->wait(inv->handle, early / 1000);
	while (clock_ns(CLOCK_REALTIME) < until &&
	    emit_group(inv, host, group))
		continue;
	rh_completed(host, inv, NULL);
}

static void
sink(void *ctx, const char *p, uint64_t len)
{
	(void)ctx;
	(void)p;
	(void)len;
}

static void
call_cancelled(const struct rh_invocation *inv, const struct rh_host *host)
{
	host->cancelled(inv->handle);
}

static void
call_event(const struct rh_invocation *inv, const struct rh_host *host)
{
	rh_event(host, inv, "bench.tick", tick_200);
}

static void
call_ping(const struct rh_invocation *inv, const struct rh_host *host)
{
	host->call(inv->handle, "host_ping", 9, "{}", 2, sink, NULL);
}

static void
call_flush(const struct rh_invocation *inv, const struct rh_host *host)
{
	call_event(inv, host);
	host->flush(inv->handle);
}

static const struct timed {
	const char *name;
	void	(*call)(const struct rh_invocation *, const struct rh_host *);
	int	n;
} timed[] = {
	{ "cancelled", call_cancelled, QUICK },
	{ "event", call_event, QUICK },
	{ "ping", call_ping, QUICK },
	{ "flush", call_flush, LASTING },
};

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The median of one kind of call, in ns, less what the clock takes. */
static int64_t
time_calls(const struct timed *t, const struct rh_invocation *inv,
    const struct rh_host *host)
{
	static int64_t took[QUICK];
	int64_t from, clock[QUICK];
	int i;

	for (i = 0; i < t->n; i++) {
		from = clock_ns(CLOCK_MONOTONIC);
		clock[i] = clock_ns(CLOCK_MONOTONIC) - from;
		from = clock_ns(CLOCK_MONOTONIC);
		t->call(inv, host);
		took[i] = clock_ns(CLOCK_MONOTONIC) - from;
	}
	qsort(took, (size_t)t->n, sizeof took[0], compare);
	qsort(clock, (size_t)t->n, sizeof clock[0], compare);
	return took[t->n / 2] - clock[t->n / 2];
}

static void
calls(const struct rh_invocation *inv, const struct rh_host *host)
{
	char text[512] = "";
	size_t i, len = 0;

	for (i = 0; i < sizeof timed / sizeof timed[0]; i++) {
		len += (size_t)snprintf(text + len, sizeof text - len,
		    "%s%s_ns=%lld", i == 0 ? "" : " ", timed[i].name,
		    (long long)time_calls(&timed[i], inv, host));
		/* What was reported is on its way out before the next. */
		host->flush(inv->handle);
	}
	rh_completed(host, inv, text);
}

static const struct rh_runner emit_runner = {
	.size = sizeof emit_runner,
	.flags = RH_RUNNER_IDEMPOTENT,
	.name = "emit",
	.summary = "Reports events as fast as it is let",
	.run = emit,
};
static const struct rh_runner calls_runner = {
	.size = sizeof calls_runner,
	.flags = RH_RUNNER_IDEMPOTENT,
	.name = "calls",
	.summary = "Times the calls of the host table",
	.run = calls,
};
/* A call and nothing else. */
static void
nothing(const struct rh_invocation *inv, const struct rh_host *host)
{
	rh_completed(host, inv, NULL);
}

static const struct rh_runner nothing_runner = {
	.size = sizeof nothing_runner,
	.flags = RH_RUNNER_IDEMPOTENT,
	.name = "nothing",
	.run = nothing,
};

static const struct rh_runner *const runners[] = {
	&emit_runner, &calls_runner, &nothing_runner, NULL,
};

RH_PLUGIN(0,
	.flags = RH_PLUGIN_STATELESS,
	.id = "bench",
	.version = "1.0.0",
	.summary = "What the benchmarks run",
	.runners = runners,
);
