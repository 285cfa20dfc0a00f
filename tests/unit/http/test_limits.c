/* Clients that send too much, too slowly, too often or out of turn. */
#include "lib/unit.h"

#include "base/clock.h"
#include "base/httpc.h"
#include "http/client.h"
#include "http/fake_host.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PING "POST /api/actions/host_ping HTTP/1.1\r\nHost: x\r\n" AUTH

static int64_t
now_ms(void)
{
	return clock_real.boot_us(&clock_real) / US_PER_MS;
}

/* Whether the other end closes within ms, whatever it sends meanwhile. */
static bool
ends_within(struct client *c, int ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	int64_t until = now_ms() + ms, left;

	while ((left = until - now_ms()) > 0 && poll(&p, 1, (int)left) == 1)
		if (!client_more(c))
			return true;
	return false;
}

/*
 * A byte every twentieth of the deadline is activity, but no request.  What
 * the host says before it cuts off has the words, or it says nothing.
 */
static void
drip(const char *first, const char *byte, const char *words)
{
	struct served s;
	struct client c;
	int64_t start;
	bool ended = false;

	served_init(&s, false);
	s.cf.limits.request_ms = 300;
	if (serve(&s) && client_open(&c, &s)) {
		start = now_ms();
		client_send(&c, first);
		while (!ended && now_ms() - start < 4000) {
			ended = ends_within(&c, 15);
			if (!ended)
				client_send(&c, byte);
		}
		CHECK(ended);
		CHECK(now_ms() - start >= 290);
		if (words != NULL)
			CHECK_HAS(c.in.p != NULL ? c.in.p : "", words);
		else
			CHECK_INT(c.in.len, 0);
		client_close(&c);
	}
	served_fini(&s);
}

static void
test_slow_headers(void)
{
	drip("GET /ok HTTP/1.1\r\nX-A: ", "a", NULL);
}

static void
test_slow_body(void)
{
	drip(PING "Content-Length: 5000\r\n\r\n{", " ", "408 Request Timeout");
	drip(PING "Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n",
	    "\"reason_code\":\"REQUEST_TIMEOUT\"}");
}

static void
test_silent(void)
{
	drip("", "", NULL);
}

static void
test_idle_between(void)
{
	struct served s;
	struct client c;
	struct answer a;

	served_init(&s, true);
	s.cf.limits.request_ms = 300;
	if (serve(&s) && client_open(&c, &s)) {
		client_send(&c, "GET /ok HTTP/1.1\r\nHost: x\r\n\r\n");
		CHECK(client_recv(&c, &a));
		answer_fini(&a);
		CHECK(ends_within(&c, 4000));
		client_close(&c);
	}
	served_fini(&s);
}

/* The host's own time is not the client's. */
static void
test_slow_host(void)
{
	struct served s;
	struct client c;
	struct answer a;

	served_init(&s, true);
	s.cf.limits.request_ms = 100;
	if (serve(&s) && client_open(&c, &s)) {
		fake_hold(s.host);
		client_send(&c, PING "Content-Length: 2\r\n\r\n{}");
		CHECK(!ends_within(&c, 400));
		fake_release(s.host);
		CHECK(client_recv(&c, &a));
		CHECK_INT(a.status, 200);
		answer_fini(&a);
		client_close(&c);
	}
	served_fini(&s);
}

static void
send_body(struct client *c, size_t len)
{
	char *body = malloc(len + 1);

	memset(body, ' ', len);
	body[len] = '\0';
	if (len >= 2)
		memcpy(body, "{}", 2);
	client_send(c, body);
	free(body);
}

static void
check_body(const struct served *s, const char *headers, size_t len,
    int status)
{
	struct client c;
	struct answer a;

	if (!client_open(&c, s))
		return;
	client_send(&c, PING);
	client_send(&c, headers);
	send_body(&c, len);
	client_send(&c, "\r\n0\r\n\r\n");
	CHECK(client_recv(&c, &a));
	CHECK_INT(a.status, status);
	if (status == 413)
		CHECK_HAS(a.body.p, "PAYLOAD_TOO_LARGE");
	answer_fini(&a);
	client_close(&c);
}

