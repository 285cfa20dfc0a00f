/*
 * Load on a host's TCP door.
 *
 *	load -p PORT -T TOKENFILE -m MODE [-c CLIENTS] [-w RUNS] [-r RATE]
 *	    [-t SECONDS] [-n STREAMS] [-g EVENTS] [-f FILE] [-H PID]
 *
 *	-m token	a token of user:bench, an operator, to standard output
 *	-m runs		zero-delay runs of the mock, posted one by one by
 *			-c clients, -w of them on their way at most
 *	-m post		the same at -r a second, whatever the host does
 *	-m get		records of the runs whose ids are in FILE, at random;
 *			with -r so many a second, else one after the other
 *	-m ids		-w runs; when they have ended, their ids to FILE
 *	-m idle		-n streams of a run that waits; memory of process PID
 *	-m fanout	one run to -n listeners, -g events between flushes
 *	-m gone		when PID has noticed that a client left, and when it
 *			gives the descriptor back
 *
 * The end of runs is known by the record of every sixteenth: they end about
 * in the order in which they were made.  When the time is over the counts of
 * the runs' owner are asked for until none lives and as many completed as
 * were made: only then the clock stops.
 */
#include "client.h"
#include "took.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RUN_ID_LEN	37	/* "run_" and 32 digits, NUL */
#define SESSIONS	20000
#define SAMPLE		16
#define SAMPLE_PAUSE_NS	500000
#define METADATA_LEN	400
#define PATIENCE_NS	(INT64_C(60) * 1000000000)
#define DEPARTURES	20
#define DEPARTURE_NS	INT64_C(2000000000)	/* then it isn't noticed */

struct load {
	const char *mode, *token_file, *file;
	char	token[TOKEN_MAX];
	int	port, clients, window, streams, group, host_pid;
	double	rate, seconds;
	struct clients *cs;
	uint64_t seed;

	char	(*ids)[RUN_ID_LEN];
	size_t	id_count, id_max;
	size_t	posted, confirmed;
	struct client *sampler;
	size_t	sampled;	/* run that it asks for */
	int64_t	sample_ns;	/* not before */

	struct took took;
	size_t	lost;		/* arrivals that waited for a client */

	uint64_t lines, bytes;	/* of streams */
	int	opened, closed;
	bool	counting;
};

static struct load load = {
	.clients = 64, .window = 128, .rate = 0, .seconds = 2,
	.streams = 1000, .group = 1, .seed = 42,
};

