/*
 * What plugins ask by their capabilities, with real workers and a ledger
 * that is played: who is answered what, and when.
 */
#include "unit/sched/rig.h"

#include "lib/unit.h"

#include "action/call.h"
#include "base/mem.h"
#include "base/secret.h"
#include "sched/uses.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEAF	4	/* connections that fill a queue of none */

static const char *const probe[] = { "test_probe", NULL };

/* Serves one line to each who comes, until it is closed. */
struct server {
	int	fd;
	int	port;
	pthread_t thread;
};

static void *
serve(void *arg)
{
	const struct server *s = arg;
	int fd;

	while ((fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		if (write(fd, "hello", 5) != 5)
			abort();
		close(fd);
	}
	return NULL;
}

static void
listen_on(struct server *s, int backlog)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof a;

	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_INT(bind(s->fd, (struct sockaddr *)&a, sizeof a), 0);
	CHECK_INT(listen(s->fd, backlog), 0);
	CHECK_INT(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
	s->port = ntohs(a.sin_port);
}

static void
server_open(struct server *s)
{
	listen_on(s, 5);
	pthread_create(&s->thread, NULL, serve, s);
}

/* So many connections wait that no further one comes about. */
static void
deaf_open(struct server *s, int waiting[DEAF])
{
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int i;

	listen_on(s, 0);
	a.sin_port = htons((uint16_t)s->port);
	for (i = 0; i < DEAF; i++) {
		waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC |
		    SOCK_NONBLOCK, 0);
		connect(waiting[i], (struct sockaddr *)&a, sizeof a);
	}
}

static void
deaf_close(struct server *s, int waiting[DEAF])
{
	int i;

	for (i = 0; i < DEAF; i++)
		close(waiting[i]);
	close(s->fd);
}

static void
server_close(struct server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
}

static void
hand(struct rig *r, int64_t no, const char *runner, const char *args,
    bool inproc)
{
	const struct rig_run run = {
		.plugin = "probe", .runner = runner, .run_no = no,
		.raw_args = args, .inproc = inproc,
	};

	rig_hand(r, &run);
}

static void
check_count(struct rig *r, const char *capability, int64_t used,
    int64_t denied)
{
	size_t i, n;
	struct use_count *c = uses_take(sched_uses(r->sched), &n);

	for (i = 0; i < n; i++)
		if (strcmp(c[i].capability, capability) == 0)
			break;
	CHECK(i < n);
	if (i < n) {
		CHECK_STR(c[i].plugin, "probe");
		CHECK_INT(c[i].used, used);
		CHECK_INT(c[i].denied, denied);
	}
	use_counts_free(c, n);
}

static void
connects(bool inproc)
{
	char args[64], line[120], capability[64];
	struct server s;
	struct rig r;

	server_open(&s);
	snprintf(args, sizeof args, "127.0.0.1 %d 0", s.port);
	snprintf(capability, sizeof capability, "net.connect:127.0.0.1:%d",
	    s.port);
	snprintf(line, sizeof line, "capability_use 1 by plugin:probe "
	    "net.connect %s\n", capability);
	if (rig_open(&r, probe)) {
		if (inproc)
			rig_trust(&r, "probe", true);
		hand(&r, 1, "connect", args, inproc);
		rig_wait(&r, " completed output \"read hello\"", 1);
		CHECK_INT(rig_count(&r, line), 1);
		hand(&r, 2, "connect", args, inproc);
		rig_wait(&r, " completed output \"read hello\"", 2);
		check_count(&r, capability, 2, 0);
	}
	rig_fini(&r);
	server_close(&s);
}

static void
test_connects(void)
{
	connects(false);
}

static void
test_connects_inproc(void)
{
	connects(true);
}

