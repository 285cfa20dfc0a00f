/*
 * Says which of two builds it is, and ends its worker, so that the next run
 * needs another: what is exchanged under the host would be seen.
 */
#include <runhost/easy.h>

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef ID
#define ID "who"
#endif

#ifdef STAYS
/* What it leaves behind has no end, neither has its own. */
static void *
go_on(void *arg)
{
	for (;;)
		pause();
	return arg;
}

__attribute__((destructor)) static void
stay(void)
{
	go_on(NULL);
}

static void
run(const struct rh_invocation *inv, const struct rh_host *host)
{
	pthread_t t;

	if (inv->raw_args.len > 0)
		exit(0);
	pthread_create(&t, NULL, go_on, NULL);
	rh_completed(host, inv, WHO "\n");
}
#else
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
#endif

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