static uint64_t
next_random(void)
{
	uint64_t z = load.seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void
add_id(const char *body)
{
	const char *id = strstr(body, ":\"run_");

	if (id == NULL || strlen(id) < RUN_ID_LEN + 1)
		die("no run id: %.200s", body);
	id++;
	if (load.id_count == load.id_max) {
		load.id_max = load.id_max != 0 ? 2 * load.id_max : 16384;
		load.ids = realloc(load.ids, load.id_max * RUN_ID_LEN);
		if (load.ids == NULL)
			die("no memory");
	}
	memcpy(load.ids[load.id_count], id + 1, RUN_ID_LEN - 1);
	load.ids[load.id_count++][RUN_ID_LEN - 1] = '\0';
}

static void
post_run(struct client *c, int64_t due)
{
	static char pad[METADATA_LEN];
	char body[METADATA_LEN + 200];

	if (pad[0] == '\0')
		memset(pad, 'a', sizeof pad - 30);
	snprintf(body, sizeof body, "{\"session_id\":\"s-%05u\",\"command\":"
	    "\"/mock demo\",\"metadata\":{\"delay_ms\":0,\"pad\":\"%s\"}}",
	    (unsigned)(next_random() % SESSIONS), pad);
	c->since_ns = due;
	client_send(load.cs, c, "/api/extensions/execute", body);
	load.posted++;
}

static void
get_run(struct client *c, const char *id, int64_t due)
{
	char path[80];

	snprintf(path, sizeof path, "/api/runs/%s", id);
	c->since_ns = due;
	client_send(load.cs, c, path, NULL);
}

static bool
has_ended(const char *record)
{
	const char *status = strstr(record, "\"status\":\"");

	if (status == NULL)
		die("no record: %.200s", record);
	status += sizeof "\"status\":\"" - 1;
	return strncmp(status, "PENDING", 7) != 0 &&
	    strncmp(status, "RUNNING", 7) != 0;
}

static void
on_sample(const struct answer *a)
{
	if (has_ended(a->body))
		load.confirmed = load.sampled + 1;
	else
		load.sample_ns = now_ns() + (load.window > 1 ?
		    SAMPLE_PAUSE_NS : 0);
}

static void
on_answer(struct client *c, const struct answer *a)
{
	if (c->stream)
		return;
	if (a->status != 200)
		die("answer %d: %.300s", a->status, a->body);
	if (c == load.sampler) {
		on_sample(a);
		return;
	}
	took_add(&load.took, now_ns() - c->since_ns);
	if (c->arg == NULL)
		add_id(a->body);
}

/* Asks for the record of a run some way behind what has ended for sure. */
static void
sample(void)
{
	size_t step = load.window > 2 * SAMPLE ? SAMPLE : 1;

	if (load.sampler->busy || load.confirmed >= load.id_count ||
	    now_ns() < load.sample_ns)
		return;
	load.sampled = load.confirmed + step - 1;
	if (load.sampled >= load.id_count)
		load.sampled = load.id_count - 1;
	get_run(load.sampler, load.ids[load.sampled], 0);
}

static long
count_of(const char *counts, const char *word)
{
	char name[32];
	const char *p;

	snprintf(name, sizeof name, "\"%s\":", word);
	if ((p = strstr(counts, name)) == NULL)
		die("no counts: %.300s", counts);
	return atol(p + strlen(name));
}

static void
wait_until_all_ended(long before)
{
	int64_t until = now_ns() + PATIENCE_NS;
	const char *counts;

	while (now_ns() < until) {
		counts = clients_ask(load.cs, "/api/actions/run_counts", "{}");
		if (count_of(counts, "PENDING") + count_of(counts, "RUNNING")
		    == 0) {
			if (count_of(counts, "SUCCEEDED") - before !=
			    (long)load.posted)
				die("runs are missing: %.300s", counts);
			return;
		}
		usleep(2000);
	}
	die("runs don't end");
}

static long
completed(void)
{
	return count_of(clients_ask(load.cs, "/api/actions/run_counts", "{}"),
	    "SUCCEEDED");
}

static void
post_while_there_is_room(size_t max)
{
	struct client *c;

	while (load.posted < max &&
	    load.posted - load.confirmed < (size_t)load.window &&
	    (c = clients_idle(load.cs)) != NULL)
		post_run(c, now_ns());
}

/* The sampler isn't one of those who post. */
static void
keep_sampler(void)
{
	load.sampler = clients_at(load.cs, load.clients);
}

static void
run_until(int64_t deadline, size_t max)
{
	while (now_ns() < deadline && load.posted < max) {
		/* clients_idle() must not find it. */
		bool was_busy = load.sampler->busy;

		load.sampler->busy = true;
		post_while_there_is_room(max);
		load.sampler->busy = was_busy;
		sample();
		clients_wait(load.cs, 200000);
	}
	while (load.id_count < load.posted)
		clients_wait(load.cs, 1000000);
}

static void
mode_runs(void)
{
	long before;
	int64_t from;
	double s;

	load.cs = clients_new(load.port, load.token, load.clients + 1,
	    on_answer);
	keep_sampler();
	/* Workers are made and memory is got meanwhile. */
	before = completed();
	run_until(now_ns() + 500000000, SIZE_MAX);
	wait_until_all_ended(before);
	load.confirmed = load.posted = load.id_count = load.took.n = 0;
	before = completed();
	from = now_ns();
	run_until(from + (int64_t)(load.seconds * 1e9), SIZE_MAX);
	while (load.sampler->busy)
		clients_wait(load.cs, 1000000);
	wait_until_all_ended(before);
	s = (double)(now_ns() - from) / 1e9;
	printf("load mode=runs clients=%d window=%d runs=%zu s=%.2f "
	    "runs_s=%.0f post_p50_us=%.0f post_p99_us=%.0f\n", load.clients,
	    load.window, load.posted, s, (double)load.posted / s,
	    took_us(&load.took, 0.50), took_us(&load.took, 0.99));
}

static void
mode_ids(void)
{
	FILE *f;
	size_t i;
	long before;

	load.cs = clients_new(load.port, load.token, load.clients + 1,
	    on_answer);
	keep_sampler();
	before = completed();
	i = (size_t)load.window;
	load.window = 256;
	run_until(now_ns() + PATIENCE_NS, i);
	while (load.sampler->busy)
		clients_wait(load.cs, 1000000);
	wait_until_all_ended(before);
	if ((f = fopen(load.file, "w")) == NULL)
		die("%s", load.file);
	for (i = 0; i < load.id_count; i++)
		fprintf(f, "%s\n", load.ids[i]);
	fclose(f);
}

/* Arrivals as a Poisson stream, whatever becomes of those before. */
static void
open_loop(void (*request)(struct client *, int64_t due))
{
	double next = (double)now_ns(), mean = 1e9 / load.rate;
	int64_t until = (int64_t)next + (int64_t)(load.seconds * 1e9), now;
	struct client *c;
	size_t asked = 0;

	while ((now = now_ns()) < until) {
		while (next <= (double)now &&
		    (c = clients_idle(load.cs)) != NULL) {
			request(c, (int64_t)next);
			asked++;
			next += -log(1 - (double)(next_random() >> 11) /
			    9007199254740992.0) * mean;
		}
		if (next > (double)now)
			clients_wait(load.cs, (int64_t)next - now);
		else
			clients_wait(load.cs, 1000000);
	}
	until += PATIENCE_NS;
	while (load.took.n < asked && now_ns() < until)
		clients_wait(load.cs, 1000000);
}

static void
mode_post(void)
{
	load.cs = clients_new(load.port, load.token, load.clients, on_answer);
	open_loop(post_run);
	printf("load mode=post rate=%.0f n=%zu p50_us=%.0f p99_us=%.0f\n",
	    load.rate, load.took.n, took_us(&load.took, 0.50),
	    took_us(&load.took, 0.99));
}

static void
read_ids(void)
{
	char line[80] = ":\"";
	FILE *f = fopen(load.file, "r");

	if (f == NULL)
		die("%s: no ids", load.file);
	while (fgets(line + 2, sizeof line - 2, f) != NULL)
		add_id(line);
	fclose(f);
	if (load.id_count == 0)
		die("%s: no ids", load.file);
}

static void
get_any(struct client *c, int64_t due)
{
	get_run(c, load.ids[next_random() % load.id_count], due);
}

static void
mode_get(void)
{
	struct client *c;
	int64_t from, until;
	double s;
	int i;

	read_ids();
	load.cs = clients_new(load.port, load.token, load.clients, on_answer);
	for (i = 0; i < load.clients; i++)
		clients_at(load.cs, i)->arg = &load;
	from = now_ns();
	until = from + (int64_t)(load.seconds * 1e9);
	if (load.rate > 0)
		open_loop(get_any);
	while (load.rate == 0 && now_ns() < until) {
		while ((c = clients_idle(load.cs)) != NULL)
			get_any(c, now_ns());
		clients_wait(load.cs, 1000000);
	}
	s = (double)(now_ns() - from) / 1e9;
	printf("load mode=get clients=%d rate=%.0f n=%zu get_s=%.0f "
	    "p50_us=%.0f p99_us=%.0f\n", load.clients, load.rate,
	    load.took.n, (double)load.took.n / s, took_us(&load.took, 0.50),
	    took_us(&load.took, 0.99));
}

static void
mode_token(void)
{
	char token[TOKEN_MAX];

	token_make(load.port, load.token, "user:bench", "operator", token);
	puts(token);
}

/* Streams. */

static void
on_piece(struct client *c, const struct answer *a)
{
	const char *p = a->body, *end = a->body + a->len;

	if (!c->stream)
		die("answer %d: %.200s", a->status, a->body);
	if (a->len == 0) {
		load.closed++;
		return;
	}
	if (c->arg == NULL) {	/* the first piece: its head */
		c->arg = &load;
		load.opened += strncmp(p, "HTTP/1.1 200", 12) == 0;
	}
	if (!load.counting)
		return;
	load.bytes += a->len;
	/* Of "id", "event", "data" and what ends them. */
	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		load.lines++;
		p++;
	}
}

