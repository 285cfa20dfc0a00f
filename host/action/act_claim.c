/*
 * run_claim: the next run for a runtime elsewhere.
 */
#include "action/act_claim.h"

#include "auth/policy.h"
#include "base/base64.h"
#include "base/hash.h"
#include "json/read.h"
#include "store/store_claim.h"
#include "store/store_line.h"
#include "store/store_runtime.h"
#include "store/store_scope.h"

#include <string.h>

#define QUEUE_MAX	255
#define LEASE_DEFAULT	60

rh_status
run_claim_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct claim_args *a = arena_zalloc(&c->arena, sizeof *a);
	int64_t wait = 0;
	rh_status rc;

	(void)reg;
	c->args = a;
	if ((rc = take_name(c, "queue_name", QUEUE_MAX, &a->queue,
	    err)) != RH_OK)
		return rc;
	a->runner_ids = json_member(&c->in, 0, "runner_ids");
	if (json_type(&c->in, a->runner_ids) == JSON_NULL)
		a->runner_ids = -1;
	json_i64(&c->in, json_member(&c->in, 0, "wait_seconds"), &wait);
	a->lease_us = clamp_seconds(take_seconds(c, "lease_seconds",
	    LEASE_DEFAULT)) * US_PER_S;
	c->wait_us = wait * US_PER_S;
	return RH_OK;
}

/* Which runs a claim may take. */
struct claiming {
	struct act *a;
	struct call *c;
	const struct claim_args *args;
	bool	all;		/* the caller reaches everybody's */
	bool	lined;		/* grants go by lines */
	bool	whole;		/* and it reaches all of this one: */
	struct scope_line line;
	struct claim_head best;
};

static bool
wants_runner(const struct claiming *k, const char *runner_id)
{
	const struct json_doc *in = &k->c->in;
	int n;

	if (k->args->runner_ids < 0)
		return true;
	for (n = json_first(in, k->args->runner_ids); n >= 0;
	    n = json_next(in, n)) {
		if (json_is(in, n, runner_id))
			return true;
	}
	return false;
}

static bool
takes_run(void *arg, int64_t scope_no)
{
	const struct claiming *k = arg;
	struct scope scope;
	struct verdict v;

	if ((k->all || k->whole) && k->args->runner_ids < 0)
		return true;
	if (store_scope_get(k->a->db, scope_no, &k->c->arena, &scope,
	    NULL) != RH_OK || !wants_runner(k, scope.runner))
		return false;
	if (k->all || k->whole)
		return true;
	scope.line = &k->line;
	authorize(k->a->policy, &k->c->caller, k->c->name, &scope, k->a->now,
	    &v);
	return v.allow;
}

/* Whether the caller may have any run of the line. */
static bool
reaches_line(struct claiming *k, const char *queue,
    const struct json_doc *labels)
{
	enum reach reach;

	if (k->all || !k->lined)
		return true;
	k->line = (struct scope_line){ queue, labels };
	reach = authorize_line(k->a->policy, &k->c->caller, k->c->name,
	    k->a->now, &k->line);
	k->whole = reach == REACH_ALL;
	return reach != REACH_NONE;
}

static bool
takes_line(struct claiming *k, const struct line *l, struct json_doc *want)
{
	struct arena *a = &k->c->arena;

	if (!wants_runner(k, l->runner))
		return false;
	if (strcmp(l->labels, "{}") == 0)
		return reaches_line(k, l->queue, NULL);
	return json_parse(a, l->labels, strlen(l->labels), NULL, want,
	    NULL) == RH_OK && labels_hold(a, k->a->runtime->labels, want) &&
	    reaches_line(k, l->queue, want);
}

static rh_status
look(struct claiming *k, const char *plugin, int64_t line_no,
    struct err *err)
{
	return store_claim_look(k->a->db, plugin, line_no, k->a->now,
	    takes_run, k, &k->best, err);
}

/* The best of the heads of all lines that suit. */
static rh_status
find(struct claiming *k, struct err *err)
{
	struct line *lines;
	struct json_doc want;
	const char *plugin;
	size_t i, n;
	rh_status rc = RH_OK;

	for (i = 0; rc == RH_OK && k->args->queue == NULL &&
	    reaches_line(k, NULL, NULL) &&
	    (plugin = act_waiting(k->a, &i)) != NULL; i++)
		rc = look(k, plugin, LINE_PLAIN, err);
	if (rc != RH_OK || (rc = store_line_list(k->a->db, k->a->runtime->id,
	    k->args->queue, &k->c->arena, &lines, &n, err)) != RH_OK)
		return rc;
	for (i = 0; i < n && rc == RH_OK; i++) {
		if (takes_line(k, &lines[i], &want))
			rc = look(k, lines[i].plugin, lines[i].no, err);
	}
	return rc;
}

/* Whether the runtime may have one more. */
static rh_status
check_runtime(struct act *a, bool *may, struct err *err)
{
	const struct runtime_row *r = a->runtime;
	int64_t n = 0;
	rh_status rc;

	*may = false;
	if (r->stale || r->deadline_us <= a->now) {
		err_set(err, RH_ESTATE, "runtime \"%s\" is stale, so it "
		    "claims nothing", r->id);
		return err_hint(err, "send runtime_heartbeat first");
	}
	if (r->draining)
		return RH_OK;
	if (r->capacity != 0 && (rc = store_claim_count(a->db, r->id,
	    r->capacity, &n, err)) != RH_OK)
		return rc;
	*may = r->capacity == 0 || n < r->capacity;
	return RH_OK;
}

