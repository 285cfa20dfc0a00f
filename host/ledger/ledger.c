/*
 * Batches and what becomes of them when a statement or COMMIT fails.
 */
#include "ledger/ledger.h"

#include "action/action.h"
#include "action/attempt.h"
#include "audit/verify.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/mem.h"
#include "ledger/upgrade.h"
#include "store/db.h"
#include "store/store_misc.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct ledger {
	struct db *db;
	struct gate *gate;
};

/* Busy: another process has locked the database, and nothing was begun. */
enum batch_end { BATCH_DONE, BATCH_VOID, BATCH_BUSY, BATCH_UNKNOWN };

static void
fail_all(struct call **calls, size_t n, rh_status status,
    const struct err *why)
{
	size_t i;

	for (i = 0; i < n; i++) {
		calls[i]->status = status;
		err_set(&calls[i]->err, status, "%s", why->msg);
		calls[i]->deferred = false;
	}
}

/* One transaction.  Void: rolled back, nobody may be answered. */
static enum batch_end
run_batch(struct ledger *l, struct call **calls, size_t n,
    struct effects *out, struct err *err)
{
	struct gate *g = l->gate;
	size_t i;
	rh_status rc;

	FAULT("batch.begin");
	if ((rc = gate_begin(g, err)) != RH_OK)
		return rc == RH_EUNAVAIL ? BATCH_BUSY : BATCH_VOID;
	for (i = 0; i < n; i++) {
		if (!gate_perform(g, calls[i])) {
			*err = calls[i]->err;
			gate_rollback(g);
			return BATCH_VOID;
		}
	}
	if (!gate_claims(g, err)) {
		gate_rollback(g);
		return BATCH_VOID;
	}
	rc = gate_commit(g, out, err);
	if (rc == RH_OK)
		return BATCH_DONE;
	/*
	 * Before COMMIT, or at one that said "full", nothing was written.
	 * Any other failure of COMMIT may show up again after a crash.
	 */
	if (rc == RH_EFULL || !gate_committing(g)) {
		gate_rollback(g);
		return BATCH_VOID;
	}
	return BATCH_UNKNOWN;
}

/* Who was refused or failed stays so: nothing of theirs was to be done. */
static bool
unknown(struct ledger *l, struct call **calls, size_t n,
    const struct err *why)
{
	struct err err;
	size_t i;

	err_set(&err, RH_EUNKNOWN, "the disk failed while this was being "
	    "written, so it may or may not have been done: %s", why->msg);
	log_line(LOG_ERROR, "%s", err.msg);
	db_abandon(l->db);
	for (i = 0; i < n; i++) {
		if (calls[i]->status != RH_OK)
			continue;
		fail_all(&calls[i], 1, RH_EUNKNOWN, &err);
		err_hint(&calls[i]->err, "ask for it by its op id: "
		    "runhost action call op_get");
	}
	return false;
}

static bool
run_alone(struct ledger *l, struct call **calls, size_t n,
    struct effects *out)
{
	struct err err, stopping;
	size_t i;

	err_set(&stopping, RH_EUNAVAIL, "the host is stopping: its disk "
	    "failed");
	for (i = 0; i < n; i++) {
		err = (struct err){ .status = RH_EIO };
		switch (run_batch(l, &calls[i], 1, out, &err)) {
		case BATCH_DONE:
			break;
		case BATCH_VOID:
			fail_all(&calls[i], 1, err.status, &err);
			break;
		case BATCH_BUSY:
			fail_all(&calls[i], n - i, err.status, &err);
			return true;
		case BATCH_UNKNOWN:
			/* The rest was rolled back, and isn't tried again. */
			fail_all(&calls[i + 1], n - i - 1, stopping.status,
			    &stopping);
			return unknown(l, &calls[i], 1, &err);
		}
	}
	return true;
}

bool
ledger_apply(struct ledger *l, struct call **calls, size_t n,
    struct effects *out)
{
	struct err err = { .status = RH_EIO };
	bool ok = true;

	assert(n <= LEDGER_BATCH);
	if (n == 0)
		return true;
	switch (run_batch(l, calls, n, out, &err)) {
	case BATCH_DONE:
		break;
	case BATCH_VOID:
		ok = run_alone(l, calls, n, out);
		break;
	case BATCH_BUSY:
		/* Waiting once more for each of them would take minutes. */
		fail_all(calls, n, err.status, &err);
		break;
	case BATCH_UNKNOWN:
		ok = unknown(l, calls, n, &err);
		break;
	}
	return ok;
}

