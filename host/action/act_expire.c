/*
 * What is kept for a time: keys, tokens and grants that have ended, runs.
 */
#include "action/act_slice.h"

#include "action/attempt.h"
#include "store/db.h"
#include "store/store_auth.h"
#include "store/store_misc.h"
#include "store/store_owner.h"
#include "store/store_scope.h"
#include "store/store_stat.h"
#include "store/store_weight.h"

/* A transaction's share of runs that are over, and of their events. */
#define REMOVE_RUNS	50
#define PURGE_EVENTS	500
#define COUNT_MAX	10000
/* How long lists show tokens and grants that have ended. */
#define ENDED_KEPT_US	(INT64_C(7) * 86400 * US_PER_S)

/* The run with all that hangs on it; its scope, when it was the last of it. */
static rh_status
remove_one(struct act *a, struct call *c, int64_t run_no, struct err *err)
{
	struct run_row row;
	struct run_kind k;
	int64_t bytes;
	rh_status rc;

	if ((rc = store_run_get(a->db, run_no, &c->arena, &row,
	    err)) != RH_OK ||
	    (rc = store_weight_run(a->db, run_no, &bytes, err)) != RH_OK ||
	    (rc = store_run_delete(a->db, run_no, err)) != RH_OK ||
	    (rc = store_scope_drop(a->db, row.scope_no, err)) != RH_OK)
		return rc;
	k = row_kind(&row);
	act_moved(a, &k, row.state, 0);
	act_bytes(a, row.owner_no, -bytes);
	return RH_OK;
}

/*
 * Expired runs go at once for whoever asks, their events in slices behind
 * them: 100,000 events in one transaction would hold up all other writers.
 */
rh_status
expire_runs(struct act *a, struct call *c, int64_t *removed,
    struct sweep_args *args, struct err *err)
{
	int64_t nos[REMOVE_RUNS];
	const struct skipped *before;
	size_t i, n;
	rh_status rc;

	*removed = 0;
	if ((rc = store_run_expired(a->db, a->now, nos, REMOVE_RUNS, &n,
	    err)) != RH_OK)
		return rc;
	for (i = 0; i < n; i++) {
		before = args->skipped;
		if ((rc = slice_each(a, c, nos[i], remove_one,
		    a->now + PUT_OFF_US, &args->skipped, err)) != RH_OK)
			return rc;
		*removed += args->skipped == before;
	}
	rc = store_run_purge(a->db, PURGE_EVENTS, &args->more, err);
	args->more |= n == REMOVE_RUNS;
	return rc;
}

/* A snapshot may still have what expired since it was made. */
static rh_status
forget_rights(struct act *a, struct err *err)
{
	int64_t removed;
	rh_status rc = store_auth_expire(a->db, a->now - ENDED_KEPT_US, SLICE,
	    &removed, err);

	if (rc == RH_OK && removed > 0)
		act_policy_changed(a);
	return rc;
}

/*
 * Keys and rights whose time is over.  No row says when they went, and the
 * clock of the next start may not be behind it: they would be missed.
 */
rh_status
expire_keys(struct act *a, struct err *err)
{
	int64_t changes = db_changes_total(a->db);
	rh_status rc;

	if ((rc = store_idem_expire(a->db, a->now, SLICE, err)) != RH_OK ||
	    (rc = forget_rights(a, err)) != RH_OK ||
	    db_changes_total(a->db) == changes)
		return rc;
	return store_meta_set_i64(a->db, FACT_CLOCK, a->now, err);
}

/* Statistics of times that are over; as with keys, no row says when. */
rh_status
fold_stats(struct act *a, struct sweep_args *args, struct err *err)
{
	bool more;
	rh_status rc = store_stat_fold(a->db, a->now, &more, err);

	args->more |= more;
	if (rc != RH_OK || !more)
		return rc;
	return store_meta_set_i64(a->db, FACT_CLOCK, a->now, err);
}

rh_status
run_cleanup(struct act *a, struct call *c, struct err *err)
{
	struct buf b = { 0 };
	struct json_out j;
	struct sweep_args rest = { 0 };
	bool dry = false;
	int64_t over, removed = 0;
	rh_status rc;

	if ((rc = json_opt_bool(&c->in, 0, "dry_run", &dry, err)) != RH_OK ||
	    (rc = store_run_expired_count(a->db, a->now, COUNT_MAX, &over,
	    err)) != RH_OK)
		return rc;
	if (!dry && (rc = expire_runs(a, c, &removed, &rest,
	    err)) != RH_OK)
		return rc;
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_i64(&j, "removed", dry ? over : removed);
	/* A slice at a time; the sweep takes the rest within seconds. */
	jw_m_i64(&j, "remaining", dry ? over : over - removed);
	jw_m_bool(&j, "dry_run", dry);
	jw_end_object(&j);
	a->detail = arena_strdup(&c->arena, b.p);
	act_reply(c, &b);
	return RH_OK;
}
