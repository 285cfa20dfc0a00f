/*
 * The runner "exec": runs programs that an admin listed in a manifest
 * (docs/exec-runner.md).  No shell, unless the manifest names one.
 */
#include <runhost/easy.h>

#include "grants.h"
#include "manifest.h"
#include "show.h"
#include "source.h"
#include "values.h"
#include "work.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#define EXIT_REFUSED	2	/* nothing was started */
#define ERROR_MAX	(16 * 1024)	/* of an outcome */
#define OUTPUT_MAX	(1024 * 1024)
#define FIXED_ENV	7	/* variables that the action doesn't name */

struct job {
	const struct rh_host *host;
	const struct rh_invocation *inv;
	const struct action *action;
	struct text why;
};

/* Programs may have said anything, but an outcome is UTF-8, and not long. */
static struct rh_text
clean(struct text *t, size_t max)
{
	size_t i, n;

	if (t->len > max) {
		t->len = max;
		t->len -= utf8_cut(t->p, t->len);
	}
	for (i = 0; i < t->len; i += n) {
		n = utf8_len(t->p + i, t->len - i);
		if (n == 0 || t->p[i] == '\0') {
			t->p[i] = '?';
			n = 1;
		}
	}
	return (struct rh_text){ t->p, t->len };
}

static void
refuse(struct job *j)
{
	struct rh_outcome o = rh_outcome_of(RH_FAILED);

	o.exit_code = EXIT_REFUSED;
	o.error = clean(&j->why, ERROR_MAX);
	j->host->finish(j->inv->handle, &o);
}

static void
complete_with(struct job *j, struct text *output)
{
	struct rh_outcome o = rh_outcome_of(RH_COMPLETED);

	o.output = clean(output, OUTPUT_MAX);
	j->host->finish(j->inv->handle, &o);
	text_free(output);
}

static bool
is_among(const int *codes, size_t n, int code)
{
	while (n-- > 0)
		if (codes[n] == code)
			return true;
	return false;
}

/* 0 is success unless the action lists others. */
static bool
succeeded(const struct work *w)
{
	const struct action *a = w->action;

	if (w->code != CLD_EXITED)
		return false;
	return a->success_count > 0 ?
	    is_among(a->success, a->success_count, w->status) :
	    w->status == 0;
}

static void
add_metadata(const struct work *w, struct text *out)
{
	const char *name = sigabbrev_np(w->status);

	if (w->code == CLD_EXITED)
		text_printf(out, "{\"exit_code\":%d", w->status);
	else
		text_printf(out, "{\"signal\":\"SIG%s\"",
		    name != NULL ? name : "?");
	text_printf(out, ",\"truncated\":%s", w->cut ? "true" : "false");
	if (w->protocol.bad > 0)
		text_printf(out, ",\"bad_lines\":%u", w->protocol.bad);
	text_adds(out, "}");
}

static void
judge_exit(struct work *w, struct rh_outcome *o, struct text *error)
{
	const struct action *a = w->action;
	const char *name;

	if (succeeded(w))
		return;
	if (w->code != CLD_EXITED) {
		name = sigabbrev_np(w->status);
		o->exit_code = 128 + w->status;
		text_printf(error, "killed SIG%s", name != NULL ? name : "?");
	} else {
		o->exit_code = w->status;
		text_printf(error, "exited %d", w->status);
		o->retryable = is_among(a->retry, a->retry_count, w->status);
	}
	o->kind = w->code == CLD_EXITED && w->status == RH_EXIT_TIMEOUT ?
	    RH_TIMEOUT : RH_FAILED;
	if (o->exit_code == 0)
		o->exit_code = 1;	/* 0 isn't among its successes */
	if (w->protocol.has_error)
		text_printf(error, ": %.*s", (int)w->protocol.error.len,
		    w->protocol.error.p);
}

static void
judge_timeout(const struct work *w, struct rh_outcome *o, struct text *error)
{
	o->kind = RH_TIMEOUT;
	o->exit_code = RH_EXIT_TIMEOUT;
	text_printf(error, "stopped at the time-out of action \"%s\", %lld s",
	    w->action->name, (long long)w->action->timeout_s);
}

static void
finish(struct work *w)
{
	struct rh_outcome o = rh_outcome_of(RH_COMPLETED);
	struct text error = { 0 }, metadata = { 0 };

	if (w->stop == STOP_HOST) {
		rh_finish_as_stopped(w->host, w->inv);
		return;
	}
	add_metadata(w, &metadata);
	if (w->stop == STOP_TIMEOUT)
		judge_timeout(w, &o, &error);
	else
		judge_exit(w, &o, &error);
	o.error = clean(&error, ERROR_MAX);
	o.metadata = (struct rh_text){ metadata.p, metadata.len };
	if (w->protocol.has_result)
		o.output = clean(&w->protocol.result, OUTPUT_MAX);
	w->host->finish(w->inv->handle, &o);
	text_free(&error);
	text_free(&metadata);
}

