/*
 * A plugin that tests spoil by -D: the members of its head, and whether it
 * uses what only an imaginary newer SDK has.
 */
#include <runhost/easy.h>

#ifndef MAGIC
#define MAGIC	RH_MAGIC
#endif
#ifndef SIZE
#define SIZE	sizeof(struct rh_entry)
#endif
#ifndef NEEDS
#define NEEDS	RH_VERSION(RH_SDK_MAJOR, 0)
#endif
#ifndef RUNNER_SIZE
#define RUNNER_SIZE	sizeof(struct rh_runner)
#endif
#ifndef ACTION_SIZE
#define ACTION_SIZE	sizeof(struct rh_action)
#endif
#ifndef COMMAND_SIZE
#define COMMAND_SIZE	sizeof(struct rh_command)
#endif
#ifndef WORD_SIZE
#define WORD_SIZE	sizeof(struct rh_command_action)
#endif
#ifndef ENTRY
#define ENTRY	rh_plugin_entry
#endif

static void
run(const struct rh_invocation *inv, const struct rh_host *host)
{
#ifdef USES_NEWER
	if (RH_HAS(host, newer)) {
		rh_completed(host, inv, "uses the newer member");
		return;
	}
	rh_completed(host, inv, "does without the newer member");
#else
	rh_completed(host, inv, RH_HAS(host, extension) ?
	    "all of 1.0 is there" : "something is missing");
#endif
}

static const struct rh_runner runner = {
	.size = RUNNER_SIZE, .name = "entry", .run = run,
};
static const struct rh_runner *const runners[] = { &runner, NULL };

static const struct rh_action action = {
	.size = ACTION_SIZE, .name = "entry.act", .run = run,
};
static const struct rh_action *const actions[] = { &action, NULL };

static const struct rh_command_action word = {
	.size = WORD_SIZE, .name = "go",
};
static const struct rh_command_action *const words[] = { &word, NULL };
static const struct rh_command command = {
	.size = COMMAND_SIZE, .name = "/entry", .runner = "entry",
	.actions = words,
};
static const struct rh_command *const commands[] = { &command, NULL };

RH_EXPORT extern const struct rh_entry ENTRY;
const struct rh_entry ENTRY = {
	.magic = MAGIC,
	.size = SIZE,
	.built = RH_SDK_VERSION,
	.needs = NEEDS,
	.id = "org.example.entry",
	.version = "1.0.0",
	.runners = runners,
	.actions = actions,
	.commands = commands,
};
