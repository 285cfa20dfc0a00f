/*
 * A worker in its whole sandbox, from when it is asked for until its HELLO
 * has come (all but the first are made ahead), beside a bare fork of a zygote
 * that opens the same plugin; and a call of a warm worker beside one that is
 * in no sandbox.
 *
 *	spawn PLUGIN.so [ROUNDS]
 *
 * In turn; a line with the medians.
 */
#include "took.h"

#include "base/mem.h"
#include "plugin/dso.h"
#include "worker/channel.h"
#include "worker/confined.h"
#include "worker/invoke.h"
#include "worker/serve.h"
#include "worker/spawner.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TURN	20
#define CALLS	2000
#define CONTROL_FD 3		/* of the spawner */

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "spawn: %s\n", what);
	exit(1);
}

static int
read_plugin(const char *path)
{
	int from = open(path, O_RDONLY | O_CLOEXEC);
	int to = memfd_create("plugin", MFD_CLOEXEC);
	struct stat st;

	if (from < 0 || to < 0 || fstat(from, &st) != 0 ||
	    sendfile(to, from, NULL, (size_t)st.st_size) != st.st_size)
		die(path);
	close(from);
	return to;
}

/* A fork for each byte that comes; its child opens the plugin and says so. */
static _Noreturn void
zygote(int sock, int memfd)
{
	const struct rh_entry *entry;
	struct err err;
	char byte;
	pid_t pid;

	while (recv(sock, &byte, 1, 0) == 1) {
		pid = fork();
		if (pid == 0) {
			if (dso_open(memfd, "plugin", &entry, &err) != RH_OK)
				_exit(1);
			send(sock, "r", 1, MSG_NOSIGNAL);
			for (;;)
				pause();
		}
		/* Until the next one, when it has been heard. */
		if (recv(sock, &byte, 1, 0) != 1)
			break;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		send(sock, "d", 1, MSG_NOSIGNAL);
	}
	_exit(0);
}

static int
start(void (*serve)(int, int), int memfd)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) != 0)
		die("socketpair");
	switch (fork()) {
	case -1:
		die("fork");
	case 0:
		close(sv[0]);
		serve(sv[1], memfd);
		break;
	default:
		close(sv[1]);
	}
	return sv[0];
}

static void
bare_round(int sock, struct took *t)
{
	int64_t from = now_ns();
	char byte;

	if (send(sock, "g", 1, MSG_NOSIGNAL) != 1 ||
	    recv(sock, &byte, 1, 0) != 1)
		die("the zygote is gone");
	took_add(t, now_ns() - from);
	send(sock, "k", 1, MSG_NOSIGNAL);
	if (recv(sock, &byte, 1, 0) != 1)
		die("the zygote is gone");
}

/* Reads on until that; its seq. */
static uint32_t
next(struct channel *chan, uint8_t type)
{
	struct pollfd p = { .fd = channel_fd(chan), .events = POLLIN };
	struct frame_head head = { 0 };
	struct err err = { 0 };
	struct str body;
	int got;

	do
		while ((got = channel_recv(chan, &head, &body, &err)) == 0)
			poll(&p, 1, -1);
	while (got == 1 && head.type != type && head.type != FRAME_REFUSED);
	if (got != 1 || head.type != type) {
		fprintf(stderr, "spawn: %.*s\n", got == 1 ? (int)body.len - 4 :
		    (int)strlen(err.msg), got == 1 ? body.p + 4 : err.msg);
		exit(1);
	}
	return head.seq;
}

static struct channel *
make_worker(struct spawner *s, int memfd, struct worker_proc *p)
{
	const struct worker_spec spec = {
		.memfd = memfd, .path = "bench",
		.profile = { .memory_bytes = INT64_C(512) << 20 },
	};
	struct channel *chan;
	struct err err;

	if (spawner_spawn(s, &spec, p, &err) != RH_OK)
		die(err.msg);
	chan = channel_new(p->sock, false);
	next(chan, FRAME_HELLO);
	return chan;
}

