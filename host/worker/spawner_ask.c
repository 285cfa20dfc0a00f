/*
 * The host asks its spawner for workers.  One is made ahead, like the last:
 * it locks itself in while nobody waits, and needs only its object then.
 */
#include "worker/spawner_part.h"

#include "base/mem.h"
#include "worker/spawner_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MISSES	2	/* then the worker ahead is given up */

static int
recv_reply(struct spawner *s, struct spawn_reply *reply, int *pidfd)
{
	size_t n = 1;

	*pidfd = -1;
	if (spawn_recv(s->sock, reply, sizeof *reply, sizeof *reply, pidfd,
	    &n) < 0)
		return -1;
	if (reply->magic == SPAWN_MAGIC)
		return 0;
	if (n > 0)
		close(*pidfd);
	*pidfd = -1;
	errno = EPROTO;
	return -1;
}

int
spawner_greeted(struct spawner *s)
{
	struct spawn_reply ready;
	int none;

	if (!s->greeted && recv_reply(s, &ready, &none) != 0)
		return -1;
	s->greeted = true;
	return 0;
}

/* The ends of the host go to p, those of the worker to fds. */
static int
make_ends(struct worker_proc *p, bool trial, int fds[SPAWN_FDS])
{
	int sock[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };
	int seen[2] = { -1, -1 }, status = -1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock) != 0 ||
	    pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
		goto out;
	if (fcntl(sock[0], F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(out[0], F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(err[0], F_SETFL, O_NONBLOCK) != 0)
		goto out;
	if (trial && (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    seen) != 0 || fcntl(seen[0], F_SETFL, O_NONBLOCK) != 0))
		goto out;
	status = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
out:
	*p = (struct worker_proc){
		.pidfd = -1, .sock = sock[0], .out = out[0], .err = err[0],
		.status = status, .seen = seen[0],
	};
	fds[SPAWN_SOCK] = sock[1];
	fds[SPAWN_OUT] = out[1];
	fds[SPAWN_ERR] = err[1];
	fds[SPAWN_STATUS] = status;	/* the same at both ends */
	fds[SPAWN_SEEN] = trial ? seen[1] : status;
	fds[SPAWN_GROUP] = status;	/* until there is one */
	return status < 0 ? -1 : 0;
}

