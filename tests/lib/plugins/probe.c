/*
 * A plugin for tests of the worker: each runner does one thing, good or
 * bad, and says what the host answered.
 */
#include <runhost/easy.h>
#include <runhost/ext/granted.h>
#include <runhost/ext/net.h>
#include <runhost/ext/secret.h>

#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

extern char **environ;

static uint64_t old_handle;	/* of an invocation that has ended */
static rh_status second_finish = -1;

/* Formats into a buffer of the caller's and finishes with it. */
static void __attribute__((format(printf, 3, 4)))
finish(const struct rh_host *host, const struct rh_invocation *inv,
    const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	rh_completed(host, inv, text);
}

static void
run_events(const struct rh_invocation *inv, const struct rh_host *host)
{
	rh_progress(host, inv, "first", 10, "begun");
	rh_event(host, inv, "found", "{\"n\":1}");
	rh_print(host, inv, "hi\n");
	rh_print_error(host, inv, "oops\n");
	rh_progress(host, inv, "last", 100, NULL);
	rh_completed(host, inv, "done");
}

/* Echoes what it was given. */
static void
run_given(const struct rh_invocation *inv, const struct rh_host *host)
{
	finish(host, inv, "%.*s %.*s %.*s %u %u", (int)inv->run_id.len,
	    inv->run_id.p, (int)inv->raw_args.len, inv->raw_args.p,
	    (int)inv->input.len, inv->input.p, inv->attempt, inv->reason);
}

/* What it hears of its grants; "0" is RH_OK. */
static void
run_granted(const struct rh_invocation *inv, const struct rh_host *host)
{
	const struct rh_granted *g = host->extension(RH_GRANTED);

	if (g == NULL || host->extension("rh.granted/2") != NULL) {
		rh_failed(host, inv, 1, "wrong extensions");
		return;
	}
	finish(host, inv, "%d %d %d %d %d", g->has(inv->handle,
	    "env:GIVEN", 9), g->has(inv->handle, "env:GIVE", 8),
	    g->has(inv->handle, "fs.read:/etc", 12),
	    g->has(inv->handle, "soup", 4), g->has(1, "env:GIVEN", 9));
}

/* What a sink was given, up to its room. */
struct heard {
	char	p[600];
	uint64_t len;
};

static void
hear(void *ctx, const char *p, uint64_t len)
{
	struct heard *h = ctx;

	h->len = len < sizeof h->p ? len : sizeof h->p;
	memcpy(h->p, p, h->len);
}

/* "HOST PORT MS": what it reads there, or the status and why. */
static void
run_connect(const struct rh_invocation *inv, const struct rh_host *host)
{
	const struct rh_net *net = host->extension(RH_NET);
	struct heard why = { .len = 0 };
	char name[300] = "", text[64];
	unsigned port = 0;
	long long ms = 0;
	int32_t fd = 77;
	rh_status rc;
	ssize_t n;

	sscanf(inv->raw_args.p, "%299s %u %lld", name, &port, &ms);
	rc = net->connect(inv->handle, name, strlen(name), port, ms, &fd,
	    hear, &why);
	if (rc != RH_OK) {
		finish(host, inv, "%d %d %.*s", rc, fd, (int)why.len, why.p);
		return;
	}
	n = read(fd, text, sizeof text);
	close(fd);
	finish(host, inv, "read %.*s", (int)(n > 0 ? n : 0), text);
}

static void *
connect_again(void *arg)
{
	const struct rh_invocation *inv = ((void **)arg)[0];
	const struct rh_host *host = ((void **)arg)[1];
	const struct rh_net *net = host->extension(RH_NET);
	int32_t fd;
	rh_status rc = net->connect(inv->handle, "127.0.0.1", 9,
	    (uint32_t)atoi(inv->raw_args.p), 60000, &fd, NULL, NULL);

	if (rc == RH_EBUSY)
		rh_event(host, inv, "busy", "{}");
	return (void *)(intptr_t)rc;
}

/* Nine at once to a port where nobody answers: how many are too many. */
static void
run_connects(const struct rh_invocation *inv, const struct rh_host *host)
{
	void *arg[2] = { (void *)(uintptr_t)inv, (void *)(uintptr_t)host };
	pthread_t threads[9];
	void *rc;
	int i, busy = 0;

	for (i = 0; i < 9; i++)
		pthread_create(&threads[i], NULL, connect_again, arg);
	for (i = 0; i < 9; i++) {
		pthread_join(threads[i], &rc);
		busy += (intptr_t)rc == RH_EBUSY;
	}
	finish(host, inv, "%d too many", busy);
}

