/*
 * Reads a description that came from a worker.  The worker may be in the
 * plugin's hands, so this judges again what abi_check() judged there.
 */
#include "plugin/describe.h"

#include "json/read.h"
#include "plugin/form.h"
#include "plugin/registry.h"

#include <assert.h>

/* A description that is being read. */
struct reader {
	struct plugin *p;	/* whose arena, and whom all belongs to */
	struct plugin out;	/* what was read so far; its arena is unused */
	struct json_doc doc;
	struct err *err;
};

static const struct json_limits limits = {
	.size = FORM_DESCRIPTION_MAX, .tokens = 100000,
	.string = FORM_SCHEMA_MAX, .members = 1000, .depth = 48,
};

/* An optional text that is absent stays NULL. */
static rh_status
read_text(struct reader *r, int obj, const char *name, enum form form,
    const char **out)
{
	const char *why;
	rh_status rc;

	*out = NULL;
	rc = json_opt_str(&r->doc, obj, name, form_max(form), &r->p->arena,
	    out, r->err);
	if (rc != RH_OK || *out == NULL)
		return rc;
	if ((why = form_check(form, str_of(*out))) != NULL)
		return err_set(r->err, RH_EPLUGIN, "%s %s", name, why);
	return RH_OK;
}

static rh_status
need_text(struct reader *r, int obj, const char *name, enum form form,
    const char **out)
{
	rh_status rc = read_text(r, obj, name, form, out);

	if (rc == RH_OK && *out == NULL)
		return err_set(r->err, RH_EPLUGIN, "%s is missing", name);
	return rc;
}

/* An array of at most FORM_LIST_MAX; *count is 0 when it is absent. */
static rh_status
read_list(struct reader *r, int obj, const char *name, int *node,
    size_t *count)
{
	rh_status rc;

	*count = 0;
	rc = json_opt_node(&r->doc, obj, name, JSON_ARRAY, node, r->err);
	if (rc != RH_OK || *node < 0)
		return rc;
	*count = (size_t)json_size(&r->doc, *node);
	if (*count > FORM_LIST_MAX)
		return err_set(r->err, RH_EPLUGIN,
		    "%s has more than %d elements", name, FORM_LIST_MAX);
	return RH_OK;
}

static rh_status
read_strings(struct reader *r, int obj, const char *name, enum form form,
    const char ***out, size_t *count)
{
	const char *why;
	struct str s;
	rh_status rc;
	size_t i;
	int node;

	if ((rc = read_list(r, obj, name, &node, count)) != RH_OK)
		return rc;
	*out = arena_zalloc(&r->p->arena, (*count + 1) * sizeof **out);
	if (*count > 0)
		node = json_first(&r->doc, node);
	for (i = 0; i < *count; i++, node = json_next(&r->doc, node)) {
		if (!json_str(&r->doc, node, &r->p->arena, &s))
			why = "is not a string";
		else
			why = form_check(form, s);
		if (why != NULL)
			return err_set(r->err, RH_EPLUGIN, "%s[%zu] %s", name,
			    i, why);
		(*out)[i] = s.p;
	}
	return RH_OK;
}

/* Reads one element of a list into out[i]. */
typedef rh_status (*read_fn)(struct reader *, int node, void *out, size_t i);

/*
 * Every element of obj's list: an object with these members only.  *out is
 * an array of *count elements of the given size.
 */
struct list {
	const char *name;
	const char *const *members;
	size_t	size;
	read_fn	read;
};

static rh_status
read_objects(struct reader *r, int obj, const struct list *list, void **out,
    size_t *count)
{
	rh_status rc;
	size_t i;
	int node;

	if ((rc = read_list(r, obj, list->name, &node, count)) != RH_OK)
		return rc;
	*out = arena_zalloc(&r->p->arena, (*count + 1) * list->size);
	if (*count > 0)
		node = json_first(&r->doc, node);
	for (i = 0; i < *count; i++, node = json_next(&r->doc, node)) {
		if (json_type(&r->doc, node) != JSON_OBJECT)
			return err_set(r->err, RH_EPLUGIN,
			    "%s[%zu] is not an object", list->name, i);
		if ((rc = json_only(&r->doc, node, list->members, r->err))
		    != RH_OK ||
		    (rc = list->read(r, node, *out, i)) != RH_OK)
			return err_wrap(r->err, "%s[%zu]", list->name, i);
	}
	return RH_OK;
}

