/*
 * A plugin's description, as a worker in the wrong hands might send it.
 * Whatever it is, it is taken whole, with every reference within the
 * plugin, or refused with a message and nothing of it is kept.
 */
#include "plugin/describe.h"
#include "plugin/form.h"
#include "plugin/registry.h"

#include <stdlib.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static bool
is_own(const struct plugin *p, const struct plugin_runner *r)
{
	return r >= p->runners && r < p->runners + p->runner_count;
}

static void
check_command(const struct plugin *p, const struct plugin_command *cmd)
{
	size_t i;

	must(cmd->plugin == p && is_own(p, cmd->runner));
	must(form_check(FORM_COMMAND, str_of(cmd->name)) == NULL);
	for (i = 0; i < cmd->action_count; i++) {
		must(is_own(p, cmd->actions[i].runner));
		must(form_check(FORM_WORD, str_of(cmd->actions[i].name)) ==
		    NULL);
	}
	for (i = 0; i < cmd->example_count; i++)
		must(form_check(FORM_LINE, str_of(cmd->examples[i])) == NULL);
}

static void
check_taken(const struct plugin *p)
{
	size_t i;

	must(form_check(FORM_ID, str_of(p->id)) == NULL);
	must(form_check(FORM_VERSION, str_of(p->version)) == NULL);
	must(p->runner_count <= FORM_LIST_MAX);
	for (i = 0; i < p->runner_count; i++) {
		must(p->runners[i].plugin == p);
		must(p->runners[i].runner_id != NULL);
		must(form_check(FORM_RUNNER, str_of(p->runners[i].name)) ==
		    NULL);
	}
	for (i = 0; i < p->action_count; i++) {
		must((p->actions[i].schema == NULL) ==
		    (p->actions[i].schema_text == NULL));
		must(form_check(FORM_ACTION, str_of(p->actions[i].name)) ==
		    NULL);
	}
	for (i = 0; i < p->command_count; i++)
		check_command(p, &p->commands[i]);
	for (i = 0; i < p->want_count; i++)
		must(form_check(FORM_WANT, str_of(p->wants[i])) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plugin p = { .id = NULL };
	struct err err = { 0 };
	rh_status rc;

	rc = describe_read(&p, (const char *)data, size, &err);
	if (rc == RH_OK) {
		check_taken(&p);
	} else {
		must(rc == RH_EPLUGIN && err.msg[0] != '\0');
		must(p.id == NULL && p.runners == NULL &&
		    p.description == NULL);
	}
	arena_fini(&p.arena);
	return 0;
}
