/*
 * One run of a plugin on the bench, and what it shows.
 */
#include "kit/bench.h"

#include "base/clock.h"
#include "base/mem.h"
#include "json/read.h"
#include "json/write.h"
#include "kit/fake.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_MS	5000	/* until a worker that is there begins */

static void
add(struct bench *b, enum check_state state, const char *fmt, va_list ap)
{
	struct check_result *r = b->now;
	char text[700];

	if (r->state != CHECK_FAIL)
		r->state = state;
	if (r->finding_count++ >= CHECK_FINDINGS_MAX)
		return;
	vsnprintf(text, sizeof text, fmt, ap);
	r->findings[r->finding_count - 1] = mem_strdup(text);
}

void
bench_fail(struct bench *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(b, CHECK_FAIL, fmt, ap);
	va_end(ap);
}

void
bench_warn(struct bench *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(b, CHECK_WARN, fmt, ap);
	va_end(ap);
}

void
bench_skip(struct bench *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(b, CHECK_SKIP, fmt, ap);
	va_end(ap);
}

bool
bench_open(struct bench *b, struct drive *d)
{
	struct err err;

	fake_forget_checkpoint(b->fake);
	if (drive_open(d, &b->drive, &err) == RH_OK &&
	    drive_hello(d, HELLO_MS, &err) == RH_OK)
		return true;
	bench_fail(b, "%s", err.msg);
	drive_close(d);
	return false;
}

/* The words behind a slash command, as text and as a list. */
static void
give_words(struct gift *g, const struct target *t, const struct taste *taste)
{
	struct arena arena = { 0 };
	struct json_doc doc;
	struct buf json = { 0 };
	struct str text = { 0 };
	struct json_out w;
	struct err err;

	taste->text(&json);
	/* A text with NUL can't stand in a command; it is in the input. */
	if (json_parse(&arena, json.p, json.len, NULL, &doc, &err) == RH_OK &&
	    taste != &taste_table[0])
		json_str(&doc, 0, &arena, &text);
	if (text.len > 60 * 1024)
		text.len = 60 * 1024;
	buf_add(&g->raw_args, text.p, text.len);
	if (t->command != NULL)
		buf_printf(&g->command, "%s%s%s%s" STR_FMT, t->command,
		    t->word != NULL ? " " : "", t->word != NULL ? t->word :
		    "", text.len > 0 ? " " : "", STR_ARG(text));
	jw_init(&w, &g->args);
	jw_array(&w);
	if (text.len > 0)
		jw_str(&w, text);
	jw_end_array(&w);
	buf_fini(&json);
	arena_fini(&arena);
}

void
gift_init(struct gift *g, const struct target *t, const struct taste *taste)
{
	*g = (struct gift){ .name = taste->name };
	if (t->action == NULL)
		give_words(g, t, taste);
	sample_input(t->action != NULL ? t->action->schema_text : NULL,
	    taste, &g->input);
}

void
gift_fini(struct gift *g)
{
	buf_fini(&g->command);
	buf_fini(&g->raw_args);
	buf_fini(&g->args);
	buf_fini(&g->input);
}

static struct rh_text
text(const struct buf *b, const char *otherwise)
{
	if (b->len > 0)
		return (struct rh_text){ b->p, b->len };
	return (struct rh_text){ otherwise, strlen(otherwise) };
}

static struct rh_text
word(const char *s)
{
	return (struct rh_text){ s != NULL ? s : "", s != NULL ? strlen(s) :
	    0 };
}