/* "org.example.hello" is the plugin "hello" of "org.example". */
static char *
runner_id_of(struct reader *r, const char *runner)
{
	const char *id = r->out.id, *dot = strrchr(id, '.');

	if (dot == NULL)
		return arena_printf(&r->p->arena, "plugin:runhost/%s/%s", id,
		    runner);
	return arena_printf(&r->p->arena, "plugin:%.*s/%s/%s",
	    (int)(dot - id), id, dot + 1, runner);
}

static rh_status
read_runner(struct reader *r, int node, void *array, size_t i)
{
	struct plugin_runner *runner = (struct plugin_runner *)array + i;
	rh_status rc;

	runner->plugin = r->p;
	if ((rc = need_text(r, node, "name", FORM_RUNNER, &runner->name))
	    != RH_OK ||
	    (rc = read_text(r, node, "summary", FORM_LINE, &runner->summary))
	    != RH_OK)
		return rc;
	runner->runner_id = runner_id_of(r, runner->name);
	return json_opt_bool(&r->doc, node, "idempotent", &runner->idempotent,
	    r->err);
}

static rh_status
read_schema(struct reader *r, int node, struct plugin_action *action)
{
	struct str raw;
	rh_status rc;

	node = json_member(&r->doc, node, "schema");
	if (node < 0 || json_type(&r->doc, node) == JSON_NULL)
		return RH_OK;
	raw = json_raw(&r->doc, node);
	if (raw.len > FORM_SCHEMA_MAX)
		return err_set(r->err, RH_EPLUGIN,
		    "schema is longer than %d bytes", FORM_SCHEMA_MAX);
	rc = schema_compile(&r->p->arena, &r->doc, node, &action->schema,
	    r->err);
	if (rc != RH_OK)
		return rc;
	action->schema_text = arena_strndup(&r->p->arena, raw.p, raw.len);
	return RH_OK;
}

static rh_status
read_action(struct reader *r, int node, void *array, size_t i)
{
	struct plugin_action *action = (struct plugin_action *)array + i;
	rh_status rc;

	action->plugin = r->p;
	if ((rc = need_text(r, node, "name", FORM_ACTION, &action->name))
	    != RH_OK ||
	    (rc = read_text(r, node, "summary", FORM_LINE, &action->summary))
	    != RH_OK)
		return rc;
	return read_schema(r, node, action);
}

/* *out stays as it is when no runner is named. */
static rh_status
read_runner_ref(struct reader *r, int node, const struct plugin_runner **out)
{
	const char *name;
	rh_status rc;
	size_t i;

	if ((rc = read_text(r, node, "runner", FORM_RUNNER, &name)) != RH_OK ||
	    name == NULL)
		return rc;
	for (i = 0; i < r->out.runner_count; i++) {
		if (strcmp(r->out.runners[i].name, name) == 0) {
			*out = &r->out.runners[i];
			return RH_OK;
		}
	}
	return err_set(r->err, RH_EPLUGIN,
	    "runner \"%s\" is not among the runners", name);
}

static rh_status
read_command_action(struct reader *r, int node, void *array, size_t i)
{
	struct plugin_command_action *action =
	    (struct plugin_command_action *)array + i;
	rh_status rc;

	if ((rc = need_text(r, node, "name", FORM_WORD, &action->name))
	    != RH_OK ||
	    (rc = read_text(r, node, "summary", FORM_LINE, &action->summary))
	    != RH_OK)
		return rc;
	return read_runner_ref(r, node, &action->runner);
}

/* Actions without a runner of their own get that of the command. */
static rh_status
read_command_actions(struct reader *r, int node, struct plugin_command *cmd)
{
	static const char *const members[] = {
		"name", "summary", "runner", NULL
	};
	static const struct list list = {
		"actions", members, sizeof(struct plugin_command_action),
		read_command_action
	};
	void *array;
	rh_status rc;
	size_t i;

	if ((rc = read_objects(r, node, &list, &array, &cmd->action_count))
	    != RH_OK)
		return rc;
	cmd->actions = array;
	for (i = 0; i < cmd->action_count; i++) {
		if (cmd->actions[i].runner == NULL)
			cmd->actions[i].runner = cmd->runner;
	}
	return RH_OK;
}

