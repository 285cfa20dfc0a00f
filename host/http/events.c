/*
 * GET /api/runs/{id}/events: a page, or a stream that goes on where the
 * client left off.
 */
#include "http/routes.h"

#include "http/reply.h"
#include "http/run_record.h"
#include "http/feed.h"
#include "stream/record.h"

#include <stdio.h>
#include <string.h>

#define LIMIT_DEFAULT	100
#define LIMIT_MAX	1000

struct events {
	char	run_id[ID_RUN_LEN];
	bool	stream;
	int64_t	since;		/* sequence; what comes after it */
	int64_t	limit;
};

static bool
wants_stream(const struct request *r, bool asked)
{
	const char *accept = request_header(r, "Accept");

	if (r->is_head)
		return false;
	return asked || (accept != NULL &&
	    strcasestr(accept, "text/event-stream") != NULL);
}

/* Where a stream goes on: the client's word for the last it has seen. */
static rh_status
resume_point(const struct request *r, int64_t *out, struct err *err)
{
	const char *text = request_header(r, "Last-Event-ID");

	if (text == NULL)
		text = request_query(r, "last_event_id");
	if (text == NULL)
		return RH_OK;
	if (text[0] == '\0') {
		*out = 0;
		return RH_OK;
	}
	if (str_i64(str_of(text), 0, INT64_MAX, out))
		return RH_OK;
	return err_set(err, RH_EINPUT, "Last-Event-ID: \"%.64s\" is not the "
	    "id of an event", text);
}

static rh_status
events_read(struct request *r, struct events *ev, struct err *err)
{
	static const char *const queries[] = { "since_seq", "limit", "stream",
		"last_event_id", NULL };
	bool asked = false;

	if (run_record_id(r->param, ev->run_id, err) != RH_OK ||
	    request_only(r, queries, err) != RH_OK ||
	    request_i64(r, "since_seq", 0, INT64_MAX, &ev->since,
	    err) != RH_OK ||
	    request_i64(r, "limit", 1, LIMIT_MAX, &ev->limit, err) != RH_OK ||
	    request_bool(r, "stream", &asked, err) != RH_OK)
		return err->status;
	ev->stream = wants_stream(r, asked);
	return ev->stream ? resume_point(r, &ev->since, err) : RH_OK;
}

/*
 * A stream's first page starts one event early: the row that the client has
 * already tells which run to watch even when nothing new is there.
 */
struct call *
events_ask(struct request *r)
{
	struct events *ev = arena_zalloc(&r->arena, sizeof *ev);
	struct buf body = { 0 };
	struct json_out out;
	struct err err = { 0 };
	char cursor[24];

	ev->limit = LIMIT_DEFAULT;
	r->work = ev;
	events_read(r, ev, &err);
	snprintf(cursor, sizeof cursor, "%lld", (long long)(ev->since -
	    (ev->stream && ev->since > 0)));
	jw_init(&out, &body);
	jw_object(&out);
	jw_m_text(&out, "run_id", ev->run_id);
	jw_m_text(&out, "after_cursor", cursor);
	jw_m_i64(&out, "limit", ev->limit);
	jw_end_object(&out);
	return request_call(r, "run_events_page", &body, &err);
}

/*
 * Whoever names an event that the run doesn't have saw it in a ledger that
 * is gone; waiting for that number would leave out what comes before it.
 */
static rh_status
check_point(const struct request *r, const struct events *ev,
    struct err *err)
{
	const struct event_page *page = r->call->result;

	if (ev->since <= page->last_seq)
		return RH_OK;
	err_set(err, RH_ESTATE, "Last-Event-ID: the run has no event %lld, "
	    "its last one is %lld: the host lost some, or was restored from "
	    "a backup", (long long)ev->since, (long long)page->last_seq);
	return err_hint(err, "begin anew, without Last-Event-ID");
}

static void
open_stream(struct request *r, const struct events *ev, struct reply *reply)
{
	struct err err;

	if (check_point(r, ev, &err) != RH_OK || feed_open(r,
	    ev->run_id, ev->since, &reply->stream, &err) != RH_OK)
		reply_error(reply, &err);
	else
		reply->type = "text/event-stream";
}

static void
write_page(const struct events *ev, const struct event_page *page,
    struct buf *body)
{
	int64_t last = ev->since;
	struct json_out out;
	size_t i;

	jw_init(&out, body);
	jw_object(&out);
	jw_name(&out, "events");
	jw_array(&out);
	for (i = 0; i < page->count; i++) {
		event_record(&out, ev->run_id, &page->rows[i]);
		last = page->rows[i].seq;
	}
	jw_end_array(&out);
	jw_m_i64(&out, "total", page->last_seq > ev->since ?
	    page->last_seq - ev->since : 0);
	jw_m_bool(&out, "has_more", last < page->last_seq);
	if (last < page->last_seq)
		jw_m_i64(&out, "next_seq", last);
	else
		jw_m_null(&out, "next_seq");
	jw_end_object(&out);
}

void
events_answer(struct request *r, struct reply *reply)
{
	struct events *ev = r->work;

	if (ev->stream)
		open_stream(r, ev, reply);
	else
		write_page(ev, r->call->result, &reply->body);
}
