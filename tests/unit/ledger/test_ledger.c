/*
 * The life of runs through the ledger: made, claimed, reported, ended,
 * cancelled, swept, recovered after a restart.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "base/mem.h"
#include "store/store_event.h"

#include <runhost/host.h>

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static void
test_life(void)
{
	struct core c;
	const char *id = NULL;
	struct call *call;
	const struct effect *e;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo hello world", &id);
	CHECK_STR(lab_state(&c, no), "queued");
	CHECK(lab_effect(&c, EFFECT_QUEUED, 0) != NULL);
	CHECK(lab_effect(&c, EFFECT_START, 0) == NULL);
	lab_offer(&c, 2);
	e = lab_effect(&c, EFFECT_START, no);
	if (!CHECK(e != NULL))
		goto out;
	CHECK_STR(e->plugin, "demo");
	CHECK_INT(e->claimed->cause, CAUSE_FIRST);
	CHECK_STR(e->claimed->row.args, "[\"world\"]");
	CHECK_STR(e->claimed->row.chain, "[\"local:0\"]");
	CHECK_STR(lab_state(&c, no), "claimed");
	CHECK_INT(lab_report(&c, no, e->fence, 3), RH_OK);
	CHECK_STR(lab_state(&c, no), "running");
	clock_fake_advance(&c.clock, 2 * US_PER_S);
	CHECK_INT(lab_finish(&c, no, e->fence, RH_COMPLETED), RH_OK);
	CHECK_STR(lab_state(&c, no), "completed");
	CHECK(lab_effect(&c, EFFECT_ENDED, no) != NULL);
	call = lab_must(&c, NULL, "run_get", "{\"run_id\":\"%s\"}", id);
	CHECK_HAS(call->reply.p, "\"status\":\"completed\"");
	CHECK_HAS(call->reply.p, "\"duration_seconds\":2");
	CHECK_HAS(call->reply.p, "\"progress_pct\":100");
	call = lab_must(&c, NULL, "run_events_page", "{\"run_id\":\"%s\"}",
	    id);
	CHECK_HAS(call->reply.p, "\"sequence\":4");
	CHECK_HAS(call->reply.p, "\"last_sequence\":4");
	call = lab_must(&c, NULL, "run_list", "{\"status\":\"SUCCEEDED\"}");
	CHECK_HAS(call->reply.p, id);
	CHECK_HAS(call->reply.p, "\"total_count\":1");
	call = lab_must(&c, NULL, "run_list", "{\"status\":\"PENDING\"}");
	CHECK_HAS(call->reply.p, "\"items\":[]");
	call = lab_must(&c, NULL, "run_counts", "{}");
	CHECK_HAS(call->reply.p, "\"SUCCEEDED\":1");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE action IN"
	    " ('host_start', 'run_create', 'run_claim', 'run_start',"
	    " 'run_finalize')"), 5);
	CORE_CHECK(&c);
out:
	lab_fini(&c);
}

/* An output of 4 events: 3 reported and the one that came with the end. */
static void
test_output(void)
{
	struct core c;
	const char *id = NULL;
	struct call *call;
	struct run_view *v;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", &id);
	lab_offer(&c, 1);
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 2), RH_OK);
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_COMPLETED),
	    RH_OK);
	call = lab_must(&c, NULL, "run_get", "{\"run_id\":\"%s\"}", id);
	if ((v = call->result) != NULL)
		CHECK_STR(v->out.p, "line 0\nline 1\nline 0\ndone");
	lab_fini(&c);
}