static void
open_streams(struct clients *cs, const char *id, int n)
{
	int64_t until = now_ns() + PATIENCE_NS / 6;
	char path[100];
	int i;

	snprintf(path, sizeof path, "/api/runs/%s/events?stream=1", id);
	for (i = 0; i < n; i++) {
		clients_at(cs, i)->stream = true;
		client_send(cs, clients_at(cs, i), path, NULL);
		if (i % 64 == 63)
			clients_wait(cs, 1000000);
	}
	for (;;) {
		for (i = 0; i < n && clients_at(cs, i)->arg != NULL; i++)
			continue;
		if (i == n || now_ns() > until)
			return;
		clients_wait(cs, 10000000);
	}
}

static long
rss_kb(int pid)
{
	char name[64], line[256];
	long kb = 0;
	FILE *f;

	snprintf(name, sizeof name, "/proc/%d/status", pid);
	if ((f = fopen(name, "r")) == NULL)
		die("%s", name);
	while (fgets(line, sizeof line, f) != NULL)
		sscanf(line, "VmRSS: %ld", &kb);
	fclose(f);
	return kb;
}

/* The host's end of a client's connection. */
struct far_end {
	unsigned port;		/* the client's */
	unsigned state;		/* as in /proc/net/tcp; 0: there is none */
	unsigned long inode;
};
#define TCP_OPEN	0x01
#define TCP_CLOSE_WAIT	0x08	/* the client has left, the host hasn't */

