/*
 * run_create: a run from a slash command, or from a runner's name.
 */
#include "action/act_input.h"

#include "action/act_talk.h"
#include "action/admit.h"
#include "action/attempt.h"
#include "auth/session.h"
#include "base/buf.h"
#include "base/mem.h"
#include "plugin/registry.h"
#include "run/slash.h"
#include "store/db.h"
#include "store/store_misc.h"
#include "store/store_owner.h"
#include "store/store_weight.h"
#include "worker/protocol.h"
#include "worker/report.h"

#include <stdlib.h>

#define COMMAND_MAX	(64 * 1024)
#define WAIT_DEFAULT	300
#define WAIT_MAX	3600

struct create_args {
	struct run_new run;
	const struct plugin_runner *runner;	/* NULL: no plugin here has it */
	struct run_input *in;	/* NULL: nothing of it was said */
	bool	wait;		/* answered when the run has ended */
	int64_t	apis;		/* what its plugin is given: bits */
	int64_t	asked;		/* that the body names as given */
	const struct scope_line *line;	/* where it will wait */
};

static void
write_words(struct json_out *j, const char **words, size_t n)
{
	size_t i;

	jw_array(j);
	for (i = 0; i < n; i++)
		jw_text(j, words[i]);
	jw_end_array(j);
}

static rh_status
no_action(const struct plugin_command *cmd, const char *word,
    struct err *err)
{
	struct buf names = { 0 };
	size_t i;

	for (i = 0; i < cmd->action_count; i++)
		buf_printf(&names, "%s%s", i ? ", " : "",
		    cmd->actions[i].name);
	err_set(err, RH_ENOENT, "\"%s\" has no action \"%s\"", cmd->name,
	    word);
	err_hint(err, "it has: %s", names.len > 0 ? names.p : "none");
	buf_fini(&names);
	return RH_ENOENT;
}

/* The runner for the word after a command. */
static rh_status
route(const struct plugin_command *cmd, struct create_args *a,
    struct err *err)
{
	const char *word = a->run.action_id;
	size_t i;

	a->runner = cmd->runner;
	if (word == NULL)
		word = a->run.action_id = cmd->default_action;
	for (i = 0; word != NULL && i < cmd->action_count; i++) {
		if (strcmp(cmd->actions[i].name, word) != 0)
			continue;
		if (cmd->actions[i].runner != NULL)
			a->runner = cmd->actions[i].runner;
		return RH_OK;
	}
	if (word != NULL && !cmd->any_action)
		return no_action(cmd, word, err);
	return RH_OK;
}

/*
 * What isn't there may still be loading: then it is worth to come back.
 * loading is from before the search, for it may have come right after that.
 */
static rh_status
not_found(struct registry *reg, bool loading, enum plugin_name kind,
    const char *name, struct err *err)
{
	const char *what = kind == NAME_COMMAND ? "command" : "runner";
	const struct plugin *p;

	if (registry_explain(reg, kind, str_of(name), err) ||
	    (kind == NAME_RUNNER && registry_explain(reg, NAME_RUNNER_ID,
	    str_of(name), err)))
		return err->status;
	if ((p = registry_out_of_use(reg, str_of(name))) != NULL)
		return err_set(err, RH_ENOENT, "no %s \"%s\", for plugin "
		    "\"%s\" is out of use: %s", what, name, p->id, p->error);
	if (loading) {
		err_set(err, RH_EUNAVAIL, "no %s \"%s\" yet: plugins are "
		    "loading", what, name);
		return err_hint(err, "try again in a second");
	}
	err_set(err, RH_ENOENT, "no %s \"%s\"", what, name);
	return err_hint(err, "list the plugins and their commands with: "
	    "runhost plugin list");
}

static rh_status
from_command(struct call *c, struct registry *reg, struct create_args *a,
    struct err *err)
{
	bool loading = registry_loading(reg);
	struct slash s;
	const struct plugin_command *cmd;
	struct buf b = { 0 };
	struct json_out j;
	rh_status rc;

