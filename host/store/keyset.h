/*
 * Pages over the rows of several scopes, by number: each scope's rows come in
 * order out of its index, and only as many as the page could need are looked
 * at.
 */
#ifndef STORE_KEYSET_H
#define STORE_KEYSET_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct q;

#define KEYSET_MAX	100	/* rows of a page */

struct keyset {
	const int64_t *scopes;
	size_t	scope_count;
	int64_t	after, before;	/* exclusive; 0: no bound */
	bool	backward;	/* highest number first */
	size_t	max;		/* up to KEYSET_MAX */
	/* the page, in its order */
	int64_t	nos[KEYSET_MAX + 1];
	size_t	count;
	bool	has_more;
};

/*
 * Takes the rows of one statement, of which ?1 is the scope, ?2 and ?3 the
 * bounds, ?4 how many at most, and text, if not NULL, ?5.
 */
rh_status	keyset_add(struct db *, struct keyset *, const char *sql,
		    int64_t scope_no, const char *text, struct err *);
/* Puts a number where it belongs; false: the page is full of better ones. */
bool		keyset_take(struct keyset *, int64_t no);
/* Cuts what is there to the page. */
void		keyset_end(struct keyset *);

/*
 * The scopes of a conversation, at most max: named by all that a scope says
 * but for its runner, and its owner, 0 for anybody's.
 */
struct scope;
rh_status	store_scope_talk(struct db *, const struct scope *,
		    int64_t owner_no, int64_t *nos, size_t max,
		    size_t *count, struct err *);
/* The scopes of all conversations of this name, at most max. */
rh_status	store_scope_named(struct db *, const char *conversation,
		    int64_t *nos, size_t max, size_t *count, struct err *);

#endif
