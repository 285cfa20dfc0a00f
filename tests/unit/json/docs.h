/*
 * Documents that several JSON tests walk through, each with what is to
 * come of it.
 */
#ifndef UNIT_JSON_DOCS_H
#define UNIT_JSON_DOCS_H

#include <stddef.h>

struct doc {
	const char *text;	/* NULL ends a table */
	size_t	len;
	const char *want;
};

#define DOC(lit) lit, sizeof(lit) - 1

extern const struct doc docs_refused[];		/* want: the scan's message */
extern const struct doc docs_duplicate[];	/* want: the parser's message */
extern const struct doc docs_accepted[];	/* want: the canonical form */

/* A copy without a byte to spare, for sanitizers.  The caller frees. */
char	*doc_copy(const char *, size_t len);

#endif