static void
test_large_body(void)
{
	struct served s;

	served_init(&s, false);
	s.cf.limits.body_bytes = 4096;
	if (serve(&s)) {
		check_body(&s, "Content-Length: 4096\r\n\r\n", 4096, 200);
		check_body(&s, "Content-Length: 4097\r\n\r\n", 4097, 413);
		check_body(&s, "Transfer-Encoding: chunked\r\n\r\n1000\r\n",
		    4096, 200);
		check_body(&s, "Transfer-Encoding: chunked\r\n\r\n1001\r\n",
		    4097, 413);
		/* Not even asked for. */
		check_body(&s, "Content-Length: 99999999\r\n\r\n", 0, 413);
	}
	served_fini(&s);
}

static void
test_expect(void)
{
	struct served s;
	struct client c;
	struct answer a;
	struct buf line = { 0 };

	served_init(&s, false);
	s.cf.limits.body_bytes = 4096;
	if (serve(&s) && client_open(&c, &s)) {
		client_send(&c, PING "Expect: 100-continue\r\n"
		    "Content-Length: 2\r\n\r\n");
		CHECK(client_until(&c, "\r\n\r\n", &line));
		CHECK_HAS(line.p, "100 Continue");
		client_send(&c, "{}");
		CHECK(client_recv(&c, &a));
		CHECK_INT(a.status, 200);
		answer_fini(&a);
		client_close(&c);
		client_open(&c, &s);
		client_send(&c, PING "Expect: 100-continue\r\n"
		    "Content-Length: 5000\r\n\r\n");
		CHECK(client_recv(&c, &a));
		CHECK_INT(a.status, 413);
		answer_fini(&a);
		client_close(&c);
	}
	buf_fini(&line);
	served_fini(&s);
}

/* Beyond all patience it is cut off, which has a reason, too. */
static void
test_endless_body(void)
{
	char chunk[1100];
	struct served s;
	struct client c;
	int i;

	snprintf(chunk, sizeof chunk, "400\r\n%01024d\r\n", 0);
	served_init(&s, false);
	s.cf.limits.body_bytes = 4096;
	if (serve(&s) && client_open(&c, &s)) {
		client_send(&c, PING "Transfer-Encoding: chunked\r\n\r\n");
		for (i = 0; i < 32; i++)
			CHECK(client_send(&c, chunk));
		CHECK(!ends_within(&c, 100));
		client_send(&c, chunk);
		CHECK(ends_within(&c, 4000));
		CHECK_HAS(c.in.p != NULL ? c.in.p : "", "413 ");
		CHECK_HAS(c.in.p != NULL ? c.in.p : "", "PAYLOAD_TOO_LARGE");
		client_close(&c);
	}
	served_fini(&s);
}

static void
test_large_headers(void)
{
	struct served s;
	struct answer a;
	char extra[9000];

	served_init(&s, false);
	if (serve(&s)) {
		snprintf(extra, sizeof extra, "X-Large: %08000d\r\n", 0);
		ask(&s, "GET", "/ok", extra, NULL, &a);
		CHECK_INT(a.status, 200);
		answer_fini(&a);
		snprintf(extra, sizeof extra, "X-Large: %08190d\r\n", 0);
		ask(&s, "GET", "/ok", extra, NULL, &a);
		CHECK_INT(a.status, 431);
		CHECK_HAS(a.body.p, "HEADERS_TOO_LARGE");
		answer_fini(&a);
	}
	served_fini(&s);
}

