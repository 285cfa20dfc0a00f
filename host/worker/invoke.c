/*
 * Packs and unpacks the bodies of frames.  The order of an invocation's
 * members stands once, in a table, for both directions.
 */
#include "worker/invoke.h"

#include "base/mem.h"

#include <string.h>

enum member_kind { MEMBER_U32, MEMBER_U64, MEMBER_TEXT };

struct member {
	enum member_kind kind;
	size_t	offset;
};

#define U32(m)	{ MEMBER_U32, offsetof(struct rh_invocation, m) }
#define U64(m)	{ MEMBER_U64, offsetof(struct rh_invocation, m) }
#define TEXT(m)	{ MEMBER_TEXT, offsetof(struct rh_invocation, m) }

static const struct member members[] = {
	U32(kind), TEXT(run_id), TEXT(extension_id), TEXT(runner),
	TEXT(action_id), TEXT(session_id), TEXT(user_id), TEXT(command),
	TEXT(raw_args), TEXT(args), TEXT(flags), TEXT(input), TEXT(metadata),
	TEXT(config), TEXT(resume), TEXT(checkpoint_name), TEXT(checkpoint),
	U64(created_us), U64(timeout_ms), U64(deadline_us), U32(attempt),
	U32(reason),
};

static void
add_text(struct buf *b, struct rh_text t)
{
	field_add(b, t.p, t.len);
}

static struct rh_text
get_text(struct field_reader *r)
{
	struct str s = field_get(r);

	return (struct rh_text){ s.p, s.len };
}

void
invoke_pack(struct buf *b, const struct rh_invocation *inv)
{
	const char *at;
	uint32_t u32;
	uint64_t u64;
	size_t i;

	for (i = 0; i < ARRAY_LEN(members); i++) {
		at = (const char *)inv + members[i].offset;
		if (members[i].kind == MEMBER_TEXT) {
			add_text(b, *(const struct rh_text *)at);
		} else if (members[i].kind == MEMBER_U32) {
			memcpy(&u32, at, sizeof u32);
			field_add_u32(b, u32);
		} else {
			memcpy(&u64, at, sizeof u64);
			field_add_u64(b, u64);
		}
	}
}

size_t
invoke_size(const struct rh_invocation *inv)
{
	size_t i, size = 0;

	for (i = 0; i < ARRAY_LEN(members); i++) {
		size += 4;
		if (members[i].kind == MEMBER_TEXT)
			size += ((const struct rh_text *)(const void *)
			    ((const char *)inv + members[i].offset))->len;
		else
			size += members[i].kind == MEMBER_U32 ? 4 : 8;
	}
	return size;
}

rh_status
invoke_unpack(struct str body, struct rh_invocation *inv, struct err *err)
{
	struct field_reader r;
	uint32_t u32;
	uint64_t u64;
	char *at;
	size_t i;

	memset(inv, 0, sizeof *inv);
	inv->size = sizeof *inv;
	field_begin(&r, body.p, body.len);
	for (i = 0; i < ARRAY_LEN(members); i++) {
		at = (char *)inv + members[i].offset;
		if (members[i].kind == MEMBER_TEXT) {
			*(struct rh_text *)at = get_text(&r);
		} else if (members[i].kind == MEMBER_U32) {
			u32 = field_get_u32(&r);
			memcpy(at, &u32, sizeof u32);
		} else {
			u64 = field_get_u64(&r);
			memcpy(at, &u64, sizeof u64);
		}
	}
	if (!field_end(&r))
		return err_set(err, RH_EPROTO,
		    "invocation of %zu bytes with broken fields", body.len);
	return RH_OK;
}

void
event_pack(struct buf *b, const struct event_record *e)
{
	field_add_raw_u8(b, (uint8_t)e->kind);
	field_add_raw_u64(b, (uint64_t)e->after_us);
	if (e->kind == EVENT_PROGRESS)
		field_add_u32(b, (uint32_t)e->percent);
	if (e->kind == EVENT_OUTPUT)
		field_add(b, &e->stream, 1);
	else
		field_add(b, e->a.p, e->a.len);
	field_add(b, e->b.p, e->b.len);
}

void
events_begin(struct field_reader *r, struct str body)
{
	field_begin(r, body.p, body.len);
	if (body.len == 0)
		r->bad = true;	/* a frame without a record says nothing */
}

static uint8_t
get_stream(struct field_reader *r)
{
	struct str s = field_get(r);

	if (s.len == 1)
		return (uint8_t)s.p[0];
	r->bad = true;
	return 0;
}

bool
events_next(struct field_reader *r, struct event_record *e)
{
	uint8_t kind;

	memset(e, 0, sizeof *e);
	if (r->bad || r->left == 0)
		return false;
	kind = field_raw_u8(r);
	e->kind = kind;
	e->after_us = (int64_t)field_raw_u64(r);
	if (kind < EVENT_PROGRESS || kind > EVENT_OUTPUT)
		r->bad = true;
	if (kind == EVENT_PROGRESS)
		e->percent = (int32_t)field_get_u32(r);
	e->a = STR("");
	if (kind == EVENT_OUTPUT)
		e->stream = get_stream(r);
	else
		e->a = field_get(r);
	e->b = field_get(r);
	return !r->bad;
}

void
outcome_pack(struct buf *b, const struct rh_outcome *o)
{
	field_add_u32(b, o->kind);
	field_add_u32(b, (uint32_t)o->exit_code);
	field_add_u32(b, o->retryable);
	add_text(b, o->output);
	add_text(b, o->error);
	add_text(b, o->metadata);
}

rh_status
outcome_unpack(struct str body, struct rh_outcome *o, struct err *err)
{
	struct field_reader r;

	memset(o, 0, sizeof *o);
	o->size = sizeof *o;
	field_begin(&r, body.p, body.len);
	o->kind = field_get_u32(&r);
	o->exit_code = (int32_t)field_get_u32(&r);
	o->retryable = field_get_u32(&r);
	o->output = get_text(&r);
	o->error = get_text(&r);
	o->metadata = get_text(&r);
	if (!field_end(&r))
		return err_set(err, RH_EPROTO,
		    "outcome of %zu bytes with broken fields", body.len);
	return RH_OK;
}

void
reply_pack(struct buf *b, rh_status status, const void *p, size_t len)
{
	field_add_raw_u32(b, (uint32_t)status);
	if (len > 0)
		buf_add(b, p, len);
}

rh_status
reply_unpack(struct str body, rh_status *status, struct str *reply,
    struct err *err)
{
	struct field_reader r;

	field_begin(&r, body.p, body.len);
	*status = (rh_status)field_raw_u32(&r);
	if (r.bad)
		return err_set(err, RH_EPROTO, "reply without a status");
	*reply = (struct str){ r.p, r.left };
	return RH_OK;
}

void
log_pack(struct buf *b, uint8_t level, struct str text)
{
	field_add_raw_u8(b, level);
	if (text.len > 0)
		buf_add(b, text.p, text.len);
}

rh_status
log_unpack(struct str body, uint8_t *level, struct str *text, struct err *err)
{
	struct field_reader r;

	field_begin(&r, body.p, body.len);
	*level = field_raw_u8(&r);
	if (r.bad)
		return err_set(err, RH_EPROTO, "log line without a level");
	*text = (struct str){ r.p, r.left };
	return RH_OK;
}
