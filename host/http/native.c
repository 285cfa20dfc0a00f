/*
 * The native doors for runs: execute a slash command, list, look, cancel.
 */
#include "http/routes.h"

#include "http/run_record.h"
#include "json/read.h"
#include "json/write.h"

#include <stdio.h>
#include <string.h>

#define SESSION_MAX	255
#define METADATA_MAX	16384
#define REASON_MAX	1024
#define TIMEOUT_MAX	86400
#define LIST_MAX	100

static const char *const native_states[] = { "PENDING", "RUNNING",
	"SUCCEEDED", "FAILED", "TIMEOUT", "CANCELED", NULL };

/* The body as an object with no other members than these. */
static rh_status
read_body(struct request *r, const char *const names[], struct json_doc *doc,
    struct err *err)
{
	const char *text = r->body.p != NULL ? r->body.p : "";

	if (json_parse(&r->arena, text, r->body.len, &json_limits_default,
	    doc, err) != RH_OK)
		return err_wrap(err, "body");
	if (json_type(doc, 0) != JSON_OBJECT)
		return err_set(err, RH_EINPUT, "body: must be a JSON object, "
		    "not %s", json_type_words(json_type(doc, 0)));
	return json_only(doc, 0, names, err);
}

/* A member is a value or isn't there. */
static rh_status
no_nulls(const struct json_doc *doc, const char *const names[],
    struct err *err)
{
	size_t i;

	for (i = 0; names[i] != NULL; i++)
		if (json_type(doc, json_member(doc, 0, names[i])) == JSON_NULL)
			return err_set(err, RH_EINPUT, "%s: must not be null; "
			    "leave it out", names[i]);
	return RH_OK;
}

/* --- execute --- */

struct execute {
	const char *session_id, *command;
	bool	dry_run;
	int64_t	timeout_s;	/* 0: not given */
	struct str metadata;	/* len 0: not given */
};

static rh_status
execute_read(struct request *r, struct execute *x, struct err *err)
{
	static const char *const names[] = { "session_id", "command",
		"dry_run", "metadata", "timeout_seconds", NULL };
	struct json_doc doc;
	int meta = -1;

	if (read_body(r, names, &doc, err) != RH_OK ||
	    no_nulls(&doc, names, err) != RH_OK ||
	    json_get_str(&doc, 0, "session_id", SESSION_MAX, &r->arena,
	    &x->session_id, err) != RH_OK ||
	    json_get_str(&doc, 0, "command", SIZE_MAX, &r->arena,
	    &x->command, err) != RH_OK ||
	    json_opt_bool(&doc, 0, "dry_run", &x->dry_run, err) != RH_OK ||
	    json_opt_i64(&doc, 0, "timeout_seconds", 1, TIMEOUT_MAX,
	    &x->timeout_s, err) != RH_OK ||
	    json_opt_node(&doc, 0, "metadata", JSON_OBJECT, &meta,
	    err) != RH_OK)
		return err->status;
	if (meta >= 0)
		x->metadata = json_raw(&doc, meta);
	if (x->metadata.len > METADATA_MAX)
		return err_set(err, RH_EINPUT, "metadata: %zu bytes are more "
		    "than %d", x->metadata.len, METADATA_MAX);
	if (x->command[strspn(x->command, " \t\r\n")] == '/')
		return RH_OK;
	err_set(err, RH_EREQUEST, "command: it must start with \"/\"");
	return err_hint(err, "write it as \"/name action arguments\"; GET "
	    "/api/slash-commands lists them");
}

struct call *
execute_ask(struct request *r)
{
	struct execute x = { 0 };
	struct buf body = { 0 };
	struct json_out out;
	struct err err = { 0 };
	struct call *call;

	jw_init(&out, &body);
	jw_object(&out);
	if (execute_read(r, &x, &err) == RH_OK) {
		jw_m_text(&out, "command", x.command);
		jw_m_text(&out, "session_id", x.session_id);
		jw_m_bool(&out, "dry_run", x.dry_run);
		if (x.metadata.len > 0)
			jw_m_raw(&out, "metadata", x.metadata);
		if (x.timeout_s > 0)
			jw_m_i64(&out, "timeout_seconds", x.timeout_s);
	}
	jw_end_object(&out);
	call = request_call(r, "run_create", &body, &err);
	request_key(r, call);
	return call;
}

/* The id in a reply that was kept from the first time. */
static const char *
replayed_id(struct request *r)
{
	struct json_doc doc;
	struct str id = { NULL, 0 };

	call_render(r->call);
	if (json_parse(&r->arena, r->call->reply.p, r->call->reply.len,
	    &json_limits_default, &doc, NULL) == RH_OK)
		json_str(&doc, json_member(&doc, 0, "run_id"), &r->arena, &id);
	return id.p;
}