	a->run.command = call_text(c, "command");
	if (strlen(a->run.command) > COMMAND_MAX)
		return err_set(err, RH_EINPUT, "body.command: %zu bytes are "
		    "more than %d", strlen(a->run.command), COMMAND_MAX);
	if ((rc = slash_parse(&c->arena, a->run.command, &s, err)) != RH_OK)
		return rc;
	if ((cmd = registry_command(reg, str_of(s.command))) == NULL)
		return not_found(reg, loading, NAME_COMMAND, s.command, err);
	a->run.action_id = s.action;
	a->run.raw_args = s.raw_args;
	jw_init(&j, &b);
	write_words(&j, s.args, s.arg_count);
	a->run.args = arena_strdup(&c->arena, b.p);
	buf_fini(&b);
	return route(cmd, a, err);
}

static rh_status
from_runner(struct call *c, struct registry *reg, struct create_args *a,
    struct err *err)
{
	const char *name = call_text(c, "runner");
	bool loading = registry_loading(reg);
	rh_status rc;

	if (name == NULL)
		name = call_text(c, "runner_id");
	if (name == NULL && a->in != NULL)
		name = a->in->runner_id;
	if (name == NULL)
		return err_set(err, RH_EINPUT, "body: one of \"command\", "
		    "\"runner\" and \"runner_id\" must be there");
	a->runner = registry_runner(reg, str_of(name));
	if (a->runner == NULL)
		a->runner = registry_runner_id(reg, str_of(name));
	if ((rc = take_text(c, "action_id", NAME_MAX_LEN, &a->run.action_id,
	    err)) != RH_OK)
		return rc;
	if (a->runner != NULL || runner_elsewhere(c, name, &a->run))
		return RH_OK;
	return not_found(reg, loading, NAME_RUNNER, name, err);
}

/* A field's JSON as written, if it is there. */
static rh_status
raw_field(struct call *c, const char *name, const char **out, struct err *err)
{
	int node = json_member(&c->in, 0, name);
	struct str raw;
	size_t tokens;

	if (node < 0 || json_type(&c->in, node) == JSON_NULL)
		return RH_OK;
	raw = json_raw(&c->in, node);
	if (json_scan(raw.p, raw.len, &json_limits_kept, &tokens, err) !=
	    RH_OK) {
		err_wrap(err, "body.%s", name);
		return err->status = RH_EINPUT;
	}
	*out = arena_strndup(&c->arena, raw.p, raw.len);
	return RH_OK;
}

#define METADATA_MAX	(16 * 1024)

/* What lists, grants and statistics go by is short. */
static rh_status
take_texts(struct call *c, struct run_new *r, struct err *err)
{
	const struct { const char *name, **to; } texts[] = {
		{ "session_id", &r->session_id },
		{ "workspace_id", &r->scope.workspace },
		{ "bot_id", &r->scope.bot },
		{ "conversation_id", &r->scope.conversation },
		{ "thread_id", &r->scope.thread },
	};
	rh_status rc = RH_OK;
	size_t i;

	for (i = 0; i < ARRAY_LEN(texts) && rc == RH_OK; i++)
		rc = take_text(c, texts[i].name, NAME_MAX_LEN, texts[i].to, err);
	if (r->scope.conversation == NULL)
		r->scope.conversation = r->session_id;
	return rc;
}

