/* Streams of events: order, resuming, heartbeats, and clients that leave. */
#include "lib/unit.h"

#include "base/clock.h"
#include "http/client.h"
#include "http/fake_host.h"
#include "http/server.h"
#include "stream/stream.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define EVENTS "/api/runs/" FAKE_RUN "/events"

static int64_t
now_ms(void)
{
	return clock_real.boot_us(&clock_real) / US_PER_MS;
}

static bool
stream_start(struct client *c, const struct served *s, const char *query,
    const char *extra)
{
	struct buf req = { 0 };
	bool good;

	buf_printf(&req, "GET " EVENTS "%s HTTP/1.1\r\nHost: x\r\n" AUTH
	    "Accept: text/event-stream\r\n%s\r\n", query, extra);
	good = client_open(c, s) && client_send(c, req.p);
	buf_fini(&req);
	return good;
}

/* Waits until n streams are open; how long that took, or -1. */
static int64_t
wait_streams(const struct served *s, size_t n)
{
	int64_t start = now_ms();

	while (streams_count(s->http->streams) != n) {
		if (now_ms() - start > 5000)
			return -1;
		sched_yield();
	}
	return now_ms() - start;
}

static void
test_replay(void)
{
	struct served s;
	struct client c;
	struct answer a;

	served_init(&s, true);
	fake_event(s.host, "run.created", "{}");
	fake_event(s.host, "progress", "{\"a\":\n[1,\r\n2]}");
	fake_end(s.host);
	if (serve(&s) && stream_start(&c, &s, "", "")) {
		CHECK(client_recv(&c, &a));
		CHECK_INT(a.status, 200);
		CHECK_STR(answer_header(&a, "Content-Type"),
		    "text/event-stream");
		CHECK_STR(answer_header(&a, "X-Accel-Buffering"), "no");
		CHECK_STR(answer_header(&a, "Cache-Control"), "no-store");
		CHECK_HAS(a.body.p, "id: 1\nevent: run.created\n"
		    "data: {\"event_id\":1,");
		CHECK_HAS(a.body.p, "\n\nid: 2\nevent: progress\n"
		    "data: {\"event_id\":2,");
		CHECK_HAS(a.body.p, "\"payload\":{\"a\": [1,  2]}");
		CHECK_HAS(a.body.p, "\n\nevent: end\ndata: {\"run_id\":\""
		    FAKE_RUN "\",\"status\":\"SUCCEEDED\",\"last_seq\":2}"
		    "\n\n");
		answer_fini(&a);
		client_close(&c);
	}
	served_fini(&s);
}

static void
check_live(bool async)
{
	struct served s;
	struct client c;
	int i;
	char text[32];

	served_init(&s, async);
	fake_event(s.host, "run.created", "{}");
	if (serve(&s) && stream_start(&c, &s, "", "")) {
		CHECK(client_until(&c, "id: 1\n", NULL));
		for (i = 2; i < 50; i++) {
			fake_event(s.host, "progress", "{}");
			snprintf(text, sizeof text, "id: %d\n", i);
			CHECK(client_until(&c, text, NULL));
		}
		CHECK_INT(fake_watches(s.host), 1);
		fake_end(s.host);
		CHECK(client_until(&c, "event: end\n", NULL));
		CHECK(client_until(&c, "0\r\n\r\n", NULL));
		CHECK(wait_streams(&s, 0) >= 0);
		client_close(&c);
	}
	served_fini(&s);
}

static void
test_live(void)
{
	check_live(true);
	check_live(false);
}

static void
test_resume(void)
{
	static const struct {
		const char *query, *extra, *first;
	} rows[] = {
		{ "", "Last-Event-ID: 3\r\n", "id: 4\n" },
		{ "", "Last-Event-ID: \r\n", "id: 1\n" },
		{ "", "Last-Event-ID: 5\r\n", "event: end\n" },
		{ "", "Last-Event-ID: 0\r\n", "id: 1\n" },
		{ "?last_event_id=2", "", "id: 3\n" },
		{ "?since_seq=4", "", "id: 5\n" },
		{ "?last_event_id=2", "Last-Event-ID: 3\r\n", "id: 4\n" },
		{ NULL, NULL, NULL },
	};
	struct served s;
	struct client c;
	struct answer a;
	size_t i;
	int k;

	served_init(&s, true);
	for (k = 0; k < 5; k++)
		fake_event(s.host, "progress", "{}");
	fake_end(s.host);
	if (serve(&s))
		for (i = 0; rows[i].query != NULL; i++) {
			stream_start(&c, &s, rows[i].query, rows[i].extra);
			CHECK(client_recv(&c, &a));
			CHECK(a.body.p != NULL && strncmp(a.body.p,
			    rows[i].first, strlen(rows[i].first)) == 0);
			answer_fini(&a);
			client_close(&c);
		}
	served_fini(&s);
}

