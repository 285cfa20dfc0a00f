#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NEWS		256
#define PATIENCE_NS	(INT64_C(30) * 1000000000)

struct clients {
	int	epoll, port, count, next;
	char	auth[256];
	void	(*answered)(struct client *, const struct answer *);
	struct client *all;
	/* of clients_ask() */
	struct client *asked;
	struct answer got;
};

void
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

void
clients_allow(void)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
}

int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int
dial(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
		die("connecting to port %d: %s", port, strerror(errno));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

struct clients *
clients_new(int port, const char *token, int n,
    void (*answered)(struct client *, const struct answer *))
{
	struct clients *cs = calloc(1, sizeof *cs);
	struct epoll_event ev = { .events = EPOLLIN };
	int i;

	if (cs == NULL || (cs->all = calloc((size_t)n, sizeof *cs->all)) ==
	    NULL)
		die("no memory");
	cs->epoll = epoll_create1(EPOLL_CLOEXEC);
	cs->port = port;
	cs->count = n;
	cs->answered = answered;
	snprintf(cs->auth, sizeof cs->auth, "Authorization: Bearer %s\r\n",
	    token);
	for (i = 0; i < n; i++) {
		cs->all[i].fd = dial(port);
		ev.data.ptr = &cs->all[i];
		epoll_ctl(cs->epoll, EPOLL_CTL_ADD, cs->all[i].fd, &ev);
	}
	return cs;
}

void
clients_free(struct clients *cs)
{
	int i;

	for (i = 0; i < cs->count; i++) {
		if (cs->all[i].fd >= 0)
			close(cs->all[i].fd);
		free(cs->all[i].in);
	}
	close(cs->epoll);
	free(cs->all);
	free(cs);
}

struct client *
clients_at(struct clients *cs, int i)
{
	return &cs->all[i];
}

struct client *
clients_idle(struct clients *cs)
{
	struct client *c;
	int i;

	for (i = 0; i < cs->count; i++) {
		c = &cs->all[cs->next];
		cs->next = (cs->next + 1) % cs->count;
		if (!c->busy && c->fd >= 0)
			return c;
	}
	return NULL;
}

void
clients_redial(struct clients *cs, struct client *c)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };

	if (c->fd >= 0)
		close(c->fd);
	c->fd = dial(cs->port);
	c->busy = false;
	c->in_len = 0;
	epoll_ctl(cs->epoll, EPOLL_CTL_ADD, c->fd, &ev);
}

void
client_send_text(struct client *c, const char *text, size_t len)
{
	if (send(c->fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		die("sending: %s", strerror(errno));
	c->busy = true;
	c->in_len = 0;
	if (c->in == NULL && !c->stream &&
	    (c->in = malloc(ANSWER_MAX + 1)) == NULL)
		die("no memory");
}

void
client_send(struct clients *cs, struct client *c, const char *path,
    const char *body)
{
	char text[REQUEST_MAX];
	int n;

	if (body != NULL)
		n = snprintf(text, sizeof text, "POST %s HTTP/1.1\r\n"
		    "Host: bench\r\n%sContent-Type: application/json\r\n"
		    "Content-Length: %zu\r\n\r\n%s", path, cs->auth,
		    strlen(body), body);
	else
		n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n"
		    "Host: bench\r\n%s\r\n", path, cs->auth);
	if (n >= (int)sizeof text)
		die("a request too long");
	client_send_text(c, text, (size_t)n);
}

/* The whole answer, when all of it is there. */
static bool
take_answer(struct client *c, struct answer *a)
{
	char *end, *length;

	c->in[c->in_len] = '\0';
	if ((end = strstr(c->in, "\r\n\r\n")) == NULL)
		return false;
	length = strcasestr(c->in, "\r\nContent-Length:");
	if (length == NULL || length > end)
		die("an answer without a length: %.300s", c->in);
	a->status = atoi(c->in + sizeof "HTTP/1.1");
	a->len = (size_t)atol(length + sizeof "\r\nContent-Length:" - 1);
	a->body = end + 4;
	if (a->len > ANSWER_MAX - (size_t)(a->body - c->in))
		die("an answer too long");
	return c->in_len >= (size_t)(a->body - c->in) + a->len;
}

static void
answered(struct clients *cs, struct client *c, const struct answer *a)
{
	if (c == cs->asked) {
		cs->got = *a;
		cs->asked = NULL;
	} else {
		cs->answered(c, a);
	}
}

static void
take_stream(struct clients *cs, struct client *c)
{
	static char piece[256 * 1024];
	ssize_t n = recv(c->fd, piece, sizeof piece - 1, MSG_DONTWAIT);
	struct answer a = { .body = piece };

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close(c->fd);
		c->fd = -1;
		n = 0;
	}
	piece[n] = '\0';
	a.len = (size_t)n;
	answered(cs, c, &a);
}

