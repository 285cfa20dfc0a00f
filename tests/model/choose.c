/*
 * What is asked next: by whom, of what.  Names are few, so that calls meet.
 */
#include "model/world.h"

#include "base/mem.h"

#include <runhost/host.h>

#include <stdlib.h>
#include <string.h>

#define DEMO	"plugin:runhost/demo/demo"
#define AGAIN	"plugin:runhost/demo/again"

const struct m_caller by_local = { .who = BY_LOCAL, .principal = "local:0",
    .source = "unix" };
const struct m_caller by_host = { .who = BY_HOST,
    .principal = "runtime:local" };
const struct m_caller by_system = { .who = BY_SYSTEM, .principal = "system" };
const struct m_caller by_plugin = { .who = BY_PLUGIN,
    .principal = "plugin:demo" };

static const char *const people[] = { "user:a", "user:b", "service:c" };
static const char *const keys[] = { "k0", "k1", "k2", "k3", "k4", "k5" };

#define PICK(w, list) ((list)[below((w), (int64_t)ARRAY_LEN(list))])

struct m_caller
choose_caller(struct world *w)
{
	struct m_caller c = by_local;
	int64_t dice = below(w, 100);

	if (dice < 35)
		return c;
	if (dice < 80 && w->m->token_count > 0) {
		/* The newer ones: of the others most have ended. */
		size_t back = (size_t)below(w, 8) + 1;

		c.who = BY_TOKEN;
		c.token = back > w->m->token_count ? 0 :
		    w->m->token_count - back;
		c.principal = w->m->tokens[c.token].principal;
		c.source = "127.0.0.1";
		return c;
	}
	if (dice < 92) {
		c = by_plugin;
		c.chain[0] = PICK(w, people);
		c.chain_len = 1;
		if (once_in(w, 4)) {
			c.chain[1] = PICK(w, people);
			c.chain_len = 2;
		}
		return c;
	}
	c = (struct m_caller){ .who = BY_NOBODY, .principal = "anonymous",
	    .source = once_in(w, 2) ? "10.0.0.1" : "10.0.0.2" };
	return c;
}

static const char *
some_key(struct world *w)
{
	return once_in(w, 4) ? PICK(w, keys) : NULL;
}

/* One of the newest; mostly one that lives; 0: one that isn't there. */
static int64_t
some_run(struct world *w)
{
	int64_t n = (int64_t)w->m->run_count, i, no = 0;

	if (n == 0 || once_in(w, 20))
		return 0;
	for (i = 0; i < 6; i++) {
		no = n - below(w, n < 40 ? n : 40);
		if (m_is_live(&w->m->runs[no - 1]))
			break;
	}
	return no;
}

/* What most of those with a key ask for, so that some ask again. */
static void
the_usual(struct m_call *c)
{
	c->command = true;
	c->a = "/demo";
	c->idempotent = c->dry = c->bad = false;
	c->scope = (struct m_scope){ .runner = DEMO };
	c->queue = c->pin = c->label = NULL;
	c->priority = 0;
	c->attempts = 1;
	c->seconds = 0;
}

static void
create(struct world *w, struct m_call *c)
{
	static const char *const lines[] = { "/demo hello", "/demo",
		"/strict go" };
	static const char *const runners[] = { "demo", "again" };
	static const char *const places[] = { NULL, NULL, "w1", "w2" };
	static const char *const talks[] = { NULL, NULL, "s1", "s2" };
	int64_t which;

	c->command = once_in(w, 2);
	which = below(w, c->command ? 3 : 2);
	c->a = c->command ? lines[which] : runners[which];
	c->idempotent = c->command ? which == 2 : which == 1;
	c->scope = (struct m_scope){ .workspace = PICK(w, places),
	    .conversation = PICK(w, talks),
	    .runner = c->idempotent ? AGAIN : DEMO };
	c->priority = once_in(w, 3) ? (int)below(w, 7) - 3 : 0;
	c->attempts = once_in(w, 2) ? 1 : 1 + (int)below(w, 4);
	if (once_in(w, 5))
		c->seconds = world_now(w) / US_PER_S + 1 + below(w, 120);
	if (once_in(w, 3))
		away_asks(w, c);
	c->dry = once_in(w, 15);
	c->bad = once_in(w, 40);
	c->key = some_key(w);
	if (c->key != NULL && !once_in(w, 4))
		the_usual(c);
}

static void
cancel(struct world *w, struct m_call *c)
{
	if (once_in(w, 4))
		c->b = PICK(w, keys);
	else
		c->no = some_run(w);
	c->a = once_in(w, 2) ? "no need" : NULL;
}

static void
greet(struct world *w, struct m_call *c)
{
	c->a = once_in(w, 2) ? "you" : "me";
	c->key = some_key(w);
}

