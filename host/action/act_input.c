/*
 * Text, event, delivery and binding of a new run.  The plugin finds the
 * latter three in the run's metadata, the text in its input.
 */
#include "action/act_input.h"

#include "action/act_talk.h"
#include "action/talk.h"
#include "auth/policy.h"
#include "json/scan.h"
#include "store/store_owner.h"

#include <string.h>

#define ID_MAX		255
#define TYPE_MAX	100
#define SOURCE_MAX	50
#define REF_MAX		4096
#define EVENT_MAX	(256 * 1024)
#define POLICY_MAX	(64 * 1024)
#define TEXT_MAX	(256 * 1024)
#define TIME_MAX	253402300799.0	/* the end of the year 9999 */

/* Fields that say something about an event, when they stand by themselves. */
static const char *const flat[] = {
	"event_type", "source", "event_time", "actor", "subject", "raw_ref",
	"data", NULL
};

static const char *const others[] = {
	"text", "event", "delivery", "binding", "include_plugins", "enabled",
	NULL
};

static bool
is_among(const struct json_doc *in, int node, const char *const *names)
{
	for (; *names != NULL; names++)
		if (json_is(in, node, *names))
			return true;
	return false;
}

/* Whether the body has any of it; null is as if it weren't there. */
static bool
has_any(const struct json_doc *in, const char *const *names)
{
	int n;

	for (n = json_first(in, 0); n >= 0; n = json_next(in, n))
		if (is_among(in, n, names) &&
		    json_type(in, json_value(in, n)) != JSON_NULL)
			return true;
	return false;
}

/* A value and how it is called in messages. */
struct field {
	int	node;		/* -1: absent */
	const char *where;
};

/* Of the event; else the one that stands by itself. */
static struct field
event_field(struct call *c, const char *name)
{
	int event = json_member(&c->in, 0, "event");
	struct field f = { json_member(&c->in, event, name), NULL };

	if (f.node >= 0 && json_type(&c->in, f.node) != JSON_NULL) {
		f.where = arena_printf(&c->arena, "body.event.%s", name);
		return f;
	}
	f.node = json_member(&c->in, 0, name);
	if (json_type(&c->in, f.node) == JSON_NULL)
		f.node = -1;
	f.where = arena_printf(&c->arena, "body.%s", name);
	return f;
}

static rh_status
take_field(struct call *c, struct field f, size_t max, const char **out,
    struct err *err)
{
	struct str s;

	if (f.node < 0)
		return RH_OK;
	if (!json_str(&c->in, f.node, &c->arena, &s))
		return err_set(err, RH_EINPUT, "%s: must be a text without "
		    "U+0000", f.where);
	if (s.len == 0 || s.len > max)
		return err_set(err, RH_EINPUT, "%s: has %zu bytes, not 1 to "
		    "%zu", f.where, s.len, max);
	*out = s.p;
	return RH_OK;
}

/* JSON that is kept and shown within other JSON. */
static rh_status
check_raw(struct call *c, struct field f, size_t max, struct err *err)
{
	struct str raw = json_raw(&c->in, f.node);
	size_t tokens;

	if (f.node < 0)
		return RH_OK;
	if (raw.len > max)
		return err_set(err, RH_EINPUT, "%s: %zu bytes are more than "
		    "%zu", f.where, raw.len, max);
	if (json_scan(raw.p, raw.len, &json_limits_kept, &tokens,
	    err) == RH_OK)
		return RH_OK;
	err_wrap(err, "%s", f.where);
	return err->status = RH_EINPUT;
}

/* An object of the event, as it came. */
static rh_status
take_object(struct call *c, const char *name, struct str *out,
    struct err *err)
{
	struct field f = event_field(c, name);

	if (f.node < 0)
		return RH_OK;
	if (json_type(&c->in, f.node) != JSON_OBJECT)
		return err_set(err, RH_EINPUT, "%s: must be an object",
		    f.where);
	*out = json_raw(&c->in, f.node);
	return check_raw(c, f, EVENT_MAX, err);
}

