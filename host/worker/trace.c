/*
 * The traced host table.  A worker has one plugin, so one channel is told of
 * everything, also of calls whose handle belongs to nothing.
 */
#include "worker/trace.h"

#include "worker/channel.h"
#include "worker/live.h"
#include "worker/serve.h"
#include "worker/table.h"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define FILES_MAX	4096	/* descriptors that are looked at */

/* There in a binary that was built with a sanitizer, which has the heap. */
extern size_t __sanitizer_get_current_allocated_bytes(void)
	    __attribute__((weak));

static struct channel *told;

const char *const trace_call_names[TRACE_CALL_COUNT] = {
	[TRACE_NO_CALL] = "none",
	[TRACE_PROGRESS] = "host->progress",
	[TRACE_EVENT] = "host->event",
	[TRACE_OUTPUT] = "host->output",
	[TRACE_CHECKPOINT] = "host->checkpoint",
	[TRACE_FLUSH] = "host->flush",
	[TRACE_STATE_GET] = "host->state_get",
	[TRACE_STATE_SET] = "host->state_set",
	[TRACE_CALL] = "host->call",
	[TRACE_WAIT] = "host->wait",
	[TRACE_LOG] = "host->log",
	[TRACE_FINISH] = "host->finish",
};

void
trace_pack(struct buf *b, const struct trace_record *t)
{
	field_add_raw_u8(b, t->kind);
	field_add_raw_u8(b, t->call);
	field_add_raw_u64(b, t->handle);
	field_add_raw_u32(b, (uint32_t)t->status);
	field_add_raw_u64(b, t->heap_bytes);
	field_add_raw_u64(b, t->peak_bytes);
	field_add_raw_u32(b, t->files);
	field_add(b, t->text.p, t->text.len);
}

rh_status
trace_unpack(struct str body, struct trace_record *t, struct err *err)
{
	struct field_reader r;

	field_begin(&r, body.p, body.len);
	t->kind = field_raw_u8(&r);
	t->call = field_raw_u8(&r);
	t->handle = field_raw_u64(&r);
	t->status = (int32_t)field_raw_u32(&r);
	t->heap_bytes = field_raw_u64(&r);
	t->peak_bytes = field_raw_u64(&r);
	t->files = field_raw_u32(&r);
	t->text = field_get(&r);
	if (!field_end(&r) || t->kind == TRACE_UNSET ||
	    t->kind >= TRACE_KINDS || t->call >= TRACE_CALL_COUNT)
		return err_set(err, RH_EPROTO, "TRACE of another form");
	return RH_OK;
}

void
trace_begin(struct channel *chan)
{
	told = chan;
}

/* The plugin may cancel its thread, but not while this one sends. */
static void
tell(const struct trace_record *t)
{
	struct buf b = { 0 };
	int cancel;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	trace_pack(&b, t);
	channel_send(told, FRAME_TRACE, 0, 0, b.p, b.len);
	buf_fini(&b);
	pthread_setcancelstate(cancel, NULL);
}

static void
begins(enum trace_call call, uint64_t handle)
{
	tell(&(struct trace_record){ .kind = TRACE_CALLS,
	    .call = (uint8_t)call, .handle = handle, .text = STR("") });
}

/* Why an invocation's last report was refused. */
static void
reason(uint64_t handle, char out[200])
{
	struct invocation *v = live_get(handle);

	out[0] = '\0';
	if (v == NULL)
		return;
	pthread_mutex_lock(&v->inst->lock);
	snprintf(out, 200, "%s", v->refusal);
	pthread_mutex_unlock(&v->inst->lock);
	invocation_unref(v);
}

static rh_status
ends(enum trace_call call, uint64_t handle, rh_status rc)
{
	struct trace_record t = { .kind = TRACE_ANSWERED,
		.call = (uint8_t)call, .handle = handle, .status = rc };
	char why[200] = "";

	if (rc == RH_EINPUT || rc == RH_ETOOBIG || rc == RH_ENOSYS)
		reason(handle, why);
	t.text = str_of(why);
	tell(&t);
	return rc;
}

