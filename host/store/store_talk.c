/*
 * The table transcript.
 */
#include "store/store_talk.h"

#include "store/db.h"
#include "store/keyset.h"
#include "store/store_weight.h"

static const char sql_insert[] =
"INSERT INTO transcript (run_no, scope_no, role, type, content, full,"
"	attachments, created)"
" SELECT ?1, ifnull(?2, (SELECT scope_no FROM run_live WHERE run_no = ?1)),"
"	?3, ?4, ?5, ?6, ?7, ?8";

static const char sql_set[] =
"UPDATE run_live SET talk = ?2, bytes = bytes + ?3 WHERE run_no = ?1";

static const char sql_get[] =
"SELECT t.run_no, t.scope_no, t.role, t.type, t.content, t.full,"
"	t.attachments, t.created, r.id, r.event_id"
" FROM transcript t JOIN run r USING (run_no) WHERE t.item_no = ?1";

static const char sql_forward[] =
"SELECT item_no FROM transcript INDEXED BY transcript_scope"
" WHERE scope_no = ?1 AND item_no > ?2 AND item_no < ?3"
" ORDER BY item_no LIMIT ?4";

static const char sql_backward[] =
"SELECT item_no FROM transcript INDEXED BY transcript_scope"
" WHERE scope_no = ?1 AND item_no > ?2 AND item_no < ?3"
" ORDER BY item_no DESC LIMIT ?4";

static int64_t
of(const char *text)
{
	return text != NULL ? (int64_t)strlen(text) : 0;
}

int64_t
weight_talk(const struct talk_row *r)
{
	return WEIGHT_ROW + of(r->content) + of(r->full) + of(r->attachments);
}

rh_status
store_talk_insert(struct db *db, const struct talk_row *r, struct err *err)
{
	struct q q = q_begin(db, sql_insert);

	q_i64(&q, r->run_no);
	q_i64_or_null(&q, r->scope_no);
	q_text(&q, r->role);
	q_text(&q, r->type);
	q_text(&q, r->content);
	q_text(&q, r->full);
	q_text(&q, r->attachments);
	q_i64(&q, r->created_us);
	return q_exec(&q, err);
}

rh_status
store_talk_set(struct db *db, int64_t run_no, unsigned bits, int64_t more,
    struct err *err)
{
	struct q q = q_begin(db, sql_set);

	q_i64(&q, run_no);
	q_i64(&q, bits);
	q_i64(&q, more);
	return q_exec(&q, err);
}

rh_status
store_talk_get(struct db *db, int64_t item_no, struct arena *a,
    struct talk_row *r, struct err *err)
{
	struct q q = q_begin(db, sql_get);
	rh_status rc;

	memset(r, 0, sizeof *r);
	q_i64(&q, item_no);
	if (q_row(&q)) {
		r->item_no = item_no;
		r->run_no = q_get_i64(&q);
		r->scope_no = q_get_i64(&q);
		r->role = q_get_text(&q, a);
		r->type = q_get_text(&q, a);
		r->content = q_get_text(&q, a);
		r->full = q_get_text(&q, a);
		r->attachments = q_get_text(&q, a);
		r->created_us = q_get_i64(&q);
		q_get_fixed(&q, r->run_id.b, sizeof r->run_id.b);
		r->event_id = q_get_text(&q, a);
	}
	if ((rc = q_end(&q, err)) != RH_OK)
		return rc;
	return r->item_no != 0 ? RH_OK :
	    err_set(err, RH_ENOENT, "no such item");
}

rh_status
store_talk_page(struct db *db, struct keyset *k, struct err *err)
{
	size_t i;
	rh_status rc = RH_OK;

	for (i = 0; i < k->scope_count && rc == RH_OK; i++)
		rc = keyset_add(db, k, k->backward ? sql_backward :
		    sql_forward, k->scopes[i], NULL, err);
	keyset_end(k);
	return rc;
}
