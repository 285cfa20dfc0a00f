/*
 * The host without its doors: ledger, scheduler and workers as "serve" puts
 * them together, and calls submitted as a door submits them.
 *
 *	runs -d DIR -P PLUGINDIR [-P ...] [-m MODE] [-i] [-b RUNS] [-q RUNS]
 *	    [-w WORKERS] [-g EVENTS] [-t SECONDS] [-n THREADS] [-k]
 *
 *	-m runs		zero-delay runs of the mock, -b of them claimed at a
 *			time and -q more waiting, so that claims are
 *			transactions of their own; without -q a run is claimed
 *			where it is created
 *	-m events	-b runs that report events, -g between two flushes
 *	-m calls	what calls of the host table take
 *	-m action	a recorded call of a plugin's action, one at a time
 *	-i		the plugin is trusted: runs are carried out in-process
 *	-k		goes on with the ledger in DIR
 *
 * One line of figures.
 */
#include "action/attempt.h"
#include "base/mem.h"
#include "base/log.h"
#include "base/rand.h"
#include "ledger/host.h"
#include "ledger/host_start.h"
#include "json/write.h"
#include "plugin/registry.h"
#include "sched/sched.h"
#include "store/db.h"
#include "worker/spawner.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CONTROL_FD	3	/* of the spawner: its socket */
#define PLUGINS_MAX	4
#define WARM_UP_S	0.5
#define INPUT_LEN	400
#define PATIENCE_S	60	/* then something hangs */

struct bench {
	const char *dir, *mode, *plugins[PLUGINS_MAX];
	int	plugin_count;
	bool	inproc, keep;
	int	batch, queue, workers, group, threads;
	double	seconds;
	char	*db_path, *key_path, *anchor;

	struct registry *registry;
	struct host *host;
	struct sched *sched;
	sem_t	loaded;

	/* Runs on their way. */
	sem_t	room;
	atomic_long ended;
	long	created;
	pthread_mutex_t lock;
	STAILQ_HEAD(, call) answered;	/* for who submitted them */
	void	(*effects)(void *, struct effects *);	/* the scheduler's */
	void	*effects_arg;
	uint64_t seed;
};

static struct bench bench = {
	.mode = "runs", .batch = 64, .workers = 8, .group = 5,
	.threads = 20000, .seconds = 2, .seed = 42,
	.lock = PTHREAD_MUTEX_INITIALIZER,
};

static const struct caller alice = {
	.kind = CALLER_LOCAL, .principal = "user:alice", .source = "127.0.0.1",
};
static const struct caller root = {
	.kind = CALLER_LOCAL, .principal = "local:0", .source = "unix",
};

static _Noreturn void
die(const char *what, const char *why)
{
	fprintf(stderr, "runs: %s: %s\n", what, why);
	exit(1);
}

static void
must(rh_status rc, const struct err *err, const char *what)
{
	if (rc != RH_OK)
		die(what, err->msg);
}

static int64_t
clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* SplitMix64, as in the limit's programs. */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/*
 * Ends of runs are seen where the scheduler sees them: on the reply thread,
 * after the COMMIT.
 */
static void
on_effects(void *arg, struct effects *list)
{
	struct effect *e;
	long n = 0;

	(void)arg;
	STAILQ_FOREACH(e, list, link)
		n += e->kind == EFFECT_ENDED;
	atomic_fetch_add(&bench.ended, n);
	bench.effects(bench.effects_arg, list);
	while (n-- > 0)
		sem_post(&bench.room);
}

static void
take_effects(struct host *h, void (*fn)(void *, struct effects *), void *arg)
{
	bench.effects = fn;
	bench.effects_arg = arg;
	host_on_effects(h, on_effects, NULL);
}

static const struct sched_host to_host = {
	.submit = host_submit, .on_effects = take_effects, .now = host_now,
	.trusts = host_trusts, .degraded = host_degraded,
	.policy = host_policy,
};