static rh_status
take_options(struct call *c, struct create_args *a, struct err *err)
{
	struct run_new *r = &a->run;
	int64_t seconds = 0, priority = 0, attempts = 1, deadline = 0;
	bool has_args = r->args != NULL;
	rh_status rc;

	r->flags = r->metadata = "{}";
	if (!has_args)
		r->args = "[]";
	if ((rc = raw_field(c, "flags", &r->flags, err)) != RH_OK ||
	    (rc = raw_field(c, "input", &r->input, err)) != RH_OK ||
	    (rc = raw_field(c, "metadata", &r->metadata, err)) != RH_OK ||
	    (!has_args &&
	    (rc = raw_field(c, "args", &r->args, err)) != RH_OK))
		return rc;
	if (strlen(r->metadata) > METADATA_MAX)
		return err_set(err, RH_EINPUT, "body.metadata: %zu bytes are "
		    "more than %d", strlen(r->metadata), METADATA_MAX);
	if ((rc = take_texts(c, r, err)) != RH_OK ||
	    (rc = json_opt_bool(&c->in, 0, "dry_run", &r->dry_run,
	    err)) != RH_OK ||
	    (rc = json_opt_i64(&c->in, 0, "timeout_seconds", 1, 86400,
	    &seconds, err)) != RH_OK ||
	    (rc = json_opt_i64(&c->in, 0, "priority", -1000, 1000, &priority,
	    err)) != RH_OK ||
	    (rc = json_opt_i64(&c->in, 0, "deadline_at", 0, INT64_MAX / 2 /
	    US_PER_S, &deadline, err)) != RH_OK ||
	    (rc = json_opt_i64(&c->in, 0, "max_attempts", 1, 100, &attempts,
	    err)) != RH_OK)
		return rc;
	r->timeout_us = seconds * US_PER_S;
	r->deadline_us = deadline * US_PER_S;
	r->priority = (int32_t)priority;
	r->max_failures = (int32_t)attempts;
	return RH_OK;
}

static size_t
length(const char *text)
{
	return text != NULL ? strlen(text) : 0;
}

#define FRAME_REST	(16 * 1024)	/* names, numbers, lengths */

/*
 * All of it goes to the worker in one message, with the plugin's
 * configuration and whatever checkpoint an attempt may leave.
 */
static rh_status
check_size(const struct create_args *a, struct err *err)
{
	const struct run_new *r = &a->run;
	size_t taken, size;

	taken = REPORT_CHECKPOINT_MAX + FRAME_REST;
	if (a->in != NULL)
		taken += a->in->handed;
	if (a->runner != NULL)
		taken += length(a->runner->plugin->config);
	size = length(r->command) + length(r->raw_args) + length(r->args) +
	    length(r->flags) + length(r->input) + length(r->metadata) +
	    length(r->action_id) + length(r->session_id) + length(r->labels);
	if (size + taken <= MESSAGE_MAX)
		return RH_OK;
	err_set(err, RH_ETOOBIG, "the run has %zu bytes of text, a worker "
	    "takes %zu", size, taken < MESSAGE_MAX ? MESSAGE_MAX - taken :
	    (size_t)0);
	return err_hint(err, "the plugin's configuration and a checkpoint "
	    "need their room");
}

static rh_status
take_wait(struct call *c, struct create_args *a, struct err *err)
{
	int64_t seconds = WAIT_DEFAULT;
	rh_status rc;

	if ((rc = json_opt_bool(&c->in, 0, "wait_for_completion", &a->wait,
	    err)) != RH_OK ||
	    (rc = json_opt_i64(&c->in, 0, "wait_seconds", 0, WAIT_MAX,
	    &seconds, err)) != RH_OK)
		return rc;
	if (!a->wait && json_member(&c->in, 0, "wait_seconds") >= 0)
		return err_set(err, RH_EINPUT, "body.wait_seconds: goes with "
		    "wait_for_completion");
	c->wait_us = a->wait ? seconds * US_PER_S : 0;
	return RH_OK;
}

static rh_status
no_api(const struct call *c, int name, struct err *err)
{
	struct buf names = { 0 };
	int i;

	for (i = 0; api_table[i] != NULL; i++)
		buf_printf(&names, "%s%s", i ? ", " : "", api_table[i]);
	err_set(err, RH_EINPUT, "body.available_apis: " STR_FMT " is nothing "
	    "that a run can give its plugin", STR_ARG(json_raw(&c->in, name)));
	err_hint(err, "one of %s", names.p);
	buf_fini(&names);
	return RH_EINPUT;
}