/* "actor_type", or "type" for short. */
static rh_status
take_part(struct call *c, const char *object, const char *part,
    const char **out, struct err *err)
{
	struct field of = event_field(c, object), f;

	f.where = arena_printf(&c->arena, "%s.%s_%s", of.where, object, part);
	f.node = json_member(&c->in, of.node, arena_printf(&c->arena,
	    "%s_%s", object, part));
	if (f.node < 0) {
		f.where = arena_printf(&c->arena, "%s.%s", of.where, part);
		f.node = json_member(&c->in, of.node, part);
	}
	if (json_type(&c->in, f.node) == JSON_NULL)
		f.node = -1;
	return take_field(c, f, ID_MAX, out, err);
}

static rh_status
take_time(struct call *c, int64_t *us, struct err *err)
{
	struct field f = event_field(c, "event_time");
	double t;

	if (f.node < 0)
		return RH_OK;
	if (!json_double(&c->in, f.node, &t) || t < 0 || t > TIME_MAX)
		return err_set(err, RH_EINPUT, "%s: must be seconds since "
		    "1970, from 0 on", f.where);
	*us = (int64_t)(t * 1e6 + 0.5);
	return RH_OK;
}

static rh_status
take_raw_ref(struct call *c, const char **out, struct err *err)
{
	struct field f = event_field(c, "raw_ref");
	struct str raw;
	rh_status rc;

	if (f.node < 0)
		return RH_OK;
	if ((rc = check_raw(c, f, REF_MAX, err)) != RH_OK)
		return rc;
	raw = json_raw(&c->in, f.node);
	*out = arena_strndup(&c->arena, raw.p, raw.len);
	return RH_OK;
}

static rh_status
take_who(struct call *c, struct run_input *in, struct err *err)
{
	struct input_row *e = &in->event;
	rh_status rc;

	if ((rc = take_object(c, "actor", &in->raw_actor, err)) != RH_OK ||
	    (rc = take_object(c, "subject", &in->raw_subject, err)) != RH_OK ||
	    (rc = take_part(c, "actor", "type", &e->actor_type,
	    err)) != RH_OK ||
	    (rc = take_part(c, "actor", "id", &e->actor_id, err)) != RH_OK ||
	    (rc = take_part(c, "actor", "name", &e->actor_name,
	    err)) != RH_OK ||
	    (rc = take_part(c, "subject", "type", &e->subject_type,
	    err)) != RH_OK)
		return rc;
	return take_part(c, "subject", "id", &e->subject_id, err);
}

static rh_status
take_event(struct call *c, struct run_input *in, struct run_new *r,
    struct err *err)
{
	struct input_row *e = &in->event;
	struct field whole = { json_member(&c->in, 0, "event"), "body.event" };
	rh_status rc;

	e->type = "api.invoked";
	e->source = "api";
	if ((rc = check_raw(c, whole, EVENT_MAX, err)) != RH_OK ||
	    (rc = take_field(c, event_field(c, "event_id"), ID_MAX,
	    &r->event_id, err)) != RH_OK ||
	    (rc = take_field(c, event_field(c, "event_type"), TYPE_MAX,
	    &e->type, err)) != RH_OK ||
	    (rc = take_field(c, event_field(c, "source"), SOURCE_MAX,
	    &e->source, err)) != RH_OK ||
	    (rc = take_field(c, event_field(c, "source_event_type"), TYPE_MAX,
	    &in->source_type, err)) != RH_OK ||
	    (rc = take_time(c, &e->at_us, err)) != RH_OK ||
	    (rc = take_who(c, in, err)) != RH_OK ||
	    (rc = take_raw_ref(c, &e->raw_ref, err)) != RH_OK ||
	    (rc = take_object(c, "data", &in->raw_data, err)) != RH_OK)
		return rc;
	if (in->raw_data.p != NULL)
		e->data = talk_json(&c->arena, &c->in, event_field(c,
		    "data").node);
	return RH_OK;
}