static enum plugin_state
plugin_described(struct plugin *p, void *arg)
{
	(void)arg;
	p->config = "{}";
	p->trusted = host_trusts(bench.host, p);
	return PLUGIN_ENABLED;
}

static void
plugins_loaded(void *arg)
{
	(void)arg;
	host_loaded(bench.host);
	sem_post(&bench.loaded);
}

static void
disk_failed(void *arg)
{
	(void)arg;
	_exit(74);
}

static void
wait_sem(sem_t *sem, const char *what)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	while (sem_timedwait(sem, &until) != 0) {
		if (errno != EINTR)
			die(what, strerror(errno));
	}
}

static void
remove_old(void)
{
	static const char *const tails[] = { "", "-wal", "-shm" };
	char name[4200];
	size_t i;

	for (i = 0; i < ARRAY_LEN(tails); i++) {
		snprintf(name, sizeof name, "%s%s", bench.db_path, tails[i]);
		unlink(name);
	}
	unlink(bench.key_path);
	unlink(bench.anchor);
}

/* As cmd_serve.c does it. */
static void
start(struct spawner *spawner)
{
	struct action_env env = {
		.version = "bench", .timeout_us = 300 * US_PER_S,
		.lease_us = 60 * US_PER_S, .cancel_grace_us = US_PER_S,
		.idem_us = 86400 * US_PER_S, .max_losses = 3,
	};
	struct host_config hc = {
		.db_path = bench.db_path, .key_path = bench.key_path,
		.anchor_path = bench.anchor, .env = &env,
		.clock = &clock_real, .clients_max = 4096,
		.checkpoint_pages = 4000, .fatal = disk_failed,
	};
	struct sched_config sc = sched_config_default;
	struct err err = { 0 };
	int i;

	env.registry = bench.registry = registry_new();
	registry_on_described(bench.registry, plugin_described, NULL);
	for (i = 0; i < bench.plugin_count; i++)
		must(registry_scan(bench.registry, bench.plugins[i], &err),
		    &err, bench.plugins[i]);
	must(host_start(&hc, &bench.host, &err), &err, bench.db_path);
	sc.to = &to_host;
	sc.ready = plugins_loaded;
	sc.worker_max = bench.workers;
	sc.slots = (bench.batch + bench.workers - 1) / bench.workers;
	if (bench.inproc)
		sc.slots = bench.batch;
	if (strcmp(bench.mode, "events") == 0)
		sc.slots = 1;
	sc.limits.events_max = 10000000;
	must(sched_start(&sc, bench.host, bench.registry, spawner,
	    &bench.sched, &err), &err, "scheduler");
	wait_sem(&bench.loaded, "plugins");
}

static void
stop(struct spawner *spawner)
{
	sched_drain(bench.sched, 1000);
	sched_stop(bench.sched);
	host_stop(bench.host);
	sched_free(bench.sched);
	spawner_stop(spawner);
	registry_free(bench.registry);
}

/* The reply goes to *reply when that isn't NULL. */
static rh_status
ask(const struct caller *who, const char *action, const char *body,
    struct buf *reply)
{
	struct call *c = call_open(action, who, body, strlen(body));
	rh_status rc;

	host_call(bench.host, c);
	call_render(c);
	rc = c->status;
	if (rc != RH_OK && rc != RH_ECONFLICT)
		die(action, c->err.msg);
	if (reply != NULL)
		buf_add(reply, c->reply.p, c->reply.len);
	call_free(c);
	return rc;
}

/* What runs in-process is signed, here by a key that is made for it. */
static void
sign(struct plugin *p, const struct sign_secret *key)
{
	uint8_t *bytes = mmap(NULL, p->image.size, PROT_READ, MAP_PRIVATE,
	    p->image.memfd, 0);
	struct buf text = { 0 };
	struct err err = { 0 };

	if (bytes == MAP_FAILED)
		die("mmap", "a plugin's image");
	sign_make(key, bytes, p->image.size, "bench", &text);
	p->signature = arena_zalloc(&p->arena, sizeof *p->signature);
	must(sign_read((struct str){ text.p, text.len }, &p->arena,
	    p->signature, &err), &err, "signature");
	sign_over(p->signature, bytes, p->image.size);
	munmap(bytes, p->image.size);
	buf_fini(&text);
}