static rh_status
take_apis(struct call *c, struct create_args *a, struct err *err)
{
	int node = json_member(&c->in, 0, "available_apis"), name;
	struct str s;
	int64_t bit;
	bool given;

	a->apis = api_preset(&a->run.scope);
	if (json_type(&c->in, node) != JSON_OBJECT)
		return RH_OK;
	for (name = json_first(&c->in, node); name >= 0;
	    name = json_next(&c->in, name)) {
		if (!json_str(&c->in, name, &c->arena, &s) ||
		    (bit = api_bit(s)) == 0)
			return no_api(c, name, err);
		if (!json_bool(&c->in, json_value(&c->in, name), &given))
			return err_set(err, RH_EINPUT, "body.available_apis."
			    STR_FMT ": must be true or false", STR_ARG(s));
		a->apis = given ? a->apis | bit : a->apis & ~bit;
		a->asked = given ? a->asked | bit : a->asked & ~bit;
	}
	return RH_OK;
}

static void
take_runner(struct create_args *a)
{
	a->run.plugin = a->runner->plugin->id;
	a->run.runner = a->runner->name;
	a->run.idempotent = a->runner->idempotent;
	a->run.scope.runner = a->runner->runner_id;
}

/* A slash command says all of what runs. */
static rh_status
check_command(struct call *c, struct err *err)
{
	static const char *const others[] = { "runner", "runner_id",
		"action_id", "args" };
	size_t i;

	if (json_member(&c->in, 0, "command") < 0)
		return RH_OK;
	for (i = 0; i < ARRAY_LEN(others); i++) {
		if (json_member(&c->in, 0, others[i]) >= 0)
			return err_set(err, RH_EINPUT, "body.%s: \"command\" "
			    "says it already: give one of them", others[i]);
	}
	return RH_OK;
}

/* All zero: the host makes one. */
static rh_status
take_id(struct call *c, struct id *id, struct err *err)
{
	const char *text = call_text(c, "run_id");

	if (text == NULL)
		return RH_OK;
	if (c->caller.kind == CALLER_PLUGIN)
		return err_set(err, RH_EINPUT, "body.run_id: the host makes "
		    "the ids of runs that plugins make");
	if (id_parse(str_of(text), id) && !id_is_zero(id))
		return RH_OK;
	err_set(err, RH_EINPUT, "body.run_id: \"%s\" is no id for a run",
	    text);
	return err_hint(err, "a UUID, or \"run_\" and 32 hexadecimal digits; "
	    "or leave it out");
}

rh_status
run_create_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct create_args *a = arena_zalloc(&c->arena, sizeof *a);
	rh_status rc;

	c->args = a;
	if ((rc = check_command(c, err)) != RH_OK ||
	    (rc = take_id(c, &a->run.id, err)) != RH_OK ||
	    (rc = line_of_new(c, &a->run, err)) != RH_OK ||
	    (rc = input_take(c, &a->run, &a->in, err)) != RH_OK)
		return rc;
	rc = call_text(c, "command") != NULL ?
	    from_command(c, reg, a, err) : from_runner(c, reg, a, err);
	if (rc == RH_OK && a->runner != NULL)
		take_runner(a);
	if (rc != RH_OK || (rc = take_options(c, a, err)) != RH_OK ||
	    (rc = take_apis(c, a, err)) != RH_OK ||
	    (rc = take_wait(c, a, err)) != RH_OK || (a->in != NULL &&
	    (rc = input_check(c, a->in, &a->run, err)) != RH_OK))
		return rc;
	a->line = line_of(&c->arena, a->run.queue, a->run.labels);
	return check_size(a, err);
}

