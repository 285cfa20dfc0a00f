/*
 * The helpers of easy.h that do more than pass on.
 */
#include "lib/unit.h"

#include "fake.h"

#include <runhost/easy.h>

#include <stdlib.h>

static void
member_is(const char *json, const char *name, const char *want)
{
	struct rh_text v = { NULL, 0 };

	if (!CHECK_INT(rh_json_member(fake_text(json), name, &v), want != NULL))
		return;
	if (want == NULL)
		return;
	CHECK_UINT(v.len, strlen(want));
	CHECK_BYTES(v.p, want, strlen(want));
}

static void
test_member(void)
{
	member_is("{\"a\":1}", "a", "1");
	member_is("{\"a\":1}", "b", NULL);
	member_is(" { \"b\" : [1,{\"a\":2}] , \"a\" : \"x\" } ", "a", "\"x\"");
	member_is("{\"b\":{\"a\":1},\"a\":true}", "a", "true");
	member_is("{\"b\":\"\\\"a\\\":5,\",\"a\":null}", "a", "null");
	member_is("{\"a\":{\"x\":[\"}\"]},\"b\":1}", "a", "{\"x\":[\"}\"]}");
	member_is("{\"ab\":1,\"a\":2}", "a", "2");
	member_is("{}", "a", NULL);
	member_is("[\"a\",1]", "a", NULL);
	member_is("null", "a", NULL);
	member_is("", "a", NULL);
}

static void
test_not_json(void)
{
	static const char json[] =
	    "{\"k\\\"\":[{\"a\":\"}\"},-1.5e3],\"a\":\"x\\\\\",\"b\":{}}";
	struct rh_text v, t;
	char *copy;
	size_t len;

	/* Each front of it in memory of just that size: for the sanitizer. */
	for (len = 0; len < sizeof json; len++) {
		copy = malloc(len + (len == 0));
		memcpy(copy, json, len);
		t.p = copy;
		t.len = len;
		if (rh_json_member(t, "b", &v))
			CHECK(v.p + v.len <= copy + len);
		rh_json_i64(t, "b", 0);
		free(copy);
	}
	member_is("{\"a\"1}", "a", NULL);
	member_is("{a:1}", "a", NULL);
	member_is("{\"a\":}", "a", NULL);
}

static int64_t
i64(const char *json)
{
	return rh_json_i64(fake_text(json), "n", -77);
}

static void
test_i64(void)
{
	CHECK_INT(i64("{\"n\":0}"), 0);
	CHECK_INT(i64("{\"n\":-0}"), 0);
	CHECK_INT(i64("{\"n\": 500 }"), 500);
	CHECK_INT(i64("{\"n\":-12}"), -12);
	CHECK_INT(i64("{\"n\":9223372036854775807}"), INT64_MAX);
	CHECK_INT(i64("{\"n\":-9223372036854775808}"), INT64_MIN);
	CHECK_INT(i64("{\"n\":9223372036854775808}"), -77);
	CHECK_INT(i64("{\"n\":-9223372036854775809}"), -77);
	CHECK_INT(i64("{\"n\":99999999999999999999}"), -77);
	CHECK_INT(i64("{\"n\":1.5}"), -77);
	CHECK_INT(i64("{\"n\":1e3}"), -77);
	CHECK_INT(i64("{\"n\":\"1\"}"), -77);
	CHECK_INT(i64("{\"n\":true}"), -77);
	CHECK_INT(i64("{\"n\":-}"), -77);
	CHECK_INT(i64("{\"m\":{\"n\":1}}"), -77);
	CHECK_INT(i64("[]"), -77);
}

static void
test_quote(void)
{
	char out[RH_JSON_QUOTED_MAX(8)];

	CHECK_UINT(rh_json_quote(out, "a\"b\\c", 5), 9);
	CHECK_STR(out, "\"a\\\"b\\\\c\"");
	CHECK_UINT(rh_json_quote(out, "\n\x1f\0", 3), 20);
	CHECK_STR(out, "\"\\u000a\\u001f\\u0000\"");
	CHECK_UINT(rh_json_quote(out, "\x01\x01\x01\x01\x01\x01\x01\x01", 8),
	    sizeof out - 1);
	CHECK_UINT(rh_json_quote(out, "\xc3\xa4", 2), 4);
	CHECK_STR(out, "\"\xc3\xa4\"");
	CHECK_UINT(rh_json_quote(out, NULL, 0), 2);
	CHECK_STR(out, "\"\"");
}

static void
test_reports(void)
{
	struct fake f;

	fake_init(&f);
	rh_progress(&f.host, &f.inv, "A", 5, NULL);
	rh_progress(&f.host, &f.inv, "B", 6, "so far");
	rh_print(&f.host, &f.inv, "out\n");
	rh_print_error(&f.host, &f.inv, "err\n");
	rh_event(&f.host, &f.inv, "x.y", "{}");
	rh_log(&f.host, &f.inv, RH_LOG_WARN, "hm");
	CHECK_STR(f.reports.p, "progress A 5 -\nprogress B 6 so far\n"
	    "output 1 out\noutput 2 err\nevent x.y\nlog 2 hm\n");
	fake_fini(&f);
}

static void
test_ends(void)
{
	struct fake f;

	fake_init(&f);
	CHECK_INT(rh_failed(&f.host, &f.inv, 3, "why"), RH_OK);
	CHECK_UINT(f.kind, RH_FAILED);
	CHECK_INT(f.exit_code, 3);
	CHECK_STR(f.error.p, "why");
	CHECK_UINT(f.retryable, 0);
	CHECK_INT(rh_completed(&f.host, &f.inv, "late"), RH_ESTALE);
	CHECK_UINT(f.kind, RH_FAILED);
	fake_fini(&f);

	fake_init(&f);
	rh_failed_retryable(&f.host, &f.inv, 4, "later");
	CHECK_UINT(f.retryable, 1);
	fake_fini(&f);

	fake_init(&f);
	rh_completed(&f.host, &f.inv, NULL);
	CHECK_UINT(f.kind, RH_COMPLETED);
	CHECK_STR(f.output.p, "");
	fake_fini(&f);
}

static void
test_stopped(void)
{
	struct fake f;

	fake_init(&f);
	f.stop_at = 1;
	f.stop = RH_EDEADLINE;
	CHECK_INT(f.host.wait(f.inv.handle, 1), RH_EDEADLINE);
	rh_finish_as_stopped(&f.host, &f.inv);
	CHECK_UINT(f.kind, RH_TIMEOUT);
	CHECK_INT(f.exit_code, 124);
	fake_fini(&f);

	fake_init(&f);
	f.stop_at = 1;
	f.stop = RH_ECANCELED;
	CHECK_INT(f.host.wait(f.inv.handle, 1), RH_ECANCELED);
	rh_finish_as_stopped(&f.host, &f.inv);
	CHECK_UINT(f.kind, RH_CANCELLED);
	CHECK_INT(f.exit_code, 130);
	fake_fini(&f);
}

const struct unit_test easy_tests[] = {
	{ "a member is found at the top level only", test_member },
	{ "what is not JSON is not read beyond its end", test_not_json },
	{ "integers are read to both ends of 64 bits", test_i64 },
	{ "a quoted text is JSON", test_quote },
	{ "reports arrive as they were made", test_reports },
	{ "an outcome says how it ended, once", test_ends },
	{ "a stopped run says by what", test_stopped },
	{ NULL, NULL },
};
