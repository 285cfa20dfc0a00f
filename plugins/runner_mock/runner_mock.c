/*
 * The runner "mock": pretends to work, in five stages, so that everything
 * around a runner can be tried without one.  The README says what it does
 * for which action word.
 *
 * It only sleeps and prints, so a lost attempt may simply start again.
 */
#include <runhost/easy.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DELAY_MS	500
#define DELAY_MAX_MS	3600000
#define SLOW_STEPS	20
#define SLOW_SAVE_EVERY	5
#define LOUD_PIECES	64
#define LOUD_LINES	200

struct mock {
	const struct rh_host *host;
	const struct rh_invocation *inv;
	int64_t delay_ms;	/* after each stage */
};

enum next { GO_ON, STOPPED, ENDED };

/* False: the delay that counts is none. */
static bool
delay_of(const struct rh_invocation *inv, int64_t *ms)
{
	const struct rh_text from[] = { inv->metadata, inv->config };
	struct rh_text value;
	size_t i;

	for (i = 0; i < 2; i++) {
		if (!rh_json_member(from[i], "delay_ms", &value))
			continue;
		*ms = rh_json_i64(from[i], "delay_ms", -1);
		return *ms >= 0 && *ms <= DELAY_MAX_MS;
	}
	*ms = DELAY_MS;
	return true;
}

/* A report that is refused does not end the work; being stopped does. */
static enum next
stage(const struct mock *m, const char *name, int percent, const char *message)
{
	rh_progress(m->host, m->inv, name, percent, message);
	if (m->host->wait(m->inv->handle, m->delay_ms) != RH_OK)
		return STOPPED;
	return GO_ON;
}

static enum next
word_fail(const struct mock *m)
{
	rh_failed(m->host, m->inv, 1, "Mock execution failed, as it was told");
	return ENDED;
}

static enum next
word_crash(const struct mock *m)
{
	/* Volatile, and not 0: neither compiler nor sanitizer steps in. */
	volatile uintptr_t nowhere = 16;

	(void)m;
	*(volatile int *)nowhere = 1;
	return ENDED;
}

static enum next
word_hang(const struct mock *m)
{
	while (m != NULL)
		pause();
	return ENDED;
}

/* Where an earlier attempt was, or 0. */
static int
slow_saved(const struct rh_invocation *inv)
{
	char text[8];
	int step;

	if (!rh_text_is(inv->checkpoint_name, "step") ||
	    inv->checkpoint.len >= sizeof text)
		return 0;
	memcpy(text, inv->checkpoint.p, inv->checkpoint.len);
	text[inv->checkpoint.len] = '\0';
	step = atoi(text);
	return step > 0 && step <= SLOW_STEPS ? step : 0;
}

static enum next
word_slow(const struct mock *m)
{
	char name[24], save[16];
	int step, len;

	for (step = slow_saved(m->inv) + 1; step <= SLOW_STEPS; step++) {
		snprintf(name, sizeof name, "STEP_%d", step);
		if (stage(m, name, 60 + step, NULL) != GO_ON)
			return STOPPED;
		if (step % SLOW_SAVE_EVERY != 0)
			continue;
		len = snprintf(save, sizeof save, "%d", step);
		m->host->checkpoint(m->inv->handle, "step", 4, save,
		    (uint64_t)len);
	}
	return GO_ON;
}

static enum next
word_loud(const struct mock *m)
{
	char piece[32 * 1024];
	int i;

	memset(piece, '.', sizeof piece);
	for (i = 63; i < (int)sizeof piece; i += 64)
		piece[i] = '\n';
	/* First what is little: the rest is more than is kept of a run. */
	for (i = 1; i <= LOUD_LINES; i++) {
		dprintf(STDOUT_FILENO, "mock: line %d on descriptor 1\n", i);
		dprintf(STDERR_FILENO, "mock: line %d on descriptor 2\n", i);
	}
	/* Its answer comes from a host that has been at the pipes since. */
	m->host->flush(m->inv->handle);
	for (i = 0; i < LOUD_PIECES; i++)
		m->host->output(m->inv->handle, RH_STDOUT, piece, sizeof piece);
	return GO_ON;
}

/* What some action words do once EXECUTING is reported. */
static const struct word {
	struct rh_command_action action;
	enum next (*execute)(const struct mock *);
} words[] = {
#define WORD(name, summary) \
	{ sizeof(struct rh_command_action), 0, name, summary, NULL }
	{ WORD("fail", "Ends as failed, with exit code 1"), word_fail },
	{ WORD("crash", "Dies of SIGSEGV while executing"), word_crash },
	{ WORD("hang", "Never returns, whatever it is told"), word_hang },
	{ WORD("slow", "20 more stages, with checkpoints"), word_slow },
	{ WORD("loud", "Writes 2 MiB of output"), word_loud },
#undef WORD
};
#define WORDS	(sizeof words / sizeof words[0])