static uint32_t
count_files(void)
{
	struct rlimit max;
	uint32_t n = 0;
	int fd, end = FILES_MAX;

	if (getrlimit(RLIMIT_NOFILE, &max) == 0 && max.rlim_cur < FILES_MAX)
		end = (int)max.rlim_cur;
	for (fd = 0; fd < end; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static uint64_t
count_heap(void)
{
	struct mallinfo2 heap;

	if (__sanitizer_get_current_allocated_bytes != NULL)
		return __sanitizer_get_current_allocated_bytes();
	heap = mallinfo2();
	return heap.uordblks + heap.hblkhd;
}

void
trace_returned(uint64_t handle)
{
	struct rusage usage = { 0 };

	getrusage(RUSAGE_SELF, &usage);
	tell(&(struct trace_record){ .kind = TRACE_RETURNED,
	    .handle = handle, .text = STR(""),
	    .heap_bytes = count_heap(),
	    .peak_bytes = (uint64_t)usage.ru_maxrss * 1024,
	    .files = count_files() });
}

/* A function of the table by the one of table_host, between two tales. */
#define TRACED(which, function, params, args)				\
	static rh_status						\
	traced_##function params					\
	{								\
		begins(which, handle);					\
		return ends(which, handle, table_host.function args);	\
	}

TRACED(TRACE_PROGRESS, progress, (uint64_t handle, const char *stage,
    uint64_t stage_len, int32_t percent, const char *message,
    uint64_t message_len), (handle, stage, stage_len, percent, message,
    message_len))
TRACED(TRACE_EVENT, event, (uint64_t handle, const char *type,
    uint64_t type_len, const char *data, uint64_t data_len),
    (handle, type, type_len, data, data_len))
TRACED(TRACE_OUTPUT, output, (uint64_t handle, uint32_t stream,
    const char *p, uint64_t len), (handle, stream, p, len))
TRACED(TRACE_CHECKPOINT, checkpoint, (uint64_t handle, const char *name,
    uint64_t name_len, const char *p, uint64_t len),
    (handle, name, name_len, p, len))
TRACED(TRACE_FLUSH, flush, (uint64_t handle), (handle))
TRACED(TRACE_STATE_GET, state_get, (uint64_t handle, const char *scope,
    uint64_t scope_len, const char *key, uint64_t key_len, rh_sink sink,
    void *ctx), (handle, scope, scope_len, key, key_len, sink, ctx))
TRACED(TRACE_STATE_SET, state_set, (uint64_t handle, const char *scope,
    uint64_t scope_len, const char *key, uint64_t key_len,
    const char *value, uint64_t value_len),
    (handle, scope, scope_len, key, key_len, value, value_len))
TRACED(TRACE_CALL, call, (uint64_t handle, const char *action,
    uint64_t action_len, const char *args, uint64_t args_len, rh_sink sink,
    void *ctx), (handle, action, action_len, args, args_len, sink, ctx))
TRACED(TRACE_WAIT, wait, (uint64_t handle, int64_t ms), (handle, ms))
TRACED(TRACE_LOG, log, (uint64_t handle, uint32_t level, const char *p,
    uint64_t len), (handle, level, p, len))
TRACED(TRACE_FINISH, finish, (uint64_t handle, const struct rh_outcome *o),
    (handle, o))

/* Not told: a plugin that computes may ask as often as it likes. */
static uint32_t
traced_cancelled(uint64_t handle)
{
	return table_host.cancelled(handle);
}

static uint32_t
traced_supports(uint32_t kind)
{
	return table_host.supports(kind);
}

static const void *
traced_extension(const char *id)
{
	return table_host.extension(id);
}

const struct rh_host trace_host = {
	.size = sizeof(struct rh_host),
	.version = RH_SDK_VERSION,
	.progress = traced_progress,
	.event = traced_event,
	.output = traced_output,
	.checkpoint = traced_checkpoint,
	.flush = traced_flush,
	.state_get = traced_state_get,
	.state_set = traced_state_set,
	.call = traced_call,
	.cancelled = traced_cancelled,
	.wait = traced_wait,
	.log = traced_log,
	.finish = traced_finish,
	.supports = traced_supports,
	.extension = traced_extension,
};
