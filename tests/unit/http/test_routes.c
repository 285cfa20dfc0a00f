/* Which request reaches which door, and what comes back when none does. */
#include "lib/unit.h"

#include "http/client.h"
#include "http/fake_host.h"

#include <stdio.h>
#include <string.h>

static void
check(const struct served *s, const char *method, const char *path,
    int status, const char *part)
{
	struct answer a;

	ask(s, method, path, "", NULL, &a);
	CHECK_INT(a.status, status);
	CHECK_HAS(a.body.p, part);
	answer_fini(&a);
}

static void
test_open(void)
{
	struct served s;
	struct fake_seen seen;
	struct answer a;

	served_init(&s, false);
	if (serve(&s)) {
		check(&s, "GET", "/", 200, "runhost 1.2.3\n");
		check(&s, "GET", "/health", 200,
		    "{\"status\":\"UP\",\"ok\":true,\"version\":\"1.2.3\"}");
		check(&s, "GET", "/ok", 200, "{\"ok\":true}");
		check(&s, "GET", "/ready", 200, "\"ready\":true");
		check(&s, "GET", "/info", 200, "\"actions\":42");
		ask(&s, "GET", "/", "", NULL, &a);
		CHECK_STR(answer_header(&a, "Content-Type"),
		    "text/plain; charset=utf-8");
		CHECK_STR(answer_header(&a, "Cache-Control"), "no-store");
		CHECK_STR(answer_header(&a, "X-Content-Type-Options"),
		    "nosniff");
		answer_fini(&a);
		fake_not_ready(s.host, "a thread was lost");
		check(&s, "GET", "/ready", 503, "\"reasons\":[\"a thread was "
		    "lost\"]");
		fake_seen(s.host, &seen);
		CHECK_INT(seen.count, 0);
	}
	served_fini(&s);
}

static void
test_nowhere(void)
{
	static const char *const paths[] = { "/nope", "/api", "/api/runs/",
		"/api/runs/x/y", "/api/actions/", "//", "/api/runs/a%2Fb",
		"/health/", NULL };
	struct served s;
	size_t i;

	served_init(&s, false);
	if (serve(&s))
		for (i = 0; paths[i] != NULL; i++)
			check(&s, "GET", paths[i], 404,
			    "{\"ok\":false,\"data\":null,\"error\":");
	served_fini(&s);
}

static void
test_method(void)
{
	static const struct {
		const char *method, *path, *allow;
	} rows[] = {
		{ "DELETE", "/api/runs", "GET, HEAD" },
		{ "GET", "/api/extensions/execute", "POST" },
		{ "POST", "/health", "GET, HEAD" },
		{ "OPTIONS", "/api/actions/host_ping", "POST" },
		{ "BREW", "/", "GET, HEAD" },
		{ NULL, NULL, NULL },
	};
	struct served s;
	struct answer a;
	size_t i;

	served_init(&s, false);
	if (serve(&s))
		for (i = 0; rows[i].method != NULL; i++) {
			ask(&s, rows[i].method, rows[i].path, "", NULL, &a);
			CHECK_INT(a.status, 405);
			CHECK_STR(answer_header(&a, "Allow"), rows[i].allow);
			CHECK_HAS(a.body.p, "METHOD_NOT_ALLOWED");
			answer_fini(&a);
		}
	served_fini(&s);
}

static void
test_head(void)
{
	struct served s;
	struct client c;
	struct buf head = { 0 };

	served_init(&s, false);
	if (serve(&s) && client_open(&c, &s)) {
		client_send(&c, "HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n"
		    "GET /ok HTTP/1.1\r\nHost: x\r\n\r\n");
		CHECK(client_until(&c, "\r\n\r\n", &head));
		CHECK_HAS(head.p, "200 OK");
		CHECK_HAS(head.p, "Content-Length: 43");
		/* No body: the next answer follows at once. */
		buf_clear(&head);
		CHECK(client_until(&c, "\r\n\r\n", &head));
		CHECK(strncmp(head.p, "HTTP/1.1 200", 12) == 0);
		buf_fini(&head);
		client_close(&c);
	}
	served_fini(&s);
}

static void
test_token(void)
{
	static const struct {
		const char *header;
		int	status;
		const char *principal;
	} rows[] = {
		{ "", 401, "anonymous" },
		{ "Authorization: Bearer rh_alice\r\n", 200, "user:alice" },
		{ "authorization: bearer   rh_alice \r\n", 200, "user:alice" },
		{ "Authorization: Bearer rh_bob\r\n", 401, "anonymous" },
		{ "Authorization: Bearer\r\n", 401, "anonymous" },
		{ "Authorization: Basic rh_alice\r\n", 401, "anonymous" },
		{ "Authorization: rh_alice\r\n", 401, "anonymous" },
		{ NULL, 0, NULL },
	};
	struct served s;
	struct fake_seen seen;
	struct answer a;
	size_t i;

	served_init(&s, true);
	if (serve(&s))
		for (i = 0; rows[i].header != NULL; i++) {
			ask(&s, "GET", "/api/runs", rows[i].header, NULL, &a);
			fake_seen(s.host, &seen);
			CHECK_INT(a.status, rows[i].status);
			CHECK_STR(seen.principal, rows[i].principal);
			CHECK_STR(seen.source, "127.0.0.1");
			CHECK_STR(answer_header(&a, "WWW-Authenticate"),
			    a.status == 401 ? "Bearer realm=\"runhost\"" : "");
			answer_fini(&a);
		}
	served_fini(&s);
}

