/*
 * One run: its record and its events.
 */
#include "action/act.h"

#include "auth/session.h"
#include "store/store_event.h"

rh_status
run_get(struct act *a, struct call *c, struct err *err)
{
	struct run_view *v = arena_alloc(&c->arena, sizeof *v);

	c->result = v;
	return view_load(a, c, a->run_no, v, err);
}

void
write_apis(struct json_out *j, int64_t bits)
{
	int i;

	jw_name(j, "available_apis");
	jw_object(j);
	for (i = 0; api_table[i] != NULL; i++)
		jw_m_bool(j, api_table[i], (bits & INT64_C(1) << i) != 0);
	jw_end_object(j);
}

void
run_get_render(const struct call *c, struct buf *b)
{
	const struct run_view *v = c->result;
	struct json_out j;

	jw_init(&j, b);
	jw_object(&j);
	write_run(&j, &v->row);
	write_apis(&j, v->row.has_apis ? v->row.apis :
	    api_preset(&v->row.scope));
	jw_end_object(&j);
}

#define EVENTS_MAX	1000	/* of a page */

struct events_args {
	struct event_range range;
};

rh_status
run_events_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct events_args *a = arena_zalloc(&c->arena, sizeof *a);
	const char *direction = call_text(c, "direction");
	rh_status rc;

	(void)reg;
	c->args = a;
	if ((rc = take_cursor(c, "after_cursor", &a->range.after,
	    err)) != RH_OK ||
	    (rc = take_cursor(c, "before_cursor", &a->range.before,
	    err)) != RH_OK)
		return rc;
	a->range.max = take_limit(c, "limit", 50, EVENTS_MAX);
	a->range.backward = direction != NULL &&
	    strcmp(direction, "backward") == 0;
	return RH_OK;
}

rh_status
run_events(struct act *a, struct call *c, struct err *err)
{
	struct events_args *args = c->args;
	struct event_page *page = arena_alloc(&c->arena, sizeof *page);

	args->range.run_no = a->run_no;
	c->result = page;
	return store_event_page(a->db, &args->range, &c->arena, page, err);
}

/* Who said it: the host, the attempt, or somebody else. */
static const char *
source_of(const struct event_row *e)
{
	if (strncmp(e->type, "host.", 5) == 0 ||
	    strncmp(e->type, "steering.", 9) == 0)
		return "host";
	return e->source_seq != 0 && e->attempt == 0 ? "caller" : "runner";
}

static void
write_extra(struct json_out *j, const char *extra)
{
	struct arena a = { 0 };
	struct json_doc d = { 0 };
	int usage = -1, meta = -1;

	if (extra != NULL && json_parse(&a, extra, strlen(extra), NULL, &d,
	    NULL) == RH_OK) {
		usage = json_member(&d, 0, "usage");
		meta = json_member(&d, 0, "metadata");
	}
	jw_m_raw(j, "usage", usage < 0 ? STR("null") : json_raw(&d, usage));
	jw_m_raw(j, "metadata", meta < 0 ? STR("{}") : json_raw(&d, meta));
	arena_fini(&a);
}

void
write_event(struct json_out *j, const char *run_id,
    const struct event_row *e)
{
	jw_m_i64(j, "id", e->seq);
	jw_m_text(j, "run_id", run_id);
	jw_m_i64(j, "sequence", e->seq);
	jw_name(j, "source_sequence");
	if (e->source_seq != 0)
		jw_i64(j, e->source_seq);
	else
		jw_null(j);
	jw_m_text(j, "type", e->type);
	jw_m_raw(j, "data", str_of(e->data));
	write_extra(j, e->extra);
	write_epoch(j, "created_at", e->at_us);
	jw_m_text(j, "source", source_of(e));
}

void
run_events_render(const struct call *c, struct buf *b)
{
	const struct event_page *p = c->result;
	size_t i, n = p->count;
	struct json_out j;

	jw_init(&j, b);
	jw_object(&j);
	jw_name(&j, "items");
	jw_array(&j);
	for (i = 0; i < n; i++) {
		jw_object(&j);
		write_event(&j, c->target, &p->rows[i]);
		jw_end_object(&j);
	}
	jw_end_array(&j);
	write_cursor(&j, "next_cursor", p->has_more ? p->rows[n - 1].seq : 0);
	write_cursor(&j, "prev_cursor", n > 0 ? p->rows[0].seq : 0);
	jw_m_bool(&j, "has_more", p->has_more);
	jw_m_i64(&j, "last_sequence", p->last_seq);
	jw_m_text(&j, "status", run_state_name(p->state));
	jw_end_object(&j);
}