static const struct rh_command_action *const listed[] = {
	&words[0].action, &words[1].action, &words[2].action,
	&words[3].action, &words[4].action, NULL,
};

static enum next
execute(const struct mock *m)
{
	enum next next;
	size_t i;

	rh_progress(m->host, m->inv, "EXECUTING", 60, "Executing action");
	for (i = 0; i < WORDS; i++) {
		if (!rh_text_is(m->inv->action_id, words[i].action.name))
			continue;
		if ((next = words[i].execute(m)) != GO_ON)
			return next;
	}
	if (m->host->wait(m->inv->handle, m->delay_ms) != RH_OK)
		return STOPPED;
	return GO_ON;
}

static void
put(FILE *f, const char *before, struct rh_text t, const char *after)
{
	fputs(before, f);
	if (t.len > 0)
		fwrite(t.p, 1, t.len, f);
	fputs(after, f);
}

static void
put_quoted(FILE *f, const char *before, struct rh_text t)
{
	char *quoted = malloc(RH_JSON_QUOTED_MAX(t.len));

	if (quoted == NULL)
		abort();
	rh_json_quote(quoted, t.p, t.len);
	fprintf(f, "%s%s", before, quoted);
	free(quoted);
}

static void
complete(const struct mock *m)
{
	const struct rh_invocation *inv = m->inv;
	struct rh_outcome outcome = rh_outcome_of(RH_COMPLETED);
	struct rh_text action = inv->action_id;
	char *text = NULL, *meta = NULL;
	size_t text_len = 0, meta_len = 0;
	FILE *f;

	if (action.len == 0)
		action = rh_text_of("default");
	if ((f = open_memstream(&text, &text_len)) == NULL)
		abort();
	fputs("Mock execution successful\n", f);
	put(f, "Extension: ", inv->extension_id, "\n");
	put(f, "Action: ", action, "\n");
	put(f, "Args: ", inv->args, "\n");
	put(f, "Flags: ", inv->flags, "\n");
	fclose(f);

	if ((f = open_memstream(&meta, &meta_len)) == NULL)
		abort();
	put_quoted(f, "{\"extension_id\":", inv->extension_id);
	put_quoted(f, ",\"action_id\":", action);
	fputs(",\"runner_type\":\"mock\"}", f);
	fclose(f);

	outcome.output.p = text;
	outcome.output.len = text_len;
	outcome.metadata.p = meta;
	outcome.metadata.len = meta_len;
	m->host->finish(inv->handle, &outcome);
	free(text);
	free(meta);
}

static enum next
work(const struct mock *m)
{
	enum next next;

	if ((next = stage(m, "VALIDATING", 5, "Validating input")) != GO_ON)
		return next;
	if ((next = stage(m, "LOADING", 15, "Loading extension")) != GO_ON)
		return next;
	if ((next = execute(m)) != GO_ON)
		return next;
	return stage(m, "FINALIZING", 90, "Finalizing result");
}

static void
run(const struct rh_invocation *inv, const struct rh_host *host)
{
	struct mock m = { host, inv, 0 };

	if (!delay_of(inv, &m.delay_ms)) {
		rh_failed(host, inv, 2, "delay_ms must be a whole number from "
		    "0 to 3600000");
		return;
	}
	switch (work(&m)) {
	case GO_ON:
		rh_progress(host, inv, "DONE", 100, "Execution complete");
		complete(&m);
		break;
	case STOPPED:
		rh_finish_as_stopped(host, inv);
		break;
	case ENDED:
		break;
	}
}

static const struct rh_runner mock = {
	.size = sizeof mock,
	.flags = RH_RUNNER_IDEMPOTENT,
	.name = "mock",
	.summary = "Pretends to work, in five stages",
	.run = run,
};
static const struct rh_runner *const runners[] = { &mock, NULL };

static const char *const mock_examples[] = {
	"/mock hello world", "/mock fail", "/mock slow", NULL,
};
static const struct rh_command mock_command = {
	.size = sizeof mock_command,
	.flags = RH_COMMAND_ANY_ACTION,
	.name = "/mock",
	.summary = "A pretended run",
	.runner = "mock",
	.actions = listed,
	.examples = mock_examples,
};

static const char *const test_examples[] = { "/test hello world", NULL };
static const struct rh_command test_command = {
	.size = sizeof test_command,
	.flags = RH_COMMAND_ANY_ACTION,
	.name = "/test",
	.summary = "The same as /mock",
	.runner = "mock",
	.actions = listed,
	.examples = test_examples,
};
static const struct rh_command *const commands[] = {
	&mock_command, &test_command, NULL,
};

RH_PLUGIN(0,
	.flags = RH_PLUGIN_STATELESS | RH_PLUGIN_THREADS,
	.id = "mock",
	.version = "1.0.0",
	.summary = "A runner that pretends to work",
	.runners = runners,
	.commands = commands,
);
