/*
 * Worker processes: what they are, how they end, and who ends them.
 */
#include "lib/deny.h"
#include "lib/peer.h"
#include "lib/unit.h"

#include "base/mem.h"
#include "worker/strays.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static bool
open_probe(struct peer *p)
{
	return peer_open(p, "probe", PEER_WORKER) &&
	    peer_expect(p, FRAME_HELLO);
}

static void
test_facts(void)
{
	const char *facts;
	int mine = getpriority(PRIO_PROCESS, 0);
	char parent[32], priority[32];
	struct peer p;

	if (open_probe(&p)) {
		peer_invoke(&p, 1, "facts");
		facts = peer_run(&p);
		/* The socket and the object, besides the usual three. */
		CHECK_HAS(facts, "fds 0,1,2,3,4,\n");
		CHECK_HAS(facts, "env LC_ALL=C.UTF-8 GIVEN=1\n");
		CHECK_HAS(facts, "cwd /\n");
		CHECK_HAS(facts, "no_new_privs 1\n");
		CHECK_HAS(facts, geteuid() == 0 || p.confined.tier >=
		    TIER_EXPECTED ? "caps 0\n" : "caps ");
		CHECK_HAS(facts, "ignored 0\n");
		CHECK_HAS(facts, "umask 77\n");
		CHECK_HAS(facts, "leader 1\n");
		CHECK_HAS(facts, "dumpable 0\n");
		CHECK_HAS(facts, "stdin 1:3\n");	/* /dev/null */
		CHECK_HAS(facts, "core 0\nfsize 0\nfiles 64\nmemlock 0\n");
		snprintf(priority, sizeof priority, "priority %d\n",
		    mine + 5 < 19 ? mine + 5 : 19);
		CHECK_HAS(facts, priority);
		/* The reaper, or else this process. */
		snprintf(parent, sizeof parent, "parent %d\n",
		    p.confined.tier >= TIER_EXPECTED ? 1 : (int)getpid());
		CHECK_HAS(facts, parent);
	}
	peer_close(&p);
}

/* The worker, if that is its reaper's pid. */
static pid_t
behind(pid_t pid)
{
	char path[64];
	int child = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid,
	    (int)pid);
	if ((f = fopen(path, "re")) != NULL) {
		if (fscanf(f, "%d", &child) != 1)
			child = 0;
		fclose(f);
	}
	return child > 0 ? child : pid;
}

static bool
session_is_lowered(pid_t pid)
{
	char path[64], line[128] = "";
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/autogroup", (int)behind(pid));
	if ((f = fopen(path, "re")) != NULL) {
		if (fgets(line, sizeof line, f) == NULL)
			line[0] = '\0';
		fclose(f);
	}
	return strstr(line, " nice 5\n") != NULL;
}

/* The kernel hears this from who isn't root once in 100 ms. */
static void
test_session(void)
{
	bool lowered = false;
	struct peer p;
	int i;

	if (access("/proc/self/autogroup", F_OK) != 0) {
		unit_skip("this kernel has no autogroups");
		return;
	}
	for (i = 0; !lowered && i < 1000 && open_probe(&p); i++) {
		lowered = session_is_lowered(p.proc.pid);
		peer_close(&p);
	}
	CHECK(lowered);
}

/* A sanitizer maps more than any limit: then the worker says so. */
static void
test_memory_limit(void)
{
	struct peer p;

	if (open_probe(&p)) {
		peer_invoke(&p, 1, "facts");
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
		peer_run(&p);
		peer_send(&p, FRAME_EXIT, 0);
		CHECK_HAS(peer_printed(&p, p.proc.err),
		    "\"memory\\\" left out");
#else
		CHECK_HAS(peer_run(&p), "memory 536870912\n");
#endif
	}
	peer_close(&p);
}

/* Runs something that ends the worker; what it says until then. */
static void
check_end(const char *runner, const char *want)
{
	char how[48];
	struct peer p;

	if (open_probe(&p)) {
		peer_invoke(&p, 1, runner);
		CHECK_STR(peer_end(&p, how), want);
	}
	peer_close(&p);
}

static void
test_crash(void)
{
	char how[48];
	struct peer p;

	if (open_probe(&p)) {
		peer_invoke(&p, 1, "crash");
		CHECK_STR(peer_end(&p, how), "crashed SIGSEGV");
		/* What it had reported is still there. */
		peer_expect(&p, FRAME_STARTED);
		peer_expect(&p, FRAME_EVENTS);
	}
	peer_close(&p);
}