static void
run_secret(const struct rh_invocation *inv, const struct rh_host *host)
{
	const struct rh_secrets *secrets = host->extension(RH_SECRET);
	struct heard h = { .len = 0 };
	rh_status rc = secrets->get(inv->handle, inv->raw_args.p,
	    inv->raw_args.len, hear, &h);

	finish(host, inv, "%d %.*s", rc, (int)h.len, h.p);
}

static void
run_crash(const struct rh_invocation *inv, const struct rh_host *host)
{
	rh_print(host, inv, "before\n");
	raise(SIGSEGV);
}

static void
run_exit(const struct rh_invocation *inv, const struct rh_host *host)
{
	(void)inv, (void)host;
	exit(3);
}

static void
run_thread_exit(const struct rh_invocation *inv, const struct rh_host *host)
{
	(void)inv, (void)host;
	pthread_exit(NULL);
}

static void
run_hang(const struct rh_invocation *inv, const struct rh_host *host)
{
	rh_print(host, inv, "hanging\n");
	for (;;)
		pause();
}

/* Until the file that its arguments name is there. */
static void
run_linger(const struct rh_invocation *inv, const struct rh_host *host)
{
	char path[256];

	snprintf(path, sizeof path, "%.*s", (int)inv->raw_args.len,
	    inv->raw_args.p);
	while (access(path, F_OK) != 0)
		usleep(1000);
	rh_completed(host, inv, NULL);
}

static void
run_silent(const struct rh_invocation *inv, const struct rh_host *host)
{
	(void)inv, (void)host;
}

static void
run_wait(const struct rh_invocation *inv, const struct rh_host *host)
{
	rh_status rc;

	rh_print(host, inv, "waiting\n");
	rc = host->wait(inv->handle, 3600 * 1000);
	finish(host, inv, "wait %d cancelled %u", rc,
	    host->cancelled(inv->handle));
}

static void
run_paced(const struct rh_invocation *inv, const struct rh_host *host)
{
	rh_event(host, inv, "one", "{}");
	host->wait(inv->handle, 150);
	rh_event(host, inv, "two", "{}");
	rh_completed(host, inv, NULL);
}

static void
run_twice(const struct rh_invocation *inv, const struct rh_host *host)
{
	old_handle = inv->handle;
	rh_completed(host, inv, "first");
	second_finish = rh_completed(host, inv, "second");
}

/* What the handle of run_twice answers now. */
static void
run_stale(const struct rh_invocation *inv, const struct rh_host *host)
{
	finish(host, inv, "finish %d output %d flush %d wait %d cancelled %u",
	    second_finish, host->output(old_handle, 1, "x", 1),
	    host->flush(old_handle), host->wait(old_handle, 0),
	    host->cancelled(old_handle));
}

static void
keep(void *ctx, const char *p, uint64_t len)
{
	snprintf(ctx, 256, "%.*s", (int)len, p);
}

static void
run_requests(const struct rh_invocation *inv, const struct rh_host *host)
{
	char reply[256] = "", value[256] = "";
	rh_status called, got, set, kept, flushed;

	rh_print(host, inv, "first\n");
	called = host->call(inv->handle, "run_get", 7, "{}", 2, keep, reply);
	got = host->state_get(inv->handle, "runner", 6, "k", 1, keep, value);
	set = host->state_set(inv->handle, "runner", 6, "k", 1, "1", 1);
	kept = host->checkpoint(inv->handle, "cp", 2, "\0\1", 2);
	flushed = host->flush(inv->handle);
	finish(host, inv, "call %d %s get %d %s set %d checkpoint %d flush %d",
	    called, reply, got, value, set, kept, flushed);
}

