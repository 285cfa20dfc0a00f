/*
 * Says which of two builds it is, and ends its worker, so that the next run
 * needs another: what is exchanged under the host would be seen.
 */
#include <runhost/easy.h>

#include <pthread.h>
#include <unistd.h>

#ifndef ID
#define ID "who"
#endif

static void *
leave(void *arg)
{
	(void)arg;
	_exit(0);
}

static void
run(const struct rh_invocation *inv, const struct rh_host *host)
{
	pthread_t t;

	rh_completed(host, inv, WHO "\n");
	pthread_create(&t, NULL, leave, NULL);
	pthread_join(t, NULL);
}

static const struct rh_runner runner = {
	.size = sizeof runner, .name = ID, .run = run,
};
static const struct rh_runner *const runners[] = { &runner, NULL };

static const struct rh_command_action word = {
	.size = sizeof word, .name = "are",
};
static const struct rh_command_action *const words[] = { &word, NULL };

static const struct rh_command command = {
	.size = sizeof command, .name = "/" ID, .runner = ID,
	.default_action = "are", .actions = words,
};
static const struct rh_command *const commands[] = { &command, NULL };

RH_PLUGIN(0,
	.flags = RH_PLUGIN_STATELESS,
	.id = ID,
	.version = "1.0.0",
	.runners = runners,
	.commands = commands,
);
