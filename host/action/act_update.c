/*
 * Values of the state store from outside: their members as they are read,
 * and the event "state.updated", which sets one.
 */
#include "action/act_state.h"

#include "base/mem.h"
#include "json/scan.h"
#include "store/store_run.h"

#include <string.h>

#define SUBJECT_MAX	255

struct str
state_key(const char *key)
{
	return str_of(strcmp(key, "conversation_id") == 0 ?
	    "external.conversation_id" : key);
}

rh_status
state_read_kind(const struct json_doc *in, int obj, struct arena *a,
    struct state_kind *k, struct err *err)
{
	const char *scope;
	rh_status rc;

	*k = (struct state_kind){ .subject_type = "unknown" };
	if ((rc = json_get_str(in, obj, "scope", STATE_KEY_MAX, a, &scope,
	    err)) != RH_OK ||
	    (rc = json_opt_str(in, obj, "subject_type", SUBJECT_MAX, a,
	    &k->subject_type, err)) != RH_OK)
		return rc;
	k->scope = str_of(scope);
	return json_opt_str(in, obj, "subject_id", SUBJECT_MAX, a,
	    &k->subject_id, err);
}

rh_status
state_read_key(const struct json_doc *in, int obj, struct arena *a,
    struct str *key, struct err *err)
{
	const char *text;
	rh_status rc = json_get_str(in, obj, "key", STATE_KEY_MAX, a, &text,
	    err);

	if (rc != RH_OK)
		return rc;
	if (text[0] == '\0')
		return err_set(err, RH_EINPUT, "field \"key\" must not be "
		    "empty");
	*key = state_key(text);
	return RH_OK;
}

/* What is too deep or too large is refused. */
rh_status
state_read_value(const struct json_doc *in, int obj, struct str *value,
    struct err *err)
{
	int node = json_member(in, obj, "value");
	size_t tokens;
	rh_status rc;

	if (node < 0)
		return err_set(err, RH_EINPUT, "field \"value\" is missing");
	*value = json_raw(in, node);
	if (value->len > STATE_VALUE_MAX)
		return err_set(err, RH_ETOOBIG, "field \"value\": %zu bytes, "
		    "at most %d", value->len, STATE_VALUE_MAX);
	rc = json_scan(value->p, value->len, &json_limits_kept, &tokens, err);
	if (rc != RH_OK) {
		err_wrap(err, "field \"value\"");
		return err->status = RH_EINPUT;
	}
	return RH_OK;
}

rh_status
state_update_read(const struct json_doc *in, int data, struct arena *a,
    struct state_update *u, struct err *err)
{
	static const char *const names[] = { "scope", "key", "value",
		"subject_type", "subject_id", NULL };
	rh_status rc;

	if ((rc = json_only(in, data, names, err)) != RH_OK ||
	    (rc = state_read_kind(in, data, a, &u->kind, err)) != RH_OK ||
	    (rc = state_read_key(in, data, a, &u->key, err)) != RH_OK)
		return rc;
	return state_read_value(in, data, &u->value, err);
}

rh_status
state_update(struct act *a, struct call *c, int64_t run_no,
    const struct state_update *u, struct err *err)
{
	struct state_place p;
	rh_status rc = state_place(a, c, run_no, &u->kind, &p, err);

	return rc != RH_OK ? rc : state_put(a, c, &p, u->key, u->value, err);
}

bool
is_verdict(rh_status s)
{
	static const rh_status all[] = { RH_EINPUT, RH_ETOOBIG, RH_ESTATE,
		RH_ERATE, RH_EBYTES };
	size_t i;

	for (i = 0; i < ARRAY_LEN(all); i++) {
		if (s == all[i])
			return true;
	}
	return false;
}

static rh_status
update_from(struct act *a, struct call *c, int64_t run_no,
    const struct event_new *e, struct err *err)
{
	struct state_update u;
	struct json_doc d;
	rh_status rc;

	if (json_parse(&c->arena, e->data.p, e->data.len, &json_limits_kept,
	    &d, err) != RH_OK)
		return err->status = RH_EINPUT;
	if ((rc = state_update_read(&d, 0, &c->arena, &u, err)) != RH_OK)
		return rc;
	return state_update(a, c, run_no, &u, err);
}

/* What stands in the place of an event whose value isn't set. */
static void
refused(struct call *c, struct event_new *e, const struct err *why)
{
	struct buf b = { 0 };
	struct json_out j;

	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "reason_code", err_reason(why->status)->code);
	jw_m_text(&j, "error", why->msg);
	jw_end_object(&j);
	e->type = "host.state_refused";
	e->data = (struct str){ arena_strndup(&c->arena, b.p, b.len), b.len };
	buf_fini(&b);
}

static bool
sets_value(const struct event_new *e)
{
	return strcmp(e->type, "state.updated") == 0;
}

rh_status
state_updates(struct act *a, struct call *c, struct run_report *r,
    struct err *err)
{
	struct event_new *list;
	struct run_live l;
	size_t i;
	rh_status rc;

	for (i = 0; i < r->event_count && !sets_value(&r->events[i]); i++)
		continue;
	if (i == r->event_count)
		return RH_OK;
	if ((rc = attempt_get(a, c, r->run_no, r->fence, &l, err)) != RH_OK)
		return rc;
	list = arena_dup(&c->arena, r->events, r->event_count * sizeof *list);
	for (; i < r->event_count; i++) {
		if (!sets_value(&list[i]) || (rc = update_from(a, c,
		    r->run_no, &list[i], err)) == RH_OK)
			continue;
		if (!is_verdict(rc))
			return rc;
		refused(c, &list[i], err);
	}
	r->events = list;
	return RH_OK;
}
