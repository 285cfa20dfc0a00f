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

#define PAGE_ROWS	10000	/* in a transaction */

struct walk {
	struct db *db;
	const struct audit_check *check;
	struct audit_report *r;
	int	left;		/* rows of this page */
	struct anchor *anchor;	/* NULL: none */
	struct head_sig head;	/* the next one of the anchor */
	int	line;		/* its line; 0: no more */
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
stopped(const struct walk *w)
{
	return w->check->stop != NULL && atomic_load(w->check->stop);
}

static bool
next_head(struct walk *w)
{
	struct err err;

	if (anchor_next(w->anchor, &w->head, &w->line, &err) != RH_OK)
		return problem(w->r, "%s", err.msg);
	return true;
}

static bool
check_head(struct walk *w)
{
	const struct head_sig *h = &w->head;
	struct err err;
	bool there = true, same;

	if (head_verify(h, w->check->key, &err) != RH_OK)
		return problem(w->r, "anchor line %d: %s", w->line, err.msg);
	same = h->seq == w->seq && h->chain == w->chain &&
	    hash_eq(h->hash, w->hash);
	/* Only an anchor that somebody put together goes back. */
	if (h->seq < w->seq && !head_in_chain(w->db, h, &err, &there, &same))
		return problem(w->r, "anchor line %d: %s", w->line, err.msg);
	if (!same)
		return problem(w->r, "anchor line %d: row %lld has another "
		    "hash than the one that was signed", w->line,
		    (long long)h->seq);
	w->r->heads++;
	if (h->seq > w->r->witnessed_seq)
		w->r->witnessed_seq = h->seq;
	return true;
}

static bool
check_row(const struct audit_row *row, void *arg)
{
	struct walk *w = arg;
	uint8_t hash[HASH_LEN];

	if (row->seq <= 0)
		return problem(w->r, "row %lld stands before the first",
		    (long long)row->seq);
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
	if (row->odd)
		return problem(w->r, "row %lld: has a value of another kind "
		    "than any that is written", (long long)row->seq);
	chain_hash(row, w->hash, hash);
	if (!hash_eq(hash, row->hash))
		return problem(w->r, "row %lld: its hash is not that of its "
		    "contents and the row before", (long long)row->seq);
	w->seq = row->seq;
	w->chain = row->chain;
	w->at_us = row->at_us;
	memcpy(w->hash, row->hash, sizeof w->hash);
	w->r->rows++;
	while (w->line != 0 && w->head.seq <= w->seq) {
		if (stopped(w) || !check_head(w) || !next_head(w))
			return false;
	}
	return --w->left > 0 && !stopped(w);
}

/* *more: whether the next page may have what this one hasn't. */
static rh_status
check_page(struct walk *w, bool *more, struct err *err)
{
	struct audit_walk rows = { .from = w->seq != 0 ? w->seq : INT64_MIN,
	    .row = check_row, .arg = w };
	int64_t before = w->seq;
	rh_status rc;

	w->left = PAGE_ROWS;
	if ((rc = db_begin(w->db, err)) != RH_OK)
		return rc;
	rc = store_audit_walk(w->db, &rows, err);
	db_rollback(w->db);
	/* A head may have been read before its row could be. */
	*more = w->r->ok && (w->left == 0 ||
	    (w->line != 0 && w->seq != before));
	if (rc == RH_OK && stopped(w))
		return err_set(err, RH_ECANCELED, "the verification was "
		    "stopped");
	return rc;
}

/* The head's row isn't there: it is missed only if it was signed. */
static void
check_missing(struct walk *w)
{
	struct err err;

	if (head_verify(&w->head, w->check->key, &err) != RH_OK)
		problem(w->r, "anchor line %d: %s", w->line, err.msg);
	else
		problem(w->r, "the chain ends before the anchor: row %lld was "
		    "signed, the last one is %lld", (long long)w->head.seq,
		    (long long)w->seq);
}

static rh_status
check_all(struct walk *w, struct err *err)
{
	bool more = w->anchor == NULL || next_head(w);
	rh_status rc = RH_OK;

	while (rc == RH_OK && more)
		rc = check_page(w, &more, err);
	if (rc == RH_OK && w->r->ok && w->line != 0)
		check_missing(w);
	return rc;
}

rh_status
audit_verify(struct db *db, const struct audit_check *check,
    struct audit_report *r, struct err *err)
{
	struct walk w = { .db = db, .check = check, .r = r };
	struct err why;
	rh_status rc = RH_OK;

	memset(r, 0, sizeof *r);
	r->ok = true;
	if (check->anchor != NULL &&
	    anchor_open(check->anchor, &w.anchor, &why) != RH_OK)
		problem(r, "%s", why.msg);
	else
		rc = check_all(&w, err);
	r->last_seq = w.seq;
	anchor_close(w.anchor);
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
