/*
 * Checks of what a plugin is: its file, its entry, what it says of itself.
 */
#include "kit/bench.h"

#include "base/mem.h"
#include "json/read.h"
#include "plugin/describe.h"
#include "plugin/elf.h"
#include "run/slash.h"

#include <string.h>

void
check_file(struct bench *b)
{
	struct err err;

	if (b->image.memfd < 0)
		bench_fail(b, "%s%s%s", b->image_err.msg,
		    b->image_err.hint[0] != '\0' ? "; " : "",
		    b->image_err.hint);
	else if (elf_check(&b->image, b->cf->path, NULL, &err) != RH_OK)
		bench_fail(b, "%s", err.msg);
}

/* Opened as a host opens it; the worker judges entry and versions. */
void
check_entry(struct bench *b)
{
	struct drive d;

	if (b->image.memfd < 0) {
		bench_skip(b, "there is no file to open");
		return;
	}
	if (!bench_open(b, &d))
		return;
	b->tier = tier_name(d.tier);
	b->plugin.description = arena_strndup(&b->plugin.arena,
	    d.description.p, d.description.len);
	if (d.now.printed > 0)
		bench_warn(b, "opening it printed %zu bytes", d.now.printed);
	drive_close(&d);
}

void
check_description(struct bench *b)
{
	struct err err;

	if (b->plugin.description == NULL)
		bench_skip(b, "the plugin was not opened");
	else if (describe_read(&b->plugin, b->plugin.description,
	    strlen(b->plugin.description), &err) != RH_OK)
		bench_fail(b, "%s", err.msg);
	else if (b->plugin.runner_count + b->plugin.action_count == 0)
		bench_fail(b, "it has no runner and no action");
}

/* What is made of a schema must be what the host takes for it. */
static void
try_schema(struct bench *b, const struct plugin_action *a,
    const struct taste *taste)
{
	struct buf input = { 0 };
	struct arena arena = { 0 };
	struct json_doc doc;
	struct err err;

	sample_input(a->schema_text, taste, &input);
	if (json_parse(&arena, input.p, input.len, NULL, &doc, &err) != RH_OK ||
	    schema_check(a->schema, &doc, 0, "args", &err) != RH_OK)
		bench_fail(b, "%s: its schema takes no arguments that are "
		    "made of it (%.120s): %s", a->name, input.p, err.msg);
	buf_fini(&input);
	arena_fini(&arena);
}

void
check_schemas(struct bench *b)
{
	const struct plugin_action *a;
	size_t i;

	for (i = 0; i < b->plugin.action_count; i++) {
		a = &b->plugin.actions[i];
		if (a->schema == NULL) {
			bench_warn(b, "%s has no schema: it is called with "
			    "any object", a->name);
			continue;
		}
		try_schema(b, a, &taste_table[0]);
		try_schema(b, a, &taste_table[1]);
	}
}

static bool
knows(const struct plugin_command *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->action_count; i++)
		if (strcmp(c->actions[i].name, name) == 0)
			return true;
	return c->any_action;
}

/* As a dry run on a host would judge it. */
static void
try_example(struct bench *b, const struct plugin_command *c,
    const char *example)
{
	struct arena arena = { 0 };
	struct slash s;
	struct err err;

	if (slash_parse(&arena, example, &s, &err) != RH_OK)
		bench_fail(b, "example \"%s\": %s", example, err.msg);
	else if (strcmp(s.command, c->name) != 0)
		bench_fail(b, "example \"%s\" is not one of %s", example,
		    c->name);
	else if (s.action != NULL && !knows(c, s.action))
		bench_fail(b, "example \"%s\": %s has no action \"%s\"",
		    example, c->name, s.action);
	arena_fini(&arena);
}

void
check_commands(struct bench *b)
{
	const struct plugin_command *c;
	size_t i, k;

	for (i = 0; i < b->plugin.command_count; i++) {
		c = &b->plugin.commands[i];
		for (k = 0; k < c->example_count; k++)
			try_example(b, c, c->examples[k]);
		if (c->default_action != NULL && !knows(c, c->default_action))
			bench_fail(b, "%s has no action \"%s\", its default",
			    c->name, c->default_action);
	}
}