/* At the tail, too, a stream watches its own run and no other. */
static void
test_resume_at_tail(void)
{
	struct served s;
	struct client c;

	served_init(&s, true);
	fake_event(s.host, "progress", "{}");
	if (serve(&s) && stream_start(&c, &s, "", "Last-Event-ID: 1\r\n")) {
		CHECK(client_until(&c, "\r\n\r\n", NULL));
		CHECK_INT(fake_watches(s.host), 1);
		fake_event(s.host, "progress", "{}");
		CHECK(client_until(&c, "id: 2\n", NULL));
		client_close(&c);
	}
	served_fini(&s);
}

/* A run without events is watched all the same. */
static void
test_before_first(void)
{
	struct served s;
	struct client c;

	served_init(&s, true);
	if (serve(&s) && stream_start(&c, &s, "", "")) {
		CHECK(client_until(&c, "\r\n\r\n", NULL));
		CHECK(wait_streams(&s, 1) >= 0);
		CHECK_INT(fake_watches(s.host), 1);
		fake_event(s.host, "progress", "{}");
		CHECK(client_until(&c, "id: 1\n", NULL));
		CHECK_INT(fake_watches(s.host), 1);
		fake_event(s.host, "progress", "{}");
		CHECK(client_until(&c, "id: 2\n", NULL));
		client_close(&c);
	}
	served_fini(&s);
}

static void
test_refused(void)
{
	static const struct {
		const char *path, *extra;
		int	status;
	} rows[] = {
		{ EVENTS "?stream=1", "", 401 },
		{ "/api/runs/x/events?stream=1", AUTH, 404 },
		{ EVENTS "?stream=maybe", AUTH, 422 },
		{ EVENTS "?stream=1", AUTH "Last-Event-ID: x\r\n", 422 },
		{ EVENTS "?stream=1&last_event_id=-1", AUTH, 422 },
		{ EVENTS "?stream=1", AUTH "Last-Event-ID: 6\r\n", 409 },
		{ EVENTS "?stream=1&since_seq=6", AUTH, 409 },
		{ NULL, NULL, 0 },
	};
	struct served s;
	struct answer a;
	size_t i;

	served_init(&s, true);
	if (serve(&s))
		for (i = 0; rows[i].path != NULL; i++) {
			ask(&s, "GET", rows[i].path, rows[i].extra, NULL, &a);
			CHECK_INT(a.status, rows[i].status);
			CHECK_STR(answer_header(&a, "Content-Type"),
			    "application/json");
			answer_fini(&a);
		}
	CHECK_UINT(streams_count(s.http->streams), 0);
	served_fini(&s);
}

static void
test_heartbeat(void)
{
	struct served s;
	struct client c;
	struct fake_seen before, after;

	served_init(&s, true);
	s.cf.limits.heartbeat_ms = 30;
	fake_event(s.host, "progress", "{}");
	if (serve(&s) && stream_start(&c, &s, "", "")) {
		CHECK(client_until(&c, "id: 1\n", NULL));
		CHECK(client_until(&c, ": keep-alive\n\n", NULL));
		fake_seen(s.host, &before);
		CHECK(client_until(&c, ": keep-alive\n\n", NULL));
		/* Each one asks for permission again. */
		fake_seen(s.host, &after);
		CHECK(after.pages > before.pages);
		fake_event(s.host, "progress", "{}");
		CHECK(client_until(&c, "id: 2\n", NULL));
		client_close(&c);
	}
	served_fini(&s);
}

