/*
 * The body of run_append_result: events, each read and compared with its
 * type.
 */
#include "action/act_append.h"

#include "base/base64.h"
#include "json/read.h"
#include "worker/report.h"

#include <string.h>

#define BATCH_MAX	256
#define EVENT_MAX	(1024 * 1024)	/* bytes of a type and its data */
#define EXTRA_MAX	(16 * 1024)	/* of usage, and of metadata */
#define SEQUENCE_MAX	(INT64_C(1) << 53)

/* A member of the event, or of the "result" in it. */
static int
field(const struct json_doc *in, int event, const char *name)
{
	int node = json_member(in, event, name);

	if (node < 0 || json_type(in, node) == JSON_NULL)
		node = json_member(in, json_member(in, event, "result"), name);
	return json_type(in, node) == JSON_NULL ? -1 : node;
}

/* In which of the two its sender finds a field. */
static const char *
holder(struct call *c, int event, const char *where, const char *name)
{
	int node = field(&c->in, event, name);

	return node < 0 || node == json_member(&c->in, event, name) ? where :
	    arena_printf(&c->arena, "%s.result", where);
}

static const char *
place(struct call *c, int event, const char *where, const char *name)
{
	return arena_printf(&c->arena, "%s.%s",
	    holder(c, event, where, name), name);
}

/* Its JSON as written, if it isn't too much. */
static rh_status
take_raw(struct call *c, int event, const char *where, const char *name,
    size_t max, struct str *out, struct err *err)
{
	struct str raw = json_raw(&c->in, field(&c->in, event, name));
	size_t tokens;

	if (raw.len > max)
		return err_set(err, RH_ETOOBIG, "%s: %zu bytes are more "
		    "than %zu", place(c, event, where, name), raw.len, max);
	if (json_scan(raw.p, raw.len, &json_limits_kept, &tokens,
	    err) != RH_OK) {
		err_wrap(err, "%s", place(c, event, where, name));
		return err->status = RH_EINPUT;
	}
	*out = raw;
	return RH_OK;
}

/* What comes with an event besides: one object, or nothing. */
static rh_status
take_extra(struct call *c, int event, const char *where,
    const char **out, struct err *err)
{
	static const char *const names[] = { "usage", "metadata" };
	struct buf b = { 0 };
	struct json_out j;
	struct str raw;
	rh_status rc = RH_OK;
	size_t i;
	int node;

	*out = NULL;
	jw_init(&j, &b);
	jw_object(&j);
	for (i = 0; i < 2 && rc == RH_OK; i++) {
		if ((node = field(&c->in, event, names[i])) < 0)
			continue;
		if (json_type(&c->in, node) != JSON_OBJECT)
			rc = err_set(err, RH_EINPUT, "%s: must be an object",
			    place(c, event, where, names[i]));
		else
			rc = take_raw(c, event, where, names[i], EXTRA_MAX,
			    &raw, err);
		if (rc == RH_OK)
			jw_m_raw(&j, names[i], raw);
	}
	jw_end_object(&j);
	if (rc == RH_OK && b.len > 2)
		*out = arena_strndup(&c->arena, b.p, b.len);
	buf_fini(&b);
	return rc;
}

static rh_status
take_type(struct call *c, int event, const char *where, struct appended *a,
    struct err *err)
{
	const char *called = field(&c->in, event, "event_type") >= 0 ||
	    field(&c->in, event, "type") < 0 ? "event_type" : "type";
	struct str name;

	if (!json_str(&c->in, field(&c->in, event, called), &c->arena, &name))
		return err_set(err, RH_EINPUT, "%s: must be the name of a "
		    "type", place(c, event, where, called));
	if ((a->type = append_type_find(name)) != NULL) {
		a->e.type = name.p;
		if (a->type->holder)
			c->holders = name.p;
		return RH_OK;
	}
	err_set(err, RH_EINPUT, "%s: \"" STR_FMT "\" is no type that can be "
	    "appended", place(c, event, where, called), STR_ARG(name));
	return err_hint(err, "see docs/ledger.md for the types");
}

static rh_status
take_update(struct call *c, int data, struct appended *a, struct err *err)
{
	return state_update_read(&c->in, data, &c->arena, &a->update, err);
}