void
run_create_scope(const struct call *c, struct scope *s)
{
	const struct create_args *a = c->args;

	*s = (struct scope){ .runner = "" };
	if (a != NULL && a->run.scope.runner != NULL)
		*s = a->run.scope;
	s->owner = call_owner(c);
	s->line = a != NULL ? a->line : NULL;
}

int64_t *
run_create_apis(const struct call *c, struct scope *s, int64_t *asked)
{
	struct create_args *a = c->args;

	run_create_scope(c, s);
	*asked = a->asked;
	return &a->apis;
}

/* It belongs to who began the chain that made it. */
const char *
call_owner(const struct call *c)
{
	return c->caller.chain_len > 0 ? c->caller.chain[0] :
	    c->caller.principal;
}

static const char *
chain_json(struct call *c)
{
	struct buf b = { 0 };
	struct json_out j;
	const char *text;
	size_t i;

	jw_init(&j, &b);
	jw_array(&j);
	for (i = 0; i < c->caller.chain_len; i++)
		jw_text(&j, c->caller.chain[i]);
	jw_text(&j, c->caller.principal);
	jw_end_array(&j);
	text = arena_strdup(&c->arena, b.p);
	buf_fini(&b);
	return text;
}

static rh_status
check_quota(struct act *a, const struct run_new *r, struct err *err)
{
	int64_t limit = a->env->quota_live, live = 0, owner_no;
	rh_status rc;

	if ((rc = store_owner_find(a->db, r->scope.owner, &owner_no,
	    err)) != RH_OK)
		return rc;
	if (owner_no != 0)
		live = act_live_count(a, owner_no);
	if (limit == 0 || live < limit)
		return act_bytes_check(a, owner_no, r->scope.owner,
		    weight_run(r), err);
	err_set(err, RH_ERUNS, "\"%s\" has %lld live runs, the limit is %lld",
	    r->scope.owner, (long long)live, (long long)limit);
	return err_hint(err, "wait for one of the %lld runs to end, or raise "
	    "quota.live_runs, now %lld", (long long)live, (long long)limit);
}

/* A dry run says that the run would be made; it has one stage and ends. */
static rh_status
end_dry(struct act *a, struct call *c, int64_t run_no, struct err *err)
{
	struct event_new e = {
		.type = "host.progress", .at_us = a->now,
		.data = STR("{\"stage\":\"VALIDATING\",\"percent\":0,"
		    "\"message\":\"dry run: nothing is started\"}"),
	};
	struct run_end end = { .state = RUN_COMPLETED };
	struct run_live live;
	rh_status rc;

	if ((rc = store_run_note(a->db, run_no, &e, a->now, err)) != RH_OK ||
	    (rc = store_live_get(a->db, run_no, &c->arena, &live,
	    err)) != RH_OK)
		return rc;
	end.has_exit_code = true;
	end.reason = "dry run";
	end.stage = "VALIDATING";
	act_bytes(a, live.owner_no, weight_events(&e, 1));
	act_ended(a, &live, &end);
	return store_run_end(a->db, &live, &end, a->now, err);
}

static void
detail(struct act *a, struct call *c, const struct run_new *r)
{
	struct buf b = { 0 };
	struct json_out j;

	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "runner_id", r->scope.runner);
	jw_m_text(&j, "action_id", r->action_id);
	if (r->session_id != NULL)
		jw_m_text(&j, "session_id", r->session_id);
	if (r->queue != NULL)
		jw_m_text(&j, "queue_name", r->queue);
	if (r->pin != NULL)
		jw_m_text(&j, "requested_runtime_id", r->pin);
	if (r->dry_run)
		jw_m_bool(&j, "dry_run", true);
	if (r->has_apis)
		write_apis(&j, r->apis);
	jw_end_object(&j);
	act_detail(a, c, &b);
}

