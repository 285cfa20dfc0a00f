/*
 * Event, delivery and binding of a new run, as the body spells them.
 */
#include "action/act_input_impl.h"

#include "action/talk.h"
#include "json/scan.h"

#include <string.h>

#define TYPE_MAX	100
#define SOURCE_MAX	50
#define REF_MAX		4096
#define EVENT_MAX	(256 * 1024)
#define POLICY_MAX	(64 * 1024)
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

bool
input_is_among(const struct json_doc *in, int node, const char *const *names)
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
		if (input_is_among(in, n, names) &&
		    json_type(in, json_value(in, n)) != JSON_NULL)
			return true;
	return false;
}

/* Of the event; else the one that stands by itself. */
struct field
input_field(struct call *c, const char *name)
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

rh_status
input_text(struct call *c, struct field f, size_t max, const char **out,
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
	struct field f = input_field(c, name);

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
	struct field of = input_field(c, object), f;

	f.where = arena_printf(&c->arena, "%s.%s_%s", of.where, object, part);
	f.node = json_member(&c->in, of.node, arena_printf(&c->arena,
	    "%s_%s", object, part));
	if (f.node < 0) {
		f.where = arena_printf(&c->arena, "%s.%s", of.where, part);
		f.node = json_member(&c->in, of.node, part);
	}
	if (json_type(&c->in, f.node) == JSON_NULL)
		f.node = -1;
	return input_text(c, f, ID_MAX, out, err);
}

static rh_status
take_time(struct call *c, int64_t *us, struct err *err)
{
	struct field f = input_field(c, "event_time");
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
	struct field f = input_field(c, "raw_ref");
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
	    (rc = input_text(c, input_field(c, "event_id"), ID_MAX,
	    &r->event_id, err)) != RH_OK ||
	    (rc = input_text(c, input_field(c, "event_type"), TYPE_MAX,
	    &e->type, err)) != RH_OK ||
	    (rc = input_text(c, input_field(c, "source"), SOURCE_MAX,
	    &e->source, err)) != RH_OK ||
	    (rc = input_text(c, input_field(c, "source_event_type"), TYPE_MAX,
	    &in->source_type, err)) != RH_OK ||
	    (rc = take_time(c, &e->at_us, err)) != RH_OK ||
	    (rc = take_who(c, in, err)) != RH_OK ||
	    (rc = take_raw_ref(c, &e->raw_ref, err)) != RH_OK ||
	    (rc = take_object(c, "data", &in->raw_data, err)) != RH_OK)
		return rc;
	if (in->raw_data.p != NULL)
		e->data = talk_json(&c->arena, &c->in, input_field(c,
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
	if ((rc = input_text(c, f, ID_MAX, &text, err)) != RH_OK)
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