static void
test_rate(void)
{
	struct served s;
	struct answer a;
	int i, limited = 0, good = 0;

	served_init(&s, false);
	s.cf.limits.per_second = 5;
	if (serve(&s)) {
		for (i = 0; i < 12; i++) {
			ask(&s, "GET", "/ok", "", NULL, &a);
			limited += a.status == 429;
			good += a.status == 200;
			if (a.status == 429) {
				CHECK_HAS(a.body.p, "RATE_LIMITED");
				CHECK_STR(answer_header(&a, "Retry-After"),
				    "1");
			}
			answer_fini(&a);
		}
		CHECK_INT(limited + good, 12);
		CHECK(good >= 5);
		CHECK(limited >= 1);
		/* Another caller has its own. */
		ask(&s, "GET", "/ok", AUTH, NULL, &a);
		CHECK_INT(a.status, 200);
		answer_fini(&a);
	}
	served_fini(&s);
}

/* Whether a new connection is let in within ms. */
static bool
serves_within(const struct served *s, int ms)
{
	int64_t until = now_ms() + ms;
	struct client c;
	struct answer a;
	bool ok = false;

	while (!ok && now_ms() < until && client_open(&c, s)) {
		client_send(&c, "GET /ok HTTP/1.1\r\nHost: x\r\n\r\n");
		ok = client_recv(&c, &a);
		answer_fini(&a);
		client_close(&c);
	}
	return ok;
}

static void
test_per_address(void)
{
	struct served s;
	struct client c[3];
	struct answer a;
	int i;

	served_init(&s, false);
	s.cf.limits.per_address = 2;
	if (serve(&s)) {
		for (i = 0; i < 3; i++) {
			client_open(&c[i], &s);
			client_send(&c[i], "GET /ok HTTP/1.1\r\nHost: x\r\n"
			    "\r\n");
			CHECK_INT(client_recv(&c[i], &a), i < 2);
			answer_fini(&a);
		}
		for (i = 0; i < 3; i++)
			client_close(&c[i]);
	}
	served_fini(&s);
}

/* Closed at once, however many threads accept; there is room again later. */
static void
test_connections(void)
{
	struct served s;
	struct client c[5];
	struct answer a;
	int i, j;

	served_init(&s, false);
	s.cf.limits.connections = 4;
	if (serve(&s)) {
		for (i = 0; i < 8; i++) {
			j = i < 4 ? i : 4;
			client_open(&c[j], &s);
			client_send(&c[j], "GET /ok HTTP/1.1\r\nHost: x\r\n"
			    "\r\n");
			CHECK_INT(client_recv(&c[j], &a), i < 4);
			answer_fini(&a);
			if (j == 4)
				client_close(&c[j]);
		}
		for (i = 0; i < 4; i++)
			client_close(&c[i]);
		CHECK(serves_within(&s, 5000));
	}
	served_fini(&s);
}

static void
test_pipelined(void)
{
	struct served s;
	struct client c;
	struct answer a;
	char part[32];
	int i;

	served_init(&s, true);
	if (serve(&s) && client_open(&c, &s)) {
		client_send(&c,
		    PING "Content-Length: 7\r\n\r\n{\"n\":0}"
		    PING "Content-Length: 7\r\n\r\n{\"n\":1}"
		    "GET /ok HTTP/1.1\r\nHost: x\r\n\r\n"
		    PING "Content-Length: 7\r\n\r\n{\"n\":3}");
		for (i = 0; i < 4; i++) {
			CHECK(client_recv(&c, &a));
			CHECK_INT(a.status, 200);
			snprintf(part, sizeof part, "{\"n\":%d}", i);
			CHECK_HAS(a.body.p, i == 2 ? "{\"ok\":true}" : part);
			answer_fini(&a);
		}
		client_close(&c);
	}
	served_fini(&s);
}

