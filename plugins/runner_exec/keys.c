/*
 * A function reads one value and says where it is wrong; what needs the whole
 * action is looked at behind its last line.
 */
#include "keys.h"

#include "template.h"

#include <string.h>

#define SUMMARY_MAX	300
#define TEXT_MAX	(16 * 1024)
#define NUMBER_MAX	(INT64_C(1) << 53)
#define TIMEOUT_MAX	86400
#define OUTPUT_MAX	(1024 * 1024 * 1024)

static bool
key_summary(struct reader *r)
{
	return read_string(r, &r->action->summary, SUMMARY_MAX);
}

static bool
is_absolute(struct reader *r, const char *what, const char *path,
    struct place place)
{
	const struct param p = { .type = PARAM_PATH };
	struct text why = { 0 };
	bool ok = param_check(&p, path, &why);

	text_free(&why);
	return ok || read_refuse(r, place, "%s is an absolute path, without "
	    "\".\", \"..\" and \"//\"", what);
}

static bool
one_argument(struct reader *r, void *arg)
{
	struct action *a = r->action;

	(void)arg;
	read_space(r);
	if (a->argc == ARGV_MAX)
		return read_refuse_here(r, "%d arguments are possible",
		    ARGV_MAX);
	a->argv_place[a->argc] = read_place(r, r->p);
	return read_string(r, &a->argv[a->argc++], TEXT_MAX);
}

static bool
key_argv(struct reader *r)
{
	struct action *a = r->action;
	struct place place;

	read_space(r);
	place = read_place(r, r->p);
	if (!read_list(r, one_argument, NULL))
		return false;
	if (a->argc == 0)
		return read_refuse(r, place, "the program is missing");
	if (strpbrk(a->argv[0], "{}") != NULL)
		return read_refuse(r, a->argv_place[0], "the program is what "
		    "is granted, so it can't be filled in");
	return is_absolute(r, "the program", a->argv[0], a->argv_place[0]);
}

static bool
key_cwd(struct reader *r)
{
	struct place place;

	read_space(r);
	place = read_place(r, r->p);
	return read_string(r, &r->action->cwd, TEXT_MAX) &&
	    is_absolute(r, "the directory", r->action->cwd, place);
}

static bool
key_timeout(struct reader *r)
{
	return read_number(r, &r->action->timeout_s, 1, TIMEOUT_MAX);
}

static bool
key_output_max(struct reader *r)
{
	return read_number(r, &r->action->output_max, 0, OUTPUT_MAX);
}

/* One of two words; the second is true. */
static bool
read_choice(struct reader *r, const char *no, const char *yes, bool *out)
{
	size_t len;
	const char *word = read_word(r, &len);

	*out = word_is(word, len, yes);
	if (*out || word_is(word, len, no))
		return true;
	r->p = word;
	return read_refuse_here(r, "here is %s or %s", no, yes);
}

static bool
key_stdin(struct reader *r)
{
	return read_choice(r, "none", "input", &r->action->input);
}

static bool
key_protocol(struct reader *r)
{
	return read_choice(r, "none", "lines", &r->action->lines);
}

struct codes {
	int	*code;
	size_t	*count;
};

static bool
one_code(struct reader *r, void *arg)
{
	struct codes *codes = arg;
	int64_t n;

	read_space(r);
	if (*codes->count == CODES_MAX)
		return read_refuse_here(r, "%d codes are possible", CODES_MAX);
	if (!read_number(r, &n, 0, 255))
		return false;
	codes->code[(*codes->count)++] = (int)n;
	return true;
}

static bool
key_success(struct reader *r)
{
	struct codes codes = { r->action->success, &r->action->success_count };

	return read_list(r, one_code, &codes);
}

static bool
key_retry(struct reader *r)
{
	struct codes codes = { r->action->retry, &r->action->retry_count };

	return read_list(r, one_code, &codes);
}

