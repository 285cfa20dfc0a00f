#include "base/httpc.h"

#include "lib/fakehttp.h"
#include "lib/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct httpc *
client(const struct fakehttp *s, size_t body_max)
{
	struct httpc_options o = {
		.base_url = fakehttp_url(s), .token = "sesame",
		.connect_ms = 2000, .timeout_ms = 20000,
		.body_max = body_max,
	};

	return httpc_open(&o);
}

static void
test_request(void)
{
	static const struct fake_answer answers[] = {
		{ "POST /a?b=c", "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n"
		    "Connection: close\r\n\r\nnot now" },
		{ NULL, NULL }
	};
	static const char *const headers[] = { "X-One: 1", NULL };
	struct fakehttp *s = fakehttp_start(answers, NULL);
	struct httpc *c = client(s, 1000);
	struct httpc_request rq = {
		.method = "POST", .path = "/a?b=c", .headers = headers,
		.body = "{\"x\":1}", .body_len = 7,
	};
	struct httpc_reply reply;
	struct err err = { 0 };

	CHECK_OK(httpc_send(c, &rq, &reply, &err), &err);
	CHECK_INT(reply.status, 503);
	CHECK_INT(reply.retry_after_s, 7);
	CHECK_STR(reply.body.p, "not now");
	CHECK_HAS(fakehttp_seen(s), "POST /a?b=c HTTP/1.1\r\n");
	CHECK_HAS(fakehttp_seen(s), "Authorization: Bearer sesame\r\n");
	CHECK_HAS(fakehttp_seen(s), "Content-Type: application/json\r\n");
	CHECK_HAS(fakehttp_seen(s), "X-One: 1\r\n");
	CHECK_HAS(fakehttp_seen(s), "\r\n\r\n{\"x\":1}");
	buf_fini(&reply.body);
	httpc_close(c);
	fakehttp_stop(s);
}

static void
test_unix(void)
{
	static const struct fake_answer answers[] = {
		{ "GET /ok", FAKE_JSON("200 OK", "{\"ok\":true}") },
		{ NULL, NULL }
	};
	struct httpc_options o = {
		.base_url = "http://localhost", .connect_ms = 2000,
		.timeout_ms = 20000, .body_max = 1000,
	};
	struct httpc_request rq = { .method = "GET", .path = "/ok" };
	struct httpc_reply reply;
	struct err err = { 0 };
	struct fakehttp *s;
	struct httpc *c;
	char path[200];

	snprintf(path, sizeof path, "%s/s", unit_tmpdir());
	s = fakehttp_start(answers, path);
	o.unix_path = path;
	c = httpc_open(&o);
	CHECK_OK(httpc_send(c, &rq, &reply, &err), &err);
	CHECK_STR(reply.body.p, "{\"ok\":true}");
	CHECK(strstr(fakehttp_seen(s), "Authorization") == NULL);
	buf_fini(&reply.body);
	httpc_close(c);
	fakehttp_stop(s);
}

static void
test_too_big(void)
{
	static const struct fake_answer answers[] = {
		{ "GET /", FAKE_JSON("200 OK", "12345678901") },
		{ NULL, NULL }
	};
	struct fakehttp *s = fakehttp_start(answers, NULL);
	struct httpc *c = client(s, 10);
	struct httpc_request rq = { .method = "GET", .path = "/" };
	struct httpc_reply reply;
	struct err err = { 0 };

	CHECK_INT(httpc_send(c, &rq, &reply, &err), RH_ETOOBIG);
	CHECK_STR(err.msg, "the host's reply is larger than 10 bytes");
	buf_fini(&reply.body);
	httpc_close(c);
	fakehttp_stop(s);
}

static void
test_nobody(void)
{
	struct httpc_options o = {
		.base_url = "http://127.0.0.1:1", .connect_ms = 2000,
		.timeout_ms = 2000, .body_max = 10,
	};
	struct httpc_request rq = { .method = "GET", .path = "/" };
	struct httpc *c = httpc_open(&o);
	struct httpc_reply reply;
	struct err err = { 0 };

	CHECK_INT(httpc_send(c, &rq, &reply, &err), RH_EUNAVAIL);
	CHECK_HAS(err.msg, "no host at \"http://127.0.0.1:1\": ");
	CHECK_INT(reply.status, 0);
	buf_fini(&reply.body);
	httpc_close(c);
}

static void
test_redirect(void)
{
	static const struct fake_answer answers[] = {
		{ "GET /a", "HTTP/1.1 302 Found\r\nLocation: /b\r\n"
		    "Connection: close\r\n\r\n" },
		{ "GET /b", FAKE_JSON("200 OK", "{}") },
		{ NULL, NULL }
	};
	struct fakehttp *s = fakehttp_start(answers, NULL);
	struct httpc *c = client(s, 100);
	struct httpc_request rq = { .method = "GET", .path = "/a" };
	struct httpc_reply reply;
	struct err err = { 0 };

	CHECK_OK(httpc_send(c, &rq, &reply, &err), &err);
	CHECK_INT(reply.status, 302);
	CHECK(strstr(fakehttp_seen(s), "/b HTTP") == NULL);
	buf_fini(&reply.body);
	httpc_close(c);
	fakehttp_stop(s);
}

