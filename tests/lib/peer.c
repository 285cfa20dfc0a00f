/*
 * What a scheduler does with one worker, without a scheduler.
 */
#include "lib/peer.h"

#include "lib/unit.h"
#include "base/clock.h"
#include "worker/invoke.h"
#include "worker/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS	30000
#define MEMORY		(INT64_C(512) * 1024 * 1024)
/*
 * dlopen() knows an object by its name; a number that nobody else uses, and
 * that is used for one object only, keeps the names apart.
 */
#define INPROC_FD	500

int
peer_memfd(const char *plugin)
{
	const char *dir = getenv("TOP_BUILDDIR");
	char path[512];
	struct stat st;
	int from, to;

	snprintf(path, sizeof path, "%s/.libs/test_%s.so",
	    dir != NULL ? dir : ".", plugin);
	from = open(path, O_RDONLY | O_CLOEXEC);
	to = memfd_create(plugin, MFD_CLOEXEC);
	if (!unit_check(from >= 0 && to >= 0 && fstat(from, &st) == 0 &&
	    sendfile(to, from, NULL, (size_t)st.st_size) == st.st_size,
	    __FILE__, __LINE__, "%s: %s", path, strerror(errno)))
		return -1;
	close(from);
	return to;
}

bool
peer_confined(struct peer *p)
{
	struct err err;

	return peer_expect(p, FRAME_CONFINED) && CHECK_OK(confined_unpack(
	    p->body, &p->confined, &err), &err);
}

bool
peer_open_as(struct peer *p, const char *plugin,
    const struct worker_profile *profile)
{
	struct worker_spec spec = {
		.memfd = peer_memfd(plugin), .path = plugin,
		.profile = *profile,
	};
	struct err err;
	bool is_open;

	memset(p, 0, sizeof *p);
	p->proc.pidfd = p->proc.out = p->proc.err = p->proc.status = -1;
	p->proc.seen = -1;
	p->spawner = spawner_start(&err);
	is_open = CHECK_OK(p->spawner != NULL ? RH_OK : err.status, &err) &&
	    CHECK_OK(spawner_spawn(p->spawner, &spec, &p->proc, &err), &err);
	close(spec.memfd);
	if (!is_open)
		return false;
	p->chan = channel_new(p->proc.sock, false);
	return peer_confined(p);
}

static bool
open_inproc(struct peer *p, const char *plugin)
{
	int memfd = INPROC_FD;
	struct err err;

	if (fcntl(INPROC_FD, F_GETFD) < 0) {
		memfd = peer_memfd(plugin);
		CHECK_INT(dup3(memfd, INPROC_FD, O_CLOEXEC), INPROC_FD);
		close(memfd);
	}
	p->inproc = inproc_start(INPROC_FD, plugin, &p->chan, &err);
	return CHECK_OK(p->inproc != NULL ? RH_OK : err.status, &err);
}

bool
peer_open(struct peer *p, const char *plugin, enum peer_kind kind)
{
	const char *env[] = { "GIVEN=1" };
	const struct worker_profile profile = {
		.memory_bytes = MEMORY, .env = env, .env_count = 1,
		.traced = kind == PEER_TRACED,
	};

	if (kind != PEER_INPROC)
		return peer_open_as(p, plugin, &profile);
	memset(p, 0, sizeof *p);
	p->proc.pidfd = p->proc.out = p->proc.err = p->proc.status = -1;
	p->proc.seen = -1;
	return open_inproc(p, plugin);
}

void
peer_close(struct peer *p)
{
	if (p->inproc != NULL)
		CHECK(inproc_stop(p->inproc, PATIENCE_MS));
	channel_free(p->chan);
	if (p->proc.pid > 0) {
		kill(p->proc.pid, SIGKILL);
		waitpid(p->proc.pid, NULL, 0);
	}
	if (p->proc.pidfd >= 0)
		close(p->proc.pidfd);
	if (p->proc.out >= 0)
		close(p->proc.out);
	if (p->proc.err >= 0)
		close(p->proc.err);
	if (p->proc.status >= 0)
		close(p->proc.status);
	if (p->proc.seen >= 0)
		close(p->proc.seen);
	spawner_stop(p->spawner);
	buf_fini(&p->text);
}

static bool
wait_readable(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, PATIENCE_MS) == 1;
}

bool
peer_next(struct peer *p)
{
	struct err err;
	int got;

	if (p->chan == NULL)
		return false;
	while ((got = channel_recv(p->chan, &p->head, &p->body, &err)) == 0)
		if (!CHECK(wait_readable(channel_fd(p->chan))))
			return false;
	return unit_check(got == 1, __FILE__, __LINE__, "no message: %s",
	    err.msg);
}

bool
peer_next_or_end(struct peer *p)
{
	struct err err;
	int got;

	while ((got = channel_recv(p->chan, &p->head, &p->body, &err)) == 0)
		if (!CHECK(wait_readable(channel_fd(p->chan))))
			return false;
	return got == 1;
}

bool
peer_expect(struct peer *p, enum frame_type type)
{
	return peer_next(p) && CHECK_STR(frame_rules[p->head.type].name,
	    frame_rules[type].name);
}

void
peer_send(struct peer *p, enum frame_type type, uint64_t handle)
{
	CHECK_INT(channel_send(p->chan, type, handle, 0, NULL, 0), RH_OK);
}

static struct rh_text
text(const char *s)
{
	return (struct rh_text){ s, strlen(s) };
}

