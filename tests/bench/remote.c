/*
 * Runtimes elsewhere: what they do over HTTP, as fast as they are answered.
 *
 *	remote -p PORT -T TOKENFILE -m MODE [-c RUNTIMES] [-g EVENTS]
 *	    [-t SECONDS]
 *
 *	-m claim	one runtime claims one run after the other; then it
 *			gives all of them back
 *	-m append	runtimes that hold a run each append -g events a call
 *	-m life		each claims a run, appends five events, -g a call, and
 *			ends it; then the next
 *
 * TOKENFILE is the admin's; the runtimes are those of runtime:bench, who has
 * its rights already, and the runs wait in the ledger.
 */
#include "client.h"
#include "took.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUN_ID_LEN	37
#define CLAIM_TOKEN_LEN	80
#define LIFE_EVENTS	5
#define EVENT_LEN	150	/* of its data */
#define OUTPUT_LEN	300

struct claim {
	char	run_id[RUN_ID_LEN], token[CLAIM_TOKEN_LEN];
};

/* One of them, with a connection of its own. */
struct runtime {
	char	id[16];
	struct claim claim;
	int64_t	sequence;	/* events that it has appended to the run */
	enum { CLAIMING, APPENDING, ENDING } doing;
};

static struct remote {
	const char *mode, *admin_file;
	char	admin[TOKEN_MAX], token[TOKEN_MAX];
	int	port, runtimes, group;
	double	seconds;
	struct clients *cs;
	struct runtime *all;
	int64_t	until_ns;
	size_t	ended, appended;
	bool	dry;		/* no run waits any more */
} remote = { .mode = "life", .runtimes = 64, .group = 1, .seconds = 2 };

static void
send_claim(struct client *c)
{
	struct runtime *r = c->arg;
	char body[120];

	snprintf(body, sizeof body, "{\"runtime_id\":\"%s\","
	    "\"lease_seconds\":3600}", r->id);
	r->doing = CLAIMING;
	r->sequence = 0;
	c->since_ns = now_ns();
	client_send(remote.cs, c, "/api/actions/run_claim", body);
}

/* Data of about EVENT_LEN bytes. */
static int
write_event(char *p, size_t size, int64_t sequence)
{
	static char text[EVENT_LEN];

	if (text[0] == '\0')
		memset(text, 't', EVENT_LEN - 40);
	if (strcmp(remote.mode, "append") == 0)
		return snprintf(p, size, "{\"sequence\":%lld,\"type\":"
		    "\"message.delta\",\"data\":{\"chunk\":{\"role\":"
		    "\"assistant\",\"content\":\"%s\"}}}",
		    (long long)sequence, text);
	return snprintf(p, size, "{\"sequence\":%lld,\"type\":\"progress\","
	    "\"data\":{\"stage\":\"S%lld\",\"percent\":%lld,\"message\":"
	    "\"%s\"}}", (long long)sequence, (long long)sequence,
	    (long long)(20 * sequence % 101), text);
}

static void
send_append(struct client *c)
{
	struct runtime *r = c->arg;
	char body[REQUEST_MAX];
	size_t n, i;

	n = (size_t)snprintf(body, sizeof body, "{\"run_id\":\"%s\","
	    "\"runtime_id\":\"%s\",\"claim_token\":\"%s\",\"events\":[",
	    r->claim.run_id, r->id, r->claim.token);
	for (i = 0; i < (size_t)remote.group && n < sizeof body; i++) {
		if (i > 0)
			body[n++] = ',';
		n += (size_t)write_event(body + n, sizeof body - n,
		    ++r->sequence);
	}
	if (n + 3 > sizeof body)
		die("more events than a request holds");
	strcpy(body + n, "]}");
	r->doing = APPENDING;
	client_send(remote.cs, c, "/api/actions/run_append_result", body);
}