static void
close_some(const int *fds, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* Those of the worker; the host keeps what it has, too. */
static void
close_ends(const int fds[SPAWN_FDS])
{
	close_some(fds, SPAWN_STATUS);
	if (fds[SPAWN_SEEN] != fds[SPAWN_STATUS])
		close_some(&fds[SPAWN_SEEN], 1);
}

static void
close_proc(struct worker_proc *p)
{
	close_some((int[]){ p->pidfd, p->sock, p->out, p->err, p->status,
	    p->seen }, 6);
	*p = (struct worker_proc){ .pidfd = -1, .sock = -1, .out = -1,
		.err = -1, .status = -1, .seen = -1 };
}

/* Ends and reaps one that never had an object. */
static void
end_proc(struct worker_proc *p)
{
	siginfo_t info;

	pidfd_send_signal(p->pidfd, SIGKILL, NULL, 0);
	while (waitid(P_PIDFD, (id_t)p->pidfd, &info, WEXITED) != 0 &&
	    errno == EINTR)
		continue;
	close_proc(p);
}

static rh_status
pack_request(struct spawn_request *req, const struct worker_spec *spec,
    struct err *err)
{
	const struct worker_profile *profile = &spec->profile;
	struct buf b = { 0 };
	rh_status rc = profile_pack(profile, &b, err);

	if (rc == RH_OK) {
		req->magic = SPAWN_MAGIC;
		req->has_paths = profile->path_count > 0;
		req->has_children = profile->children || profile->trial;
		req->has_group = spec->group > 0;
		req->profile_len = (uint32_t)b.len;
		memcpy(req->profile, b.p, b.len);
	}
	buf_fini(&b);
	return rc;
}

/* The request, with the worker's ends. */
static int
ask(struct spawner *s, struct spawn_request *req, const int *fds)
{
	req->die_with_host = s->by_main;
	req->slot = s->slot++;
	return spawn_send(s->sock, req, SPAWN_REQUEST_MIN + req->profile_len,
	    fds, SPAWN_FDS);
}

/* The answer; no pid: none was made, errno says why. */
static int
hear(struct spawner *s, struct worker_proc *p)
{
	struct spawn_reply reply;

	if (recv_reply(s, &reply, &p->pidfd) != 0)
		return -1;
	/* Without room for its descriptor the kernel dropped it. */
	if (reply.error == 0 && p->pidfd < 0)
		reply.error = EMFILE;
	p->pid = reply.error == 0 ? (pid_t)reply.pid : 0;
	errno = reply.error;
	return 0;
}

/* What became of the one that was asked for, before any other answer. */
static void
hear_ahead(struct spawner *s)
{
	if (!s->asked)
		return;
	s->asked = false;
	if (hear(s, &s->ahead) != 0) {
		/* It may still come, and mustn't be taken for another. */
		close(s->sock);
		s->sock = -1;
	}
	if (s->ahead.pid == 0)
		close_proc(&s->ahead);
}

/*
 * Where paths lead is to be seen when the worker is needed, and a control
 * group is one worker's.
 */
static bool
may_wait(const struct worker_spec *spec)
{
	return spec->profile.path_count == 0 && !spec->profile.trial &&
	    spec->group == 0;
}

static void
ask_ahead(struct spawner *s, struct spawn_request *req)
{
	int fds[SPAWN_FDS];

	if (s->ahead.pid != 0 || s->sock < 0)
		return;
	s->asked = make_ends(&s->ahead, false, fds) == 0 &&
	    ask(s, req, fds) == 0;
	close_ends(fds);
	if (!s->asked)
		close_proc(&s->ahead);
	buf_clear(&s->like);
	buf_add(&s->like, req->profile, req->profile_len);
}

/* Whether there was one with that profile. */
static bool
take_ahead(struct spawner *s, const struct spawn_request *req,
    struct worker_proc *p)
{
	hear_ahead(s);
	if (s->ahead.pid == 0)
		return false;
	if (s->like.len == req->profile_len &&
	    memcmp(s->like.p, req->profile, s->like.len) == 0) {
		*p = s->ahead;
		s->ahead.pid = 0;
		s->misses = 0;
		return true;
	}
	if (++s->misses == MISSES)
		ahead_drop(s);
	return false;
}

void
ahead_drop(struct spawner *s)
{
	hear_ahead(s);
	if (s->ahead.pid != 0)
		end_proc(&s->ahead);
	s->misses = 0;
}

bool
spawner_owns(struct spawner *s, pid_t pid)
{
	hear_ahead(s);
	return pid == s->pid || (s->ahead.pid != 0 && pid == s->ahead.pid);
}

/* Its object, or that there is none; 0 or errno. */
static int
give_object(const struct worker_proc *p, const struct worker_spec *spec)
{
	char path[SPAWN_PATH_MAX];

	snprintf(path, sizeof path, "%s", spec->path != NULL ? spec->path :
	    "");
	return spawn_send(p->sock, path, strlen(path) + 1, &spec->memfd,
	    spec->memfd >= 0) == 0 ? 0 : errno;
}

/* -1: the spawner is of no use. */
static int
make(struct spawner *s, struct spawn_request *req, const int *fds,
    struct worker_proc *p)
{
	if (s->sock < 0 || spawner_greeted(s) != 0 || ask(s, req, fds) != 0)
		return -1;
	return hear(s, p);
}

static rh_status
make_twice(struct spawner *s, struct spawn_request *req, const int *fds,
    struct worker_proc *p, struct err *err)
{
	rh_status rc;

	if (make(s, req, fds, p) != 0) {
		spawner_end(s);
		if ((rc = spawner_begin(s, err)) != RH_OK)
			return rc;
		if (make(s, req, fds, p) != 0) {
			spawner_end(s);
			return err_set(err, RH_EUNAVAIL,
			    "the spawner died twice over one worker");
		}
	}
	if (p->pid == 0)
		return err_errno(err, RH_EIO, "making a worker");
	return RH_OK;
}

static rh_status
make_new(struct spawner *s, struct spawn_request *req,
    const struct worker_spec *spec, struct worker_proc *p, struct err *err)
{
	int fds[SPAWN_FDS];
	rh_status rc;

	hear_ahead(s);
	if (make_ends(p, spec->profile.trial, fds) != 0)
		rc = err_errno(err, RH_EIO, "making a worker's socket");
	else {
		if (spec->group > 0)
			fds[SPAWN_GROUP] = spec->group;
		rc = make_twice(s, req, fds, p, err);
	}
	close_ends(fds);
	if (rc != RH_OK)
		close_proc(p);
	return rc;
}

rh_status
spawner_spawn(struct spawner *s, const struct worker_spec *spec,
    struct worker_proc *p, struct err *err)
{
	struct spawn_request req;
	rh_status rc;
	int e;

	if ((rc = pack_request(&req, spec, err)) != RH_OK)
		return rc;
	if (may_wait(spec) && take_ahead(s, &req, p)) {
		if (give_object(p, spec) == 0)
			goto made;
		end_proc(p);	/* it had died */
	}
	rc = make_new(s, &req, spec, p, err);
	if (rc != RH_OK)
		return rc;
	/* One that has refused, or died, is heard of as any other. */
	e = give_object(p, spec);
	if (e != 0 && e != EPIPE && e != ECONNRESET) {
		end_proc(p);
		errno = e;
		return err_errno(err, RH_EIO, "giving a worker its object");
	}
made:
	if (may_wait(spec))
		ask_ahead(s, &req);
	return RH_OK;
}
