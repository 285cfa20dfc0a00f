/*
 * What doors ask of a request.
 */
#include "http/request.h"

#include "action/action.h"

#include <microhttpd.h>
#include <string.h>

static const char *
lookup(const struct request *r, enum MHD_ValueKind kind, const char *name)
{
	const char *value = NULL;
	size_t len;

	if (MHD_lookup_connection_value_n(r->mhd, kind, name, strlen(name),
	    &value, &len) != MHD_YES)
		return NULL;
	return value != NULL ? value : "";
}

const char *
request_header(const struct request *r, const char *name)
{
	return lookup(r, MHD_HEADER_KIND, name);
}

const char *
request_query(const struct request *r, const char *name)
{
	return lookup(r, MHD_GET_ARGUMENT_KIND, name);
}

struct only {
	const char *const *names;
	const char *unknown;
};

static enum MHD_Result
only_check(void *cls, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
	struct only *only = cls;
	size_t i;

	(void)kind;
	(void)value;
	for (i = 0; only->names[i] != NULL; i++)
		if (strcmp(only->names[i], name) == 0)
			return MHD_YES;
	only->unknown = name;
	return MHD_NO;
}

rh_status
request_only(const struct request *r, const char *const names[],
    struct err *err)
{
	struct only only = { names, NULL };

	MHD_get_connection_values(r->mhd, MHD_GET_ARGUMENT_KIND, only_check,
	    &only);
	if (only.unknown == NULL)
		return RH_OK;
	return err_set(err, RH_EINPUT, "unknown query parameter \"%.64s\"",
	    only.unknown);
}

rh_status
request_i64(const struct request *r, const char *name, int64_t min,
    int64_t max, int64_t *out, struct err *err)
{
	const char *text = request_query(r, name);

	if (text == NULL || str_i64(str_of(text), min, max, out))
		return RH_OK;
	return err_set(err, RH_EINPUT, "%s: \"%.64s\" is not an integer "
	    "within %lld and %lld", name, text, (long long)min,
	    (long long)max);
}

rh_status
request_bool(const struct request *r, const char *name, bool *out,
    struct err *err)
{
	const char *text = request_query(r, name);

	if (text == NULL)
		return RH_OK;
	*out = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
	if (*out || strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
		return RH_OK;
	return err_set(err, RH_EINPUT, "%s: \"%.64s\" is neither true nor "
	    "false", name, text);
}

struct call *
request_call(struct request *r, const char *action, struct buf *body,
    const struct err *refused)
{
	struct call *call;

	if (body->len == 0)
		buf_adds(body, "{}");
	call = call_open(action, &r->caller, body->p, body->len);
	buf_fini(body);
	if (refused != NULL && refused->status != RH_OK) {
		call->action = action_find(str_of(action));
		call->prepared = true;
		call->refusal = refused->status;
		call->refusal_msg = arena_strdup(&call->arena, refused->msg);
		call->refusal_hint = arena_strdup(&call->arena, refused->hint);
	}
	return call;
}

void
request_key(struct request *r, struct call *call)
{
	const char *key = request_header(r, "Idempotency-Key");

	if (key != NULL)
		call->key = arena_strdup(&call->arena, key);
}