static void
test_actions(void)
{
	struct served s;
	struct fake_seen seen;
	struct answer a;

	served_init(&s, true);
	if (serve(&s)) {
		ask(&s, "POST", "/api/actions/host_ping", AUTH
		    "Idempotency-Key: k-1\r\n", "{\"a\": 1}", &a);
		fake_seen(s.host, &seen);
		CHECK_INT(a.status, 200);
		CHECK_STR(a.body.p, "{\"action\":\"host_ping\",\"body\":"
		    "{\"a\": 1}}");
		CHECK_STR(seen.key, "k-1");
		answer_fini(&a);
		ask(&s, "POST", "/api/actions/host_ping", AUTH, "", &a);
		CHECK_HAS(a.body.p, "\"body\":{}");
		answer_fini(&a);
		ask(&s, "POST", "/api/actions/hello.greet", AUTH, "{}", &a);
		CHECK_INT(a.status, 404);
		CHECK_HAS(a.body.p, "\"reason_code\":\"NOT_FOUND\"");
		answer_fini(&a);
	}
	served_fini(&s);
}

/* What each refusal of the host becomes. */
static void
test_statuses(void)
{
	static const struct {
		rh_status status;
		int	http;
		const char *code, *retry;
	} rows[] = {
		{ RH_EPERM, 403, "AUTH_FORBIDDEN", "" },
		{ RH_ECONFLICT, 409, "CONFLICT", "" },
		{ RH_EKEYREUSE, 422, "IDEMPOTENCY_MISMATCH", "" },
		{ RH_ERATE, 429, "RATE_LIMITED", "1" },
		{ RH_EBUSY, 503, "QUEUE_FULL", "1" },
		{ RH_EUNKNOWN, 503, "OUTCOME_UNKNOWN", "1" },
		{ RH_EFULL, 507, "STORAGE_FULL", "" },
		{ RH_EINTERNAL, 500, "INTERNAL_ERROR", "" },
		{ 0, 0, NULL, NULL },
	};
	struct served s;
	struct answer a;
	char part[64];
	size_t i;

	served_init(&s, false);
	if (serve(&s))
		for (i = 0; rows[i].code != NULL; i++) {
			fake_fail(s.host, rows[i].status);
			ask(&s, "POST", "/api/actions/host_ping", AUTH, "{}",
			    &a);
			CHECK_INT(a.status, rows[i].http);
			CHECK_STR(answer_header(&a, "Retry-After"),
			    rows[i].retry);
			snprintf(part, sizeof part, "\"reason_code\":\"%s\"",
			    rows[i].code);
			CHECK_HAS(a.body.p, part);
			answer_fini(&a);
		}
	served_fini(&s);
}

static void
test_other_site(void)
{
	static const struct {
		const char *headers;
		int	status;
	} rows[] = {
		{ "Origin: http://localhost\r\n", 200 },
		{ "Origin: https://evil.example\r\n", 403 },
		{ "Origin: null\r\n", 403 },
		{ "Sec-Fetch-Site: cross-site\r\n", 403 },
		{ "Sec-Fetch-Site: same-origin\r\n", 200 },
		{ NULL, 0 },
	};
	struct served s;
	struct answer a;
	char headers[256];
	size_t i;

	served_init(&s, false);
	if (serve(&s)) {
		for (i = 0; rows[i].headers != NULL; i++) {
			snprintf(headers, sizeof headers, AUTH "%s",
			    rows[i].headers);
			ask(&s, "POST", "/api/actions/host_ping", headers,
			    "{}", &a);
			CHECK_INT(a.status, rows[i].status);
			answer_fini(&a);
		}
		ask(&s, "GET", "/ok", rows[1].headers, NULL, &a);
		CHECK_INT(a.status, 200);
		answer_fini(&a);
	}
	served_fini(&s);
}

static void
test_commands(void)
{
	struct served s;
	struct fake_seen seen;
	struct answer a;

	served_init(&s, false);
	if (serve(&s)) {
		ask(&s, "GET", "/api/slash-commands", AUTH, NULL, &a);
		fake_seen(s.host, &seen);
		CHECK_INT(a.status, 200);
		CHECK_STR(seen.action, "plugin_list");
		CHECK_STR(a.body.p, "{\"commands\":[],\"total\":0}");
		answer_fini(&a);
		check(&s, "GET", "/api/chat/slash-commands", 401,
		    "AUTH_REQUIRED");
	}
	served_fini(&s);
}

const struct unit_test http_routes_tests[] = {
	{ "what needs no token makes no call", test_open },
	{ "a path that nobody serves is 404 in the envelope", test_nowhere },
	{ "another method is 405 and says which", test_method },
	{ "HEAD is GET without a body", test_head },
	{ "a caller is whom its token names", test_token },
	{ "any action takes its body and answers barely", test_actions },
	{ "each refusal has its status, code and headers", test_statuses },
	{ "a page of another site can change nothing", test_other_site },
	{ "slash commands are listed for who may list plugins",
	    test_commands },
	{ NULL, NULL },
};