static void
look(struct far_end *e)
{
	unsigned local, remote, state;
	unsigned long inode;
	char line[300];
	FILE *f = fopen("/proc/net/tcp", "r");

	e->state = 0;
	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		if (sscanf(line, "%*d: %*x:%x %*x:%x %x %*s %*s %*s %*d %*d "
		    "%lu", &local, &remote, &state, &inode) != 4 ||
		    (int)local != load.port || remote != e->port)
			continue;
		e->state = state;
		if (e->inode == 0)
			e->inode = inode;
	}
	if (f != NULL)
		fclose(f);
}

static bool
is_held(struct far_end *e)
{
	look(e);
	return e->state == TCP_OPEN || e->state == TCP_CLOSE_WAIT;
}

static void
far_end_of(const struct client *c, struct far_end *e)
{
	struct sockaddr_in me;
	socklen_t len = sizeof me;

	memset(e, 0, sizeof *e);
	if (getsockname(c->fd, (struct sockaddr *)&me, &len) != 0)
		die("no socket");
	e->port = ntohs(me.sin_port);
	look(e);
}

static bool
has_socket(int pid, unsigned long inode)
{
	char name[64], to[64], wanted[64];
	struct dirent *e;
	ssize_t len;
	bool found = false;
	DIR *d;

	snprintf(name, sizeof name, "/proc/%d/fd", pid);
	snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
	if ((d = opendir(name)) == NULL)
		die("%s", name);
	while (!found && (e = readdir(d)) != NULL) {
		len = readlinkat(dirfd(d), e->d_name, to, sizeof to - 1);
		to[len > 0 ? len : 0] = '\0';
		found = strcmp(to, wanted) == 0;
	}
	closedir(d);
	return found;
}

/* A run that has begun, and waits until it is cancelled. */
static void
make_waiting(char id[RUN_ID_LEN])
{
	int64_t until = now_ns() + PATIENCE_NS / 6;
	char path[80];

	add_id(clients_ask(load.cs, "/api/extensions/execute",
	    "{\"session_id\":\"s\",\"command\":\"/mock wait\","
	    "\"metadata\":{\"delay_ms\":3600000}}"));
	memcpy(id, load.ids[load.id_count - 1], RUN_ID_LEN);
	snprintf(path, sizeof path, "/api/runs/%s", id);
	while (strstr(clients_ask(load.cs, path, NULL), "\"VALIDATING\"") ==
	    NULL && now_ns() < until)
		usleep(10000);
}

static void
cancel(const char *id)
{
	char path[80];

	snprintf(path, sizeof path, "/api/runs/%s/cancel", id);
	clients_ask(load.cs, path, "{}");
}

static void
mode_idle(void)
{
	struct clients *streams;
	char id[RUN_ID_LEN];
	long before, after;
	int i;

	load.cs = clients_new(load.port, load.token, 1, on_answer);
	make_waiting(id);
	/* What the first of all cost isn't theirs. */
	for (i = 0; i < 20; i++)
		clients_ask(load.cs, "/health", NULL);
	usleep(200000);
	before = rss_kb(load.host_pid);
	streams = clients_new(load.port, load.token, load.streams, on_piece);
	open_streams(streams, id, load.streams);
	usleep(200000);
	after = rss_kb(load.host_pid);
	clients_free(streams);
	cancel(id);
	printf("load mode=idle asked=%d opened=%d growth_kb=%ld "
	    "kb_per=%.2f mb_2000=%.1f\n", load.streams, load.opened,
	    after - before, (double)(after - before) / load.opened,
	    (double)(after - before) / load.opened * 2000 / 1024);
}