static void
trust_key(const struct sign_public *key)
{
	struct buf text = { 0 }, body = { 0 };
	struct json_out j;

	sign_public_text(key, &text);
	jw_init(&j, &body);
	jw_object(&j);
	jw_m_text(&j, "public_key", text.p);
	jw_end_object(&j);
	ask(&root, "key_trust", body.p, NULL);
	buf_fini(&text);
	buf_fini(&body);
}

static void
trust(struct plugin *p, const struct sign_secret *key)
{
	char body[160];

	sign(p, key);
	snprintf(body, sizeof body, "{\"grantee\":\"plugin:%s\","
	    "\"permission\":\"host.inprocess\"}", p->id);
	ask(&root, "grant_add", body, NULL);
	snprintf(body, sizeof body, "{\"id\":\"%s\"}", p->id);
	ask(&root, "plugin_trust", body, NULL);
}

static void
prepare(void)
{
	static const char *const trusted[] = { "mock", "bench", "hello" };
	struct sign_secret key;
	struct sign_public public;
	struct plugin *p;
	size_t i;

	ask(&root, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"role:operator\"}", NULL);
	ask(&root, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"hello.*\"}", NULL);
	if (!bench.inproc)
		return;
	sign_generate(&key, &public);
	trust_key(&public);
	for (i = 0; i < ARRAY_LEN(trusted); i++) {
		p = registry_find(bench.registry, str_of(trusted[i]));
		if (p != NULL)
			trust(p, &key);
	}
}

/* On the reply thread. */
static void
on_created(struct call *c)
{
	pthread_mutex_lock(&bench.lock);
	STAILQ_INSERT_TAIL(&bench.answered, c, link);
	pthread_mutex_unlock(&bench.lock);
}

/* The door's part: answers are rendered on the thread that asked. */
static void
take_answers(void)
{
	STAILQ_HEAD(, call) mine = STAILQ_HEAD_INITIALIZER(mine);
	struct call *c;

	pthread_mutex_lock(&bench.lock);
	STAILQ_CONCAT(&mine, &bench.answered);
	pthread_mutex_unlock(&bench.lock);
	while ((c = STAILQ_FIRST(&mine)) != NULL) {
		STAILQ_REMOVE_HEAD(&mine, link);
		must(c->status, &c->err, "run_create");
		call_render(c);
		call_free(c);
	}
}

static void
create(const char *body)
{
	struct call *c = call_open("run_create", &alice, body, strlen(body));

	c->done = on_created;
	bench.created++;
	host_submit(bench.host, c);
}

static void
create_mock(void)
{
	static char pad[INPUT_LEN];
	char body[INPUT_LEN + 300], thread[48] = "";

	if (pad[0] == '\0')
		memset(pad, 'a', sizeof pad - 60);
	if (bench.threads > 0)
		snprintf(thread, sizeof thread, ",\"thread_id\":\"thr-%08llx\"",
		    (unsigned long long)(next_random(&bench.seed) %
		    (uint64_t)bench.threads));
	snprintf(body, sizeof body, "{\"runner\":\"mock\",\"action_id\":"
	    "\"demo\",\"metadata\":{\"delay_ms\":0}%s,\"input\":{\"prompt\":"
	    "\"Summarise\",\"pad\":\"%s\"}}", thread, pad);
	create(body);
}

static void
all_ended(void)
{
	int64_t until = clock_ns(CLOCK_MONOTONIC) +
	    PATIENCE_S * INT64_C(1000000000);
	struct timespec ms = { 0, 1000000 };

	while (atomic_load(&bench.ended) < bench.created) {
		if (clock_ns(CLOCK_MONOTONIC) > until)
			die("runs", "not all of them end");
		nanosleep(&ms, NULL);
	}
	take_answers();
}