static void
test_first_end_wins(void)
{
	struct core c;
	int64_t no, fence;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	fence = lab_fence(&c, no);
	CHECK_INT(lab_finish(&c, no, fence, RH_COMPLETED), RH_OK);
	CHECK_INT(lab_finish(&c, no, fence, RH_FAILED), RH_ESTALE);
	CHECK_INT(lab_report(&c, no, fence, 1), RH_ESTALE);
	CHECK_STR(lab_state(&c, no), "completed");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM event"), 1);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* Cancels a run in the state that drive() brings it to. */
static struct call *
cancel(struct core *c, const char *id)
{
	return lab_must(c, NULL, "run_cancel",
	    "{\"run_id\":\"%s\",\"reason\":\"enough\"}", id);
}

static void
test_cancel_queued(void)
{
	struct core c;
	const char *id = NULL;
	struct call *call;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", &id);
	call = cancel(&c, id);
	CHECK_HAS(call->reply.p, "\"already_terminal\":false");
	CHECK_HAS(call->reply.p, "\"status_reason\":\"enough\"");
	CHECK_STR(lab_state(&c, no), "cancelled");
	CHECK(lab_effect(&c, EFFECT_ENDED, no) != NULL);
	call = cancel(&c, id);
	CHECK_HAS(call->reply.p, "\"already_terminal\":true");
	lab_offer(&c, 1);
	CHECK(lab_effect(&c, EFFECT_START, 0) == NULL);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* Every report of the attempt is answered with the request, too. */
static void
check_told(struct core *c, int64_t no)
{
	struct call *call = lab_internal(c, "run_report",
	    sizeof(struct report_args));
	struct report_args *a = call->args;
	const struct report_reply *r;

	a->report = (struct run_report){ .run_no = no, .percent = -1,
	    .fence = lab_fence(c, no) };
	lab_batch(c, &call, 1);
	r = call->result;
	CHECK(call->status == RH_OK && r->cancel && r->last_seq == 1);
}

static void
test_cancel_held(void)
{
	struct core c;
	const char *id = NULL;
	struct call *call;
	const struct effect *e;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", &id);
	lab_offer(&c, 1);
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 1), RH_OK);
	call = cancel(&c, id);
	CHECK_HAS(call->reply.p, "\"cancel_requested\":true");
	CHECK_STR(lab_state(&c, no), "running");
	e = lab_effect(&c, EFFECT_CANCEL, no);
	CHECK(e != NULL && e->fence == lab_fence(&c, no));
	check_told(&c, no);
	/* A failure after the request is the cancel's. */
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_FAILED), RH_OK);
	CHECK_STR(lab_state(&c, no), "cancelled");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_cancel_late(void)
{
	struct core c;
	const char *id = NULL;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", &id);
	lab_offer(&c, 1);
	cancel(&c, id);
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_COMPLETED),
	    RH_OK);
	CHECK_STR(lab_state(&c, no), "completed");
	lab_fini(&c);
}

static void
renew(struct core *c, int64_t no, int64_t fence)
{
	struct call *call = lab_internal(c, "run_renew",
	    sizeof(struct renew_args));
	struct renew_args *a = call->args;
	struct attempt_ref *ref = arena_zalloc(&call->arena, sizeof *ref);

	ref->run_no = no;
	ref->fence = fence;
	a->attempts = ref;
	a->count = 1;
	a->lost = arena_zalloc(&call->arena, sizeof *a->lost);
	lab_batch(c, &call, 1);
	CHECK_OK(call->status, &call->err);
	CHECK(!a->lost[0]);
}

static void
test_cancel_grace(void)
{
	struct core c;
	const char *id = NULL;
	int64_t no, fence;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", &id);
	lab_offer(&c, 1);
	fence = lab_fence(&c, no);
	cancel(&c, id);
	clock_fake_advance(&c.clock, 3 * US_PER_S);
	renew(&c, no, fence);	/* a live worker that doesn't listen */
	lab_sweep(&c);
	CHECK_STR(lab_state(&c, no), "claimed");
	clock_fake_advance(&c.clock, 4 * US_PER_S);
	lab_sweep(&c);
	CHECK_STR(lab_state(&c, no), "cancelled");
	CHECK(lab_effect(&c, EFFECT_FENCED, no) != NULL);
	CHECK_INT(lab_report(&c, no, fence, 1), RH_ESTALE);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* Each row of an attempt inside the host says so. */
static void
test_inproc_rows(void)
{
	struct core c;
	struct call *call;
	int64_t no, fence;

	lab_start(&c);
	call = lab_internal(&c, "slots_offer", sizeof(struct offer_args));
	*(struct offer_args *)call->args = (struct offer_args){
		.plugin = "demo", .n = 1, .inproc = true };
	lab_batch(&c, &call, 1);
	no = lab_run(&c, NULL, "/demo", NULL);
	fence = lab_fence(&c, no);
	CHECK_INT(lab_report(&c, no, fence, 1), RH_OK);
	renew(&c, no, fence);
	CHECK_INT(lab_finish(&c, no, fence, RH_COMPLETED), RH_OK);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE action IN"
	    " ('run_claim', 'run_start', 'run_renew_claim', 'run_finalize')"
	    " AND detail ->> 'mode' = 'inproc'"), 4);
	lab_fini(&c);
}

static void
test_lease(void)
{
	struct core c;
	int64_t no, fence;
	const struct effect *e;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 2);
	fence = lab_fence(&c, no);
	CHECK_INT(lab_report(&c, no, fence, 1), RH_OK);
	lab_pass(&c, 30);
	renew(&c, no, fence);
	lab_pass(&c, 40);
	CHECK_STR(lab_state(&c, no), "running");
	lab_pass(&c, 30);
	/* Fenced, queued, and claimed at once for the slot that is free. */
	CHECK(lab_effect(&c, EFFECT_FENCED, no) != NULL);
	e = lab_effect(&c, EFFECT_START, no);
	CHECK_INT(e->claimed->cause, CAUSE_TAKEOVER);
	CHECK_INT(e->claimed->row.attempts, 2);
	CHECK(e->fence > fence);
	CHECK_STR(lab_text(&c, "SELECT type FROM event ORDER BY seq DESC"),
	    "host.lost");
	CHECK_INT(lab_report(&c, no, fence, 1), RH_ESTALE);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* The host stood still: whoever worked on couldn't renew. */