static void
send_end(struct client *c)
{
	static char output[OUTPUT_LEN + 1];
	struct runtime *r = c->arg;
	char body[OUTPUT_LEN + 300];

	if (output[0] == '\0')
		memset(output, 'o', OUTPUT_LEN);
	snprintf(body, sizeof body, "{\"run_id\":\"%s\",\"runtime_id\":\"%s\","
	    "\"claim_token\":\"%s\",\"status\":\"completed\",\"exit_code\":0,"
	    "\"output\":\"%s\"}", r->claim.run_id, r->id, r->claim.token,
	    output);
	r->doing = ENDING;
	client_send(remote.cs, c, "/api/actions/run_finalize", body);
}

/* False: there was none to claim. */
static bool
take_claim(struct claim *claim, const char *body)
{
	if (strcmp(body, "null") == 0)
		return false;
	answer_text(body, "run_id", claim->run_id, sizeof claim->run_id);
	answer_text(body, "claim_token", claim->token, sizeof claim->token);
	return true;
}

/* What a runtime does after an answer. */
static void
on_life(struct client *c, const struct answer *a)
{
	struct runtime *r = c->arg;

	if (a->status != 200)
		die("answer %d: %.300s", a->status, a->body);
	if (r->doing == CLAIMING) {
		if (!take_claim(&r->claim, a->body)) {
			remote.dry = true;
			return;
		}
		send_append(c);
		return;
	}
	if (r->doing == APPENDING && r->sequence < LIFE_EVENTS) {
		send_append(c);
		return;
	}
	if (r->doing == APPENDING) {
		send_end(c);
		return;
	}
	remote.ended++;
	if (now_ns() < remote.until_ns)
		send_claim(c);
}

static void
on_append(struct client *c, const struct answer *a)
{
	struct runtime *r = c->arg;

	if (a->status != 200 || strstr(a->body, "\"error\":{") != NULL)
		die("answer %d: %.300s", a->status, a->body);
	if (r->doing == CLAIMING) {
		remote.dry = !take_claim(&r->claim, a->body);
		return;
	}
	remote.appended += (size_t)remote.group;
	if (now_ns() < remote.until_ns)
		send_append(c);
}

static void
wait_for_all(void)
{
	int i;

	for (i = 0; i < remote.runtimes; i++) {
		while (clients_at(remote.cs, i)->busy)
			clients_wait(remote.cs, 10000000);
	}
	if (remote.dry)
		die("too few runs wait");
}

/* Begins with all of them at once; how many seconds until all are through. */
static double
go(void (*first)(struct client *))
{
	int64_t from = now_ns();
	int i;

	remote.until_ns = from + (int64_t)(remote.seconds * 1e9);
	for (i = 0; i < remote.runtimes; i++)
		first(clients_at(remote.cs, i));
	wait_for_all();
	return (double)(now_ns() - from) / 1e9;
}

/* Runtimes that are known to the host. */
static void
begin(void (*answered)(struct client *, const struct answer *))
{
	char body[120];
	int i;

	remote.cs = clients_new(remote.port, remote.token, remote.runtimes,
	    answered);
	remote.all = calloc((size_t)remote.runtimes, sizeof *remote.all);
	if (remote.all == NULL)
		die("no memory");
	for (i = 0; i < remote.runtimes; i++) {
		snprintf(remote.all[i].id, sizeof remote.all[i].id, "rt-%d", i);
		snprintf(body, sizeof body, "{\"runtime_id\":\"%s\","
		    "\"heartbeat_ttl_seconds\":3600}", remote.all[i].id);
		clients_ask(remote.cs, "/api/actions/runtime_register", body);
		clients_at(remote.cs, i)->arg = &remote.all[i];
	}
}

/* Calls that a transaction carried on the average, since the last time. */
static double
calls_a_batch(void)
{
	static double calls, batches;
	struct clients *cs = clients_new(remote.port, remote.admin, 1, NULL);
	const char *text = clients_ask(cs, "/metrics", NULL), *sum, *count;
	double c = -calls, b = -batches;

	sum = strstr(text, "\nrunhost_batch_calls_sum ");
	count = strstr(text, "\nrunhost_batch_calls_count ");
	if (sum == NULL || count == NULL)
		die("no runhost_batch_calls: %.300s", text);
	calls = atof(strchr(sum, ' '));
	batches = atof(strchr(count, ' '));
	clients_free(cs);
	c += calls;
	b += batches;
	return b > 0 ? c / b : 0;
}