static rh_status
collect(void *arg, const char *p, size_t len, struct err *err)
{
	(void)err;
	buf_add(arg, p, len);
	return RH_OK;
}

static rh_status
refuse(void *arg, const char *p, size_t len, struct err *err)
{
	(void)arg;
	(void)p;
	return err_set(err, RH_EPROTO, "%zu bytes too many", len);
}

static void
stream(const char *answer, struct httpc_sink *sink, rh_status want,
    struct httpc_reply *reply, struct err *err)
{
	struct fake_answer answers[] = {
		{ "GET /s", answer },
		{ NULL, NULL }
	};
	struct fakehttp *s = fakehttp_start(answers, NULL);
	struct httpc *c = client(s, 100);
	struct httpc_request rq = { .method = "GET", .path = "/s" };

	sink->idle_ms = 20000;
	CHECK_INT(httpc_stream(c, &rq, sink, reply, err), want);
	httpc_close(c);
	fakehttp_stop(s);
}

static void
test_stream(void)
{
	struct buf got = { 0 };
	struct httpc_sink sink = {
		.data = collect, .arg = &got, .wake_fd = -1,
	};
	struct httpc_reply reply;
	struct err err = { 0 };

	stream(FAKE_STREAM("data: 1\n\n"), &sink, RH_OK, &reply, &err);
	CHECK_INT(reply.status, 200);
	CHECK_STR(got.p, "data: 1\n\n");
	CHECK_INT(reply.body.len, 0);
	stream(FAKE_JSON("404 Not Found", "{}"), &sink, RH_OK, &reply, &err);
	CHECK_INT(reply.status, 404);
	CHECK_STR(reply.body.p, "{}");
	CHECK_STR(got.p, "data: 1\n\n");
	buf_fini(&reply.body);
	buf_fini(&got);
}

static void
test_stream_broken(void)
{
	struct buf got = { 0 };
	struct httpc_sink sink = {
		.data = collect, .arg = &got, .wake_fd = -1,
	};
	struct httpc_reply reply;
	struct err err = { 0 };

	stream("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "9\r\ndata: 1\n\n\r\n", &sink, RH_EUNAVAIL, &reply, &err);
	CHECK_STR(got.p, "data: 1\n\n");
	buf_fini(&got);
}

static void
test_sink_refuses(void)
{
	struct httpc_sink sink = { .data = refuse, .wake_fd = -1 };
	struct httpc_reply reply;
	struct err err = { 0 };

	stream(FAKE_STREAM("data"), &sink, RH_EPROTO, &reply, &err);
	CHECK_STR(err.msg, "4 bytes too many");
}

static rh_status
woken(void *arg, struct err *err)
{
	(void)arg;
	return err_set(err, RH_ECANCELED, "woken");
}

/* The answer promises more than comes, so only the pipe can end it. */
static void
test_wake(void)
{
	static const struct fake_answer answers[] = { { NULL, NULL } };
	struct httpc_sink sink = {
		.data = collect, .wake = woken, .idle_ms = 20000,
	};
	struct httpc_request rq = { .method = "GET", .path = "/" };
	struct fakehttp *s = fakehttp_start(answers, NULL);
	struct httpc *c = client(s, 100);
	struct httpc_reply reply;
	struct err err = { 0 };
	int fds[2];

	CHECK_INT(pipe(fds), 0);
	CHECK_INT(write(fds[1], "x", 1), 1);
	sink.wake_fd = fds[0];
	CHECK_INT(httpc_stream(c, &rq, &sink, &reply, &err), RH_ECANCELED);
	CHECK_STR(err.msg, "woken");
	buf_fini(&reply.body);
	close(fds[0]);
	close(fds[1]);
	httpc_close(c);
	fakehttp_stop(s);
}

const struct unit_test base_httpc_tests[] = {
	{ "a request carries token, headers and body; its reply status and body", test_request },
	{ "a Unix socket is reached, without a token when there is none", test_unix },
	{ "a reply above the limit is refused", test_too_big },
	{ "nobody at the address is told apart from a refusal", test_nobody },
	{ "redirects are not followed", test_redirect },
	{ "a stream goes to the sink, an error body to the reply", test_stream },
	{ "a stream that breaks is not taken for its end", test_stream_broken },
	{ "a sink may end the stream", test_sink_refuses },
	{ "a descriptor interrupts a stream", test_wake },
	{ NULL, NULL }
};
