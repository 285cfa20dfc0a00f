/*
 * A call of the scheduler as requests to the host: events in batches, under
 * numbers of our own by which the host takes each once, then what the call
 * is about.  A task that failed goes on where it was.
 */
#include "agent/agent_impl.h"

#include "base/base64.h"
#include "base/log.h"
#include "base/mem.h"

#include <runhost/host.h>

#include <string.h>

#define BATCH_EVENTS	256
#define BATCH_BYTES	(256u * 1024)

static rh_status
ask(struct sender *s, const char *action, struct json_out *j,
    struct buf *body, struct wire_reply *r, struct err *err)
{
	rh_status rc;

	jw_end_object(j);
	rc = wire_call(s->http, action, body, NULL, r, err);
	buf_fini(body);
	return rc;
}

/* The same when little of the answer is of interest. */
static rh_status
tell(struct sender *s, struct task *t, const char *action,
    struct json_out *j, struct buf *body, struct err *err)
{
	struct wire_reply r;
	rh_status rc = ask(s, action, j, body, &r, err);

	if (rc == RH_OK && wire_bool(&r, 0, "cancel_requested"))
		t->cancel = true;
	wire_free(&r);
	return rc;
}

static void
write_event(struct json_out *j, int64_t sequence, const char *type,
    struct str data)
{
	jw_object(j);
	jw_m_i64(j, "sequence", sequence);
	jw_m_text(j, "type", type);
	jw_m_raw(j, "data", data);
	jw_end_object(j);
}

/*
 * Of events that were refused one by one: a number of ours that is another
 * event's ends the attempt.  What an event can't do is told to who asked for
 * it, if it came alone; a plugin's own event of that kind is passed over.
 */
static rh_status
check_verdicts(struct task *t, struct wire_reply *r, size_t n,
    struct err *err)
{
	int list = json_member(&r->doc, 0, "events"), node;
	const char *error;
	rh_status rc;

	for (node = json_first(&r->doc, list); node >= 0;
	    node = json_next(&r->doc, node)) {
		if ((error = wire_text(r, node, "error")) == NULL)
			continue;
		rc = err_status_of(wire_text(r, node, "reason_code"), 0);
		if (rc == RH_ECONFLICT || n == 0)
			return err_set(err, rc, "%s", error);
		log_event(LOG_WARN, "an event was refused", "run",
		    t->claim->run_id, "error", error, NULL);
	}
	return RH_OK;
}

/* n of a report; 0: one that somebody waits for. */
static rh_status
send_events(struct sender *s, struct task *t, struct json_out *j,
    struct buf *body, size_t n, struct err *err)
{
	struct wire_reply r;
	rh_status rc;

	jw_end_array(j);
	rc = ask(s, "run_append_result", j, body, &r, err);
	if (rc == RH_OK)
		rc = check_verdicts(t, &r, n, err);
	if (rc == RH_OK) {
		t->claim->sequence += n != 0 ? (int64_t)n : 1;
		t->claim->begun = true;
		t->cancel |= wire_bool(&r, 0, "cancel_requested");
	}
	wire_free(&r);
	return rc;
}

static void
begin_events(struct sender *s, struct task *t, struct json_out *j,
    struct buf *body)
{
	body_begin(s->a, t->claim, j, body);
	jw_name(j, "events");
	jw_array(j);
}

static rh_status
send_batch(struct sender *s, struct task *t, const struct run_report *r,
    struct err *err)
{
	struct buf body = { 0 };
	struct json_out j;
	size_t n = 0;
	rh_status rc;

	begin_events(s, t, &j, &body);
	while (t->sent + n < r->event_count && n < BATCH_EVENTS &&
	    body.len < BATCH_BYTES) {
		write_event(&j, t->claim->sequence + 1 + (int64_t)n,
		    r->events[t->sent + n].type, r->events[t->sent + n].data);
		n++;
	}
	if ((rc = send_events(s, t, &j, &body, n, err)) == RH_OK)
		t->sent += n;
	return rc;
}

/* The run's own mark of it can't be set from here: it is in its output. */
static rh_status
send_dropped(struct sender *s, struct task *t, struct err *err)
{
	struct buf body = { 0 };
	struct json_out j;
	rh_status rc;

	begin_events(s, t, &j, &body);
	write_event(&j, t->claim->sequence + 1, "output", STR("{\"stream\":"
	    "\"stderr\",\"text\":\"[the runtime drops what is reported from "
	    "here on: it is more than is kept of a run]\\n\"}"));
	rc = send_events(s, t, &j, &body, 1, err);
	t->claim->noted = rc == RH_OK;
	return rc;
}

