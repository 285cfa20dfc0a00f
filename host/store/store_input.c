/*
 * The table input_event.
 */
#include "store/store_input.h"

#include "store/db.h"
#include "store/keyset.h"
#include "store/store_weight.h"

static const char sql_insert[] =
"INSERT INTO input_event (run_no, scope_no, owner_no, event_id, type, source,"
"	at, actor_type, actor_id, actor_name, subject_type, subject_id,"
"	summary, input, data, raw_ref, created)"
" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,"
"	?16, ?17)";

static const char sql_find[] =
"SELECT run_no FROM input_event WHERE event_id = ?1 AND owner_no = ?2";

static const char sql_named[] =
"SELECT run_no FROM input_event WHERE event_id = ?1 AND owner_no <> ?2"
" LIMIT ?3";

static const char sql_get[] =
"SELECT scope_no, owner_no, event_id, type, source, at, actor_type, actor_id,"
"	actor_name, subject_type, subject_id, summary, input, data, raw_ref,"
"	created FROM input_event WHERE run_no = ?1";

static const char sql_forward[] =
"SELECT run_no FROM input_event INDEXED BY input_event_scope"
" WHERE scope_no = ?1 AND run_no > ?2 AND run_no < ?3"
" ORDER BY run_no LIMIT ?4";

static const char sql_backward[] =
"SELECT run_no FROM input_event INDEXED BY input_event_scope"
" WHERE scope_no = ?1 AND run_no > ?2 AND run_no < ?3"
" ORDER BY run_no DESC LIMIT ?4";

static const char sql_type_forward[] =
"SELECT run_no FROM input_event INDEXED BY input_event_type"
" WHERE scope_no = ?1 AND type = ?5 AND run_no > ?2 AND run_no < ?3"
" ORDER BY run_no LIMIT ?4";

static const char sql_type_backward[] =
"SELECT run_no FROM input_event INDEXED BY input_event_type"
" WHERE scope_no = ?1 AND type = ?5 AND run_no > ?2 AND run_no < ?3"
" ORDER BY run_no DESC LIMIT ?4";

static int64_t
of(const char *text)
{
	return text != NULL ? (int64_t)strlen(text) : 0;
}

int64_t
weight_input(const struct input_row *r)
{
	return WEIGHT_ROW + of(r->summary) + of(r->input) + of(r->data) +
	    of(r->raw_ref);
}

rh_status
store_input_insert(struct db *db, const struct input_row *r, struct err *err)
{
	struct q q = q_begin(db, sql_insert);

	q_i64(&q, r->run_no);
	q_i64(&q, r->scope_no);
	q_i64(&q, r->owner_no);
	q_text(&q, r->event_id);
	q_text(&q, r->type);
	q_text(&q, r->source);
	q_i64(&q, r->at_us);
	q_text(&q, r->actor_type);
	q_text(&q, r->actor_id);
	q_text(&q, r->actor_name);
	q_text(&q, r->subject_type);
	q_text(&q, r->subject_id);
	q_text(&q, r->summary);
	q_text(&q, r->input);
	q_text(&q, r->data);
	q_text(&q, r->raw_ref);
	q_i64(&q, r->created_us);
	return q_exec(&q, err);
}

rh_status
store_input_find(struct db *db, const char *event_id, int64_t owner_no,
    int64_t *run_no, struct err *err)
{
	struct q q = q_begin(db, sql_find);

	q_text(&q, event_id);
	q_i64(&q, owner_no);
	*run_no = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}

rh_status
store_input_named(struct db *db, const char *event_id, int64_t owner_no,
    int64_t *run_nos, size_t max, size_t *count, struct err *err)
{
	struct q q;
	rh_status rc;

	if ((rc = store_input_find(db, event_id, owner_no, run_nos,
	    err)) != RH_OK)
		return rc;
	*count = *run_nos != 0;
	q = q_begin(db, sql_named);
	q_text(&q, event_id);
	q_i64(&q, owner_no);
	q_i64(&q, (int64_t)(max - *count));
	while (q_row(&q))
		run_nos[(*count)++] = q_get_i64(&q);
	return q_end(&q, err);
}

rh_status
store_input_get(struct db *db, int64_t run_no, struct arena *a,
    struct input_row *r, struct err *err)
{
	struct q q = q_begin(db, sql_get);
	rh_status rc;

	memset(r, 0, sizeof *r);
	q_i64(&q, run_no);
	if (q_row(&q)) {
		r->run_no = run_no;
		r->scope_no = q_get_i64(&q);
		r->owner_no = q_get_i64(&q);
		r->event_id = q_get_text(&q, a);
		r->type = q_get_text(&q, a);
		r->source = q_get_text(&q, a);
		r->at_us = q_get_i64(&q);
		r->actor_type = q_get_text(&q, a);
		r->actor_id = q_get_text(&q, a);
		r->actor_name = q_get_text(&q, a);
		r->subject_type = q_get_text(&q, a);
		r->subject_id = q_get_text(&q, a);
		r->summary = q_get_text(&q, a);
		r->input = q_get_text(&q, a);
		r->data = q_get_text(&q, a);
		r->raw_ref = q_get_text(&q, a);
		r->created_us = q_get_i64(&q);
	}
	if ((rc = q_end(&q, err)) != RH_OK)
		return rc;
	return r->run_no != 0 ? RH_OK :
	    err_set(err, RH_ENOENT, "no such event");
}

rh_status
store_input_page(struct db *db, struct keyset *k, const char *const *types,
    struct err *err)
{
	const char *const *type;
	size_t i;
	rh_status rc = RH_OK;

	for (i = 0; i < k->scope_count && rc == RH_OK; i++) {
		if (types == NULL)
			rc = keyset_add(db, k, k->backward ? sql_backward :
			    sql_forward, k->scopes[i], NULL, err);
		for (type = types; types != NULL && *type != NULL &&
		    rc == RH_OK; type++)
			rc = keyset_add(db, k, k->backward ?
			    sql_type_backward : sql_type_forward,
			    k->scopes[i], *type, err);
	}
	keyset_end(k);
	return rc;
}
