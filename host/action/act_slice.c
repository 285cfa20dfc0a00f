/*
 * Slices of many runs, each run by itself.
 */
#include "action/act_slice.h"

#include "action/admit.h"
#include "action/attempt.h"
#include "base/log.h"

#include <stdio.h>

rh_status
slice_record(struct act *a, struct call *c, const char *action,
    struct err *err)
{
	struct audit_row row;

	record_fill(a, c, AUDIT_ALLOW, &row);
	row.action = row.permission = action;
	return act_record(a, c, &row, err);
}

void
log_skipped(const char *what, const struct skipped *s)
{
	char no[24];

	for (; s != NULL; s = s->next) {
		snprintf(no, sizeof no, "%lld", (long long)s->run_no);
		log_event(LOG_ERROR, what, "run", s->run, "run_no",
		    s->run_no != 0 ? no : NULL, "op", s->op, "error",
		    s->error, NULL);
	}
}

bool
slice_is_lost(rh_status rc)
{
	return rc == RH_EIO || rc == RH_EFULL || rc == RH_EUNAVAIL;
}

rh_status
slice_each(struct act *a, struct call *c, int64_t run_no,
    rh_status (*one)(struct act *, struct call *, int64_t, struct err *),
    int64_t again, struct skipped **list, struct err *err)
{
	struct skipped *s;
	struct run_row row;
	char id[ID_RUN_LEN];
	rh_status rc;

	rc = act_apart(a, c, run_no, one, err);
	if (rc == RH_OK || slice_is_lost(rc))
		return rc;
	s = arena_zalloc(&c->arena, sizeof *s);
	/* What can't be settled may still say who it is. */
	if (store_run_get(a->db, run_no, &c->arena, &row, NULL) == RH_OK)
		s->run = arena_strdup(&c->arena, id_run(&row.id, id));
	s->next = *list;
	s->run_no = run_no;
	s->error = arena_strdup(&c->arena, err->msg);
	*list = s;
	return store_run_put_off(a->db, run_no, again, err);
}