void
execute_answer(struct request *r, struct reply *reply)
{
	const struct run_made *made = r->call->result;
	struct json_out out;
	char id[ID_RUN_LEN];

	jw_init(&out, &reply->body);
	jw_object(&out);
	jw_m_text(&out, "run_id", r->call->replayed ? replayed_id(r) :
	    id_run(&made->id, id));
	jw_m_text(&out, "status", "PENDING");
	jw_end_object(&out);
}

/* --- list --- */

static struct call *
shown_whole(struct call *c)
{
	c->streams = true;
	return c;
}

static rh_status
check_state(const char *word, struct err *err)
{
	size_t i;

	for (i = 0; word != NULL && native_states[i] != NULL; i++)
		if (strcmp(native_states[i], word) == 0)
			return RH_OK;
	if (word == NULL)
		return RH_OK;
	err_set(err, RH_EREQUEST, "status: there is no \"%.64s\"", word);
	return err_hint(err, "one of PENDING, RUNNING, SUCCEEDED, FAILED, "
	    "TIMEOUT, CANCELED");
}

struct call *
runs_ask(struct request *r)
{
	static const char *const queries[] = { "extension_id", "status",
		"limit", "cursor", NULL };
	const char *ext = request_query(r, "extension_id");
	const char *status = request_query(r, "status");
	const char *cursor = request_query(r, "cursor");
	int64_t limit = LIST_MAX, before;
	struct buf body = { 0 };
	struct json_out out;
	struct err err = { 0 };

	if (request_only(r, queries, &err) == RH_OK &&
	    request_i64(r, "limit", 1, LIST_MAX, &limit, &err) == RH_OK &&
	    request_i64(r, "cursor", 0, INT64_MAX, &before, &err) == RH_OK)
		check_state(status, &err);
	jw_init(&out, &body);
	jw_object(&out);
	jw_m_i64(&out, "limit", limit);
	if (ext != NULL)
		jw_m_text(&out, "extension_id", ext);
	if (status != NULL)
		jw_m_text(&out, "status", status);
	if (cursor != NULL)
		jw_m_text(&out, "before_cursor", cursor);
	jw_end_object(&out);
	return shown_whole(request_call(r, "run_list", &body, &err));
}

void
runs_answer(struct request *r, struct reply *reply)
{
	const struct run_list *list = r->call->result;
	struct json_out out;
	char cursor[24];
	size_t i;

	jw_init(&out, &reply->body);
	jw_object(&out);
	jw_name(&out, "runs");
	jw_array(&out);
	for (i = 0; i < list->count; i++)
		run_record(&out, &r->arena, &list->runs[i]);
	jw_end_array(&out);
	if (list->total >= 0)
		jw_m_i64(&out, "total", list->total);
	else
		jw_m_null(&out, "total");
	snprintf(cursor, sizeof cursor, "%lld", (long long)list->next);
	jw_m_text(&out, "next_cursor", list->next != 0 ? cursor : NULL);
	jw_end_object(&out);
}

/* --- one --- */

struct call *
run_ask(struct request *r)
{
	static const char *const queries[] = { NULL };
	struct buf body = { 0 };
	struct json_out out;
	struct err err = { 0 };
	char id[ID_RUN_LEN] = "";

	if (request_only(r, queries, &err) == RH_OK)
		run_record_id(r->param, id, &err);
	jw_init(&out, &body);
	jw_object(&out);
	jw_m_text(&out, "run_id", id);
	jw_end_object(&out);
	return shown_whole(request_call(r, "run_get", &body, &err));
}

void
run_answer(struct request *r, struct reply *reply)
{
	struct json_out out;

	jw_init(&out, &reply->body);
	run_record(&out, &r->arena, r->call->result);
}

/* --- cancel --- */

struct call *
cancel_ask(struct request *r)
{
	static const char *const names[] = { "reason", NULL };
	const char *reason = NULL;
	struct buf body = { 0 };
	struct json_out out;
	struct json_doc doc;
	struct err err = { 0 };
	char id[ID_RUN_LEN] = "";

	if (run_record_id(r->param, id, &err) == RH_OK && r->body.len > 0 &&
	    read_body(r, names, &doc, &err) == RH_OK)
		json_opt_str(&doc, 0, "reason", REASON_MAX, &r->arena, &reason,
		    &err);
	jw_init(&out, &body);
	jw_object(&out);
	jw_m_text(&out, "run_id", id);
	if (reason != NULL)
		jw_m_text(&out, "reason", reason);
	jw_end_object(&out);
	return request_call(r, "run_cancel", &body, &err);
}

void
cancel_answer(struct request *r, struct reply *reply)
{
	const struct run_cancelled *c = r->call->result;
	struct json_out out;
	char id[ID_RUN_LEN];

	jw_init(&out, &reply->body);
	jw_object(&out);
	jw_m_text(&out, "run_id", id_run(&c->row.id, id));
	jw_m_text(&out, "status", run_state_native(c->row.state));
	jw_m_bool(&out, "already_terminal", c->already_terminal);
	jw_m_bool(&out, "cancel_requested", c->row.cancel_us != 0);
	jw_end_object(&out);
}