static void
claim_detail(struct act *a, struct call *c, const struct claim_args *args,
    const struct run_row *r)
{
	struct buf b = { 0 };
	struct json_out j;

	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "runtime_id", r->runtime);
	if (args->queue != NULL)
		jw_m_text(&j, "queue_name", args->queue);
	if (args->runner_ids >= 0)
		jw_m_raw(&j, "runner_ids", json_raw(&c->in,
		    args->runner_ids));
	jw_m_i64(&j, "attempt", r->attempts);
	jw_m_i64(&j, "fence", r->fence);
	jw_m_text(&j, "from", run_state_name(RUN_QUEUED));
	jw_m_text(&j, "status", run_state_name(RUN_CLAIMED));
	jw_end_object(&j);
	act_detail(a, c, &b);
}

static void
taken(struct act *a, const struct run_row *r)
{
	struct effect *e = act_effect(a, EFFECT_TAKEN, r->run_no);

	if (r->queue != NULL)
		e->queue = arena_strdup(&e->arena, r->queue);
	e->wait_us = r->attempts == 1 ? a->now - r->created_us : -1;
}

static rh_status
take(struct claiming *k, struct claim_reply *out, struct err *err)
{
	struct act *a = k->a;
	uint8_t hash[HASH_LEN];
	struct claim_take t = {
		.head = &k->best, .runtime = a->runtime->id, .now_us = a->now,
		.lease_us = a->now + k->args->lease_us, .token = hash,
	};
	struct run_kind kind;
	char id[ID_RUN_LEN];
	rh_status rc;

	act_token(a, "rhc_", out->token);
	claim_hash(k->c, out->token, t.runtime, k->best.run_no,
	    k->best.fence + 1, hash);
	if ((rc = store_claim_take(a->db, &t, &k->c->arena, &out->got,
	    err)) != RH_OK)
		return rc;
	out->lease_us = k->args->lease_us;
	kind = row_kind(&out->got.row);
	act_moved(a, &kind, RUN_QUEUED, RUN_CLAIMED);
	act_target(a, k->c, id_run(&out->got.row.id, id));
	claim_detail(a, k->c, k->args, &out->got.row);
	taken(a, &out->got.row);
	return RH_OK;
}

rh_status
run_claim(struct act *a, struct call *c, struct err *err)
{
	struct claiming k = { .a = a, .c = c, .args = c->args };
	struct claim_reply *out = arena_zalloc(&c->arena, sizeof *out);
	const char *owner;
	bool may;
	rh_status rc;

	c->result = out;
	if ((rc = check_runtime(a, &may, err)) != RH_OK)
		return rc;
	k.all = authorize_reach(a->policy, &c->caller, c->name, a->now,
	    &owner) == REACH_ALL;
	k.lined = policy_lined(a->policy);
	if (may && (rc = find(&k, err)) != RH_OK)
		return rc;
	if (k.best.run_no != 0)
		return take(&k, out, err);
	a->unrecorded = true;
	c->idle = true;
	return RH_OK;
}

/* Where a former attempt had got to. */
static void
write_checkpoint(struct json_out *j, const struct run_claimed *got)
{
	struct buf b = { 0 };

	jw_name(j, "checkpoint");
	if (got->checkpoint_name == NULL) {
		jw_null(j);
		return;
	}
	base64_add(&b, got->checkpoint.p, got->checkpoint.len);
	jw_object(j);
	jw_m_text(j, "name", got->checkpoint_name);
	jw_m_i64(j, "number", got->checkpoint_no);
	jw_m_str(j, "data", (struct str){ b.p, b.len });
	jw_end_object(j);
	buf_fini(&b);
}

static void
write_work(struct json_out *j, const struct claim_reply *r)
{
	static const char *const causes[] = {
		[CAUSE_FIRST] = "first", [CAUSE_RETRY] = "retry",
		[CAUSE_RESUME] = "resume", [CAUSE_TAKEOVER] = "takeover",
	};
	const struct run_row *row = &r->got.row;

	jw_m_text(j, "claim_token", r->token);
	jw_m_i64(j, "lease_seconds", r->lease_us / US_PER_S);
	jw_m_i64(j, "attempt", row->attempts);
	jw_m_text(j, "attempt_reason", causes[r->got.cause]);
	jw_m_i64(j, "timeout_seconds", row->timeout_us / US_PER_S);
	jw_m_text(j, "runner", row->runner);
	jw_m_text(j, "raw_args", row->raw_args);
	jw_m_raw(j, "args", str_of(row->args));
	jw_m_raw(j, "flags", str_of(row->flags));
	jw_m_raw(j, "input", str_of(row->input != NULL ? row->input :
	    "null"));
	write_checkpoint(j, &r->got);
}

void
run_claim_render(const struct call *c, struct buf *b)
{
	const struct claim_reply *r = c->result;
	struct json_out j;

	if (r->got.row.run_no == 0) {
		buf_adds(b, "null");
		return;
	}
	jw_init(&j, b);
	jw_object(&j);
	write_run(&j, &r->got.row);
	write_work(&j, r);
	jw_end_object(&j);
}
