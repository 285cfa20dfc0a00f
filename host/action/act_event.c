/*
 * The events that runs were made for: one, and pages of a conversation's.
 */
#include "action/act_page.h"

#include "store/store_input.h"

#include <string.h>

#define TYPES_MAX	20

struct event_args {
	struct keyset keys;
	const char **types;	/* NULL-ended; or NULL: all */
};

static void
write_input(struct json_out *j, const struct input_row *e,
    const struct scope *s)
{
	jw_m_text(j, "event_id", e->event_id);
	jw_m_text(j, "event_type", e->type);
	write_epoch(j, "event_time", e->at_us);
	jw_m_text(j, "source", e->source);
	jw_m_text(j, "bot_id", s->bot);
	jw_m_text(j, "workspace_id", s->workspace);
	jw_m_text(j, "conversation_id", s->conversation);
	jw_m_text(j, "thread_id", s->thread);
	jw_m_text(j, "actor_type", e->actor_type);
	jw_m_text(j, "actor_id", e->actor_id);
	jw_m_text(j, "actor_name", e->actor_name);
	jw_m_text(j, "subject_type", e->subject_type);
	jw_m_text(j, "subject_id", e->subject_id);
	jw_m_text(j, "input_summary", e->summary);
	jw_m_raw(j, "raw_ref", str_of(e->raw_ref));
	write_epoch(j, "created_at", e->created_us);
	jw_m_raw(j, "metadata", STR("{}"));
	jw_m_i64(j, "seq", e->run_no);
	write_cursor(j, "cursor", e->run_no);
}

/* A row of the page, with its run. */
static rh_status
write_row(struct act *a, struct call *c, int64_t run_no, struct json_out *j,
    struct err *err)
{
	struct input_row e;
	struct scope s;
	rh_status rc;

	if ((rc = store_input_get(a->db, run_no, &c->arena, &e,
	    err)) == RH_OK)
		rc = store_run_scope(a->db, run_no, &c->arena, &s, err);
	jw_object(j);
	if (rc == RH_OK)
		write_input(j, &e, &s);
	jw_end_object(j);
	return rc;
}

rh_status
event_get(struct act *a, struct call *c, struct err *err)
{
	struct input_row e;
	struct run_row r;
	struct buf b = { 0 };
	struct json_out j;
	char id[ID_RUN_LEN];
	rh_status rc;

	if ((rc = store_input_get(a->db, a->run_no, &c->arena, &e,
	    err)) != RH_OK ||
	    (rc = store_run_get(a->db, a->run_no, &c->arena, &r,
	    err)) != RH_OK)
		return rc;
	jw_init(&j, &b);
	jw_object(&j);
	write_input(&j, &e, &r.scope);
	jw_m_text(&j, "run_id", id_run(&r.id, id));
	jw_m_text(&j, "runner_id", r.scope.runner);
	jw_m_raw(&j, "input", str_of(e.input));
	jw_m_raw(&j, "data", str_of(e.data != NULL ? e.data : "{}"));
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

static rh_status
take_types(struct call *c, struct event_args *a, struct err *err)
{
	int list = json_member(&c->in, 0, "event_types"), n;
	struct str s;
	size_t i = 0;

	if (json_size(&c->in, list) == 0)
		return RH_OK;
	if (json_size(&c->in, list) > TYPES_MAX)
		return err_set(err, RH_EINPUT, "body.event_types: %d types "
		    "are more than %d", json_size(&c->in, list), TYPES_MAX);
	a->types = arena_zalloc(&c->arena, (TYPES_MAX + 1) *
	    sizeof *a->types);
	for (n = json_first(&c->in, list); n >= 0;
	    n = json_next(&c->in, n)) {
		if (!json_str(&c->in, n, &c->arena, &s))
			return err_set(err, RH_EINPUT, "body.event_types[%zu]:"
			    " must not contain U+0000", i);
		a->types[i++] = s.p;
	}
	return RH_OK;
}

rh_status
event_page_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct event_args *a = arena_zalloc(&c->arena, sizeof *a);
	rh_status rc;

	(void)reg;
	c->args = a;
	if ((rc = take_keyset(c, &a->keys, err)) != RH_OK)
		return rc;
	return take_types(c, a, err);
}

static bool
wants(const struct event_args *args, const struct input_row *e)
{
	const struct keyset *k = &args->keys;
	const char **type = args->types;

	while (type != NULL && *type != NULL && strcmp(*type, e->type) != 0)
		type++;
	return e->run_no > k->after && (k->before == 0 ||
	    e->run_no < k->before) && (type == NULL || *type != NULL);
}

/* Of a run that is in no conversation: its own event. */
static rh_status
only_own(struct act *a, struct call *c, struct event_args *args,
    struct err *err)
{
	struct input_row e;
	rh_status rc = store_input_get(a->db, a->run_no, &c->arena, &e, err);

	if (rc == RH_ENOENT)
		return RH_OK;
	if (rc == RH_OK && wants(args, &e))
		args->keys.nos[args->keys.count++] = a->run_no;
	return rc;
}

rh_status
event_page(struct act *a, struct call *c, struct err *err)
{
	struct event_args *args = c->args;
	struct keyset *k = &args->keys;
	struct buf b = { 0 };
	struct json_out j;
	size_t i;
	rh_status rc;

	keyset_begin(k, a);
	rc = a->conversation != NULL ? store_input_page(a->db, k, args->types,
	    err) : only_own(a, c, args, err);
	if (rc != RH_OK)
		return rc;
	jw_init(&j, &b);
	jw_object(&j);
	jw_name(&j, "items");
	jw_array(&j);
	for (i = 0; i < k->count && rc == RH_OK; i++)
		rc = write_row(a, c, k->nos[i], &j, err);
	jw_end_array(&j);
	write_keyset(&j, k);
	jw_end_object(&j);
	act_reply(c, &b);
	return rc;
}