/* Two fields may say the same, not two things. */
static rh_status
agree(const char **out, const char *other, const char *where,
    const char *name, struct err *err)
{
	if (*out == NULL)
		*out = other;
	if (other == NULL || strcmp(*out, other) == 0)
		return RH_OK;
	return err_set(err, RH_EINPUT, "body.%s: \"%s\", but body.%s says "
	    "\"%s\"", where, other, name, *out);
}

static rh_status
take_binding_text(struct call *c, int binding, const char *name,
    const char **out, struct err *err)
{
	struct field f = { json_member(&c->in, binding, name),
		arena_printf(&c->arena, "body.binding.%s", name) };
	const char *text = NULL;
	rh_status rc;

	if (json_type(&c->in, f.node) == JSON_NULL)
		return RH_OK;
	if ((rc = take_field(c, f, ID_MAX, &text, err)) != RH_OK)
		return rc;
	return agree(out, text, f.where + strlen("body."), name, err);
}

static rh_status
check_enabled(struct call *c, int node, const char *where, struct err *err)
{
	bool on = true;

	if (!json_bool(&c->in, json_member(&c->in, node, "enabled"), &on) ||
	    on)
		return RH_OK;
	err_set(err, RH_EINPUT, "%s.enabled: what is not enabled makes no "
	    "run", where);
	return err_hint(err, "leave it out, or say true");
}

static rh_status
take_binding(struct call *c, struct run_input *in, struct run_new *r,
    struct err *err)
{
	struct field whole = { json_member(&c->in, 0, "binding"),
		"body.binding" };
	rh_status rc;

	in->binding = json_type(&c->in, whole.node) == JSON_OBJECT ?
	    whole.node : -1;
	if ((rc = check_enabled(c, 0, "body", err)) != RH_OK ||
	    in->binding < 0)
		return rc;
	if ((rc = check_raw(c, whole, POLICY_MAX, err)) != RH_OK ||
	    (rc = check_enabled(c, in->binding, "body.binding",
	    err)) != RH_OK ||
	    (rc = take_binding_text(c, in->binding, "binding_id",
	    &r->binding_id, err)) != RH_OK ||
	    (rc = take_binding_text(c, in->binding, "agent_id", &r->agent_id,
	    err)) != RH_OK)
		return rc;
	return take_binding_text(c, in->binding, "runner_id", &in->runner_id,
	    err);
}

static rh_status
take_delivery(struct call *c, struct run_input *in, struct err *err)
{
	struct field f = { json_member(&c->in, 0, "delivery"),
		"body.delivery" };
	struct str raw = json_raw(&c->in, f.node);
	rh_status rc;

	in->delivery = "{\"surface\":\"api\",\"supports_streaming\":false,"
	    "\"supports_edit\":false,\"supports_reaction\":false}";
	if (json_type(&c->in, f.node) != JSON_OBJECT)
		return RH_OK;
	if ((rc = check_raw(c, f, POLICY_MAX, err)) != RH_OK)
		return rc;
	in->delivery = arena_strndup(&c->arena, raw.p, raw.len);
	return RH_OK;
}

rh_status
input_take(struct call *c, struct run_new *r, struct run_input **out,
    struct err *err)
{
	struct run_input *in;
	bool event = has_any(&c->in, flat);
	rh_status rc;

	*out = NULL;
	if (!event && !has_any(&c->in, others))
		return RH_OK;
	*out = in = arena_zalloc(&c->arena, sizeof *in);
	event |= json_type(&c->in, json_member(&c->in, 0, "event")) ==
	    JSON_OBJECT;
	if ((rc = take_delivery(c, in, err)) != RH_OK ||
	    (rc = take_binding(c, in, r, err)) != RH_OK)
		return rc;
	return event ? take_event(c, in, r, err) : RH_OK;
}

/* "vendor/plugin" of a runner's whole name. */
static bool
is_of_plugin(const char *runner_id, struct str plugin)
{
	const char *p = strchr(runner_id, ':'), *end = strrchr(runner_id, '/');

	return p != NULL && end != NULL && str_eq(plugin,
	    (struct str){ p + 1, (size_t)(end - p - 1) });
}

