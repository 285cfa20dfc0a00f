/*
 * The scope of a run: who and what it belongs to.  NULL is "none", and
 * matches only none.
 */
#ifndef STORE_SCOPE_H
#define STORE_SCOPE_H

#include <stdint.h>

struct scope {
	const char *owner;
	const char *workspace;
	const char *bot;
	const char *conversation;
	const char *thread;
	const char *runner;	/* runner_id */
};

/* Where its row is. */
struct scope_ref {
	int64_t	scope_no, owner_no;
};

#endif
