/*
 * What a new run is handed and keeps of its event, delivery and binding.  The
 * plugin finds them in the run's metadata, the text in its input.
 */
#include "action/act_input_impl.h"

#include "action/act_talk.h"
#include "auth/policy.h"
#include "store/store_owner.h"

#include <string.h>

static void
write_event_in(struct json_out *j, const struct run_input *in,
    const struct run_new *r)
{
	const struct input_row *e = &in->event;

	jw_name(j, "event");
	jw_object(j);
	jw_m_text(j, "event_id", r->event_id);
	jw_m_text(j, "event_type", e->type);
	jw_name(j, "event_time");
	jw_double(j, (double)e->at_us / 1e6);
	jw_m_text(j, "source", e->source);
	jw_m_text(j, "source_event_type", in->source_type);
	jw_m_text(j, "workspace_id", r->scope.workspace);
	jw_m_text(j, "bot_id", r->scope.bot);
	jw_m_text(j, "conversation_id", r->scope.conversation);
	jw_m_text(j, "thread_id", r->scope.thread);
	jw_m_raw(j, "actor", in->raw_actor);
	jw_m_raw(j, "subject", in->raw_subject);
	jw_m_raw(j, "raw_ref", str_of(e->raw_ref));
	jw_m_raw(j, "data", in->raw_data.p != NULL ? in->raw_data :
	    STR("{}"));
	jw_end_object(j);
}

/* What a binding is for, as narrow as the run says. */
static void
write_binding_scope(struct json_out *j, const struct run_new *r)
{
	const char *type = "global", *id = NULL;

	if (r->agent_id != NULL)
		type = "agent", id = r->agent_id;
	else if (r->scope.bot != NULL)
		type = "bot", id = r->scope.bot;
	else if (r->scope.workspace != NULL)
		type = "workspace", id = r->scope.workspace;
	jw_name(j, "scope");
	jw_object(j);
	jw_m_text(j, "scope_type", type);
	jw_m_text(j, "scope_id", id);
	jw_end_object(j);
}

/* The binding as it came, with what it leaves open filled in. */
static void
write_binding(struct json_out *j, struct call *c, const struct run_input *in,
    const struct run_new *r)
{
	static const struct {
		const char *name, *otherwise;
	} policies[] = {
		{ "event_types", NULL }, { "runner_config", "{}" },
		{ "resource_policy", "{}" }, { "state_policy", "{}" },
		{ "delivery_policy", "{\"enable_reply\":false}" },
	};
	int scope = json_member(&c->in, in->binding, "scope"), node;
	size_t i;

	jw_name(j, "binding");
	jw_object(j);
	jw_m_text(j, "binding_id", r->binding_id);
	jw_m_text(j, "agent_id", r->agent_id);
	jw_m_text(j, "runner_id", r->scope.runner);
	if (json_type(&c->in, scope) == JSON_OBJECT)
		jw_m_raw(j, "scope", json_raw(&c->in, scope));
	else
		write_binding_scope(j, r);
	for (i = 0; i < sizeof policies / sizeof *policies; i++) {
		node = json_member(&c->in, in->binding, policies[i].name);
		if (node >= 0 && json_type(&c->in, node) != JSON_NULL)
			jw_m_raw(j, policies[i].name, json_raw(&c->in, node));
		else
			jw_m_raw(j, policies[i].name,
			    str_of(policies[i].otherwise));
	}
	jw_end_object(j);
}

/* Who may see that run is told which it is. */
static rh_status
taken(struct act *a, struct call *c, const char *event_id, int64_t run_no,
    struct err *err)
{
	char id[ID_RUN_LEN];
	struct scope scope;
	struct verdict v;
	struct run_row r;
	rh_status rc;

	if ((rc = store_run_scope(a->db, run_no, &c->arena, &scope,
	    err)) != RH_OK)
		return rc;
	authorize(a->policy, &c->caller, "run_get", &scope, a->now, &v);
	if (v.allow && (rc = store_run_get(a->db, run_no, &c->arena, &r,
	    err)) != RH_OK)
		return rc;
	err_set(err, RH_ECONFLICT, "event \"%s\" was taken before%s%s",
	    event_id, v.allow ? ", for " : "",
	    v.allow ? id_run(&r.id, id) : "");
	return err_hint(err, "each event has an id of its own; to repeat a "
	    "request, send an Idempotency-Key with it");
}

static rh_status
check_new(struct act *a, struct call *c, const struct run_new *r,
    struct err *err)
{
	int64_t owner_no, run_no;
	rh_status rc;

	if ((rc = store_owner_find(a->db, r->scope.owner, &owner_no,
	    err)) != RH_OK || owner_no == 0 ||
	    (rc = store_input_find(a->db, r->event_id, owner_no, &run_no,
	    err)) != RH_OK)
		return rc;
	return run_no == 0 ? RH_OK : taken(a, c, r->event_id, run_no, err);
}

static void
fill_metadata(struct call *c, const struct run_input *in, struct run_new *r)
{
	struct str own = input_members(in->metadata);
	struct buf b = { 0 };
	struct json_out j;

	jw_init(&j, &b);
	jw_object(&j);
	if (in->event.type != NULL)
		write_event_in(&j, in, r);
	jw_m_raw(&j, "delivery", str_of(in->delivery));
	if (in->binding >= 0)
		write_binding(&j, c, in, r);
	jw_end_object(&j);
	r->metadata = arena_printf(&c->arena, "{" STR_FMT "%s%s",
	    STR_ARG(own), own.len > 0 ? "," : "", b.p + 1);
	buf_fini(&b);
}

rh_status
input_fill(struct act *a, struct call *c, struct run_input *in,
    struct run_new *r, struct err *err)
{
	struct input_row *e = &in->event;
	char id[ID_RUN_LEN];
	rh_status rc;

	id_run(&r->id, id);
	if (in->item.role != NULL)
		r->extra_bytes += weight_talk(&in->item);
	if (in->binding >= 0 && r->binding_id == NULL)
		r->binding_id = arena_printf(&c->arena, "api:%s:%s",
		    r->scope.runner, id);
	if (e->type != NULL) {
		if (r->event_id == NULL)
			r->event_id = arena_printf(&c->arena, "%s:%s",
			    e->source, id);
		if ((rc = check_new(a, c, r, err)) != RH_OK)
			return rc;
		e->event_id = r->event_id;
		e->created_us = a->now;
		if (e->at_us == 0)
			e->at_us = a->now;
		if (!r->dry_run)
			r->extra_bytes += weight_input(e);
	}
	if (in->hands)
		fill_metadata(c, in, r);
	return RH_OK;
}

rh_status
input_keep(struct act *a, const struct run_input *in,
    const struct run_made_in *made, struct err *err)
{
	struct input_row e = in->event;
	struct talk_row t = in->item;
	rh_status rc;

	t.run_no = made->run_no;
	t.scope_no = made->scope_no;
	t.created_us = a->now;
	if (t.role != NULL && (rc = store_talk_insert(a->db, &t,
	    err)) != RH_OK)
		return rc;
	if (e.type == NULL)
		return RH_OK;
	e.run_no = made->run_no;
	e.scope_no = made->scope_no;
	e.owner_no = made->owner_no;
	return store_input_insert(a->db, &e, err);
}
