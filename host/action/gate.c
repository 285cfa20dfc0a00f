/*
 * Batches: one transaction, many calls, and the two values of what is
 * remembered of the ledger.
 */
#include "action/gate_impl.h"

#include "base/fault.h"
#include "base/log.h"
#include "base/mem.h"
#include "plugin/registry.h"
#include "store/db.h"
#include "store/store_misc.h"

#include <assert.h>
#include <stdlib.h>

#define CLAIMS_MAX	512	/* in one batch */

rh_status
gate_open(struct db *db, const struct action_env *env,
    const struct clock *clock, struct rand_src *rand, struct gate **out,
    struct err *err)
{
	struct gate *g = mem_zalloc(sizeof *g);
	int64_t newest;
	rh_status rc;

	g->db = db;
	g->env = env;
	g->rand = rand;
	STAILQ_INIT(&g->of_call);
	STAILQ_INIT(&g->effects);
	if ((rc = chain_load(db, &g->head, err)) != RH_OK ||
	    (rc = store_clock(db, &newest, err)) != RH_OK)
		goto fail;
	/* Ids and times go on from what is on disk, whatever the clock says. */
	g->ids.last = g->head.op;
	if (newest < g->head.at_us)
		newest = g->head.at_us;
	clock_ledger_init(&g->clock, clock, newest);
	if ((rc = policy_load(db, gate_now(g), &g->policy, err)) != RH_OK ||
	    (rc = memory_load(db, &g->memory, err)) != RH_OK)
		goto fail;
	g->head_committed = g->head;
	g->policy_committed = policy_ref(g->policy);
	g->memory.swept = g->memory.swept_committed = gate_now(g);
	*out = g;
	return RH_OK;
fail:
	gate_close(g);
	return rc;
}

void
gate_close(struct gate *g)
{
	if (g == NULL)
		return;
	effects_clear(&g->of_call);
	effects_clear(&g->effects);
	policy_unref(g->policy);
	policy_unref(g->policy_committed);
	memory_fini(&g->memory);
	free(g);
}

void
gate_new_chain(struct gate *g, int64_t seen)
{
	if (seen > g->head.chain && seen < INT32_MAX)
		g->head.chain = seen;
	g->head_committed.chain = ++g->head.chain;
}

int64_t
gate_now(struct gate *g)
{
	return clock_ledger_now(&g->clock);
}

struct policy *
gate_policy(struct gate *g)
{
	return policy_ref(g->policy_committed);
}

const struct chain_head *
gate_head(const struct gate *g)
{
	return &g->head_committed;
}

const struct run_counts *
gate_runs(const struct gate *g)
{
	return &g->memory.runs_committed;
}

struct metric_hist *
gate_commits(struct gate *g)
{
	return &g->commits;
}

rh_status
gate_begin(struct gate *g, struct err *err)
{
	g->now = gate_now(g);
	g->committing = false;
	return db_begin(g->db, err);
}

rh_status
gate_refresh_policy(struct gate *g, struct err *err)
{
	struct policy *p;
	rh_status rc;

	if (!g->policy_stale)
		return RH_OK;
	if ((rc = policy_load(g->db, g->now, &p, err)) != RH_OK)
		return rc;
	policy_unref(g->policy);
	g->policy = p;
	g->policy_stale = false;
	return RH_OK;
}

rh_status
gate_mark(struct gate *g, struct gate_mark *m, struct err *err)
{
	rh_status rc;

	if ((rc = db_savepoint(g->db, err)) != RH_OK)
		return rc;
	memory_mark(&g->memory);
	m->head = g->head;
	m->last = effects_last(&g->of_call);
	m->policy_stale = g->policy_stale;
	m->tallied = g->tallied;
	return RH_OK;
}

rh_status
gate_keep(struct gate *g, struct err *err)
{
	memory_keep(&g->memory);
	return db_savepoint_release(g->db, err);
}

void
gate_undo(struct gate *g, const struct gate_mark *m)
{
	db_savepoint_rollback(g->db);
	memory_undo(&g->memory);
	g->head = m->head;
	g->policy_stale = m->policy_stale;
	effects_cut(&g->of_call, m->last);
	/* Counts are settled with the batch: what writes them isn't undone. */
	assert(g->tallied == m->tallied);
}

/* It doesn't change while the host runs. */
static int64_t
slot_image(const struct gate *g, struct slot *s)
{
	const struct plugin *p;

	if (s->image == 0 && (p = registry_find(g->env->registry,
	    str_of(s->plugin))) != NULL)
		s->image = image_tag(&p->image);
	return s->image;
}

