/*
 * The maps of a user namespace are written from outside it, where who made it
 * has the right to.
 */
#include "worker/sandbox_ns.h"

#include "base/buf.h"
#include "base/log.h"
#include "worker/sandbox.h"
#include "worker/spawner_clone.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* 0 or errno. */
static int
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), e = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		e = errno;
	close(fd);
	return e;
}

static rh_status
map_own(uid_t uid, gid_t gid, struct err *err)
{
	char text[64];
	int e;

	snprintf(text, sizeof text, "%u %u 1", uid, uid);
	e = write_file("/proc/self/setgroups", "deny");
	if (e == 0 || e == ENOENT)
		e = write_file("/proc/self/uid_map", text);
	snprintf(text, sizeof text, "%u %u 1", gid, gid);
	if (e == 0)
		e = write_file("/proc/self/gid_map", text);
	errno = e;
	return e == 0 ? RH_OK : err_errno(err, RH_EPERM, "mapping its uid");
}

/* Every id that there is here is itself there. */
static bool
identity(const char *path, struct buf *b)
{
	unsigned inside, outside, count;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return false;
	while (fscanf(f, "%u %u %u", &inside, &outside, &count) == 3)
		buf_printf(b, "%u %u %u\n", inside, inside, count);
	fclose(f);
	return b->len > 0;
}

/* A child that stays outside, and maps its parent when told to. */
static _Noreturn void
map_parent(int told, const struct buf *uids, const struct buf *gids)
{
	char path[64], byte;
	int e;

	if (read(told, &byte, 1) != 1)
		_exit(0);
	snprintf(path, sizeof path, "/proc/%d/uid_map", (int)getppid());
	e = write_file(path, uids->p);
	snprintf(path, sizeof path, "/proc/%d/gid_map", (int)getppid());
	if (e == 0)
		e = write_file(path, gids->p);
	_exit(e);
}

/* Workers of root get uids of their own, so all ids are mapped. */
static rh_status
user_of_root(struct err *err)
{
	struct buf uids = { 0 }, gids = { 0 };
	int ends[2] = { -1, -1 }, status = 0, e = 0;
	pid_t pid = -1;

	if (!identity("/proc/self/uid_map", &uids) ||
	    !identity("/proc/self/gid_map", &gids) || pipe(ends) != 0)
		e = errno;
	else if ((pid = fork()) == 0) {
		close(ends[1]);
		map_parent(ends[0], &uids, &gids);
	} else if (pid < 0 || unshare(CLONE_NEWUSER) != 0 ||
	    write(ends[1], "", 1) != 1)
		e = errno;
	if (ends[0] >= 0) {
		close(ends[0]);
		close(ends[1]);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && e == 0)
		e = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
	buf_fini(&uids);
	buf_fini(&gids);
	errno = e;
	return e == 0 ? RH_OK : err_errno(err, RH_EPERM, "user namespace");
}

rh_status
ns_user(struct sandbox *sb, struct err *err)
{
	rh_status rc;

	if (sb->uid == 0)
		rc = user_of_root(err);
	else if (unshare(CLONE_NEWUSER) != 0)
		rc = err_errno(err, RH_EPERM, "user namespace");
	else
		rc = map_own(sb->uid, sb->gid, err);
	sb->user_ns = rc == RH_OK;
	return rc;
}

static rh_status
own(int flag, const char *what, struct err *err)
{
	if (unshare(flag) != 0)
		return err_errno(err, RH_EPERM, "%s namespace", what);
	return RH_OK;
}

rh_status
ns_network(struct sandbox *sb, struct err *err)
{
	(void)sb;
	return own(CLONE_NEWNET, "network", err);
}

rh_status
ns_ipc(struct sandbox *sb, struct err *err)
{
	(void)sb;
	return own(CLONE_NEWIPC, "ipc", err);
}

rh_status
ns_hostname(struct sandbox *sb, struct err *err)
{
	rh_status rc = own(CLONE_NEWUTS, "uts", err);

	(void)sb;
	if (rc == RH_OK && sethostname("worker", 6) != 0)
		return err_errno(err, RH_EPERM, "setting the host name");
	return rc;
}

rh_status
ns_cgroups(struct sandbox *sb, struct err *err)
{
	(void)sb;
	return own(CLONE_NEWCGROUP, "cgroup", err);
}

rh_status
ns_processes(struct sandbox *sb, struct err *err)
{
	pid_t pid = clone_flags(CLONE_NEWPID | SIGCHLD, NULL);

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return err_errno(err, RH_EPERM, "pid namespace");
	waitpid(pid, NULL, 0);
	sb->pid_ns = true;
	return RH_OK;
}

rh_status
ns_group(struct sandbox *sb, struct err *err)
{
	if (sb->group < 0)
		return err_set(err, RH_ENOSYS, "the host has none to give");
	if (sb->group == 0)
		return RH_OK;
	errno = sb->group;
	err_errno(err, RH_EIO, "joining its control group");
	log_line(LOG_WARN, "limits by rlimits only: %s", err->msg);
	return err->status;
}

rh_status
ns_count(struct sandbox *sb, struct err *err)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (!sb->spec->profile.children && !sb->spec->profile.trial)
		return err_set(err, RH_ENOSYS, "it has no children");
	if (sb->own_uid)
		return err_set(err, RH_ENOSYS, "it has a uid of its own");
	/* Who has become another uid doesn't own its maps otherwise. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	if (unshare(CLONE_NEWUSER) != 0)
		return err_errno(err, RH_EPERM, "user namespace");
	sb->own_count = map_own(uid, gid, err) == RH_OK;
	return sb->own_count ? RH_OK : err->status;
}
