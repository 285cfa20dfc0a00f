/*
 * Text, event, delivery and binding of a new run, beside its runner, scope,
 * input and metadata.
 */
#include "action/act_input_impl.h"

#include "action/act_talk.h"
#include "action/talk.h"
#include "json/scan.h"

#include <string.h>

#define TEXT_MAX	(256 * 1024)

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

	if ((rc = input_text(c, input_field(c, "workspace_id"), ID_MAX,
	    &s->workspace, err)) != RH_OK ||
	    (rc = input_text(c, input_field(c, "bot_id"), ID_MAX, &s->bot,
	    err)) != RH_OK ||
	    (rc = input_text(c, input_field(c, "conversation_id"), ID_MAX,
	    &s->conversation, err)) != RH_OK)
		return rc;
	return input_text(c, input_field(c, "thread_id"), ID_MAX, &s->thread,
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

struct str
input_members(const char *object)
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
	if ((rc = input_text(c, f, TEXT_MAX, &in->said, err)) != RH_OK)
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
	rest = input_members(r->input);
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
		if (input_is_among(&c->in, n, names))
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
	    json_raw(&c->in, input_field(c, "raw_ref").node).len;
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
