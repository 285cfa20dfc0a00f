/*
 * What sweeps do to runtimes, and a sweep that is asked for.
 */
#include "action/act_slice.h"

#include "action/attempt.h"
#include "run/outcome.h"
#include "store/store_runtime.h"

static rh_status
mark_stale(struct act *a, struct call *c, const struct runtime_row *r,
    struct err *err)
{
	rh_status rc = store_runtime_stale(a->db, r, a->now, err);

	if (rc != RH_OK)
		return rc;
	act_target(a, c, r->id);
	a->detail = arena_printf(&c->arena, "{\"from\":\"%s\","
	    "\"status\":\"stale\"}", r->draining ? "draining" : "online");
	return slice_record(a, c, "runtime_sweep", err);
}

rh_status
sweep_runtimes(struct act *a, struct call *c, bool *more, struct err *err)
{
	struct runtime_row rows[SLICE];
	size_t i, n;
	rh_status rc;

	if ((rc = store_runtime_late(a->db, a->now, 0, &c->arena, rows, SLICE,
	    &n, err)) != RH_OK)
		return rc;
	for (i = 0; i < n && rc == RH_OK; i++)
		rc = mark_stale(a, c, &rows[i], err);
	*more |= n == SLICE;
	return rc;
}

struct reconcile {
	struct act *a;
	struct call *c;
	struct json_out j;
	bool	dry_run;
	int64_t	silent;		/* heartbeats before it are too old; 0: none */
	int64_t	stale, released;
};

static rh_status
reconcile_runtimes(struct reconcile *r, struct err *err)
{
	struct runtime_row rows[SLICE];
	size_t i, n;
	rh_status rc;

	if ((rc = store_runtime_late(r->a->db, r->a->now, r->silent,
	    &r->c->arena, rows, SLICE, &n, err)) != RH_OK)
		return rc;
	jw_name(&r->j, "stale_runtimes");
	jw_array(&r->j);
	for (i = 0; i < n && rc == RH_OK; i++) {
		if (!r->dry_run)
			rc = mark_stale(r->a, r->c, &rows[i], err);
		rows[i].stale = true;
		jw_object(&r->j);
		write_runtime(&r->j, &rows[i]);
		jw_end_object(&r->j);
	}
	jw_end_array(&r->j);
	r->stale = (int64_t)n;
	return rc;
}

/* One whose time has come: what it was, and what becomes of it. */
static rh_status
reconcile_run(struct reconcile *r, int64_t run_no, struct skipped **skipped,
    struct err *err)
{
	struct decision d = { 0 };
	struct run_live l;
	char id[ID_RUN_LEN];
	rh_status rc;

	rc = store_live_get(r->a->db, run_no, &r->c->arena, &l, err);
	if (rc != RH_OK || !decide_due(r->a, &l, &d))
		return rc;
	if (!r->dry_run && (rc = slice_each(r->a, r->c, run_no, sweep_one,
	    r->a->now + PUT_OFF_US, skipped, err)) != RH_OK)
		return rc;
	r->released++;
	jw_object(&r->j);
	jw_m_text(&r->j, "run_id", id_run(&l.id, id));
	jw_m_text(&r->j, "claimed_by_runtime_id", l.runtime);
	jw_m_text(&r->j, "from", run_state_name(l.state));
	jw_m_text(&r->j, "status", run_state_name(d.state));
	jw_end_object(&r->j);
	return RH_OK;
}

static rh_status
reconcile_runs(struct reconcile *r, struct err *err)
{
	struct skipped *skipped = NULL;
	int64_t nos[SLICE];
	size_t i, n;
	rh_status rc;

	if ((rc = store_run_due(r->a->db, r->a->now, nos, SLICE, &n,
	    err)) != RH_OK)
		return rc;
	jw_name(&r->j, "released_claims");
	jw_array(&r->j);
	for (i = 0; i < n && rc == RH_OK; i++)
		rc = reconcile_run(r, nos[i], &skipped, err);
	jw_end_array(&r->j);
	log_skipped("a run that can't be swept is left", skipped);
	return rc;
}

rh_status
runtime_reconcile(struct act *a, struct call *c, struct err *err)
{
	struct reconcile r = { .a = a, .c = c };
	struct buf b = { 0 };
	double after;
	rh_status rc;

	if ((rc = json_opt_bool(&c->in, 0, "dry_run", &r.dry_run,
	    err)) != RH_OK)
		return rc;
	if (json_double(&c->in, json_member(&c->in, 0,
	    "stale_after_seconds"), &after))
		r.silent = a->now - (int64_t)((after < 0 ? 0 :
		    after > 1e9 ? 1e9 : after) * 1e6);
	jw_init(&r.j, &b);
	jw_object(&r.j);
	if ((rc = reconcile_runtimes(&r, err)) == RH_OK)
		rc = reconcile_runs(&r, err);
	if (rc != RH_OK) {
		buf_fini(&b);
		return rc;
	}
	jw_m_i64(&r.j, "stale_count", r.stale);
	jw_m_i64(&r.j, "released_claim_count", r.released);
	jw_m_bool(&r.j, "dry_run", r.dry_run);
	jw_end_object(&r.j);
	a->target = NULL;
	a->detail = arena_printf(&c->arena, "{\"stale_count\":%lld,"
	    "\"released_claim_count\":%lld,\"dry_run\":%s}",
	    (long long)r.stale, (long long)r.released,
	    r.dry_run ? "true" : "false");
	act_reply(c, &b);
	return RH_OK;
}