static void
test_silence(void)
{
	struct core c;
	int64_t no, lost;

	lab_start(&c);
	lost = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	lab_pass(&c, 55);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 1), RH_OK);
	clock_fake_advance(&c.clock, 600 * US_PER_S);
	lab_sweep(&c);
	CHECK_STR(lab_state(&c, no), "running");
	CHECK_STR(lab_state(&c, lost), "claimed");
	renew(&c, no, lab_fence(&c, no));
	lab_pass(&c, 55);
	CHECK_STR(lab_state(&c, no), "running");
	lab_pass(&c, 10);
	CHECK_STR(lab_state(&c, no), "queued");
	CHECK_STR(lab_state(&c, lost), "queued");
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* A silence that could not be made good is one at the next sweep, too. */
static void
test_silence_kept(void)
{
	struct core c;
	struct call *call;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 1), RH_OK);
	clock_fake_advance(&c.clock, 600 * US_PER_S);
	lab_sql(&c, "CREATE TRIGGER never BEFORE UPDATE OF lease ON run_live "
	    "BEGIN SELECT raise(ABORT, 'never'); END");
	call = lab_internal(&c, "sweep", sizeof(struct sweep_args));
	lab_batch(&c, &call, 1);
	CHECK_INT(call->status, RH_ECONFLICT);
	lab_sql(&c, "DROP TRIGGER never");
	CHECK_INT(lab_sweep(&c), RH_OK);
	CHECK_STR(lab_state(&c, no), "running");
	lab_pass(&c, 55);
	CHECK_STR(lab_state(&c, no), "running");
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* Three runs whose deadline is over, and one whose retention is. */
static void
make_due(struct core *c, int64_t due[3], int64_t *ended)
{
	struct call *call;
	int i;

	*ended = lab_run(c, NULL, "/demo", NULL);
	lab_offer(c, 1);
	CHECK_INT(lab_finish(c, *ended, lab_fence(c, *ended), RH_COMPLETED),
	    RH_OK);
	for (i = 0; i < 3; i++) {
		call = lab_must(c, NULL, "run_create", "{\"runner\":\"demo\","
		    "\"deadline_at\":%lld}", (long long)(CORE_START /
		    US_PER_S + 10 + i));
		due[i] = ((struct run_made *)call->result)->run_no;
	}
	clock_fake_advance(&c->clock, c->env.command_retention_us + US_PER_S);
}

/* Its end fails behind the first writes, and once more when it is removed. */
static void
test_unsettled(void)
{
	struct core c;
	struct call *call;
	struct sweep_args *args;
	int64_t due[3], ended;
	char sql[300];

	lab_start(&c);
	make_due(&c, due, &ended);
	snprintf(sql, sizeof sql, "CREATE TRIGGER end BEFORE INSERT ON audit "
	    "WHEN NEW.action = 'run_sweep' AND NEW.target = (SELECT 'run_' || "
	    "lower(hex(id)) FROM run WHERE run_no = %lld) BEGIN SELECT "
	    "raise(ABORT, 'not this one'); END", (long long)due[1]);
	lab_sql(&c, sql);
	lab_sql(&c, "CREATE TRIGGER gone BEFORE INSERT ON run_gone BEGIN "
	    "SELECT raise(ABORT, 'nor this one'); END");
	call = lab_internal(&c, "sweep", sizeof *args);
	args = call->args;
	lab_batch(&c, &call, 1);
	CHECK_OK(call->status, &call->err);
	if (CHECK(args->skipped != NULL && args->skipped->next != NULL)) {
		CHECK_INT(args->skipped->run_no, ended);
		CHECK_HAS(args->skipped->error, "nor this one");
		CHECK_INT(args->skipped->next->run_no, due[1]);
		CHECK_HAS(args->skipped->next->error, "not this one");
	}
	CHECK_STR(lab_state(&c, due[0]), "timeout");
	CHECK_STR(lab_state(&c, due[1]), "queued");
	CHECK_STR(lab_state(&c, due[2]), "timeout");
	CHECK_STR(lab_state(&c, ended), "completed");
	CORE_CHECK(&c);
	/* They don't stand in the way of others, and come again. */
	lab_batch(&c, &call, 1);
	CHECK(args->skipped == NULL);
	lab_sql(&c, "DROP TRIGGER end");
	lab_sql(&c, "DROP TRIGGER gone");
	clock_fake_advance(&c.clock, 61 * US_PER_S);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run_end WHERE "
	    "state = 9"), 3);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 3);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* The start isn't kept up either; the run waits for the next one. */
