/*
 * The loop around an event stream.  A stream that ends says nothing by
 * itself: the run's record is asked whether that was the end, and if not,
 * the stream is taken up behind the last event seen.
 */
#include "cli/follow.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/sse.h"
#include "cli/print.h"
#include "cli/progress.h"
#include "cli/reply.h"

#include <stdlib.h>
#include <string.h>

#define EVENT_MAX	(4 * 1024 * 1024)
#define IDLE_MS		90000	/* several heartbeats */
#define BACKOFF_MIN_MS	100
#define BACKOFF_MAX_MS	2000

static const struct {
	const char *status;
	int	exit_code;
} ends[] = {
	{ "SUCCEEDED",	EXIT_OK },
	{ "FAILED",	EXIT_FAILED },
	{ "CANCELED",	EXIT_FAILED },
	{ "TIMEOUT",	EXIT_TIMEOUT },
	{ NULL,		EXIT_FAILED },
};

struct follow {
	const struct cli *cli;
	struct door *door;
	const struct follow_args *args;
	struct progress progress;
	struct sse sse;
	int	interrupts;
	bool	heard;		/* something came on this connection */
	int64_t	backoff_ms;
	int64_t	give_up_us;	/* boot time; 0: the host is there */
	char	status[16];	/* of the last record seen */
	size_t	shown[2];	/* bytes of its output and errors, live */
};

int
follow_exit_code(const char *status)
{
	size_t i;

	for (i = 0; ends[i].status != NULL; i++)
		if (strcmp(ends[i].status, status) == 0)
			break;
	return ends[i].exit_code;
}

bool
follow_is_end(const char *status)
{
	size_t i;

	for (i = 0; ends[i].status != NULL; i++)
		if (strcmp(ends[i].status, status) == 0)
			return true;
	return false;
}

static void
show_progress(struct follow *f, const char *type, struct reply *r, int payload)
{
	struct progress_report report = {
		.percent = reply_i64(r, payload, "percent", 0),
		.stage = reply_text(r, payload, "stage"),
		.message = reply_text(r, payload, "message"),
	};

	(void)type;
	progress_show(&f->progress, &report);
}

static void
show_host(struct follow *f, const char *type, struct reply *r, int payload)
{
	progress_note(&f->progress, "%s: %s", type,
	    reply_word(r, payload, "reason"));
}

/*
 * As it comes; who goes on behind an event gets all of it from the record,
 * of which nobody knows where that event is.
 */
static void
show_output(struct follow *f, const char *type, struct reply *r, int payload)
{
	bool is_error = json_is(&r->doc, json_member(&r->doc, payload,
	    "stream"), "stderr");
	FILE *to = is_error ? f->cli->diag : f->cli->out;
	const char *text = reply_text(r, payload, "text");

	(void)type;
	if (text == NULL || f->cli->json || f->args->after != NULL)
		return;
	progress_end(&f->progress);
	print_piece(to, text, strlen(text));
	fflush(to);
	f->shown[is_error] += strlen(text);
}

typedef void (*show_fn)(struct follow *, const char *type, struct reply *,
    int payload);

/* Who shows events of a type; NULL: nobody. */
static show_fn
find_show(const char *type)
{
	static const struct {
		const char *type;
		show_fn show;
	} kinds[] = {
		{ "progress", show_progress }, { "output", show_output },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(type, kinds[i].type) == 0)
			return kinds[i].show;
	return strncmp(type, "host.", 5) == 0 ? show_host : NULL;
}

/* An event record. */
static void
on_event(void *arg, const struct sse_event *ev)
{
	show_fn show = find_show(ev->name);
	struct follow *f = arg;
	struct reply r = { 0 };

	if (show != NULL && json_parse(&r.arena, ev->data, ev->data_len,
	    &json_limits_default, &r.doc, NULL) == RH_OK)
		show(f, ev->name, &r, json_member(&r.doc, 0, "payload"));
	reply_free(&r);
}

static rh_status
on_data(void *arg, const char *p, size_t len, struct err *err)
{
	struct follow *f = arg;

	f->heard = true;
	return sse_feed(&f->sse, p, len, err);
}

static void
ask_cancel(struct follow *f)
{
	struct reply r = { 0 };
	struct err err = { 0 };
	struct door door;
	char *path = door_path("/api/runs/", f->args->run_id, "/cancel");

	/* The door is busy with the stream: this takes another. */
	if (door_open(f->cli, &door, &err) == RH_OK &&
	    door_post(&door, path, "{}", &r, &err) == RH_OK)
		progress_note(&f->progress, "cancel requested; Ctrl-C again "
		    "leaves the run to itself");
	else
		progress_note(&f->progress, "cancel: %s", err.msg);
	reply_free(&r);
	door_close(&door);
	free(path);
}

/* Ctrl-C: the first asks for a cancel, the next one leaves. */
static rh_status
on_signal(void *arg, struct err *err)
{
	struct follow *f = arg;

	if (!interrupt_take(f->args->interrupt))
		return RH_OK;
	if (f->args->cancel && f->interrupts++ == 0) {
		ask_cancel(f);
		return RH_OK;
	}
	err_set(err, RH_ECANCELED, "left run \"%s\" to itself",
	    f->args->run_id);
	return err_hint(err, "runhost watch %s", f->args->run_id);
}