static void
run_wrong(const struct rh_invocation *inv, const struct rh_host *host)
{
	uint64_t h = inv->handle;
	struct rh_outcome o = rh_outcome_of(RH_COMPLETED), big = o;
	static char text[33 * 1024];
	rh_status rc[12];

	memset(text, 'x', sizeof text);
	rc[0] = host->progress(h, "s", 1, 60, NULL, 0);
	rc[1] = host->progress(h, "s", 1, 40, NULL, 0);
	rc[2] = host->progress(h, NULL, 3, 70, NULL, 0);
	rc[3] = host->event(h, "host.started", 12, "{}", 2);
	rc[4] = host->event(h, "big", 3, text, sizeof text);
	rc[5] = host->output(h, 257, "x", 1);
	rc[6] = host->log(h, 9, "x", 1);
	rc[7] = host->wait(h, -1);
	o.kind = 99;
	rc[8] = host->finish(h, &o);
	o.kind = RH_COMPLETED;
	o.size = 8;
	rc[9] = host->finish(h, &o);
	big.metadata = (struct rh_text){ text, sizeof text };
	rc[10] = host->finish(h, &big);
	rc[11] = host->finish(h, NULL);
	finish(host, inv, "%d %d %d %d %d %d %d %d %d %d %d %d %u", rc[0],
	    rc[1], rc[2], rc[3], rc[4], rc[5], rc[6], rc[7], rc[8], rc[9],
	    rc[10], rc[11], host->supports(RH_INTERRUPTED));
}

/* An outcome as an older or newer SDK might fill it. */
static void
run_sized(const struct rh_invocation *inv, const struct rh_host *host)
{
	struct {
		struct rh_outcome o;
		uint64_t newer[8];
	} padded = { .o = rh_outcome_of(RH_COMPLETED) };

	padded.o.output = (struct rh_text){ "sized", 5 };
	padded.o.size = offsetof(struct rh_outcome, retryable);
	if (host->finish(inv->handle, &padded.o) != RH_EINPUT)
		abort();
	padded.o.size = sizeof padded;
	host->finish(inv->handle, &padded.o);
}

#define FLOOD_THREADS	4
#define FLOOD_EVENTS	500

struct flood {
	const struct rh_invocation *inv;
	const struct rh_host *host;
	int	thread;
};

static void *
flood_thread(void *arg)
{
	struct flood *f = arg;
	char text[64];
	int i;

	for (i = 0; i < FLOOD_EVENTS; i++) {
		snprintf(text, sizeof text, "{\"t\":%d,\"i\":%d}", f->thread, i);
		if (rh_event(f->host, f->inv, "flood", text) != RH_OK)
			return "refused";
	}
	return NULL;
}

/* From several threads at once, in order within each. */
static void
run_flood(const struct rh_invocation *inv, const struct rh_host *host)
{
	struct flood floods[FLOOD_THREADS];
	pthread_t threads[FLOOD_THREADS];
	void *why, *worst = NULL;
	int i;

	for (i = 0; i < FLOOD_THREADS; i++) {
		floods[i] = (struct flood){ inv, host, i };
		pthread_create(&threads[i], NULL, flood_thread, &floods[i]);
	}
	for (i = 0; i < FLOOD_THREADS; i++) {
		pthread_join(threads[i], &why);
		if (why != NULL)
			worst = why;
	}
	finish(host, inv, "%s", worst != NULL ? (char *)worst : "flooded");
}

static void
run_big(const struct rh_invocation *inv, const struct rh_host *host)
{
	struct rh_outcome o = rh_outcome_of(RH_COMPLETED);
	size_t len = 1024 * 1024;
	char *text = malloc(len);

	if (text == NULL)
		abort();
	memset(text, 'o', len);
	host->output(inv->handle, RH_STDOUT, text, len);
	o.output = (struct rh_text){ text, len };
	host->finish(inv->handle, &o);
	free(text);
}

static void
run_printf(const struct rh_invocation *inv, const struct rh_host *host)
{
	printf("no newline");
	fprintf(stderr, "an error\n");
	rh_completed(host, inv, NULL);
}

