/*
 * The table of forms and the little scanners behind it.
 */
#include "plugin/form.h"

#include "base/mem.h"

#include <assert.h>

#define IDENT_MAX	63

/* Ids that are, or would look like, somebody else's. */
static const char *const reserved_ids[] = {
	"host", "fs", "net", "proc", "env", "secret", "admin", "amplify",
	"limit",
};
/* The vendor of the plugins that come with runhost. */
static const char reserved_vendor[] = "runhost.";

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_letter(char c)
{
	return is_lower(c) || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_reserved(struct str id)
{
	size_t i, len = sizeof reserved_vendor - 1;

	for (i = 0; i < ARRAY_LEN(reserved_ids); i++) {
		if (str_is(id, reserved_ids[i]))
			return true;
	}
	return id.len >= len && memcmp(id.p, reserved_vendor, len) == 0;
}

static const char *
check_id(struct str s)
{
	if (!str_ident(s))
		return "is not of the form [a-z][a-z0-9._-]{0,62}";
	if (is_reserved(s))
		return "is a reserved id";
	return NULL;
}

static const char *
check_version(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return "is not a version like \"1.0.0\"";
	}
	return s.len > 0 ? NULL : "is empty";
}

static const char *
check_line(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return "is not one line";
	}
	return NULL;
}

static const char *
check_runner(struct str s)
{
	return str_ident(s) ? NULL :
	    "is not of the form [a-z][a-z0-9._-]{0,62}";
}

/* One dot, in the middle; what stands before is no capability's word. */
static const char *
check_action(struct str s)
{
	static const char wrong[] = "is not of the form \"word.verb\"";
	const char *dot;
	struct str word;

	if (!str_ident(s) || (dot = memchr(s.p, '.', s.len)) == NULL)
		return wrong;
	word = (struct str){ s.p, (size_t)(dot - s.p) };
	if (!is_lower(dot[1]) ||
	    memchr(dot + 1, '.', s.len - word.len - 1) != NULL)
		return wrong;
	return is_reserved(word) ? "begins with a reserved word" : NULL;
}

static const char *
check_word(struct str s)
{
	static const char wrong[] = "is not a word of letters, digits, \"_\", "
	    "\"-\" that begins with a letter";
	size_t i;

	if (s.len == 0 || !is_letter(s.p[0]))
		return wrong;
	for (i = 1; i < s.len; i++) {
		if (!is_letter(s.p[i]) && !is_digit(s.p[i]) &&
		    s.p[i] != '_' && s.p[i] != '-')
			return wrong;
	}
	return NULL;
}

static const char *
check_command(struct str s)
{
	if (s.len < 2 || s.p[0] != '/' ||
	    check_word((struct str){ s.p + 1, s.len - 1 }) != NULL)
		return "is not of the form \"/word\"";
	return NULL;
}

static const char *
check_want(struct str s)
{
	return s.len > 0 ? check_line(s) : "is empty";
}

static const struct {
	size_t	max;
	const char *too_long;
	const char *(*check)(struct str);
} forms[FORM_END] = {
#define LIMIT(n)	(n), "is longer than " #n " bytes"
	[FORM_ID] =	 { LIMIT(63), check_id },
	[FORM_VERSION] = { LIMIT(64), check_version },
	[FORM_LINE] =	 { LIMIT(500), check_line },
	[FORM_RUNNER] =	 { LIMIT(63), check_runner },
	[FORM_ACTION] =	 { LIMIT(63), check_action },
	[FORM_COMMAND] = { LIMIT(64), check_command },
	[FORM_WORD] =	 { LIMIT(63), check_word },
	[FORM_WANT] =	 { LIMIT(4200), check_want },
#undef LIMIT
};

size_t
form_max(enum form form)
{
	assert(form > FORM_UNSET && form < FORM_END);
	return forms[form].max;
}

const char *
form_check(enum form form, struct str text)
{
	if (text.len > form_max(form))
		return forms[form].too_long;
	if (!str_utf8(text.p, text.len))
		return "is not UTF-8";
	return forms[form].check(text);
}

bool
form_quotable(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (s.p[i] < ' ' || s.p[i] > '~' || s.p[i] == '"')
			return false;
	}
	return s.len <= IDENT_MAX + 1;
}