static void
test_unrecovered(void)
{
	struct core c;
	int64_t bad, good;

	lab_start(&c);
	bad = lab_run(&c, NULL, "/demo", NULL);
	good = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 2);
	CHECK_INT(lab_report(&c, bad, lab_fence(&c, bad), 1), RH_OK);
	CHECK_INT(lab_report(&c, good, lab_fence(&c, good), 1), RH_OK);
	lab_sql(&c, "CREATE TRIGGER no BEFORE INSERT ON run_end WHEN "
	    "NEW.run_no = 1 BEGIN SELECT raise(ABORT, 'not this one'); END");
	lab_restart(&c);
	CHECK_STR(lab_state(&c, good), "failed");
	CHECK_STR(lab_state(&c, bad), "running");
	lab_pass(&c, 600);
	CHECK_STR(lab_state(&c, bad), "running");
	CORE_CHECK(&c);
	lab_sql(&c, "DROP TRIGGER no");
	lab_restart(&c);
	CHECK_STR(lab_state(&c, bad), "failed");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_deadline(void)
{
	struct core c;
	struct call *call;
	struct run_made *made;
	int64_t no;

	lab_start(&c);
	call = lab_must(&c, NULL, "run_create", "{\"runner\":\"demo\","
	    "\"deadline_at\":%lld}", (long long)(CORE_START / US_PER_S + 10));
	made = call->result;
	no = made->run_no;
	lab_sweep(&c);
	CHECK_STR(lab_state(&c, no), "queued");
	clock_fake_advance(&c.clock, 10 * US_PER_S);
	lab_sweep(&c);
	CHECK_STR(lab_state(&c, no), "timeout");
	CHECK_HAS(lab_text(&c, "SELECT reason FROM run_end"), "deadline");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_retention(void)
{
	struct core c;
	struct call *call;
	const char *id = NULL;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", &id);
	lab_offer(&c, 1);
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_COMPLETED),
	    RH_OK);
	clock_fake_advance(&c.clock, 3599 * US_PER_S);
	lab_sweep(&c);
	CHECK_STR(lab_state(&c, no), "completed");
	clock_fake_advance(&c.clock, 2 * US_PER_S);
	call = lab_must(&c, NULL, "run_cleanup", "{\"dry_run\":true}");
	CHECK_HAS(call->reply.p, "\"removed\":1");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 1);
	call = lab_must(&c, NULL, "run_cleanup", "{}");
	CHECK_HAS(call->reply.p, "\"removed\":1");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 0);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM event"), 0);
	CHECK_INT(lab_number(&c, "SELECT sum(n) FROM run_count"), 0);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM scope"), 0);
	call = lab_do(&c, NULL, "run_get", "{\"run_id\":\"%s\"}", id);
	CHECK_INT(call->status, RH_ENOENT);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE "
	    "action = 'run_finalize'"), 1);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_sweep_removes(void)
{
	struct core c;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_COMPLETED),
	    RH_OK);
	clock_fake_advance(&c.clock, 3601 * US_PER_S);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 0);
	CHECK_STR(lab_text(&c, "SELECT detail FROM audit WHERE action = "
	    "'run_cleanup'"), "{\"removed\":1}");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static int64_t
running(struct core *c, const char *command)
{
	int64_t no = lab_run(c, NULL, command, NULL);

	lab_offer(c, 1);
	CHECK_INT(lab_report(c, no, lab_fence(c, no), 1), RH_OK);
	return no;
}

static void
test_recovery(void)
{
	struct core c;
	int64_t once, again, claimed, queued;
	const struct effect *e;

	lab_start(&c);
	once = running(&c, "/demo");
	again = running(&c, "/strict go");
	claimed = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	queued = lab_run(&c, NULL, "/demo", NULL);
	lab_restart(&c);
	CHECK_STR(lab_state(&c, once), "failed");
	CHECK_HAS(lab_text(&c, "SELECT reason FROM run_end WHERE state = 7"),
	    "host_lost");
	CHECK_STR(lab_state(&c, again), "queued");
	CHECK_STR(lab_state(&c, claimed), "queued");
	CHECK_STR(lab_state(&c, queued), "queued");
	CORE_CHECK(&c);
	lab_offer(&c, 3);
	e = lab_effect(&c, EFFECT_START, again);
	if (CHECK(e != NULL)) {
		CHECK_INT(e->claimed->cause, CAUSE_TAKEOVER);
		CHECK_INT(e->claimed->row.attempts, 2);
	}
	e = lab_effect(&c, EFFECT_START, claimed);
	if (CHECK(e != NULL)) {
		CHECK_INT(e->claimed->cause, CAUSE_FIRST);
		CHECK_INT(e->claimed->row.attempts, 1);
	}
	CHECK(lab_effect(&c, EFFECT_START, queued) != NULL);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_losses_run_out(void)
{
	struct core c;
	int64_t no;
	int i;

	lab_start(&c);
	no = lab_run(&c, NULL, "/strict go", NULL);
	for (i = 1; i <= 3; i++) {
		lab_offer(&c, 1);
		CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 0), RH_OK);
		lab_restart(&c);
		CHECK_STR(lab_state(&c, no), i < 3 ? "queued" : "failed");
	}
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* It may have begun, and be what ends the host. */
static void
test_inproc_counts(void)
{
	struct core c;
	int64_t no;
	int i;

	lab_start(&c);
	no = lab_run(&c, NULL, "/strict go", NULL);
	for (i = 1; i <= 3; i++) {
		lab_offer_inproc(&c, 1);
		CHECK_STR(lab_state(&c, no), "claimed");
		lab_restart(&c);
		CHECK_STR(lab_state(&c, no), i < 3 ? "queued" : "failed");
	}
	CORE_CHECK(&c);
	lab_fini(&c);
}

