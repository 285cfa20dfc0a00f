/*
 * What a plugin may report, at the limits and beyond.
 */
#include "lib/unit.h"

#include "base/mem.h"
#include "worker/report.h"

#include <stdlib.h>
#include <string.h>

static struct err err;

static rh_status
progress(struct str stage, int32_t percent, struct str message)
{
	struct event_record e = {
		.kind = EVENT_PROGRESS, .a = stage, .b = message,
		.percent = percent,
	};

	return report_event(&e, &err);
}

static rh_status
event(const char *type, const char *data)
{
	struct event_record e = {
		.kind = EVENT_PLUGIN, .a = str_of(type), .b = str_of(data),
	};
	rh_status rc = report_event(&e, &err);

	/* The worker answers by the one, the host by the other. */
	if (rc != RH_OK)
		CHECK_INT(err.status, rc);
	return rc;
}

/* len times the letter x, to be freed. */
static struct str
letters(size_t len)
{
	char *p = mem_alloc(len + 1);

	memset(p, 'x', len);
	return (struct str){ p, len };
}

static void
test_progress(void)
{
	struct str long_one = letters(REPORT_MESSAGE_MAX + 1);
	struct str fits = { long_one.p, REPORT_MESSAGE_MAX };

	CHECK_INT(progress(STR("s"), 0, STR("")), RH_OK);
	CHECK_INT(progress(STR(""), 100, fits), RH_OK);
	CHECK_INT(progress(STR("s"), -1, STR("")), RH_EINPUT);
	CHECK_INT(progress(STR("s"), 101, STR("")), RH_EINPUT);
	CHECK_STR(err.msg, "percent 101, not 0 to 100");
	CHECK_INT(progress(STR("s"), 1, long_one), RH_ETOOBIG);
	long_one.len = REPORT_STAGE_MAX;
	CHECK_INT(progress(long_one, 1, STR("")), RH_OK);
	long_one.len++;
	CHECK_INT(progress(long_one, 1, STR("")), RH_ETOOBIG);
	CHECK_INT(progress(STR("\xff"), 1, STR("")), RH_EINPUT);
	CHECK_INT(progress(STR("s"), 1, STR("\xc0\x80")), RH_EINPUT);
	CHECK_STR(err.msg, "message is not UTF-8");
	free((void *)long_one.p);
}

static void
test_event(void)
{
	struct event_record e = { .kind = EVENT_PLUGIN, .a = STR("big") };
	struct buf b = { 0 };

	CHECK_INT(event("found", "{}"), RH_OK);
	CHECK_INT(event("found.x-y_1", " { \"a\" : [1] } "), RH_OK);
	CHECK_INT(event("", "{}"), RH_EINPUT);
	CHECK_INT(event("Found", "{}"), RH_EINPUT);
	CHECK_INT(event("found", "[]"), RH_EINPUT);
	CHECK_STR(err.msg, "event data is not a JSON object");
	CHECK_INT(event("found", "{"), RH_EINPUT);
	CHECK_INT(event("found", ""), RH_EINPUT);
	buf_adds(&b, "{\"a\":\"");
	while (b.len < REPORT_DATA_MAX - 2)
		buf_addc(&b, 'x');
	buf_adds(&b, "\"}");
	e.b = (struct str){ b.p, b.len };
	CHECK_INT(report_event(&e, &err), RH_OK);
	buf_addc(&b, ' ');
	e.b = (struct str){ b.p, b.len };
	CHECK_INT(report_event(&e, &err), RH_ETOOBIG);
	buf_fini(&b);
}

static void
test_reserved(void)
{
	static const char *const refused[] = {
		"host.x", "admin.anything", "run.completed", "progress",
		"output", "checkpoint", "gate_result", "timeout_warning",
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(refused); i++) {
		CHECK_INT(event(refused[i], "{}"), RH_EINPUT);
		CHECK_HAS(err.msg, "is the host's own");
	}
	CHECK_INT(event("hostile", "{}"), RH_OK);
	CHECK_INT(event("progress2", "{}"), RH_OK);
	CHECK_INT(event("message.delta", "{}"), RH_OK);
	CHECK(!report_type_reserved(STR("")));
}

