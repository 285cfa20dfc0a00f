/*
 * The JSON writer: commas, colons and escapes.  A bit per level says
 * whether a comma is due, another whether the level is an object.
 */
#include "base/clock.h"
#include "json/number.h"
#include "json/text.h"
#include "json/write.h"

#include <assert.h>
#include <math.h>

#define MAX_DEPTH	63	/* bit 0 is the top value */

static inline uint64_t
bit(const struct json_out *o)
{
	return UINT64_C(1) << o->depth;
}

static void
comma(struct json_out *o)
{
	if (o->comma & bit(o))
		buf_addc(o->buf, ',');
	o->comma |= bit(o);
}

/* Goes before every value: one at the top, in objects only after a name. */
static void
value(struct json_out *o)
{
	if (o->object & bit(o)) {
		assert(o->named);
		o->named = false;
		return;
	}
	assert(o->depth > 0 || !(o->comma & 1));
	comma(o);
}

static void
begin(struct json_out *o, char c, bool object)
{
	value(o);
	buf_addc(o->buf, c);
	assert(o->depth < MAX_DEPTH);
	o->depth++;
	o->comma &= ~bit(o);
	o->object &= ~bit(o);
	if (object)
		o->object |= bit(o);
}

static void
end(struct json_out *o, char c, bool object)
{
	assert(o->depth > 0 && !o->named);
	assert(!!(o->object & bit(o)) == object);
	o->depth--;
	buf_addc(o->buf, c);
}

void
jw_init(struct json_out *o, struct buf *buf)
{
	*o = (struct json_out){ .buf = buf };
}

void
jw_object(struct json_out *o)
{
	begin(o, '{', true);
}

void
jw_array(struct json_out *o)
{
	begin(o, '[', false);
}

void
jw_end_object(struct json_out *o)
{
	end(o, '}', true);
}

void
jw_end_array(struct json_out *o)
{
	end(o, ']', false);
}

void
jw_name(struct json_out *o, const char *name)
{
	jw_name_str(o, str_of(name));
}

void
jw_name_str(struct json_out *o, struct str name)
{
	assert((o->object & bit(o)) && !o->named);
	comma(o);
	jt_escape(o->buf, name);
	buf_addc(o->buf, ':');
	o->named = true;
}

void
jw_str(struct json_out *o, struct str s)
{
	value(o);
	jt_escape(o->buf, s);
}

void
jw_text(struct json_out *o, const char *s)
{
	if (s == NULL)
		jw_null(o);
	else
		jw_str(o, str_of(s));
}

void
jw_i64(struct json_out *o, int64_t v)
{
	char text[20], *p = text + sizeof text;	/* as long as INT64_MIN */
	uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;

	value(o);
	do
		*--p = (char)('0' + left % 10);
	while ((left /= 10) != 0);
	if (v < 0)
		*--p = '-';
	buf_add(o->buf, p, (size_t)(text + sizeof text - p));
}

void
jw_double(struct json_out *o, double v)
{
	char text[JSON_NUMBER_LEN];

	value(o);
	buf_adds(o->buf, isfinite(v) ? json_number_format(v, text) : "null");
}

void
jw_bool(struct json_out *o, bool v)
{
	value(o);
	buf_adds(o->buf, v ? "true" : "false");
}

void
jw_null(struct json_out *o)
{
	value(o);
	buf_adds(o->buf, "null");
}

void
jw_raw(struct json_out *o, struct str json)
{
	size_t from;

	value(o);
	if (json.len == 0)
		json = STR("null");
	from = o->buf->len;
	buf_add(o->buf, json.p, json.len);
	/* Line ends are blanks here: inside strings there are none. */
	for (; from < o->buf->len; from++)
		if (o->buf->p[from] == '\n' || o->buf->p[from] == '\r')
			o->buf->p[from] = ' ';
}

void
jw_m_str(struct json_out *o, const char *name, struct str v)
{
	jw_name(o, name);
	jw_str(o, v);
}

void
jw_m_text(struct json_out *o, const char *name, const char *v)
{
	jw_name(o, name);
	jw_text(o, v);
}

void
jw_m_i64(struct json_out *o, const char *name, int64_t v)
{
	jw_name(o, name);
	jw_i64(o, v);
}

void
jw_m_bool(struct json_out *o, const char *name, bool v)
{
	jw_name(o, name);
	jw_bool(o, v);
}

void
jw_m_null(struct json_out *o, const char *name)
{
	jw_name(o, name);
	jw_null(o);
}

void
jw_m_raw(struct json_out *o, const char *name, struct str json)
{
	jw_name(o, name);
	jw_raw(o, json);
}

void
jw_m_time(struct json_out *o, const char *name, int64_t wall_us)
{
	char text[CLOCK_ISO_LEN];

	jw_m_text(o, name, wall_us == 0 ? NULL : clock_iso(wall_us, text));
}
