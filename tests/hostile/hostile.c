/*
 * A plugin that does to its host what it can: each word after /hostile is
 * one attack, and ends in a failure of that run alone.  "good" behaves.
 */
#include <runhost/easy.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define HOST	3		/* a worker's socket */
#define BODY_MAX (64 * 1024 - 24)
#define STR_(x)	#x
#define STR(x)	STR_(x)

/* There in a host that was built with a sanitizer, whatever built this. */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));

/* worker/protocol.h's, said without the SDK. */
enum { STARTED = 3, EVENTS, CHECKPOINT, FLUSH, STATE_GET, STATE_SET, CALL,
	CONNECT, SECRET, LOG, FINISH, PONG, INVOKE, CANCEL, DROP, REPLY };

static uint32_t seq = 1000000;
static jmp_buf out_of_sink;

static int
say(uint8_t type, uint8_t flags, uint64_t handle, uint32_t number,
    const void *body, uint32_t len)
{
	uint8_t head[24] = { 0x52, 0x48, type, flags };
	struct iovec iov[2] = { { head, 24 }, { (void *)body, len } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	memcpy(head + 4, &len, 4);
	memcpy(head + 8, &handle, 8);
	memcpy(head + 16, &number, 4);
	return sendmsg(HOST, &msg, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

#define ATTACK(name)							\
	static void name(const struct rh_invocation *inv,		\
	    const struct rh_host *host)
#define UNUSED	(void)inv, (void)host

ATTACK(good)
{
	rh_progress(host, inv, "half", 50, NULL);
	rh_completed(host, inv, "good\n");
}

/* Ends of the process. */

ATTACK(exit_0)
{
	UNUSED;
	exit(0);
}

ATTACK(quick_exit_0)
{
	UNUSED;
	_exit(0);
}

static void *
leave_from_thread(void *arg)
{
	(void)arg;
	_exit(0);
}

ATTACK(exit_in_thread)
{
	pthread_t t;

	UNUSED;
	pthread_create(&t, NULL, leave_from_thread, NULL);
	for (;;)
		pause();
}

ATTACK(null_write)
{
	UNUSED;
	*(volatile int *)8 = 1;
}

ATTACK(do_abort)
{
	UNUSED;
	abort();
}

static int __attribute__((noinline))
deeper(volatile char *from)
{
	volatile char room[4096];

	room[0] = *from;
	return deeper(room) + room[1];
}

ATTACK(overflow)
{
	volatile char c = 1;

	UNUSED;
	deeper(&c);
}

ATTACK(kill_self)
{
	UNUSED;
	raise(SIGKILL);
}

ATTACK(stop_self)
{
	UNUSED;
	raise(SIGSTOP);
}

ATTACK(silent)
{
	UNUSED;
}

ATTACK(end_thread)
{
	UNUSED;
	pthread_exit(NULL);
}

ATTACK(loop)
{
	volatile uint64_t n = 0;

	UNUSED;
	for (;;)
		n++;
}

static void
jump(void *ctx, const char *p, uint64_t len)
{
	(void)ctx, (void)p, (void)len;
	longjmp(out_of_sink, 1);
}

/* Out of a function of the host, and on as if nothing had been. */
ATTACK(long_jump)
{
	if (setjmp(out_of_sink) == 0)
		host->call(inv->handle, "host_ping", 9, "{}", 2, jump, NULL);
	rh_completed(host, inv, "jumped\n");
}

/* Exhaustion. */

ATTACK(memory)
{
	size_t step = 1 << 20;
	char *p;

	UNUSED;
	/* A sanitizer's worker has no limit: worker/sandbox_basic.c. */
	if (__asan_init != NULL || __tsan_init != NULL)
		_exit(3);
	while ((p = malloc(step)) != NULL)
		memset(p, 1, step);
	abort();
}

ATTACK(descriptors)
{
	while (dup(0) >= 0)
		continue;
	rh_completed(host, inv, errno == EMFILE ? "limited\n" : "other\n");
}

ATTACK(close_all)
{
	UNUSED;
	close_range(0, ~0U, 0);
	for (;;)
		pause();
}

ATTACK(shut_down)
{
	UNUSED;
	shutdown(HOST, SHUT_RDWR);
	for (;;)
		pause();
}

ATTACK(progress_flood)
{
	int i;

	for (i = 0; i < 1000000; i++)
		rh_progress(host, inv, "flood", i / 10000, "on and on");
	rh_completed(host, inv, "flooded\n");
}

ATTACK(event_flood)
{
	int i;

	for (i = 0; i < 1000000; i++)
		rh_event(host, inv, "flood", "{\"n\":1}");
	rh_completed(host, inv, "flooded\n");
}

ATTACK(output_flood)
{
	int i;

	for (i = 0; i < 1000000; i++)
		rh_print(host, inv, "flood\n");
	rh_completed(host, inv, "flooded\n");
}

ATTACK(stdout_flood)
{
	static char piece[65536];
	long long left = 1LL << 30;

	memset(piece, 'x', sizeof piece);
	while (left > 0)
		left -= write(1, piece, sizeof piece);
	rh_completed(host, inv, "");
}

ATTACK(log_flood)
{
	int i;

	for (i = 0; i < 1000000; i++)
		host->log(inv->handle, RH_LOG_ERROR, "flood\r\n{}", 9);
	rh_completed(host, inv, "flooded\n");
}

static void
sleep_for_ever(int sig)
{
	(void)sig;
	for (;;)
		pause();
}

/* The worker's own thread reads no more, so that it doesn't see a thing. */
static void
mute(void)
{
	signal(SIGUSR1, sleep_for_ever);
	syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1);
	usleep(10000);
}

/* Requests whose answers nobody reads. */
ATTACK(flush_flood)
{
	UNUSED;
	mute();
	while (say(FLUSH, 0, inv->handle, ++seq, NULL, 0) == 0)
		continue;
	for (;;)
		pause();
}

ATTACK(checkpoint_flood)
{
	static char part[BODY_MAX];
	uint32_t name_len = 1, len = 900000, left, n;

	UNUSED;
	mute();
	for (;;) {
		++seq;
		memset(part, 0, sizeof part);
		memcpy(part, &name_len, 4);
		part[4] = 'c';
		memcpy(part + 5, &len, 4);
		for (left = len + 9; left > 0; left -= n) {
			n = left < BODY_MAX ? left : BODY_MAX;
			if (say(CHECKPOINT, left > n, inv->handle, seq, part,
			    n) != 0)
				_exit(1);
		}
	}
}

static uint32_t
put(char *p, const char *text)
{
	uint32_t len = (uint32_t)strlen(text);

	memcpy(p, &len, 4);
	memcpy(p + 4, text, len);
	return len + 4;
}

ATTACK(call_flood)
{
	char body[256];
	uint32_t n;

	UNUSED;
	mute();
	n = put(body, "host_ping");
	n += put(body + n, "{}");
	while (say(CALL, 0, inv->handle, ++seq, body, n) == 0)
		continue;
	for (;;)
		pause();
}

/* Actions of itself, many at once. */
ATTACK(nest_flood)
{
	char body[256];
	uint32_t n;
	int i;

	UNUSED;
	mute();
	n = put(body, "hostile.again");
	n += put(body + n, "{}");
	for (i = 0; i < 20000; i++)
		say(CALL, 0, inv->handle, ++seq, body, n);
	for (;;)
		pause();
}

/* Descriptors that nobody asked for. */
ATTACK(smuggle)
{
	union {
		char	bytes[CMSG_SPACE(20 * sizeof(int))];
		struct cmsghdr align;
	} control;
	uint8_t head[24] = { 0x52, 0x48, LOG, 0 };
	struct iovec iov = { head, 24 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	int fds[20], i, n;

	for (i = 0; i < 20; i++)
		fds[i] = 0;
	head[4] = 2;
	memcpy(head + 8, &inv->handle, 8);
	for (n = 0; n < 200; n++) {
		uint8_t text[2] = { 0, 'x' };
		struct iovec both[2] = { iov, { text, 2 } };

		memset(&control, 0, sizeof control);
		msg.msg_iov = both;
		msg.msg_iovlen = 2;
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof control.bytes;
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof fds);
		memcpy(CMSG_DATA(c), fds, sizeof fds);
		sendmsg(HOST, &msg, MSG_NOSIGNAL);
	}
	rh_completed(host, inv, "smuggled\n");
}

/* Frames that break a rule. */

ATTACK(garbage)
{
	UNUSED;
	send(HOST, "hello", 5, MSG_NOSIGNAL);
	for (;;)
		pause();
}

ATTACK(short_frame)
{
	UNUSED;
	send(HOST, "RH\4", 3, MSG_NOSIGNAL);
	for (;;)
		pause();
}

ATTACK(empty_frame)
{
	UNUSED;
	send(HOST, "", 0, MSG_NOSIGNAL);
	for (;;)
		pause();
}

ATTACK(huge_frame)
{
	static char body[70000];

	UNUSED;
	say(EVENTS, 0, inv->handle, 0, body, sizeof body);
	for (;;)
		pause();
}

ATTACK(lying_length)
{
	uint8_t frame[64] = { 0x52, 0x48, EVENTS, 0, 0xff, 0xff, 0xff, 0x7f };

	UNUSED;
	memcpy(frame + 8, &inv->handle, 8);
	send(HOST, frame, sizeof frame, MSG_NOSIGNAL);
	for (;;)
		pause();
}

ATTACK(endless_fragments)
{
	static char body[BODY_MAX];

	UNUSED;
	while (say(EVENTS, 1, inv->handle, 0, body, sizeof body) == 0)
		continue;
	for (;;)
		pause();
}

ATTACK(open_fragment)
{
	UNUSED;
	say(EVENTS, 1, inv->handle, 0, "x", 1);
	for (;;)
		pause();
}

ATTACK(interleaved)
{
	UNUSED;
	say(EVENTS, 1, inv->handle, 0, "x", 1);
	say(FLUSH, 0, inv->handle, ++seq, NULL, 0);
	for (;;)
		pause();
}

ATTACK(foreign_handle)
{
	UNUSED;
	say(FLUSH, 0, inv->handle ^ 1, ++seq, NULL, 0);
	for (;;)
		pause();
}

ATTACK(unknown_type)
{
	UNUSED;
	say(200, 0, inv->handle, 0, NULL, 0);
	for (;;)
		pause();
}

ATTACK(spoof_reply)
{
	UNUSED;
	say(REPLY, 0, inv->handle, 1, "\0\0\0\0", 4);
	for (;;)
		pause();
}

ATTACK(second_hello)
{
	UNUSED;
	say(1, 0, 0, 0, "{}", 2);
	for (;;)
		pause();
}

ATTACK(unasked_pong)
{
	UNUSED;
	say(PONG, 0, 0, 77, NULL, 0);
	for (;;)
		pause();
}

static uint32_t
outcome(char *p, uint32_t kind, const char *output)
{
	static const uint32_t four = 4, zero;
	char *from = p;

	memcpy(p, &four, 4), memcpy(p + 4, &kind, 4), p += 8;
	memcpy(p, &four, 4), memcpy(p + 4, &zero, 4), p += 8;
	memcpy(p, &four, 4), memcpy(p + 4, &zero, 4), p += 8;
	p += put(p, output);
	p += put(p, "");
	p += put(p, "");
	return (uint32_t)(p - from);
}

/* The first counts, the second is the end of the worker. */
ATTACK(finish_twice)
{
	char body[256];
	uint32_t n = outcome(body, RH_COMPLETED, "first");

	UNUSED;
	say(FINISH, 0, inv->handle, ++seq, body, n);
	n = outcome(body, RH_FAILED, "second");
	say(FINISH, 0, inv->handle, ++seq, body, n);
	for (;;)
		pause();
}

ATTACK(finish_not_utf8)
{
	char body[256];
	uint32_t n = outcome(body, RH_COMPLETED, "\xff\xfe");

	UNUSED;
	say(FINISH, 0, inv->handle, ++seq, body, n);
	for (;;)
		pause();
}

ATTACK(finish_unknown_kind)
{
	char body[256];
	uint32_t n = outcome(body, 0x80000001u, "x");

	UNUSED;
	say(FINISH, 0, inv->handle, ++seq, body, n);
	for (;;)
		pause();
}

/* Records, each of a form of its own. */
static void
record(const struct rh_invocation *inv, uint8_t kind, const char *a,
    uint32_t a_len, const char *b, uint32_t b_len)
{
	char body[1024], *p = body;
	int64_t at = INT64_MIN;

	*p++ = (char)kind;
	memcpy(p, &at, 8), p += 8;
	if (kind == 1) {
		int32_t percent = INT_MIN;
		uint32_t four = 4;

		memcpy(p, &four, 4), memcpy(p + 4, &percent, 4), p += 8;
	}
	memcpy(p, &a_len, 4), memcpy(p + 4, a, a_len), p += 4 + a_len;
	memcpy(p, &b_len, 4), memcpy(p + 4, b, b_len), p += 4 + b_len;
	say(EVENTS, 0, inv->handle, 0, body, (uint32_t)(p - body));
	for (;;)
		pause();
}

/* As the SDK would say it, had it not refused what goes back. */
static void
say_percent(const struct rh_invocation *inv, int32_t percent)
{
	static const uint32_t four = 4;
	char body[64] = { 1 }, *p = body + 9;

	memcpy(p, &four, 4), memcpy(p + 4, &percent, 4), p += 8;
	p += put(p, "zigzag");
	p += put(p, "");
	say(EVENTS, 0, inv->handle, 0, body, (uint32_t)(p - body));
}

ATTACK(progress_backwards)
{
	static const int32_t percents[] = { 40, 10, 60, -1, 59, 101, 60 };
	size_t i;

	for (i = 0; i < sizeof percents / sizeof *percents; i++)
		say_percent(inv, percents[i]);
	rh_completed(host, inv, "backwards\n");
}

ATTACK(stage_not_utf8)
{
	UNUSED;
	record(inv, 1, "\xff", 1, "", 0);
}

ATTACK(event_not_json)
{
	UNUSED;
	record(inv, 2, "mine", 4, "{\"a\":", 5);
}

ATTACK(event_twice_a_key)
{
	UNUSED;
	record(inv, 2, "mine", 4, "{\"a\":1,\"\\u0061\":2}", 18);
}

ATTACK(event_of_host)
{
	UNUSED;
	record(inv, 2, "host.started", 12, "{}", 2);
}

ATTACK(event_kind)
{
	UNUSED;
	record(inv, 9, "", 0, "", 0);
}

/* By the SDK: each is refused with a status, and the run goes on. */
ATTACK(odd_values)
{
	static const char nul[] = "a\0b", bad[] = "\xed\xa0\x80";
	char text[400];
	int n = 0;

#define TRY(want, call) do {						\
		if ((call) != (want) && ++n <= 5)			\
			rh_print(host, inv, "line " STR(__LINE__) "\n"); \
	} while (0)
	TRY(RH_EINPUT, host->progress(inv->handle, "s", 1, -1, "", 0));
	TRY(RH_EINPUT, host->progress(inv->handle, "s", 1, INT_MAX, "", 0));
	TRY(RH_EINPUT, host->progress(inv->handle, bad, 3, 5, "", 0));
	TRY(RH_EINPUT, host->progress(inv->handle, NULL, 3, 5, "", 0));
	TRY(RH_ETOOBIG, host->progress(inv->handle, "s", 1, 5, "",
	    UINT64_MAX));
	TRY(RH_EINPUT, host->event(inv->handle, nul, 3, "{}", 2));
	TRY(RH_EINPUT, host->event(inv->handle, "run.completed", 13, "{}", 2));
	TRY(RH_EINPUT, host->event(inv->handle, "mine", 4, "[]", 2));
	TRY(RH_EINPUT, host->event(inv->handle, "mine", 4, "{\"n\":NaN}", 9));
	TRY(RH_EINPUT, host->output(inv->handle, 257, "x", 1));
	TRY(RH_EINPUT, host->checkpoint(inv->handle, "", 0, "x", 1));
	TRY(RH_EINPUT, host->checkpoint(inv->handle, bad, 3, "x", 1));
	TRY(RH_EINPUT, host->state_set(inv->handle, "runner", 6, bad, 3, "1",
	    1));
	TRY(RH_EINPUT, host->state_set(inv->handle, "galaxy", 6, "k", 1, "1",
	    1));
	TRY(RH_EINPUT, host->call(inv->handle, "host_ping", 9, "[]", 2, NULL,
	    NULL));
	TRY(RH_EINPUT, host->log(inv->handle, 99, "x", 1));
	TRY(RH_ESTALE, host->flush(inv->handle + 1));
	TRY(RH_ESTALE, host->flush(0));
	TRY(RH_EINPUT, host->finish(inv->handle, NULL));
	TRY(RH_OK, host->progress(inv->handle, nul, 3, 5, nul, 3));
	TRY(RH_OK, host->output(inv->handle, 1, "\0\xff\x1b[31m\r\n", 9));
	TRY(RH_OK, host->state_set(inv->handle, "runner", 6, nul, 3, "1", 1));
	snprintf(text, sizeof text, "%d wrong\n", n);
	rh_completed(host, inv, text);
}

/* Processes and threads that stay. */

ATTACK(forks)
{
	int i;

	for (i = 0; i < 3; i++)
		if (fork() == 0)
			for (;;)
				pause();
	rh_completed(host, inv, "forked\n");
}

/* In sessions of their own, orphans of orphans. */
ATTACK(daemons)
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0)
			for (;;)
				pause();
		_exit(0);
	}
	rh_completed(host, inv, "forked\n");
}