static rh_status
send_start(struct sender *s, struct task *t, struct err *err)
{
	struct buf body = { 0 };
	struct json_out j;
	rh_status rc;

	body_begin(s->a, t->claim, &j, &body);
	rc = tell(s, t, "run_start", &j, &body, err);
	t->claim->begun |= rc == RH_OK;
	return rc;
}

static rh_status
send_report(struct sender *s, struct task *t, const struct run_report *r,
    struct err *err)
{
	rh_status rc = RH_OK;

	while (rc == RH_OK && t->sent < r->event_count)
		rc = send_batch(s, t, r, err);
	if (rc == RH_OK && r->truncated && !t->claim->noted)
		rc = send_dropped(s, t, err);
	return rc;
}

static rh_status
go_report(struct sender *s, struct task *t, struct err *err)
{
	const struct report_args *args = t->call->args;
	rh_status rc = send_report(s, t, &args->report, err);

	if (rc == RH_OK && args->report.started_us != 0 && !t->claim->begun)
		rc = send_start(s, t, err);
	return rc;
}

static rh_status
go_checkpoint(struct sender *s, struct task *t, struct err *err)
{
	const struct checkpoint_args *args = t->call->args;
	struct buf body = { 0 }, data = { 0 };
	struct json_out j;
	rh_status rc = send_report(s, t, &args->report, err);

	if (rc != RH_OK)
		return rc;
	begin_events(s, t, &j, &body);
	base64_add(&data, args->data.p, args->data.len);
	jw_object(&j);
	jw_m_i64(&j, "sequence", t->claim->sequence + 1);
	jw_m_text(&j, "type", "checkpoint");
	jw_name(&j, "data");
	jw_object(&j);
	jw_m_str(&j, "name", args->name);
	jw_m_str(&j, "data", (struct str){ data.p, data.len });
	jw_end_object(&j);
	jw_end_object(&j);
	buf_fini(&data);
	return send_events(s, t, &j, &body, 0, err);
}

static void
write_end(struct json_out *j, const struct finish_args *f)
{
	static const char *const names[] = {
		[RH_COMPLETED] = "completed", [RH_FAILED] = "failed",
		[RH_TIMEOUT] = "timeout", [RH_CANCELLED] = "cancelled",
		[RH_INTERRUPTED] = "interrupted",
	};
	const struct run_end *e = &f->end;

	jw_m_text(j, "status", names[f->kind]);
	jw_m_bool(j, "retryable", f->retry);
	if (e->has_exit_code)
		jw_m_i64(j, "exit_code", e->exit_code);
	if (e->output != NULL)
		jw_m_text(j, "output", e->output);
	if (e->error != NULL)
		jw_m_text(j, "error", e->error);
	if (e->reason != NULL)
		jw_m_text(j, "status_reason", e->reason);
	if (e->meta != NULL)
		jw_m_raw(j, "metadata", str_of(e->meta));
}

static rh_status
go_finalize(struct sender *s, struct task *t, struct err *err)
{
	const struct finish_args *args = t->call->args;
	struct buf body = { 0 };
	struct json_out j;
	rh_status rc = send_report(s, t, &args->report, err);

	if (rc != RH_OK)
		return rc;
	body_begin(s->a, t->claim, &j, &body);
	write_end(&j, args);
	return tell(s, t, "run_finalize", &j, &body, err);
}

static rh_status
go_release(struct sender *s, struct task *t, struct err *err)
{
	const struct release_args *args = t->call->args;
	struct buf body = { 0 };
	struct json_out j;

	body_begin(s->a, t->claim, &j, &body);
	jw_m_text(&j, "status_reason", args->why);
	return tell(s, t, "run_release_claim", &j, &body, err);
}

rh_status
task_give_back(struct sender *s, struct task *t, struct err *err)
{
	struct buf body = { 0 };
	struct json_out j;

	body_begin(s->a, t->claim, &j, &body);
	jw_m_text(&j, "status_reason", "its runtime could not renew its lease");
	return tell(s, t, "run_release_claim", &j, &body, err);
}

rh_status
task_go_on(struct sender *s, struct task *t, struct err *err)
{
	static const struct {
		const char *action;
		rh_status (*go)(struct sender *, struct task *, struct err *);
	} rows[] = {
		{ "run_report", go_report },
		{ "run_checkpoint", go_checkpoint },
		{ "run_finalize", go_finalize },
		{ "run_release", go_release },
	};
	size_t i = 0;

	while (strcmp(rows[i].action, t->call->name) != 0)
		i++;
	return rows[i].go(s, t, err);
}