struct gate *
ledger_gate(struct ledger *l)
{
	return l->gate;
}

struct db *
ledger_db(struct ledger *l)
{
	return l->db;
}

/* One of our own calls, now; effects stay for later. */
static rh_status
apply_one(struct ledger *l, struct call *c, struct err *err)
{
	struct effects none = STAILQ_HEAD_INITIALIZER(none);
	rh_status rc;

	ledger_apply(l, &c, 1, &none);
	effects_clear(&none);
	if ((rc = c->status) != RH_OK)
		*err = c->err;
	return rc;
}

static rh_status
recover_attempts(struct ledger *l, struct err *err)
{
	struct recover_place place = { .run_no = 0 };
	struct recover_args *args;
	struct call *c;
	bool more;
	rh_status rc;

	do {
		c = call_internal("recover", &caller_system, sizeof *args);
		args = c->args;
		args->after = place;
		rc = apply_one(l, c, err);
		if (rc == RH_OK)
			log_skipped("what can't be recovered is left",
			    args->skipped);
		place = args->reached;
		more = args->more;
		call_free(c);
	} while (rc == RH_OK && more);
	FAULT("start.recovered");
	return rc;
}

static rh_status
mark(struct ledger *l, const struct mark_args *m, struct err *err)
{
	struct call *c = call_internal("host_mark", &caller_system,
	    sizeof *m);
	rh_status rc;

	*(struct mark_args *)c->args = *m;
	rc = apply_one(l, c, err);
	call_free(c);
	return rc;
}

/* Without its anchor a chain that was cut looks whole: somebody should ask. */
static rh_status
note_no_anchor(struct ledger *l, const char *anchor, struct err *err)
{
	char detail[64];
	const struct mark_args m = { .what = "host_no_anchor",
	    .detail = detail };
	struct head_sig h;
	long long rows = gate_head(l->gate)->seq;
	rh_status rc;

	if ((rc = anchor_last(anchor, &h, err)) != RH_OK || h.seq != 0 ||
	    rows == 0)
		return rc;
	log_line(LOG_WARN, "anchor file \"%s\" holds no head, the audit log "
	    "%lld rows: whether some were cut off, nobody can tell", anchor,
	    rows);
	snprintf(detail, sizeof detail, "{\"rows\":%lld}", rows);
	return mark(l, &m, err);
}

/* What is given up: signed rows, or the key that they were signed with. */
static void
describe_loss(const struct ledger_config *cf, char *out, size_t size)
{
	char was[2 * HEAD_KEY_LEN + 1], is[2 * HEAD_KEY_LEN + 1];
	struct head_sig h;
	struct err err;

	if (anchor_last(cf->anchor, &h, &err) != RH_OK ||
	    memcmp(h.key, cf->key, HEAD_KEY_LEN) == 0) {
		snprintf(out, size, "{\"anchored_seq\":%lld}",
		    (long long)h.seq);
		return;
	}
	str_hex(was, h.key, HEAD_KEY_LEN);
	str_hex(is, cf->key, HEAD_KEY_LEN);
	snprintf(out, size, "{\"anchored_seq\":%lld,\"anchored_key\":\"%s\","
	    "\"key\":\"%s\"}", (long long)h.seq, was, is);
}

static rh_status
put_aside(struct ledger *l, const char *anchor, struct err *err)
{
	char aside[PATH_MAX];

	snprintf(aside, sizeof aside, "%s.lost-%lld", anchor,
	    (long long)gate_now(l->gate) / US_PER_S);
	if (rename(anchor, aside) != 0 && errno != ENOENT)
		return err_errno(err, RH_EIO, "anchor file \"%s\"", anchor);
	return RH_OK;
}

static rh_status
accept_loss(struct ledger *l, const struct ledger_config *cf,
    struct err *err)
{
	char detail[300];
	const struct mark_args m = { .what = "host_accept_loss",
	    .detail = detail };
	rh_status rc;

	describe_loss(cf, detail, sizeof detail);
	gate_new_chain(l->gate, 0);
	/* First the row: an anchor that is gone would ask for nothing. */
	if ((rc = mark(l, &m, err)) != RH_OK)
		return rc;
	return put_aside(l, cf->anchor, err);
}