/* The worker dies, but its socket goes on talking. */
ATTACK(ventriloquist)
{
	UNUSED;
	if (fork() == 0 || fork() == 0) {
		setsid();
		for (;;)
			say(LOG, 0, inv->handle, 0, "\1x", 2);
	}
	usleep(100000);
	_exit(0);
}

/* ... as does its standard output. */
ATTACK(shouting)
{
	static char piece[4096];

	UNUSED;
	memset(piece, 'x', sizeof piece);
	if (fork() == 0) {
		setsid();
		while (write(1, piece, sizeof piece) > 0)
			continue;
		for (;;)
			pause();
	}
	usleep(100000);
	_exit(0);
}

static void *
spin(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

ATTACK(threads)
{
	pthread_t t;
	int i;

	for (i = 0; i < 8; i++)
		if (pthread_create(&t, NULL, spin, NULL) == 0)
			pthread_detach(t);
	rh_completed(host, inv, "threads\n");
}

static void *
stop_later(void *arg)
{
	(void)arg;
	usleep(300000);
	raise(SIGSTOP);
	return NULL;
}

/* Stops when nothing runs: it's the next run that waits. */
ATTACK(stop_idle)
{
	pthread_t t;

	if (pthread_create(&t, NULL, stop_later, NULL) == 0)
		pthread_detach(t);
	rh_completed(host, inv, "idle\n");
}

static void *
finish_later(void *arg)
{
	const struct rh_host *host = ((void **)arg)[1];
	struct rh_outcome o = { .size = sizeof o, .kind = RH_COMPLETED };
	uint64_t handle;

	memcpy(&handle, arg, sizeof handle);
	usleep(50000);
	host->finish(handle, &o);
	return NULL;
}

/* Another thread finishes after the function has returned. */
ATTACK(late_finish)
{
	static void *arg[2];
	pthread_t t;

	memcpy(&arg[0], &inv->handle, sizeof inv->handle);
	memcpy(&arg[1], &host, sizeof host);
	if (pthread_create(&t, NULL, finish_later, arg) == 0)
		pthread_detach(t);
}

ATTACK(ignore_signals)
{
	int i;

	UNUSED;
	for (i = 1; i < 32; i++)
		signal(i, SIG_IGN);
	for (;;)
		pause();
}

/* Host actions that it has no right to, a lot of them. */
ATTACK(refused_calls)
{
	int i, refused = 0;
	char text[64];

	for (i = 0; i < 20000; i++)
		refused += host->call(inv->handle, "token_create", 12,
		    "{\"principal\":\"user:evil\"}", 25, NULL, NULL) == RH_EPERM;
	snprintf(text, sizeof text, "%d refused\n", refused);
	rh_completed(host, inv, text);
}

static void
keep(void *ctx, const char *p, uint64_t len)
{
	snprintf(ctx, 400, "%.*s", (int)len, p);
}

/* raw args: an action's name, a space, its arguments. */
ATTACK(call_any)
{
	char reply[400] = "", text[600];
	const char *space = memchr(inv->raw_args.p, ' ', inv->raw_args.len);
	uint64_t n;
	rh_status rc;

	if (space == NULL)
		return;
	n = (uint64_t)(space - inv->raw_args.p);
	rc = host->call(inv->handle, inv->raw_args.p, n, space + 1,
	    inv->raw_args.len - n - 1, keep, reply);
	snprintf(text, sizeof text, "%d %s\n", (int)rc, reply);
	rh_completed(host, inv, text);
}

/* Calls itself, as deep as it may. */
ATTACK(again)
{
	char reply[400] = "", text[500];
	rh_status rc;

	rc = host->call(inv->handle, "hostile.again", 13, "{}", 2, keep,
	    reply);
	snprintf(text, sizeof text, "[%d,%.400s]", (int)rc,
	    rc == RH_OK ? reply : "0");
	rh_completed(host, inv, text);
}

/* name, function */
#define ATTACKS(X)							\
	X(good) X(exit_0) X(quick_exit_0) X(exit_in_thread)		\
	X(null_write) X(do_abort) X(overflow)				\
	X(kill_self) X(stop_self) X(silent) X(end_thread) X(loop)	\
	X(long_jump) X(memory) X(descriptors) X(close_all) X(shut_down)	\
	X(progress_flood) X(progress_backwards) X(event_flood)		\
	X(output_flood)							\
	X(stdout_flood) X(log_flood) X(flush_flood)			\
	X(checkpoint_flood) X(call_flood) X(nest_flood) X(smuggle)	\
	X(garbage) X(short_frame) X(empty_frame) X(huge_frame)		\
	X(lying_length) X(endless_fragments) X(open_fragment)		\
	X(interleaved) X(foreign_handle) X(unknown_type) X(spoof_reply)	\
	X(second_hello) X(unasked_pong) X(finish_twice)			\
	X(finish_not_utf8) X(finish_unknown_kind) X(stage_not_utf8)	\
	X(event_not_json) X(event_twice_a_key) X(event_of_host)		\
	X(event_kind) X(odd_values) X(forks) X(daemons)			\
	X(ventriloquist) X(shouting) X(threads) X(stop_idle)		\
	X(late_finish) X(ignore_signals) X(refused_calls) X(call_any)	\
	X(again)

#define RUNNER(n)							\
	static const struct rh_runner runner_##n = {			\
		.size = sizeof(struct rh_runner), .name = "hostile." #n, \
		.run = n,						\
	};								\
	static const struct rh_command_action word_##n = {		\
		.size = sizeof(struct rh_command_action), .name = #n,	\
		.runner = "hostile." #n,				\
	};
ATTACKS(RUNNER)

#define RUNNER_REF(n)	&runner_##n,
static const struct rh_runner *const runners[] = { ATTACKS(RUNNER_REF) NULL };

#define WORD_REF(n)	&word_##n,
static const struct rh_command_action *const words[] = {
	ATTACKS(WORD_REF) NULL
};

static const struct rh_command command = {
	.size = sizeof command, .name = "/hostile", .runner = "hostile.good",
	.default_action = "good", .actions = words,
};
static const struct rh_command *const commands[] = { &command, NULL };

static const struct rh_action action_again = {
	.size = sizeof action_again, .name = "hostile.again", .run = again,
};
static const struct rh_action *const actions[] = { &action_again, NULL };

RH_PLUGIN(0,
	.flags = RH_PLUGIN_STATELESS,
	.id = "hostile",
	.version = "1.0.0",
	.runners = runners,
	.actions = actions,
	.commands = commands,
);