static void
list_fds(char *out, size_t size)
{
	size_t len = 0;
	int fd;

	for (fd = 0; fd < 64 && len < size; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			len += (size_t)snprintf(out + len, size - len, "%d,",
			    fd);
}

/* All that it has, and all that it could have by executing a file. */
static int
count_caps(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct has[2];
	int n = 0, cap, i;

	if (syscall(SYS_capget, &head, has) != 0)
		return -1;
	for (i = 0; i < 2; i++)
		n += __builtin_popcount(has[i].effective | has[i].permitted |
		    has[i].inheritable);
	for (cap = 0; cap < 64; cap++)
		n += prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1;
	return n;
}

static int
count_ignored(void)
{
	struct sigaction now;
	int sig, n = 0;

	for (sig = 1; sig < 65; sig++)
		n += sigaction(sig, NULL, &now) == 0 &&
		    now.sa_handler != SIG_DFL;
	return n;
}

static unsigned long long
limit(int resource)
{
	struct rlimit r = { 0, 0 };

	getrlimit(resource, &r);
	return (unsigned long long)r.rlim_max;
}

/* What this process is and may, a line each. */
static void
run_facts(const struct rh_invocation *inv, const struct rh_host *host)
{
	char fds[256] = "", cwd[64] = "";
	struct stat in = { 0 };
	mode_t mask = umask(0);

	umask(mask);
	list_fds(fds, sizeof fds);
	if (getcwd(cwd, sizeof cwd) == NULL)
		cwd[0] = '\0';
	fstat(0, &in);
	finish(host, inv, "fds %s\nenv %s %s\ncwd %s\nno_new_privs %d\n"
	    "caps %d\nignored %d\numask %o\nleader %d\ndumpable %d\n"
	    "stdin %u:%u\ncore %llu\nfsize %llu\nfiles %llu\nmemlock %llu\n"
	    "memory %llu\npriority %d\nparent %d\n", fds,
	    environ[0] != NULL ? environ[0] : "none",
	    environ[0] != NULL && environ[1] != NULL ? environ[1] : "end",
	    cwd, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), count_caps(),
	    count_ignored(), (unsigned)mask, getsid(0) == getpid(),
	    prctl(PR_GET_DUMPABLE), major(in.st_rdev), minor(in.st_rdev),
	    limit(RLIMIT_CORE),
	    limit(RLIMIT_FSIZE), limit(RLIMIT_NOFILE), limit(RLIMIT_MEMLOCK),
	    limit(RLIMIT_AS), getpriority(PRIO_PROCESS, 0), (int)getppid());
}

/* Finishes on another thread, then stays a moment on its own. */
static void *
finish_thread(void *arg)
{
	struct flood *f = arg;

	rh_completed(f->host, f->inv, "by another thread");
	return NULL;
}

static void
run_other_thread(const struct rh_invocation *inv, const struct rh_host *host)
{
	struct flood f = { inv, host, 0 };
	pthread_t thread;

	pthread_create(&thread, NULL, finish_thread, &f);
	pthread_join(thread, NULL);
}

static void
act_greet(const struct rh_invocation *inv, const struct rh_host *host)
{
	finish(host, inv, "{\"hello\":%.*s}", (int)inv->input.len,
	    inv->input.p);
}

static void
act_wait(const struct rh_invocation *inv, const struct rh_host *host)
{
	finish(host, inv, "{\"wait\":%d}", host->wait(inv->handle, 1));
}

#define RUNNER(n)							\
	static const struct rh_runner runner_##n = {			\
		.size = sizeof(struct rh_runner), .name = #n,		\
		.flags = RH_RUNNER_IDEMPOTENT, .run = run_##n,		\
	}

RUNNER(events);
RUNNER(given);
RUNNER(granted);
RUNNER(connect);
RUNNER(connects);
RUNNER(secret);
RUNNER(crash);
RUNNER(exit);
RUNNER(thread_exit);
RUNNER(hang);
RUNNER(linger);
RUNNER(silent);
RUNNER(wait);
RUNNER(paced);
RUNNER(twice);
RUNNER(stale);
RUNNER(requests);
RUNNER(sized);
RUNNER(wrong);
RUNNER(flood);
RUNNER(big);
RUNNER(printf);
RUNNER(facts);
RUNNER(other_thread);

/* May not be done twice. */
static const struct rh_runner runner_once = {
	.size = sizeof(struct rh_runner), .name = "once", .run = run_given,
};

static const struct rh_runner *const runners[] = {
	&runner_events, &runner_given, &runner_crash, &runner_exit,
	&runner_thread_exit, &runner_hang, &runner_silent, &runner_wait,
	&runner_sized, &runner_linger, &runner_paced, &runner_twice, &runner_stale, &runner_requests, &runner_wrong,
	&runner_flood, &runner_big, &runner_printf, &runner_facts,
	&runner_other_thread, &runner_once, &runner_granted,
	&runner_connect, &runner_connects, &runner_secret, NULL,
};

static const struct rh_action greet = {
	.size = sizeof(struct rh_action), .name = "probe.greet",
	.run = act_greet,
};
static const struct rh_action pause_ms = {
	.size = sizeof(struct rh_action), .name = "probe.wait",
	.run = act_wait,
};
static const struct rh_action *const actions[] = {
	&greet, &pause_ms, NULL,
};

RH_PLUGIN(0,
	.id = "probe",
	.version = "1.0.0",
	.runners = runners,
	.actions = actions,
);
