/*
 * Any bytes on a connection to the real doors, over a host that is not:
 * what comes back is nothing, or begins as an answer does, and when the
 * client has gone, the next one is served.  An input is a row of requests;
 * "@" stands for the header that names a caller.
 */
#include "base/buf.h"
#include "http/http.h"
#include "unit/http/fake_host.h"
#include "plugin/registry.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define QUIET_MS	3	/* then an odd client goes */
#define ANSWER_MS	5000

int	LLVMFuzzerInitialize(int *, char ***);
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char path[64];

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
path_remove(void)
{
	unlink(path);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct http_config cf = { .socket_path = path, .owner = geteuid(),
	    .version = "1.2.3", .limits = http_limits_default };
	struct host *host = fake_new(false);
	struct http *http;
	struct err err = { 0 };

	(void)argc, (void)argv;
	signal(SIGPIPE, SIG_IGN);
	snprintf(path, sizeof path, "/tmp/runhost-fuzz.%d", (int)getpid());
	cf.limits.body_bytes = 2048;
	fake_event(host, "progress", "{\"stage\":\"ONE\",\"percent\":1}");
	fake_event(host, "output", "{\"stream\":\"stdout\",\"text\":\"x\"}");
	/* Streams end by themselves. */
	fake_end(host);
	must(http_open(&cf, &http, &err) == RH_OK);
	must(http_start(http, host, registry_new(), 0, &err) == RH_OK);
	atexit(path_remove);
	return 0;
}

static int
dial(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof sun.sun_path, "%s", path);
	must(connect(fd, (void *)&sun, sizeof sun) == 0);
	return fd;
}

/* Until the other side closes, or says nothing for so long. */
static void
read_all(int fd, int quiet_ms, struct buf *out)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char part[4096];
	ssize_t n;

	while (poll(&p, 1, quiet_ms) == 1) {
		n = read(fd, part, sizeof part);
		if (n <= 0)
			return;
		buf_add(out, part, (size_t)n);
	}
}

static void
exchange(const struct buf *request, int quiet_ms, struct buf *answer)
{
	int fd = dial();

	/* It may be refused, and closed, before all is sent. */
	send(fd, request->p, request->len, MSG_NOSIGNAL);
	read_all(fd, quiet_ms, answer);
	must(answer->len == 0 || (answer->len > 12 &&
	    (memcmp(answer->p, "HTTP/1.1 ", 9) == 0 ||
	    memcmp(answer->p, "HTTP/1.0 ", 9) == 0)));
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf request = { 0 }, answer = { 0 };
	size_t i;

	for (i = 0; i < len; i++) {
		if (data[i] == '@')
			buf_adds(&request, "Authorization: Bearer "
			    FAKE_TOKEN "\r\n");
		else
			buf_addc(&request, (char)data[i]);
	}
	exchange(&request, QUIET_MS, &answer);
	buf_fini(&request);
	buf_fini(&answer);
	buf_adds(&request, "GET /ok HTTP/1.1\r\nHost: x\r\n"
	    "Connection: close\r\n\r\n");
	exchange(&request, ANSWER_MS, &answer);
	must(answer.len > 15 && memcmp(answer.p, "HTTP/1.1 200 OK", 15) == 0);
	buf_fini(&request);
	buf_fini(&answer);
	return 0;
}
