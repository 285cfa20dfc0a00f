/*
 * Judges the runners, actions and commands of an entry, one function a
 * kind of element.  An element whose size is wrong is not read further.
 */
#include "plugin/abi_check.h"

#include "json/read.h"
#include "json/schema.h"

#include <runhost/plugin.h>

#include <stdio.h>

/* Its name, if the element is long enough to have one. */
#define NAME_OF(x, type) \
	((x)->size >= SIZE_TO(type, name) ? (x)->name : NULL)

static bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool
is_runner(const struct rh_entry *e, const char *name)
{
	size_t i;

	for (i = 0; e->runners != NULL && e->runners[i] != NULL &&
	    i < FORM_LIST_MAX; i++) {
		if (same(NAME_OF(e->runners[i], rh_runner), name))
			return true;
	}
	return false;
}

static void
check_runner_ref(struct check *c, const char *name)
{
	if (check_text(c, "runner", name, FORM_RUNNER) &&
	    !is_runner(c->e, name))
		check_problem(c, "runner \"%s\" is not among the runners",
		    name);
}

static void
check_runner(struct check *c, size_t i)
{
	const struct rh_runner *r = c->e->runners[i];
	size_t k;

	snprintf(c->at, sizeof c->at, "runners[%zu].", i);
	if (!check_size(c, r->size, SIZE_TO(rh_runner, run)))
		return;
	check_flags(c, "flags", r->flags, RH_RUNNER_IDEMPOTENT);
	check_optional(c, "summary", r->summary, FORM_LINE);
	if (r->run == NULL)
		check_problem(c, "run is missing");
	if (!check_text(c, "name", r->name, FORM_RUNNER))
		return;
	for (k = 0; k < i; k++) {
		if (same(NAME_OF(c->e->runners[k], rh_runner), r->name))
			check_problem(c, "name \"%s\" is that of runners[%zu], "
			    "too", r->name, k);
	}
}

static void
check_schema(struct check *c, const char *schema)
{
	struct arena arena = { 0 };
	struct json_doc doc;
	struct schema *compiled;
	struct err err = { 0 };
	size_t len;

	if (schema == NULL)
		return;
	len = strnlen(schema, FORM_SCHEMA_MAX + 1);
	if (len > FORM_SCHEMA_MAX)
		check_problem(c, "schema is longer than %d bytes",
		    FORM_SCHEMA_MAX);
	else if (json_parse(&arena, schema, len, &json_limits_default, &doc,
	    &err) != RH_OK)
		check_problem(c, "schema: %s", err.msg);
	else if (schema_compile(&arena, &doc, 0, &compiled, &err) != RH_OK)
		check_problem(c, "%s", err.msg);	/* "schema.x: …" */
	arena_fini(&arena);
}

static void
check_action(struct check *c, size_t i)
{
	const struct rh_action *a = c->e->actions[i];
	size_t k;

	snprintf(c->at, sizeof c->at, "actions[%zu].", i);
	if (!check_size(c, a->size, SIZE_TO(rh_action, run)))
		return;
	check_flags(c, "flags", a->flags, 0);
	check_optional(c, "summary", a->summary, FORM_LINE);
	check_schema(c, a->schema);
	if (a->run == NULL)
		check_problem(c, "run is missing");
	if (!check_text(c, "name", a->name, FORM_ACTION))
		return;
	for (k = 0; k < i; k++) {
		if (same(NAME_OF(c->e->actions[k], rh_action), a->name))
			check_problem(c, "name \"%s\" is that of actions[%zu], "
			    "too", a->name, k);
	}
}

static void
check_command_action(struct check *c, const struct rh_command *cmd, size_t i)
{
	const struct rh_command_action *a = cmd->actions[i];
	size_t k;

	if (!check_size(c, a->size, SIZE_TO(rh_command_action, runner)))
		return;
	check_flags(c, "reserved", a->reserved, 0);
	check_optional(c, "summary", a->summary, FORM_LINE);
	if (a->runner != NULL)
		check_runner_ref(c, a->runner);
	if (!check_text(c, "name", a->name, FORM_WORD))
		return;
	for (k = 0; k < i; k++) {
		if (same(NAME_OF(cmd->actions[k], rh_command_action), a->name))
			check_problem(c, "name \"%s\" is that of actions[%zu], "
			    "too", a->name, k);
	}
}

static void
check_command_actions(struct check *c, const struct rh_command *cmd)
{
	const struct rh_command_action *const *list = cmd->actions;
	size_t i, here = strlen(c->at);

	for (i = 0; list != NULL && list[i] != NULL; i++) {
		c->at[here] = '\0';
		if (!check_room(c, "actions", i))
			return;
		snprintf(c->at + here, sizeof c->at - here, "actions[%zu].",
		    i);
		check_command_action(c, cmd, i);
	}
	c->at[here] = '\0';
}

/* No word at all can't mean a word that would be answered with 404. */
static void
check_default_action(struct check *c, const struct rh_command *cmd)
{
	const struct rh_command_action *const *list = cmd->actions;
	const char *word = cmd->default_action;
	size_t i;

	if (word == NULL ||
	    !check_text(c, "default_action", word, FORM_WORD) ||
	    (cmd->flags & RH_COMMAND_ANY_ACTION) != 0)
		return;
	for (i = 0; list != NULL && list[i] != NULL && i < FORM_LIST_MAX; i++) {
		if (same(NAME_OF(list[i], rh_command_action), word))
			return;
	}
	check_problem(c, "default_action \"%s\" is not among its actions",
	    word);
}

static void
check_command(struct check *c, size_t i)
{
	const struct rh_command *cmd = c->e->commands[i];
	size_t k;

	snprintf(c->at, sizeof c->at, "commands[%zu].", i);
	if (!check_size(c, cmd->size, SIZE_TO(rh_command, examples)))
		return;
	check_flags(c, "flags", cmd->flags, RH_COMMAND_ANY_ACTION);
	check_optional(c, "summary", cmd->summary, FORM_LINE);
	check_runner_ref(c, cmd->runner);
	check_command_actions(c, cmd);
	check_default_action(c, cmd);
	check_strings(c, "examples", cmd->examples, FORM_LINE);
	if (!check_text(c, "name", cmd->name, FORM_COMMAND))
		return;
	for (k = 0; k < i; k++) {
		if (same(NAME_OF(c->e->commands[k], rh_command), cmd->name))
			check_problem(c, "name \"%s\" is that of commands[%zu]"
			    ", too", cmd->name, k);
	}
}

void
check_lists(struct check *c)
{
	const struct rh_entry *e = c->e;
	size_t i;

	for (i = 0; e->runners != NULL && e->runners[i] != NULL; i++) {
		c->at[0] = '\0';
		if (!check_room(c, "runners", i))
			break;
		check_runner(c, i);
	}
	for (i = 0; e->actions != NULL && e->actions[i] != NULL; i++) {
		c->at[0] = '\0';
		if (!check_room(c, "actions", i))
			break;
		check_action(c, i);
	}
	for (i = 0; e->commands != NULL && e->commands[i] != NULL; i++) {
		c->at[0] = '\0';
		if (!check_room(c, "commands", i))
			break;
		check_command(c, i);
	}
	c->at[0] = '\0';
}