static void
grant_add(struct world *w, struct m_call *c)
{
	static const char *const grantees[] = { "user:a", "user:b",
		"service:c", "plugin:demo", "role:crew", "role:viewer" };
	static const char *const permissions[] = { "role:viewer",
		"role:operator", "role:admin", "role:crew",
		"role:agent_run:admin", "role:runtime", "role:claimer",
		"role:runtime:admin", "run_claim", "state_*", "run_create",
		"run_cancel", "run_get",
		"run_list", "run_*", "*", "demo.greet", "demo.*", "op_get",
		"grant_*", "token_create", "plugin_trust", "runner_audit",
		"run_cleanup", "env:HOME", "host.inprocess" };
	static const char *const owners[] = { NULL, NULL, "*", "user:a",
		"user:b" };
	static const char *const places[] = { NULL, NULL, NULL, "w1" };
	static const char *const runners[] = { NULL, NULL, NULL, DEMO };

	c->a = PICK(w, grantees);
	c->b = PICK(w, permissions);
	c->scope = (struct m_scope){ PICK(w, owners), PICK(w, places),
	    once_in(w, 6) ? "s1" : NULL, PICK(w, runners) };
	c->seconds = once_in(w, 3) ? 1 + below(w, 90) : 0;
	c->key = some_key(w);
}

static void
grant_remove(struct world *w, struct m_call *c)
{
	int64_t n = (int64_t)w->m->grant_count;

	c->no = n - below(w, n < 20 ? n : 20) + once_in(w, 10);
}

static void
token_create(struct world *w, struct m_call *c)
{
	static const char *const given[] = { NULL, "role:viewer",
		"role:operator", "role:operator", "role:admin", "role:crew" };

	c->a = PICK(w, people);
	c->b = PICK(w, given);
	c->seconds = once_in(w, 3) ? 5 + below(w, 200) : 0;
}

static void
token_revoke(struct world *w, struct m_call *c)
{
	int64_t n = (int64_t)w->m->token_count;

	c->no = n - below(w, n < 10 ? n : 10) + once_in(w, 10);
}

static void
audited(struct world *w, struct m_call *c)
{
	c->a = once_in(w, 2) ? DEMO : AGAIN;
	c->on = once_in(w, 2);
}

static void
cleanup(struct world *w, struct m_call *c)
{
	c->dry = once_in(w, 2);
}

static void
nothing(struct world *w, struct m_call *c)
{
	(void)w, (void)c;
}

/* What an attempt says that may not be the run's any more. */
static void
stale(struct world *w, struct m_call *c)
{
	const struct m_run *r;

	c->no = some_run(w);
	r = c->no > 0 ? &w->m->runs[c->no - 1] : NULL;
	c->fence = r != NULL ? r->fence - 1 + below(w, 3) : 1;
	/* To speak for an attempt that is at work is mostly the farm's. */
	if (r != NULL && c->fence == r->fence && !once_in(w, 10))
		c->fence--;
	if (c->fence < 0)
		c->fence = 0;
	c->n = (int)below(w, 4);
	c->percent = (int)below(w, 90);
	c->a = "it went wrong";
	c->started = once_in(w, 3);
	c->outcome = (int)below(w, 5) + RH_COMPLETED;
	c->retry = once_in(w, 2);
	c->host = once_in(w, 2);
}

static void
stale_renew(struct world *w, struct m_call *c)
{
	struct m_call one = { 0 };

	for (c->n = 0; c->n < 4; c->n++) {
		stale(w, &one);
		c->refs[c->n][0] = one.no;
		c->refs[c->n][1] = one.fence;
	}
}

static void
stale_state(struct world *w, struct m_call *c)
{
	static const char *const places[] = { "runner", "actor",
		"conversation" };
	static const char *const values[] = { "1", "{\"n\":2}", "null" };

	stale(w, c);
	c->a = PICK(w, places);
	c->b = once_in(w, 2) ? "x" : "y";
	c->value = PICK(w, values);
}

static void
flush(struct world *w, struct m_call *c)
{
	c->on = once_in(w, 3);
}

static void
note(struct world *w, struct m_call *c)
{
	c->who = choose_caller(w);
	c->a = "run_get";
	c->outcome = once_in(w, 2) ? RH_OK : RH_EPERM;
}

static void
mark(struct world *w, struct m_call *c)
{
	(void)w;
	c->a = "host_test";
}