static void
test_departed(void)
{
	struct served s;
	struct client c[20];
	size_t i;
	int64_t took;

	served_init(&s, true);
	fake_event(s.host, "progress", "{}");
	if (serve(&s)) {
		for (i = 0; i < 20; i++) {
			stream_start(&c[i], &s, "", "");
			CHECK(client_until(&c[i], "id: 1\n", NULL));
		}
		CHECK(wait_streams(&s, 20) >= 0);
		for (i = 0; i < 20; i++)
			client_close(&c[i]);
		took = wait_streams(&s, 0);
		CHECK(took >= 0 && took < 1000);
		CHECK_INT(fake_watches(s.host), 0);
	}
	served_fini(&s);
}

static bool
has_connections(struct http *http)
{
	bool has;

	pthread_mutex_lock(&http->conns.lock);
	has = !TAILQ_EMPTY(&http->conns.all);
	pthread_mutex_unlock(&http->conns.lock);
	return has;
}

/* Its socket is closed too, without anything else that wakes the server. */
static void
test_departed_alone(void)
{
	struct served s;
	struct client c;
	int64_t start;
	int i;

	served_init(&s, false);
	fake_event(s.host, "progress", "{}");
	for (i = 0; i < 10 && (s.http != NULL || serve(&s)); i++) {
		stream_start(&c, &s, "", "");
		CHECK(client_until(&c, "id: 1\n", NULL));
		start = now_ms();
		client_close(&c);
		while (has_connections(s.http) && now_ms() - start < 3000)
			sched_yield();
		CHECK(now_ms() - start < 1000);
	}
	served_fini(&s);
}

static void
test_revoked(void)
{
	struct served s;
	struct client c;
	struct buf got = { 0 };

	served_init(&s, true);
	fake_event(s.host, "progress", "{}");
	if (serve(&s) && stream_start(&c, &s, "", "")) {
		CHECK(client_until(&c, "id: 1\n", NULL));
		fake_revoke(s.host);
		fake_event(s.host, "secret", "{}");
		CHECK(client_until(&c, "0\r\n\r\n", &got));
		CHECK_HAS(got.p, "event: error\ndata: {\"ok\":false");
		CHECK_HAS(got.p, "AUTH_REQUIRED");
		CHECK(strstr(got.p, "secret") == NULL);
		client_close(&c);
	}
	buf_fini(&got);
	served_fini(&s);
}

static void
test_forbidden_later(void)
{
	struct served s;
	struct client c;
	struct buf got = { 0 };

	served_init(&s, true);
	fake_event(s.host, "progress", "{}");
	if (serve(&s) && stream_start(&c, &s, "", "")) {
		CHECK(client_until(&c, "id: 1\n", NULL));
		fake_fail(s.host, RH_EPERM);
		fake_event(s.host, "secret", "{}");
		CHECK(client_until(&c, "0\r\n\r\n", &got));
		CHECK_HAS(got.p, "AUTH_FORBIDDEN");
		CHECK(strstr(got.p, "secret") == NULL);
		client_close(&c);
	}
	buf_fini(&got);
	served_fini(&s);
}

/* Far behind and slow: nothing is lost, repeated or out of order. */
static void
test_slow(void)
{
	enum { COUNT = 3000 };
	struct served s;
	struct client c;
	char data[1200], text[32];
	int small = 65536, i;

	served_init(&s, true);
	snprintf(data, sizeof data, "{\"pad\":\"%01000d\"}", 0);
	for (i = 0; i < COUNT / 2; i++)
		fake_event(s.host, "progress", data);
	if (serve(&s) && stream_start(&c, &s, "", "")) {
		setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
		for (i = 1; i <= COUNT; i++) {
			snprintf(text, sizeof text, "id: %d\nevent:", i);
			if (!CHECK(client_until(&c, text, NULL)))
				break;
			if (i <= COUNT / 2)
				fake_event(s.host, "progress", data);
		}
		fake_end(s.host);
		CHECK(client_until(&c, "event: end\n", NULL));
		client_close(&c);
	}
	served_fini(&s);
}

