/*
 * Items of the transcript, and "history_page".
 */
#include "action/act_talk.h"

#include "action/act_page.h"
#include "action/talk.h"

#include <stdio.h>
#include <string.h>

#define PAGE_BYTES	(2 * 1024 * 1024)	/* of items, in one page */

/* A slash command is no part of a conversation, unless it comes with one. */
unsigned
talk_of_new(const struct run_new *r, bool said)
{
	return r->scope.conversation != NULL && !r->dry_run &&
	    (r->command == NULL || said) ? TALK_ANSWER : 0;
}

/* All of it is only kept where the content isn't. */
static void
fill(struct call *c, const char *text, const struct json_doc *d, int node,
    bool only_text, struct talk_row *t)
{
	t->type = "message";
	t->content = talk_clip(&c->arena, str_of(text != NULL ? text : ""),
	    TALK_CONTENT_MAX);
	if (only_text && (text == NULL || strcmp(t->content, text) == 0))
		return;
	t->full = talk_json(&c->arena, d, node);
}

void
talk_said(struct call *c, const char *text, const char *input,
    bool only_text, struct talk_row *t)
{
	struct json_doc d = { 0 };
	int list;

	*t = (struct talk_row){ .role = "user" };
	if (input == NULL || json_parse(&c->arena, input, strlen(input), NULL,
	    &d, NULL) != RH_OK)
		only_text = true;
	fill(c, text, &d, 0, only_text, t);
	list = json_member(&d, 0, "attachments");
	if (json_type(&d, list) == JSON_ARRAY && json_size(&d, list) > 0)
		t->attachments = talk_json(&c->arena, &d, list);
}

/* A message that is nothing but its text. */
static bool
is_plain(const struct json_doc *d, int message)
{
	int role = json_member(d, message, "role") >= 0;

	if (json_type(d, message) != JSON_OBJECT)
		return true;
	return json_size(d, message) == 1 + role &&
	    json_type(d, json_member(d, message, "content")) == JSON_STRING;
}

/* The answer that an event is; false: it is none. */
static bool
answer_of(struct call *c, const struct event_new *e, struct talk_row *t)
{
	bool completes = strcmp(e->type, "message.completed") == 0;
	struct json_doc d;
	int message, list;

	if ((!completes && strcmp(e->type, "run.completed") != 0) ||
	    json_parse(&c->arena, e->data.p, e->data.len, NULL, &d,
	    NULL) != RH_OK)
		return false;
	message = json_member(&d, 0, "message");
	if (message < 0 && completes)
		message = 0;
	if (message < 0 || json_type(&d, message) == JSON_NULL)
		return false;
	fill(c, talk_text(&c->arena, &d, message), &d, message,
	    is_plain(&d, message), t);
	list = json_member(&d, message, "attachments");
	if (json_type(&d, list) == JSON_ARRAY && json_size(&d, list) > 0)
		t->attachments = talk_json(&c->arena, &d, list);
	return true;
}

static rh_status
keep(struct act *a, struct talk_row *t, int64_t run_no, int64_t *bytes,
    struct err *err)
{
	t->role = "assistant";
	t->run_no = run_no;
	t->created_us = a->now;
	*bytes = weight_talk(t);
	return store_talk_insert(a->db, t, err);
}

rh_status
talk_answer(struct act *a, struct call *c, int64_t run_no,
    const struct event_new *e, size_t n, int64_t *bytes, struct err *err)
{
	struct talk_row t = { 0 };
	size_t i;

	*bytes = 0;
	for (i = 0; i < n; i++) {
		if (answer_of(c, &e[i], &t))
			return keep(a, &t, run_no, bytes, err);
	}
	return RH_OK;
}

rh_status
talk_report(struct act *a, struct call *c, const struct run_report *r,
    const struct run_tail *tail, struct err *err)
{
	int64_t bytes;
	rh_status rc;

	if ((tail->talk & TALK_ANSWER) == 0)
		return RH_OK;
	if ((rc = talk_answer(a, c, r->run_no, r->events, r->event_count,
	    &bytes, err)) != RH_OK || bytes == 0)
		return rc;
	act_bytes(a, tail->owner_no, bytes);
	return store_talk_set(a->db, r->run_no, tail->talk & ~TALK_ANSWER,
	    bytes, err);
}

