/*
 * A batch: the host's calls made from the model's, carried out by both, and
 * the answers compared.
 */
#include "model/world.h"

#include "base/mem.h"
#include "lib/keys.h"
#include "plugin/registry.h"

#include <runhost/host.h>

#include <stdlib.h>
#include <string.h>

struct caller
batch_caller(struct world *w, const struct m_caller *c)
{
	struct caller out = { .principal = c->principal,
	    .source = c->source != NULL ? c->source : "" };
	static const enum caller_kind kinds[] = {
		[BY_NOBODY] = CALLER_ANONYMOUS, [BY_TOKEN] = CALLER_TOKEN,
		[BY_LOCAL] = CALLER_LOCAL, [BY_PLUGIN] = CALLER_PLUGIN,
		[BY_HOST] = CALLER_HOST, [BY_SYSTEM] = CALLER_SYSTEM,
	};
	size_t i;

	out.kind = kinds[c->who];
	if (c->who == BY_TOKEN)
		memcpy(out.token, w->m->tokens[c->token].hash,
		    sizeof out.token);
	for (i = 0; i < c->chain_len; i++)
		out.chain[out.chain_len++] = c->chain[i];
	return out;
}

/* Bodies: a member a field that was chosen. */

static void
member(struct buf *b, const char *name, const char *text)
{
	if (text != NULL)
		buf_printf(b, "%s\"%s\":\"%s\"", b->len > 1 ? "," : "", name,
		    text);
}

static void
number(struct buf *b, const char *name, int64_t n)
{
	if (n != 0)
		buf_printf(b, "%s\"%s\":%lld", b->len > 1 ? "," : "", name,
		    (long long)n);
}

static void
truth(struct buf *b, const char *name, bool on)
{
	buf_printf(b, "%s\"%s\":%s", b->len > 1 ? "," : "", name,
	    on ? "true" : "false");
}

static void
body_create(struct world *w, const struct m_call *c, struct buf *b)
{
	(void)w;
	if (c->bad)
		return;
	member(b, c->command ? "command" : "runner", c->a);
	member(b, "workspace_id", c->scope.workspace);
	member(b, "session_id", c->scope.conversation);
	number(b, "priority", c->priority);
	number(b, "deadline_at", c->seconds);
	if (c->attempts > 1)
		number(b, "max_attempts", c->attempts);
	if (c->dry)
		truth(b, "dry_run", true);
	away_body_asks(c, b);
}

static void
body_cancel(struct world *w, const struct m_call *c, struct buf *b)
{
	const struct m_run *r = c->no > 0 ? &w->m->runs[c->no - 1] : NULL;

	if (c->b != NULL)
		member(b, "idempotency_key", c->b);
	else
		member(b, "run_id", r != NULL ? r->id :
		    "run_00000000000000000000000000000001");
	member(b, "reason", c->a);
}

static void
body_greet(struct world *w, const struct m_call *c, struct buf *b)
{
	(void)w;
	member(b, "name", c->a);
}

static void
body_grant(struct world *w, const struct m_call *c, struct buf *b)
{
	(void)w;
	member(b, "grantee", c->a);
	member(b, "permission", c->b);
	member(b, "owner", c->scope.owner);
	member(b, "workspace", c->scope.workspace);
	member(b, "conversation", c->scope.conversation);
	member(b, "runner", c->scope.runner);
	number(b, "expires_in_seconds", c->seconds);
}

static void
body_grant_no(struct world *w, const struct m_call *c, struct buf *b)
{
	(void)w;
	number(b, "grant_id", c->no);
}

static void
body_token(struct world *w, const struct m_call *c, struct buf *b)
{
	(void)w;
	member(b, "principal", c->a);
	member(b, "role", c->b != NULL ? c->b + strlen("role:") : NULL);
	number(b, "expires_in_seconds", c->seconds);
}

static void
body_token_no(struct world *w, const struct m_call *c, struct buf *b)
{
	(void)w;
	number(b, "token_id", c->no);
}

static void
body_audited(struct world *w, const struct m_call *c, struct buf *b)
{
	(void)w;
	member(b, "runner_id", c->a);
	truth(b, "audited", c->on);
}

static void
body_id(struct world *w, const struct m_call *c, struct buf *b)
{
	(void)w, (void)c;
	member(b, "id", "demo");
}

static void
body_key(struct world *w, const struct m_call *c, struct buf *b)
{
	(void)w, (void)c;
	member(b, "public_key", KEY_PUBLIC_TEXT);
}

