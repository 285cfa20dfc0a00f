/*
 * Parts of the printed pages that say what actions reply.
 */
#ifndef LIB_PAGE_REPLIES_H
#define LIB_PAGE_REPLIES_H

#include "action/action.h"

#include <stdio.h>

void		 write_reply_rows(FILE *, const struct action *);
void		 write_shapes(FILE *);
void		 page_ledger(FILE *);	/* docs/ledger.md, from its list on */

const char	*page_scope(enum action_scope);		/* in words */

#endif