/* An id is taken once, whoever asks. */
static rh_status
check_id(struct act *a, struct call *c, const struct id *id, struct err *err)
{
	char text[ID_RUN_LEN];
	int64_t run_no;
	rh_status rc = store_run_find(a->db, id, &run_no, &c->arena, NULL,
	    err);

	if (rc == RH_ENOENT)
		return RH_OK;
	if (rc != RH_OK)
		return rc;
	err_set(err, RH_ECONFLICT, "run id \"%s\" is taken",
	    id_run(id, text));
	return err_hint(err, "to repeat a request safely, send an "
	    "Idempotency-Key");
}

/* A cancel for this key came first: the run is made and ends at once. */
static rh_status
cancelled_early(struct act *a, struct call *c, bool *early, struct err *err)
{
	const char *reason = NULL;
	rh_status rc;

	*early = false;
	if (c->key == NULL)
		return RH_OK;
	rc = store_early_cancel_take(a->db, c->caller.principal, c->key,
	    a->now, &c->arena, &reason, early, err);
	if (rc != RH_OK || !*early)
		return rc;
	return run_cancel_made(a, c, reason, err);
}

rh_status
run_create(struct act *a, struct call *c, struct err *err)
{
	struct create_args *args = c->args;
	struct run_new r = args->run;
	struct run_made *made = arena_zalloc(&c->arena, sizeof *made);
	struct run_made_in in;
	char id[ID_RUN_LEN];
	rh_status rc;

	run_create_scope(c, &r.scope);
	if (id_is_zero(&r.id))
		r.id = act_id(a);
	else if ((rc = check_id(a, c, &r.id, err)) != RH_OK)
		return rc;
	if ((args->in != NULL && (rc = input_fill(a, c, args->in, &r,
	    err)) != RH_OK) || (rc = check_quota(a, &r, err)) != RH_OK)
		return rc;
	r.chain = chain_json(c);
	r.created_us = a->now;
	r.max_losses = a->env->max_losses;
	r.apis = args->apis;
	r.has_apis = r.apis != api_preset(&r.scope);
	if (r.timeout_us == 0)
		r.timeout_us = a->env->timeout_us;
	r.talk = talk_of_new(&r, args->in != NULL);
	if (r.command != NULL)
		r.retention_us = a->env->command_retention_us;
	act_target(a, c, id_run(&r.id, id));
	detail(a, c, &r);
	if ((rc = store_run_insert(a->db, &r, &in, err)) != RH_OK ||
	    (args->in != NULL && !r.dry_run &&
	    (rc = input_keep(a, args->in, &in, err)) != RH_OK))
		return rc;
	act_bytes(a, in.owner_no, weight_run(&r));
	act_moved(a, &(struct run_kind){ .owner_no = in.owner_no,
	    .plugin = r.plugin, .runner_id = r.scope.runner,
	    .created_us = r.created_us }, 0, RUN_QUEUED);
	made->run_no = in.run_no;
	made->id = r.id;
	made->created_us = r.created_us;
	c->result = made;
	a->run_no = made->run_no;
	if (r.dry_run)
		return end_dry(a, c, made->run_no, err);
	if (args->wait) {
		c->wait_run = made->run_no;
		c->wait_id = made->id;
	}
	act_live(a, in.owner_no, 1);
	rc = cancelled_early(a, c, &made->cancelled, err);
	if (rc == RH_OK && !made->cancelled)
		act_queued(a, r.plugin, in.line_no);
	return rc;
}

void
run_create_render(const struct call *c, struct buf *b)
{
	const struct run_made *made = c->result;
	struct json_out j;
	char id[ID_RUN_LEN];

	jw_init(&j, b);
	jw_object(&j);
	jw_m_text(&j, "run_id", id_run(&made->id, id));
	jw_m_text(&j, "status", run_state_name(made->cancelled ?
	    RUN_CANCELLED : RUN_QUEUED));
	write_epoch(&j, "created_at", made->created_us);
	jw_end_object(&j);
}
