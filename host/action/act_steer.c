/*
 * "steering_push" and "steering_pull": input for a run that lives.  What is
 * pulled is an event of the run in the same transaction, and so is what is
 * left at its end: each item is told once, or said not to have been.
 */
#include "action/act_talk.h"

#include "json/scan.h"
#include "store/store_steer.h"
#include "store/store_weight.h"

#include <string.h>

#define TEXT_MAX	(16 * 1024)
#define DATA_MAX	(16 * 1024)
#define PULL_BYTES	(256 * 1024)	/* of a reply, about */

struct push_args {
	const char *data;	/* JSON object: what is kept */
};

static rh_status
take_data(struct call *c, struct json_out *j, struct err *err)
{
	int node = json_member(&c->in, 0, "data");
	struct str raw = json_raw(&c->in, node);
	size_t tokens;

	if (json_type(&c->in, node) != JSON_OBJECT) {
		jw_m_null(j, "data");
		return RH_OK;
	}
	if (raw.len > DATA_MAX)
		return err_set(err, RH_ETOOBIG, "body.data: %zu bytes are "
		    "more than %d", raw.len, DATA_MAX);
	if (json_scan(raw.p, raw.len, &json_limits_kept, &tokens,
	    err) != RH_OK) {
		err_wrap(err, "body.data");
		return err->status = RH_EINPUT;
	}
	jw_m_raw(j, "data", raw);
	return RH_OK;
}

rh_status
steering_push_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct push_args *a = arena_zalloc(&c->arena, sizeof *a);
	const char *text = call_text(c, "text");
	struct buf b = { 0 };
	struct json_out j;
	rh_status rc;

	(void)reg;
	c->args = a;
	if (text == NULL && json_type(&c->in, json_member(&c->in, 0,
	    "data")) != JSON_OBJECT)
		return err_set(err, RH_EINPUT, "body: one of \"text\" and "
		    "\"data\" must be there");
	if (text != NULL && (*text == '\0' || strlen(text) > TEXT_MAX))
		return err_set(err, RH_EINPUT, "body.text: has %zu bytes, not "
		    "1 to %d", strlen(text), TEXT_MAX);
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "text", text);
	rc = take_data(c, &j, err);
	jw_end_object(&j);
	a->data = arena_strndup(&c->arena, b.p, b.len);
	buf_fini(&b);
	return rc;
}

static rh_status
check_push(struct act *a, const struct run_live *l, const char *data,
    int64_t *waiting, struct err *err)
{
	rh_status rc;

	if ((rc = store_steer_count(a->db, l->run_no, waiting,
	    err)) != RH_OK)
		return rc;
	if (*waiting >= STEER_MAX) {
		err_set(err, RH_ERATE, "%lld inputs wait for the run, the "
		    "limit is %d", (long long)*waiting, STEER_MAX);
		return err_hint(err, "its attempt takes them with "
		    "steering_pull");
	}
	return act_bytes_check(a, l->owner_no, l->owner, WEIGHT_ROW +
	    (int64_t)strlen(data), err);
}

rh_status
steering_push(struct act *a, struct call *c, struct err *err)
{
	const struct push_args *args = c->args;
	struct steer_row row = { .at_us = a->now, .data = args->data,
		.principal = c->caller.principal };
	struct run_live l;
	struct buf b = { 0 };
	struct json_out j;
	char id[ID_RUN_LEN];
	int64_t waiting, no = 0;
	rh_status rc;

	if ((rc = store_live_get(a->db, a->run_no, &c->arena, &l,
	    err)) != RH_OK ||
	    (rc = check_push(a, &l, args->data, &waiting, err)) != RH_OK ||
	    (rc = store_steer_add(a->db, a->run_no, &row, &no,
	    err)) != RH_OK || ((l.talk & TALK_STEER) == 0 &&
	    (rc = store_talk_set(a->db, a->run_no, l.talk | TALK_STEER, 0,
	    err)) != RH_OK))
		return rc;
	act_target(a, c, id_run(&l.id, id));
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "run_id", id);
	jw_m_text(&j, "status", run_state_name(l.state));
	write_cursor(&j, "steering_id", no);
	jw_m_i64(&j, "queued", waiting + 1);
	jw_end_object(&j);
	a->detail = arena_printf(&c->arena, "{\"steering_id\":\"%lld\"}",
	    (long long)no);
	act_reply(c, &b);
	return RH_OK;
}

struct pull_args {
	size_t	max;
};

rh_status
steering_pull_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct pull_args *a = arena_zalloc(&c->arena, sizeof *a);
	const char *mode = call_text(c, "mode");

	(void)reg;
	(void)err;
	c->args = a;
	a->max = take_limit(c, "limit", STEER_MAX, STEER_MAX);
	if (mode != NULL && strcmp(mode, "all") != 0)
		a->max = 1;
	return RH_OK;
}