/* Small and large events in turn; each is told once. */
static void
test_large(void)
{
	struct served s;
	struct client c;
	struct buf data = { 0 };
	struct answer a;
	char *p, text[32];
	int i;

	served_init(&s, true);
	buf_printf(&data, "{\"pad\":\"%0100000d\"}", 0);
	for (i = 0; i < 200; i++)
		fake_event(s.host, "progress", i % 7 == 0 ? data.p : "{}");
	fake_end(s.host);
	if (serve(&s) && stream_start(&c, &s, "", "")) {
		CHECK(client_recv(&c, &a));
		for (i = 1, p = a.body.p; p != NULL && i <= 200; i++) {
			snprintf(text, sizeof text, "id: %d\n", i);
			CHECK(strncmp(p, text, strlen(text)) == 0);
			if ((p = strstr(p, "\n\n")) != NULL)
				p += 2;
		}
		CHECK_HAS(p, "event: end\n");
		answer_fini(&a);
		client_close(&c);
	}
	buf_fini(&data);
	served_fini(&s);
}

/* A payload may say who acted, but nobody is the host by saying so. */
static void
test_actor(void)
{
	struct served s;
	struct client c;
	struct answer a;

	served_init(&s, true);
	fake_event(s.host, "progress", "{\"actor\":\"planner\"}");
	fake_event(s.host, "progress", "{\"actor\":\"host\"}");
	fake_event(s.host, "host.retry", "{\"actor\":\"host\"}");
	fake_end(s.host);
	if (serve(&s) && stream_start(&c, &s, "", "")) {
		CHECK(client_recv(&c, &a));
		CHECK_HAS(a.body.p, "\"seq\":1,\"payload\":{\"actor\":"
		    "\"planner\"}");
		CHECK_HAS(a.body.p, "\"actor\":\"planner\",\"span_id\":"
		    "\"main\",\"parent_span_id\":null,\"seq\":1,");
		CHECK_HAS(a.body.p, "\"actor\":\"runner\",\"span_id\":"
		    "\"main\",\"parent_span_id\":null,\"seq\":2,");
		CHECK_HAS(a.body.p, "\"actor\":\"host\",\"span_id\":"
		    "\"main\",\"parent_span_id\":null,\"seq\":3,");
		answer_fini(&a);
		client_close(&c);
	}
	served_fini(&s);
}

/* What is written to the socket directly is HTTP all the same. */
static void
test_next_request(void)
{
	struct served s;
	struct client c;
	struct answer a;
	int i;

	served_init(&s, true);
	fake_event(s.host, "progress", "{}");
	fake_end(s.host);
	if (serve(&s) && stream_start(&c, &s, "", "")) {
		for (i = 0; i < 3; i++) {
			CHECK(client_recv(&c, &a));
			CHECK_HAS(a.body.p, "event: end\n");
			answer_fini(&a);
			client_send(&c, "GET /ok HTTP/1.1\r\nHost: x\r\n\r\n");
			CHECK(client_recv(&c, &a));
			CHECK_STR(a.body.p, "{\"ok\":true}");
			answer_fini(&a);
			client_send(&c, "GET " EVENTS "?stream=1 HTTP/1.1\r\n"
			    "Host: x\r\n" AUTH "\r\n");
		}
		client_close(&c);
	}
	if (s.http != NULL && stream_start(&c, &s, "",
	    "Connection: close\r\n")) {
		CHECK(client_until(&c, "event: end\n", NULL));
		CHECK(client_until(&c, "\r\n0\r\n\r\n", NULL));
		CHECK(!client_more(&c));
		client_close(&c);
	}
	served_fini(&s);
}

/* Without chunks libmicrohttpd writes, and the end is that of the connection. */
static void
test_old_http(void)
{
	struct served s;
	struct client c;
	struct buf got = { 0 };
	char text[32];
	int i;

	served_init(&s, true);
	fake_event(s.host, "progress", "{}");
	if (serve(&s) && client_open(&c, &s)) {
		client_send(&c, "GET " EVENTS "?stream=1 HTTP/1.0\r\n" AUTH
		    "\r\n");
		CHECK(client_until(&c, "\r\n\r\nid: 1\n", NULL));
		for (i = 2; i < 20; i++) {
			fake_event(s.host, "progress", "{}");
			snprintf(text, sizeof text, "\n\nid: %d\n", i);
			CHECK(client_until(&c, text, NULL));
		}
		fake_end(s.host);
		CHECK(client_until(&c, "\"last_seq\":19}\n\n", &got));
		CHECK(!client_more(&c));
		CHECK_UINT(c.in.len, 0);
		client_close(&c);
	}
	buf_fini(&got);
	served_fini(&s);
}

