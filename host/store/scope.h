/*
 * The scope of a run: who and what it belongs to.  NULL is "none", and
 * matches only none.
 */
#ifndef STORE_SCOPE_H
#define STORE_SCOPE_H

#include <stdint.h>

struct json_doc;

/* Where it waits, or did, for who takes it. */
struct scope_line {
	const char *queue;	/* or NULL */
	const struct json_doc *labels;	/* object of texts, or NULL */
};

struct scope {
	const char *owner;
	const char *workspace;
	const char *bot;
	const char *conversation;
	const char *thread;
	const char *runner;	/* runner_id */
	const struct scope_line *line;	/* NULL: not looked up */
};

/* Where its row is. */
struct scope_ref {
	int64_t	scope_no, owner_no;
};

#endif
