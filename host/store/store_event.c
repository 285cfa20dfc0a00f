/*
 * The event table.
 */
#include "store/store_event.h"

#include "store/db.h"

#define PAGE_BYTES	(1024 * 1024)	/* of data, in one page */

static const char sql_insert[] =
"INSERT INTO event (run_no, seq, at, type, data)"
" VALUES (?1, ?2, ?3, ?4, ?5)";

static const char sql_insert_from[] =
"INSERT INTO event (run_no, seq, at, type, data, attempt, caller, sequence,"
"	extra) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

static const char sql_appended[] =
"SELECT seq, at, type, data, extra FROM event INDEXED BY event_source"
" WHERE run_no = ?1 AND attempt = ?2 AND caller = ?3 AND sequence = ?4"
"	AND sequence IS NOT NULL";

static const char sql_newest[] =
"SELECT sequence FROM event INDEXED BY event_source"
" WHERE run_no = ?1 AND attempt = ?2 AND caller = ?3"
"	AND sequence IS NOT NULL ORDER BY sequence DESC LIMIT 1";

static const char sql_forward[] =
"SELECT seq, at, type, data, sequence, attempt, extra FROM event"
" WHERE run_no = ?1 AND seq > ?2 AND seq < ?3 ORDER BY seq LIMIT ?4";

static const char sql_backward[] =
"SELECT seq, at, type, data, sequence, attempt, extra FROM event"
" WHERE run_no = ?1 AND seq > ?2 AND seq < ?3 ORDER BY seq DESC LIMIT ?4";

static const char sql_progress[] =
"SELECT seq, at, type, data FROM event INDEXED BY event_progress"
" WHERE run_no = ?1 AND type IN ('progress', 'host.progress')"
" ORDER BY seq";

static const char sql_output[] =
"SELECT seq, at, type, data FROM event INDEXED BY event_output"
" WHERE run_no = ?1 AND type = 'output' ORDER BY seq";

static const char sql_run[] =
"SELECT coalesce(l.state, e.state), coalesce(l.last_seq, e.last_seq)"
" FROM run r LEFT JOIN run_live l ON l.run_no = r.run_no"
"	LEFT JOIN run_end e ON e.run_no = r.run_no"
" WHERE r.run_no = ?1";

rh_status
store_event_insert(struct db *db, int64_t run_no, int64_t seq,
    const struct event_new *e, struct err *err)
{
	struct q q = q_begin(db, e->sequence != 0 ? sql_insert_from :
	    sql_insert);

	q_i64(&q, run_no);
	q_i64(&q, seq);
	q_i64(&q, e->at_us);
	q_text(&q, e->type);
	q_str(&q, e->data);
	if (e->sequence != 0) {
		q_i64(&q, e->attempt);
		q_i64(&q, e->caller);
		q_i64(&q, e->sequence);
		q_text(&q, e->extra);
	}
	return q_exec(&q, err);
}

rh_status
store_event_appended(struct db *db, int64_t run_no,
    const struct event_new *e, struct arena *a, struct event_row *row,
    struct err *err)
{
	struct q q = q_begin(db, sql_appended);

	*row = (struct event_row){ .run_no = run_no };
	q_i64(&q, run_no);
	q_i64(&q, e->attempt);
	q_i64(&q, e->caller);
	q_i64(&q, e->sequence);
	if (q_row(&q)) {
		row->seq = q_get_i64(&q);
		row->at_us = q_get_i64(&q);
		row->type = q_get_text(&q, a);
		row->data = q_get_text(&q, a);
		row->extra = q_get_text(&q, a);
	}
	return q_end(&q, err);
}

rh_status
store_event_newest(struct db *db, int64_t run_no, int64_t attempt,
    int64_t caller, int64_t *sequence, struct err *err)
{
	struct q q = q_begin(db, sql_newest);

	q_i64(&q, run_no);
	q_i64(&q, attempt);
	q_i64(&q, caller);
	*sequence = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}

void
event_digest(uint8_t digest[HASH_LEN], int64_t seq, const struct event_new *e)
{
	struct hash h;

	hash_begin(&h, NULL, 0);
	hash_add(&h, digest, HASH_LEN);
	hash_add_u64(&h, (uint64_t)seq);
	hash_add_field(&h, e->type, strlen(e->type));
	hash_add_field(&h, e->data.p, e->data.len);
	hash_end(&h, digest);
}

static rh_status
read_run(struct db *db, int64_t run_no, struct event_page *page,
    struct err *err)
{
	struct q q = q_begin(db, sql_run);

	q_i64(&q, run_no);
	if (q_row(&q)) {
		page->state = (enum run_state)q_get_i64(&q);
		page->last_seq = q_get_i64(&q);
	}
	return q_end(&q, err);
}

rh_status
store_event_page(struct db *db, const struct event_range *r, struct arena *a,
    struct event_page *page, struct err *err)
{
	struct q q;
	struct event_row *e;
	size_t bytes = 0;
	rh_status rc;

	memset(page, 0, sizeof *page);
	page->run_no = r->run_no;
	if ((rc = read_run(db, r->run_no, page, err)) != RH_OK)
		return rc;
	page->rows = arena_alloc(a, r->max * sizeof *page->rows);
	q = q_begin(db, r->backward ? sql_backward : sql_forward);
	q_i64(&q, r->run_no);
	q_i64(&q, r->after);
	q_i64(&q, r->before != 0 ? r->before : INT64_MAX);
	q_i64(&q, (int64_t)r->max + 1);
	while (q_row(&q)) {
		if (page->count == r->max || bytes > PAGE_BYTES) {
			page->has_more = true;
			break;
		}
		e = &page->rows[page->count++];
		e->run_no = r->run_no;
		e->seq = q_get_i64(&q);
		e->at_us = q_get_i64(&q);
		e->type = q_get_text(&q, a);
		e->data = q_get_text(&q, a);
		e->source_seq = q_get_i64(&q);
		e->attempt = q_get_i64(&q);
		e->extra = q_get_text(&q, a);
		bytes += strlen(e->data);
	}
	return q_end(&q, err);
}

static rh_status
give_each(struct db *db, const char *sql, int64_t run_no, event_fn *one,
    void *arg, struct err *err)
{
	struct q q = q_begin(db, sql);
	struct event_row e = { .run_no = run_no };
	struct arena a;
	bool more = true;

	q_i64(&q, run_no);
	while (more && q_row(&q)) {
		arena_init(&a);
		e.seq = q_get_i64(&q);
		e.at_us = q_get_i64(&q);
		e.type = q_get_text(&q, &a);
		e.data = q_get_text(&q, &a);
		more = one(&e, arg);
		arena_fini(&a);
	}
	return q_end(&q, err);
}

rh_status
store_event_progress(struct db *db, int64_t run_no, event_fn *one, void *arg,
    struct err *err)
{
	return give_each(db, sql_progress, run_no, one, arg, err);
}

rh_status
store_event_output(struct db *db, int64_t run_no, event_fn *one, void *arg,
    struct err *err)
{
	return give_each(db, sql_output, run_no, one, arg, err);
}