static void
test_exit(void)
{
	check_end("exit", "exited 3");
	check_end("thread_exit", "exited 71");
}

static void
test_killed(void)
{
	char how[48];
	struct peer p;

	if (open_probe(&p)) {
		peer_invoke(&p, 1, "hang");
		peer_expect(&p, FRAME_STARTED);
		CHECK_INT(kill(p.proc.pid, SIGKILL), 0);
		CHECK_STR(peer_end(&p, how), "killed SIGKILL");
	}
	peer_close(&p);
}

static void
close_socket(struct peer *p)
{
	channel_free(p->chan);
	p->chan = NULL;
}

static void
test_hung_plugin(void)
{
	char how[48];
	struct peer p;

	if (open_probe(&p)) {
		peer_invoke(&p, 1, "hang");
		peer_expect(&p, FRAME_STARTED);
		peer_expect(&p, FRAME_EVENTS);
		close_socket(&p);
		CHECK_STR(peer_end(&p, how), "exited 0");
	}
	peer_close(&p);
}

/* Its threads get stuck in a send, the one that answers the ping as well. */
static void
test_unread(void)
{
	char how[48];
	struct peer p;

	if (open_probe(&p)) {
		peer_invoke(&p, 1, "flood");
		peer_expect(&p, FRAME_STARTED);
		channel_send(p.chan, FRAME_PING, 0, 1, NULL, 0);
		close_socket(&p);
		CHECK_STR(peer_end(&p, how), "exited 0");
	}
	peer_close(&p);
}

static void
test_hung_constructor(void)
{
	char how[48], line[32] = "";
	struct pollfd fd = { .events = POLLIN };
	struct peer p;

	if (peer_open(&p, "stuck", PEER_WORKER)) {
		fd.fd = p.proc.out;
		CHECK_INT(poll(&fd, 1, 30000), 1);
		CHECK(read(p.proc.out, line, sizeof line - 1) > 0);
		CHECK_STR(line, "constructing\n");
		peer_ping(&p, 3);
		close_socket(&p);
		CHECK_STR(peer_end(&p, how), "exited 0");
	}
	peer_close(&p);
}

static void
test_told_to_exit(void)
{
	char how[48];
	struct peer p;

	if (open_probe(&p)) {
		peer_invoke(&p, 1, "hang");
		peer_send(&p, FRAME_EXIT, 0);
		CHECK_STR(peer_end(&p, how), "exited 0");
	}
	peer_close(&p);
}

/* Each is something the host must never send. */
static void
test_protocol_error(void)
{
	char how[48];
	struct peer p;
	int i;

	for (i = 0; i < 3; i++) {
		if (open_probe(&p)) {
			if (i == 0)
				channel_send(p.chan, FRAME_REPLY, 1, 1,
				    "\0\0\0\0", 4);
			else if (i == 1)
				channel_send(p.chan, FRAME_INVOKE, 1, 0,
				    "junk", 4);
			else
				channel_send(p.chan, FRAME_HELLO, 0, 0, "", 0);
			CHECK_STR(peer_end(&p, how), "exited 70");
		}
		peer_close(&p);
	}
}

static void
test_handle_in_use(void)
{
	char how[48];
	struct peer p;

	if (open_probe(&p)) {
		peer_invoke(&p, 1, "hang");
		peer_invoke(&p, 1, "hang");
		CHECK_STR(peer_end(&p, how), "exited 70");
		CHECK_HAS(peer_printed(&p, p.proc.err),
		    "handle 0x1 is in use");
	}
	peer_close(&p);
}

static void
test_printed(void)
{
	struct peer p;
	char how[48];

	if (open_probe(&p)) {
		peer_invoke(&p, 1, "printf");
		CHECK_HAS(peer_run(&p), "finish completed");
		peer_send(&p, FRAME_EXIT, 0);
		peer_end(&p, how);
		CHECK_STR(peer_printed(&p, p.proc.out), "no newline");
		CHECK_HAS(peer_printed(&p, p.proc.err), "an error\n");
	}
	peer_close(&p);
}

static void
test_refused(void)
{
	char how[48];
	struct peer p;

	if (peer_open(&p, "future", PEER_WORKER) &&
	    peer_expect(&p, FRAME_REFUSED)) {
		CHECK_INT(p.body.p[0], RH_EVERSION);
		CHECK(memmem(p.body.p, p.body.len, "1.99", 4) != NULL);
		CHECK_STR(peer_end(&p, how), "exited 0");
	}
	peer_close(&p);
}