static const struct {
	int	weight;
	enum m_kind kind;
	const struct m_caller *who;	/* NULL: anybody */
	void	(*choose)(struct world *, struct m_call *);
} choices[] = {
	{ 300, DO_CREATE, NULL, create },
	{ 90, DO_CANCEL, NULL, cancel },
	{ 60, DO_GREET, NULL, greet },
	{ 60, DO_GRANT_ADD, NULL, grant_add },
	{ 40, DO_GRANT_REMOVE, NULL, grant_remove },
	{ 20, DO_TOKEN_CREATE, NULL, token_create },
	{ 12, DO_TOKEN_REVOKE, NULL, token_revoke },
	{ 15, DO_AUDITED, NULL, audited },
	{ 8, DO_TRUST, NULL, nothing },
	{ 12, DO_KEY_TRUST, NULL, nothing },
	{ 4, DO_KEY_REVOKE, NULL, nothing },
	{ 8, DO_UNTRUST, NULL, nothing },
	{ 15, DO_CLEANUP, NULL, cleanup },
	{ 8, DO_BACKUP, NULL, nothing },
	{ 5, DO_RELOAD, NULL, nothing },
	{ 15, DO_UNKNOWN, NULL, nothing },
	{ 15, DO_INTERNAL, NULL, nothing },
	{ 20, DO_REPORT, &by_plugin, stale },
	{ 20, DO_FINISH, &by_plugin, stale },
	{ 10, DO_FINISH, &by_system, stale },
	{ 10, DO_CHECKPOINT, &by_plugin, stale },
	{ 10, DO_RENEW, &by_host, stale_renew },
	{ 15, DO_RELEASE, &by_host, stale },
	{ 15, DO_STATE_SET, &by_plugin, stale_state },
	{ 15, DO_STATE_GET, &by_plugin, stale_state },
	{ 15, DO_FLUSH, &by_system, flush },
	{ 10, DO_NOTE, &by_system, note },
	{ 5, DO_MARK, &by_system, mark },
	{ 10, DO_SWEEP, &by_system, nothing },
};

/* So that no array of the model is ever full. */
static bool
has_room(const struct world *w, enum m_kind kind)
{
	const struct model *m = w->m;

	switch (kind) {
	case DO_CREATE:
		return m->run_count < M_RUNS - 50;
	case DO_GREET:
		return m->intent_count < M_INTENTS - 50;
	case DO_GRANT_ADD:
	case DO_TOKEN_CREATE:
		return m->grant_count < M_GRANTS - 50 &&
		    m->token_count < M_TOKENS - 50;
	default:
		return true;
	}
}

/* By who is no plugin's caller: a runtime is the caller itself. */
static struct item *
choose_away(struct world *w)
{
	const struct choice *c = away_choices;
	int64_t total = 0, pick;
	struct m_caller who;
	struct item *it;

	for (; c->kind != KINDS; c++)
		total += c->weight;
	pick = below(w, total);
	for (c = away_choices; pick >= c->weight; c++)
		pick -= c->weight;
	do
		who = choose_caller(w);
	while (who.chain_len > 0);
	it = item_new(c->kind, &who);
	c->choose(w, &it->m);
	return it;
}

struct item *
choose_call(struct world *w)
{
	int64_t total = 0, pick;
	struct m_caller who;
	struct item *it;
	size_t i;

	if (w->m->sent_count < M_SENT - 200 && w->m->run_count > 0 &&
	    once_in(w, 3))
		return choose_away(w);
	for (i = 0; i < ARRAY_LEN(choices); i++)
		total += choices[i].weight;
	do {
		pick = below(w, total);
		for (i = 0; pick >= choices[i].weight; i++)
			pick -= choices[i].weight;
	} while (!has_room(w, choices[i].kind));
	who = choices[i].who != NULL ? *choices[i].who : choose_caller(w);
	it = item_new(choices[i].kind, &who);
	choices[i].choose(w, &it->m);
	return it;
}

/* Three people who may do something, and a plugin. */
void
choose_first(struct world *w, struct item **items, size_t *n)
{
	static const char *const given[] = { "role:operator", "role:operator",
		"role:viewer" };
	size_t i;

	(void)w;
	for (i = 0; i < ARRAY_LEN(people); i++) {
		items[i] = item_new(DO_TOKEN_CREATE, &by_local);
		items[i]->m.a = people[i];
		items[i]->m.b = given[i];
	}
	for (; i < 2 * ARRAY_LEN(people); i++) {
		items[i] = item_new(DO_GRANT_ADD, &by_local);
		items[i]->m.a = people[i - ARRAY_LEN(people)];
		items[i]->m.b = "role:runtime";
	}
	for (; i < 2 * ARRAY_LEN(people) + 2; i++) {
		items[i] = item_new(DO_GRANT_ADD, &by_local);
		items[i]->m.a = people[i % 2];
		items[i]->m.b = "role:claimer";
		items[i]->m.scope.owner = i % 2 == 0 ? "*" : NULL;
	}
	items[i] = item_new(DO_GRANT_ADD, &by_local);
	items[i]->m.a = "plugin:demo";
	items[i++]->m.b = "*";
	items[i] = item_new(DO_GRANT_ADD, &by_local);
	items[i]->m.a = "plugin:demo";
	items[i++]->m.b = "host.inprocess";
	items[i++] = item_new(DO_KEY_TRUST, &by_local);
	*n = i;
}
