/*
 * Reading what a run gives its plugin.
 */
#include "store/store_session.h"

#include "store/db.h"
#include "store/store_scope.h"

#include <string.h>

static const char sql_get[] =
"SELECT r.scope_no, r.apis, r.plugin,"
"	CASE WHEN l.state IN (3, 4) THEN l.fence END, e.ended,"
"	coalesce(l.image, e.image), coalesce(l.inproc, e.inproc)"
" FROM run r LEFT JOIN run_live l ON l.run_no = r.run_no"
" LEFT JOIN run_end e ON e.run_no = r.run_no"
" WHERE r.run_no = ?1";

rh_status
store_session_get(struct db *db, int64_t run_no, struct arena *a,
    struct session_row *s, struct err *err)
{
	struct q q = q_begin(db, sql_get);
	int64_t scope_no = 0;
	rh_status rc;

	memset(s, 0, sizeof *s);
	s->run_no = run_no;
	q_i64(&q, run_no);
	if (q_row(&q)) {
		scope_no = q_get_i64(&q);
		s->has_apis = !q_get_null(&q);
		if (s->has_apis)
			s->apis = q_get_i64(&q);
		s->plugin = q_get_text(&q, a);
		s->fence = q_get_i64(&q);
		s->ended_us = q_get_i64(&q);
		s->image = q_get_i64(&q);
		s->inproc = q_get_i64(&q) != 0;
	}
	if ((rc = q_end(&q, err)) != RH_OK)
		return rc;
	if (scope_no == 0)
		return err_set(err, RH_ENOENT, "no such run");
	return store_scope_get(db, scope_no, a, &s->scope, err);
}
