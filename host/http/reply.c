/*
 * Replies.  Nothing here may be cached, sniffed or framed by a browser.
 */
#include "http/reply.h"

#include "base/log.h"
#include "http/routes.h"
#include "http/feed.h"
#include "http/run_record.h"
#include "stream/record.h"

#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

/* An answer that asks to come back, or for an identity, says how. */
static const struct status_header {
	int	http;
	const char *name, *value;
} status_headers[] = {
	{ 401, "WWW-Authenticate", "Bearer realm=\"runhost\"" },
	{ 429, "Retry-After", "1" },
	{ 503, "Retry-After", "1" },
	{ 0, NULL, NULL },
};

static const struct {
	const char *name, *value;
} common_headers[] = {
	{ "Cache-Control", "no-store" },
	{ "X-Content-Type-Options", "nosniff" },
	{ NULL, NULL },
};

void
reply_error(struct reply *reply, const struct err *err)
{
	buf_clear(&reply->body);
	error_record(&reply->body, err);
	reply->http = err_reason(err->status)->http;
	reply->type = NULL;
}

char *
reply_whole(const struct err *err)
{
	unsigned status = (unsigned)err_reason(err->status)->http;
	struct buf body, text;
	size_t i;

	buf_init(&body);
	buf_init(&text);
	error_record(&body, err);
	buf_printf(&text, "HTTP/1.1 %u %s\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n", status,
	    MHD_get_reason_phrase_for(status), body.len);
	for (i = 0; common_headers[i].name != NULL; i++)
		buf_printf(&text, "%s: %s\r\n", common_headers[i].name,
		    common_headers[i].value);
	buf_adds(&text, "\r\n");
	buf_add(&text, body.p, body.len);
	buf_fini(&body);
	return buf_take(&text);
}

static void
add_headers(struct request *r, const struct reply *reply,
    struct MHD_Response *resp)
{
	char op[ID_HEX_LEN];
	size_t i;

	MHD_add_response_header(resp, "Content-Type",
	    reply->type != NULL ? reply->type : "application/json");
	for (i = 0; common_headers[i].name != NULL; i++)
		MHD_add_response_header(resp, common_headers[i].name,
		    common_headers[i].value);
	for (i = 0; status_headers[i].name != NULL; i++)
		if (status_headers[i].http == reply->http)
			MHD_add_response_header(resp, status_headers[i].name,
			    status_headers[i].value);
	if (reply->http == 405 && r->allow != NULL)
		MHD_add_response_header(resp, "Allow", r->allow);
	if (reply->stream != NULL)
		MHD_add_response_header(resp, "X-Accel-Buffering", "no");
	if (r->call != NULL && !id_is_zero(&r->call->op))
		MHD_add_response_header(resp, "X-Op-Id",
		    id_hex(&r->call->op, op));
	if (r->call != NULL && r->call->replayed)
		MHD_add_response_header(resp, "Idempotency-Replayed", "true");
}

static struct MHD_Response *
make_response(struct reply *reply)
{
	size_t len = reply->body.len;

	if (reply->stream != NULL)
		return feed_response(reply->stream);
	if (len == 0)
		return MHD_create_response_from_buffer(0, "",
		    MHD_RESPMEM_PERSISTENT);
	return MHD_create_response_from_buffer(len, buf_take(&reply->body),
	    MHD_RESPMEM_MUST_FREE);
}

/* The run that the request names or made; NULL: none. */
static const char *
run_of(const struct request *r, char out[ID_RUN_LEN])
{
	const struct run_made *made;

	if (r->param != NULL && r->route != NULL &&
	    strncmp(r->route->path, "/api/runs/", 10) == 0)
		return run_record_id(r->param, out, NULL) == RH_OK ? out : NULL;
	if (r->call == NULL || r->call->status != RH_OK ||
	    r->call->replayed || strcmp(r->call->name, "run_create") != 0)
		return NULL;
	made = r->call->result;
	return id_run(&made->id, out);
}

/* Paths as they came and what they ask for may hold secrets: not logged. */
static void
log_request(const struct request *r, int http)
{
	enum log_level level = http == 500 ? LOG_ERROR : LOG_DEBUG;
	const struct call *c = r->call;
	char run[ID_RUN_LEN], op[ID_HEX_LEN], status[12];

	if (!log_wanted(level))
		return;
	snprintf(status, sizeof status, "%d", http);
	log_event(level, "request", "method", r->route != NULL ?
	    r->route->method : NULL, "route", r->route != NULL ?
	    r->route->path : NULL, "status", status,
	    "action", c != NULL && c->action != NULL ? c->name : NULL,
	    "op", c != NULL && !id_is_zero(&c->op) ? id_hex(&c->op, op) : NULL,
	    "principal", r->caller.principal, "source", r->caller.source,
	    "run", run_of(r, run),
	    "error", http == 500 && c != NULL ? c->err.msg : NULL, NULL);
}

bool
reply_send(struct request *r, struct reply *reply)
{
	struct MHD_Response *resp;
	enum MHD_Result queued;

	if (reply->http == 0)
		reply->http = 200;
	resp = make_response(reply);
	if (resp == NULL)
		return false;
	add_headers(r, reply, resp);
	if (reply->stream != NULL)
		conn_disarm(r->conn);
	else
		conn_arm(r->conn, r->http->cf.limits.answer_ms);
	atomic_fetch_add_explicit(&r->http->answered[reply->http / 100 %
	    HTTP_CLASSES], 1, memory_order_relaxed);
	log_request(r, reply->http);
	queued = MHD_queue_response(r->mhd, (unsigned)reply->http, resp);
	MHD_destroy_response(resp);
	return queued == MHD_YES;
}