/* Whatever comes, the next client is served. */
static void
test_garbage(void)
{
	static const char *const texts[] = { "\r\n\r\n\r\n", "GET\r\n\r\n",
		"\x16\x03\x01\x02", "GET / HTTP/9.9\r\n\r\n",
		"GET /%zz%0 HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /ok HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
		"POST /ok HTTP/1.1\r\nContent-Length: 1\r\n"
		"Content-Length: 2\r\n\r\nab",
		"POST /ok HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz",
		"GET /ok HTTP/1.1\r\n: x\r\n\r\n",
		"GET /ok HTTP/1.1\r\nX: \x01\x02\xff\r\n\r\n", NULL };
	struct served s;
	struct client c;
	struct answer a;
	size_t i;

	served_init(&s, false);
	s.cf.limits.request_ms = 300;
	if (serve(&s))
		for (i = 0; texts[i] != NULL; i++) {
			client_open(&c, &s);
			client_send(&c, texts[i]);
			shutdown(c.fd, SHUT_WR);
			while (client_more(&c))
				continue;
			client_close(&c);
			ask(&s, "GET", "/ok", "", NULL, &a);
			CHECK_INT(a.status, 200);
			answer_fini(&a);
		}
	served_fini(&s);
}

static void
test_stop(void)
{
	struct served s;
	struct client c;

	served_init(&s, true);
	if (serve(&s) && client_open(&c, &s)) {
		client_send(&c, PING "Content-Length: 9\r\n\r\n{");
		http_stop(s.http);
		s.http = NULL;
		CHECK(ends_within(&c, 4000));
		client_close(&c);
		CHECK(!client_open_unix(&c, s.socket));
		client_close(&c);
	}
	served_fini(&s);
}

static void
refuse(struct served *s, const char *part)
{
	struct err err = { 0 };

	if (http_open(&s->cf, &s->http, &err) == RH_OK)
		http_start(s->http, s->host, s->registry, 0, &err);
	CHECK_INT(err.status, RH_EINPUT);
	CHECK_HAS(err.msg, part);
	http_stop(s->http);
	s->http = NULL;
}

static void
test_unsafe(void)
{
	struct served s;

	served_init(&s, false);
	s.cf.address = "0.0.0.0";
	refuse(&s, "needs TLS");
	s.cf.address = "::";
	refuse(&s, "needs TLS");
	s.cf.address = "example.org";
	refuse(&s, "not an address");
	s.cf.tls_cert = "/nowhere/cert.pem";
	refuse(&s, "only one");
	s.cf.tls_key = "/nowhere/key.pem";
	s.cf.address = "0.0.0.0";
	refuse(&s, "/nowhere/cert.pem");
	s.cf.tls_cert = s.cf.tls_key = NULL;
	s.cf.insecure = true;
	serve(&s);
	served_fini(&s);
}

static bool
make_certificate(const char *cert, const char *key)
{
	char cmd[1024];

	snprintf(cmd, sizeof cmd, "openssl req -x509 -newkey rsa:2048 -nodes "
	    "-days 2 -subj /CN=localhost -addext "
	    "subjectAltName=IP:127.0.0.1 -keyout %s -out %s >%s/log 2>&1",
	    key, cert, unit_tmpdir());
	return system(cmd) == 0;
}

/* Over TLS there is an answer, in the clear there is none. */
static void
check_tls(const struct served *s, const char *cert)
{
	const struct httpc_request req = { .method = "GET", .path = "/ok" };
	char url[64];
	struct httpc_options opt = { .base_url = url, .ca_file = cert,
		.connect_ms = 5000, .timeout_ms = 5000, .body_max = 4096 };
	struct httpc_reply reply = { 0 };
	struct httpc *c;
	struct answer a;
	struct err err;

	snprintf(url, sizeof url, "https://127.0.0.1:%u", http_port(s->http));
	c = httpc_open(&opt);
	CHECK_OK(httpc_send(c, &req, &reply, &err), &err);
	CHECK_INT(reply.status, 200);
	CHECK_STR(reply.body.p, "{\"ok\":true}");
	buf_fini(&reply.body);
	httpc_close(c);
	ask(s, "GET", "/ok", "", NULL, &a);
	CHECK_INT(a.status, 0);
	answer_fini(&a);
}

