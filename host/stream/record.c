/*
 * Records and frames.  A payload is copied as it was stored; it is parsed
 * only when it may name a phase, actor or span itself.
 */
#include "stream/record.h"

#include "base/arena.h"
#include "json/read.h"

#include <inttypes.h>
#include <string.h>

struct origin {
	const char *phase, *actor, *span, *parent;
};

static const char *const host_types[] = { "host.", "admin.", "run.", NULL };

static const char *
default_actor(const char *type)
{
	size_t i;

	for (i = 0; host_types[i] != NULL; i++)
		if (strncmp(type, host_types[i], strlen(host_types[i])) == 0)
			return "host";
	return "runner";
}

static void
origin_member(const struct json_doc *doc, const char *name,
    struct arena *arena, const char **out)
{
	struct str s;

	if (json_str(doc, json_member(doc, 0, name), arena, &s))
		*out = s.p;
}

static void
origin_read(const char *data, struct arena *arena, struct origin *o)
{
	struct json_doc doc;
	const char *actor;

	if (strstr(data, "\"phase\"") == NULL &&
	    strstr(data, "\"actor\"") == NULL &&
	    strstr(data, "span_id\"") == NULL)
		return;
	if (json_parse(arena, data, strlen(data), &json_limits_default, &doc,
	    NULL) != RH_OK)
		return;
	origin_member(&doc, "phase", arena, &o->phase);
	actor = o->actor;
	origin_member(&doc, "actor", arena, &o->actor);
	if (strcmp(o->actor, "host") == 0)
		o->actor = actor;	/* nobody else is that */
	origin_member(&doc, "span_id", arena, &o->span);
	origin_member(&doc, "parent_span_id", arena, &o->parent);
}

void
event_record(struct json_out *out, const char *run_id,
    const struct event_row *ev)
{
	struct origin o = { NULL, default_actor(ev->type), "main", NULL };
	struct arena arena = { 0 };

	origin_read(ev->data, &arena, &o);
	jw_object(out);
	jw_m_i64(out, "event_id", ev->seq);
	jw_m_text(out, "run_id", run_id);
	jw_m_text(out, "event_type", ev->type);
	jw_m_text(out, "phase", o.phase);
	jw_m_text(out, "actor", o.actor);
	jw_m_text(out, "span_id", o.span);
	jw_m_text(out, "parent_span_id", o.parent);
	jw_m_i64(out, "seq", ev->seq);
	jw_m_raw(out, "payload", str_of(ev->data));
	jw_m_time(out, "created_at", ev->at_us);
	jw_end_object(out);
	arena_fini(&arena);
}

/* A line end would begin another field of the frame. */
static void
flatten(char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (p[i] == '\n' || p[i] == '\r')
			p[i] = ' ';
}

void
event_frame(struct buf *buf, const char *run_id, const struct event_row *ev)
{
	struct json_out out;
	size_t from;

	buf_printf(buf, "id: %" PRId64 "\nevent: ", ev->seq);
	from = buf->len;
	buf_adds(buf, ev->type);
	flatten(buf->p + from, buf->len - from);
	buf_adds(buf, "\ndata: ");
	jw_init(&out, buf);
	event_record(&out, run_id, ev);		/* one line */
	buf_adds(buf, "\n\n");
}

void
error_record(struct buf *buf, const struct err *err)
{
	struct json_out out;

	jw_init(&out, buf);
	jw_object(&out);
	jw_m_bool(&out, "ok", false);
	jw_m_null(&out, "data");
	jw_m_text(&out, "error", err->msg);
	jw_m_text(&out, "hint", err->hint[0] != '\0' ? err->hint : NULL);
	jw_m_text(&out, "reason_code", err_reason(err->status)->code);
	jw_end_object(&out);
}

void
error_frame(struct buf *buf, const struct err *err)
{
	buf_adds(buf, "event: error\ndata: ");
	error_record(buf, err);
	buf_adds(buf, "\n\n");
}

void
end_frame(struct buf *buf, const char *run_id, enum run_state state,
    int64_t last_seq)
{
	struct json_out out;

	buf_adds(buf, "event: end\ndata: ");
	jw_init(&out, buf);
	jw_object(&out);
	jw_m_text(&out, "run_id", run_id);
	jw_m_text(&out, "status", run_state_native(state));
	jw_m_i64(&out, "last_seq", last_seq);
	jw_end_object(&out);
	buf_adds(buf, "\n\n");
}
