/*
 * Cancels that are asked for: of a run that waits, of one that is held, and of
 * one that has yet to come.
 */
#include "action/act.h"

#include "run/outcome.h"
#include "store/store_misc.h"

#define EARLY_MAX	1000	/* cancels before their runs, of a principal */
#define EARLY_KEY_MAX	255	/* bytes; no longer key makes a run */
#define REASON_MAX	1024

static rh_status
cancel_now(struct act *a, struct call *c, struct run_live *l,
    const char *reason, struct err *err)
{
	struct decision d = { .state = RUN_CANCELLED };

	d.end.reason = reason != NULL ? reason : "cancel requested";
	return run_settle(a, c, l, &d, err);
}

/* A held run is asked to stop; the attempt is told after COMMIT. */
static rh_status
cancel_later(struct act *a, struct call *c, struct run_live *l,
    const char *reason, struct err *err)
{
	int64_t due = a->now + cancel_grace(a, l) + US_PER_S;
	struct buf b = { 0 };
	struct json_out j;
	struct effect *e;
	rh_status rc;

	if ((rc = store_run_cancel(a->db, l->run_no, reason, a->now, due,
	    err)) != RH_OK)
		return rc;
	e = act_effect(a, EFFECT_CANCEL, l->run_no);
	e->fence = l->fence;
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "from", run_state_name(l->state));
	jw_m_bool(&j, "requested", true);
	if (reason != NULL)
		jw_m_text(&j, "status_reason", reason);
	jw_end_object(&j);
	act_detail(a, c, &b);
	return RH_OK;
}

rh_status
run_cancel_made(struct act *a, struct call *c, const char *reason,
    struct err *err)
{
	struct run_live l;
	rh_status rc;

	if ((rc = store_live_get(a->db, a->run_no, &c->arena, &l,
	    err)) != RH_OK)
		return rc;
	return cancel_now(a, c, &l, reason, err);
}

/* The run isn't there yet: its key will be asked for when it comes. */
static rh_status
cancel_early(struct act *a, struct call *c, const char *reason,
    struct err *err)
{
	int64_t n;
	rh_status rc;

	if ((rc = store_early_cancel_count(a->db, c->caller.principal,
	    call_text(c, "idempotency_key"), &n, err)) != RH_OK)
		return rc;
	if (n >= EARLY_MAX)
		return err_set(err, RH_ERATE, "\"%s\" has %lld cancels of "
		    "runs that never came, the limit is %d",
		    c->caller.principal, (long long)n, EARLY_MAX);
	a->target = NULL;
	a->detail = "{\"remembered\":true}";
	return store_early_cancel_add(a->db, c->caller.principal,
	    call_text(c, "idempotency_key"), reason,
	    a->now + a->env->idem_us, err);
}

rh_status
run_cancel_prepare(struct call *c, struct registry *reg, struct err *err)
{
	bool id = json_member(&c->in, 0, "run_id") >= 0 ||
	    json_member(&c->in, 0, "target_run_id") >= 0;
	bool key = json_member(&c->in, 0, "idempotency_key") >= 0;
	const char *reason, *of;

	(void)reg;
	if (id && key)
		return err_set(err, RH_EINPUT, "body: \"run_id\" and "
		    "\"idempotency_key\" both name a run: give one of them");
	if (!id && !key)
		return err_set(err, RH_EINPUT, "body: one of \"run_id\" and "
		    "\"idempotency_key\" must be there");
	if (json_opt_str(&c->in, 0, "idempotency_key", EARLY_KEY_MAX,
	    &c->arena, &of, err) != RH_OK)
		return err->status;
	if (json_opt_str(&c->in, 0, "reason", REASON_MAX, &c->arena, &reason,
	    err) != RH_OK)
		return err->status;
	return json_opt_str(&c->in, 0, "status_reason", REASON_MAX, &c->arena,
	    &reason, err);
}

rh_status
run_cancel(struct act *a, struct call *c, struct err *err)
{
	struct run_cancelled *out = arena_zalloc(&c->arena, sizeof *out);
	const char *reason = call_text(c, "reason");
	char id[ID_RUN_LEN];
	struct run_live l;
	rh_status rc;

	if (reason == NULL)
		reason = call_text(c, "status_reason");
	if (a->run_no == 0)
		return cancel_early(a, c, reason, err);
	c->result = out;
	rc = store_live_get(a->db, a->run_no, &c->arena, &l, err);
	if (rc == RH_ESTATE) {
		out->already_terminal = true;
		a->detail = "{\"already_terminal\":true}";
	} else if (rc != RH_OK) {
		return rc;
	} else {
		rc = l.state == RUN_CLAIMED || l.state == RUN_RUNNING ?
		    cancel_later(a, c, &l, reason, err) :
		    cancel_now(a, c, &l, reason, err);
		if (rc != RH_OK)
			return rc;
	}
	if ((rc = store_run_get(a->db, a->run_no, &c->arena, &out->row,
	    err)) != RH_OK)
		return rc;
	act_target(a, c, id_run(&out->row.id, id));
	return RH_OK;
}

void
run_cancel_render(const struct call *c, struct buf *b)
{
	const struct run_cancelled *r = c->result;
	struct json_out j;

	if (r == NULL) {
		buf_adds(b, "{\"run_id\":null,\"remembered\":true}");
		return;
	}
	jw_init(&j, b);
	jw_object(&j);
	write_run(&j, &r->row);
	jw_m_bool(&j, "already_terminal", r->already_terminal);
	jw_m_bool(&j, "cancel_requested", r->row.cancel_us != 0);
	jw_end_object(&j);
}