static void
test_output(void)
{
	struct event_record e = {
		.kind = EVENT_OUTPUT, .b = STR("\xff\0"), .stream = 1,
	};

	CHECK_INT(report_event(&e, &err), RH_OK);
	e.stream = 2;
	CHECK_INT(report_event(&e, &err), RH_OK);
	e.stream = 3;
	CHECK_INT(report_event(&e, &err), RH_EINPUT);
	e.kind = 9;
	CHECK_INT(report_event(&e, &err), RH_EINPUT);
}

static void
test_requests(void)
{
	struct str big = letters(REPORT_CHECKPOINT_MAX + 1);
	struct str fits = { big.p, REPORT_CHECKPOINT_MAX };

	CHECK_INT(report_checkpoint(STR("cp"), fits, &err), RH_OK);
	CHECK_INT(report_checkpoint(STR("cp"), big, &err), RH_ETOOBIG);
	CHECK_INT(report_checkpoint(STR(""), fits, &err), RH_EINPUT);
	CHECK_INT(report_state(STR("runner"), STR("k"), &err), RH_OK);
	CHECK_INT(report_state(STR("actor"), STR("k"), &err), RH_OK);
	CHECK_INT(report_state(STR("conversation"), STR("k"), &err), RH_OK);
	CHECK_INT(report_state(STR("subject"), STR("k"), &err), RH_EINPUT);
	CHECK_INT(report_state(STR("runner"), STR(""), &err), RH_EINPUT);
	big.len = REPORT_KEY_MAX + 1;
	CHECK_INT(report_state(STR("runner"), big, &err), RH_ETOOBIG);
	CHECK_INT(report_value(STR("null"), &err), RH_OK);
	CHECK_INT(report_value(STR("nul"), &err), RH_EINPUT);
	CHECK_INT(report_call(STR("run_get"), STR("{}"), &err), RH_OK);
	CHECK_INT(report_call(STR("hello.greet"), STR("{}"), &err), RH_OK);
	CHECK_INT(report_call(STR("a/b"), STR("{}"), &err), RH_EINPUT);
	CHECK_INT(report_call(STR("run_get"), STR("1"), &err), RH_EINPUT);
	CHECK_INT(report_log(RH_LOG_ERROR, STR("x"), &err), RH_OK);
	CHECK_INT(report_log(RH_LOG_ERROR + 1, STR("x"), &err), RH_EINPUT);
	free((void *)big.p);
}

static void
test_outcome(void)
{
	struct str big = letters(REPORT_OUTPUT_MAX + 1);
	struct rh_outcome o = { .size = sizeof o };
	uint32_t kind;

	for (kind = 0; kind < 8; kind++) {
		o.kind = kind;
		CHECK_INT(report_outcome(&o, &err),
		    kind >= 1 && kind <= 5 ? RH_OK : RH_ENOSYS);
		CHECK_INT(report_kind_known(kind), kind >= 1 && kind <= 5);
	}
	o.kind = RH_COMPLETED;
	o.output = (struct rh_text){ big.p, big.len };
	CHECK_INT(report_outcome(&o, &err), RH_ETOOBIG);
	o.output.len--;
	CHECK_INT(report_outcome(&o, &err), RH_OK);
	o.output = (struct rh_text){ "\xff", 1 };
	CHECK_INT(report_outcome(&o, &err), RH_EINPUT);
	o.output.len = 0;
	o.metadata = (struct rh_text){ "[]", 2 };
	CHECK_INT(report_outcome(&o, &err), RH_EINPUT);
	o.metadata = (struct rh_text){ "{}", 2 };
	o.retryable = 2;
	CHECK_INT(report_outcome(&o, &err), RH_EINPUT);
	free((void *)big.p);
}

const struct unit_test worker_report_tests[] = {
	{ "progress is bounded in range, size and encoding", test_progress },
	{ "an event has a type of the right form and a JSON object",
	    test_event },
	{ "the host's own event types are refused", test_reserved },
	{ "output is any bytes on one of two streams", test_output },
	{ "checkpoint, state, call and log have their limits",
	    test_requests },
	{ "an outcome has a known kind and bounded members", test_outcome },
	{ NULL, NULL },
};
