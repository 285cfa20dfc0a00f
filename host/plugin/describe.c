/*
 * Writes what describe_read() on the host's side reads.
 */
#include "plugin/describe.h"

#include "json/write.h"

#include <runhost/plugin.h>

static void
put_strings(struct json_out *j, const char *name, const char *const *list)
{
	jw_name(j, name);
	jw_array(j);
	for (; list != NULL && *list != NULL; list++)
		jw_text(j, *list);
	jw_end_array(j);
}

static void
put_runners(struct json_out *j, const struct rh_runner *const *list)
{
	jw_name(j, "runners");
	jw_array(j);
	for (; list != NULL && *list != NULL; list++) {
		jw_object(j);
		jw_m_text(j, "name", (*list)->name);
		jw_m_text(j, "summary", (*list)->summary);
		jw_m_bool(j, "idempotent",
		    ((*list)->flags & RH_RUNNER_IDEMPOTENT) != 0);
		jw_end_object(j);
	}
	jw_end_array(j);
}

static void
put_actions(struct json_out *j, const struct rh_action *const *list)
{
	jw_name(j, "actions");
	jw_array(j);
	for (; list != NULL && *list != NULL; list++) {
		jw_object(j);
		jw_m_text(j, "name", (*list)->name);
		jw_m_text(j, "summary", (*list)->summary);
		if ((*list)->schema != NULL)
			jw_m_raw(j, "schema", str_of((*list)->schema));
		else
			jw_m_null(j, "schema");
		jw_end_object(j);
	}
	jw_end_array(j);
}

static void
put_command_actions(struct json_out *j,
    const struct rh_command_action *const *list)
{
	jw_name(j, "actions");
	jw_array(j);
	for (; list != NULL && *list != NULL; list++) {
		jw_object(j);
		jw_m_text(j, "name", (*list)->name);
		jw_m_text(j, "summary", (*list)->summary);
		jw_m_text(j, "runner", (*list)->runner);
		jw_end_object(j);
	}
	jw_end_array(j);
}

static void
put_commands(struct json_out *j, const struct rh_command *const *list)
{
	jw_name(j, "commands");
	jw_array(j);
	for (; list != NULL && *list != NULL; list++) {
		jw_object(j);
		jw_m_text(j, "name", (*list)->name);
		jw_m_text(j, "summary", (*list)->summary);
		jw_m_text(j, "runner", (*list)->runner);
		jw_m_text(j, "default_action", (*list)->default_action);
		jw_m_bool(j, "any_action",
		    ((*list)->flags & RH_COMMAND_ANY_ACTION) != 0);
		put_command_actions(j, (*list)->actions);
		put_strings(j, "examples", (*list)->examples);
		jw_end_object(j);
	}
	jw_end_array(j);
}

void
describe_entry(const struct rh_entry *e, struct buf *buf)
{
	struct json_out j;

	jw_init(&j, buf);
	jw_object(&j);
	jw_m_text(&j, "id", e->id);
	jw_m_text(&j, "version", e->version);
	jw_m_text(&j, "summary", e->summary);
	jw_m_i64(&j, "built", e->built);
	jw_m_i64(&j, "needs", e->needs);
	jw_m_bool(&j, "stateless", (e->flags & RH_PLUGIN_STATELESS) != 0);
	jw_m_bool(&j, "threads", (e->flags & RH_PLUGIN_THREADS) != 0);
	put_runners(&j, e->runners);
	put_actions(&j, e->actions);
	put_commands(&j, e->commands);
	put_strings(&j, "wants", e->wants);
	jw_end_object(&j);
}