static int64_t
create_attempts(struct core *c, int attempts)
{
	struct call *call = lab_must(c, NULL, "run_create",
	    "{\"runner\":\"demo\",\"max_attempts\":%d}", attempts);
	struct run_made *made = call->result;

	return made->run_no;
}

static rh_status
fail(struct core *c, int64_t no, bool retry)
{
	struct call *call = lab_internal(c, "run_finalize",
	    sizeof(struct finish_args));
	struct finish_args *a = call->args;

	a->report = (struct run_report){ .run_no = no, .percent = -1,
	    .fence = lab_fence(c, no) };
	a->kind = RH_FAILED;
	a->retry = retry;
	a->end.error = "no luck";
	lab_batch(c, &call, 1);
	return call->status;
}

static void
test_retry(void)
{
	struct core c;
	const struct effect *e;
	int64_t no;

	lab_start(&c);
	no = create_attempts(&c, 2);
	lab_offer(&c, 1);
	CHECK_INT(fail(&c, no, true), RH_OK);
	CHECK_STR(lab_state(&c, no), "queued");
	CHECK_STR(lab_text(&c, "SELECT type FROM event"), "host.retry");
	lab_offer(&c, 1);
	e = lab_effect(&c, EFFECT_START, no);
	CHECK_INT(e->claimed->cause, CAUSE_RETRY);
	CHECK_INT(fail(&c, no, true), RH_OK);
	CHECK_STR(lab_state(&c, no), "failed");
	CHECK_STR(lab_text(&c, "SELECT error FROM run_end"), "no luck");
	no = create_attempts(&c, 2);
	lab_offer(&c, 1);
	CHECK_INT(fail(&c, no, false), RH_OK);
	CHECK_STR(lab_state(&c, no), "failed");
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* What the audit row of an attempt's end must say of the run's events. */
static void
check_digest(struct core *c, int64_t no, const char *action)
{
	struct event_range range = { .run_no = no, .max = 1000 };
	uint8_t digest[HASH_LEN] = { 0 };
	char hex[HASH_HEX_LEN], sql[200], want[120];
	struct event_page page;
	struct event_new e;
	struct arena a;
	struct err err;
	size_t i;

	arena_init(&a);
	CHECK_OK(store_event_page(c->reader, &range, &a, &page, &err), &err);
	for (i = 0; i < page.count; i++) {
		e.type = page.rows[i].type;
		e.data = str_of(page.rows[i].data);
		event_digest(digest, page.rows[i].seq, &e);
		CHECK_INT(page.rows[i].seq, (int64_t)i + 1);
	}
	CHECK_INT(page.last_seq, (int64_t)page.count);
	snprintf(sql, sizeof sql, "SELECT detail FROM audit WHERE action = "
	    "'%s' ORDER BY seq DESC", action);
	str_hex(hex, digest, sizeof digest);
	snprintf(want, sizeof want, "\"events\":%zu,\"events_digest\":\"%s\"",
	    page.count, hex);
	CHECK_HAS(lab_text(c, sql), want);
	arena_fini(&a);
}

static void
test_digest(void)
{
	struct core c;
	int64_t no;

	lab_start(&c);
	no = create_attempts(&c, 3);
	lab_offer(&c, 1);
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 3), RH_OK);
	CHECK_INT(fail(&c, no, true), RH_OK);
	check_digest(&c, no, "run_finalize");
	lab_offer(&c, 1);
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 2), RH_OK);
	lab_pass(&c, 90);
	check_digest(&c, no, "run_sweep");
	lab_offer(&c, 1);
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_COMPLETED),
	    RH_OK);
	check_digest(&c, no, "run_finalize");
	lab_fini(&c);
}

