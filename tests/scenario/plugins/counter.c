/*
 * The runner "counter" says n = 1, 2, … as events, up to "to" of its run's
 * metadata, "delay_ms" after each: whoever reads them sees what came twice,
 * and what is missing.
 */
#include <runhost/easy.h>

#include <stdio.h>

static void
run(const struct rh_invocation *inv, const struct rh_host *host)
{
	int64_t n, to = rh_json_i64(inv->metadata, "to", 10);
	int64_t ms = rh_json_i64(inv->metadata, "delay_ms", 10);
	char data[32];

	for (n = 1; n <= to; n++) {
		snprintf(data, sizeof data, "{\"n\":%lld}", (long long)n);
		rh_event(host, inv, "count", data);
		if (host->wait(inv->handle, ms) != RH_OK) {
			rh_finish_as_stopped(host, inv);
			return;
		}
	}
	rh_completed(host, inv, "counted");
}

static const struct rh_runner counter = {
	.size = sizeof counter,
	.flags = RH_RUNNER_IDEMPOTENT,
	.name = "counter",
	.summary = "Counts",
	.run = run,
};
static const struct rh_runner *const runners[] = { &counter, NULL };

RH_PLUGIN(0,
	.flags = RH_PLUGIN_STATELESS,
	.id = "counter",
	.version = "1.0.0",
	.summary = "Counts",
	.runners = runners,
);
