/*
 * By name first, then by order: each parameter is taken once, and one that has
 * neither value nor preset is named.
 */
#include "values.h"

#include <runhost/easy.h>

#include "json.h"
#include "template.h"

#include <stdlib.h>
#include <string.h>

struct take {
	const struct action *action;
	struct values *values;
	struct text *why;
};

/* What the caller said is shown in part, and never as an option. */
#define SHOWN	64

static bool
set(struct take *t, int which, const char *value, const char *from)
{
	struct values *v = t->values;
	const struct param *p = &t->action->params[which];
	struct text form = { 0 };
	bool ok;

	if (v->value[which] != NULL) {
		text_printf(t->why, "parameter \"%s\" is given twice: as %s "
		    "and as %s", p->name, v->from[which], from);
		return false;
	}
	ok = param_check(p, value, &form);
	if (!ok)
		text_printf(t->why, "parameter \"%s\" %s", p->name, form.p);
	text_free(&form);
	if (ok && (v->value[which] = strdup(value)) == NULL)
		abort();
	v->from[which] = from;
	return ok;
}

static bool
unknown(struct take *t, const char *name, size_t len, const char *from)
{
	size_t i;

	text_printf(t->why, "action \"%s\" has no parameter \"%.*s\" (%s)",
	    t->action->name, (int)(len < SHOWN ? len : SHOWN), name, from);
	for (i = 0; i < t->action->param_count; i++)
		text_printf(t->why, "%s%s", i > 0 ? ", " : "; there are ",
		    t->action->params[i].name);
	return false;
}

static int
next_free(const struct take *t)
{
	size_t i;

	for (i = 0; i < t->action->param_count; i++)
		if (t->values->value[i] == NULL)
			return (int)i;
	return -1;
}

/* "--name=value"; anything else that begins so needs a "--" before it. */
static bool
take_named(struct take *t, const char *arg)
{
	size_t len = strcspn(arg + 2, "=");
	int which = action_param(t->action, arg + 2, len);

	if (which < 0)
		return unknown(t, arg + 2, len, "an argument; behind \"--\" "
		    "it would be a value");
	if (arg[2 + len] != '=') {
		text_printf(t->why, "write \"--%.*s=VALUE\"", (int)len,
		    arg + 2);
		return false;
	}
	return set(t, which, arg + 2 + len + 1, "an argument");
}

static bool
take_args(struct take *t, struct rh_text args)
{
	struct json_walk w;
	struct rh_text key, value;
	struct text text = { 0 };
	bool ok = true, plain = false;
	int which;

	if (!walk_begin(&w, args))
		return true;
	while (ok && walk_next(&w, &key, &value)) {
		if (!json_text(value, &text)) {
			text_adds(t->why, "an argument is no text");
			ok = false;
		} else if (!plain && strcmp(text.p, "--") == 0) {
			plain = true;
		} else if (!plain && strncmp(text.p, "--", 2) == 0) {
			ok = take_named(t, text.p);
		} else if ((which = next_free(t)) < 0) {
			text_printf(t->why, "one argument too many: \"%.*s\"; "
			    "action \"%s\" has %zu parameters", SHOWN, text.p,
			    t->action->name, t->action->param_count);
			ok = false;
		} else {
			ok = set(t, which, text.p, "an argument");
		}
	}
	text_free(&text);
	return ok;
}

static bool
take_members(struct take *t, struct rh_text json, const char *from)
{
	struct json_walk w;
	struct rh_text key, value;
	struct text name = { 0 }, text = { 0 };
	bool ok = true;
	int which;

	if (!walk_begin(&w, json))
		return true;
	while (ok && walk_next(&w, &key, &value)) {
		if (!json_text(key, &name))
			text_clear(&name), text_adds(&name, "?");
		which = action_param(t->action, name.p, name.len);
		if (which < 0) {
			ok = unknown(t, name.p, name.len, from);
		} else if (!json_text(value, &text)) {
			text_printf(t->why, "parameter \"%s\" is neither a "
			    "text, a number nor true or false", name.p);
			ok = false;
		} else {
			ok = set(t, which, text.p, from);
		}
	}
	text_free(&name);
	text_free(&text);
	return ok;
}

