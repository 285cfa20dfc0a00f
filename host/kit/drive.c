/*
 * A worker's frames as a host reads them, but with every trace; nothing here
 * judges a plugin, it only writes down.
 */
#include "kit/drive.h"

#include "base/clock.h"
#include "base/mem.h"
#include "kit/drive_part.h"
#include "kit/fake.h"
#include "plugin/image.h"
#include "worker/channel.h"
#include "worker/invoke.h"
#include "worker/sandbox.h"
#include "worker/spawner.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIPES_MAX	(1024 * 1024)	/* printed bytes read at a time */

int64_t
drive_clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

rh_status
drive_open(struct drive *d, const struct drive_config *cf, struct err *err)
{
	struct worker_spec spec = {
		.memfd = cf->image->memfd, .path = cf->path,
		/* A worker that leaves it out says so, as if the plugin did. */
		.profile = { .memory_bytes = SANDBOX_SANITIZED ? 0 :
		    cf->memory_bytes,
		    .traced = true },
	};
	struct worker_proc proc;
	rh_status rc;

	*d = (struct drive){ .cf = cf, .pidfd = -1, .status = -1,
		.pipes = { -1, -1 } };
	rc = spawner_spawn(cf->spawner, &spec, &proc, err);
	if (rc != RH_OK)
		return rc;
	d->pid = proc.pid;
	d->pidfd = proc.pidfd;
	d->status = proc.status;
	d->pipes[0] = proc.out;
	d->pipes[1] = proc.err;
	d->chan = channel_new(proc.sock, false);
	return RH_OK;
}

static void
driven_clear(struct driven *n)
{
	buf_fini(&n->output);
	buf_fini(&n->error);
	*n = (struct driven){ 0 };
}

void
drive_kill(struct drive *d)
{
	if (d->pidfd >= 0 && !d->ended)
		pidfd_send_signal(d->pidfd, SIGKILL, NULL, 0);
}

void
drive_close(struct drive *d)
{
	int i;

	drive_kill(d);
	if (d->pid > 0 && !d->ended)
		waitid(P_PIDFD, (id_t)d->pidfd, &(siginfo_t){ 0 }, WEXITED);
	channel_free(d->chan);
	if (d->pidfd >= 0)
		close(d->pidfd);
	if (d->status >= 0)
		close(d->status);
	for (i = 0; i < 2; i++)
		if (d->pipes[i] >= 0)
			close(d->pipes[i]);
	driven_clear(&d->now);
	buf_fini(&d->description);
	*d = (struct drive){ .pidfd = -1, .status = -1,
		.pipes = { -1, -1 } };
}

void
drive_tell(struct drive *d, struct deed *deed)
{
	if (d->cf->saw == NULL)
		return;
	deed->after_us = d->now.begun_us != 0 ?
	    drive_clock_us() - d->now.begun_us : 0;
	d->cf->saw(d->cf->arg, deed);
}

/* What it printed itself, up to an amount: the rest comes next time. */
static void
read_pipe(struct drive *d, int i)
{
	struct deed deed = { .kind = DEED_PRINTED,
		.number = i == 0 ? RH_STDOUT : RH_STDERR };
	size_t got = 0;
	char piece[4096];
	ssize_t n;

	while (got < PIPES_MAX &&
	    (n = read(d->pipes[i], piece, sizeof piece)) > 0) {
		got += (size_t)n;
		d->now.printed += (size_t)n;
		deed.b = (struct str){ piece, (size_t)n };
		drive_tell(d, &deed);
	}
}

static void
read_frames(struct drive *d)
{
	struct frame_head head;
	struct str body;
	struct err err = { 0 };
	int got = 0;

	while (d->chan != NULL &&
	    (got = channel_recv(d->chan, &head, &body, &err)) == 1) {
		if (drive_frame(d, &head, body, &err) != RH_OK)
			break;
	}
	if (got >= 0 && err.status == RH_OK)
		return;
	/* Why a socket was closed is told by how the process ends. */
	if (err.status == RH_EPROTO && d->how[0] == '\0') {
		snprintf(d->how, sizeof d->how, "broke the protocol: %.100s",
		    err.msg);
		drive_kill(d);
	}
	channel_free(d->chan);
	d->chan = NULL;
}

