/*
 * Abuse of a host's TCP door, for tests/bench/abuse.sh.
 *
 *	abuse -p PORT -T TOKENFILE -m MODE [-t SECONDS] [-c CLIENTS]
 *	    [-n COUNT] [-r RATE] [-k KIND] [-a ADDRESSES] [-b MS] [-f FILE]
 *
 *	-m probe	a healthy client: how long a POST of a run takes, the
 *			run until its stream, on a connection of its own,
 *			ends, and a GET of it; -r rounds a second; KIND kept:
 *			it asks for the run until that has ended, and all on
 *			one connection
 *	-m flood	requests that cost their sender nothing: KIND bad (a
 *			token of nobody's), forbidden (an action that the
 *			token may not), unknown (one that isn't there), mixed
 *			(these three), ok (GET /ok); -r a second at most
 *	-m hold		-n connections from so many ADDRESSES of loopback,
 *			asked for GET /ok once and held; with -b a byte every
 *			so many ms and never a whole request
 *	-m post		-n runs by -c clients; their ids to FILE, in the order
 *			in which they were acknowledged
 *	-m full		-c clients who each make a run, follow it to its end,
 *			every fourth by its stream, and make the next; ids as
 *			they are acknowledged to FILE
 *
 * Without -t it goes on until its standard input is closed.
 */
#include "abuse.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_NS	(INT64_C(60) * 1000000000)

struct abuse abuse = {
	.clients = 64, .count = 1000, .addresses = 1, .kind = "ok",
};

