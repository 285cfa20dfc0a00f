/*
 * Pages over HTTP, one after the other.
 *
 *	pager -p PORT -T TOKENFILE -N RUNS [-e ID] [-n EVENTS] [-t SECONDS]
 *
 * run_list of 50 runs by user:alice, whose they are, each before one of -N at
 * random; with -e: run_events_page of 50 events of that run of hers, each behind one of
 * -n at random.  TOKENFILE is the admin's.
 */
#include "client.h"
#include "took.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE	50

static uint64_t seed = 7;

static uint64_t
next_random(void)
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

struct pager {
	const char *token_file, *run;
	int	port;
	long	runs, events;
	double	seconds;
};

static const char *
ask(const struct pager *p, struct clients *cs)
{
	unsigned long long at = next_random();
	char body[200];

	if (p->run == NULL) {
		snprintf(body, sizeof body, "{\"limit\":%d,\"before_cursor\":"
		    "\"%llu\"}", PAGE, PAGE + 1 + at %
		    (unsigned long long)(p->runs - PAGE));
		return clients_ask(cs, "/api/actions/run_list", body);
	}
	snprintf(body, sizeof body, "{\"run_id\":\"%s\",\"limit\":%d,"
	    "\"after_cursor\":\"%llu\"}", p->run, PAGE,
	    at % (unsigned long long)(p->events - PAGE));
	return clients_ask(cs, "/api/actions/run_events_page", body);
}

static void
check(const struct pager *p, const char *body)
{
	const char *what = p->run == NULL ? "\"run_id\":" : "\"sequence\":";
	int n = 0;

	for (; (body = strstr(body, what)) != NULL; body++)
		n++;
	if (n != PAGE)
		die("a page of %d", n);
}

int
main(int argc, char **argv)
{
	struct pager p = { .seconds = 2 };
	char admin[TOKEN_MAX], token[TOKEN_MAX];
	struct took took = { 0 };
	struct clients *cs;
	int64_t from, until;
	size_t bytes;
	int c;

	while ((c = getopt(argc, argv, "p:T:N:e:n:t:")) != -1) {
		switch (c) {
		case 'p': p.port = atoi(optarg); break;
		case 'T': p.token_file = optarg; break;
		case 'N': p.runs = atol(optarg); break;
		case 'e': p.run = optarg; break;
		case 'n': p.events = atol(optarg); break;
		case 't': p.seconds = atof(optarg); break;
		default: return 2;
		}
	}
	if (p.port == 0 || p.token_file == NULL ||
	    (p.run == NULL ? p.runs : p.events) <= PAGE)
		die("usage: see the head of tests/bench/pager.c");
	token_read(p.token_file, admin);
	token_make(p.port, admin, "user:alice", NULL, token);
	cs = clients_new(p.port, token, 1, NULL);
	check(&p, ask(&p, cs));
	bytes = strlen(ask(&p, cs));
	until = now_ns() + (int64_t)(p.seconds * 1e9);
	while ((from = now_ns()) < until) {
		ask(&p, cs);
		took_add(&took, now_ns() - from);
	}
	clients_free(cs);
	printf("pager n=%zu bytes=%zu p50_us=%.0f p99_us=%.0f\n", took.n,
	    bytes, took_us(&took, 0.50), took_us(&took, 0.99));
	took_free(&took);
	return 0;
}