static void
body_key_id(struct world *w, const struct m_call *c, struct buf *b)
{
	(void)w, (void)c;
	member(b, "key_id", KEY_ID);
}

static void
body_none(struct world *w, const struct m_call *c, struct buf *b)
{
	(void)w;
	(void)c;
	(void)b;
}

static void
body_dry(struct world *w, const struct m_call *c, struct buf *b)
{
	(void)w;
	truth(b, "dry_run", c->dry);
}

static void
body_file(struct world *w, const struct m_call *c, struct buf *b)
{
	(void)w, (void)c;
	member(b, "file", "/tmp/monday.db");
}

static body_fn *const bodies[KINDS] = {
	[DO_CREATE] = body_create, [DO_CANCEL] = body_cancel,
	[DO_GREET] = body_greet, [DO_GRANT_ADD] = body_grant,
	[DO_GRANT_REMOVE] = body_grant_no, [DO_TOKEN_CREATE] = body_token,
	[DO_TOKEN_REVOKE] = body_token_no, [DO_AUDITED] = body_audited,
	[DO_TRUST] = body_id, [DO_UNTRUST] = body_id,
	[DO_KEY_TRUST] = body_key, [DO_KEY_REVOKE] = body_key_id,
	[DO_CLEANUP] = body_dry, [DO_BACKUP] = body_file,
	[DO_RELOAD] = body_none,
};

static body_fn *
body_of(enum m_kind kind)
{
	return bodies[kind] != NULL ? bodies[kind] : away_bodies[kind];
}

static struct call *
build_outer(struct world *w, struct item *it)
{
	struct caller who = batch_caller(w, &it->m.who);
	struct buf b = { 0 };
	struct call *call;

	buf_adds(&b, "{");
	if (body_of(it->m.kind) != NULL)
		body_of(it->m.kind)(w, &it->m, &b);
	buf_adds(&b, "}");
	it->m.digest = m_sum(m_sum(1, m_names[it->m.kind]), b.p);
	call = call_open(m_names[it->m.kind], &who, b.p, b.len);
	STAILQ_INSERT_TAIL(&w->c.calls, call, link);
	buf_fini(&b);
	call->key = it->m.key;
	call_prepare(call, w->c.registry);
	return call;
}

/* The host's own calls. */

static const struct event_new *
events_of(struct call *call, const struct m_call *c)
{
	struct event_new *e = arena_zalloc(&call->arena,
	    (size_t)(c->n + 1) * sizeof *e);
	int i;

	for (i = 0; i < c->n; i++)
		e[i] = (struct event_new){ .type = "output",
		    .at_us = CORE_START, .data = str_of(m_event_text(i)) };
	return e;
}

static struct run_report
report_of(struct call *call, const struct m_call *c)
{
	return (struct run_report){ .run_no = c->no, .fence = c->fence,
	    .started_us = c->started ? CORE_START : 0,
	    .percent = c->percent > 0 ? c->percent : -1,
	    .events = events_of(call, c), .event_count = (size_t)c->n };
}

static void
fill_offer(struct item *it, struct call *call)
{
	*(struct offer_args *)call->args = (struct offer_args){
		.plugin = "demo", .n = it->m.n, .inproc = it->m.on };
}

static void
fill_report(struct item *it, struct call *call)
{
	((struct report_args *)call->args)->report = report_of(call, &it->m);
}

static void
fill_finish(struct item *it, struct call *call)
{
	struct finish_args *a = call->args;

	a->report = report_of(call, &it->m);
	a->kind = (uint32_t)it->m.outcome;
	a->retry = it->m.retry;
	a->host = it->m.host;
	a->end.error = it->m.outcome == RH_COMPLETED ? NULL : it->m.a;
}

static void
fill_checkpoint(struct item *it, struct call *call)
{
	struct checkpoint_args *a = call->args;

	a->report = report_of(call, &it->m);
	a->name = STR("half");
	a->data = STR("bytes");
}

static void
fill_renew(struct item *it, struct call *call)
{
	struct renew_args *a = call->args;
	struct attempt_ref *refs = arena_zalloc(&call->arena,
	    M_REFS * sizeof *refs);
	int i;

	for (i = 0; i < it->m.n; i++)
		refs[i] = (struct attempt_ref){ it->m.refs[i][0],
		    it->m.refs[i][1] };
	a->attempts = refs;
	a->count = (size_t)it->m.n;
	a->lost = arena_zalloc(&call->arena, M_REFS * sizeof *a->lost);
}

