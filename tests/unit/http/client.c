/*
 * A blocking client with a time-out of five seconds, and the server that
 * the tests of this folder talk to.
 */
#include "http/client.h"

#include "http/fake_host.h"
#include "lib/unit.h"
#include "plugin/registry.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

void
served_init(struct served *s, bool async)
{
	memset(s, 0, sizeof *s);
	s->host = fake_new(async);
	s->registry = registry_new();
	s->cf.address = "127.0.0.1";
	s->cf.owner = geteuid();
	s->cf.version = "1.2.3";
	s->cf.action_count = 42;
	s->cf.limits = http_limits_default;
}

bool
serve(struct served *s)
{
	struct err err;

	snprintf(s->socket, sizeof s->socket, "%s/sock", unit_tmpdir());
	s->cf.socket_path = s->socket;
	return CHECK_OK(http_open(&s->cf, &s->http, &err), &err) &&
	    CHECK_OK(http_start(s->http, s->host, s->registry, 0, &err), &err);
}

void
served_fini(struct served *s)
{
	http_stop(s->http);
	registry_free(s->registry);
	fake_free(s->host);
}

static bool
client_use(struct client *c, int fd)
{
	struct timeval tv = { .tv_sec = 5 };

	memset(c, 0, sizeof *c);
	c->fd = fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
	return true;
}

bool
client_open(struct client *c, const struct served *s)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(http_port(s->http)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	client_use(c, fd);
	return CHECK(connect(fd, (void *)&sin, sizeof sin) == 0);
}

bool
client_open_unix(struct client *c, const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	client_use(c, fd);
	snprintf(sun.sun_path, sizeof sun.sun_path, "%s", path);
	return connect(fd, (void *)&sun, sizeof sun) == 0;
}

void
client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	buf_fini(&c->in);
}

bool
client_send(struct client *c, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	while (len > 0) {
		n = send(c->fd, text, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

bool
client_more(struct client *c)
{
	char some[16384];
	ssize_t n = recv(c->fd, some, sizeof some, 0);

	if (n <= 0)
		return false;
	buf_add(&c->in, some, (size_t)n);
	return true;
}

static void
take(struct client *c, size_t len, struct buf *out)
{
	if (out != NULL)
		buf_add(out, c->in.p, len);
	memmove(c->in.p, c->in.p + len, c->in.len - len + 1);
	c->in.len -= len;
}

bool
client_until(struct client *c, const char *text, struct buf *taken)
{
	char *at;

	while (c->in.p == NULL || (at = strstr(c->in.p, text)) == NULL)
		if (!client_more(c))
			return false;
	take(c, (size_t)(at - c->in.p) + strlen(text), taken);
	return true;
}

static bool
need(struct client *c, size_t len)
{
	while (c->in.len < len)
		if (!client_more(c))
			return false;
	return true;
}

static bool
recv_chunks(struct client *c, struct buf *out)
{
	struct buf line = { 0 };
	size_t len;
	bool good = true;

	do {
		buf_clear(&line);
		if (!(good = client_until(c, "\r\n", &line)))
			break;
		len = strtoul(line.p, NULL, 16);
		if (!(good = need(c, len + 2)))
			break;
		take(c, len, out);
		take(c, 2, NULL);
	} while (len > 0);
	buf_fini(&line);
	return good;
}

const char *
answer_header(const struct answer *a, const char *name)
{
	static _Thread_local char value[512];
	char want[128];
	const char *p;

	snprintf(want, sizeof want, "\r\n%s: ", name);
	p = a->head.p == NULL ? NULL : strcasestr(a->head.p, want);
	if (p == NULL)
		return "";
	p += strlen(want);
	snprintf(value, sizeof value, "%.*s", (int)strcspn(p, "\r"), p);
	return value;
}

bool
client_recv(struct client *c, struct answer *a)
{
	size_t len;

	memset(a, 0, sizeof *a);
	if (!client_until(c, "\r\n\r\n", &a->head) ||
	    sscanf(a->head.p, "HTTP/1.1 %d", &a->status) != 1)
		return false;
	if (strcmp(answer_header(a, "Transfer-Encoding"), "chunked") == 0)
		return recv_chunks(c, &a->body);
	len = strtoul(answer_header(a, "Content-Length"), NULL, 10);
	if (!need(c, len))
		return false;
	if (len > 0)
		take(c, len, &a->body);
	return true;
}

void
answer_fini(struct answer *a)
{
	buf_fini(&a->head);
	buf_fini(&a->body);
}

void
ask(const struct served *s, const char *method, const char *path,
    const char *extra, const char *body, struct answer *a)
{
	struct client c;
	struct buf req = { 0 };

	memset(a, 0, sizeof *a);
	buf_printf(&req, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s", method,
	    path, extra);
	if (body != NULL)
		buf_printf(&req, "Content-Length: %zu\r\n", strlen(body));
	buf_printf(&req, "\r\n%s", body != NULL ? body : "");
	if (client_open(&c, s)) {
		CHECK(client_send(&c, req.p));
		client_recv(&c, a);
	}
	client_close(&c);
	buf_fini(&req);
	if (a->body.p == NULL)
		buf_adds(&a->body, "");
}
