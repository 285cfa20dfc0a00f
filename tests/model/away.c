/*
 * What runtimes elsewhere ask, the bodies of that, and the tokens that they
 * were given: whoever was not answered has none.
 */
#include "model/world.h"

#include "base/mem.h"

#include <runhost/host.h>

#include <stdlib.h>
#include <string.h>

#define PICK(w, list) ((list)[below((w), (int64_t)ARRAY_LEN(list))])

static const char *const ids[M_RUNTIMES] = { "r0", "r1", "r2", "r3" };
static const char *const zones[] = { NULL, NULL, "a", "b" };

/* Runs that only some may take. */
void
away_asks(struct world *w, struct m_call *c)
{
	static const char *const queues[] = { NULL, "q0", "q1" };
	static const char *const pins[] = { NULL, NULL, NULL, "r1" };

	c->queue = PICK(w, queues);
	c->pin = PICK(w, pins);
	c->label = once_in(w, 4) ? PICK(w, zones) : NULL;
}

static void
registers(struct world *w, struct m_call *c)
{
	c->runtime = PICK(w, ids);
	c->label = PICK(w, zones);
	c->n = once_in(w, 2) ? 0 : 1 + (int)below(w, 3);
	c->on = once_in(w, 8);
	c->seconds = once_in(w, 2) ? 0 : 1 + below(w, 200);
}

static void
beats(struct world *w, struct m_call *c)
{
	registers(w, c);
	c->on = false;
}

static void
drains(struct world *w, struct m_call *c)
{
	c->runtime = PICK(w, ids);
	c->on = once_in(w, 3);
}

static void
reconciles(struct world *w, struct m_call *c)
{
	c->dry = once_in(w, 3);
	c->seconds = once_in(w, 3) ? below(w, 100) : -1;
}

static void
claims(struct world *w, struct m_call *c)
{
	static const char *const queues[] = { NULL, NULL, "q0", "q1" };
	static const char *const runners[] = { NULL, NULL, NULL,
		"plugin:runhost/demo/demo", "plugin:runhost/demo/again" };

	c->runtime = PICK(w, ids);
	c->queue = PICK(w, queues);
	c->b = PICK(w, runners);
	c->seconds = 1 + below(w, once_in(w, 3) ? 4000 : 60);
}

/* One of the newest claims, by whom it was given; seldom by another. */
static void
holds(struct world *w, struct m_call *c)
{
	int64_t n = (int64_t)w->token_count, back;
	struct token *t = NULL;
	int i;

	for (i = 0; i < 6 && n > 0; i++) {
		back = below(w, n < 12 ? n : 12);
		t = &w->tokens[(n - 1 - back) % TOKENS];
		if (w->m->runs[t->of.run_no - 1].remote)
			break;
	}
	c->claims = t != NULL && !once_in(w, 12);
	if (t == NULL || once_in(w, 15)) {
		c->no = (int64_t)w->m->run_count -
		    below(w, w->m->run_count < 20 ? 1 : 20);
		c->claim.runtime = "r0";
		return;
	}
	c->no = t->of.run_no;
	c->claim = t->of;
	if (once_in(w, 20))
		c->claim.runtime = PICK(w, ids);
	if (!once_in(w, 20))
		c->who = t->by;
}

static void
uses(struct world *w, struct m_call *c)
{
	holds(w, c);
	c->claims = true;	/* a body without is refused by its schema */
	c->seconds = 1 + below(w, once_in(w, 3) ? 4000 : 60);
}

static void
appends(struct world *w, struct m_call *c)
{
	int i;

	holds(w, c);
	c->a = c->claims && !once_in(w, 4) ? "output" : "action.requested";
	c->n = once_in(w, 2) ? 1 : 1 + (int)below(w, M_EVENTS);
	c->command = c->n > 1 || once_in(w, 3);		/* a batch */
	for (i = 0; i < c->n; i++) {
		c->sequences[i] = 1 + below(w, 12);
		c->texts[i] = (int)(c->sequences[i] + once_in(w, 6));
	}
}

static void
ends(struct world *w, struct m_call *c)
{
	static const char *const words[] = { [RH_COMPLETED] = "completed",
	    [RH_FAILED] = "failed", [RH_TIMEOUT] = "timeout",
	    [RH_CANCELLED] = "cancelled", [RH_INTERRUPTED] = "interrupted" };

	holds(w, c);
	c->outcome = once_in(w, 2) ? RH_COMPLETED :
	    RH_COMPLETED + (int)below(w, 5);
	c->b = words[c->outcome];
	c->a = "so it goes";
	c->retry = once_in(w, 2);
}