static void
take(struct clients *cs, struct client *c)
{
	struct answer a;
	ssize_t n;

	if (c->stream) {
		take_stream(cs, c);
		return;
	}
	if (c->in == NULL)
		die("a connection was closed");
	n = recv(c->fd, c->in + c->in_len, ANSWER_MAX - c->in_len,
	    MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		die("a connection was closed");
	c->in_len += (size_t)n;
	if (!take_answer(c, &a))
		return;
	c->busy = false;
	answered(cs, c, &a);
}

void
clients_wait(struct clients *cs, int64_t timeout_ns)
{
	struct epoll_event news[NEWS];
	struct timespec t = { timeout_ns / 1000000000,
	    timeout_ns % 1000000000 };
	int i, n = epoll_pwait2(cs->epoll, news, NEWS, &t, NULL);

	for (i = 0; i < n; i++)
		take(cs, news[i].data.ptr);
}

const char *
clients_ask(struct clients *cs, const char *path, const char *body)
{
	struct client *c;
	int64_t until = now_ns() + PATIENCE_NS;

	while ((c = clients_idle(cs)) == NULL)
		clients_wait(cs, PATIENCE_NS);
	cs->asked = c;
	client_send(cs, c, path, body);
	while (cs->asked != NULL && now_ns() < until)
		clients_wait(cs, PATIENCE_NS);
	if (cs->asked != NULL)
		die("%s: no answer", path);
	if (cs->got.status / 100 != 2)
		die("%s: %d %s", path, cs->got.status, cs->got.body);
	return cs->got.body;
}

void
answer_text(const char *body, const char *name, char *out, size_t size)
{
	char member[64];
	const char *p;
	size_t len;

	snprintf(member, sizeof member, "\"%s\":\"", name);
	if ((p = strstr(body, member)) == NULL)
		die("no %s in the answer: %.300s", name, body);
	p += strlen(member);
	if ((len = strcspn(p, "\"")) >= size)
		die("a longer %s than expected: %.300s", name, p);
	memcpy(out, p, len);
	out[len] = '\0';
}

void
token_read(const char *file, char out[TOKEN_MAX])
{
	FILE *f = fopen(file, "r");

	if (f == NULL || fgets(out, TOKEN_MAX, f) == NULL)
		die("%s: no token", file);
	fclose(f);
	out[strcspn(out, "\n")] = '\0';
}

void
token_make(int port, const char *by, const char *principal, const char *role,
    char out[TOKEN_MAX])
{
	struct clients *cs = clients_new(port, by, 1, NULL);
	char body[300];

	snprintf(body, sizeof body, "{\"principal\":\"%s\"%s%s%s}", principal,
	    role != NULL ? ",\"role\":\"" : "", role != NULL ? role : "",
	    role != NULL ? "\"" : "");
	answer_text(clients_ask(cs, "/api/actions/token_create", body),
	    "token", out, TOKEN_MAX);
	clients_free(cs);
}