void
peer_invoke(struct peer *p, uint64_t handle, const char *runner)
{
	struct rh_invocation inv = {
		.size = sizeof inv, .kind = strchr(runner, '.') != NULL ?
		    RH_INVOKE_ACTION : RH_INVOKE_RUN,
		.run_id = text("run_1"), .extension_id = text("probe"),
		.runner = text(runner), .raw_args = text("a b"),
		.args = text("[]"), .flags = text("{}"),
		.input = text("{\"n\":1}"), .metadata = text("{}"),
		.config = text("{}"), .attempt = 1,
		.reason = RH_ATTEMPT_FIRST,
	};
	struct buf b = { 0 };

	invoke_pack(&b, &inv);
	CHECK_INT(channel_send(p->chan, FRAME_INVOKE, handle, 0, b.p, b.len),
	    RH_OK);
	buf_fini(&b);
}

static void
write_events(struct peer *p)
{
	struct event_record e;
	struct field_reader r;

	events_begin(&r, p->body);
	while (events_next(&r, &e)) {
		if (e.kind == EVENT_PROGRESS)
			buf_printf(&p->text, "progress %d " STR_FMT " " STR_FMT
			    "\n", e.percent, STR_ARG(e.a), STR_ARG(e.b));
		else if (e.kind == EVENT_PLUGIN)
			buf_printf(&p->text, "event " STR_FMT " " STR_FMT "\n",
			    STR_ARG(e.a), STR_ARG(e.b));
		else
			buf_printf(&p->text, "%s " STR_FMT, e.stream ==
			    RH_STDOUT ? "stdout" : "stderr", STR_ARG(e.b));
		CHECK(e.after_us >= 0 && e.after_us < 60 * US_PER_S);
	}
	CHECK(field_end(&r));
}

static void
write_finish(struct peer *p)
{
	static const char *const kinds[] = {
		"none", "completed", "failed", "timeout", "cancelled",
		"interrupted",
	};
	struct rh_outcome o = { 0 };
	struct err err;

	CHECK_OK(outcome_unpack(p->body, &o, &err), &err);
	buf_printf(&p->text, "finish %s %d %.*s%.*s\n",
	    kinds[o.kind <= RH_INTERRUPTED ? o.kind : 0], o.exit_code,
	    (int)o.output.len, o.output.p, (int)o.error.len, o.error.p);
}

/* A request: its name and fields, binary ones by their length. */
static void
write_request(struct peer *p)
{
	const char *name = frame_rules[p->head.type].name;
	struct field_reader r;
	struct str s;

	buf_printf(&p->text, "%s", name);
	field_begin(&r, p->body.p, p->body.len);
	while (r.left > 0) {
		s = field_get(&r);
		buf_printf(&p->text, " " STR_FMT, STR_ARG(s));
	}
	CHECK(field_end(&r));
	buf_addc(&p->text, '\n');
}

static void
write_trace(struct peer *p)
{
	struct trace_record t;
	struct err err;

	CHECK_OK(trace_unpack(p->body, &t, &err), &err);
	if (t.kind == TRACE_RETURNED) {
		CHECK(t.peak_bytes > 0 && t.files == 5);
		buf_adds(&p->text, "trace returned\n");
		return;
	}
	buf_printf(&p->text, "trace %s", trace_call_names[t.call]);
	if (t.kind == TRACE_ANSWERED)
		buf_printf(&p->text, " %d " STR_FMT, t.status,
		    STR_ARG(t.text));
	buf_addc(&p->text, '\n');
}

static void
write_message(struct peer *p)
{
	unsigned long long handle = p->head.handle;

	if (p->head.type == FRAME_STARTED)
		buf_printf(&p->text, "started %llu\n", handle);
	else if (p->head.type == FRAME_EVENTS)
		write_events(p);
	else if (p->head.type == FRAME_FINISH)
		write_finish(p);
	else if (p->head.type == FRAME_TRACE)
		write_trace(p);
	else if (p->head.type == FRAME_LOG)
		buf_printf(&p->text, "log %u " STR_FMT "\n",
		    (unsigned)p->body.p[0], (int)p->body.len - 1,
		    p->body.p + 1);
	else
		write_request(p);
}

void
peer_reply(struct peer *p, rh_status status)
{
	struct buf b = { 0 };

	reply_pack(&b, status, "{}", 2);
	CHECK_INT(channel_send(p->chan, FRAME_REPLY, p->head.handle,
	    p->head.seq, b.p, b.len), RH_OK);
	buf_fini(&b);
}

const char *
peer_run(struct peer *p)
{
	uint8_t type = FRAME_NONE;

	buf_clear(&p->text);
	while (type != FRAME_FINISH && peer_next(p)) {
		type = p->head.type;
		write_message(p);
		if (p->head.seq != 0)
			peer_reply(p, RH_OK);
	}
	return p->text.p != NULL ? p->text.p : "";
}

void
peer_ping(struct peer *p, uint32_t seq)
{
	CHECK_INT(channel_send(p->chan, FRAME_PING, 0, seq, NULL, 0), RH_OK);
	buf_clear(&p->text);
	while (peer_next(p) && p->head.type != FRAME_PONG)
		write_message(p);
	CHECK_UINT(p->head.seq, seq);
}

const char *
peer_end(struct peer *p, char out[48])
{
	siginfo_t info = { 0 };
	struct rusage used;

	snprintf(out, 48, "still there");
	if (p->proc.pid <= 0 || !CHECK(wait_readable(p->proc.pidfd)))
		return out;
	CHECK(worker_reap(p->proc.pidfd, p->proc.status, &info, &used));
	p->proc.pid = 0;
	return worker_end_text(info.si_code, info.si_status, out);
}

const char *
peer_printed(struct peer *p, int fd)
{
	char piece[512];
	ssize_t n;

	buf_clear(&p->text);
	while (wait_readable(fd) && (n = read(fd, piece, sizeof piece)) > 0)
		buf_add(&p->text, piece, (size_t)n);
	return p->text.p != NULL ? p->text.p : "";
}
