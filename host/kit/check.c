/*
 * The table of checks, and running them one after the other.
 */
#include "kit/bench.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "kit/fake.h"

#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct check_row check_table[] = {
	{ "file", "a shared object that a host opens: whole, not writable by others", check_file, true },
	{ "entry", "opens in a worker; entry and versions fit this host", check_entry, true },
	{ "description", "ids, names and lists are of their form", check_description, true },
	{ "schema", "each action's schema takes arguments that are made of it", check_schemas, false },
	{ "dry-run", "each example names a command and a word that there are", check_commands, false },
	{ "arguments", "ends by itself, or when told to, with the least arguments", check_plain, false },
	{ "garbage", "so it does with whatever arguments the host lets through", check_garbage, false },
	{ "cancel", "ends within a second of a cancel", check_cancel, false },
	{ "deadline", "ends within a second of its deadline", check_deadline, false },
	{ "resume", "goes on from its checkpoint when its worker was killed", check_resume, false },
	{ "leaks", "holds no more after 200 runs than after 100", check_leaks, false },
	{ "workers", "runs in several workers at the same time", check_workers, false },
	{ "finish", "calls finish() once in each run", check_finish, false },
	{ "outcome", "a failure says why; the reply of an action is JSON", check_outcome, false },
	{ "progress", "percent is 0 to 100 and never falls", check_progress, false },
	{ "reports", "events, output and requests are of their form", check_reports, false },
	{ "returns", "returns within a second of finish()", check_returns, false },
	{ "stale", "calls nothing with the handle of a run that has ended", check_stale, false },
	{ "printed", "tells by the host's functions, not by printing", check_printed, false },
	{ NULL, NULL, NULL, false }
};

const char *const check_state_names[CHECK_STATES] = {
	"", "pass", "warn", "fail", "skip",
};

const struct check_row *
check_find(const char *name)
{
	const struct check_row *r;

	for (r = check_table; r->name != NULL; r++)
		if (strcmp(r->name, name) == 0)
			return r;
	return NULL;
}

static void
add_target(struct bench *b, struct target t)
{
	b->targets = mem_realloc(b->targets,
	    (b->target_count + 1) * sizeof *b->targets);
	b->targets[b->target_count++] = t;
}

static void
add_word(struct bench *b, const struct plugin_command *c,
    const struct plugin_runner *r, const char *word)
{
	add_target(b, (struct target){ .label = mem_printf("%s%s%s", c->name,
	    word != NULL ? " " : "", word != NULL ? word : ""),
	    .runner = r, .command = c->name, .word = word });
}

static void
add_command(struct bench *b, const struct plugin_command *c)
{
	const struct plugin_command_action *a;
	bool has_default = false;
	size_t i;

	for (i = 0; i < c->action_count; i++) {
		a = &c->actions[i];
		if (c->default_action != NULL &&
		    strcmp(c->default_action, a->name) == 0)
			has_default = true;
		add_word(b, c, a->runner != NULL ? a->runner : c->runner,
		    a->name);
	}
	if (!has_default)
		add_word(b, c, c->runner, c->default_action);
}

/* All that can be invoked: commands with their words, runners, actions. */
static void
find_targets(struct bench *b)
{
	const struct plugin *p = &b->plugin;
	size_t i, k;
	bool has_command;

	for (i = 0; i < p->command_count; i++)
		add_command(b, &p->commands[i]);
	for (i = 0; i < p->runner_count; i++) {
		has_command = false;
		for (k = 0; k < b->target_count; k++)
			if (b->targets[k].runner == &p->runners[i])
				has_command = true;
		if (!has_command)
			add_target(b, (struct target){ .label = mem_printf(
			    "runner %s", p->runners[i].name),
			    .runner = &p->runners[i] });
	}
	for (i = 0; i < p->action_count; i++)
		add_target(b, (struct target){ .label = mem_strdup(
		    p->actions[i].name), .action = &p->actions[i] });
}

/* Opened by name in its directory, as a host opens what it scans. */
static void
open_image(struct bench *b)
{
	char *dir = mem_strdup(b->cf->path), *name = mem_strdup(b->cf->path);
	int fd = open(dirname(dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	b->image.memfd = -1;
	if (fd < 0)
		err_errno(&b->image_err, RH_ENOENT, "%s", dir);
	else {
		image_open(fd, basename(name), &b->image, &b->image_err);
		close(fd);
	}
	free(dir);
	free(name);
}

static void
run_check(struct bench *b, const struct check_row *row)
{
	struct check_result *r = b->now;
	int64_t start = drive_clock_us();

	r->row = row;
	r->state = CHECK_PASS;
	b->until_us = start + BUDGET_MS * US_PER_MS;
	if (!row->bare && b->plugin.id == NULL)
		bench_skip(b, "the plugin was not opened");
	else
		row->run(b);
	r->us = drive_clock_us() - start;
}

static bool
is_wanted(const struct check_config *cf, const char *name)
{
	const char *const *p;

	for (p = cf->only; p != NULL && *p != NULL; p++)
		if (strcmp(*p, name) == 0)
			return true;
	return cf->only == NULL;
}

/* Those that open the plugin run always; whether they are told is asked. */
static void
run_checks(struct bench *b, struct check_report *out)
{
	const struct check_row *row;
	struct check_result quiet = { 0 };
	bool wanted;

	for (row = check_table; row->name != NULL; row++) {
		wanted = is_wanted(b->cf, row->name);
		if (!wanted && !row->bare)
			continue;
		b->now = &out->results[out->count];
		run_check(b, row);
		if (row->run == check_description && b->plugin.id != NULL)
			find_targets(b);
		if (!wanted && b->now->state != CHECK_FAIL) {
			while (b->now->finding_count > 0)
				free(b->now->findings[--b->now->finding_count]);
			*b->now = quiet;
			continue;
		}
		out->states[b->now->state]++;
		out->count++;
		if (b->cf->done != NULL)
			b->cf->done(b->cf->arg, b->now);
	}
}

static void
bench_fini(struct bench *b)
{
	size_t i;

	for (i = 0; i < b->target_count; i++)
		free(b->targets[i].label);
	free(b->targets);
	fake_free(b->fake);
	image_close(&b->image);
	arena_fini(&b->plugin.arena);
}

void
check_plugin(const struct check_config *cf, struct check_report *out)
{
	struct bench b = { .cf = cf, .fake = fake_new() };

	*out = (struct check_report){ .path = mem_strdup(cf->path) };
	out->results = mem_calloc(sizeof check_table / sizeof check_table[0],
	    sizeof *out->results);
	open_image(&b);
	if (b.image.memfd >= 0)
		str_hex(out->digest, b.image.digest, sizeof b.image.digest);
	b.drive = (struct drive_config){
		.spawner = cf->spawner, .image = &b.image, .path = cf->path,
		.memory_bytes = cf->memory_bytes, .fake = b.fake,
	};
	run_checks(&b, out);
	out->tier = b.tier;
	if (b.plugin.id != NULL) {
		out->id = mem_strdup(b.plugin.id);
		out->version = mem_strdup(b.plugin.version);
	}
	bench_fini(&b);
}

void
check_report_free(struct check_report *r)
{
	size_t i, k;

	for (i = 0; i < r->count; i++)
		for (k = 0; k < CHECK_FINDINGS_MAX; k++)
			free(r->results[i].findings[k]);
	free(r->results);
	free(r->path);
	free(r->id);
	free(r->version);
}