static void
fill_release(struct item *it, struct call *call)
{
	*(struct release_args *)call->args = (struct release_args){
		.run_no = it->m.no, .fence = it->m.fence,
		.started = it->m.started, .why = it->m.a };
}

static void
fill_state(struct item *it, struct call *call)
{
	struct state_args *a = call->args;

	a->run_no = it->m.no;
	a->fence = it->m.fence;
	a->scope = str_of(it->m.a);
	a->key = str_of(it->m.b);
	if (it->m.kind == DO_STATE_SET)
		a->value = str_of(it->m.value);
}

static void
fill_outcome(struct item *it, struct call *call)
{
	*(struct outcome_args *)call->args = (struct outcome_args){
		.call = it->first, .status = it->m.outcome,
		.error = it->m.outcome != RH_OK ? "it went wrong" : NULL,
		.output = STR("{\"hello\":1}") };
}

static void
fill_flush(struct item *it, struct call *call)
{
	((struct flush_args *)call->args)->all = it->m.on;
}

static void
fill_note(struct item *it, struct call *call)
{
	*(struct note_args *)call->args = (struct note_args){
		.action = it->m.a, .status = it->m.outcome, .error = "no" };
}

static void
fill_mark(struct item *it, struct call *call)
{
	((struct mark_args *)call->args)->what = it->m.a;
}

static const struct {
	size_t	size;
	void	(*fill)(struct item *, struct call *);
} internals[KINDS] = {
	[DO_OFFER] = { sizeof(struct offer_args), fill_offer },
	[DO_REPORT] = { sizeof(struct report_args), fill_report },
	[DO_FINISH] = { sizeof(struct finish_args), fill_finish },
	[DO_CHECKPOINT] = { sizeof(struct checkpoint_args), fill_checkpoint },
	[DO_RENEW] = { sizeof(struct renew_args), fill_renew },
	[DO_RELEASE] = { sizeof(struct release_args), fill_release },
	[DO_STATE_SET] = { sizeof(struct state_args), fill_state },
	[DO_STATE_GET] = { sizeof(struct state_args), fill_state },
	[DO_OUTCOME] = { sizeof(struct outcome_args), fill_outcome },
	[DO_SWEEP] = { sizeof(struct sweep_args), NULL },
	[DO_FLUSH] = { sizeof(struct flush_args), fill_flush },
	[DO_NOTE] = { sizeof(struct note_args), fill_note },
	[DO_MARK] = { sizeof(struct mark_args), fill_mark },
};

static struct call *
build_inner(struct world *w, struct item *it)
{
	struct caller who = batch_caller(w, &it->m.who);
	struct call *call = call_internal(m_names[it->m.kind], &who,
	    internals[it->m.kind].size);

	STAILQ_INSERT_TAIL(&w->c.calls, call, link);
	if (internals[it->m.kind].fill != NULL)
		internals[it->m.kind].fill(it, call);
	return call;
}

static void
say(struct world *w, const struct item *it)
{
	const struct m_call *c = &it->m;

	tried.calls[c->kind]++;
	if (w->trace == NULL)
		return;
	fprintf(w->trace, "#     %s by %s", m_names[c->kind],
	    c->who.principal);
	if (c->key != NULL)
		fprintf(w->trace, " key %s", c->key);
	if (it->call->body != NULL)
		fprintf(w->trace, " %.*s\n", (int)it->call->body_len,
		    it->call->body);
	else
		fprintf(w->trace, " run %lld fence %lld n %d outcome %d"
		    "%s%s %s\n", (long long)c->no, (long long)c->fence,
		    c->n, c->outcome,
		    c->started ? " started" : "", c->retry ? " retry" : "",
		    c->a != NULL ? c->a : "");
}

void
batch_build(struct world *w, struct item **items, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		items[i]->call = body_of(items[i]->m.kind) != NULL ||
		    items[i]->m.kind == DO_UNKNOWN ||
		    items[i]->m.kind == DO_INTERNAL ?
		    build_outer(w, items[i]) : build_inner(w, items[i]);
		items[i]->m.noted = NOT_NOTED;
		if (items[i]->m.kind == DO_GREET)
			items[i]->m.serial = ++w->serial;
		say(w, items[i]);
	}
}

bool
batch_run(struct world *w, struct item **items, size_t n)
{
	struct call *calls[BATCH_MAX];
	size_t i;

	for (i = 0; i < n; i++)
		calls[i] = items[i]->call;
	return lab_batch(&w->c, calls, n);
}

void
batch_predict(struct world *w, struct model *m, struct item **items,
    size_t n)
{
	size_t i;

	m_begin(m, world_now(w));
	for (i = 0; i < n; i++)
		m_apply(m, &items[i]->m);
	m_claims(m);
}