bool
bench_begin(struct bench *b, struct drive *d, const struct target *t,
    const struct gift *g, const struct way *way)
{
	static const char run_id[] = "run_00000000000000000000000000000001";
	bool is_action = t->action != NULL;
	struct rh_invocation inv = {
		.size = sizeof inv,
		.kind = is_action ? RH_INVOKE_ACTION : RH_INVOKE_RUN,
		.run_id = word(is_action ? "" : run_id),
		.extension_id = word(b->plugin.id),
		.runner = word(is_action ? t->action->name : t->runner->name),
		.action_id = word(t->word), .session_id = word("check"),
		.user_id = word("user:check"), .command = text(&g->command, ""),
		.raw_args = text(&g->raw_args, ""),
		.args = text(&g->args, "[]"), .flags = word("{}"),
		.input = text(&g->input, "{}"), .metadata = word("{}"),
		.config = word("{}"),
		.checkpoint_name = { g->checkpoint_name.p,
		    g->checkpoint_name.len },
		.checkpoint = { g->checkpoint.p, g->checkpoint.len },
		.created_us = clock_real.wall_us(&clock_real),
		.timeout_ms = way->deadline_ms,
		.attempt = g->checkpoint.p != NULL ? 2 : 1,
		.reason = g->checkpoint.p != NULL ? RH_ATTEMPT_TAKEOVER :
		    RH_ATTEMPT_FIRST,
	};
	struct err err;

	b->now->runs++;
	if (drive_begin(d, &inv, &err) == RH_OK)
		return true;
	bench_fail(b, "%s (%s): %s", t->label, g->name, err.msg);
	return false;
}

/* What it was given, short enough for a line. */
static const char *
show_gift(const struct gift *g, char out[160])
{
	const struct buf *b = g->command.len > 0 ? &g->command :
	    g->raw_args.len > 0 ? &g->raw_args : &g->input;

	snprintf(out, 160, "%s: %.80s%s", g->name, b->p != NULL ? b->p : "",
	    b->len > 80 ? "…" : "");
	return out;
}

void
bench_lost(struct bench *b, struct drive *d, const struct target *t,
    const struct gift *g)
{
	const struct driven *now = &d->now;
	const char *call = trace_call_names[now->last_call];
	char given[160];

	if (!d->ended)
		bench_fail(b, "%s hangs (%s); it is %s %s", t->label,
		    show_gift(g, given), now->in_call ? "in" : "behind", call);
	else
		bench_fail(b, "%s in %s (%s); last call: %s%s", d->how,
		    t->label, show_gift(g, given), call, now->in_call ?
		    ", which had not returned" : "");
}

static void
see(struct target *t, enum sight_kind kind, const struct gift *g,
    const char *fmt, ...)
{
	struct sight *s = &t->seen[kind];
	char given[160];
	va_list ap;
	int n;

	if (s->count++ > 0)
		return;
	n = snprintf(s->what, sizeof s->what, "%s (%s): ", t->label,
	    show_gift(g, given));
	va_start(ap, fmt);
	vsnprintf(s->what + n, sizeof s->what - (size_t)n, fmt, ap);
	va_end(ap);
}

/* An outcome that the contract has no room for. */
static void
look_at_outcome(const struct driven *now, struct target *t,
    const struct gift *g)
{
	struct arena arena = { 0 };
	struct json_doc doc;
	struct err err = { 0 };

	if (now->kind == RH_FAILED && now->error.len == 0)
		see(t, SEEN_OUTCOME, g, "failed without saying why");
	if (now->kind == RH_CANCELLED && now->cancelled_us == 0)
		see(t, SEEN_OUTCOME, g, "says cancelled, which nobody "
		    "asked for; that counts as failed");
	if (t->action != NULL && now->kind == RH_COMPLETED && json_parse(
	    &arena, now->output.p != NULL ? now->output.p : "",
	    now->output.len, NULL, &doc, &err) != RH_OK)
		see(t, SEEN_OUTCOME, g, "the reply of an action must be "
		    "JSON: %s", err.msg);
	arena_fini(&arena);
}