static void
mode_append(void)
{
	double s, batch;

	begin(on_append);
	go(send_claim);
	calls_a_batch();
	s = go(send_append);
	batch = calls_a_batch();
	printf("remote mode=append runtimes=%d group=%d events=%zu "
	    "ev_s=%.0f batch=%.1f\n", remote.runtimes, remote.group,
	    remote.appended, (double)remote.appended / s, batch);
}

static void
mode_life(void)
{
	double s, batch;
	char name[] = "\"SUCCEEDED\":";
	const char *counts;
	struct clients *cs;

	begin(on_life);
	calls_a_batch();
	s = go(send_claim);
	batch = calls_a_batch();
	cs = clients_new(remote.port, remote.admin, 1, NULL);
	counts = clients_ask(cs, "/api/actions/run_counts", "{}");
	if (strstr(counts, name) == NULL ||
	    (size_t)atol(strstr(counts, name) + strlen(name)) != remote.ended)
		die("runs are missing: %.300s", counts);
	clients_free(cs);
	printf("remote mode=life runtimes=%d group=%d runs=%zu runs_s=%.0f "
	    "batch=%.1f\n", remote.runtimes, remote.group, remote.ended,
	    (double)remote.ended / s, batch);
}

static void
give_back(const struct claim *claims, size_t n)
{
	char body[300];
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(body, sizeof body, "{\"run_id\":\"%s\","
		    "\"runtime_id\":\"%s\",\"claim_token\":\"%s\"}",
		    claims[i].run_id, remote.all[0].id, claims[i].token);
		clients_ask(remote.cs, "/api/actions/run_release_claim", body);
	}
}

static void
mode_claim(void)
{
	struct claim *claims = NULL;
	struct took took = { 0 };
	int64_t from, until;
	const char *body;
	size_t n = 0;

	remote.runtimes = 1;
	begin(NULL);
	until = now_ns() + (int64_t)(remote.seconds * 1e9);
	while ((from = now_ns()) < until) {
		body = clients_ask(remote.cs, "/api/actions/run_claim",
		    "{\"runtime_id\":\"rt-0\",\"lease_seconds\":3600}");
		took_add(&took, now_ns() - from);
		claims = realloc(claims, (n + 1) * sizeof *claims);
		if (claims == NULL || !take_claim(&claims[n++], body))
			die("too few runs wait");
	}
	give_back(claims, n);
	printf("remote mode=claim n=%zu p50_us=%.0f p99_us=%.0f\n", n,
	    took_us(&took, 0.50), took_us(&took, 0.99));
	took_free(&took);
	free(claims);
}

static const struct mode {
	const char *name;
	void	(*go)(void);
} modes[] = {
	{ "claim", mode_claim }, { "append", mode_append },
	{ "life", mode_life },
};

static bool
take_option(int c)
{
	switch (c) {
	case 'p': remote.port = atoi(optarg); break;
	case 'T': remote.admin_file = optarg; break;
	case 'm': remote.mode = optarg; break;
	case 'c': remote.runtimes = atoi(optarg); break;
	case 'g': remote.group = atoi(optarg); break;
	case 't': remote.seconds = atof(optarg); break;
	default: return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	size_t i;
	int c;

	while ((c = getopt(argc, argv, "p:T:m:c:g:t:")) != -1) {
		if (!take_option(c))
			return 2;
	}
	if (remote.port == 0 || remote.admin_file == NULL ||
	    remote.runtimes < 1 || remote.group < 1)
		die("usage: see the head of tests/bench/remote.c");
	clients_allow();
	alarm(180);
	token_read(remote.admin_file, remote.admin);
	token_make(remote.port, remote.admin, "runtime:bench", NULL,
	    remote.token);
	for (i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		if (strcmp(remote.mode, modes[i].name) == 0) {
			modes[i].go();
			return 0;
		}
	}
	die("there is no mode %s", remote.mode);
}
