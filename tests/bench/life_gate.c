/*
 * Runs through the gate, as the host's writer takes them.  A create is made
 * as a door makes it: opened, parsed, checked against its schema, and its
 * reply rendered.  An end comes as the pool sends it, with its last events.
 */
#include "bare.h"
#include "life.h"

#include "action/attempt.h"
#include "json/scan.h"

#include <runhost/host.h>

#include <stdio.h>

struct bench {
	struct life *life;
	struct bare bare;
};

/* Applies the calls that are collected; each must succeed. */
static void
apply(struct bench *b)
{
	int64_t cpu = life_cpu_ns();

	bare_apply(&b->bare);
	checkpoints_step(b->life->checkpoints, ledger_db(b->bare.ledger));
	b->life->ledger_ns += life_cpu_ns() - cpu;
}

static void
add_create(struct bench *b)
{
	char body[700], thread[24];
	const char *t = life_thread(b->life, thread);

	snprintf(body, sizeof body, "{\"runner\":\"echo\",\"action_id\":"
	    "\"demo\"%s%s%s,\"input\":%s}", t != NULL ? ",\"thread_id\":\"" :
	    "", t != NULL ? t : "", t != NULL ? "\"" : "", b->life->input);
	bare_ask(&b->bare, &bare_user, "run_create", body);
}

static void
add_offer(struct bench *b)
{
	struct call *c = call_internal("slots_offer", &caller_host,
	    sizeof(struct offer_args));
	struct offer_args *o = c->args;

	o->plugin = BARE_PLUGIN;
	o->n = b->life->batch;
	bare_add(&b->bare, c);
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
	    .principal = "plugin:" BARE_PLUGIN, .source = "worker",
	    .chain = { bare_user.principal }, .chain_len = 1,
	    .run_no = start->run_no, .fence = start->fence };
	struct call *c = call_internal("run_finalize", &who,
	    sizeof(struct finish_args));
	struct finish_args *f = c->args;
	int64_t now = gate_now(ledger_gate(b->bare.ledger));
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
	bare_add(&b->bare, c);
}

static void
create_and_claim(struct bench *b)
{
	size_t i;

	if (b->life->merged)
		add_offer(b);
	while (b->bare.count < (size_t)b->life->batch + b->life->merged)
		add_create(b);
	apply(b);
	for (i = b->life->merged; i < b->bare.count; i++)
		call_render(b->bare.calls[i]);
	bare_free(&b->bare);
	if (b->life->merged)
		return;
	add_offer(b);
	apply(b);
	bare_free(&b->bare);
}

static void
end_claimed(struct bench *b)
{
	struct effects claimed = STAILQ_HEAD_INITIALIZER(claimed);
	struct effect *e;

	STAILQ_CONCAT(&claimed, &b->bare.effects);
	STAILQ_FOREACH(e, &claimed, link) {
		if (e->kind == EFFECT_START)
			add_end(b, e);
	}
	b->life->runs += (int64_t)b->bare.count;
	apply(b);
	bare_free(&b->bare);
	effects_clear(&claimed);
	effects_clear(&b->bare.effects);
}

void
life_gate(struct life *l)
{
	struct bench b = { .life = l };

	bare_open(&b.bare, l->path);
	bare_grant(&b.bare);
	life_begin(l);
	while (life_goes_on(l)) {
		create_and_claim(&b);
		end_claimed(&b);
	}
	life_end(l);
	life_check(l, ledger_db(b.bare.ledger));
	bare_close(&b.bare);
}