/* A stored reply is the first one's, to the letter. */
static void
check_reply(struct world *w, struct item *it)
{
	struct m_key *k;
	uint64_t sum;

	if (it->m.key == NULL || it->m.status != RH_OK)
		return;
	k = m_key_find(w->m, it->m.who.principal, it->m.key);
	if (k == NULL || it->call->reply.p == NULL ||
	    (it->m.kind == DO_GREET && !it->m.replayed))
		return;
	sum = m_sum(1, it->call->reply.p);
	if (!it->m.replayed)
		k->reply = sum;
	else if (k->reply != 0 && k->reply != sum)
		fail(w, "the reply to key %s isn't the first one's: %s",
		    it->m.key, it->call->reply.p);
}

static void
check_renewal(struct world *w, const struct item *it)
{
	const struct renew_args *a = it->call->args;
	int i;

	for (i = 0; i < it->m.n; i++) {
		if (a->lost[i] != it->m.told[i])
			fail(w, "renewal of run %lld, fence %lld: lost is %d",
			    (long long)it->m.refs[i][0],
			    (long long)it->m.refs[i][1], a->lost[i]);
	}
}

static void
check_value(struct world *w, const struct item *it)
{
	const struct state_args *a = it->call->args;

	if (!str_is(a->value, it->m.value))
		fail(w, "state \"%s\" is " STR_FMT ", not %s", it->m.b,
		    STR_ARG(a->value), it->m.value);
}

static void
check_made(struct world *w, const struct item *it)
{
	const struct run_made *made = it->call->result;

	if (!it->m.replayed && made->run_no != it->m.made)
		fail(w, "run %lld was made, not %lld",
		    (long long)made->run_no, (long long)it->m.made);
}

/* Each call's answer; false when one differs. */
bool
batch_answers(struct world *w, struct item **items, size_t n)
{
	struct item *it;
	size_t i;

	for (i = 0; i < n && !w->failed; i++) {
		it = items[i];
		tried.refused += it->call->status != RH_OK;
		tried.replays += it->m.replayed;
		if (it->call->status != it->m.status)
			fail(w, "%s by %s answers %d (%s), not %d",
			    m_names[it->m.kind], it->m.who.principal,
			    it->call->status, it->call->err.msg,
			    it->m.status);
		else if (it->call->replayed != it->m.replayed)
			fail(w, "%s: replayed is %d", m_names[it->m.kind],
			    it->call->replayed);
		else if (it->m.status != RH_OK)
			continue;
		else if (it->m.kind == DO_RENEW)
			check_renewal(w, it);
		else if (it->m.kind == DO_STATE_GET)
			check_value(w, it);
		else if (it->m.kind == DO_CREATE)
			check_made(w, it);
		else
			away_answer(w, it);
		check_reply(w, it);
	}
	return !w->failed;
}

static int
count_effects(struct world *w, enum effect_kind kind)
{
	const struct effect *e;
	int n = 0;

	STAILQ_FOREACH(e, &w->c.effects, link)
		n += e->kind == kind;
	return n;
}

static void
check_effects(struct world *w)
{
	const struct {
		enum effect_kind kind;
		const char *name;
		int	want;
	} list[] = {
		{ EFFECT_START, "START", w->m->claims },
		{ EFFECT_CANCEL, "CANCEL", w->m->cancels },
		{ EFFECT_FENCED, "FENCED", w->m->fenced },
		{ EFFECT_INVOKE, "INVOKE", w->m->invoked },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(list); i++) {
		if (count_effects(w, list[i].kind) != list[i].want)
			fail(w, "%d effects %s, not %d",
			    count_effects(w, list[i].kind), list[i].name,
			    list[i].want);
	}
}

/* What is to be told to the farm, when the batch is as it should be. */
void
batch_close(struct world *w, struct item **items, size_t n)
{
	size_t i;

	if (!w->failed)
		check_effects(w);
	tried.lost += w->m->lost;
	for (i = 0; i < n; i++) {
		if (!w->failed)
			farm_done(w, items[i]);
		else
			free(items[i]);
	}
	if (!w->failed)
		farm_effects(w);
}

void
batch_plain(struct world *w, struct item **items, size_t n)
{
	batch_build(w, items, n);
	batch_predict(w, w->m, items, n);
	if (!batch_run(w, items, n))
		fail(w, "a batch without faults has an unknown outcome");
	if (batch_answers(w, items, n))
		compare(w, false);
	batch_close(w, items, n);
}