static void
test_release(void)
{
	struct core c;
	struct call *call;
	struct release_args *a;
	const struct effect *e;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	call = lab_internal(&c, "run_release", sizeof *a);
	a = call->args;
	*a = (struct release_args){ .run_no = no, .why = "worker retired",
	    .fence = lab_fence(&c, no) };
	lab_batch(&c, &call, 1);
	CHECK_OK(call->status, &call->err);
	CHECK_STR(lab_state(&c, no), "queued");
	CHECK_INT(lab_number(&c, "SELECT attempts + losses FROM run_live"),
	    0);
	lab_offer(&c, 1);
	e = lab_effect(&c, EFFECT_START, no);
	CHECK_INT(e->claimed->row.attempts, 1);
	CHECK_INT(e->claimed->cause, CAUSE_FIRST);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
checkpoint(struct core *c, int64_t no, const char *name, const char *data)
{
	struct call *call = lab_internal(c, "run_checkpoint",
	    sizeof(struct checkpoint_args));
	struct checkpoint_args *a = call->args;

	a->report = (struct run_report){ .run_no = no, .percent = -1,
	    .fence = lab_fence(c, no), .started_us = c->clock.wall };
	a->name = str_of(name);
	a->data = str_of(data);
	lab_batch(c, &call, 1);
	CHECK_OK(call->status, &call->err);
}

static void
test_checkpoint(void)
{
	struct core c;
	const struct effect *e;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/strict go", NULL);
	lab_offer(&c, 1);
	checkpoint(&c, no, "first", "1");
	checkpoint(&c, no, "second", "22");
	lab_restart(&c);
	lab_sql(&c, "UPDATE checkpoint SET data = x'00' WHERE name = "
	    "'second'");
	lab_offer(&c, 1);
	e = lab_effect(&c, EFFECT_START, no);
	if (CHECK(e != NULL && e->claimed->checkpoint_name != NULL)) {
		CHECK_STR(e->claimed->checkpoint_name, "first");
		CHECK(str_is(e->claimed->checkpoint, "1"));
	}
	lab_fini(&c);
}

static void
test_priority(void)
{
	struct core c;
	struct call *call;
	struct run_made *made;
	int64_t low, high;

	lab_start(&c);
	low = lab_run(&c, NULL, "/demo", NULL);
	call = lab_must(&c, NULL, "run_create",
	    "{\"command\":\"/demo\",\"priority\":5}");
	made = call->result;
	high = made->run_no;
	lab_offer(&c, 1);
	CHECK_STR(lab_state(&c, high), "claimed");
	CHECK_STR(lab_state(&c, low), "queued");
	lab_offer(&c, 1);
	CHECK_STR(lab_state(&c, low), "claimed");
	lab_fini(&c);
}

static void
test_claimed_in_the_batch(void)
{
	struct core c;
	int64_t no;

	lab_start(&c);
	lab_offer(&c, 1);
	no = lab_run(&c, NULL, "/demo", NULL);
	CHECK_STR(lab_state(&c, no), "claimed");
	CHECK(lab_effect(&c, EFFECT_START, no) != NULL);
	/* An offer taken back. */
	lab_offer(&c, 1);
	lab_offer(&c, -1);
	no = lab_run(&c, NULL, "/demo", NULL);
	CHECK_STR(lab_state(&c, no), "queued");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_dry_run(void)
{
	struct core c;
	struct call *call;
	struct run_made *made;

	lab_start(&c);
	lab_offer(&c, 1);
	call = lab_must(&c, NULL, "run_create",
	    "{\"command\":\"/demo\",\"dry_run\":true}");
	made = call->result;
	CHECK_STR(lab_state(&c, made->run_no), "completed");
	CHECK(lab_effect(&c, EFFECT_START, 0) == NULL);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM event WHERE data LIKE"
	    " '%VALIDATING%'"), 1);
	CHECK_INT(lab_number(&c, "SELECT n FROM run_count"), 1);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static void
test_quota(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice");
	struct call *call;
	const char *id = NULL;

	lab_start(&c);
	c.env.quota_live = 2;
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"role:operator\"}");
	lab_run(&c, &alice, "/demo", NULL);
	lab_run(&c, &alice, "/demo", &id);
	call = lab_do(&c, &alice, "run_create", "{\"command\":\"/demo\"}");
	CHECK_INT(call->status, RH_ERUNS);
	lab_run(&c, NULL, "/demo", NULL);	/* another owner's */
	lab_restart(&c);
	call = lab_do(&c, &alice, "run_create", "{\"command\":\"/demo\"}");
	CHECK_INT(call->status, RH_ERUNS);
	lab_must(&c, &alice, "run_cancel", "{\"run_id\":\"%s\"}", id);
	lab_run(&c, &alice, "/demo", NULL);
	CORE_CHECK(&c);
	lab_fini(&c);
}

static rh_status
state_call(struct core *c, const char *action, int64_t no, int64_t fence,
    const char *value)
{
	struct call *call = lab_internal(c, action,
	    sizeof(struct state_args));

	*(struct state_args *)call->args = (struct state_args){
		.run_no = no, .fence = fence, .scope = STR("runner"),
		.key = STR("k"), .value = str_of(value) };
	lab_batch(c, &call, 1);
	return call->status;
}

