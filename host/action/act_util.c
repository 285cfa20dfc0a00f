/*
 * What the actions' functions share: fields of the body, texts for the
 * audit row, replies.
 */
#include "action/act.h"

#include "store/store_owner.h"

#include <stdio.h>

const char *
call_text(struct call *c, const char *field)
{
	struct str s;

	if (!json_str(&c->in, json_member(&c->in, 0, field), &c->arena, &s))
		return NULL;
	return s.p;
}

rh_status
body_run_id(const struct call *c, struct id *id, const char **text,
    struct err *err)
{
	struct call *own = (struct call *)c;	/* its arena is its own */
	const char *s = call_text(own, "target_run_id");

	if (s == NULL)
		s = call_text(own, "run_id");
	if (s == NULL)
		return err_set(err, RH_EINPUT, "body: field \"run_id\" is "
		    "missing");
	*text = s;
	if (id_parse(str_of(s), id)) {
		/* However it was spelled: the log knows one spelling. */
		*text = id_run(id, arena_alloc(&own->arena, ID_RUN_LEN));
		return RH_OK;
	}
	/* No such id can exist: the same answer as for one that doesn't. */
	memset(id, 0, sizeof *id);
	return RH_OK;
}

void
act_target(struct act *a, struct call *c, const char *text)
{
	a->target = text != NULL ? arena_strdup(&c->arena, text) : NULL;
}

void
act_detail(struct act *a, struct call *c, struct buf *take)
{
	a->detail = arena_strndup(&c->arena, take->p, take->len);
	buf_fini(take);
}

void
act_reply(struct call *c, struct buf *take)
{
	c->result = arena_strndup(&c->arena, take->p, take->len);
	buf_fini(take);
}

void
act_reply_render(const struct call *c, struct buf *b)
{
	buf_adds(b, c->result != NULL ? c->result : "{}");
}

void
write_epoch(struct json_out *j, const char *name, int64_t us)
{
	if (us == 0)
		jw_m_null(j, name);
	else
		jw_m_i64(j, name, us / US_PER_S);
}

rh_status
take_cursor(struct call *c, const char *name, int64_t *out, struct err *err)
{
	int node = json_member(&c->in, 0, name);
	struct str s;

	*out = 0;
	if (node < 0 || json_type(&c->in, node) == JSON_NULL)
		return RH_OK;
	if (json_type(&c->in, node) == JSON_NUMBER ?
	    json_i64(&c->in, node, out) && *out >= 0 :
	    json_str(&c->in, node, &c->arena, &s) &&
	    str_i64(s, 0, INT64_MAX, out))
		return RH_OK;
	return err_set(err, RH_EINPUT, "body.%s: must be a whole number in "
	    "decimal, from 0 on", name);
}

int64_t
take_seconds(const struct call *c, const char *name, int64_t usual)
{
	double v = (double)usual;

	json_double(&c->in, json_member(&c->in, 0, name), &v);
	return v < -1e15 ? INT64_C(-1000000000000000) :
	    v > 1e15 ? INT64_C(1000000000000000) : (int64_t)v;
}

size_t
take_limit(const struct call *c, const char *name, size_t usual, size_t most)
{
	int64_t v = (int64_t)usual;

	json_i64(&c->in, json_member(&c->in, 0, name), &v);
	return v < 1 ? 1 : v > (int64_t)most ? most : (size_t)v;
}

void
write_cursor(struct json_out *j, const char *name, int64_t v)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)v);
	jw_m_text(j, name, v != 0 ? text : NULL);
}
