/*
 * Pages of what came in and was said: what they share.
 */
#ifndef ACTION_ACT_PAGE_H
#define ACTION_ACT_PAGE_H

#include "action/act.h"
#include "store/keyset.h"

/* The body's cursors, limit and direction: backward unless it says so. */
rh_status	take_keyset(struct call *, struct keyset *, struct err *);
/* Over the scopes that were admitted; apply may be run again. */
void		keyset_begin(struct keyset *, const struct act *);
/* next_cursor, prev_cursor, has_more. */
void		write_keyset(struct json_out *, const struct keyset *);

#endif
