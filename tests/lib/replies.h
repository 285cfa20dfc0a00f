/*
 * What the replies of actions hold, and which errors they have of their own,
 * for the printed pages.  The scenarios read the pages, and compare every
 * reply that they get.
 */
#ifndef LIB_REPLIES_H
#define LIB_REPLIES_H

/* A record that several replies hold. */
struct shape {
	const char *name;
	const char *about;
	const struct shape_field {
		const char *name, *text;
	} *fields;		/* ended by a NULL name */
};
extern const struct shape shape_table[];	/* ended by a NULL name */

/*
 * Members of a reply, in words: "name", "name?" for one that isn't always
 * there, "name[shape]" for a list of records, "@shape" for all members of
 * one, "null" for a reply that may be null.
 */
struct reply_words {
	const char *action;
	const char *members;
	const char *errors;	/* reason codes, but those that any may have */
};
extern const struct reply_words action_replies[];	/* ended by a NULL action */

#endif