static void
add_env(char **env, size_t *n, const char *name, struct rh_text value)
{
	struct text t = { 0 };

	text_printf(&t, "%s=%.*s", name, (int)value.len,
	    value.len > 0 ? value.p : "");
	env[(*n)++] = text_take(&t);
}

/* What programs of the protocol know of their run. */
static void
add_run_env(const struct rh_invocation *inv, char **env, size_t *n)
{
	char attempt[16];
	int len = snprintf(attempt, sizeof attempt, "%u", inv->attempt);

	add_env(env, n, "RUNHOST_RUN_ID", inv->run_id);
	add_env(env, n, "RUNHOST_ATTEMPT",
	    (struct rh_text){ attempt, (uint64_t)len });
	if (inv->checkpoint_name.len == 0)
		return;
	add_env(env, n, "RUNHOST_CHECKPOINT_NAME", inv->checkpoint_name);
	add_env(env, n, "RUNHOST_CHECKPOINT", inv->checkpoint);
}

static bool
has_env(char *const *env, const char *name)
{
	size_t len = strlen(name);

	for (; *env != NULL; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
			return true;
	return false;
}

static void
make_env(const struct job *j, const struct values *v, char **env)
{
	size_t n = 0;

	values_env(j->action, v, env, &n);
	if (!has_env(env, "PATH"))
		add_env(env, &n, "PATH", rh_text_of("/usr/bin:/bin"));
	if (!has_env(env, "LC_ALL"))
		add_env(env, &n, "LC_ALL", rh_text_of("C.UTF-8"));
	if (j->action->lines)
		add_run_env(j->inv, env, &n);
}

static void
run_program(struct job *j, const struct values *v)
{
	struct work w = {
		.host = j->host, .inv = j->inv, .action = j->action,
	};
	char *argv[ARGV_MAX + 1] = { NULL };
	char *env[ENV_MAX + FIXED_ENV + 1] = { NULL };

	if (values_argv(j->action, v, argv, &j->why)) {
		make_env(j, v, env);
		if (work_run(&w, argv, env, &j->why))
			finish(&w);
		work_free(&w);
	}
	strings_free(argv);
	strings_free(env);
}

static bool
is_granted(struct job *j)
{
	const struct action *a = j->action;

	return grant_held(j->host, j->inv, "proc.exec", a->argv[0],
	    &j->why) && (strcmp(a->cwd, "/") == 0 ||
	    grant_held(j->host, j->inv, "fs.read", a->cwd, &j->why));
}

/* What the command asks for; it has ended, or why says why not. */
static void
carry_out(struct job *j, const struct manifest *m)
{
	struct rh_text word = j->inv->action_id;
	struct values v = { 0 };
	struct text shown = { 0 };

	if (word.len == 0) {
		show_actions(m, &shown);
		complete_with(j, &shown);
		return;
	}
	j->action = manifest_find(m, word.p, word.len);
	if (j->action == NULL) {
		text_printf(&j->why, "there is no action \"%.*s\"; \"/exec\" "
		    "lists those that are", (int)word.len, word.p);
	} else if (values_want_help(j->inv)) {
		show_action(j->action, &shown);
		complete_with(j, &shown);
	} else if (values_take(j->action, j->inv, &v, &j->why) &&
	    is_granted(j)) {
		run_program(j, &v);
	}
	values_free(&v);
}

static void
run(const struct rh_invocation *inv, const struct rh_host *host)
{
	struct job j = { .host = host, .inv = inv };
	struct manifest *m = source_load(host, inv, &j.why);

	if (m != NULL)
		carry_out(&j, m);
	if (j.why.len > 0)
		refuse(&j);
	text_free(&j.why);
	manifest_free(m);
}

static const struct rh_runner exec_runner = {
	.size = sizeof exec_runner,
	.name = "exec",
	.summary = "Runs programs that an admin has listed",
	.run = run,
};
static const struct rh_runner *const runners[] = { &exec_runner, NULL };

static const char *const examples[] = {
	"/exec", "/exec count --help", "/exec count 10", NULL,
};
static const struct rh_command command = {
	.size = sizeof command,
	.flags = RH_COMMAND_ANY_ACTION,
	.name = "/exec",
	.summary = "Runs a program; alone it lists them",
	.runner = "exec",
	.examples = examples,
};
static const struct rh_command *const commands[] = { &command, NULL };

RH_PLUGIN(0,
	.flags = RH_PLUGIN_STATELESS,
	.id = "exec",
	.version = "1.0.0",
	.summary = "A runner for programs in any language",
	.runners = runners,
	.commands = commands,
);