void
times_add(struct times *t, int64_t ns)
{
	if (t->n == t->max) {
		t->max = t->max != 0 ? 2 * t->max : 4096;
		if ((t->ns = realloc(t->ns, t->max * sizeof *t->ns)) == NULL)
			die("no memory");
	}
	t->ns[t->n++] = ns;
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

double
times_at(struct times *t, double part)
{
	if (t->n == 0)
		return 0;
	qsort(t->ns, t->n, sizeof *t->ns, compare);
	return (double)t->ns[(size_t)(part * (double)(t->n - 1))] / 1e3;
}

bool
goes_on(int64_t since)
{
	struct pollfd p = { .fd = 0, .events = POLLIN };
	char text[64];

	if (abuse.seconds > 0)
		return now_ns() < since + (int64_t)(abuse.seconds * 1e9);
	return poll(&p, 1, 0) != 1 || read(0, text, sizeof text) > 0;
}

void
take_run_id(const char *body, char id[RUN_ID_LEN])
{
	const char *p = strstr(body, ":\"run_");

	if (p == NULL || strlen(p) < RUN_ID_LEN + 2)
		die("no run id: %.200s", body);
	memcpy(id, p + 2, RUN_ID_LEN - 1);
	id[RUN_ID_LEN - 1] = '\0';
}

static void
follow_line(struct follow *f)
{
	f->line[f->len] = '\0';
	if (strncmp(f->line, "id: ", 4) == 0) {
		if (atoll(f->line + 4) != f->seq + 1)
			die("event %s comes behind %lld", f->line + 4,
			    (long long)f->seq);
		f->seq++;
	}
	f->ended |= strcmp(f->line, "event: end") == 0;
	f->len = 0;
}

void
follow_take(struct follow *f, const char *p, size_t len)
{
	const char *end = p + len;

	for (; p < end; p++) {
		if (*p == '\n')
			follow_line(f);
		else if (f->len < sizeof f->line - 1 && *p != '\r')
			f->line[f->len++] = *p;
	}
}

/* The healthy client. */

static struct follow followed;

static void
on_probe(struct client *c, const struct answer *a)
{
	(void)c;
	if (a->len == 0)
		die("the stream was closed before its end");
	follow_take(&followed, a->body, a->len);
}

static void
follow_run(struct clients *streams, const char *id)
{
	struct client *c = clients_at(streams, 0);
	int64_t until = now_ns() + PATIENCE_NS;
	char path[100];

	memset(&followed, 0, sizeof followed);
	clients_redial(streams, c);
	c->stream = true;
	snprintf(path, sizeof path, "/api/runs/%s/events?stream=1", id);
	client_send(streams, c, path, NULL);
	while (!followed.ended && now_ns() < until)
		clients_wait(streams, PATIENCE_NS);
	if (!followed.ended)
		die("run %s doesn't end", id);
}

/* By looking at its record. */
static void
await_run(struct clients *cs, const char *path)
{
	int64_t until = now_ns() + PATIENCE_NS;

	while (strstr(clients_ask(cs, path, NULL), "\"ended_at\":null") !=
	    NULL && now_ns() < until)
		usleep(500);
	if (now_ns() >= until)
		die("%s doesn't end", path);
}

/* Ends the program unless all of it was answered. */
static void
probe_round(struct clients *cs, struct clients *streams, struct times t[3])
{
	char id[RUN_ID_LEN], path[80];
	int64_t from = now_ns();

	take_run_id(clients_ask(cs, RUN_PATH, RUN_BODY), id);
	times_add(&t[0], now_ns() - from);
	snprintf(path, sizeof path, "/api/runs/%s", id);
	if (streams != NULL)
		follow_run(streams, id);
	else
		await_run(cs, path);
	times_add(&t[1], now_ns() - from);
	from = now_ns();
	clients_ask(cs, path, NULL);
	times_add(&t[2], now_ns() - from);
}

void
mode_probe(void)
{
	struct clients *cs, *streams = NULL;
	struct times t[3] = { { 0 } };
	int64_t began = now_ns(), next = began, rest;
	int i;

	cs = clients_new(abuse.port, abuse.token, 1, on_probe);
	if (strcmp(abuse.kind, "kept") != 0)
		streams = clients_new(abuse.port, abuse.token, 1, on_probe);
	while (goes_on(began)) {
		probe_round(cs, streams, t);
		if (abuse.rate > 0)
			next += (int64_t)(1e9 / abuse.rate);
		while ((rest = next - now_ns()) > 0)
			clients_wait(cs, rest);
	}
	printf("probe n=%zu post_p50_us=%.0f post_p99_us=%.0f "
	    "run_p50_us=%.0f run_p99_us=%.0f get_p50_us=%.0f "
	    "get_p99_us=%.0f\n", t[0].n, times_at(&t[0], 0.5),
	    times_at(&t[0], 0.99), times_at(&t[1], 0.5),
	    times_at(&t[1], 0.99), times_at(&t[2], 0.5),
	    times_at(&t[2], 0.99));
	for (i = 0; i < 3; i++)
		free(t[i].ns);
	clients_free(cs);
	if (streams != NULL)
		clients_free(streams);
}

/* The flood. */

static long statuses[600];

static void
on_flood(struct client *c, const struct answer *a)
{
	(void)c;
	if (a->status < 600)
		statuses[a->status]++;
}

static void
send_action(struct client *c, const char *name, const char *token)
{
	char text[REQUEST_MAX];
	int n = snprintf(text, sizeof text, "POST /api/actions/%s HTTP/1.1\r\n"
	    "Host: bench\r\nAuthorization: Bearer %s\r\n"
	    "Content-Length: 2\r\n\r\n{}", name, token);

	client_send_text(c, text, (size_t)n);
}

/* A different one each time, so that nothing can be remembered of it. */
static void
send_bad(struct client *c, long n)
{
	char token[80];

	snprintf(token, sizeof token, "rh_%016lx%048d", n, 0);
	send_action(c, "run_list", token);
}

static void
send_one(struct client *c, long n)
{
	static const char ok[] = "GET /ok HTTP/1.1\r\nHost: bench\r\n\r\n";
	char kind = strcmp(abuse.kind, "mixed") == 0 ? "bfu"[n % 3] :
	    abuse.kind[0];

	switch (kind) {
	case 'b': send_bad(c, n); break;
	case 'f': send_action(c, "token_list", abuse.token); break;
	case 'u': send_action(c, "no_such_action", abuse.token); break;
	default: client_send_text(c, ok, sizeof ok - 1); break;
	}
}

void
mode_flood(void)
{
	struct clients *cs = clients_new(abuse.port, abuse.token,
	    abuse.clients, on_flood);
	int64_t began = now_ns();
	struct client *c;
	long sent = 0;
	double s = 0;
	int i;

	while (goes_on(began)) {
		s = (double)(now_ns() - began) / 1e9;
		while ((abuse.rate <= 0 || (double)sent < s * abuse.rate) &&
		    (c = clients_idle(cs)) != NULL)
			send_one(c, sent++);
		clients_wait(cs, 1000000);
	}
	s = (double)(now_ns() - began) / 1e9;
	printf("flood kind=%s sent=%ld per_s=%.0f", abuse.kind, sent,
	    (double)sent / s);
	for (i = 0; i < 600; i++) {
		if (statuses[i] > 0)
			printf(" s%d=%ld", i, statuses[i]);
	}
	putchar('\n');
	clients_free(cs);
}

static const struct mode {
	const char *name;
	void	(*go)(void);
} modes[] = {
	{ "probe", mode_probe }, { "flood", mode_flood },
	{ "hold", mode_hold }, { "post", mode_post }, { "full", mode_full },
};

static void
read_token(const char *file)
{
	FILE *f = fopen(file, "r");

	if (f == NULL || fgets(abuse.token, sizeof abuse.token, f) == NULL)
		die("%s: no token", file);
	fclose(f);
	abuse.token[strcspn(abuse.token, "\n")] = '\0';
}

static bool
take_option(int c)
{
	switch (c) {
	case 'p': abuse.port = atoi(optarg); break;
	case 'T': read_token(optarg); break;
	case 'm': abuse.mode = optarg; break;
	case 't': abuse.seconds = atof(optarg); break;
	case 'c': abuse.clients = atoi(optarg); break;
	case 'n': abuse.count = atoi(optarg); break;
	case 'r': abuse.rate = atof(optarg); break;
	case 'k': abuse.kind = optarg; break;
	case 'a': abuse.addresses = atoi(optarg); break;
	case 'b': abuse.trickle_ms = atoi(optarg); break;
	case 'f': abuse.file = optarg; break;
	default: return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	size_t i;
	int c;

	while ((c = getopt(argc, argv, "p:T:m:t:c:n:r:k:a:b:f:")) != -1) {
		if (!take_option(c))
			return 2;
	}
	if (abuse.port == 0 || abuse.mode == NULL)
		die("usage: see the head of tests/bench/abuse.c");
	clients_allow();
	for (i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		if (strcmp(abuse.mode, modes[i].name) == 0) {
			modes[i].go();
			return 0;
		}
	}
	die("there is no mode %s", abuse.mode);
}