static void
test_no_object(void)
{
	struct worker_spec spec = { .memfd = -1, .path = "none" };
	struct peer p = { .proc = { .pidfd = -1, .out = -1, .err = -1,
		.status = -1 } };
	struct err err;

	p.spawner = spawner_start(&err);
	if (CHECK(p.spawner != NULL) && CHECK_OK(spawner_spawn(p.spawner,
	    &spec, &p.proc, &err), &err)) {
		p.chan = channel_new(p.proc.sock, false);
		peer_confined(&p);
		peer_expect(&p, FRAME_REFUSED);
	}
	peer_close(&p);
}

static void
test_restart(void)
{
	struct worker_spec spec = { .memfd = -1, .path = "none" };
	struct peer p;
	struct err err;
	siginfo_t info;
	pid_t before;
	char how[48];

	if (open_probe(&p)) {
		before = spawner_pid(p.spawner);
		CHECK_INT(kill(before, SIGKILL), 0);
		waitid(P_PID, (id_t)before, &info, WEXITED | WNOWAIT);
		/* The workers that there are don't care. */
		peer_invoke(&p, 1, "given");
		CHECK_HAS(peer_run(&p), "finish completed");
		close_socket(&p);
		CHECK_STR(peer_end(&p, how), "exited 0");
		close(p.proc.pidfd);
		close(p.proc.out);
		close(p.proc.err);
		close(p.proc.status);
		CHECK_OK(spawner_spawn(p.spawner, &spec, &p.proc, &err), &err);
		CHECK(spawner_pid(p.spawner) != before);
		p.chan = channel_new(p.proc.sock, false);
		peer_confined(&p);
		peer_expect(&p, FRAME_REFUSED);
	}
	peer_close(&p);
}

/* That of its spawner which nobody has asked for; 0: there is none. */
static pid_t
ahead_of(struct spawner *s)
{
	char path[64];
	pid_t found = 0;
	FILE *f;
	int pid;

	snprintf(path, sizeof path, "/proc/self/task/%d/children",
	    (int)gettid());
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	while (fscanf(f, "%d", &pid) == 1)
		if (pid != spawner_pid(s) && spawner_owns(s, pid))
			found = pid;
	fclose(f);
	return found;
}

/* Another worker instead, that answers; its pid. */
static pid_t
open_again(struct peer *p, int64_t file_bytes)
{
	const char *env[] = { "GIVEN=1" };
	struct worker_spec spec = {
		.memfd = peer_memfd("probe"), .path = "again",
		.profile = { .memory_bytes = INT64_C(512) << 20,
		    .file_bytes = file_bytes, .env = env, .env_count = 1 },
	};
	struct err err;

	channel_free(p->chan);
	p->chan = NULL;
	kill(p->proc.pid, SIGKILL);
	waitpid(p->proc.pid, NULL, 0);
	close(p->proc.pidfd);
	close(p->proc.out);
	close(p->proc.err);
	close(p->proc.status);
	if (CHECK_OK(spawner_spawn(p->spawner, &spec, &p->proc, &err), &err)) {
		p->chan = channel_new(p->proc.sock, false);
		peer_confined(p);
		peer_expect(p, FRAME_HELLO);
	}
	close(spec.memfd);
	return p->proc.pid;
}

/* The next worker is there before it is asked for, but as the last one. */
static void
test_ahead(void)
{
	const char *facts;
	struct peer p;
	pid_t ahead;

	if (open_probe(&p) && CHECK((ahead = ahead_of(p.spawner)) > 0)) {
		CHECK_INT(open_again(&p, 0), ahead);
		peer_invoke(&p, 1, "facts");
		facts = peer_run(&p);
		CHECK_HAS(facts, "fds 0,1,2,3,4,\n");
		CHECK_HAS(facts, "env LC_ALL=C.UTF-8 GIVEN=1\n");
		CHECK((ahead = ahead_of(p.spawner)) > 0);
		/* One of another profile once in a while changes nothing. */
		CHECK(open_again(&p, 7) != ahead);
		CHECK_INT(open_again(&p, 0), ahead);
		CHECK(open_again(&p, 7) != ahead_of(p.spawner));
		CHECK(open_again(&p, 7) > 0);
		CHECK((ahead = ahead_of(p.spawner)) > 0);
		CHECK_INT(open_again(&p, 7), ahead);
	}
	peer_close(&p);
}

