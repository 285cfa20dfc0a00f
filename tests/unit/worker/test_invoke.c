/*
 * The bodies of INVOKE, EVENTS, FINISH, REPLY and LOG, both ways, whole and
 * cut at every byte.
 */
#include "lib/unit.h"

#include "worker/invoke.h"

#include <string.h>

#define TEXT(s) ((struct rh_text){ s, sizeof(s) - 1 })

static const struct rh_invocation sample = {
	.size = sizeof(struct rh_invocation), .kind = RH_INVOKE_RUN,
	.handle = 5, .run_id = TEXT("run_1"), .extension_id = TEXT("mock"),
	.runner = TEXT("r"), .action_id = TEXT("a"), .session_id = TEXT("s"),
	.user_id = TEXT("user:alice"), .command = TEXT("/mock a"),
	.raw_args = TEXT("x y"), .args = TEXT("[\"x\"]"),
	.flags = TEXT("{}"), .input = TEXT("null"), .metadata = TEXT("{\"m\":1}"),
	.config = TEXT("{\"c\":1}"), .resume = TEXT(""),
	.checkpoint_name = TEXT("cp"), .checkpoint = TEXT("\0\1\2"),
	.created_us = 11, .timeout_ms = -1, .deadline_us = INT64_MAX,
	.attempt = 3, .reason = RH_ATTEMPT_TAKEOVER,
};

static bool
same(struct rh_text a, struct rh_text b)
{
	return a.len == b.len && memcmp(a.p, b.p, a.len) == 0;
}

static void
test_invoke(void)
{
	struct rh_invocation got;
	struct buf b = { 0 };
	struct err err;

	invoke_pack(&b, &sample);
	CHECK_UINT(b.len, invoke_size(&sample));
	CHECK_OK(invoke_unpack((struct str){ b.p, b.len }, &got, &err), &err);
	CHECK_UINT(got.size, sizeof got);
	CHECK_UINT(got.handle, 0);
	CHECK_UINT(got.kind, RH_INVOKE_RUN);
	CHECK(same(got.run_id, sample.run_id));
	CHECK(same(got.user_id, sample.user_id));
	CHECK(same(got.command, sample.command));
	CHECK(same(got.args, sample.args));
	CHECK(same(got.flags, sample.flags));
	CHECK(same(got.config, sample.config));
	CHECK(same(got.resume, sample.resume));
	CHECK(same(got.checkpoint, sample.checkpoint));
	CHECK_INT(got.created_us, 11);
	CHECK_INT(got.timeout_ms, -1);
	CHECK_INT(got.deadline_us, INT64_MAX);
	CHECK_UINT(got.attempt, 3);
	CHECK_UINT(got.reason, RH_ATTEMPT_TAKEOVER);
	buf_fini(&b);
}

static void
test_invoke_cut(void)
{
	struct rh_invocation got;
	struct buf b = { 0 };
	struct err err;
	size_t n;

	invoke_pack(&b, &sample);
	for (n = 0; n < b.len; n++)
		CHECK_INT(invoke_unpack((struct str){ b.p, n }, &got, &err),
		    RH_EPROTO);
	buf_addc(&b, 'x');
	CHECK_INT(invoke_unpack((struct str){ b.p, b.len }, &got, &err),
	    RH_EPROTO);
	buf_fini(&b);
}

static const struct event_record records[] = {
	{ EVENT_PROGRESS, 100, { "stage", sizeof("stage") - 1 }, { "half", sizeof("half") - 1 }, 50, 0 },
	{ EVENT_PLUGIN, -5, { "found", sizeof("found") - 1 }, { "{}", sizeof("{}") - 1 }, 0, 0 },
	{ EVENT_OUTPUT, 7, { "", sizeof("") - 1 }, { "line\n", sizeof("line\n") - 1 }, 0, RH_STDERR },
};

static void
pack_all(struct buf *b)
{
	size_t i;

	for (i = 0; i < 3; i++)
		event_pack(b, &records[i]);
}

