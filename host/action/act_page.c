/*
 * Cursors of pages: decimal strings, in both directions.
 */
#include "action/act_page.h"

#include <string.h>

rh_status
take_keyset(struct call *c, struct keyset *k, struct err *err)
{
	const char *direction = call_text(c, "direction");
	rh_status rc;

	if ((rc = take_cursor(c, "before_cursor", &k->before,
	    err)) != RH_OK ||
	    (rc = take_cursor(c, "after_cursor", &k->after, err)) != RH_OK)
		return rc;
	k->max = take_limit(c, "limit", 50, KEYSET_MAX);
	k->backward = direction == NULL ||
	    strcmp(direction, "forward") != 0;
	return RH_OK;
}

void
keyset_begin(struct keyset *k, const struct act *a)
{
	k->scopes = a->scopes;
	k->scope_count = a->scope_count;
	k->count = 0;
	k->has_more = false;
}

void
write_keyset(struct json_out *j, const struct keyset *k)
{
	write_cursor(j, "next_cursor", k->has_more ? k->nos[k->count - 1] :
	    0);
	write_cursor(j, "prev_cursor", k->count > 0 ? k->nos[0] : 0);
	jw_m_bool(j, "has_more", k->has_more);
}