rh_status
talk_output(struct act *a, struct call *c, struct run_live *l,
    const char *output, struct err *err)
{
	struct talk_row t = { 0 };
	struct json_doc d = { 0 };
	struct buf b = { 0 };
	struct json_out j;
	int64_t bytes;
	rh_status rc;

	if ((l->talk & TALK_ANSWER) == 0 || output == NULL || *output == '\0')
		return RH_OK;
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "text", output);
	jw_end_object(&j);
	json_parse(&c->arena, b.p, b.len, NULL, &d, NULL);
	fill(c, output, &d, d.count > 0 ? 0 : -1, true, &t);
	buf_fini(&b);
	if ((rc = keep(a, &t, l->run_no, &bytes, err)) != RH_OK)
		return rc;
	l->bytes += bytes;
	act_bytes(a, l->owner_no, bytes);
	return RH_OK;
}

struct history_args {
	struct keyset keys;
	bool	attachments;
};

rh_status
history_page_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct history_args *a = arena_zalloc(&c->arena, sizeof *a);

	(void)reg;
	c->args = a;
	json_bool(&c->in, json_member(&c->in, 0, "include_attachments"),
	    &a->attachments);
	return take_keyset(c, &a->keys, err);
}

static void
write_talk(struct json_out *j, const struct talk_row *t,
    const struct scope *s, bool attachments)
{
	char id[ID_RUN_LEN], item[ID_RUN_LEN + 24];

	id_run(&t->run_id, id);
	snprintf(item, sizeof item, "%s:%lld", id, (long long)t->item_no);
	jw_object(j);
	jw_m_text(j, "transcript_id", item);
	jw_m_text(j, "run_id", id);
	jw_m_text(j, "event_id", t->event_id);
	jw_m_text(j, "bot_id", s->bot);
	jw_m_text(j, "workspace_id", s->workspace);
	jw_m_text(j, "conversation_id", s->conversation);
	jw_m_text(j, "thread_id", s->thread);
	jw_m_text(j, "runner_id", s->runner);
	jw_m_text(j, "role", t->role);
	jw_m_text(j, "item_type", t->type);
	jw_m_text(j, "content", t->content);
	jw_m_raw(j, "content_json", str_of(t->full));
	if (attachments)
		jw_m_raw(j, "attachment_refs", str_of(t->attachments != NULL ?
		    t->attachments : "[]"));
	write_epoch(j, "created_at", t->created_us);
	jw_m_raw(j, "metadata", STR("{}"));
	jw_m_i64(j, "seq", t->item_no);
	write_cursor(j, "cursor", t->item_no);
	jw_end_object(j);
}

rh_status
write_item(struct act *a, struct call *c, int64_t item_no, bool attachments,
    struct json_out *j, struct err *err)
{
	struct talk_row t;
	struct scope s;
	rh_status rc;

	if ((rc = store_talk_get(a->db, item_no, &c->arena, &t,
	    err)) != RH_OK ||
	    (rc = store_run_scope(a->db, t.run_no, &c->arena, &s,
	    err)) != RH_OK)
		return rc;
	write_talk(j, &t, &s, attachments);
	return RH_OK;
}

rh_status
history_page(struct act *a, struct call *c, struct err *err)
{
	struct history_args *args = c->args;
	struct keyset *k = &args->keys;
	struct buf b = { 0 };
	struct json_out j;
	size_t i;
	rh_status rc;

	keyset_begin(k, a);
	if ((rc = store_talk_page(a->db, k, err)) != RH_OK)
		return rc;
	jw_init(&j, &b);
	jw_object(&j);
	jw_name(&j, "items");
	jw_array(&j);
	for (i = 0; i < k->count && rc == RH_OK; i++) {
		if (b.len > PAGE_BYTES) {
			k->count = i;
			k->has_more = true;
			break;
		}
		rc = write_item(a, c, k->nos[i], args->attachments, &j, err);
	}
	jw_end_array(&j);
	write_keyset(&j, k);
	jw_end_object(&j);
	act_reply(c, &b);
	return rc;
}