/* One run for one slot; *got is false when nothing waits. */
static rh_status
claim_one(struct gate *g, struct slot *s, bool *got, struct err *err)
{
	struct run_claim how = {
		.plugin = s->plugin, .runtime = "local", .inproc = s->inproc,
		.image = slot_image(g, s),
		.now_us = g->now, .lease_us = g->now + g->env->lease_us,
	};
	struct act a = {
		.db = g->db, .env = g->env, .policy = g->policy,
		.now = g->now, .gate = g,
		.op = id_next(&g->ids, g->now, g->rand),
	};
	struct effect *e = effect_add(&g->effects, EFFECT_START, 0);
	const struct run_row *run;
	struct run_kind k;
	struct audit_row r;
	char id[ID_RUN_LEN];
	rh_status rc;

	e->claimed = arena_zalloc(&e->arena, sizeof *e->claimed);
	rc = store_run_claim(g->db, &how, &e->arena, e->claimed, err);
	*got = rc == RH_OK && e->claimed->row.run_no != 0;
	if (!*got) {
		STAILQ_REMOVE(&g->effects, e, effect, link);
		effect_free(e);
		return rc;
	}
	run = &e->claimed->row;
	k = row_kind(run);
	act_moved(&a, &k, RUN_QUEUED, RUN_CLAIMED);
	e->run_no = run->run_no;
	e->fence = run->fence;
	e->plugin = arena_strdup(&e->arena, s->plugin);
	e->inproc = s->inproc;
	r = (struct audit_row){
		.at_us = a.now, .op = a.op, .principal = "runtime:local",
		.action = "run_claim", .permission = "run_claim",
		.decision = AUDIT_ALLOW,
		.target = id_run(&run->id, id),
		.detail = arena_printf(&e->arena, "{\"attempt\":%d,"
		    "\"fence\":%lld%s}", run->attempts,
		    (long long)e->fence,
		    s->inproc ? ",\"mode\":\"inproc\"" : ""),
	};
	return chain_append(g->db, &g->head, &r, err);
}

bool
gate_claims(struct gate *g, struct err *err)
{
	struct slot *s;
	size_t i, n = 0;
	bool got;

	for (i = 0; i < g->memory.slot_count; i++) {
		s = &g->memory.slots[i];
		while (s->free > 0 && s->queued && n < CLAIMS_MAX) {
			if (claim_one(g, s, &got, err) != RH_OK)
				return false;
			s->queued = got;
			s->free -= got;
			n += got;
		}
	}
	return true;
}

rh_status
gate_commit(struct gate *g, struct effects *out, struct err *err)
{
	int64_t began;
	rh_status rc;

	if ((rc = memory_flush(&g->memory, g->db, g->now,
	    err)) != RH_OK ||
	    (rc = gate_refresh_policy(g, err)) != RH_OK)
		return rc;
	g->committing = true;
	FAULT("batch.before_commit");
	began = clock_real.boot_us(&clock_real);
	if ((rc = db_commit(g->db, err)) != RH_OK)
		return rc;
	metric_observe(&g->commits, METRIC_COMMIT,
	    clock_real.boot_us(&clock_real) - began);
	FAULT("batch.after_commit");
	g->head_committed = g->head;
	if (g->policy != g->policy_committed) {
		policy_unref(g->policy_committed);
		g->policy_committed = policy_ref(g->policy);
	}
	memory_commit(&g->memory);
	if (g->tallied)
		tally_settle(g->env->tally, true);
	g->tallied = false;
	STAILQ_CONCAT(out, &g->effects);
	return RH_OK;
}

bool
gate_committing(const struct gate *g)
{
	return g->committing;
}

void
gate_rollback(struct gate *g)
{
	db_rollback(g->db);
	g->head = g->head_committed;
	g->policy_stale = false;
	if (g->policy != g->policy_committed) {
		policy_unref(g->policy);
		g->policy = policy_ref(g->policy_committed);
	}
	memory_rollback(&g->memory);
	if (g->tallied)
		tally_settle(g->env->tally, false);
	g->tallied = false;
	effects_clear(&g->of_call);
	effects_clear(&g->effects);
}

rh_status
gate_check(struct gate *g, struct err *err)
{
	struct chain_head head;
	rh_status rc;

	if ((rc = chain_load(g->db, &head, err)) != RH_OK)
		return rc;
	if (head.seq != g->head.seq || !hash_eq(head.hash, g->head.hash) ||
	    head.chain != g->head.chain)
		return err_set(err, RH_EINTERNAL, "the chain ends at row %lld,"
		    " memory says %lld", (long long)head.seq,
		    (long long)g->head.seq);
	if ((rc = policy_check(g->policy, g->db, err)) != RH_OK ||
	    (rc = policy_check(g->policy_committed, g->db, err)) != RH_OK)
		return rc;
	return memory_check(&g->memory, g->db, err);
}