static void
values(struct world *w, struct m_call *c)
{
	static const char *const places[] = { "runner", "actor", "actor",
		"conversation" };
	static const char *const texts[] = { "1", "{\"n\":2}", "null" };
	int64_t n = (int64_t)w->m->run_count;

	c->no = n == 0 || once_in(w, 20) ? 0 : n - below(w, n < 30 ? n : 30);
	c->a = PICK(w, places);
	c->b = once_in(w, 2) ? "x" : "y";
	c->value = c->kind == DO_VALUE_DELETE ? "null" : PICK(w, texts);
	c->version = once_in(w, 2) ? below(w, 4) : -1;
}

static void
keyed_value(struct world *w, struct m_call *c)
{
	static const char *const keys[] = { "k0", "k1", "v0", "v1" };

	values(w, c);
	c->key = once_in(w, 4) ? PICK(w, keys) : NULL;
}

const struct choice away_choices[] = {
	{ 40, DO_REGISTER, registers }, { 25, DO_BEAT, beats },
	{ 8, DO_DRAIN, drains }, { 10, DO_RECONCILE, reconciles },
	{ 150, DO_CLAIM, claims }, { 30, DO_START, uses },
	{ 30, DO_RENEW_CLAIM, uses }, { 20, DO_GIVE_BACK, uses },
	{ 110, DO_APPEND, appends }, { 70, DO_FINALIZE, ends },
	{ 30, DO_VALUE_SET, keyed_value }, { 15, DO_VALUE_DELETE, keyed_value },
	{ 0, KINDS, NULL },
};

/* Bodies. */

static const char *
id_of(struct world *w, int64_t no)
{
	return no > 0 && w->m->runs[no - 1].id[0] != '\0' ?
	    w->m->runs[no - 1].id : "run_00000000000000000000000000000001";
}

static void
text(struct buf *b, const char *name, const char *value)
{
	if (value != NULL)
		buf_printf(b, ",\"%s\":\"%s\"", name, value);
}

static void
number(struct buf *b, const char *name, int64_t n)
{
	if (n != 0)
		buf_printf(b, ",\"%s\":%lld", name, (long long)n);
}

static void
label(struct buf *b, const char *zone)
{
	if (zone != NULL)
		buf_printf(b, ",\"labels\":{\"zone\":\"%s\"}", zone);
}

void
away_body_asks(const struct m_call *c, struct buf *b)
{
	text(b, "queue_name", c->queue);
	text(b, "requested_runtime_id", c->pin);
	label(b, c->label);
}

static const char *
token_of(struct world *w, const struct m_claim *k)
{
	size_t i;

	for (i = 0; i < TOKENS && i < w->token_count; i++) {
		if (w->tokens[i].of.run_no == k->run_no &&
		    w->tokens[i].of.fence == k->fence)
			return w->tokens[i].text;
	}
	return "rhc_00";
}

static void
body_runtime(struct world *w, const struct m_call *c, struct buf *b)
{
	(void)w;
	buf_printf(b, "\"runtime_id\":\"%s\"", c->runtime);
	label(b, c->label);
	number(b, "capacity", c->n);
	number(b, "heartbeat_ttl_seconds", c->seconds);
	text(b, "status", c->on ? "draining" : NULL);
}

static void
body_drain(struct world *w, const struct m_call *c, struct buf *b)
{
	(void)w;
	buf_printf(b, "\"runtime_id\":\"%s\",\"draining\":%s", c->runtime,
	    c->on ? "true" : "false");
}

static void
body_reconcile(struct world *w, const struct m_call *c, struct buf *b)
{
	(void)w;
	buf_printf(b, "\"dry_run\":%s,\"stale_after_seconds\":",
	    c->dry ? "true" : "false");
	if (c->seconds < 0)	/* no such limit */
		buf_adds(b, "null");
	else
		buf_printf(b, "%lld", (long long)c->seconds);
}

static void
body_claim(struct world *w, const struct m_call *c, struct buf *b)
{
	(void)w;
	buf_printf(b, "\"runtime_id\":\"%s\"", c->runtime);
	text(b, "queue_name", c->queue);
	number(b, "lease_seconds", c->seconds);
	if (c->b != NULL)
		buf_printf(b, ",\"runner_ids\":[\"%s\"]", c->b);
}

