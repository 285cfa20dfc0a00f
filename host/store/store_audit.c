/*
 * The audit table.  Time and op ids rise with seq, so both are found by
 * bisection over the primary key and need no index of their own.
 */
#include "store/store_audit.h"

#include "store/db.h"

#define COLUMNS								\
	"seq, chain, at, op, principal, via, action, permission, decision," \
	" target, detail, hash"

static const char sql_insert[] =
"INSERT INTO audit (" COLUMNS ")"
" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
static const char sql_last[] =
"SELECT " COLUMNS " FROM audit ORDER BY seq DESC LIMIT 1";
static const char sql_get[] =
"SELECT " COLUMNS " FROM audit WHERE seq = ?1";
static const char sql_up[] =
"SELECT " COLUMNS " FROM audit WHERE seq > ?1 ORDER BY seq";
static const char sql_down[] =
"SELECT " COLUMNS " FROM audit WHERE seq < ?1 ORDER BY seq DESC";
static const char sql_probe[] =
"SELECT seq, at, op FROM audit WHERE seq >= ?1 ORDER BY seq LIMIT 1";
static const char sql_bounds[] =
"SELECT ifnull((SELECT min(seq) FROM audit), 1),"
"	ifnull((SELECT max(seq) FROM audit), 0)";

rh_status
store_audit_insert(struct db *db, const struct audit_row *r, struct err *err)
{
	struct q q = q_begin(db, sql_insert);

	q_i64(&q, r->seq);
	q_i64(&q, r->chain);
	q_i64(&q, r->at_us);
	q_blob(&q, r->op.b, sizeof r->op.b);
	q_text(&q, r->principal);
	q_text(&q, r->via);
	q_text(&q, r->action);
	q_text(&q, r->permission);
	q_i64(&q, r->decision);
	q_text(&q, r->target);
	q_text(&q, r->detail);
	q_blob(&q, r->hash, sizeof r->hash);
	return q_exec(&q, err);
}

/*
 * Reading converts: a number that is stored as a text, or what stands behind
 * a NUL byte, would go unseen into the hash that the row had before.
 */
static void
read_row(struct q *q, struct arena *a, struct audit_row *r)
{
	int64_t decision;

	memset(r, 0, sizeof *r);
	r->odd = !q_row_is(q, "iiibtTtTiTTb");
	r->seq = q_get_i64(q);
	r->chain = q_get_i64(q);
	r->at_us = q_get_i64(q);
	q_get_fixed(q, r->op.b, sizeof r->op.b);
	r->principal = q_get_text(q, a);
	r->via = q_get_text(q, a);
	r->action = q_get_text(q, a);
	r->permission = q_get_text(q, a);
	decision = q_get_i64(q);
	r->odd |= decision < AUDIT_ALLOW || decision > AUDIT_OUTCOME;
	r->decision = (enum audit_decision)decision;
	r->target = q_get_text(q, a);
	r->detail = q_get_text(q, a);
	q_get_fixed(q, r->hash, sizeof r->hash);
}

rh_status
store_audit_last(struct db *db, struct arena *a, struct audit_row *r,
    struct err *err)
{
	struct q q = q_begin(db, sql_last);

	memset(r, 0, sizeof *r);
	if (q_row(&q))
		read_row(&q, a, r);
	return q_end(&q, err);
}

rh_status
store_audit_get(struct db *db, int64_t seq, struct arena *a,
    struct audit_row *r, bool *found, struct err *err)
{
	struct q q = q_begin(db, sql_get);

	q_i64(&q, seq);
	if ((*found = q_row(&q)))
		read_row(&q, a, r);
	return q_end(&q, err);
}

rh_status
store_audit_walk(struct db *db, const struct audit_walk *w, struct err *err)
{
	struct q q = q_begin(db, w->backward ? sql_down : sql_up);
	struct audit_row r;
	struct arena a;
	bool more = true;

	q_i64(&q, w->from);
	while (more && q_row(&q)) {
		arena_init(&a);
		read_row(&q, &a, &r);
		more = w->row(&r, w->arg);
		arena_fini(&a);
	}
	return q_end(&q, err);
}

/* A row's place, time and op, without its texts. */
struct probe {
	int64_t	seq, at_us;
	struct id op;
};

static rh_status
probe_at(struct db *db, int64_t seq, struct probe *p, struct err *err)
{
	struct q q = q_begin(db, sql_probe);

	q_i64(&q, seq);
	if (q_row(&q)) {
		p->seq = q_get_i64(&q);
		p->at_us = q_get_i64(&q);
		q_get_fixed(&q, p->op.b, sizeof p->op.b);
	}
	return q_end(&q, err);
}

/* Smallest seq for which at_us and op (either NULL or 0) are reached. */
static rh_status
bisect(struct db *db, int64_t at_us, const struct id *op, int64_t *out,
    struct err *err)
{
	struct q q = q_begin(db, sql_bounds);
	int64_t lo = 1, hi = 0, mid;
	struct probe p = { 0 };
	rh_status rc;
	bool reached;

	if (q_row(&q)) {
		lo = q_get_i64(&q);
		hi = q_get_i64(&q) + 1;
	}
	if ((rc = q_end(&q, err)) != RH_OK)
		return rc;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if ((rc = probe_at(db, mid, &p, err)) != RH_OK)
			return rc;
		reached = op != NULL ? id_cmp(&p.op, op) >= 0 :
		    p.at_us >= at_us;
		if (reached)
			hi = mid;
		else
			lo = mid + 1;
	}
	*out = lo;
	return RH_OK;
}

rh_status
store_audit_seek(struct db *db, int64_t at_us, int64_t *seq, struct err *err)
{
	return bisect(db, at_us, NULL, seq, err);
}

rh_status
store_audit_find_op(struct db *db, const struct id *op, int64_t *seq,
    struct err *err)
{
	struct probe p = { 0 };
	rh_status rc;

	if ((rc = bisect(db, 0, op, seq, err)) != RH_OK ||
	    (rc = probe_at(db, *seq, &p, err)) != RH_OK)
		return rc;
	if (p.seq == 0 || id_cmp(&p.op, op) != 0)
		*seq = 0;
	return RH_OK;
}
