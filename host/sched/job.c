/*
 * An attempt's half outside the plan: a claimed run, or an action that
 * somebody called; what its plugin is told, and how it ends.
 */
#include "sched/control.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "json/read.h"

#include <runhost/host.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct job *
job_new(struct plug *plug, bool inproc)
{
	struct job *j = mem_zalloc(sizeof *j);

	j->s = plug->s;
	j->plug = plug;
	j->percent = 0;
	STAILQ_INIT(&j->ops);
	LIST_INIT(&j->openings);
	j->timer.fire = lane_wake;
	j->timer.arg = j;
	j->caller.kind = CALLER_PLUGIN;
	j->caller.principal = plug->principal;
	j->caller.source = "";
	j->caller.inproc = inproc;
	return j;
}

/* Who made the run, origin first. */
static void
read_chain(struct job *j, const char *json)
{
	struct json_doc doc;
	struct str s;
	int node;

	if (json == NULL || json_parse(&j->arena, json, strlen(json), NULL,
	    &doc, NULL) != RH_OK)
		return;
	for (node = json_first(&doc, 0); node >= 0 && j->caller.chain_len <
	    CALLER_CHAIN_MAX; node = json_next(&doc, node))
		if (json_str(&doc, node, &j->arena, &s))
			j->caller.chain[j->caller.chain_len++] = s.p;
}

static size_t
text_len(const char *s)
{
	return s != NULL ? strlen(s) : 0;
}

static struct rh_text
text(const char *s)
{
	return (struct rh_text){ s, text_len(s) };
}

static struct rh_text
text_or(const char *s, const char *otherwise)
{
	return text(s != NULL ? s : otherwise);
}

static void
fill_run(const struct job *j, struct rh_invocation *inv)
{
	const struct run_claimed *claimed = j->effect->claimed;
	const struct run_row *r = &claimed->row;

	inv->kind = RH_INVOKE_RUN;
	inv->runner = text(r->runner);
	inv->action_id = text(r->action_id);
	inv->session_id = text(r->session_id);
	inv->user_id = text(j->caller.chain_len > 0 ? j->caller.chain[0] :
	    r->scope.owner);
	inv->command = text(r->command);
	inv->raw_args = text(r->raw_args);
	inv->args = text_or(r->args, "[]");
	inv->flags = text_or(r->flags, "{}");
	inv->input = text_or(r->input, "null");
	inv->metadata = text_or(r->metadata, "{}");
	inv->checkpoint_name = text(claimed->checkpoint_name);
	inv->checkpoint = (struct rh_text){ claimed->checkpoint.p,
	    claimed->checkpoint.len };
	inv->created_us = r->created_us;
	inv->timeout_ms = r->timeout_us / US_PER_MS;
	inv->attempt = (uint32_t)r->attempts;
	inv->reason = (uint32_t)claimed->cause;
}

static void
fill_action(const struct job *j, struct rh_invocation *inv)
{
	const struct call *c = j->call;

	inv->kind = RH_INVOKE_ACTION;
	inv->runner = text(c->plugin_action->name);
	inv->user_id = text(j->caller.chain[0]);
	inv->args = text("[]");
	inv->flags = text("{}");
	inv->input = (struct rh_text){ c->body, c->body_len };
	inv->metadata = text("{}");
	inv->created_us = j->s->plan.now;
	inv->attempt = 1;
	inv->reason = RH_ATTEMPT_FIRST;
}

/* All but its deadline; id is for the run's. */
static void
fill(const struct job *j, char id[ID_RUN_LEN], struct rh_invocation *inv)
{
	*inv = (struct rh_invocation){
		.size = sizeof *inv,
		.extension_id = text(j->plug->plugin->id),
		.config = text_or(j->plug->plugin->config, "{}"),
	};
	if (j->effect == NULL) {
		fill_action(j, inv);
		return;
	}
	fill_run(j, inv);
	inv->run_id = text(id_run(&j->effect->claimed->row.id, id));
}

/* What its INVOKE will take in a worker's socket. */
static size_t
invoke_bytes(const struct job *j)
{
	struct rh_invocation inv;
	char id[ID_RUN_LEN];

	fill(j, id, &inv);
	return invoke_size(&inv);
}

void
job_start(struct sched *s, struct effect *e)
{
	const struct run_claimed *claimed = e->claimed;
	const struct run_row *row = &claimed->row;
	struct plug *plug = plug_find(s, e->plugin);
	struct job_info info = {
		.kind = JOB_RUN, .run_no = e->run_no, .fence = e->fence,
		.owner = row->scope.owner != NULL ? row->scope.owner : "",
		.inproc = e->inproc,
		.timeout_us = row->timeout_us,
		.deadline_us = row->deadline_us,
	};
	char id[ID_RUN_LEN];
	struct job *j;

	if (plug == NULL) {
		log_event(LOG_ERROR, "a run was claimed for no plugin",
		    "plugin", e->plugin, "run", id_run(&row->id, id), NULL);
		effect_free(e);
		return;
	}
	j = job_new(plug, e->inproc);
	j->effect = e;
	j->out_bytes = claimed->out_bytes;
	j->caller.run_no = e->run_no;
	j->caller.fence = e->fence;
	read_chain(j, row->chain);
	info.bytes = invoke_bytes(j);
	info.job = j;
	plan_start(plug->pool, &info, &j->at);
}