/* Runs one after the other, or as many as there is room for. */
static void
go_until(int64_t deadline)
{
	while (clock_ns(CLOCK_MONOTONIC) < deadline) {
		wait_sem(&bench.room, "a run");
		take_answers();
		create_mock();
	}
}

static void
check_completed(long wanted)
{
	struct err err = { 0 };
	struct db *db;
	struct q q;
	int64_t n;

	must(db_open(bench.db_path, DB_READER, NULL, &db, &err), &err,
	    bench.db_path);
	q = q_begin(db, "SELECT count(*) FROM (SELECT state FROM run_end"
	    " ORDER BY run_no DESC LIMIT ?1) WHERE state = 6");
	q_i64(&q, wanted);
	n = q_row(&q) ? q_get_i64(&q) : -1;
	must(q_end(&q, &err), &err, "counting");
	db_close(db);
	if (n != wanted)
		die("runs", "not all of them completed");
}

static void
mode_runs(void)
{
	int64_t from, cpu, ns;
	long n;
	int i;

	for (i = 0; i < bench.batch + bench.queue; i++)
		sem_post(&bench.room);
	go_until(clock_ns(CLOCK_MONOTONIC) + (int64_t)(WARM_UP_S * 1e9));
	n = atomic_load(&bench.ended);
	from = clock_ns(CLOCK_MONOTONIC);
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	go_until(from + (int64_t)(bench.seconds * 1e9));
	n = atomic_load(&bench.ended) - n;
	ns = clock_ns(CLOCK_MONOTONIC) - from;
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	all_ended();
	check_completed(bench.created);
	printf("runs mode=%s%s batch=%d queue=%d runs=%ld s=%.2f runs_s=%.0f "
	    "cpu_us_per=%.1f\n", bench.inproc ? "inproc" : "workers",
	    bench.queue == 0 ? "-merged" : "", bench.batch, bench.queue, n,
	    (double)ns / 1e9, (double)n / ((double)ns / 1e9),
	    n > 0 ? (double)cpu / 1e3 / (double)n : 0.0);
}

static int64_t
query(const char *sql, int64_t arg)
{
	struct err err = { 0 };
	struct db *db;
	struct q q;
	int64_t n;

	must(db_open(bench.db_path, DB_READER, NULL, &db, &err), &err,
	    bench.db_path);
	q = q_begin(db, sql);
	q_i64(&q, arg);
	n = q_row(&q) ? q_get_i64(&q) : -1;
	must(q_end(&q, &err), &err, sql);
	db_close(db);
	return n;
}

/* What was reported within the time, by runs that were all there by then. */
static void
mode_events(void)
{
	int64_t now = clock_ns(CLOCK_REALTIME) / 1000, from, until, n;
	char body[120];
	int i;

	from = now + 1000000;	/* workers are made meanwhile */
	until = from + (int64_t)(bench.seconds * 1e6);
	for (i = 0; i < bench.batch; i++) {
		snprintf(body, sizeof body, "{\"runner\":\"emit\",\"input\":"
		    "{\"until_us\":%lld,\"group\":%d}}", (long long)until,
		    bench.group);
		create(body);
	}
	all_ended();
	check_completed(bench.created);
	n = query("SELECT count(*) FROM event WHERE type = 'bench.tick'"
	    " AND at >= ?1", from);
	printf("runs mode=events%s runs=%d group=%d events=%lld ev_s=%.0f\n",
	    bench.inproc ? "-inproc" : "", bench.batch, bench.group,
	    (long long)n, (double)n / bench.seconds);
}