static void
test_stale_state(void)
{
	struct core c;
	int64_t no, fence;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	fence = lab_fence(&c, no);
	CHECK_INT(state_call(&c, "plugin_state_set", no, fence, "1"), RH_OK);
	CHECK_INT(state_call(&c, "plugin_state_get", no, fence - 1, ""),
	    RH_ESTALE);
	CHECK_INT(state_call(&c, "plugin_state_set", no, fence - 1, "2"),
	    RH_ESTALE);
	CHECK_INT(lab_finish(&c, no, fence, RH_COMPLETED), RH_OK);
	CHECK_INT(state_call(&c, "plugin_state_set", no, fence, "null"),
	    RH_ESTALE);
	CHECK_STR(lab_text(&c, "SELECT value FROM plugin_state"), "1");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static int64_t
stored(struct core *c, const char *owner)
{
	char sql[100];

	snprintf(sql, sizeof sql, "SELECT bytes FROM owner WHERE name = '%s'",
	    owner);
	return lab_number(c, sql);
}

static rh_status
state_set(struct core *c, int64_t run_no, const char *scope,
    const char *value)
{
	struct call *call = lab_internal(c, "plugin_state_set",
	    sizeof(struct state_args));
	struct state_args *s = call->args;

	*s = (struct state_args){ .run_no = run_no, .scope = str_of(scope),
	    .fence = lab_fence(c, run_no), .key = STR("k"), .value = str_of(value) };
	lab_batch(c, &call, 1);
	return call->status;
}

static int64_t
held_by(struct core *c, const struct caller *who)
{
	int64_t no = lab_run(c, who, "/demo \xc3\xa4", NULL);

	lab_offer(c, 1);
	CHECK_INT(lab_report(c, no, lab_fence(c, no), 3), RH_OK);
	return no;
}

/* Whatever is written is counted, and given back when it goes. */
static void
test_stored(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice"), bob = lab_user("user:bob");
	int64_t no, other;
	int i;

	lab_start(&c);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"role:operator\"}");
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:bob\","
	    "\"permission\":\"role:operator\"}");
	no = held_by(&c, &alice);
	other = held_by(&c, &bob);
	CORE_CHECK(&c);
	for (i = 0; i < 12; i++)	/* more than are kept */
		checkpoint(&c, no, "here", i % 2 ? "much more" : "little");
	CORE_CHECK(&c);
	/* A value of both counts for who wrote it last. */
	CHECK_INT(state_set(&c, no, "runner", "\"of alice\""), RH_OK);
	CHECK_INT(state_set(&c, no, "actor", "1"), RH_OK);
	CORE_CHECK(&c);
	CHECK_INT(state_set(&c, other, "runner", "\"bob's\""), RH_OK);
	CHECK_INT(state_set(&c, no, "actor", "null"), RH_OK);
	CHECK_INT(state_set(&c, no, "actor", "null"), RH_OK);
	CORE_CHECK(&c);
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_COMPLETED), RH_OK);
	CHECK_INT(lab_finish(&c, other, lab_fence(&c, other), RH_FAILED),
	    RH_OK);
	lab_must(&c, &alice, "run_create", "{\"command\":\"/demo\","
	    "\"dry_run\":true,\"metadata\":{\"a\":1}}");
	CORE_CHECK(&c);
	lab_restart(&c);
	CORE_CHECK(&c);
	CHECK(stored(&c, "user:alice") > 10 * 64);
	clock_fake_advance(&c.clock, 3601 * US_PER_S);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 0);
	CHECK_INT(stored(&c, "user:alice"), 0);
	CHECK_INT(stored(&c, "user:bob"), 64 + 1 + 7);	/* the value */
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* New work is refused; what goes on comes to its end all the same. */
static void
test_stored_quota(void)
{
	struct core c;
	struct caller alice = lab_user("user:alice");
	struct call *call;
	int64_t no;

	lab_start(&c);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"role:operator\"}");
	no = held_by(&c, &alice);
	CHECK_INT(state_set(&c, no, "actor", "\"long enough\""), RH_OK);
	c.env.quota_bytes = stored(&c, "user:alice") + 20;
	call = lab_do(&c, &alice, "run_create", "{\"command\":\"/demo\"}");
	CHECK_INT(call->status, RH_EBYTES);
	CHECK_HAS(call->err.hint, "quota.stored_bytes");
	lab_run(&c, NULL, "/demo", NULL);	/* another owner's */
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 9), RH_OK);
	checkpoint(&c, no, "here", "data");
	CHECK_INT(state_set(&c, no, "actor", "\"a longer one than it was\""),
	    RH_EBYTES);
	CHECK_INT(state_set(&c, no, "actor", "1"), RH_OK);
	CHECK_INT(lab_finish(&c, no, lab_fence(&c, no), RH_COMPLETED), RH_OK);
	CHECK_STR(lab_state(&c, no), "completed");
	CORE_CHECK(&c);
	call = lab_must(&c, &alice, "run_counts", "{}");
	CHECK_HAS(call->reply.p, "\"live_runs\":{\"used\":0,");
	CHECK_HAS(call->reply.p, "\"stored_bytes\":{\"used\":");
	clock_fake_advance(&c.clock, 3601 * US_PER_S);
	lab_sweep(&c);
	lab_run(&c, &alice, "/demo", NULL);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* What a void batch had counted is forgotten with it. */