static void
test_denied(void)
{
	struct rig r;

	if (rig_open(&r, probe)) {
		r.denies = true;
		hand(&r, 1, "connect", "localhost 9 0", false);
		rig_wait(&r, " completed output \"5 -1 \"plugin:probe\" lacks "
		    "it\"", 1);
		check_count(&r, "net.connect:localhost:9", 0, 1);
		hand(&r, 2, "secret", "key", false);
		rig_wait(&r, " completed output \"5 \"plugin:probe\" lacks "
		    "it\"", 1);
		rig_wait(&r, "secret.get secret:key recorded", 1);
	}
	rig_fini(&r);
}

/* Granted by name, but the name is the host's own door. */
static void
test_guarded(void)
{
	char args[64];
	struct server s;
	struct rig r;

	server_open(&s);
	snprintf(args, sizeof args, "localhost %d 0", s.port);
	if (rig_init(&r, probe)) {
		r.cfg.own_ports.ports[0] = (uint16_t)s.port;
		r.cfg.own_ports.count = 1;
		if (rig_start(&r)) {
			hand(&r, 1, "connect", args, false);
			rig_wait(&r, "where the host itself listens", 1);
			CHECK_INT(rig_count(&r, " judged\n"), 1);
			CHECK_INT(rig_count(&r, "completed output \"5 -1 "), 1);
		}
	}
	rig_fini(&r);
	server_close(&s);
}

static void
test_bad_targets(void)
{
	struct rig r;

	if (rig_open(&r, probe)) {
		hand(&r, 1, "connect", "127.1 80 0", false);
		rig_wait(&r, " completed output \"1 -1 host \"127.1\" is "
		    "neither", 1);
		hand(&r, 2, "connect", "db 0 0", false);
		rig_wait(&r, " completed output \"1 -1 port 0", 1);
		hand(&r, 3, "secret", "../db", false);
		rig_wait(&r, " completed output \"1 a secret's name", 1);
		CHECK_INT(rig_count(&r, "capability_use"), 0);
	}
	rig_fini(&r);
}

/* While the ledger is asked, and while it connects. */
static void
test_cancelled(void)
{
	struct rig r;
	int64_t fence;

	if (rig_open(&r, probe)) {
		rig_hold(&r, "capability_use");
		hand(&r, 1, "connect", "localhost 9 0", false);
		rig_wait(&r, "capability_use", 1);
		fence = r.fence;
		rig_effect(&r, EFFECT_CANCEL, NULL, 1, fence);
		/* Behind the cancel, in the same inbox. */
		rig_free(&r);
		rig_wait(&r, " completed output \"16 -1 ", 1);
	}
	rig_fini(&r);
}

static void
test_too_many(void)
{
	struct server s;
	char args[16];
	int waiting[DEAF];
	struct rig r;

	deaf_open(&s, waiting);
	snprintf(args, sizeof args, "%d", s.port);
	if (rig_open(&r, probe)) {
		hand(&r, 1, "connects", args, false);
		rig_wait(&r, "run_report 1 by plugin:probe busy", 1);
		rig_wait(&r, "capability_use", 8);
		rig_effect(&r, EFFECT_CANCEL, NULL, 1, r.fence);
		rig_wait(&r, " completed output \"1 too many\"", 1);
		CHECK_INT(rig_count(&r, "capability_use"), 8);
	}
	rig_fini(&r);
	deaf_close(&s, waiting);
}

/* The peer's word reaches the threads when they ask again. */
static void
connect_until(struct rig *r, int64_t no, const char *args)
{
	int i;

	for (i = 0; i < 100; i++) {
		hand(r, no + i, "connect", args, false);
		rig_wait(r, " completed output", 4 + i);
		if (rig_count(r, "\"read hello\"") > 0)
			return;
		usleep(100000);
	}
	CHECK(!"it connects in time");
}