static void
body_held(struct world *w, const struct m_call *c, struct buf *b)
{
	buf_printf(b, "\"run_id\":\"%s\"", id_of(w, c->no));
	if (!c->claims)
		return;
	text(b, "runtime_id", c->claim.runtime);
	text(b, "claim_token", token_of(w, &c->claim));
}

static void
body_renew(struct world *w, const struct m_call *c, struct buf *b)
{
	body_held(w, c, b);
	number(b, "lease_seconds", c->seconds);
}

static void
event(struct buf *b, const struct m_call *c, int i)
{
	buf_printf(b, "\"sequence\":%lld,\"type\":\"%s\",\"data\":%s",
	    (long long)c->sequences[i], c->a, m_sent_text(c, i));
}

static void
body_append(struct world *w, const struct m_call *c, struct buf *b)
{
	int i;

	body_held(w, c, b);
	buf_adds(b, c->command ? ",\"events\":[" : ",");
	for (i = 0; i < c->n; i++) {
		buf_adds(b, i > 0 ? ",{" : c->command ? "{" : "");
		event(b, c, i);
		buf_adds(b, c->command ? "}" : "");
	}
	buf_adds(b, c->command ? "]" : "");
}

static void
body_end(struct world *w, const struct m_call *c, struct buf *b)
{
	body_held(w, c, b);
	text(b, "status", c->b);
	text(b, "error", c->a);
	buf_printf(b, ",\"retryable\":%s", c->retry ? "true" : "false");
}

static void
body_value(struct world *w, const struct m_call *c, struct buf *b)
{
	buf_printf(b, "\"run_id\":\"%s\"", id_of(w, c->no));
	text(b, "scope", c->a);
	text(b, "key", c->b);
	if (c->kind == DO_VALUE_SET)
		buf_printf(b, ",\"value\":%s", c->value);
	if (c->version >= 0)
		buf_printf(b, ",\"expected_version\":%lld",
		    (long long)c->version);
}

body_fn *const away_bodies[KINDS] = {
	[DO_REGISTER] = body_runtime, [DO_BEAT] = body_runtime,
	[DO_DRAIN] = body_drain, [DO_RECONCILE] = body_reconcile,
	[DO_CLAIM] = body_claim, [DO_START] = body_held,
	[DO_RENEW_CLAIM] = body_renew, [DO_GIVE_BACK] = body_held,
	[DO_APPEND] = body_append, [DO_FINALIZE] = body_end,
	[DO_VALUE_SET] = body_value, [DO_VALUE_DELETE] = body_value,
};

/* Answers. */

static void
answer_claim(struct world *w, const struct item *it)
{
	const char *reply = it->call->reply.p;
	const char *token = strstr(reply, "\"claim_token\":\"");
	struct token *t = &w->tokens[w->token_count % TOKENS];

	if ((it->m.made == 0) != (strcmp(reply, "null") == 0)) {
		fail(w, "a claim gives %.100s, not run %lld", reply,
		    (long long)it->m.made);
		return;
	}
	if (it->m.made == 0)
		return;
	tried.claimed++;
	t->of = it->m.claim;
	t->by = it->m.who;
	if (strstr(reply, w->m->runs[it->m.made - 1].id) == NULL ||
	    token == NULL)
		fail(w, "a claim gives %.100s, not run %lld", reply,
		    (long long)it->m.made);
	else
		snprintf(t->text, sizeof t->text, "%.68s", token + 15);
	w->token_count++;
}

/* Each event of a batch has its verdict. */
static void
answer_append(struct world *w, const struct item *it)
{
	static const char *const words[] = {
		[NEW_EVENT] = "\"duplicate\":false",
		[SAME_EVENT] = "\"duplicate\":true",
		[OTHER_EVENT] = "\"reason_code\":\"CONFLICT\"",
	};
	const char *at = it->call->reply.p, *next, *has;
	int i;

	at = strstr(at, "\"source_sequence\":");
	for (i = 0; i < it->m.n && it->m.command && !w->failed; i++) {
		tried.verdicts[it->m.verdicts[i]]++;
		next = strstr(at + 1, "\"source_sequence\":");
		has = strstr(at, words[it->m.verdicts[i]]);
		if (has == NULL || (next != NULL && has > next))
			fail(w, "event %d of %s lacks %s: %s", i,
			    it->call->body, words[it->m.verdicts[i]],
			    it->call->reply.p);
		at = next;
	}
}

void
away_answer(struct world *w, const struct item *it)
{
	if (it->m.kind == DO_CLAIM)
		answer_claim(w, it);
	else if (it->m.kind == DO_APPEND)
		answer_append(w, it);
}
