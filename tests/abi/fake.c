/*
 * The table's functions take a handle only, so the one fake that lives
 * stands in a static variable.
 */
#include "fake.h"

#include <assert.h>
#include <string.h>

#define HANDLE		UINT64_C(0x100000007)
#define OUTPUT_MAX	(1024 * 1024)

static struct fake *fake;

struct rh_text
fake_text(const char *s)
{
	return (struct rh_text){ s, strlen(s) };
}

static void
set(struct buf *b, struct rh_text t)
{
	buf_clear(b);
	buf_adds(b, "");
	buf_add(b, t.p, t.len);
}

static void
add(struct buf *b, const char *p, uint64_t len)
{
	buf_add(b, len > 0 ? p : "-", len > 0 ? len : 1);
}

static rh_status
progress(uint64_t handle, const char *stage, uint64_t stage_len,
    int32_t percent, const char *message, uint64_t message_len)
{
	assert(handle == HANDLE && !fake->finished);
	buf_adds(&fake->reports, "progress ");
	add(&fake->reports, stage, stage_len);
	buf_printf(&fake->reports, " %d ", percent);
	add(&fake->reports, message, message_len);
	buf_addc(&fake->reports, '\n');
	return RH_OK;
}

static rh_status
event(uint64_t handle, const char *type, uint64_t type_len, const char *data,
    uint64_t data_len)
{
	assert(handle == HANDLE && !fake->finished);
	buf_adds(&fake->reports, "event ");
	add(&fake->reports, type, type_len);
	buf_addc(&fake->reports, '\n');
	add(&fake->pieces, data, data_len);
	buf_addc(&fake->pieces, '\n');
	return data_len > 32 * 1024 ? RH_ETOOBIG : RH_OK;
}

static rh_status
output(uint64_t handle, uint32_t stream, const char *p, uint64_t len)
{
	assert(handle == HANDLE && !fake->finished);
	assert(stream == RH_STDOUT || stream == RH_STDERR);
	fake->output_bytes += len;
	if (len < 100) {
		buf_printf(&fake->reports, "output %u ", stream);
		add(&fake->reports, p, len);
	}
	return RH_OK;
}

static rh_status
checkpoint(uint64_t handle, const char *name, uint64_t name_len,
    const char *p, uint64_t len)
{
	assert(handle == HANDLE && !fake->finished);
	buf_adds(&fake->reports, "checkpoint ");
	add(&fake->reports, name, name_len);
	buf_addc(&fake->reports, ' ');
	add(&fake->reports, p, len);
	buf_addc(&fake->reports, '\n');
	return RH_OK;
}

static uint32_t
cancelled(uint64_t handle)
{
	assert(handle == HANDLE);
	return fake->stop_at > 0 && fake->waits >= fake->stop_at;
}

static rh_status
wait_ms(uint64_t handle, int64_t ms)
{
	assert(handle == HANDLE && !fake->finished && ms >= 0);
	if (ms > 0)
		fake->waits++;
	if (cancelled(handle))
		return fake->stop;
	fake->waited_ms += ms;
	return RH_OK;
}

static rh_status
log_text(uint64_t handle, uint32_t level, const char *p, uint64_t len)
{
	assert(handle == HANDLE && !fake->finished);
	buf_printf(&fake->reports, "log %u ", level);
	add(&fake->reports, p, len);
	buf_addc(&fake->reports, '\n');
	return RH_OK;
}

static rh_status
finish(uint64_t handle, const struct rh_outcome *o)
{
	assert(handle == HANDLE && RH_HAS(o, retryable));
	if (fake->finished)
		return RH_ESTALE;
	if (o->output.len > OUTPUT_MAX)
		return RH_ETOOBIG;
	fake->finished = true;
	fake->kind = o->kind;
	fake->exit_code = o->exit_code;
	fake->retryable = o->retryable;
	set(&fake->output, o->output);
	set(&fake->error, o->error);
	set(&fake->metadata, o->metadata);
	return RH_OK;
}

static rh_status
flush(uint64_t handle)
{
	assert(handle == HANDLE && !fake->finished);
	return RH_OK;
}

static const void *
extension(const char *id)
{
	(void)id;
	return NULL;
}

void
fake_init(struct fake *f)
{
	memset(f, 0, sizeof *f);
	f->host = (struct rh_host){
		.size = sizeof f->host, .version = RH_SDK_VERSION,
		.progress = progress, .event = event, .output = output,
		.checkpoint = checkpoint, .flush = flush,
		.cancelled = cancelled,
		.wait = wait_ms, .log = log_text, .finish = finish,
		.extension = extension,
	};
	f->inv = (struct rh_invocation){
		.size = sizeof f->inv, .kind = RH_INVOKE_RUN,
		.handle = HANDLE, .attempt = 1, .reason = RH_ATTEMPT_FIRST,
		.args = fake_text("[]"), .flags = fake_text("{}"),
		.input = fake_text("null"), .metadata = fake_text("{}"),
		.config = fake_text("{}"),
	};
	buf_adds(&f->reports, "");
	buf_adds(&f->pieces, "");
	fake = f;
}

void
fake_fini(struct fake *f)
{
	buf_fini(&f->reports);
	buf_fini(&f->pieces);
	buf_fini(&f->output);
	buf_fini(&f->error);
	buf_fini(&f->metadata);
	fake = NULL;
}