/* Pages that an event costs, with so many listeners. */
static unsigned
pages_of_event(const struct served *s, struct client *c, size_t n, int id)
{
	struct fake_seen before, after;
	char text[32];
	size_t i;

	fake_seen(s->host, &before);
	fake_event(s->host, "progress", "{}");
	snprintf(text, sizeof text, "id: %d\n", id);
	for (i = 0; i < n; i++)
		CHECK(client_until(&c[i], text, NULL));
	fake_seen(s->host, &after);
	return (unsigned)(after.pages - before.pages);
}

/* Each asks in its own name now and then, but not for every event. */
static void
test_shared(void)
{
	enum { LISTENERS = 30, EVENTS_MOST = 200 };
	struct served s;
	struct client c[LISTENERS];
	unsigned pages = LISTENERS;
	int i, id = 1;

	served_init(&s, true);
	fake_event(s.host, "progress", "{}");
	if (serve(&s)) {
		for (i = 0; i < LISTENERS; i++) {
			stream_start(&c[i], &s, "", "");
			CHECK(client_until(&c[i], "id: 1\n", NULL));
		}
		while (pages >= LISTENERS && id < EVENTS_MOST)
			pages = pages_of_event(&s, c, LISTENERS, ++id);
		CHECK(pages < LISTENERS);
		CHECK_INT(fake_watches(s.host), 1);
		for (i = 0; i < LISTENERS; i++)
			client_close(&c[i]);
		CHECK(wait_streams(&s, 0) >= 0);
	}
	served_fini(&s);
}

static void
test_too_many(void)
{
	struct served s;
	struct client c[2];
	struct answer a;

	served_init(&s, true);
	s.cf.limits.streams = 1;
	fake_event(s.host, "progress", "{}");
	if (serve(&s)) {
		stream_start(&c[0], &s, "", "");
		CHECK(client_until(&c[0], "id: 1\n", NULL));
		stream_start(&c[1], &s, "", "");
		CHECK(client_recv(&c[1], &a));
		CHECK_INT(a.status, 503);
		CHECK_HAS(a.body.p, "QUEUE_FULL");
		answer_fini(&a);
		client_close(&c[1]);
		client_close(&c[0]);
		CHECK(wait_streams(&s, 0) >= 0);
	}
	served_fini(&s);
}

/* Open, parked, and waiting for a page that does not come. */
static void
test_stop(void)
{
	struct served s;
	struct client c[30];
	size_t i;

	served_init(&s, true);
	fake_event(s.host, "progress", "{}");
	if (serve(&s)) {
		for (i = 0; i < 30; i++) {
			stream_start(&c[i], &s, "", "");
			CHECK(client_until(&c[i], "id: 1\n", NULL));
		}
		fake_event(s.host, "progress", "{}");
		http_stop(s.http);
		s.http = NULL;
		for (i = 0; i < 30; i++) {
			while (client_more(&c[i]))
				continue;
			client_close(&c[i]);
		}
	}
	served_fini(&s);
}

const struct unit_test http_sse_tests[] = {
	{ "a finished run is told from its start to its end", test_replay },
	{ "what is committed later follows at once", test_live },
	{ "a stream goes on where its client left off", test_resume },
	{ "a stream at the tail watches its own run", test_resume_at_tail },
	{ "a stream may come before the first event", test_before_first },
	{ "a stream that is refused is an answer as others",
	    test_refused },
	{ "a quiet stream has a heartbeat", test_heartbeat },
	{ "a client that leaves is noticed", test_departed },
	{ "a client that leaves is let go at once", test_departed_alone },
	{ "a revoked token ends its streams", test_revoked },
	{ "a permission that is taken away ends the stream",
	    test_forbidden_later },
	{ "a slow client loses nothing", test_slow },
	{ "large events are told as small ones are", test_large },
	{ "nobody but the host acts as the host", test_actor },
	{ "behind a stream the connection goes on", test_next_request },
	{ "HTTP/1.0 streams until the connection ends", test_old_http },
	{ "an event is read once for all who listen", test_shared },
	{ "only so many streams are open", test_too_many },
	{ "stopping ends all streams", test_stop },
	{ NULL, NULL },
};