/* An item as events and replies show it. */
static void
write_steer(struct json_out *j, struct call *c, const struct steer_row *r)
{
	struct json_doc d;
	int text = -1, data = -1;

	if (json_parse(&c->arena, r->data, strlen(r->data), NULL, &d,
	    NULL) == RH_OK) {
		text = json_member(&d, 0, "text");
		data = json_member(&d, 0, "data");
	}
	write_cursor(j, "steering_id", r->item_no);
	jw_m_text(j, "principal", r->principal);
	write_epoch(j, "pushed_at", r->at_us);
	jw_m_raw(j, "text", text < 0 ? STR("null") : json_raw(&d, text));
	jw_m_raw(j, "data", data < 0 ? STR("null") : json_raw(&d, data));
}

static struct event_new
event_of(struct act *a, struct call *c, const struct steer_row *r,
    const char *type)
{
	struct event_new e = { .type = type, .at_us = a->now };
	struct buf b = { 0 };
	struct json_out j;

	jw_init(&j, &b);
	jw_object(&j);
	write_steer(&j, c, r);
	jw_end_object(&j);
	e.data = (struct str){ arena_strndup(&c->arena, b.p, b.len), b.len };
	buf_fini(&b);
	return e;
}

/* How many of them a reply takes. */
static size_t
fitting(const struct steer_row *rows, size_t n)
{
	size_t i, bytes = 0;

	for (i = 0; i < n && bytes < PULL_BYTES; i++)
		bytes += strlen(rows[i].data);
	return i;
}

static rh_status
pull(struct act *a, struct call *c, const struct steer_row *rows, size_t n,
    bool more, struct err *err)
{
	struct event_new e;
	size_t i;
	rh_status rc;

	for (i = 0; i < n; i++) {
		e = event_of(a, c, &rows[i], "steering.injected");
		if ((rc = store_run_note(a->db, a->run_no, &e, a->now,
		    err)) != RH_OK)
			return rc;
		act_bytes(a, a->live->owner_no, weight_events(&e, 1));
	}
	if ((rc = store_steer_remove(a->db, a->run_no, rows[n - 1].item_no,
	    err)) != RH_OK)
		return rc;
	act_effect(a, EFFECT_EVENTS, a->run_no);
	return more ? RH_OK : store_talk_set(a->db, a->run_no,
	    a->live->talk & ~TALK_STEER, 0, err);
}

rh_status
steering_pull(struct act *a, struct call *c, struct err *err)
{
	const struct pull_args *args = c->args;
	struct steer_row *rows = arena_alloc(&c->arena, (STEER_MAX + 1) *
	    sizeof *rows);
	size_t n = 0, found = 0, i;
	struct buf b = { 0 };
	struct json_out j;
	rh_status rc;

	if ((a->live->talk & TALK_STEER) != 0 && (rc = store_steer_list(a->db,
	    a->run_no, &c->arena, rows, args->max + 1, &found,
	    err)) != RH_OK)
		return rc;
	n = fitting(rows, found < args->max ? found : args->max);
	if (n > 0 && (rc = pull(a, c, rows, n, found > n, err)) != RH_OK)
		return rc;
	a->unrecorded = n == 0;
	jw_init(&j, &b);
	jw_object(&j);
	jw_name(&j, "items");
	jw_array(&j);
	for (i = 0; i < n; i++) {
		jw_object(&j);
		write_steer(&j, c, &rows[i]);
		jw_m_i64(&j, "sequence", a->live->last_seq + 1 + (int64_t)i);
		jw_end_object(&j);
	}
	jw_end_array(&j);
	jw_m_bool(&j, "has_more", found > n);
	jw_end_object(&j);
	a->detail = arena_printf(&c->arena, "{\"items\":%zu}", n);
	act_reply(c, &b);
	return RH_OK;
}

rh_status
steering_drop(struct act *a, struct call *c, struct run_live *l,
    struct err *err)
{
	struct steer_row rows[STEER_MAX];
	struct event_new *e;
	size_t i, n;
	rh_status rc;

	if ((l->talk & TALK_STEER) == 0)
		return RH_OK;
	if ((rc = store_steer_list(a->db, l->run_no, &c->arena, rows,
	    STEER_MAX, &n, err)) != RH_OK)
		return rc;
	e = arena_alloc(&c->arena, (n + 1) * sizeof *e);
	for (i = 0; i < n; i++)
		e[i] = event_of(a, c, &rows[i], "steering.dropped");
	if ((rc = store_run_last_events(a->db, l, e, n, err)) != RH_OK)
		return rc;
	act_bytes(a, l->owner_no, weight_events(e, n));
	l->talk &= ~TALK_STEER;
	return store_steer_remove(a->db, l->run_no, INT64_MAX, err);
}