static void
test_stored_rollback(void)
{
	struct core c;
	struct gate *g;
	struct call *call;
	struct err err;
	int64_t before;

	lab_start(&c);
	lab_run(&c, NULL, "/demo", NULL);
	before = stored(&c, "local:0");
	g = ledger_gate(c.ledger);
	call = lab_call(&c, NULL, "run_create", "{\"command\":\"/demo\","
	    "\"session_id\":\"new\"}");
	call_prepare(call, c.registry);
	CHECK_OK(gate_begin(g, &err), &err);
	CHECK(gate_perform(g, call));
	CHECK_OK(call->status, &call->err);
	gate_rollback(g);
	CORE_CHECK(&c);
	CHECK_INT(stored(&c, "local:0"), before);
	lab_batch(&c, &call, 1);
	CHECK_OK(call->status, &call->err);
	CORE_CHECK(&c);
	CHECK(stored(&c, "local:0") > before);
	lab_fini(&c);
}

/* The sweep's look for what is due fails. */
static int
end_look(unsigned what, void *db, void *st, void *sql)
{
	(void)what, (void)sql;
	if (strstr(sqlite3_sql(st), "INDEXED BY run_due") != NULL)
		sqlite3_interrupt(db);
	return 0;
}

static void
test_failed_sweep(void)
{
	struct core c;
	struct call *call;
	int64_t no;

	lab_start(&c);
	no = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	CHECK_INT(lab_report(&c, no, lab_fence(&c, no), 1), RH_OK);
	clock_fake_advance(&c.clock, 25 * US_PER_S);
	call = lab_internal(&c, "sweep", sizeof(struct sweep_args));
	sqlite3_trace_v2(c.writer_handle, SQLITE_TRACE_STMT, end_look,
	    c.writer_handle);
	lab_batch(&c, &call, 1);
	sqlite3_trace_v2(c.writer_handle, 0, NULL, NULL);
	CHECK_INT(call->status, RH_EIO);
	clock_fake_advance(&c.clock, 25 * US_PER_S);
	lab_sweep(&c);
	CHECK_INT(lab_number(&c, "SELECT lease FROM run_live"),
	    CORE_START + 110 * US_PER_S);
	lab_fini(&c);
}

const struct unit_test ledger_ledger_tests[] = {
	{ "a run is made, claimed, reported, ended and shown", test_life },
	{ "a run's output is that of its events and its end", test_output },
	{ "the first end wins; a stale attempt changes nothing",
	    test_first_end_wins },
	{ "a queued run is cancelled at once", test_cancel_queued },
	{ "a held run is asked to stop", test_cancel_held },
	{ "success after a cancel request is success", test_cancel_late },
	{ "a cancel that isn't heeded ends the run after the grace",
	    test_cancel_grace },
	{ "the rows of an attempt inside the host say so", test_inproc_rows },
	{ "a lease that isn't renewed is lost", test_lease },
	{ "after a silence every good lease has a full period",
	    test_silence },
	{ "a silence lasts until leases could be made good",
	    test_silence_kept },
	{ "a run that can't be swept stops no other", test_unsettled },
	{ "a run that can't be recovered stops no start", test_unrecovered },
	{ "a deadline ends a queued run", test_deadline },
	{ "run_cleanup removes runs whose retention is over", test_retention },
	{ "the sweep removes runs whose retention is over",
	    test_sweep_removes },
	{ "a restart recovers what was held", test_recovery },
	{ "a run claimed inside a host that ended counts as lost",
	    test_inproc_counts },
	{ "losses run out", test_losses_run_out },
	{ "a failure is repeated when plugin and run allow it", test_retry },
	{ "the row of an attempt's end has count and digest of its events",
	    test_digest },
	{ "an attempt that never started doesn't count", test_release },
	{ "a takeover gets the newest checkpoint that verifies",
	    test_checkpoint },
	{ "priority goes before age", test_priority },
	{ "a free slot takes a run in the batch that makes it",
	    test_claimed_in_the_batch },
	{ "a dry run ends without an attempt", test_dry_run },
	{ "live runs of an owner are limited", test_quota },
	{ "a sweep that failed doesn't count as one", test_failed_sweep },
	{ "stored bytes are those that are stored", test_stored },
	{ "who has too many stored gets no new run, but ends the old ones",
	    test_stored_quota },
	{ "a batch that is undone has stored nothing", test_stored_rollback },
	{ "an attempt that lost its run neither sees nor sets state",
	    test_stale_state },
	{ NULL, NULL },
};
