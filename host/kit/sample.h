/*
 * Arguments for a plugin that nobody had in mind: made from the schema of an
 * action, in several tastes, from the least that is valid to what is as odd
 * as the host lets through.
 */
#ifndef KIT_SAMPLE_H
#define KIT_SAMPLE_H

#include "base/buf.h"

#include <stdbool.h>

struct taste {
	const char *name;	/* for people: "64 KiB of text" */
	bool	all;		/* members that may be left out, too */
	bool	high;		/* numbers at their upper limit, not the lower */
	void	(*text)(struct buf *);	/* adds a JSON string */
	/* Adds ,"name":value of members that no schema asks for; or NULL. */
	void	(*more)(struct buf *);
};

/* The first is the plainest; ended by a NULL name. */
extern const struct taste taste_table[];

/*
 * Adds an object that fits the schema (JSON, or NULL: any object), unless
 * what the taste is about can't be said in it.
 */
void	sample_input(const char *schema, const struct taste *, struct buf *);

#endif
