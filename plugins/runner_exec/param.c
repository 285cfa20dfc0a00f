/*
 * A table of types: what each is called, and how a value is judged.
 */
#include "param.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const param_types[PARAM_TYPES] = {
	[PARAM_STRING] = "string", [PARAM_INTEGER] = "integer",
	[PARAM_BOOLEAN] = "boolean", [PARAM_PATH] = "path",
	[PARAM_ONE_OF] = "one-of",
};

/* One spelling a number: no sign but "-", no zeros before it. */
static bool
check_integer(const struct param *p, const char *s)
{
	const char *digits = s + (*s == '-');
	size_t len = strlen(digits);
	int64_t n;

	if (len == 0 || len > 18 || strspn(digits, "0123456789") != len ||
	    (digits[0] == '0' && (len > 1 || digits != s)))
		return false;
	n = strtoll(s, NULL, 10);
	return n >= p->min && n <= p->max;
}

static bool
check_boolean(const struct param *p, const char *s)
{
	(void)p;
	return strcmp(s, "true") == 0 || strcmp(s, "false") == 0;
}

/* Absolute, and each part goes down. */
static bool
check_path(const struct param *p, const char *s)
{
	size_t len;

	(void)p;
	if (strcmp(s, "/") == 0)
		return true;
	while (*s == '/') {
		len = strcspn(++s, "/");
		if (len == 0 || (len == 1 && s[0] == '.') ||
		    (len == 2 && s[0] == '.' && s[1] == '.'))
			return false;
		s += len;
		if (*s == '\0')
			return true;
	}
	return false;
}

static bool
check_choice(const struct param *p, const char *s)
{
	size_t i;

	for (i = 0; i < p->choice_count; i++)
		if (strcmp(p->choices[i], s) == 0)
			return true;
	return false;
}

static bool (*const checks[PARAM_TYPES])(const struct param *,
    const char *) = {
	[PARAM_INTEGER] = check_integer, [PARAM_BOOLEAN] = check_boolean,
	[PARAM_PATH] = check_path, [PARAM_ONE_OF] = check_choice,
};

static const char *const forms[PARAM_TYPES] = {
	[PARAM_STRING] = "a text", [PARAM_INTEGER] = "a whole number",
	[PARAM_BOOLEAN] = "true or false",
	[PARAM_PATH] = "an absolute path without \".\" and \"..\"",
};

void
param_form(const struct param *p, struct text *out)
{
	size_t i;

	if (p->type == PARAM_ONE_OF) {
		text_adds(out, "one of");
		for (i = 0; i < p->choice_count; i++)
			text_printf(out, "%s \"%s\"", i > 0 ? "," : "",
			    p->choices[i]);
		return;
	}
	text_adds(out, forms[p->type]);
	if (p->min != INT64_MIN)
		text_printf(out, " from %" PRId64, p->min);
	if (p->max != INT64_MAX)
		text_printf(out, " up to %" PRId64, p->max);
}

bool
param_check(const struct param *p, const char *value, struct text *why)
{
	if (strlen(value) > VALUE_MAX) {
		text_printf(why, "has more than %d bytes", VALUE_MAX);
		return false;
	}
	if (checks[p->type] == NULL || checks[p->type](p, value))
		return true;
	text_printf(why, "\"%.100s%s\" is not ", value,
	    strlen(value) > 100 ? "..." : "");
	param_form(p, why);
	return false;
}