/* One connection's worth of events. */
static rh_status
stream_once(struct follow *f, struct err *err)
{
	const char *headers[] = { "Accept: text/event-stream", NULL, NULL };
	struct httpc_request rq = { .method = "GET", .headers = headers };
	struct httpc_sink sink = {
		.data = on_data, .wake = on_signal, .arg = f,
		.wake_fd = f->args->interrupt->fd, .idle_ms = IDLE_MS,
	};
	struct httpc_reply raw;
	char *path = door_path("/api/runs/", f->args->run_id, "/events");
	char last[SSE_ID_MAX + 32];
	rh_status rc;

	snprintf(last, sizeof last, "Last-Event-ID: %s", f->sse.id);
	rq.path = path;
	if (f->sse.id[0] != '\0')
		headers[1] = last;
	sse_reset(&f->sse);
	f->heard = false;
	rc = httpc_stream(f->door->http, &rq, &sink, &raw, err);
	if (rc == RH_OK && raw.status != 200)
		rc = door_refusal(&raw, err);
	buf_fini(&raw.body);
	free(path);
	return rc;
}

static rh_status
get_record(struct follow *f, struct reply *r, struct err *err)
{
	char *path = door_path("/api/runs/", f->args->run_id, "");
	const char *status;
	rh_status rc;

	rc = door_get(f->door, path, r, err);
	free(path);
	if (rc != RH_OK)
		return rc;
	status = reply_text(r, 0, "status");
	snprintf(f->status, sizeof f->status, "%s",
	    status != NULL ? status : "");
	return RH_OK;
}

/* Sleeps, longer each time; an error when it took too long or Ctrl-C. */
static rh_status
back_off(struct follow *f, struct err *err)
{
	int64_t now = clock_real.boot_us(&clock_real);

	if (f->give_up_us == 0) {
		f->give_up_us = now + f->args->retry_s * US_PER_S;
		f->backoff_ms = BACKOFF_MIN_MS;
	}
	if (now >= f->give_up_us)
		return err->status;
	if (interrupt_wait(f->args->interrupt, (int)f->backoff_ms))
		return on_signal(f, err);
	f->backoff_ms *= 2;
	if (f->backoff_ms > BACKOFF_MAX_MS)
		f->backoff_ms = BACKOFF_MAX_MS;
	return RH_OK;
}

/* The host may come back from these. */
static bool
is_passing(rh_status rc)
{
	return rc == RH_OK || rc == RH_EUNAVAIL || rc == RH_EDEADLINE ||
	    rc == RH_EBUSY;
}

/* Until the record says that the run has ended. */
static rh_status
loop(struct follow *f, struct reply *record, struct err *err)
{
	rh_status rc;

	for (;;) {
		rc = stream_once(f, err);
		if (!is_passing(rc))
			return rc;
		if (f->heard)
			f->give_up_us = 0;
		reply_free(record);
		rc = get_record(f, record, err);
		if (!is_passing(rc))
			return rc;
		if (rc == RH_OK && follow_is_end(f->status))
			return RH_OK;
		if (rc == RH_OK)
			err_set(err, RH_EUNAVAIL, "the event stream of run "
			    "\"%s\" ends again and again", f->args->run_id);
		if ((rc = back_off(f, err)) != RH_OK)
			return rc;
	}
}

/* What was not shown live: the outcome's, and what no stream brought. */
static void
print_text(FILE *out, struct reply *r, const char *field, size_t shown)
{
	const char *text = reply_text(r, 0, field);

	if (text != NULL && strlen(text) > shown)
		print_output(out, text + shown, strlen(text) - shown);
}

static void
show_end(struct follow *f, struct reply *r)
{
	const char *error = reply_text(r, 0, "error");
	const char *seconds = reply_text(r, 0, "duration_seconds");
	char took[PRINT_TIME_LEN];

	progress_note(&f->progress, "%s %lld %% in %s", f->status,
	    (long long)reply_i64(r, 0, "progress_pct", 0),
	    print_duration(seconds != NULL ? strtod(seconds, NULL) : 0, took));
	print_text(f->cli->out, r, "stdout", f->shown[0]);
	print_text(f->cli->diag, r, "stderr", f->shown[1]);
	if (follow_exit_code(f->status) != EXIT_OK)
		progress_note(&f->progress, "run \"%s\" ended %s%s%s",
		    f->args->run_id, f->status, error != NULL ? ": " : "",
		    error != NULL ? error : "");
}

static void
begin(struct follow *f)
{
	progress_init(&f->progress, f->cli->json ? NULL : f->cli->diag);
	sse_init(&f->sse, EVENT_MAX, on_event, f);
	if (f->args->after != NULL)
		snprintf(f->sse.id, sizeof f->sse.id, "%s", f->args->after);
}

int
follow_run(const struct cli *cli, struct door *door,
    const struct follow_args *args)
{
	struct follow f = { .cli = cli, .door = door, .args = args };
	struct reply record = { 0 };
	struct err err = { 0 };
	rh_status rc;
	int code;

	begin(&f);
	rc = loop(&f, &record, &err);
	progress_end(&f.progress);
	if (rc != RH_OK)
		code = cli_fail(cli, &err);
	else
		code = follow_exit_code(f.status);
	if (rc == RH_OK && cli->json)
		print_json(cli->out, record.raw.body.p, record.raw.body.len);
	if (rc == RH_OK && !cli->json)
		show_end(&f, &record);
	reply_free(&record);
	sse_fini(&f.sse);
	return code;
}
