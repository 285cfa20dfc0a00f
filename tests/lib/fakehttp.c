/*
 * The server of fakehttp.h, on plain sockets.
 */
#include "lib/fakehttp.h"

#include "base/buf.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWERS_MAX 64
#define CONNECTIONS_MAX 64

struct fakehttp {
	const struct fake_answer *answers;
	bool	used[ANSWERS_MAX];
	int	fd;
	char	url[64];
	pthread_t thread;	/* that accepts */
	pthread_t serving[CONNECTIONS_MAX];
	size_t	serving_count;
	pthread_mutex_t lock;	/* of used and seen */
	struct buf seen;
};

struct connection {
	struct fakehttp *server;
	int	fd;
};

static const char not_written[] =
    "HTTP/1.1 418 No answer was written for this\r\n"
    "Connection: close\r\n\r\n";

static const char *
answer_for(struct fakehttp *s, const char *request)
{
	const struct fake_answer *a = s->answers;
	size_t i, n;

	for (i = 0; a[i].request != NULL; i++) {
		n = strlen(a[i].request);
		if (s->used[i] || strncmp(request, a[i].request, n) != 0 ||
		    strchr(" ?", request[n]) == NULL)
			continue;
		s->used[i] = true;
		return a[i].answer;
	}
	return not_written;
}

/* Whether the request is whole, by its Content-Length. */
static bool
is_whole(const struct buf *in)
{
	const char *end, *length;

	if (in->len == 0 || (end = strstr(in->p, "\r\n\r\n")) == NULL)
		return false;
	length = strcasestr(in->p, "\r\ncontent-length:");
	if (length == NULL || length > end)
		return true;
	return in->len >= (size_t)(end + 4 - in->p) +
	    strtoul(length + 17, NULL, 10);
}

static void *
serve(void *arg)
{
	struct connection *c = arg;
	struct fakehttp *s = c->server;
	int fd = c->fd;
	struct buf in = { 0 };
	const char *answer;
	char piece[4096];
	ssize_t n;

	while (!is_whole(&in) && (n = read(fd, piece, sizeof piece)) > 0)
		buf_add(&in, piece, (size_t)n);
	pthread_mutex_lock(&s->lock);
	if (in.len > 0)
		buf_add(&s->seen, in.p, in.len);
	buf_adds(&s->seen, "\n");
	answer = in.len > 0 ? answer_for(s, in.p) : "";
	pthread_mutex_unlock(&s->lock);
	send(fd, answer, strlen(answer), MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	/* Until the client has left, so that nothing is lost by a reset. */
	while (read(fd, piece, sizeof piece) > 0)
		continue;
	close(fd);
	buf_fini(&in);
	free(c);
	return NULL;
}

static void *
loop(void *arg)
{
	struct fakehttp *s = arg;
	struct connection *c;
	int fd;

	while ((fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		assert(s->serving_count < CONNECTIONS_MAX);
		c = mem_alloc(sizeof *c);
		*c = (struct connection){ s, fd };
		assert(pthread_create(&s->serving[s->serving_count++], NULL,
		    serve, c) == 0);
	}
	return NULL;
}

static int
listen_tcp(struct fakehttp *s)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0);
	getsockname(fd, (struct sockaddr *)&a, &len);
	snprintf(s->url, sizeof s->url, "http://127.0.0.1:%u",
	    (unsigned)ntohs(a.sin_port));
	return fd;
}

static int
listen_unix(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert(strlen(path) < sizeof a.sun_path);
	memcpy(a.sun_path, path, strlen(path) + 1);
	assert(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0);
	return fd;
}

struct fakehttp *
fakehttp_start(const struct fake_answer *answers, const char *unix_path)
{
	struct fakehttp *s = mem_zalloc(sizeof *s);

	s->answers = answers;
	s->fd = unix_path != NULL ? listen_unix(unix_path) : listen_tcp(s);
	pthread_mutex_init(&s->lock, NULL);
	assert(listen(s->fd, 16) == 0);
	assert(pthread_create(&s->thread, NULL, loop, s) == 0);
	return s;
}

const char *
fakehttp_url(const struct fakehttp *s)
{
	return s->url;
}

const char *
fakehttp_seen(struct fakehttp *s)
{
	const char *seen;

	pthread_mutex_lock(&s->lock);
	seen = s->seen.p != NULL ? s->seen.p : "";
	pthread_mutex_unlock(&s->lock);
	return seen;
}

void
fakehttp_stop(struct fakehttp *s)
{
	size_t i;

	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	for (i = 0; i < s->serving_count; i++)
		pthread_join(s->serving[i], NULL);
	close(s->fd);
	pthread_mutex_destroy(&s->lock);
	buf_fini(&s->seen);
	free(s);
}