/* Whatever descriptor there is no room for: a worker, or an error. */
static void
test_no_room(void)
{
	struct worker_spec spec = { .memfd = peer_memfd("probe"),
		.path = "probe" };
	struct rlimit was, low;
	struct worker_proc proc;
	unsigned made = 0, refused = 0;
	struct spawner *s;
	struct err err;
	int fd, room;

	s = spawner_start(&err);
	if (!CHECK(s != NULL) || !CHECK_INT(getrlimit(RLIMIT_NOFILE, &was), 0))
		return;
	low = was;
	fd = dup(0);		/* the lowest that is free */
	close(fd);
	for (room = 0; room < 40; room++) {
		low.rlim_cur = (rlim_t)(fd + room);
		setrlimit(RLIMIT_NOFILE, &low);
		if (spawner_spawn(s, &spec, &proc, &err) != RH_OK) {
			refused++;
			continue;
		}
		made++;
		if (!CHECK(proc.pid > 0 && proc.pidfd >= 0 && proc.sock >= 0))
			break;
		kill(proc.pid, SIGKILL);
		waitpid(proc.pid, NULL, 0);
		close(proc.pidfd);
		close(proc.sock);
		close(proc.out);
		close(proc.err);
		close(proc.status);
	}
	setrlimit(RLIMIT_NOFILE, &was);
	CHECK(made > 0 && refused > 0);
	close(spec.memfd);
	spawner_stop(s);
}

static void
test_ahead_dies(void)
{
	siginfo_t info;
	struct peer p;
	pid_t ahead;

	if (open_probe(&p) && CHECK((ahead = ahead_of(p.spawner)) > 0)) {
		CHECK_INT(kill(ahead, SIGKILL), 0);
		waitid(P_PID, (id_t)ahead, &info, WEXITED | WNOWAIT);
		CHECK(open_again(&p, 0) != ahead);
		CHECK_INT(waitpid(ahead, NULL, WNOHANG), -1);
		/* It needs no spawner any more; nor does it outlive the stop. */
		ahead = ahead_of(p.spawner);
		CHECK_INT(kill(spawner_pid(p.spawner), SIGKILL), 0);
		CHECK_INT(open_again(&p, 0), ahead);
		CHECK(open_again(&p, 0) > 0);
		CHECK((ahead = ahead_of(p.spawner)) > 0);
		spawner_stop(p.spawner);
		p.spawner = NULL;
		CHECK_INT(waitpid(ahead, NULL, WNOHANG), -1);
	}
	peer_close(&p);
}

/* A host that dies takes a stopped worker with it, and its spawner ends. */
static void
check_host_dies(const char *lacking)
{
	struct pollfd fds = { .events = POLLIN };
	int ends[2];
	pid_t host, worker = 0;
	struct peer p;

	CHECK(pipe(ends) == 0);
	/* Its children come to us then. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	host = fork();
	if (host == 0) {
		if ((lacking != NULL && !deny(lacking)) || !open_probe(&p) ||
		    kill(p.proc.pid, SIGSTOP) != 0)
			_exit(1);
		if (write(ends[1], &p.proc.pid, sizeof p.proc.pid) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	fds.fd = ends[0];
	CHECK_INT(poll(&fds, 1, 30000), 1);
	CHECK_INT(read(ends[0], &worker, sizeof worker), sizeof worker);
	CHECK_INT(kill(host, SIGKILL), 0);
	waitpid(host, NULL, 0);
	CHECK_INT(waitpid(worker, NULL, 0), worker);
	/* The spawner, and whatever else came to us, ends, too. */
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	CHECK_INT(errno, ECHILD);
	close(ends[0]);
	close(ends[1]);
}

/* With a reaper, and without one. */
static void
test_host_dies(void)
{
	check_host_dies(NULL);
	check_host_dies("namespaces");
}

/* Orphans of orphans, in sessions of their own. */
static void
leave_behind(void)
{
	int i;

	for (i = 0; i < 3; i++) {
		if (fork() != 0)
			continue;
		setsid();
		signal(SIGTERM, SIG_IGN);
		if (fork() == 0)
			for (;;)
				pause();
		_exit(0);
	}
}

static bool
spare_none(void *arg, pid_t pid, pid_t sid)
{
	(void)arg, (void)pid, (void)sid;
	return false;
}