static bool
take_input(struct take *t, struct rh_text input)
{
	if (t->action->input || input.len == 0 || rh_text_is(input, "null"))
		return true;
	if (*rh_json_space(input.p, input.p + input.len) == '{')
		return take_members(t, input, "a member of the input");
	text_printf(t->why, "the input is no object with parameters of "
	    "action \"%s\"; only actions with stdin = input take others",
	    t->action->name);
	return false;
}

static bool
take_presets(struct take *t)
{
	const struct param *p;
	struct text form = { 0 };
	size_t i;

	for (i = 0; i < t->action->param_count; i++) {
		p = &t->action->params[i];
		if (t->values->value[i] != NULL)
			continue;
		if (p->preset == NULL) {
			param_form(p, &form);
			text_printf(t->why, "parameter \"%s\" of action "
			    "\"%s\" is missing: %s", p->name,
			    t->action->name, form.p);
			text_free(&form);
			return false;
		}
		set(t, (int)i, p->preset, NULL);
	}
	return true;
}

bool
values_take(const struct action *a, const struct rh_invocation *inv,
    struct values *values, struct text *why)
{
	struct take t = { a, values, why };

	/* By name first, so that arguments fill what is left. */
	return take_members(&t, inv->flags, "a flag") &&
	    take_input(&t, inv->input) && take_args(&t, inv->args) &&
	    take_presets(&t);
}

void
values_free(struct values *v)
{
	size_t i;

	for (i = 0; i < PARAMS_MAX; i++)
		free(v->value[i]);
	memset(v, 0, sizeof *v);
}

/* Where a caller's value could be read as an option it must be allowed. */
static bool
may_begin(const struct action *a, const struct values *v, int which)
{
	return v->from[which] == NULL || a->params[which].dash ||
	    v->value[which][0] != '-';
}

static bool
fill(const struct action *a, const struct values *v, const char *template,
    struct text *out, struct text *why)
{
	struct piece piece;
	int which;

	text_add(out, "", 0);
	while (template_next(&template, &piece) > 0) {
		if (!piece.is_place) {
			text_add(out, piece.p, piece.len);
			continue;
		}
		which = action_param(a, piece.p, piece.len);
		if (why != NULL && out->len == 0 && !may_begin(a, v, which)) {
			text_printf(why, "parameter \"%s\" begins with \"-\", "
			    "which the program could take for an option",
			    a->params[which].name);
			return false;
		}
		text_adds(out, v->value[which]);
	}
	return true;
}

bool
values_argv(const struct action *a, const struct values *v, char **argv,
    struct text *why)
{
	struct text word = { 0 };
	size_t i;

	text_adds(&word, a->argv[0]);
	argv[0] = text_take(&word);
	for (i = 1; i < a->argc; i++) {
		if (!fill(a, v, a->argv[i], &word, why)) {
			text_free(&word);
			return false;
		}
		argv[i] = text_take(&word);
	}
	return true;
}

void
values_env(const struct action *a, const struct values *v, char **env,
    size_t *n)
{
	struct text word = { 0 }, value = { 0 };
	size_t i;

	for (i = 0; i < a->env_count; i++) {
		fill(a, v, a->env[i].value, &value, NULL);
		text_printf(&word, "%s=%s", a->env[i].name, value.p);
		text_free(&value);
		env[(*n)++] = text_take(&word);
	}
}

void
strings_free(char **s)
{
	for (; *s != NULL; s++)
		free(*s);
}

bool
values_want_help(const struct rh_invocation *inv)
{
	struct json_walk w;
	struct rh_text key, value;

	if (rh_json_member(inv->flags, "help", &value))
		return true;
	return walk_begin(&w, inv->args) && walk_next(&w, &key, &value) &&
	    rh_text_is(value, "\"--help\"");
}
