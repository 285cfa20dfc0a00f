/*
 * run_finalize from outside: how the attempt of a runtime elsewhere ended, or
 * an end that an admin writes.
 */
#include "action/act.h"

#include "json/read.h"
#include "run/outcome.h"

#include <runhost/host.h>

#include <string.h>

#define REASON_MAX	1024
#define TEXT_MAX	(1024 * 1024)
#define OBJECT_MAX	(16 * 1024)

struct finalize_args {
	enum run_state state;
	bool	retryable;
	struct run_end end;
};

static const struct {
	enum run_state state;
	uint32_t kind;
} kinds[] = {
	{ RUN_COMPLETED, RH_COMPLETED }, { RUN_FAILED, RH_FAILED },
	{ RUN_TIMEOUT, RH_TIMEOUT }, { RUN_CANCELLED, RH_CANCELLED },
	{ RUN_INTERRUPTED, RH_INTERRUPTED },
};

static rh_status
take_object(struct call *c, const char *name, const char **out,
    struct err *err)
{
	int node = json_member(&c->in, 0, name);
	struct str raw;
	size_t tokens;

	if (json_type(&c->in, node) != JSON_OBJECT)
		return RH_OK;
	raw = json_raw(&c->in, node);
	if (raw.len > OBJECT_MAX)
		return err_set(err, RH_EINPUT, "body.%s: %zu bytes are more "
		    "than %d", name, raw.len, OBJECT_MAX);
	if (json_scan(raw.p, raw.len, &json_limits_kept, &tokens,
	    err) != RH_OK) {
		err_wrap(err, "body.%s", name);
		return err->status = RH_EINPUT;
	}
	*out = arena_strndup(&c->arena, raw.p, raw.len);
	return RH_OK;
}

rh_status
run_finalize_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct finalize_args *a = arena_zalloc(&c->arena, sizeof *a);
	struct run_end *e = &a->end;
	const char *reason = NULL;
	int64_t code;
	rh_status rc;

	(void)reg;
	c->args = a;
	a->state = run_state_of_name(str_of(call_text(c, "status")));
	if ((rc = json_opt_str(&c->in, 0, "reason", REASON_MAX, &c->arena,
	    &reason, err)) != RH_OK ||
	    (rc = json_opt_str(&c->in, 0, "status_reason", REASON_MAX,
	    &c->arena, &reason, err)) != RH_OK ||
	    (rc = json_opt_str(&c->in, 0, "error", TEXT_MAX, &c->arena,
	    &e->error, err)) != RH_OK ||
	    (rc = json_opt_str(&c->in, 0, "output", TEXT_MAX, &c->arena,
	    &e->output, err)) != RH_OK ||
	    (rc = json_opt_bool(&c->in, 0, "retryable", &a->retryable,
	    err)) != RH_OK ||
	    (rc = take_object(c, "usage", &e->usage, err)) != RH_OK ||
	    (rc = take_object(c, "cost", &e->cost, err)) != RH_OK ||
	    (rc = take_object(c, "metadata", &e->meta, err)) != RH_OK)
		return rc;
	e->reason = reason;
	if (e->error == NULL && a->state != RUN_COMPLETED)
		e->error = reason;
	e->has_exit_code = json_i64(&c->in, json_member(&c->in, 0,
	    "exit_code"), &code);
	e->exit_code = e->has_exit_code ? (int32_t)code : 0;
	return RH_OK;
}

static rh_status
reply_run(struct act *a, struct call *c, bool already, struct err *err)
{
	struct buf b = { 0 };
	struct json_out j;
	struct run_row r;
	rh_status rc;

	if ((rc = begin_run(a, c, &j, &b, &r, err)) != RH_OK)
		return rc;
	jw_m_bool(&j, "already_terminal", already);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

/* The first end stays; the same one again says so. */
static rh_status
again(struct act *a, struct call *c, enum run_state state, struct err *err)
{
	struct run_row r;
	rh_status rc;

	if ((rc = store_run_get(a->db, a->run_no, &c->arena, &r,
	    err)) != RH_OK)
		return rc;
	if (r.state != state)
		return err_set(err, RH_ESTATE, "the run has already ended as "
		    "%s, which can't become %s", run_state_name(r.state),
		    run_state_name(state));
	a->detail = "{\"already_terminal\":true}";
	return reply_run(a, c, true, err);
}

static rh_status
decide(struct act *a, const struct finalize_args *args, struct decision *d,
    struct err *err)
{
	size_t i = 0;

	d->end = args->end;
	if (a->held != NULL) {
		while (kinds[i].state != args->state)
			i++;
		if (a->held->state == RUN_CLAIMED)
			d->end.started_us = a->held->claimed_us;
		d->end.percent = -1;
		decide_finish(a->held, kinds[i].kind, args->retryable, false,
		    d);
		return RH_OK;
	}
	d->state = args->state;
	if (run_is_terminal(d->state) && run_may_go(a->live->state, d->state))
		return RH_OK;
	return err_set(err, RH_ESTATE, "a run that is %s can't become %s so",
	    run_state_name(a->live->state), run_state_name(d->state));
}

rh_status
run_finalize(struct act *a, struct call *c, struct err *err)
{
	const struct finalize_args *args = c->args;
	struct decision d = { 0 };
	struct run_live l;
	struct effect *e;
	rh_status rc;

	if (c->body == NULL)
		return run_finish(a, c, err);
	if (a->live == NULL)
		return again(a, c, args->state, err);
	if ((rc = decide(a, args, &d, err)) != RH_OK)
		return rc;
	l = *a->live;
	if (a->held == NULL && l.fence != 0) {
		e = act_effect(a, EFFECT_FENCED, l.run_no);
		e->fence = l.fence;
	}
	if ((rc = run_settle(a, c, &l, &d, err)) != RH_OK)
		return rc;
	return reply_run(a, c, false, err);
}

void
run_finalize_render(const struct call *c, struct buf *b)
{
	if (c->body == NULL)
		buf_adds(b, "{}");	/* nobody reads it as text */
	else
		act_reply_render(c, b);
}
