/*
 * Shows replies: fields of objects as text, lists of objects as tables, one
 * object as lines.
 */
#ifndef CLI_REPLY_H
#define CLI_REPLY_H

#include "cli/cli.h"
#include "cli/door.h"

/* How a field is shown. */
enum show {
	SHOW_END,		/* ends a table of columns */
	SHOW_TEXT,		/* strings as they are, the rest as JSON */
	SHOW_TIME,		/* epoch seconds, or ISO 8601 */
	SHOW_SECONDS,		/* a duration */
	SHOW_BOOL,		/* yes, no */
	SHOW_LIST,		/* strings of an array, comma-separated */
	SHOW_COUNT,		/* elements of an array */
	SHOW_MEMBERS,		/* name=value of an object; nulls left out */
	SHOW_TEXT_NONE,		/* as SHOW_TEXT; "none" rather than no line */
	SHOW_LIST_NONE,		/* as SHOW_LIST, likewise */
	SHOW_SHORT		/* first twelve characters: digests */
};

struct column {
	const char *head;
	const char *field;
	enum show show;
};

/*
 * The field as text in the reply's arena; NULL when absent or null.
 * "detail.mode" is a field of a field.
 */
const char	*reply_text(struct reply *, int obj, const char *field);
/* The same, "-" when absent. */
const char	*reply_word(struct reply *, int obj, const char *field);
int64_t		 reply_i64(struct reply *, int obj, const char *field,
		    int64_t absent);
bool		 reply_bool(struct reply *, int obj, const char *field);
const char	*reply_show(struct reply *, int obj, const struct column *);

/* Rows of the array that is called field. */
void		 reply_table(const struct cli *, struct reply *,
		    const char *field, const struct column *);
/* "HEAD  value" lines of one object; absent ones are left out. */
void		 reply_lines(const struct cli *, struct reply *, int obj,
		    const struct column *);
/* How to get the rest, when the reply has a next_cursor. */
void		 reply_more(const struct cli *, struct reply *,
		    const char *option);

/*
 * Opens the door, calls the action, prints the reply as JSON or by show(),
 * and answers the exit code.
 */
int		 call_action(const struct cli *, const char *action,
		    const char *body,
		    void (*show)(const struct cli *, struct reply *));

/* cmd_plugin_rights.c: what plugin_get says of a plugin's grants. */
void		 show_rights(const struct cli *, struct reply *);

/* A body made of members whose value isn't NULL; the caller frees. */
struct member {
	const char *name;	/* ended by a NULL name */
	const char *text;	/* as string */
	const char *raw;	/* as JSON, when text is NULL */
};
char		*body_of(const struct member *);

#endif
