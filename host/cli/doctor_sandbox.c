/*
 * What a worker's sandbox is here, by the word of one that is made for it.
 */
#include "cli/doctor.h"

#include "base/buf.h"
#include "worker/cgroup.h"
#include "worker/channel.h"
#include "worker/confined.h"
#include "worker/sandbox_landlock.h"
#include "worker/spawner.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <unistd.h>

#define PATIENCE_MS	5000
#define BY_MAX		160

/* Its first message; then it refuses, for it has no plugin, and ends. */
static rh_status
hear(const struct worker_proc *p, struct confined *c, struct err *err)
{
	struct pollfd fd = { .fd = p->sock, .events = POLLIN };
	struct channel *chan = channel_new(p->sock, false);
	struct frame_head head;
	struct str body;
	int got = 0;
	rh_status rc;

	while (got == 0 && poll(&fd, 1, PATIENCE_MS) == 1)
		got = channel_recv(chan, &head, &body, err);
	if (got == 0)
		rc = err_set(err, RH_EUNAVAIL, "a worker said nothing in time");
	else if (got < 0)
		rc = err->status;
	else if (head.type != FRAME_CONFINED)
		rc = err_set(err, RH_EPROTO, "a worker said %s first",
		    frame_rules[head.type].name);
	else
		rc = confined_unpack(body, c, err);
	channel_free(chan);
	return rc;
}

static void
end(const struct worker_proc *p)
{
	struct pollfd fd = { .fd = p->pidfd, .events = POLLIN };
	struct rusage used;
	siginfo_t info;

	pidfd_send_signal(p->pidfd, SIGKILL, NULL, 0);
	poll(&fd, 1, PATIENCE_MS);
	worker_reap(p->pidfd, p->status, &info, &used);
	close(p->pidfd);
	close(p->out);
	close(p->err);
	close(p->status);
}

static rh_status
try(struct confined *c, struct err *err)
{
	const struct worker_spec spec = { .memfd = -1, .path = "doctor" };
	struct spawner *s = spawner_start(err);
	struct worker_proc proc;
	rh_status rc;

	if (s == NULL)
		return err->status;
	rc = spawner_spawn(s, &spec, &proc, err);
	if (rc == RH_OK) {
		rc = hear(&proc, c, err);
		end(&proc);
	}
	spawner_stop(s);
	return rc;
}

void
doctor_sandbox(const struct patient *p, struct finding *f)
{
	enum tier least = TIER_REQUIRED;
	struct buf missing = { 0 };
	struct confined c;
	struct err err;

	if (p->cfg != NULL)
		least = (enum tier)tier_find(p->cfg->worker.min_tier);
	if (try(&c, &err) != RH_OK) {
		finding_set(f, FINDING_FAIL, "no worker can be made: %s",
		    err.msg);
		return;
	}
	confined_missing(&c, TIER_BEST, &missing);
	finding_set(f, c.tier < least ? FINDING_FAIL : c.tier < TIER_BEST ?
	    FINDING_WARN : FINDING_OK, "workers reach tier \"%s\"%s%.300s",
	    tier_name(c.tier), missing.len > 0 ? "; missing: " : "",
	    missing.len > 0 ? missing.p : "");
	if (c.tier < least)
		finding_todo(f, "worker.min_tier is \"%s\", so no plugin runs "
		    "here: docs/sandbox.md says what each layer needs",
		    tier_name(least));
	else if (c.tier < TIER_BEST)
		finding_todo(f, "docs/sandbox.md says what each layer needs");
	buf_fini(&missing);
}

/* As of a host that would be started as the doctor was. */
static void
limited_by(char by[BY_MAX])
{
	char dir[PATH_MAX];
	struct err err = { 0 };
	int fd;

	if (cgroup_own(dir, &err) == RH_OK) {
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			err_errno(&err, RH_EUNAVAIL, "opening %s", dir);
		else {
			cgroup_look(fd, dir, &err);
			close(fd);
		}
	}
	if (err.status == RH_OK)
		snprintf(by, BY_MAX, "control groups");
	else
		snprintf(by, BY_MAX, "rlimits only (%.120s)", err.msg);
}

void
doctor_layers(const struct patient *p, struct finding *f)
{
	struct buf on = { 0 }, off = { 0 };
	struct confined c;
	struct err err;
	char by[BY_MAX];
	size_t i;

	(void)p;
	limited_by(by);
	if (try(&c, &err) != RH_OK)
		return;
	for (i = 0; i < c.count; i++) {
		const struct confined_row *r = &c.rows[i];

		if (r->state == LAYER_ON)
			buf_printf(&on, "%s%s", on.len > 0 ? ", " : "",
			    r->name);
		if (r->state == LAYER_MISSING && r->tier == TIER_NONE)
			buf_printf(&off, "; no %s: %s", r->name, r->why);
	}
	finding_set(f, off.len > 0 ? FINDING_WARN : FINDING_OK,
	    "Landlock ABI %d; limits by %s; %s%s", landlock_abi(), by,
	    on.len > 0 ? on.p : "nothing", off.len > 0 ? off.p : "");
	buf_fini(&on);
	buf_fini(&off);
}
