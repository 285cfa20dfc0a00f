/*
 * Runs through the gate, as the host's writer takes them.  A create is made
 * as a door makes it: opened, parsed, checked against its schema, and its
 * reply rendered.  An end comes as the pool sends it, with its last events.
 */
#include "life.h"

#include "action/attempt.h"
#include "base/mem.h"
#include "json/scan.h"
#include "ledger/ledger.h"
#include "plugin/registry.h"

#include <runhost/host.h>

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLUGIN	"org.example.bench"

struct bench {
	struct life *life;
	struct ledger *ledger;
	struct registry *registry;
	struct call *calls[LEDGER_BATCH];
	size_t	count;
	struct effects effects;
};

static const char description[] =
"{\"id\":\"" PLUGIN "\",\"version\":\"1.0\",\"summary\":\"\","
" \"built\":65536,\"needs\":65536,\"stateless\":true,"
" \"runners\":[{\"name\":\"echo\",\"summary\":\"\",\"idempotent\":false}],"
" \"actions\":[],\"commands\":[],\"wants\":[]}";

static const struct caller alice = {
	.kind = CALLER_LOCAL, .principal = "user:alice", .source = "127.0.0.1",
};
static const struct caller root = {
	.kind = CALLER_LOCAL, .principal = "local:0", .source = "unix",
};

/* A registry in which one plugin with one runner is enabled. */
static struct registry *
make_registry(const char *dir)
{
	struct registry *reg = registry_new();
	struct err err = { 0 };
	char plugins[4200], file[4300];
	FILE *f;

	snprintf(plugins, sizeof plugins, "%s.plugins", dir);
	snprintf(file, sizeof file, "%s/bench.so", plugins);
	mkdir(plugins, 0755);
	if ((f = fopen(file, "w")) != NULL) {
		fputs("none", f);
		fclose(f);
	}
	must(registry_scan(reg, plugins, &err), &err, plugins);
	must(registry_describe(reg, registry_at(reg, 0), description,
	    sizeof description - 1, &err), &err, "description");
	unlink(file);
	rmdir(plugins);
	return reg;
}

/* Applies the calls that are collected; each must succeed. */
static void
apply(struct bench *b)
{
	struct err err = { .msg = "the outcome of a COMMIT is unknown" };
	int64_t cpu = life_cpu_ns();
	size_t i;

	if (!ledger_apply(b->ledger, b->calls, b->count, &b->effects))
		must(RH_EUNKNOWN, &err, "ledger");
	for (i = 0; i < b->count; i++)
		must(b->calls[i]->status, &b->calls[i]->err,
		    b->calls[i]->name);
	checkpoints_step(b->life->checkpoints, ledger_db(b->ledger));
	b->life->ledger_ns += life_cpu_ns() - cpu;
}

static void
free_calls(struct bench *b)
{
	size_t i;

	for (i = 0; i < b->count; i++)
		call_free(b->calls[i]);
	b->count = 0;
}

static void
add(struct bench *b, struct call *c)
{
	b->calls[b->count++] = c;
}

/* An action of a door, before the measurement. */
static void
do_now(struct bench *b, const char *action, const char *body)
{
	struct err err = { .msg = "the outcome of a COMMIT is unknown" };
	struct call *c = call_open(action, &root, body, strlen(body));

	call_prepare(c, b->registry);
	if (!ledger_apply(b->ledger, &c, 1, &b->effects))
		must(RH_EUNKNOWN, &err, action);
	must(c->status, &c->err, action);
	call_free(c);
}

static void
make_grants(struct bench *b)
{
	char body[160];
	int i;

	for (i = 0; i < 20; i++) {
		snprintf(body, sizeof body, "{\"grantee\":\"user:u%02d\","
		    "\"permission\":\"run_*\",\"owner\":\"user:team\"}", i);
		do_now(b, "grant_add", body);
	}
	do_now(b, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"role:operator\"}");
}

static void
add_create(struct bench *b)
{
	char body[700], thread[24];
	const char *t = life_thread(b->life, thread);
	struct call *c;
	int n;

	n = snprintf(body, sizeof body, "{\"runner\":\"echo\",\"action_id\":"
	    "\"demo\"%s%s%s,\"input\":%s}", t != NULL ? ",\"thread_id\":\"" :
	    "", t != NULL ? t : "", t != NULL ? "\"" : "", b->life->input);
	c = call_open("run_create", &alice, body, (size_t)n);
	call_prepare(c, b->registry);
	add(b, c);
}

