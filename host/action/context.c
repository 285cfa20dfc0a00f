/*
 * What an action's apply may ask of the gate, and the counts of the tally
 * that become rows.
 */
#include "action/gate_impl.h"

#include "action/act.h"
#include "action/admit.h"
#include "action/attempt.h"
#include "store/db.h"
#include "store/store_owner.h"
#include "store/store_weight.h"

struct effect *
act_effect(struct act *a, enum effect_kind kind, int64_t run_no)
{
	return effect_add(&a->gate->of_call, kind, run_no);
}

void
act_ended(struct act *a, const struct run_live *l, const struct run_end *e)
{
	const struct run_kind k = live_kind(l);
	int64_t started = l->started_us;

	if (started == 0 && e->started_us != 0)
		act_started(a, &k, started = e->started_us);
	if (e->state == RUN_COMPLETED && started != 0)
		pending_time(&a->gate->memory.pending, &k, STAT_DURATION,
		    a->now - started);
	act_moved(a, &k, l->state, e->state);
	act_bytes(a, l->owner_no, weight_end(e));
}

void
act_policy_changed(struct act *a)
{
	a->gate->policy_stale = true;
	act_effect(a, EFFECT_POLICY, 0);
}

static bool
same_queue(const struct effect *e, const char *plugin)
{
	if (e == NULL || e->kind != EFFECT_QUEUED)
		return false;
	if (e->plugin == NULL || plugin == NULL)
		return e->plugin == plugin;
	return strcmp(e->plugin, plugin) == 0;
}

void
act_queued(struct act *a, const char *plugin, int64_t line_no)
{
	struct effect *e = effects_last(&a->gate->effects);

	if (line_no == 1)
		memory_slot(&a->gate->memory, plugin)->queued = true;
	else
		plugin = NULL;
	/* Many runs of a batch make room once; one too many does no harm. */
	if (same_queue(e, plugin)) {
		e->n++;
		return;
	}
	e = act_effect(a, EFFECT_QUEUED, 0);
	e->n = 1;
	if (plugin != NULL)
		e->plugin = arena_strdup(&e->arena, plugin);
}

const char *
act_waiting(struct act *a, size_t *i)
{
	const struct memory *m = &a->gate->memory;

	while (*i < m->slot_count && !m->slots[*i].queued)
		++*i;
	return *i < m->slot_count ? m->slots[*i].plugin : NULL;
}

void
act_offer(struct act *a, const char *plugin, int n, bool inproc)
{
	struct slot *s = memory_slot(&a->gate->memory, plugin);

	s->free += n;
	if (s->free < 0)
		s->free = 0;
	s->inproc = inproc;
}

void
act_live(struct act *a, int64_t owner_no, int n)
{
	struct memory *m = &a->gate->memory;

	memory_add(m, memory_owner(m, owner_no), n, 0);
}

void
act_moved(struct act *a, const struct run_kind *k, enum run_state from,
    enum run_state to)
{
	struct memory *m = &a->gate->memory;

	pending_move(&m->pending, k, from, to);
	/* Those that have ended are counted from the start on. */
	if (from != 0 && to != 0)
		m->runs.n[from]--;
	if (to != 0)
		m->runs.n[to]++;
}

void
act_started(struct act *a, const struct run_kind *k, int64_t started)
{
	pending_time(&a->gate->memory.pending, k, STAT_WAIT,
	    started - k->created_us);
}

int64_t
act_live_count(struct act *a, int64_t owner_no)
{
	return memory_owner(&a->gate->memory, owner_no)->live;
}

void
act_bytes(struct act *a, int64_t owner_no, int64_t n)
{
	struct memory *m = &a->gate->memory;

	memory_add(m, memory_owner(m, owner_no), 0, n);
}

rh_status
act_bytes_check(struct act *a, int64_t owner_no, const char *owner,
    int64_t more, struct err *err)
{
	int64_t limit = a->env->quota_bytes, held = 0;

	if (owner_no != 0)
		held = memory_owner(&a->gate->memory, owner_no)->bytes;
	if (limit == 0 || held + more <= limit)
		return RH_OK;
	err_set(err, RH_EBYTES, "\"%s\" has %lld bytes stored, %lld more "
	    "are over the limit of %lld", owner, (long long)held,
	    (long long)more, (long long)limit);
	return err_hint(err, "wait until ended runs are removed, or raise "
	    "quota.stored_bytes, now %lld", (long long)limit);
}

void
act_token(struct act *a, const char *prefix, char text[ACT_TOKEN_LEN])
{
	uint8_t bytes[32];

	act_rand(a, bytes, sizeof bytes);
	memcpy(text, prefix, 4);
	str_hex(text + 4, bytes, sizeof bytes);
	hash_wipe(bytes, sizeof bytes);
}

int64_t
act_silence(struct act *a)
{
	return a->now - a->gate->memory.swept;
}

void
act_swept(struct act *a)
{
	a->gate->memory.swept = a->now;
}

rh_status
act_apart(struct act *a, struct call *c, int64_t run_no,
    rh_status (*part)(struct act *, struct call *, int64_t, struct err *),
    struct err *err)
{
	struct gate_mark mark;
	rh_status rc;

	if ((rc = gate_mark(a->gate, &mark, err)) != RH_OK)
		return rc;
	rc = part(a, c, run_no, err);
	if (!db_in_transaction(a->db))
		return rc == RH_EFULL ? rc :
		    err_set(err, RH_EIO, "the transaction was lost");
	if (rc == RH_OK)
		return gate_keep(a->gate, err);
	gate_undo(a->gate, &mark);
	return rc;
}

struct id
act_id(struct act *a)
{
	return id_next(&a->gate->ids, a->now, a->gate->rand);
}

void
act_rand(struct act *a, void *p, size_t len)
{
	rand_bytes(a->gate->rand, p, len);
}

/* A count of the tally becomes a row. */
static rh_status
tally_row(const struct tally_key *k, int64_t count, int64_t since, void *arg)
{
	struct act *a = arg;
	struct buf b = { 0 };
	struct json_out j;
	struct audit_row r = {
		.at_us = a->now, .op = act_id(a), .principal = k->principal,
		.action = k->action, .permission = k->action,
		.decision = k->read ? AUDIT_ALLOW :
		    is_refusal(k->status) ? AUDIT_DENY : AUDIT_ERROR,
		.target = k->target[0] != '\0' ? k->target : NULL,
		.via = k->via[0] != '\0' ? k->via : NULL,
	};
	struct err err;
	rh_status rc;

	jw_init(&j, &b);
	jw_object(&j);
	jw_m_i64(&j, "count", count);
	jw_m_time(&j, "since", since);
	if (!k->read)
		jw_m_text(&j, "reason_code", err_reason(k->status)->code);
	if (k->source[0] != '\0')
		jw_m_text(&j, "source", k->source);
	jw_end_object(&j);
	r.detail = b.p;
	rc = chain_append(a->db, &a->gate->head, &r, &err);
	buf_fini(&b);
	return rc;
}

rh_status
audit_flush(struct act *a, struct call *c, struct err *err)
{
	const struct flush_args *args = c->args;

	a->gate->tallied = true;
	if (tally_flush(a->env->tally, a->now, args->all, tally_row, a) != RH_OK)
		return err_set(err, RH_EIO, "counted refusals");
	return RH_OK;
}