static void
reap(struct drive *d)
{
	struct deed deed = { .kind = DEED_ENDED };
	struct rusage used;
	siginfo_t info;
	char end[48];

	if (!worker_reap(d->pidfd, d->status, &info, &used))
		return;
	read_frames(d);
	read_pipe(d, 0);
	read_pipe(d, 1);
	d->ended = true;
	if (d->how[0] == '\0')
		snprintf(d->how, sizeof d->how, "%s", worker_end_text(
		    info.si_code, info.si_status, end));
	deed.a = str_of(trace_call_names[d->now.last_call]);
	deed.b = str_of(d->how);
	drive_tell(d, &deed);
}

void
drive_poll(const struct drive *d, struct pollfd p[DRIVE_FDS])
{
	int fds[DRIVE_FDS] = {
		d->chan != NULL ? channel_fd(d->chan) : -1,
		d->ended ? -1 : d->pidfd, d->pipes[0], d->pipes[1],
	};
	int i;

	for (i = 0; i < DRIVE_FDS; i++)
		p[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	if (d->ended)
		p[2].fd = p[3].fd = -1;
}

void
drive_read(struct drive *d)
{
	if (d->pidfd < 0 || d->ended)
		return;
	if (d->chan != NULL)
		channel_flush(d->chan);
	read_frames(d);
	read_pipe(d, 0);
	read_pipe(d, 1);
	reap(d);
}

/* Something to read, or the time has come. */
static bool
wait_for(const struct drive *d, int64_t us)
{
	struct pollfd p[DRIVE_FDS];
	int64_t left = us - drive_clock_us();

	if (left <= 0)
		return false;
	drive_poll(d, p);
	return poll(p, DRIVE_FDS, (int)(left / US_PER_MS + 1)) > 0;
}

void
drive_until(struct drive *d, int64_t us)
{
	while (!drive_over(d) && wait_for(d, us))
		drive_read(d);
}

rh_status
drive_hello(struct drive *d, int64_t ms, struct err *err)
{
	int64_t until = drive_clock_us() + ms * US_PER_MS;

	while (!d->said_hello && d->refused.status == RH_OK && !d->ended &&
	    wait_for(d, until))
		drive_read(d);
	if (d->said_hello)
		return RH_OK;
	if (d->refused.status != RH_OK) {
		*err = d->refused;
		return err->status;
	}
	if (d->ended)
		return err_set(err, RH_EPLUGIN, "its worker %s while the "
		    "plugin was opened", d->how);
	return err_set(err, RH_EDEADLINE, "opening the plugin took more than "
	    "%lld ms", (long long)ms);
}

rh_status
drive_begin(struct drive *d, const struct rh_invocation *inv, struct err *err)
{
	struct buf body = { 0 };
	rh_status rc = RH_EPLUGIN;

	driven_clear(&d->now);
	d->now.begun_us = drive_clock_us();
	d->handle++;
	invoke_pack(&body, inv);
	if (d->chan == NULL)
		err_set(err, rc, "its worker %s", d->how);
	else if ((rc = channel_send(d->chan, FRAME_INVOKE, d->handle, 0,
	    body.p, body.len)) != RH_OK)
		err_set(err, rc, "an invocation of %zu bytes can't be sent",
		    body.len);
	buf_fini(&body);
	return rc;
}

void
drive_cancel(struct drive *d)
{
	if (d->now.cancelled_us != 0)
		return;
	d->now.cancelled_us = drive_clock_us();
	if (d->chan != NULL)
		channel_send(d->chan, FRAME_CANCEL, d->handle, 0, NULL, 0);
}

bool
drive_over(const struct drive *d)
{
	return d->ended || (d->now.returned && d->now.finished);
}

const char *
drive_kind_name(uint32_t kind)
{
	static const char *const names[] = {
		"nothing", "completed", "failed", "timeout", "cancelled",
		"interrupted",
	};

	return names[kind < ARRAY_LEN(names) ? kind : 0];
}
