/*
 * A runner for each rule of the SDK that can be broken: "plugin check" must
 * name each.  "good" breaks none.
 */
#include <runhost/easy.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t old_handle;

#define MISDEED(what)							\
	static void what##_run(const struct rh_invocation *inv,		\
	    const struct rh_host *host);				\
	static const struct rh_runner what##_runner = {			\
		.size = sizeof(struct rh_runner), .name = #what,	\
		.flags = RH_RUNNER_IDEMPOTENT, .run = what##_run,	\
	};								\
	static void							\
	what##_run(const struct rh_invocation *inv,			\
	    const struct rh_host *host)

MISDEED(good)
{
	rh_progress(host, inv, "half", 50, NULL);
	rh_completed(host, inv, "good");
}

MISDEED(twice)
{
	rh_completed(host, inv, "first");
	rh_completed(host, inv, "second");
}

MISDEED(silent)
{
	rh_print(host, inv, "and that was all");
}

MISDEED(deaf)
{
	rh_print(host, inv, "la la la");
	for (;;)
		pause();
}

MISDEED(crash)
{
	volatile int *nowhere = NULL;

	rh_progress(host, inv, "near", 10, NULL);
	*nowhere = 1;
}

/* Only with arguments that nobody thought of. */
MISDEED(picky)
{
	if (inv->raw_args.len > 1000)
		abort();
	rh_completed(host, inv, "fits");
}

MISDEED(leak)
{
	char *lost = malloc(1000);

	if (lost != NULL)
		memset(lost, 1, 1000);
	rh_completed(host, inv, lost != NULL ? "lost" : "no more");
}

MISDEED(map)
{
	char *lost = mmap(NULL, 16384, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (lost != MAP_FAILED)
		memset(lost, 1, 16384);
	rh_completed(host, inv, "mapped");
}

MISDEED(files)
{
	rh_completed(host, inv, dup(0) >= 0 ? "lost" : "no more");
}

MISDEED(back)
{
	rh_progress(host, inv, "there", 60, NULL);
	rh_progress(host, inv, "and back", 40, NULL);
	rh_completed(host, inv, "back");
}

MISDEED(wrong)
{
	rh_event(host, inv, "host.started", "{}");
	rh_completed(host, inv, "wrong");
}

MISDEED(late)
{
	rh_completed(host, inv, "done");
	usleep(1250000);
}

MISDEED(stale)
{
	if (old_handle != 0)
		host->output(old_handle, RH_STDOUT, "x", 1);
	old_handle = inv->handle;
	rh_completed(host, inv, "done");
	rh_print(host, inv, "behind its end");
}

MISDEED(shy)
{
	rh_failed(host, inv, 1, NULL);
}

MISDEED(chatty)
{
	printf("hello from %.*s\n", (int)inv->runner.len, inv->runner.p);
	rh_completed(host, inv, "done");
}

/* Takes its own checkpoint for somebody else's. */
MISDEED(forgets)
{
	if (inv->checkpoint.len > 0)
		abort();
	host->checkpoint(inv->handle, "half", 4, "x", 1);
	host->wait(inv->handle, 50);
	rh_completed(host, inv, "done");
}

static void
not_json(const struct rh_invocation *inv, const struct rh_host *host)
{
	rh_completed(host, inv, "not JSON");
}

static const struct rh_action words = {
	.size = sizeof words, .name = "misdeeds.words", .run = not_json,
};
static const struct rh_action *const actions[] = { &words, NULL };

static const struct rh_runner *const runners[] = {
	&good_runner, &twice_runner, &silent_runner, &deaf_runner,
	&crash_runner, &picky_runner, &leak_runner, &map_runner,
	&files_runner, &back_runner, &wrong_runner, &late_runner,
	&stale_runner, &shy_runner, &chatty_runner, &forgets_runner, NULL,
};

static const char *const examples[] = { "/misdeed nothing", NULL };
static const struct rh_command_action word = {
	.size = sizeof word, .name = "good",
};
static const struct rh_command_action *const command_actions[] = {
	&word, NULL
};
static const struct rh_command command = {
	.size = sizeof command, .name = "/misdeed", .runner = "good",
	.default_action = "good", .actions = command_actions,
	.examples = examples,
};
static const struct rh_command *const commands[] = { &command, NULL };

RH_PLUGIN(0,
	.id = "misdeeds",
	.version = "1.0.0",
	.runners = runners,
	.actions = actions,
	.commands = commands,
);