static bool
one_choice(struct reader *r, void *arg)
{
	struct param *p = arg;

	read_space(r);
	if (p->choice_count == CHOICES_MAX)
		return read_refuse_here(r, "%d choices are possible",
		    CHOICES_MAX);
	return read_string(r, &p->choices[p->choice_count++], SUMMARY_MAX);
}

static bool
read_type(struct reader *r, struct param *p)
{
	size_t len, i;
	const char *word = read_word(r, &len);

	for (i = 0; i < PARAM_TYPES; i++) {
		if (!word_is(word, len, param_types[i]))
			continue;
		p->type = (enum param_type)i;
		if (p->type != PARAM_ONE_OF)
			return true;
		return read_list(r, one_choice, p) && (p->choice_count > 0 ||
		    read_refuse_here(r, "the choices are missing"));
	}
	r->p = word;
	return read_refuse_here(r, "here is a type: string, integer, boolean, "
	    "path or one-of [\"a\", \"b\"]");
}

/* What follows the type, in any order; each once. */
static bool
read_rest(struct reader *r, struct param *p)
{
	const char *word;
	size_t len;

	while (!read_at_end(r)) {
		if (*r->p == '"') {
			if (p->summary != NULL)
				return read_refuse_here(r, "there is a "
				    "summary already");
			if (!read_string(r, &p->summary, SUMMARY_MAX))
				return false;
			continue;
		}
		word = read_word(r, &len);
		if (word_is(word, len, "default") && p->preset == NULL) {
			if (!read_string(r, &p->preset, TEXT_MAX))
				return false;
		} else if (word_is(word, len, "dash") && !p->dash) {
			p->dash = true;
		} else if (word_is(word, len, "min") &&
		    p->type == PARAM_INTEGER && p->min == INT64_MIN) {
			if (!read_number(r, &p->min, -NUMBER_MAX, NUMBER_MAX))
				return false;
		} else if (word_is(word, len, "max") &&
		    p->type == PARAM_INTEGER && p->max == INT64_MAX) {
			if (!read_number(r, &p->max, -NUMBER_MAX, NUMBER_MAX))
				return false;
		} else {
			r->p = word;
			return read_refuse_here(r, "here may be, once each: "
			    "default \"VALUE\", dash, \"SUMMARY\", and min N "
			    "and max N of an integer");
		}
	}
	return true;
}

static bool
check_preset(struct reader *r, const struct param *p, struct place place)
{
	struct text why = { 0 };
	bool ok = p->preset == NULL || param_check(p, p->preset, &why);

	if (!ok)
		read_refuse(r, place, "the default of \"%s\" %s", p->name,
		    why.p);
	text_free(&why);
	return ok;
}

static bool
key_param(struct reader *r)
{
	struct action *a = r->action;
	struct param *p = &a->params[a->param_count];
	struct place place;

	read_space(r);
	place = read_place(r, r->p);
	if (a->param_count == PARAMS_MAX)
		return read_refuse_here(r, "%d parameters are possible",
		    PARAMS_MAX);
	if (!read_name(r, &p->name))
		return false;
	if (!name_is(p->name, strlen(p->name)))
		return read_refuse(r, place, "parameters are in lower case");
	if (strcmp(p->name, "help") == 0)
		return read_refuse(r, place, "\"help\" shows the action");
	if (action_param(a, p->name, strlen(p->name)) >= 0)
		return read_refuse(r, place, "there is a parameter \"%s\" "
		    "already", p->name);
	a->param_place[a->param_count] = place;
	p->min = INT64_MIN;
	p->max = INT64_MAX;
	if (!read_char(r, '=') || !read_type(r, p) || !read_rest(r, p))
		return false;
	if (p->min > p->max)
		return read_refuse(r, place, "min is above max");
	if (!check_preset(r, p, place))
		return false;
	a->param_count++;
	return true;
}