static void
test_tls(void)
{
	struct served s;
	char cert[160], key[160];

	served_init(&s, false);
	snprintf(cert, sizeof cert, "%s/cert.pem", unit_tmpdir());
	snprintf(key, sizeof key, "%s/key.pem", unit_tmpdir());
	s.cf.tls_cert = cert;
	s.cf.tls_key = key;
	if (!make_certificate(cert, key))
		unit_skip("openssl makes no certificate here");
	else if (serve(&s))
		check_tls(&s, cert);
	served_fini(&s);
}

static void
test_socket_file(void)
{
	struct served s;
	struct stat st;

	served_init(&s, false);
	if (serve(&s)) {
		CHECK_INT(stat(s.socket, &st), 0);
		CHECK_INT(st.st_mode & 07777, 0600);
		http_stop(s.http);
		s.http = NULL;
		CHECK_INT(stat(s.socket, &st), -1);
		/* A file that is no socket is nobody's to remove. */
		fclose(fopen(s.socket, "w"));
		refuse(&s, "in the way");
	}
	served_fini(&s);
}

/* Half a request and the end behind it: nobody waits for the rest. */
static void
test_left(void)
{
	struct served s;
	struct client c;

	served_init(&s, true);
	s.cf.limits.request_ms = 4000;
	if (serve(&s) && client_open(&c, &s)) {
		client_send(&c, "GET /ok HT");
		shutdown(c.fd, SHUT_WR);
		CHECK(ends_within(&c, 3000));
		client_close(&c);
	}
	served_fini(&s);
}

/* A proxy in front may have read the other one. */
static void
test_ambiguous(void)
{
	static const char *const requests[] = {
		"GET /api/runs HTTP/1.1\r\nHost: x\r\n" AUTH AUTH "\r\n",
		"GET /ok HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n",
		PING "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
		PING "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "2\r\n{}\r\n0\r\n\r\n",
	};
	struct served s;
	struct client c;
	struct answer a;
	size_t i;

	served_init(&s, true);
	if (serve(&s)) {
		for (i = 0; i < sizeof requests / sizeof requests[0] &&
		    client_open(&c, &s); i++) {
			client_send(&c, requests[i]);
			CHECK(client_recv(&c, &a));
			CHECK_INT(a.status, 400);
			CHECK(i < 2 || ends_within(&c, 4000));
			answer_fini(&a);
			client_close(&c);
		}
		CHECK_INT((int)i, 4);
	}
	served_fini(&s);
}

const struct unit_test http_limits_tests[] = {
	{ "headers that drip in are cut off in time", test_slow_headers },
	{ "a body that drips in is cut off in time", test_slow_body },
	{ "a connection that says nothing is cut off", test_silent },
	{ "a connection that has nothing more to ask is cut off",
	    test_idle_between },
	{ "what the host takes is not the client's time", test_slow_host },
	{ "a body that is too large is 413 in the envelope",
	    test_large_body },
	{ "100-continue is sent only for a body that is wanted",
	    test_expect },
	{ "a body that never ends is 413, and cut off", test_endless_body },
	{ "headers that are too large are 431 in the envelope",
	    test_large_headers },
	{ "too many requests a second are 429, for that caller", test_rate },
	{ "one address has only so many connections", test_per_address },
	{ "a connection too many is closed at once", test_connections },
	{ "pipelined requests are answered in order", test_pipelined },
	{ "garbage harms nobody else", test_garbage },
	{ "a request with two meanings is refused", test_ambiguous },
	{ "a client that left half a request is let go", test_left },
	{ "stopping cuts off what is half sent", test_stop },
	{ "beyond loopback TLS or a plain word is needed", test_unsafe },
	{ "with a certificate only TLS is spoken", test_tls },
	{ "the Unix socket is the owner's alone", test_socket_file },
	{ NULL, NULL },
};