static void
mode_calls(void)
{
	struct err err = { 0 };
	struct str said;
	struct db *db;
	struct q q;

	create("{\"runner\":\"calls\"}");
	all_ended();
	check_completed(bench.created);
	must(db_open(bench.db_path, DB_READER, NULL, &db, &err), &err,
	    bench.db_path);
	q = q_begin(db, "SELECT output FROM run_end ORDER BY run_no DESC");
	if (q_row(&q)) {
		said = q_get_str(&q);
		printf("runs mode=calls%s " STR_FMT "\n",
		    bench.inproc ? "-inproc" : "", STR_ARG(said));
	}
	must(q_end(&q, &err), &err, "output");
	db_close(db);
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void
mode_action(void)
{
	int64_t *took = mem_calloc(1000000, sizeof *took), from, until;
	size_t n = 0;

	ask(&alice, "hello.greet", "{\"name\":\"Ada\"}", NULL);
	until = clock_ns(CLOCK_MONOTONIC) + (int64_t)(bench.seconds * 1e9);
	while ((from = clock_ns(CLOCK_MONOTONIC)) < until && n < 1000000) {
		ask(&alice, "hello.greet", "{\"name\":\"Ada\"}", NULL);
		took[n++] = clock_ns(CLOCK_MONOTONIC) - from;
	}
	qsort(took, n, sizeof *took, compare);
	printf("runs mode=action%s n=%zu p50_us=%.0f p99_us=%.0f\n",
	    bench.inproc ? "-inproc" : "", n, (double)took[n / 2] / 1e3,
	    (double)took[n * 99 / 100] / 1e3);
	free(took);
}

static const struct mode {
	const char *name;
	void	(*go)(void);
} modes[] = {
	{ "runs", mode_runs }, { "events", mode_events },
	{ "calls", mode_calls }, { "action", mode_action },
};

static const struct mode *
find_mode(void)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(modes); i++) {
		if (strcmp(bench.mode, modes[i].name) == 0)
			return &modes[i];
	}
	return NULL;
}

static bool
take_option(int c)
{
	switch (c) {
	case 'd': bench.dir = optarg; break;
	case 'm': bench.mode = optarg; break;
	case 'b': bench.batch = atoi(optarg); break;
	case 'q': bench.queue = atoi(optarg); break;
	case 'w': bench.workers = atoi(optarg); break;
	case 'g': bench.group = atoi(optarg); break;
	case 'n': bench.threads = atoi(optarg); break;
	case 't': bench.seconds = atof(optarg); break;
	case 'i': bench.inproc = true; break;
	case 'k': bench.keep = true; break;
	case 'P':
		if (bench.plugin_count == PLUGINS_MAX)
			return false;
		bench.plugins[bench.plugin_count++] = optarg;
		break;
	default: return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct spawner *spawner;
	struct err err = { 0 };
	int c;

	if (argc == 2 && strcmp(argv[1], SPAWNER_ARG) == 0)
		return spawner_main(CONTROL_FD);
	while ((c = getopt(argc, argv, "d:m:b:q:w:g:n:t:ikP:")) != -1) {
		if (!take_option(c))
			return 2;
	}
	if (bench.dir == NULL || find_mode() == NULL || bench.batch < 1 ||
	    bench.workers < 1 || bench.plugin_count == 0) {
		fputs("usage: see the head of tests/bench/runs.c\n", stderr);
		return 2;
	}
	alarm(5 * PATIENCE_S);
	rand_init();
	umask(077);
	log_level_set(LOG_ERROR);
	bench.db_path = mem_printf("%s/runhost.db", bench.dir);
	bench.key_path = mem_printf("%s/audit.key", bench.dir);
	bench.anchor = mem_printf("%s.anchor", bench.dir);
	if (!bench.keep)
		remove_old();
	STAILQ_INIT(&bench.answered);
	sem_init(&bench.loaded, 0, 0);
	sem_init(&bench.room, 0, 0);
	if ((spawner = spawner_start(&err)) == NULL)
		die("spawner", err.msg);
	start(spawner);
	prepare();
	find_mode()->go();
	stop(spawner);
	free(bench.db_path);
	free(bench.key_path);
	free(bench.anchor);
	return 0;
}