static rh_status
read_command(struct reader *r, int node, void *array, size_t i)
{
	struct plugin_command *cmd = (struct plugin_command *)array + i;
	rh_status rc;

	cmd->plugin = r->p;
	if ((rc = need_text(r, node, "name", FORM_COMMAND, &cmd->name))
	    != RH_OK ||
	    (rc = read_text(r, node, "summary", FORM_LINE, &cmd->summary))
	    != RH_OK ||
	    (rc = read_text(r, node, "default_action", FORM_WORD,
	    &cmd->default_action)) != RH_OK ||
	    (rc = json_opt_bool(&r->doc, node, "any_action",
	    &cmd->any_action, r->err)) != RH_OK ||
	    (rc = read_runner_ref(r, node, &cmd->runner)) != RH_OK)
		return rc;
	if (cmd->runner == NULL)
		return err_set(r->err, RH_EPLUGIN, "runner is missing");
	if ((rc = read_command_actions(r, node, cmd)) != RH_OK)
		return rc;
	return read_strings(r, node, "examples", FORM_LINE, &cmd->examples,
	    &cmd->example_count);
}

static rh_status
read_plugin(struct reader *r)
{
	static const char *const members[] = {
		"id", "version", "summary", "built", "needs", "stateless",
		"threads", "runners", "actions", "commands", "wants", NULL
	};
	struct plugin *out = &r->out;
	int64_t version = 0;
	rh_status rc;

	if (json_type(&r->doc, 0) != JSON_OBJECT)
		return err_set(r->err, RH_EPLUGIN, "is not an object");
	if ((rc = json_only(&r->doc, 0, members, r->err)) != RH_OK ||
	    (rc = need_text(r, 0, "id", FORM_ID, &out->id)) != RH_OK ||
	    (rc = need_text(r, 0, "version", FORM_VERSION, &out->version))
	    != RH_OK ||
	    (rc = read_text(r, 0, "summary", FORM_LINE, &out->summary))
	    != RH_OK ||
	    (rc = json_opt_bool(&r->doc, 0, "stateless", &out->stateless,
	    r->err)) != RH_OK ||
	    (rc = json_opt_bool(&r->doc, 0, "threads", &out->threads,
	    r->err)) != RH_OK ||
	    (rc = json_get_i64(&r->doc, 0, "built", 0, UINT32_MAX, &version,
	    r->err)) != RH_OK)
		return rc;
	return json_get_i64(&r->doc, 0, "needs", 0, UINT32_MAX, &version,
	    r->err);
}

static rh_status
read_lists(struct reader *r)
{
	static const char *const runner_members[] = {
		"name", "summary", "idempotent", NULL
	};
	static const char *const action_members[] = {
		"name", "summary", "schema", NULL
	};
	static const char *const command_members[] = {
		"name", "summary", "runner", "default_action", "any_action",
		"actions", "examples", NULL
	};
	static const struct list runners = { "runners", runner_members,
		sizeof(struct plugin_runner), read_runner };
	static const struct list actions = { "actions", action_members,
		sizeof(struct plugin_action), read_action };
	static const struct list commands = { "commands", command_members,
		sizeof(struct plugin_command), read_command };
	struct plugin *out = &r->out;
	void *array;
	rh_status rc;

	rc = read_objects(r, 0, &runners, &array, &out->runner_count);
	if (rc != RH_OK)
		return rc;
	out->runners = array;
	rc = read_objects(r, 0, &actions, &array, &out->action_count);
	if (rc != RH_OK)
		return rc;
	out->actions = array;
	rc = read_objects(r, 0, &commands, &array, &out->command_count);
	if (rc != RH_OK)
		return rc;
	out->commands = array;
	return read_strings(r, 0, "wants", FORM_WANT, &out->wants,
	    &out->want_count);
}

static void
take(struct plugin *p, const struct plugin *read)
{
	p->id = read->id;
	p->version = read->version;
	p->summary = read->summary;
	p->stateless = read->stateless;
	p->threads = read->threads;
	p->runners = read->runners;
	p->runner_count = read->runner_count;
	p->actions = read->actions;
	p->action_count = read->action_count;
	p->commands = read->commands;
	p->command_count = read->command_count;
	p->wants = read->wants;
	p->want_count = read->want_count;
}

rh_status
describe_read(struct plugin *p, const char *json, size_t len,
    struct err *err)
{
	struct reader r = { .p = p, .err = err };
	struct arena scratch = { 0 };
	rh_status rc;

	assert(err != NULL);
	rc = json_parse(&scratch, json, len, &limits, &r.doc, err);
	if (rc == RH_OK && (rc = read_plugin(&r)) == RH_OK)
		rc = read_lists(&r);
	if (rc == RH_OK) {
		take(p, &r.out);
		p->description = arena_strndup(&p->arena, json, len);
	} else {
		err_wrap(err, "description");
		rc = err->status = RH_EPLUGIN;
	}
	arena_fini(&scratch);
	return rc;
}