static void
mode_fanout(void)
{
	struct clients *streams;
	struct timespec now;
	int64_t from, wall, until, monotonic;
	char body[200];
	double s;

	load.cs = clients_new(load.port, load.token, 1, on_answer);
	clock_gettime(CLOCK_REALTIME, &now);
	/* Time for the listeners to come. */
	wall = now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000 +
	    1500000 + load.streams * 1000;
	until = wall + (int64_t)(load.seconds * 1e6);
	snprintf(body, sizeof body, "{\"runner\":\"emit\",\"input\":"
	    "{\"from_us\":%lld,\"until_us\":%lld,\"group\":%d}}",
	    (long long)wall, (long long)until, load.group);
	add_id(clients_ask(load.cs, "/api/actions/run_create", body));
	streams = clients_new(load.port, load.token, load.streams, on_piece);
	open_streams(streams, load.ids[0], load.streams);
	clock_gettime(CLOCK_REALTIME, &now);
	monotonic = now_ns();
	wall = wall * 1000 - (now.tv_sec * INT64_C(1000000000) + now.tv_nsec);
	if (wall < 0)
		fprintf(stderr, "load: the listeners came late\n");
	while (now_ns() < monotonic + wall)
		clients_wait(streams, monotonic + wall - now_ns());
	load.counting = true;
	from = now_ns();
	while (now_ns() < from + (int64_t)(load.seconds * 1e9))
		clients_wait(streams, 10000000);
	s = (double)(now_ns() - from) / 1e9;
	clients_free(streams);
	printf("load mode=fanout asked=%d opened=%d group=%d "
	    "deliveries_s=%.0f mb_s=%.1f\n", load.streams, load.opened,
	    load.group, (double)load.lines / 4 / s,
	    (double)load.bytes / 1e6 / s);
}

/* How long it takes, in ns, until a client is noticed to have left. */
static int64_t
depart(const char *id, int64_t *released)
{
	struct clients *one = clients_new(load.port, load.token, 1, on_piece);
	struct far_end e;
	int64_t from, noticed;

	open_streams(one, id, 1);
	far_end_of(clients_at(one, 0), &e);
	if (!has_socket(load.host_pid, e.inode))
		die("the host has no such socket");
	usleep(20000);
	from = now_ns();
	clients_free(one);
	while (is_held(&e) && now_ns() < from + DEPARTURE_NS)
		usleep(500);
	noticed = now_ns() - from;
	while (has_socket(load.host_pid, e.inode) &&
	    now_ns() < from + DEPARTURE_NS)
		usleep(500);
	*released = now_ns() - from;
	return noticed;
}

static void
mode_gone(void)
{
	char id[RUN_ID_LEN];
	int64_t released, longest = 0;
	int i;

	load.cs = clients_new(load.port, load.token, 1, on_answer);
	make_waiting(id);
	for (i = 0; i < DEPARTURES; i++) {
		took_add(&load.took, depart(id, &released));
		longest = released > longest ? released : longest;
	}
	/* The connection may have been idle for too long. */
	clients_free(load.cs);
	load.cs = clients_new(load.port, load.token, 1, on_answer);
	cancel(id);
	printf("load mode=gone n=%d p50_ms=%.1f max_ms=%.1f "
	    "released_ms=%.0f\n", DEPARTURES, took_us(&load.took, 0.50) / 1e3,
	    took_us(&load.took, 1) / 1e3, (double)longest / 1e6);
}

static const struct mode {
	const char *name;
	void	(*go)(void);
} modes[] = {
	{ "token", mode_token }, { "runs", mode_runs }, { "post", mode_post },
	{ "ids", mode_ids }, { "get", mode_get }, { "idle", mode_idle },
	{ "fanout", mode_fanout }, { "gone", mode_gone },
};

static bool
take_option(int c)
{
	switch (c) {
	case 'p': load.port = atoi(optarg); break;
	case 'T': load.token_file = optarg; break;
	case 'm': load.mode = optarg; break;
	case 'c': load.clients = atoi(optarg); break;
	case 'w': load.window = atoi(optarg); break;
	case 'r': load.rate = atof(optarg); break;
	case 't': load.seconds = atof(optarg); break;
	case 'n': load.streams = atoi(optarg); break;
	case 'g': load.group = atoi(optarg); break;
	case 'f': load.file = optarg; break;
	case 'H': load.host_pid = atoi(optarg); break;
	default: return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	size_t i;
	int c;

	while ((c = getopt(argc, argv, "p:T:m:c:w:r:t:n:g:f:H:")) != -1) {
		if (!take_option(c))
			return 2;
	}
	if (load.port == 0 || load.token_file == NULL || load.mode == NULL)
		die("usage: see the head of tests/bench/load.c");
	clients_allow();
	alarm(180);
	token_read(load.token_file, load.token);
	for (i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		if (strcmp(load.mode, modes[i].name) == 0) {
			modes[i].go();
			return 0;
		}
	}
	die("there is no mode %s", load.mode);
}
