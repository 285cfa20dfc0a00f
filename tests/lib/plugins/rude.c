/*
 * A plugin that breaks the rules of the socket behind the SDK's back, and
 * calls actions of itself, for tests of the host's side.
 */
#include <runhost/easy.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST	3		/* a worker's socket */

/* A frame as worker/protocol.h has it, said by no SDK. */
static void
say(uint8_t type, uint64_t handle, const char *body, uint32_t len)
{
	uint8_t frame[512] = { 0x52, 0x48, type, 0 };

	memcpy(frame + 4, &len, 4);
	memcpy(frame + 8, &handle, 8);
	memcpy(frame + 24, body, len);
	send(HOST, frame, 24 + len, MSG_NOSIGNAL);
}

/* Bytes that are no frame. */
static void
run_garbage(const struct rh_invocation *inv, const struct rh_host *host)
{
	rh_print(host, inv, "before\n");
	send(HOST, "hello", 5, MSG_NOSIGNAL);
	pause();
}

/* An event of the host's own. */
static void
run_forge(const struct rh_invocation *inv, const struct rh_host *host)
{
	static const char body[] = "\2\0\0\0\0\0\0\0\0"
	    "\x0c\0\0\0host.started\2\0\0\0{}";

	(void)host;
	say(4, inv->handle, body, sizeof body - 1);
	pause();
}

/* The start of a run that nobody gave to it. */
static void
run_stranger(const struct rh_invocation *inv, const struct rh_host *host)
{
	(void)host;
	say(4, inv->handle + 1, "", 0);
	pause();
}

static void
print(void *ctx, const char *p, uint64_t len)
{
	snprintf(ctx, 400, "%.*s", (int)len, p);
}

/* Calls the action that its raw arguments name. */
static void
run_nest(const struct rh_invocation *inv, const struct rh_host *host)
{
	char reply[400] = "", text[500];
	rh_status rc;

	rc = host->call(inv->handle, inv->raw_args.p, inv->raw_args.len,
	    "{}", 2, print, reply);
	snprintf(text, sizeof text, "nested %d %s", (int)rc, reply);
	rh_completed(host, inv, text);
}

static void
act_leaf(const struct rh_invocation *inv, const struct rh_host *host)
{
	rh_completed(host, inv, "\"leaf\"");
}

/* Calls itself, as deep as it may. */
static void
act_deep(const struct rh_invocation *inv, const struct rh_host *host)
{
	char reply[400] = "", text[500];
	rh_status rc;

	rc = host->call(inv->handle, "rude.deep", 9, "{}", 2, print, reply);
	snprintf(text, sizeof text, "[%d,%.400s]", (int)rc,
	    rc == RH_OK ? reply : "0");
	rh_completed(host, inv, text);
}

static void
act_hang(const struct rh_invocation *inv, const struct rh_host *host)
{
	(void)inv, (void)host;
	for (;;)
		pause();
}

#define RUNNER(n)							\
	static const struct rh_runner runner_##n = {			\
		.size = sizeof(struct rh_runner), .name = #n,		\
		.run = run_##n,						\
	}
RUNNER(garbage);
RUNNER(forge);
RUNNER(stranger);
RUNNER(nest);

static const struct rh_runner *const runners[] = {
	&runner_garbage, &runner_forge, &runner_stranger, &runner_nest, NULL,
};

#define ACTION(n)							\
	static const struct rh_action action_##n = {			\
		.size = sizeof(struct rh_action), .name = "rude." #n,	\
		.run = act_##n,						\
	}
ACTION(leaf);
ACTION(deep);
ACTION(hang);

static const struct rh_action *const actions[] = {
	&action_leaf, &action_deep, &action_hang, NULL,
};

RH_PLUGIN(0,
	.flags = RH_PLUGIN_STATELESS,
	.id = "rude",
	.version = "1.0.0",
	.runners = runners,
	.actions = actions,
);
