/*
 * Requests and their answers.
 */
#include "agent/wire.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const struct json_limits reply_limits = {
	.size = WIRE_REPLY_MAX, .tokens = 4000000, .string = WIRE_REPLY_MAX,
	.members = 10000,
};

static rh_status
refusal(struct wire_reply *r, struct err *err)
{
	const char *error = wire_text(r, 0, "error");
	const char *hint = wire_text(r, 0, "hint");
	rh_status rc = err_status_of(wire_text(r, 0, "reason_code"),
	    r->raw.status);

	if (error == NULL)
		return err_set(err, rc, "HTTP status %d, and not an answer of "
		    "runhost", r->raw.status);
	err_set(err, rc, "%s", error);
	return hint != NULL ? err_hint(err, "%s", hint) : rc;
}

rh_status
wire_call(struct httpc *http, const char *action, const struct buf *body,
    const struct httpc_sink *sink, struct wire_reply *r, struct err *err)
{
	char *path = mem_printf("/api/actions/%s", action);
	const struct httpc_request rq = {
		.method = "POST", .path = path, .body = body->p,
		.body_len = body->len,
	};
	struct buf *got = sink != NULL ? sink->arg : NULL;
	rh_status rc;

	memset(r, 0, sizeof *r);
	rc = httpc_stream(http, &rq, sink, &r->raw, err);
	free(path);
	if (rc != RH_OK)
		return rc;
	/* A sink has the body of a 200 only. */
	if (got != NULL && r->raw.status == 200) {
		buf_fini(&r->raw.body);
		r->raw.body = *got;
		memset(got, 0, sizeof *got);
	}
	rc = json_parse(&r->arena, r->raw.body.p != NULL ? r->raw.body.p : "",
	    r->raw.body.len, &reply_limits, &r->doc, err);
	if (r->raw.status < 200 || r->raw.status > 299)
		return refusal(r, err);
	if (rc != RH_OK)
		return err->status = RH_EPROTO;
	return RH_OK;
}

void
wire_free(struct wire_reply *r)
{
	buf_fini(&r->raw.body);
	arena_fini(&r->arena);
	memset(r, 0, sizeof *r);
}

bool
wire_is_passing(rh_status rc)
{
	static const rh_status passing[] = {
		RH_EUNAVAIL, RH_EDEADLINE, RH_EBUSY, RH_ERATE, RH_EFULL,
		RH_EUNKNOWN, RH_EIO, RH_EINTERNAL, RH_EPROTO, RH_ELATE,
		RH_ECANCELED,
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(passing); i++)
		if (rc == passing[i])
			return true;
	return false;
}

bool
wire_is_lost(rh_status rc)
{
	return rc == RH_ESTALE || rc == RH_EPERM || rc == RH_ENOENT ||
	    rc == RH_EAUTH || rc == RH_ESTATE;
}

const char *
wire_text(struct wire_reply *r, int node, const char *name)
{
	struct str s;

	return json_str(&r->doc, json_member(&r->doc, node, name), &r->arena,
	    &s) ? s.p : NULL;
}

int64_t
wire_i64(struct wire_reply *r, int node, const char *name, int64_t absent)
{
	int64_t n;

	return json_i64(&r->doc, json_member(&r->doc, node, name), &n) ? n :
	    absent;
}

bool
wire_bool(struct wire_reply *r, int node, const char *name)
{
	bool yes;

	return json_bool(&r->doc, json_member(&r->doc, node, name), &yes) &&
	    yes;
}
