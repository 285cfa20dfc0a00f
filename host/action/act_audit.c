/*
 * Reading the audit log, and the rows of what happened outside the writer.
 */
#include "action/act.h"

#include "action/admit.h"
#include "action/attempt.h"
#include "store/store_misc.h"

#include <limits.h>

#define LOOK_MAX	50000	/* rows looked at for a page */
#define PAGE_BYTES	(4u * 1024 * 1024)	/* then the next one goes on */

/* A page in the making. */
struct page {
	struct json_out j;
	const char *principal, *action, *decision, *target;
	bool	chained;		/* each with the hash before it */
	uint8_t	prev[HASH_LEN];
	size_t	max, count;
	int64_t	looks;
	int64_t	next;			/* 0: the end was reached */
};

static bool
wanted(const struct page *p, const struct audit_row *r)
{
	return (p->principal == NULL ||
	    strcmp(p->principal, r->principal) == 0) &&
	    (p->action == NULL || strcmp(p->action, r->action) == 0) &&
	    (p->decision == NULL || strcmp(p->decision,
	    audit_decision_name(r->decision)) == 0) &&
	    (p->target == NULL || (r->target != NULL &&
	    strcmp(p->target, r->target) == 0));
}

static void
write_hash(struct json_out *j, const char *name, const uint8_t *hash)
{
	char hex[HASH_HEX_LEN];

	str_hex(hex, hash, HASH_LEN);
	jw_m_text(j, name, hex);
}

static void
write_row(struct page *p, const struct audit_row *r)
{
	struct json_out *j = &p->j;
	char id[ID_HEX_LEN];

	jw_object(j);
	jw_m_i64(j, "chain", r->chain);
	jw_m_i64(j, "seq", r->seq);
	jw_m_time(j, "at", r->at_us);
	jw_m_i64(j, "at_us", r->at_us);
	jw_m_text(j, "op_id", id_hex(&r->op, id));
	jw_m_text(j, "principal", r->principal);
	jw_m_raw(j, "via", str_of(r->via != NULL ? r->via : "[]"));
	jw_m_text(j, "action", r->action);
	jw_m_text(j, "permission", r->permission);
	jw_m_text(j, "decision", audit_decision_name(r->decision));
	jw_m_text(j, "target", r->target);
	jw_m_raw(j, "detail", str_of(r->detail != NULL ? r->detail :
	    p->chained ? "null" : "{}"));
	if (p->chained) {
		/* The bytes that the hash covers, when JSON is spelled anew. */
		jw_m_text(j, "via_text", r->via);
		jw_m_text(j, "detail_text", r->detail);
		write_hash(j, "prev_hash", p->prev);
	}
	write_hash(j, "hash", r->hash);
	jw_end_object(j);
}

static bool
page_row(const struct audit_row *r, void *arg)
{
	struct page *p = arg;

	if (p->j.buf->len > PAGE_BYTES)
		p->looks = 0;
	if (p->count == p->max || p->looks-- == 0)
		return false;
	p->next = r->seq;
	if (wanted(p, r)) {
		p->count++;
		write_row(p, r);
	}
	memcpy(p->prev, r->hash, sizeof p->prev);
	return true;
}

/* Where a run's rows begin: not before the run was made. */
static rh_status
start_of_run(struct act *a, struct call *c, struct page *p, int64_t *from,
    struct err *err)
{
	struct run_row row;
	struct id id;
	int64_t run_no, seq;
	rh_status rc;

	if (json_member(&c->in, 0, "run_id") < 0)
		return RH_OK;
	if ((rc = body_run_id(c, &id, &p->target, err)) != RH_OK)
		return rc;
	if (id_is_zero(&id))
		return err_set(err, RH_EINPUT, "body.run_id: \"%s\" is not "
		    "the id of a run", p->target);
	p->target = arena_alloc(&c->arena, ID_RUN_LEN);
	id_run(&id, (char *)p->target);
	if (store_run_find(a->db, &id, &run_no, NULL, NULL, NULL) != RH_OK)
		return RH_OK;	/* removed since: its rows are there still */
	if ((rc = store_run_get(a->db, run_no, &c->arena, &row,
	    err)) != RH_OK ||
	    (rc = store_audit_seek(a->db, row.created_us, &seq,
	    err)) != RH_OK)
		return rc;
	if (seq - 1 > *from)
		*from = seq - 1;
	return RH_OK;
}

static rh_status
take_page(struct call *c, struct page *p, struct audit_walk *w,
    struct err *err)
{
	const char *direction = call_text(c, "direction");
	int64_t limit = 100, before;
	rh_status rc;

	if ((rc = json_opt_i64(&c->in, 0, "limit", 1, 1000, &limit,
	    err)) != RH_OK ||
	    (rc = take_cursor(c, "after_cursor", &w->from, err)) != RH_OK ||
	    (rc = take_cursor(c, "before_cursor", &before, err)) != RH_OK)
		return rc;
	p->max = (size_t)limit;
	p->looks = LOOK_MAX;
	w->backward = before != 0 ||
	    (direction != NULL && strcmp(direction, "backward") == 0);
	if (w->backward)
		w->from = before != 0 ? before : INT64_MAX;
	p->principal = call_text(c, "principal");
	p->action = call_text(c, "action");
	p->decision = call_text(c, "decision");
	return RH_OK;
}