/* What was given up still has its thread, and the plugin has no more. */
static void
test_abandoned(void)
{
	struct server deaf, s;
	char args[64];
	int waiting[DEAF];
	struct rig r;

	server_open(&s);
	deaf_open(&deaf, waiting);
	snprintf(args, sizeof args, "%d", deaf.port);
	if (rig_open(&r, probe)) {
		hand(&r, 1, "connects", args, false);
		rig_wait(&r, "capability_use", 8);
		rig_effect(&r, EFFECT_CANCEL, NULL, 1, r.fence);
		rig_wait(&r, " completed output", 1);
		snprintf(args, sizeof args, "127.0.0.1 %d 0", s.port);
		hand(&r, 2, "connect", args, false);
		rig_wait(&r, " completed output \"12 -1 8 connections of plugin "
		    "\"probe\" are being made already", 1);
		/* A secret is no connection: there is no directory of them. */
		hand(&r, 3, "secret", "other", false);
		rig_wait(&r, " completed output \"22 secret \"other\"", 1);
		deaf_close(&deaf, waiting);
		connect_until(&r, 4, args);
	}
	rig_fini(&r);
	server_close(&s);
}

static void
secrets(bool inproc)
{
	struct secret value = { (char *)(uintptr_t)"k3y", 3 };
	char path[300];
	struct err err;
	struct rig r;
	int dir;

	snprintf(path, sizeof path, "%s/secrets", unit_tmpdir());
	CHECK_OK(secret_dir(path, &dir, &err), &err);
	CHECK_OK(secret_write(dir, "api-key", &value, &err), &err);
	if (rig_init(&r, probe)) {
		r.cfg.secrets_dir = dir;
		if (rig_start(&r)) {
			if (inproc)
				rig_trust(&r, "probe", true);
			hand(&r, 1, "secret", "api-key", inproc);
			rig_wait(&r, " completed output \"0 k3y\"", 1);
			rig_wait(&r, "secret.get secret:api-key recorded", 1);
			hand(&r, 2, "secret", "other", inproc);
			rig_wait(&r, " completed output \"6 no secret "
			    "\"other\"", 1);
		}
	}
	rig_fini(&r);
	close(dir);
}

static void
test_secrets(void)
{
	secrets(false);
}

static void
test_secrets_inproc(void)
{
	secrets(true);
}

/* As many names as a plugin likes are one count. */
static void
test_counts(void)
{
	struct uses *u = uses_new();
	struct use_count *c;
	char name[40];
	size_t n;
	int i;

	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "net.connect:h%d:1", i);
		use_note(u, "probe", name, i % 2 == 0, i);
	}
	c = uses_take(u, &n);
	CHECK_UINT(n, USES_MAX + 1);
	CHECK_STR(c[0].capability, "net.connect:h0:1");
	CHECK_INT(c[0].used, 1);
	CHECK_STR(c[USES_MAX].capability, "");
	CHECK_INT(c[USES_MAX].used + c[USES_MAX].denied, 1000 - USES_MAX);
	CHECK_INT(c[USES_MAX].last_us, 999);
	use_counts_free(c, n);
	c = uses_take(u, &n);
	CHECK_UINT(n, 0);
	use_counts_free(c, n);
	uses_free(u);
}

const struct unit_test sched_use_tests[] = {
	{ "a plugin reads from a connection that the host made",
	    test_connects },
	{ "so does one inside the host", test_connects_inproc },
	{ "without the capability it is told so, and counted", test_denied },
	{ "a name that leads to the host's door is a refusal, recorded",
	    test_guarded },
	{ "what names no place and no secret isn't asked for",
	    test_bad_targets },
	{ "a cancel doesn't wait for a connection", test_cancelled },
	{ "a ninth at once is too many", test_too_many },
	{ "one that is given up counts until it has come back",
	    test_abandoned },
	{ "a plugin gets a secret, another doesn't exist", test_secrets },
	{ "so does one inside the host", test_secrets_inproc },
	{ "counts are bounded, and begin anew when they are taken",
	    test_counts },
	{ NULL, NULL },
};