static rh_status
check_plugins(struct call *c, const struct run_new *r, struct err *err)
{
	int list = json_member(&c->in, 0, "include_plugins"), n;
	struct str s;

	if (json_size(&c->in, list) == 0)
		return RH_OK;
	for (n = json_first(&c->in, list); n >= 0; n = json_next(&c->in, n))
		if (json_str(&c->in, n, &c->arena, &s) &&
		    is_of_plugin(r->scope.runner, s))
			return RH_OK;
	return err_set(err, RH_EINPUT, "body.include_plugins: the plugin of "
	    "\"%s\" isn't among them", r->scope.runner);
}

/* A binding that lists event types is for no other. */
static rh_status
check_types(struct call *c, const struct run_input *in, struct err *err)
{
	int list = json_member(&c->in, in->binding, "event_types"), n;
	const char *type = in->event.type != NULL ? in->event.type :
	    "api.invoked";

	if (json_type(&c->in, list) != JSON_ARRAY)
		return RH_OK;
	for (n = json_first(&c->in, list); n >= 0; n = json_next(&c->in, n))
		if (json_is(&c->in, n, type))
			return RH_OK;
	return err_set(err, RH_EINPUT, "body.binding.event_types: \"%s\" "
	    "isn't among them", type);
}

/* The ids that an event may say of the run's scope. */
static rh_status
take_scope(struct call *c, struct scope *s, struct err *err)
{
	rh_status rc;

	if ((rc = take_field(c, event_field(c, "workspace_id"), ID_MAX,
	    &s->workspace, err)) != RH_OK ||
	    (rc = take_field(c, event_field(c, "bot_id"), ID_MAX, &s->bot,
	    err)) != RH_OK ||
	    (rc = take_field(c, event_field(c, "conversation_id"), ID_MAX,
	    &s->conversation, err)) != RH_OK)
		return rc;
	return take_field(c, event_field(c, "thread_id"), ID_MAX, &s->thread,
	    err);
}

/* An input that is nothing but this text. */
static const char *
input_of_text(struct call *c, const char *text)
{
	struct buf b = { 0 };
	struct json_out j;
	const char *made;

	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "text", text);
	jw_name(&j, "contents");
	jw_array(&j);
	jw_object(&j);
	jw_m_text(&j, "type", "text");
	jw_m_text(&j, "text", text);
	jw_end_object(&j);
	jw_end_array(&j);
	jw_name(&j, "attachments");
	jw_array(&j);
	jw_end_array(&j);
	jw_end_object(&j);
	made = arena_strndup(&c->arena, b.p, b.len);
	buf_fini(&b);
	return made;
}

/* The members of an object, to stand behind others; "" when it has none. */
static struct str
members(const char *object)
{
	size_t n = strlen(object);

	while (n > 0 && object[--n] != '}')
		continue;
	object++;
	n--;
	while (n > 0 && strchr(" \t\r\n", *object) != NULL)
		object++, n--;
	return (struct str){ object, n };
}

/* The text goes into the input, unless that has one of its own. */
static rh_status
take_said(struct call *c, struct run_input *in, struct run_new *r,
    struct err *err)
{
	struct field f = { json_member(&c->in, 0, "text"), "body.text" };
	int input = json_member(&c->in, 0, "input");
	struct json_doc d;
	struct buf b = { 0 };
	struct str rest;
	rh_status rc;

	if (json_type(&c->in, f.node) == JSON_NULL)
		f.node = -1;
	if ((rc = take_field(c, f, TEXT_MAX, &in->said, err)) != RH_OK)
		return rc;
	in->has_text = in->said != NULL;
	if (in->said == NULL || r->input == NULL) {
		if (in->said != NULL)
			r->input = input_of_text(c, in->said);
		in->said = in->said != NULL ? in->said :
		    talk_text(&c->arena, &c->in, input);
		return RH_OK;
	}
	if (json_type(&c->in, input) != JSON_OBJECT)
		return err_set(err, RH_EINPUT, "body.text: goes into an input "
		    "that is an object, or absent");
	if (json_member(&c->in, input, "text") >= 0) {
		if (json_is(&c->in, json_member(&c->in, input, "text"),
		    in->said))
			return RH_OK;
		return err_set(err, RH_EINPUT, "body.text: isn't "
		    "body.input.text: give one of them");
	}
	rest = members(r->input);
	json_canonical(&c->in, f.node, &b);
	r->input = arena_printf(&c->arena, "{\"text\":%s%s" STR_FMT "}",
	    b.p, rest.len > 0 ? "," : "", STR_ARG(rest));
	buf_fini(&b);
	/* What it was made of has been scanned; so is what it is now. */
	return json_parse(&c->arena, r->input, strlen(r->input),
	    &json_limits_kept, &d, err);
}