static rh_status
previous_hash(struct act *a, struct call *c, int64_t seq,
    uint8_t out[HASH_LEN], struct err *err)
{
	struct audit_row row;
	bool found = false;
	rh_status rc = RH_OK;

	memset(out, 0, HASH_LEN);
	if (seq > 0)
		rc = store_audit_get(a->db, seq, &c->arena, &row, &found, err);
	if (found)
		memcpy(out, row.hash, HASH_LEN);
	return rc;
}

static rh_status
page_reply(struct act *a, struct call *c, bool chained, struct err *err)
{
	struct page p = { .chained = chained };
	struct audit_walk w = { .row = page_row, .arg = &p };
	struct buf b = { 0 };
	rh_status rc;

	if ((rc = take_page(c, &p, &w, err)) != RH_OK)
		return rc;
	if (!w.backward && (rc = start_of_run(a, c, &p, &w.from,
	    err)) != RH_OK)
		return rc;
	if (chained && (rc = previous_hash(a, c, w.from, p.prev,
	    err)) != RH_OK)
		return rc;
	jw_init(&p.j, &b);
	jw_object(&p.j);
	jw_name(&p.j, "items");
	jw_array(&p.j);
	if ((rc = store_audit_walk(a->db, &w, err)) != RH_OK) {
		buf_fini(&b);
		return rc;
	}
	jw_end_array(&p.j);
	if (p.count < p.max && p.looks >= 0)
		p.next = 0;
	write_cursor(&p.j, "next_cursor", p.next);
	jw_m_bool(&p.j, "has_more", p.next != 0);
	jw_end_object(&p.j);
	act_reply(c, &b);
	return RH_OK;
}

rh_status
audit_list(struct act *a, struct call *c, struct err *err)
{
	return page_reply(a, c, false, err);
}

rh_status
audit_export(struct act *a, struct call *c, struct err *err)
{
	return page_reply(a, c, true, err);
}

rh_status
audit_head(struct act *a, struct call *c, struct err *err)
{
	struct head_sig h = { 0 };
	struct chain_head now;
	struct buf b = { 0 };
	struct json_out j;
	char hex[2 * HEAD_SIG_LEN + 1];
	rh_status rc;

	if ((rc = chain_load(a->db, &now, err)) != RH_OK)
		return rc;
	if (a->env->head != NULL)
		a->env->head(a->env->head_arg, &h);
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_i64(&j, "chain", h.chain);
	jw_m_i64(&j, "seq", h.seq);
	write_hash(&j, "hash", h.hash);
	jw_m_time(&j, "signed_at", h.at_us);
	jw_m_i64(&j, "signed_at_us", h.at_us);
	str_hex(hex, h.signature, sizeof h.signature);
	jw_m_text(&j, "signature", hex);
	str_hex(hex, h.key, sizeof h.key);
	jw_m_text(&j, "public_key", hex);
	jw_m_i64(&j, "last_seq", now.seq);
	jw_m_time(&j, "at", now.at_us);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

rh_status
audit_note(struct act *a, struct call *c, struct err *err)
{
	const struct note_args *n = c->args;
	struct audit_row row;

	a->target = n->target;
	a->detail = n->detail;
	if (n->status != RH_OK) {
		c->status = n->status;
		err_set(&c->err, n->status, "%s", n->error);
		record_failure(a, c);
		c->status = RH_OK;
	}
	record_fill(a, c, n->status == RH_OK ? AUDIT_ALLOW : AUDIT_DENY,
	    &row);
	row.action = row.permission = n->action;
	return act_record(a, c, &row, err);
}

rh_status
host_mark(struct act *a, struct call *c, struct err *err)
{
	const struct mark_args *m = c->args;
	struct audit_row row;

	a->target = m->target;
	a->detail = m->detail;
	record_fill(a, c, AUDIT_ALLOW, &row);
	row.action = m->what;
	row.permission = NULL;
	if ((m->remember != NULL && store_meta_set_i64(a->db, m->remember, 1,
	    err) != RH_OK) || (m->forget != NULL && store_meta_remove(a->db,
	    m->forget, err) != RH_OK))
		return err->status;
	return act_record(a, c, &row, err);
}

/*
 * The copy is made by the process that asks, which could read the files
 * without asking; the row that says so is in the copy.
 */
rh_status
host_backup(struct act *a, struct call *c, struct err *err)
{
	const char *file = call_text(c, "file");
	const char *digest = call_text(c, "digest");
	uint8_t bytes[HASH_LEN];
	int64_t seq = 0, size = 0;

	if (file[0] == '\0' || strlen(file) >= PATH_MAX)
		return err_set(err, RH_EINPUT, "body.file: must be a path");
	if (digest != NULL && !str_unhex(str_of(digest), bytes, HASH_LEN))
		return err_set(err, RH_EINPUT, "body.digest: must be %d "
		    "hexadecimal digits", 2 * HASH_LEN);
	json_opt_i64(&c->in, 0, "seq", 0, INT64_MAX, &seq, NULL);
	json_opt_i64(&c->in, 0, "bytes", 0, INT64_MAX, &size, NULL);
	act_target(a, c, file);
	a->detail = digest == NULL ? "{\"state\":\"begun\"}" :
	    arena_printf(&c->arena, "{\"state\":\"made\",\"seq\":%lld,"
	    "\"bytes\":%lld,\"digest\":\"%s\"}", (long long)seq,
	    (long long)size, digest);
	return RH_OK;
}