/* The call of a plugin's action: its chain grows by who made it. */
static void
take_call(struct job *j, struct call *c)
{
	size_t i, n = c->caller.chain_len;

	j->call = c;
	if (n >= CALLER_CHAIN_MAX)
		n = CALLER_CHAIN_MAX - 1;	/* nested.c refuses before */
	for (i = 0; i < n; i++)
		j->caller.chain[i] = arena_strdup(&j->arena,
		    c->caller.chain[i]);
	j->caller.chain[n] = arena_strdup(&j->arena, c->caller.principal);
	j->caller.chain_len = n + 1;
}

static int64_t
action_deadline(const struct sched *s, const struct call *c)
{
	const struct attempt *parent = nested_parent(c);
	int64_t at = s->plan.now + s->cfg.action_timeout_ms * US_PER_MS;

	if (parent != NULL && parent->deadline_us != 0 &&
	    parent->deadline_us < at)
		at = parent->deadline_us;
	return at;
}

void
job_invoke(struct sched *s, struct effect *e)
{
	struct call *c = e->call;
	struct plug *plug = plug_find(s, e->plugin);
	struct job_info info = { .kind = JOB_ACTION };
	struct job *j;

	if (plug == NULL) {
		c->status = err_set(&c->err, RH_EUNAVAIL,
		    "plugin \"%s\" is not in use", e->plugin);
		c->done(c);
		effect_free(e);
		return;
	}
	j = job_new(plug, plug->pool->inproc);
	take_call(j, c);
	info.owner = j->caller.chain[0];
	info.bytes = invoke_bytes(j);
	info.inproc = plug->pool->inproc;
	info.depth = c->caller.kind == CALLER_PLUGIN ?
	    (int)c->caller.chain_len : 0;
	info.deadline_us = action_deadline(s, c);
	info.job = j;
	effect_free(e);
	plan_start(plug->pool, &info, &j->at);
}

/* What is left until its deadline; 0: it has none. */
static int64_t
time_left(const struct job *j)
{
	int64_t at = j->at->deadline_us, now = j->s->plan.now;

	if (at == 0)
		return 0;
	return at > now ? at - now : 1;
}

void
job_send(struct job *j)
{
	struct rh_invocation inv;
	struct buf body = { 0 };
	char id[ID_RUN_LEN], why[WHY_LEN];
	rh_status rc;

	fill(j, id, &inv);
	inv.deadline_us = time_left(j);
	if (j->at->kind == JOB_ACTION)
		inv.timeout_ms = inv.deadline_us / US_PER_MS;
	invoke_pack(&body, &inv);
	rc = link_send(j->at->worker->link, FRAME_INVOKE, j->at->handle, 0,
	    &body);
	if (rc == RH_ETOOBIG) {
		snprintf(why, sizeof why, "invocation of %zu bytes, at most "
		    "%d", body.len, MESSAGE_MAX);
		plan_end(j->at, RH_FAILED, RH_ETOOBIG, false, why);
	} else if (rc == RH_EBUSY) {
		plan_unsent(j->at);
	}
	buf_fini(&body);
}

void
job_end(struct job *j, const struct command *cmd)
{
	struct op *op = op_new(j, j->at->kind == JOB_RUN ? &op_end :
	    &op_outcome);
	const struct worker *w = j->at->worker;

	if (j->at->kind == JOB_RUN)
		output_flush(j);
	else
		op->status = cmd->status;
	op->host = true;
	op->outcome = cmd->outcome;
	op->retry = cmd->retry;
	op->b = str_of(arena_strdup(&op->arena, j->at->why));
	if (j->at->limit != NULL)
		op->c = str_of(j->at->limit);
	/* Nobody can end its thread. */
	if (w != NULL && w->inproc && j->at->hard)
		op->c = STR("abandoned");
	lane_add(j, op);
}

void
job_release(struct job *j, const struct command *cmd)
{
	struct op *op = op_new(j, &op_release);

	op->host = true;
	op->started = cmd->started;
	op->b = str_of(arena_strdup(&op->arena, j->at->why));
	lane_add(j, op);
}

void
job_answer(struct job *j)
{
	struct call *c = j->call;

	j->call = NULL;
	c->deferred = false;
	c->done(c);
}

void
job_free(struct job *j)
{
	struct job_ids ids;
	char n[24];

	if (j->dropped > 0 || j->refused > 0) {
		job_ids(j, &ids);
		snprintf(n, sizeof n, "%lld", (long long)(j->dropped +
		    j->refused));
		log_event(LOG_WARN, "reports were refused or dropped",
		    "plugin", j->plug->plugin->id, "run", ids.run, "count", n,
		    NULL);
	}
	uses_drop(j);
	lane_free(j);
	effect_free(j->effect);
	arena_fini(&j->arena);
	free(j);
}