static void
end_worker(struct worker_proc *p, struct channel *chan, struct took *t)
{
	struct pollfd fd = { .fd = p->pidfd, .events = POLLIN };
	int64_t from = now_ns();
	struct rusage used;
	siginfo_t info;

	pidfd_send_signal(p->pidfd, SIGKILL, NULL, 0);
	poll(&fd, 1, -1);
	worker_reap(p->pidfd, p->status, &info, &used);
	took_add(t, now_ns() - from);
	channel_free(chan);
	close(p->pidfd);
	close(p->out);
	close(p->err);
	close(p->status);
}

static void
whole_round(struct spawner *s, int memfd, struct took *t, struct took *end)
{
	struct worker_proc p;
	struct channel *chan;
	int64_t from = now_ns();

	chan = make_worker(s, memfd, &p);
	took_add(t, now_ns() - from);
	end_worker(&p, chan, end);
}

static void *
plugin_thread(void *arg)
{
	serve_plugin(arg);
	_exit(1);
}

/* A worker as any other, but in no sandbox. */
static _Noreturn void
serve_open(int sock, int memfd)
{
	struct instance *inst = instance_new(memfd, "bench",
	    channel_new(sock, true), true);
	struct err err;
	pthread_t t;

	if (pthread_create(&t, NULL, plugin_thread, inst) == 0)
		serve_socket(inst, &err);
	_exit(0);
}

static void
call_round(struct channel *chan, uint64_t handle, struct took *t)
{
	static const struct rh_text empty = { "{}", 2 };
	struct rh_invocation inv = {
		.size = sizeof inv, .kind = RH_INVOKE_RUN,
		.run_id = { "run_1", 5 }, .extension_id = { "bench", 5 },
		.runner = { "nothing", 7 }, .args = { "[]", 2 },
		.flags = empty, .input = empty, .metadata = empty,
		.config = empty, .attempt = 1, .reason = RH_ATTEMPT_FIRST,
	};
	struct buf b = { 0 };
	int64_t from = now_ns();
	uint32_t seq;

	invoke_pack(&b, &inv);
	channel_send(chan, FRAME_INVOKE, handle, 0, b.p, b.len);
	seq = next(chan, FRAME_FINISH);
	buf_clear(&b);
	reply_pack(&b, RH_OK, NULL, 0);
	channel_send(chan, FRAME_REPLY, handle, seq, b.p, b.len);
	took_add(t, now_ns() - from);
	buf_fini(&b);
}

int
main(int argc, char **argv)
{
	struct took bare = { 0 }, whole = { 0 }, end = { 0 }, open_call = { 0 },
	    call = { 0 };
	int memfd, sock, rounds, i, k;
	struct channel *open_chan, *chan;
	struct worker_proc proc;
	struct spawner *s;
	struct err err;

	if (argc == 2 && strcmp(argv[1], SPAWNER_ARG) == 0)
		return spawner_main(CONTROL_FD);
	if (argc < 2)
		die("which plugin?");
	rounds = argc > 2 ? atoi(argv[2]) : 400;
	alarm(120);
	memfd = read_plugin(argv[1]);
	sock = start(zygote, memfd);
	open_chan = channel_new(start(serve_open, memfd), false);
	next(open_chan, FRAME_HELLO);
	if ((s = spawner_start(&err)) == NULL)
		die(err.msg);
	for (i = 0; i < rounds; i += TURN) {
		for (k = 0; k < TURN; k++)
			bare_round(sock, &bare);
		for (k = 0; k < TURN; k++)
			whole_round(s, memfd, &whole, &end);
	}
	chan = make_worker(s, memfd, &proc);
	for (i = 1; i <= CALLS; i++) {
		call_round(open_chan, (uint64_t)i << 32, &open_call);
		call_round(chan, (uint64_t)i << 32, &call);
	}
	printf("spawn n=%d bare_us=%.1f whole_us=%.1f end_us=%.1f "
	    "open_call_us=%.2f call_us=%.2f\n", rounds, took_us(&bare, 0.5),
	    took_us(&whole, 0.5), took_us(&end, 0.5),
	    took_us(&open_call, 0.5), took_us(&call, 0.5));
	end_worker(&proc, chan, &end);
	channel_free(open_chan);
	close(sock);
	spawner_stop(s);
	while (wait(NULL) > 0)
		continue;
	return 0;
}