static void
add_offer(struct bench *b)
{
	struct call *c = call_internal("slots_offer", &caller_host,
	    sizeof(struct offer_args));
	struct offer_args *o = c->args;

	o->plugin = PLUGIN;
	o->n = b->life->batch;
	add(b, c);
}

static void
add_events(struct life *l, struct call *c, struct run_report *r,
    int64_t now)
{
	struct event_new *e = arena_alloc(&c->arena, LIFE_EVENTS * sizeof *e);
	int i;

	for (i = 0; i < LIFE_EVENTS; i++)
		e[i] = (struct event_new){ .type = "progress", .at_us = now,
		    .data = life_event(l, &c->arena, i, r->run_no, now) };
	r->events = e;
	r->event_count = LIFE_EVENTS;
	r->percent = 100;
	r->stage = life_stage(LIFE_EVENTS - 1);
}

static void
add_end(struct bench *b, const struct effect *start)
{
	struct caller who = { .kind = CALLER_PLUGIN,
	    .principal = "plugin:" PLUGIN, .source = "worker",
	    .chain = { alice.principal }, .chain_len = 1,
	    .run_no = start->run_no, .fence = start->fence };
	struct call *c = call_internal("run_finalize", &who,
	    sizeof(struct finish_args));
	struct finish_args *f = c->args;
	int64_t now = gate_now(ledger_gate(b->ledger));
	struct err err = { 0 };
	size_t tokens;

	f->report.run_no = start->run_no;
	f->report.fence = start->fence;
	f->report.started_us = now;
	add_events(b->life, c, &f->report, now);
	f->kind = RH_COMPLETED;
	f->end.has_exit_code = true;
	must(json_scan(b->life->output, strlen(b->life->output),
	    &json_limits_default, &tokens, &err), &err, "output");
	f->end.output = b->life->output;
	add(b, c);
}

static void
create_and_claim(struct bench *b)
{
	size_t i;

	if (b->life->merged)
		add_offer(b);
	while (b->count < (size_t)b->life->batch + b->life->merged)
		add_create(b);
	apply(b);
	for (i = b->life->merged; i < b->count; i++)
		call_render(b->calls[i]);
	free_calls(b);
	if (b->life->merged)
		return;
	add_offer(b);
	apply(b);
	free_calls(b);
}

static void
end_claimed(struct bench *b)
{
	struct effects claimed = STAILQ_HEAD_INITIALIZER(claimed);
	struct effect *e;

	STAILQ_CONCAT(&claimed, &b->effects);
	STAILQ_FOREACH(e, &claimed, link) {
		if (e->kind == EFFECT_START)
			add_end(b, e);
	}
	b->life->runs += (int64_t)b->count;
	apply(b);
	free_calls(b);
	effects_clear(&claimed);
	effects_clear(&b->effects);
}

void
life_gate(struct life *l)
{
	struct bench b = { .life = l };
	struct action_env env = {
		.registry = make_registry(l->path), .tally = tally_new(),
		.version = "bench", .timeout_us = 300 * US_PER_S,
		.lease_us = 60 * US_PER_S, .cancel_grace_us = US_PER_S,
		.idem_us = 86400 * US_PER_S, .max_losses = 3,
		.quota_live = 10000,
	};
	struct ledger_config cf = {
		.path = l->path, .env = &env, .clock = &clock_real,
		.rand = &rand_system,
	};
	struct err err = { 0 };

	STAILQ_INIT(&b.effects);
	b.registry = env.registry;
	must(ledger_open(&cf, &b.ledger, &err), &err, l->path);
	make_grants(&b);
	effects_clear(&b.effects);
	life_begin(l);
	while (life_goes_on(l)) {
		create_and_claim(&b);
		end_claimed(&b);
	}
	life_end(l);
	life_check(l, ledger_db(b.ledger));
	ledger_close(b.ledger);
	registry_free(env.registry);
	tally_free(env.tally);
}
