/*
 * What the played ledger writes down of each call, a line each.
 */
#include "unit/sched/rig.h"

#include "action/action.h"
#include "action/attempt.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

/* progress is "p15", output "o(text)", others their type. */
static void
log_events(struct rig *r, const struct run_report *report)
{
	const struct event_new *e;
	size_t i;
	int percent;
	char text[64];

	if (report->started_us != 0)
		buf_adds(&r->log, " start");
	for (i = 0; i < report->event_count; i++) {
		e = &report->events[i];
		if (r->first_us == 0)
			r->first_us = e->at_us;
		r->last_us = e->at_us;
		if (sscanf(strstr(e->data.p, "percent") != NULL ?
		    strstr(e->data.p, "percent") : "", "percent\":%d",
		    &percent) == 1)
			buf_printf(&r->log, " p%d", percent);
		else if (strcmp(e->type, "output") == 0 &&
		    sscanf(e->data.p, "{\"stream\":\"std%60[^}]",
		    text) == 1)
			buf_printf(&r->log, " (%s)", text);
		else
			buf_printf(&r->log, " %s", e->type);
	}
	if (report->truncated)
		buf_adds(&r->log, " truncated");
}

static void
log_report(struct rig *r, struct call *c)
{
	const struct report_args *args = c->args;

	log_events(r, &args->report);
}

static void
log_finish(struct rig *r, struct call *c)
{
	static const char *const kinds[] = {
		"?", "completed", "failed", "timeout", "cancelled",
		"interrupted",
	};
	const struct finish_args *args = c->args;

	log_events(r, &args->report);
	buf_printf(&r->log, " %s%s%s", kinds[args->kind],
	    args->host ? " host" : "", args->retry ? " retry" : "");
	if (args->end.error != NULL)
		buf_printf(&r->log, " error \"%.100s\"", args->end.error);
	if (args->end.reason != NULL)
		buf_printf(&r->log, " reason \"%.100s\"", args->end.reason);
	if (args->end.output != NULL)
		buf_printf(&r->log, " output \"%.200s\"", args->end.output);
}

static void
log_checkpoint(struct rig *r, struct call *c)
{
	const struct checkpoint_args *args = c->args;

	log_events(r, &args->report);
	buf_printf(&r->log, " " STR_FMT, STR_ARG(args->name));
}

static void
log_release(struct rig *r, struct call *c)
{
	const struct release_args *args = c->args;

	buf_printf(&r->log, " %s \"%s\"", args->started ? "started" :
	    "unstarted", args->why);
}

static void
log_state(struct rig *r, struct call *c)
{
	struct state_args *args = c->args;

	buf_printf(&r->log, " " STR_FMT " " STR_FMT " " STR_FMT,
	    STR_ARG(args->scope), STR_ARG(args->key), STR_ARG(args->value));
	if (args->value.len == 0)
		args->value = STR("\"stored\"");
}

static void
log_renew(struct rig *r, struct call *c)
{
	const struct renew_args *args = c->args;

	buf_printf(&r->log, " %zu", args->count);
}

static void
log_offer(struct rig *r, struct call *c)
{
	const struct offer_args *args = c->args;

	r->offered += args->n;
	if (r->offered < 0)
		r->offered = 0;
	buf_printf(&r->log, " %s %d%s", args->plugin, args->n,
	    args->inproc ? " inproc" : "");
}

/* What action_outcome does to the call that it is about. */
static void
log_outcome(struct rig *r, struct call *c)
{
	const struct outcome_args *args = c->args;

	args->call->status = args->status;
	if (args->status == RH_OK)
		buf_add(&args->call->reply, args->output.p, args->output.len);
	else
		err_set(&args->call->err, args->status, "%s", args->error);
	buf_printf(&r->log, " %s %d", args->call->name, args->status);
}

static void
log_use(struct rig *r, struct call *c)
{
	struct use_args *args = c->args;

	buf_printf(&r->log, " %s %s%s", args->what, args->capability,
	    args->judged ? " judged" : args->recorded ? " recorded" : "");
	if (args->judged)
		return;
	args->allowed = !r->denies;
	if (r->denies)
		err_set(&args->why, RH_EPERM, "\"%s\" lacks it",
		    c->caller.principal);
}

static const struct {
	const char *name;
	void	(*log)(struct rig *, struct call *);
} known[] = {
	{ "run_report", log_report },
	{ "run_finalize", log_finish },
	{ "run_checkpoint", log_checkpoint },
	{ "run_release", log_release },
	{ "plugin_state_get", log_state },
	{ "plugin_state_set", log_state },
	{ "run_renew", log_renew },
	{ "slots_offer", log_offer },
	{ "action_outcome", log_outcome },
	{ "capability_use", log_use },
};

void
rig_write_down(struct rig *r, struct call *c)
{
	size_t i;

	buf_adds(&r->log, c->name);
	if (c->caller.run_no != 0)
		buf_printf(&r->log, " %lld", (long long)c->caller.run_no);
	buf_printf(&r->log, " by %s", c->caller.principal);
	for (i = 0; i < ARRAY_LEN(known); i++)
		if (c->action != NULL && strcmp(c->name, known[i].name) == 0)
			known[i].log(r, c);
	buf_adds(&r->log, "\n");
}