void
bench_look(const struct drive *d, struct target *t, const struct gift *g)
{
	const struct driven *now = &d->now;

	if (now->finish_calls > 1)
		see(t, SEEN_FINISH, g, "finish() was called %u times",
		    now->finish_calls);
	if (now->returned && now->finish_calls == 0)
		see(t, SEEN_FINISH, g, "returned without an outcome");
	if (now->backwards > 0)
		see(t, SEEN_PROGRESS, g, "%s", now->backwards_why);
	if (now->refused > 0)
		see(t, SEEN_REPORT, g, "%s was refused: %s",
		    trace_call_names[now->refused_call], now->refused_why);
	if (now->stale_calls > (now->finish_calls > 1))
		see(t, SEEN_STALE, g, "called %s with the handle of a run "
		    "that had ended", trace_call_names[now->stale_call]);
	if (now->returned && now->finished && now->finish_calls > 0 &&
	    now->returned_us - now->finished_us > PROMPT_MS * US_PER_MS)
		see(t, SEEN_RETURN, g, "returned %lld ms after finish()",
		    (long long)((now->returned_us - now->finished_us) /
		    US_PER_MS));
	if (now->printed > 0)
		see(t, SEEN_PRINTED, g, "%zu bytes on descriptors 1 and 2",
		    now->printed);
	if (now->finished && now->finish_calls > 0)
		look_at_outcome(now, t, g);
}

bool
bench_has_time(struct bench *b)
{
	if (b->until_us == 0)
		return false;
	if (drive_clock_us() < b->until_us)
		return true;
	b->until_us = 0;
	if (b->now->state != CHECK_FAIL)
		bench_warn(b, "left out what was to be run after %d s",
		    BUDGET_MS / 1000);
	return false;
}

static void
wait_started(struct drive *d)
{
	int64_t until = drive_clock_us() + START_MS * US_PER_MS;

	while (!d->now.started && !drive_over(d) &&
	    drive_clock_us() < until)
		drive_until(d, drive_clock_us() + 1 * US_PER_MS);
}

/* Told to stop, now or when its time is up, and given a second for it. */
static void
run_to_end(struct bench *b, struct drive *d, const struct way *way)
{
	int64_t patience = way->patience_ms > 0 ? way->patience_ms :
	    b->cf->timeout_ms;

	if (way->stop != STOP_NEVER)
		patience = way->stop == STOP_AFTER ? way->stop_ms : 0;
	if (way->deadline_ms > 0)
		patience = way->deadline_ms + PROMPT_MS;
	wait_started(d);
	drive_until(d, drive_clock_us() + patience * US_PER_MS);
	if (drive_over(d) || way->deadline_ms > 0)
		return;
	drive_cancel(d);
	drive_until(d, drive_clock_us() + PROMPT_MS * US_PER_MS);
}

/* Still there a second after it was told to stop. */
static void
stays(struct bench *b, struct drive *d, struct target *t,
    const struct gift *g, const struct way *way)
{
	const char *call = trace_call_names[d->now.last_call];
	char given[160];

	bench_look(d, t, g);
	if (d->now.finished)
		see(t, SEEN_RETURN, g, "does not return after finish()");
	if (d->now.finished)
		bench_fail(b, "%s (%s) does not return after finish()",
		    t->label, show_gift(g, given));
	else if (way->deadline_ms > 0)
		bench_fail(b, "%s (%s) ignores its deadline of %lld ms: it "
		    "runs %d ms later; last call: %s", t->label,
		    show_gift(g, given), (long long)way->deadline_ms,
		    PROMPT_MS, call);
	else
		bench_fail(b, "%s (%s) ignores a cancel: it runs %d ms later; "
		    "last call: %s", t->label, show_gift(g, given), PROMPT_MS,
		    call);
}

bool
bench_run(struct bench *b, struct drive *d, struct target *t,
    const struct gift *g, const struct way *way)
{
	if (!bench_has_time(b) || !bench_begin(b, d, t, g, way))
		return false;
	run_to_end(b, d, way);
	if (d->ended) {
		bench_look(d, t, g);
		bench_lost(b, d, t, g);
		return false;
	}
	if (!drive_over(d)) {
		stays(b, d, t, g, way);
		return false;
	}
	bench_look(d, t, g);
	return true;
}

void
bench_each(struct bench *b, const struct way *way)
{
	struct drive d;
	struct gift g;
	size_t i;

	for (i = 0; i < b->target_count && bench_has_time(b); i++) {
		if (!bench_open(b, &d))
			return;
		gift_init(&g, &b->targets[i], &taste_table[0]);
		bench_run(b, &d, &b->targets[i], &g, way);
		gift_fini(&g);
		drive_close(&d);
	}
}
