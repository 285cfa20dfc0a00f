/*
 * What an attempt's lane carries: for each kind the host's own action, its
 * arguments, and what is to be done when it is committed.
 */
#include "sched/control.h"

#include "base/mem.h"

#include <runhost/host.h>

static const char *
or_null(struct str s)
{
	return s.len > 0 ? s.p : NULL;
}

static void
fill_report(struct op *op, struct call *c, const struct run_report *r)
{
	struct report_args *args = c->args;

	(void)op;
	args->report = *r;
}

static void
done_report(struct op *op, struct call *c)
{
	const struct report_reply *reply = c->result;

	if (reply != NULL && reply->cancel)
		plan_cancel(op_job(op)->at);
	link_reply(op_job(op), op->seq, RH_OK, NULL, 0);
}

static void
fill_checkpoint(struct op *op, struct call *c, const struct run_report *r)
{
	struct checkpoint_args *args = c->args;

	args->report = *r;
	args->name = op->a;
	args->data = op->b;
}

static void
done_ok(struct op *op, struct call *c)
{
	(void)c;
	link_reply(op_job(op), op->seq, RH_OK, NULL, 0);
}

static void
fill_state(struct op *op, struct call *c, const struct run_report *r)
{
	struct state_args *args = c->args;

	args->run_no = r->run_no;
	args->fence = r->fence;
	args->scope = op->a;
	args->key = op->b;
	args->value = op->c;
}

static void
done_state_get(struct op *op, struct call *c)
{
	const struct state_args *args = c->args;

	link_reply(op_job(op), op->seq, RH_OK, args->value.p,
	    args->value.len);
}

static void
fill_finish(struct op *op, struct call *c, const struct run_report *r)
{
	struct finish_args *args = c->args;

	args->report = *r;
	args->kind = op->outcome;
	args->retry = op->retry;
	args->host = op->host;
	args->end.exit_code = op->exit_code;
	args->end.has_exit_code = op->has_exit_code;
	args->end.output = or_null(op->a);
	args->end.error = or_null(op->b);
	args->end.meta = or_null(op->c);
}

/* The host's word: its reason may be another than what went wrong. */
static void
fill_end(struct op *op, struct call *c, const struct run_report *r)
{
	struct finish_args *args = c->args;

	fill_finish(op, c, r);
	args->end.meta = NULL;
	args->end.reason = or_null(op->c);
}

static void
done_end(struct op *op, struct call *c)
{
	struct job *j = op_job(op);

	(void)c;
	link_reply(j, op->seq, op->status, NULL, 0);
	plan_over(j->at);
}

static void
fill_release(struct op *op, struct call *c, const struct run_report *r)
{
	struct release_args *args = c->args;

	args->run_no = r->run_no;
	args->fence = r->fence;
	args->started = op->started;
	args->why = or_null(op->b);
}

static void
fill_outcome(struct op *op, struct call *c, const struct run_report *r)
{
	static const rh_status statuses[] = {
		[RH_COMPLETED] = RH_OK, [RH_FAILED] = RH_EPLUGIN,
		[RH_TIMEOUT] = RH_EDEADLINE, [RH_CANCELLED] = RH_ECANCELED,
		[RH_INTERRUPTED] = RH_EPLUGIN,
	};
	struct outcome_args *args = c->args;

	(void)r;
	args->call = op_job(op)->call;
	args->status = op->host ? op->status : statuses[op->outcome];
	args->output = op->a.len > 0 ? op->a : STR("{}");
	if (args->status != RH_OK)
		args->error = op->b.len > 0 ? op->b.p :
		    "the plugin gave no reason";
}

static void
done_outcome(struct op *op, struct call *c)
{
	struct job *j = op_job(op);

	(void)c;
	link_reply(j, op->seq, RH_OK, NULL, 0);
	job_answer(j);
	plan_over(j->at);
}

const struct op_kind op_report = {
	.action = "run_report", .args_size = sizeof(struct report_args),
	.carries = true,
	.fill = fill_report, .done = done_report,
};
const struct op_kind op_flush = {
	.action = "run_report", .args_size = sizeof(struct report_args),
	.carries = true,
	.fill = fill_report, .done = done_report,
};
const struct op_kind op_checkpoint = {
	.action = "run_checkpoint",
	.args_size = sizeof(struct checkpoint_args),
	.carries = true,
	.fill = fill_checkpoint, .done = done_ok,
};
const struct op_kind op_state_get = {
	.action = "plugin_state_get", .args_size = sizeof(struct state_args),
	.fill = fill_state, .done = done_state_get,
};
const struct op_kind op_state_set = {
	.action = "plugin_state_set", .args_size = sizeof(struct state_args),
	.fill = fill_state, .done = done_ok,
};
const struct op_kind op_call = { .go = nested_submit };
const struct op_kind op_use = { .go = use_submit };
const struct op_kind op_finish = {
	.action = "run_finalize", .args_size = sizeof(struct finish_args),
	.carries = true, .ends = true,
	.fill = fill_finish, .done = done_end,
};
const struct op_kind op_end = {
	.action = "run_finalize", .args_size = sizeof(struct finish_args),
	.caller = &caller_system,
	.carries = true, .ends = true,
	.fill = fill_end, .done = done_end,
};
const struct op_kind op_release = {
	.action = "run_release", .args_size = sizeof(struct release_args),
	.caller = &caller_host,
	.ends = true,
	.fill = fill_release, .done = done_end,
};
const struct op_kind op_outcome = {
	.action = "action_outcome", .args_size = sizeof(struct outcome_args),
	.ends = true,
	.fill = fill_outcome, .done = done_outcome,
};
