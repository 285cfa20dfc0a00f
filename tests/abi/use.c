/*
 * Uses the headers as an author would, in what C and C++ have in common;
 * with PLUGIN also the macro that needs designated initialisers.
 */
#include <runhost/easy.h>

static void
run(const struct rh_invocation *inv, const struct rh_host *host)
{
	struct rh_text name;
	char text[80];
	uint64_t len;
	int32_t fd;

	if (!RH_HAS(host, extension) || !RH_HAS(inv, reason)) {
		rh_failed(host, inv, 1, "too old a host");
		return;
	}
	rh_progress(host, inv, "STAGE", 5, NULL);
	rh_print(host, inv, "text");
	rh_print_error(host, inv, "text");
	rh_event(host, inv, "use.seen", "{}");
	rh_log(host, inv, RH_LOG_INFO, "text");
	if (rh_secret(host, inv, "key", text, sizeof text, &len) != RH_OK)
		rh_log(host, inv, RH_LOG_WARN, text);
	if (rh_connect(host, inv, "db", 5432, 0, &fd, text, sizeof text) !=
	    RH_OK)
		rh_log(host, inv, RH_LOG_WARN, text);
	if (rh_json_member(inv->input, "name", &name) &&
	    rh_text_is(name, "\"x\"") &&
	    rh_json_i64(inv->config, "delay_ms", 0) == 0)
		rh_failed_retryable(host, inv, 1, "not now");
	else if (host->wait(inv->handle, 1) != RH_OK)
		rh_finish_as_stopped(host, inv);
	else
		rh_completed(host, inv, "output");
}

#ifdef PLUGIN
static const struct rh_runner use = {
	.size = sizeof use,
	.flags = RH_RUNNER_IDEMPOTENT,
	.name = "use",
	.summary = NULL,
	.run = run,
};
static const struct rh_runner *const runners[] = { &use, NULL };

RH_PLUGIN(0,
	.id = "org.example.use",
	.version = "1.0.0",
	.runners = runners,
);
#else
extern const rh_run_fn use;
const rh_run_fn use = run;
#endif
