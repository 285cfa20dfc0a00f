/*
 * The forms of names and texts that a plugin may give, in one place: for its
 * entry, judged in the worker, and for its description, judged by the host,
 * which does not believe a worker.
 */
#ifndef PLUGIN_FORM_H
#define PLUGIN_FORM_H

#include "base/str.h"

#define FORM_LIST_MAX		256	/* elements of any list */
#define FORM_SCHEMA_MAX		(64 * 1024)
#define FORM_DESCRIPTION_MAX	(1024 * 1024)

enum form {
	FORM_UNSET,
	FORM_ID,		/* of a plugin; the reserved ones are refused */
	FORM_VERSION,		/* of a plugin */
	FORM_LINE,		/* one line for people */
	FORM_RUNNER,		/* [a-z][a-z0-9._-]{0,62} */
	FORM_ACTION,		/* "word.verb" */
	FORM_COMMAND,		/* "/word" */
	FORM_WORD,		/* what may follow a command */
	FORM_WANT,		/* a permission or capability */
	FORM_END
};

/* NULL if text is of the form; else what is wrong, as "is not UTF-8". */
const char	*form_check(enum form, struct str text);

/* Most bytes of a text of this form. */
size_t		form_max(enum form);

/* Printable ASCII of moderate length: may be quoted in a message. */
bool		form_quotable(struct str);

#endif
