/*
 * What is asked is judged here first, so that the plugin hears of its own
 * mistakes without the host.
 */
#include "worker/ext_ask.h"

#include "base/buf.h"
#include "worker/live.h"
#include "worker/report.h"
#include "worker/speak.h"
#include "worker/table_part.h"

#include <string.h>

/* It was never asked: the same counts as for a report, and the sink hears. */
static rh_status
refuse(struct invocation *v, const struct err *why, rh_sink sink, void *ctx)
{
	if (sink != NULL)
		sink(ctx, why->msg, strlen(why->msg));
	return table_refuse(v, why);
}

static rh_status
request_socket(struct invocation *v, struct str host, uint32_t port,
    int64_t timeout_ms, int32_t *fd, rh_sink why, void *ctx)
{
	struct buf body = { 0 };
	struct err err;
	rh_status rc;

	field_add(&body, host.p, host.len);
	field_add_u32(&body, port);
	field_add_u64(&body, (uint64_t)timeout_ms);
	rc = speak_request_fd(v, FRAME_CONNECT, &body, why, ctx, fd);
	buf_fini(&body);
	if (rc != RH_OK || *fd >= 0)
		return rc;
	/* The kernel dropped it. */
	err_set(&err, RH_EBUSY, "its process has no room for another "
	    "descriptor");
	return refuse(v, &err, why, ctx);
}

static rh_status
net_connect(uint64_t handle, const char *host, uint64_t host_len,
    uint32_t port, int64_t timeout_ms, int32_t *fd, rh_sink why, void *ctx)
{
	int cancel;
	struct invocation *v = table_enter(handle, &cancel);
	struct str name;
	struct err err;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (!table_text(host, host_len, &name) || fd == NULL)
		rc = table_refuse_text(v);
	else if (report_connect(name, port, timeout_ms, &err) != RH_OK)
		rc = refuse(v, &err, why, ctx);
	else
		rc = request_socket(v, name, port, timeout_ms, fd, why, ctx);
	if (rc != RH_OK && fd != NULL)
		*fd = -1;
	table_leave(v, cancel);
	return rc;
}

static rh_status
request_secret(struct invocation *v, struct str name, rh_sink sink, void *ctx)
{
	struct buf body = { 0 };
	rh_status rc;

	field_add(&body, name.p, name.len);
	rc = speak_request_secret(v, FRAME_SECRET, &body, sink, ctx);
	buf_fini(&body);
	return rc;
}

static rh_status
secret_get(uint64_t handle, const char *name, uint64_t name_len,
    rh_sink sink, void *ctx)
{
	int cancel;
	struct invocation *v = table_enter(handle, &cancel);
	struct str text;
	struct err err;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (!table_text(name, name_len, &text))
		rc = table_refuse_text(v);
	else if (report_secret(text, &err) != RH_OK)
		rc = refuse(v, &err, sink, ctx);
	else
		rc = request_secret(v, text, sink, ctx);
	table_leave(v, cancel);
	return rc;
}

const struct rh_net ext_net = {
	.size = sizeof(struct rh_net), .connect = net_connect,
};
const struct rh_secrets ext_secrets = {
	.size = sizeof(struct rh_secrets), .get = secret_get,
};