static void
test_events(void)
{
	struct field_reader r;
	struct event_record e;
	struct buf b = { 0 };
	size_t i;

	pack_all(&b);
	events_begin(&r, (struct str){ b.p, b.len });
	for (i = 0; i < 3; i++) {
		CHECK(events_next(&r, &e));
		CHECK_INT(e.kind, records[i].kind);
		CHECK_INT(e.after_us, records[i].after_us);
		CHECK(str_eq(e.a, records[i].a));
		CHECK(str_eq(e.b, records[i].b));
		CHECK_INT(e.percent, records[i].percent);
		CHECK_INT(e.stream, records[i].stream);
	}
	CHECK(!events_next(&r, &e));
	CHECK(field_end(&r));
	buf_fini(&b);
}

/* Sound only when cut between two records. */
static void
test_events_cut(void)
{
	struct field_reader r;
	struct event_record e;
	struct buf b = { 0 };
	size_t n, sound = 0;

	pack_all(&b);
	for (n = 0; n <= b.len; n++) {
		events_begin(&r, (struct str){ b.p, n });
		while (events_next(&r, &e))
			continue;
		sound += field_end(&r);
	}
	CHECK_UINT(sound, 3);
	buf_fini(&b);
}

static void
test_event_kind(void)
{
	struct event_record e = { .kind = 4, .b = STR("x") };
	struct field_reader r;
	struct buf b = { 0 };

	event_pack(&b, &e);
	events_begin(&r, (struct str){ b.p, b.len });
	CHECK(!events_next(&r, &e));
	CHECK(!field_end(&r));
	buf_fini(&b);
}

static void
test_outcome(void)
{
	struct rh_outcome o = {
		.size = sizeof o, .kind = RH_FAILED, .exit_code = -3,
		.retryable = 1, .output = TEXT("o"), .error = TEXT("e"),
		.metadata = TEXT("{}"),
	}, got;
	struct buf b = { 0 };
	struct err err;
	size_t n;

	outcome_pack(&b, &o);
	CHECK_OK(outcome_unpack((struct str){ b.p, b.len }, &got, &err), &err);
	CHECK_UINT(got.kind, RH_FAILED);
	CHECK_INT(got.exit_code, -3);
	CHECK_UINT(got.retryable, 1);
	CHECK(same(got.output, o.output));
	CHECK(same(got.error, o.error));
	CHECK(same(got.metadata, o.metadata));
	for (n = 0; n < b.len; n++)
		CHECK_INT(outcome_unpack((struct str){ b.p, n }, &got, &err),
		    RH_EPROTO);
	buf_fini(&b);
}

static void
test_reply_and_log(void)
{
	struct buf b = { 0 };
	struct err err;
	struct str s;
	rh_status status;
	uint8_t level;

	reply_pack(&b, RH_EPERM, "no", 2);
	CHECK_OK(reply_unpack((struct str){ b.p, b.len }, &status, &s, &err),
	    &err);
	CHECK_INT(status, RH_EPERM);
	CHECK(str_is(s, "no"));
	CHECK_INT(reply_unpack((struct str){ b.p, 3 }, &status, &s, &err),
	    RH_EPROTO);
	buf_clear(&b);
	log_pack(&b, RH_LOG_WARN, STR("careful"));
	CHECK_OK(log_unpack((struct str){ b.p, b.len }, &level, &s, &err),
	    &err);
	CHECK_INT(level, RH_LOG_WARN);
	CHECK(str_is(s, "careful"));
	CHECK_INT(log_unpack((struct str){ b.p, 0 }, &level, &s, &err),
	    RH_EPROTO);
	buf_fini(&b);
}

const struct unit_test worker_invoke_tests[] = {
	{ "an invocation comes back as it was packed", test_invoke },
	{ "an invocation cut anywhere or followed by a byte is refused",
	    test_invoke_cut },
	{ "records come back as they were packed", test_events },
	{ "records are sound only when cut between two of them",
	    test_events_cut },
	{ "a record of an unknown kind is bad", test_event_kind },
	{ "an outcome comes back, and is refused when cut", test_outcome },
	{ "replies and log lines come back, and need their first bytes",
	    test_reply_and_log },
	{ NULL, NULL },
};
