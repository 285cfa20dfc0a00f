/*
 * Walking the chain from its first row, and the anchor beside it.
 */
#include "audit/verify.h"

#include "audit/head.h"
#include "base/mem.h"
#include "store/db.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct walk {
	struct db *db;
	const struct audit_check *check;
	struct audit_report *r;
	int64_t	seq;		/* of the last good row */
	int64_t	chain;
	int64_t	at_us;
	uint8_t	hash[HASH_LEN];
};

static bool
problem(struct audit_report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Keeps the first problem; false, to stop a walk. */
static bool
problem(struct audit_report *r, const char *fmt, ...)
{
	va_list ap;

	r->ok = false;
	if (r->problem[0] != '\0')
		return false;
	va_start(ap, fmt);
	vsnprintf(r->problem, sizeof r->problem, fmt, ap);
	va_end(ap);
	return false;
}

static bool
check_row(const struct audit_row *row, void *arg)
{
	struct walk *w = arg;
	uint8_t hash[HASH_LEN];

	if (row->seq != w->seq + 1)
		return problem(w->r, "row %lld is missing",
		    (long long)(w->seq + 1));
	if (row->chain < w->chain)
		return problem(w->r, "row %lld: belongs to chain %lld after "
		    "chain %lld", (long long)row->seq,
		    (long long)row->chain, (long long)w->chain);
	if (row->at_us < w->at_us)
		return problem(w->r, "row %lld: is older than the row before",
		    (long long)row->seq);
	chain_hash(row, w->hash, hash);
	if (!hash_eq(hash, row->hash))
		return problem(w->r, "row %lld: its hash is not that of its "
		    "contents and the row before", (long long)row->seq);
	w->seq = row->seq;
	w->chain = row->chain;
	w->at_us = row->at_us;
	memcpy(w->hash, row->hash, sizeof w->hash);
	w->r->rows++;
	return true;
}

/* Whether a head is in the chain: same hash at its place. */
static bool
head_in_chain(struct db *db, const struct head_sig *h, struct err *err,
    bool *there, bool *same)
{
	struct audit_row row;
	struct arena a;
	rh_status rc;

	arena_init(&a);
	rc = store_audit_get(db, h->seq, &a, &row, there, err);
	*same = rc == RH_OK && *there && row.chain == h->chain &&
	    hash_eq(row.hash, h->hash);
	arena_fini(&a);
	return rc == RH_OK;
}

static bool
check_head(const struct head_sig *h, int line, void *arg)
{
	struct walk *w = arg;
	struct err err;
	bool there, same;

	if (head_verify(h, w->check->key, &err) != RH_OK)
		return problem(w->r, "anchor line %d: %s", line, err.msg);
	if (!head_in_chain(w->db, h, &err, &there, &same))
		return problem(w->r, "anchor line %d: %s", line, err.msg);
	if (!there)
		return problem(w->r, "the chain ends before the anchor: row "
		    "%lld was signed, the last one is %lld",
		    (long long)h->seq, (long long)w->seq);
	if (!same)
		return problem(w->r, "anchor line %d: row %lld has another "
		    "hash than the one that was signed", line,
		    (long long)h->seq);
	w->r->heads++;
	if (h->seq > w->r->witnessed_seq)
		w->r->witnessed_seq = h->seq;
	return true;
}

rh_status
audit_verify(struct db *db, const struct audit_check *check,
    struct audit_report *r, struct err *err)
{
	struct walk w = { .db = db, .check = check, .r = r };
	struct audit_walk rows = { .row = check_row, .arg = &w };
	struct err why;
	rh_status rc;

	memset(r, 0, sizeof *r);
	r->ok = true;
	/* One snapshot, or a row appended meanwhile would look like a gap. */
	if ((rc = db_begin(db, err)) != RH_OK)
		return rc;
	rc = store_audit_walk(db, &rows, err);
	r->last_seq = w.seq;
	if (rc == RH_OK && check->anchor != NULL &&
	    anchor_walk(check->anchor, check_head, &w, &why) != RH_OK)
		problem(r, "%s", why.msg);
	db_rollback(db);
	return rc;
}

rh_status
audit_verify_end(struct db *db, const struct audit_check *check,
    struct err *err)
{
	struct head_sig h;
	bool there, same;
	rh_status rc;

	if ((rc = anchor_last(check->anchor, &h, err)) != RH_OK || h.seq == 0)
		return rc;
	if ((rc = head_verify(&h, check->key, err)) != RH_OK) {
		err_wrap(err, "anchor file \"%s\": last line",
		    check->anchor);
		return err_hint(err, "put the key file or the anchor back, or "
		    "start with --accept-loss, which is recorded");
	}
	if (!head_in_chain(db, &h, err, &there, &same))
		return err->status;
	if (there && same)
		return RH_OK;
	err_set(err, RH_EIO, "the audit chain %s: row %lld was signed and "
	    "anchored in \"%s\"", there ? "was changed" :
	    "ends before its anchor", (long long)h.seq, check->anchor);
	return err_hint(err, "restore the newest backup, or start with "
	    "--accept-loss, which is recorded");
}