/* What was said to a run in a conversation is part of that. */
static void
take_item(struct call *c, struct run_input *in, const struct run_new *r)
{
	const char *type = in->event.type;

	if (r->scope.conversation == NULL || r->dry_run || (!in->has_text &&
	    (type == NULL || strcmp(type, "message.received") != 0)))
		return;
	talk_said(c, in->said, r->input, json_type(&c->in, json_member(
	    &c->in, 0, "input")) != JSON_OBJECT, &in->item);
}

/* Names that the run's metadata has for these. */
static rh_status
check_metadata(struct call *c, const struct run_input *in, struct err *err)
{
	static const char *const names[] = { "event", "delivery", "binding",
		NULL };
	int metadata = json_member(&c->in, 0, "metadata"), n;

	for (n = json_first(&c->in, metadata); in->hands && n >= 0;
	    n = json_next(&c->in, n))
		if (is_among(&c->in, n, names))
			return err_set(err, RH_EINPUT, "body.metadata: "
			    STR_FMT " is where the body's own stands",
			    STR_ARG(json_raw(&c->in, n)));
	return RH_OK;
}

/* Names, numbers and ids of what the metadata will have. */
#define HANDED_REST	(4 * 1024)

static void
measure(struct call *c, struct run_input *in)
{
	in->hands = in->event.type != NULL || in->binding >= 0 ||
	    json_type(&c->in, json_member(&c->in, 0, "delivery")) ==
	    JSON_OBJECT;
	in->handed = strlen(in->delivery) + in->raw_actor.len +
	    in->raw_subject.len + in->raw_data.len + HANDED_REST +
	    json_raw(&c->in, in->binding).len +
	    json_raw(&c->in, event_field(c, "raw_ref").node).len;
}

/* What the event's row keeps of the input. */
static rh_status
keep_said(struct call *c, struct run_input *in, const struct run_new *r,
    struct err *err)
{
	struct json_doc d;
	rh_status rc;

	if (in->said != NULL)
		in->event.summary = talk_clip(&c->arena, str_of(in->said),
		    TALK_SUMMARY_MAX);
	if (r->input == NULL)
		return RH_OK;
	if ((rc = json_parse(&c->arena, r->input, strlen(r->input), NULL, &d,
	    err)) == RH_OK)
		in->event.input = talk_json(&c->arena, &d, 0);
	return rc;
}

rh_status
input_check(struct call *c, struct run_input *in, struct run_new *r,
    struct err *err)
{
	struct input_row *e = &in->event;
	rh_status rc;

	measure(c, in);
	if (in->runner_id != NULL &&
	    strcmp(in->runner_id, r->scope.runner) != 0)
		return err_set(err, RH_EINPUT, "body.binding.runner_id: "
		    "\"%s\", but the run is of \"%s\"", in->runner_id,
		    r->scope.runner);
	if ((rc = check_plugins(c, r, err)) != RH_OK ||
	    (rc = check_types(c, in, err)) != RH_OK ||
	    (rc = check_metadata(c, in, err)) != RH_OK ||
	    (e->type != NULL && (rc = take_scope(c, &r->scope,
	    err)) != RH_OK) ||
	    (rc = take_said(c, in, r, err)) != RH_OK)
		return rc;
	take_item(c, in, r);
	in->metadata = r->metadata;
	return e->type != NULL ? keep_said(c, in, r, err) : RH_OK;
}

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
	struct str own = members(in->metadata);
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