/* The chain must reach what was signed, unless the admin accepts the loss. */
static rh_status
compare_anchor(struct ledger *l, const struct ledger_config *cf,
    struct err *err)
{
	const struct audit_check check = { .anchor = cf->anchor,
	    .key = cf->key };
	rh_status rc;

	if (cf->anchor == NULL)
		return RH_OK;
	rc = audit_verify_end(l->db, &check, err);
	if (rc == RH_OK)
		return note_no_anchor(l, cf->anchor, err);
	return cf->accept_loss ? accept_loss(l, cf, err) : rc;
}

/*
 * After a restore: a chain of its own, whose number the anchor has not seen.
 * First the anchor is put aside, if it is another's: until the row is there,
 * the next start comes here again.
 */
static rh_status
begin_anew(struct ledger *l, const struct ledger_config *cf,
    const char *detail, struct err *err)
{
	const struct mark_args m = { .what = "host_restore",
	    .detail = detail, .forget = FACT_RESTORE };
	const struct audit_check check = { .anchor = cf->anchor,
	    .key = cf->key };
	struct head_sig h = { .chain = 0 };

	log_line(LOG_WARN, "restored from a backup, giving up: %s", detail);
	if (cf->anchor != NULL) {
		anchor_last(cf->anchor, &h, err);
		if (audit_verify_end(l->db, &check, err) != RH_OK &&
		    put_aside(l, cf->anchor, err) != RH_OK)
			return err->status;
	}
	gate_new_chain(l->gate, h.chain);
	return mark(l, &m, err);
}

static rh_status
compare_past(struct ledger *l, const struct ledger_config *cf,
    struct err *err)
{
	const char *detail;
	struct arena a;
	rh_status rc;

	arena_init(&a);
	rc = store_meta_get_text(l->db, FACT_RESTORE, &a, &detail, err);
	if (rc == RH_OK)
		rc = detail != NULL ? begin_anew(l, cf, detail, err) :
		    compare_anchor(l, cf, err);
	arena_fini(&a);
	return rc;
}

static rh_status
upgrade(struct ledger *l, const struct ledger_config *cf, struct err *err)
{
	struct upgrade u = { .path = cf->path, .vfs = cf->vfs,
	    .table = cf->migrations, .watch = cf->watch };
	struct arena a;
	rh_status rc;

	arena_init(&a);
	rc = upgrade_run(l->db, &u, &a, err);
	arena_fini(&a);
	return rc;
}

/* By this start, or by a command before it. */
static rh_status
note_upgrade(struct ledger *l, struct err *err)
{
	struct mark_args m = { .what = "host_migrate",
	    .forget = FACT_UPGRADE };
	struct arena a;
	rh_status rc;

	arena_init(&a);
	rc = store_meta_get_text(l->db, FACT_UPGRADE, &a, &m.detail, err);
	if (rc == RH_OK && m.detail != NULL)
		rc = mark(l, &m, err);
	arena_fini(&a);
	return rc;
}

rh_status
ledger_open(const struct ledger_config *cf, struct ledger **out,
    struct err *err)
{
	static const struct mark_args start = { .what = "host_start" };
	struct ledger *l = mem_zalloc(sizeof *l);
	rh_status rc;

	action_init();
	if ((rc = db_open(cf->path, DB_WRITER, cf->vfs, &l->db, err)) != RH_OK)
		goto fail;
	if ((rc = db_settle(l->db, err)) != RH_OK ||
	    (rc = upgrade(l, cf, err)) != RH_OK ||
	    (rc = gate_open(l->db, cf->env, cf->clock, cf->rand, &l->gate,
	    err)) != RH_OK ||
	    (rc = compare_past(l, cf, err)) != RH_OK ||
	    (rc = note_upgrade(l, err)) != RH_OK ||
	    (rc = recover_attempts(l, err)) != RH_OK ||
	    (rc = mark(l, &start, err)) != RH_OK)
		goto fail;
	*out = l;
	return RH_OK;
fail:
	ledger_close(l);
	return rc;
}

void
ledger_close(struct ledger *l)
{
	if (l == NULL)
		return;
	gate_close(l->gate);
	db_close(l->db);
	free(l);
}