/* In a process that is nobody's host. */
static void
test_strays(void)
{
	int status = 0, i;
	pid_t pid;

	for (i = 0; i < 2; i++) {
		fflush(NULL);
		pid = fork();
		if (pid == 0) {
			prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
			leave_behind();
			while (i == 0 && waitpid(-1, NULL, WNOHANG) != -1)
				strays_end_but(spare_none, NULL);
			strays_end();
			_exit(waitpid(-1, NULL, 0) == -1 && errno == ECHILD ?
			    0 : 1);
		}
		CHECK_INT(waitpid(pid, &status, 0), pid);
		CHECK_INT(status, 0);
	}
}

static void
test_end_text(void)
{
	char out[48];

	CHECK_STR(worker_end_text(CLD_EXITED, 0, out), "exited 0");
	CHECK_STR(worker_end_text(CLD_EXITED, 255, out), "exited 255");
	CHECK_STR(worker_end_text(CLD_KILLED, SIGKILL, out), "killed SIGKILL");
	CHECK_STR(worker_end_text(CLD_KILLED, SIGSYS, out), "crashed SIGSYS");
	CHECK_STR(worker_end_text(CLD_DUMPED, SIGABRT, out), "crashed SIGABRT");
	CHECK_STR(worker_end_text(CLD_STOPPED, SIGSTOP, out),
	    "stopped SIGSTOP");
	CHECK_STR(worker_end_text(CLD_KILLED, SIGXFSZ, out), "killed SIGXFSZ");
	CHECK_STR(worker_end_text(CLD_KILLED, SIGRTMIN + 1, out),
	    "killed signal 35");
}

/* What a plugin does wrong is seen, though the host never hears of it. */
static void
test_traced(void)
{
	struct peer p;
	struct buf all = { 0 };

	if (peer_open(&p, "probe", PEER_TRACED) &&
	    peer_expect(&p, FRAME_HELLO)) {
		peer_invoke(&p, 1, "twice");
		CHECK_HAS(peer_run(&p), "trace host->finish\nfinish completed");
		peer_ping(&p, 1);
		buf_add(&all, p.text.p, p.text.len);
		peer_invoke(&p, 2, "stale");
		CHECK_HAS(peer_run(&p), "trace host->output\n"
		    "trace host->output 9 \n");
		buf_add(&all, p.text.p, p.text.len);
		peer_invoke(&p, 3, "wrong");
		CHECK_HAS(peer_run(&p), "trace host->progress 1 percent");
		/* What follows its end comes with it, or before the next. */
		buf_add(&all, p.text.p, p.text.len);
		CHECK_HAS(all.p, "trace host->finish 9");
		CHECK_HAS(all.p, "trace returned\n");
	}
	buf_fini(&all);
	peer_close(&p);
}

const struct unit_test worker_spawner_tests[] = {
	{ "a worker is confined before it opens its plugin", test_facts },
	{ "its session has a lower priority, where that counts", test_session },
	{ "a worker's memory is limited, or it says that it isn't", test_memory_limit },
	{ "the next worker is made ahead, if it is like the last", test_ahead },
	{ "without room for a descriptor there is no worker", test_no_room },
	{ "a worker made ahead leaves nothing", test_ahead_dies },
	{ "a crash is named, and what came before it is not lost",
	    test_crash },
	{ "a plugin that exits, or ends its thread, ends its worker",
	    test_exit },
	{ "a hanging worker can be killed", test_killed },
	{ "a worker whose plugin hangs ends with its socket",
	    test_hung_plugin },
	{ "so does one that nobody reads", test_unread },
	{ "so does one whose constructor hangs", test_hung_constructor },
	{ "a worker ends when it is told to", test_told_to_exit },
	{ "a worker ends over what the host must not send",
	    test_protocol_error },
	{ "a handle that is in use is such a thing", test_handle_in_use },
	{ "what a plugin prints comes through the pipes", test_printed },
	{ "a plugin for a newer host is refused with its reason",
	    test_refused },
	{ "a worker without an object says so", test_no_object },
	{ "a spawner that died is started again", test_restart },
	{ "a stopped worker dies with its host", test_host_dies },
	{ "what was forked and left behind is ended", test_strays },
	{ "an end has a name", test_end_text },
	{ "a traced worker tells what its plugin calls", test_traced },
	{ NULL, NULL },
};