/* Those that say which code a program is made of are nobody's to set. */
static bool
is_taken(const char *name)
{
	static const char *const prefixes[] = {
		"LD_", "MALLOC_", "GLIBC_", "RUNHOST_",
	};
	size_t i;

	for (i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

static bool
key_env(struct reader *r)
{
	struct action *a = r->action;
	struct variable *v = &a->env[a->env_count];
	size_t i;

	read_space(r);
	if (a->env_count == ENV_MAX)
		return read_refuse_here(r, "%d variables are possible",
		    ENV_MAX);
	v->place = read_place(r, r->p);
	if (!read_name(r, &v->name))
		return false;
	if (strchr(v->name, '-') != NULL || is_taken(v->name))
		return read_refuse(r, v->place, "the variable \"%s\" can't "
		    "be set here", v->name);
	for (i = 0; i < a->env_count; i++)
		if (strcmp(a->env[i].name, v->name) == 0)
			return read_refuse(r, v->place, "there is a variable "
			    "\"%s\" already", v->name);
	if (!read_char(r, '='))
		return false;
	read_space(r);
	v->place = read_place(r, r->p);
	if (!read_string(r, &v->value, TEXT_MAX))
		return false;
	a->env_count++;
	return true;
}

static const struct key {
	const char *name;
	bool	(*read)(struct reader *);
	bool	named;		/* a name follows, and there may be several */
} keys[] = {
	{ "summary",	key_summary,	false },
	{ "argv",	key_argv,	false },
	{ "cwd",	key_cwd,	false },
	{ "env",	key_env,	true },
	{ "param",	key_param,	true },
	{ "stdin",	key_stdin,	false },
	{ "timeout",	key_timeout,	false },
	{ "success",	key_success,	false },
	{ "retry",	key_retry,	false },
	{ "output_max",	key_output_max,	false },
	{ "protocol",	key_protocol,	false },
};
#define KEYS	(sizeof keys / sizeof keys[0])

bool
read_key(struct reader *r)
{
	size_t len, i;
	const char *word = read_word(r, &len);

	for (i = 0; i < KEYS && !word_is(word, len, keys[i].name); i++)
		continue;
	if (i == KEYS) {
		r->p = word;
		return read_refuse_here(r, "here is one of summary argv cwd "
		    "env param stdin timeout success retry output_max "
		    "protocol");
	}
	if (keys[i].named)
		return keys[i].read(r);
	if ((r->seen & 1u << i) != 0) {
		r->p = word;
		return read_refuse_here(r, "\"%s\" is there already",
		    keys[i].name);
	}
	r->seen |= 1u << i;
	return read_char(r, '=') && keys[i].read(r);
}

/* Places must be filled by parameters; used: a bit each. */
static bool
check_template(struct reader *r, const char *text, struct place place,
    unsigned *used)
{
	struct piece piece;
	int more, which;

	while ((more = template_next(&text, &piece)) > 0) {
		if (!piece.is_place)
			continue;
		which = action_param(r->action, piece.p, piece.len);
		if (which < 0)
			return read_refuse(r, place, "there is no parameter "
			    "\"%.*s\" to fill in", (int)piece.len, piece.p);
		*used |= 1u << which;
	}
	return more == 0 || read_refuse(r, place, "a brace stands alone: a "
	    "place is {name}, and braces are written {{ and }}");
}

bool
check_action(struct reader *r)
{
	struct action *a = r->action;
	unsigned used = 0;
	size_t i;

	if (a == NULL)
		return true;
	if (a->argc == 0)
		return read_refuse(r, a->place, "action \"%s\" has no argv",
		    a->name);
	for (i = 1; i < a->argc; i++)
		if (!check_template(r, a->argv[i], a->argv_place[i], &used))
			return false;
	for (i = 0; i < a->env_count; i++)
		if (!check_template(r, a->env[i].value, a->env[i].place,
		    &used))
			return false;
	for (i = 0; i < a->param_count; i++)
		if ((used & 1u << i) == 0)
			return read_refuse(r, a->param_place[i], "nothing "
			    "uses the parameter \"%s\"", a->params[i].name);
	return true;
}