/* The event says which bytes they are; they are kept as a checkpoint. */
static void
tell_checkpoint(struct call *c, struct appended *a)
{
	uint8_t digest[HASH_LEN];
	char hex[HASH_HEX_LEN];
	struct buf b = { 0 };
	struct json_out j;

	hash_of(a->bytes.p, a->bytes.len, digest);
	str_hex(hex, digest, sizeof digest);
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_str(&j, "name", a->name);
	jw_m_i64(&j, "bytes", (int64_t)a->bytes.len);
	jw_m_text(&j, "digest", hex);
	jw_end_object(&j);
	a->e.data = (struct str){ arena_strndup(&c->arena, b.p, b.len),
	    b.len };
	buf_fini(&b);
}

static rh_status
take_checkpoint(struct call *c, int data, struct appended *a, struct err *err)
{
	const char *name = "checkpoint";
	struct str text;
	char *bytes;
	rh_status rc;

	if ((rc = json_opt_str(&c->in, data, "name", REPORT_NAME_MAX,
	    &c->arena, &name, err)) != RH_OK)
		return rc;
	if (!json_str(&c->in, json_member(&c->in, data, "data"), &c->arena,
	    &text))
		text = (struct str){ "!", 1 };
	bytes = arena_alloc(&c->arena, text.len + 1);
	a->name = str_of(name);
	a->bytes.p = bytes;
	if (!base64_read(text, bytes, &a->bytes.len))
		return err_set(err, RH_EINPUT, "data.data: must be base64, "
		    "padded and without line ends");
	if ((rc = report_checkpoint(a->name, a->bytes, err)) == RH_OK)
		tell_checkpoint(c, a);
	return rc;
}

static rh_status (*const takes[])(struct call *, int data, struct appended *,
    struct err *) = {
	[DOES_NOTHING] = NULL,
	[DOES_CHECKPOINT] = take_checkpoint,
	[DOES_STATE] = take_update,
};

static rh_status
take_event(struct call *c, int event, const char *where, struct appended *a,
    struct err *err)
{
	int data = field(&c->in, event, "data");
	int n = field(&c->in, event, "sequence");
	struct str s;
	rh_status rc;

	if ((!json_i64(&c->in, n, &a->e.sequence) && (!json_str(&c->in, n,
	    &c->arena, &s) || !str_i64(s, 1, SEQUENCE_MAX,
	    &a->e.sequence))) || a->e.sequence < 1 ||
	    a->e.sequence > SEQUENCE_MAX)
		return err_set(err, RH_EINPUT, "%s: must be a whole number "
		    "from 1 to 2^53", place(c, event, where, "sequence"));
	if ((rc = take_type(c, event, where, a, err)) != RH_OK)
		return rc;
	a->e.data = STR("{}");
	if (data >= 0 && (rc = take_raw(c, event, where, "data", EVENT_MAX -
	    strlen(a->e.type), &a->e.data, err)) != RH_OK)
		return rc;
	if (data >= 0 && ((rc = append_type_check(a->type, &c->in, data,
	    "data", err)) != RH_OK || (takes[a->type->does] != NULL &&
	    (rc = takes[a->type->does](c, data, a, err)) != RH_OK)))
		err_wrap(err, "%s", holder(c, event, where, "data"));
	if (data < 0 && strstr(a->type->schema, "\"required\":[]") == NULL)
		rc = err_set(err, RH_EINPUT, "%s: is missing",
		    place(c, event, where, "data"));
	return rc != RH_OK ? rc : take_extra(c, event, where, &a->e.extra,
	    err);
}

rh_status
run_append_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct append_args *a = arena_zalloc(&c->arena, sizeof *a);
	int list = json_member(&c->in, 0, "events"), n;
	size_t i = 0;
	rh_status rc = RH_OK;

	(void)reg;
	c->args = a;
	a->batch = json_type(&c->in, list) == JSON_ARRAY;
	a->count = a->batch ? (size_t)json_size(&c->in, list) : 1;
	if (a->count == 0 || a->count > BATCH_MAX)
		return err_set(err, RH_EINPUT, "body.events: has %zu events, "
		    "not 1 to %d", a->count, BATCH_MAX);
	a->list = arena_zalloc(&c->arena, a->count * sizeof *a->list);
	if (!a->batch)
		return take_event(c, 0, "body", a->list, err);
	for (n = json_first(&c->in, list); n >= 0 && rc == RH_OK;
	    n = json_next(&c->in, n), i++)
		rc = take_event(c, n, arena_printf(&c->arena,
		    "body.events[%zu]", i), &a->list[i], err);
	return rc;
}
