/*
 * Mounts are made by descriptors, below a tmpfs that becomes the root; the old
 * one is let go last, for /proc must be mounted while it is there.
 */
#include "worker/sandbox_root.h"

#include "base/str.h"
#include "worker/sandbox.h"
#include "worker/spawner_clone.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

const struct system_path system_paths[] = {
	/* path		  programs device */
	{ "/usr/lib",	  false, false },
	{ "/usr/lib32",	  false, false },
	{ "/usr/lib64",	  false, false },
	{ "/usr/libx32",  false, false },
	{ "/usr/local/lib", false, false },
	{ "/lib",	  false, false },
	{ "/lib32",	  false, false },
	{ "/lib64",	  false, false },
	{ "/libx32",	  false, false },
	{ "/etc/ld.so.cache", false, false },
	{ "/dev/null",	  false, true },
	{ "/dev/zero",	  false, true },
	{ "/dev/urandom", false, true },
	{ "/usr/share",	  true,	 false },
	{ "/usr/local/share", true, false },
	{ "/etc/alternatives", true, false },
	{ "/etc/localtime", true, false },
	{ 0 }
};

/* Links of a system whose /usr has all. */
const char *const system_links[] = { "bin", "sbin", NULL };

/* Where the new root stands before it is the root: in nobody's way. */
static const char *const seats[] = { "/proc/fs", "/proc/tty", "/sys", "/tmp",
	NULL };

#define ATTR_DATA	(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | \
	MOUNT_ATTR_NOEXEC)

static int
open_in(int root, const char *path, uint64_t flags)
{
	const struct open_how how = {
		.flags = flags | O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT,
	};

	return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

/* The directories above path, and itself as a directory or an empty file. */
static int
make_target(int root, const char *path, bool dir)
{
	char part[PROFILE_TEXT_MAX + 1];
	const char *slash = path;
	int fd, made = 0, at = dup(root);

	while (at >= 0 && (slash = strchr(slash + 1, '/')) != NULL) {
		snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
		if ((fd = open_in(root, part, O_DIRECTORY)) < 0) {
			made = mkdirat(at, strrchr(part, '/') + 1, 0755);
			fd = open_in(root, part, O_DIRECTORY);
		}
		close(at);
		at = fd;
	}
	if (at < 0 || made != 0)
		return -1;
	slash = strrchr(path, '/') + 1;
	if (*slash == '\0')
		made = 0;	/* "/srv/": it is there by now */
	else if (dir)
		made = mkdirat(at, slash, 0755);
	else
		made = openat(at, slash, O_WRONLY | O_CREAT | O_EXCL |
		    O_CLOEXEC, 0444);
	if (*slash != '\0' && !dir && made >= 0)
		close(made);
	close(at);
	return made < 0 ? -1 : open_in(root, path, 0);
}

/* What fd is, seen below root under path as well; 0 or errno. */
static int
bind_at(int root, int fd, const char *path, bool dir, uint64_t attr)
{
	struct mount_attr set = { .attr_set = attr };
	int target = open_in(root, path, 0), tree, e = 0;

	if (target < 0 && errno == ENOENT)
		target = make_target(root, path, dir);
	if (target < 0)
		return errno;
	tree = open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE |
	    OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE,
	    &set, sizeof set) != 0 || move_mount(tree, "", target, "",
	    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
		e = errno;
	if (tree >= 0)
		close(tree);
	close(target);
	return e;
}

/* Links are made again, the rest is bound; what isn't there is left out. */
static int
bind_system(int root, const struct system_path *s)
{
	char target[256];
	struct stat st;
	int fd, e;
	ssize_t n;

	if (lstat(s->path, &st) != 0)
		return 0;
	n = S_ISLNK(st.st_mode) ? readlink(s->path, target,
	    sizeof target - 1) : 0;
	if (n > 0 && !s->programs) {
		target[n] = '\0';
		return symlinkat(target, root, s->path + 1) == 0 ? 0 : errno;
	}
	if ((fd = open(s->path, O_PATH | O_CLOEXEC)) < 0)
		return 0;
	e = bind_at(root, fd, s->path, S_ISDIR(st.st_mode), s->device ?
	    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC :
	    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	close(fd);
	return e;
}

/* With what they point to, so that programs can be bound there. */
static void
make_links(int root)
{
	char path[32], target[256] = "/";
	ssize_t n;
	size_t i;
	int fd;

	for (i = 0; system_links[i] != NULL; i++) {
		snprintf(path, sizeof path, "/%s", system_links[i]);
		n = readlink(path, target + 1, sizeof target - 2);
		if (n <= 0 || target[1] == '/')
			continue;
		target[1 + n] = '\0';
		if (symlinkat(target + 1, root, system_links[i]) == 0 &&
		    (fd = make_target(root, target, true)) >= 0)
			close(fd);
	}
}

static const uint64_t attr_of_use[PATH_USES] = {
	[PATH_READ] = MOUNT_ATTR_RDONLY | ATTR_DATA,
	[PATH_WRITE] = ATTR_DATA,
	[PATH_EXEC] = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
	    MOUNT_ATTR_NODEV,
};

/*
 * One mount a path, which allows what any of its uses needs.  Where libraries
 * are, or below it, they must stay executable.
 */
static uint64_t
attr_of(const struct grants *grants, const struct grant *g)
{
	uint64_t attr = attr_of_use[g->use];
	const struct system_path *s;
	size_t i;

	for (i = 0; i < grants->count; i++)
		if (strcmp(grants->list[i].path, g->path) == 0)
			attr &= attr_of_use[grants->list[i].use];
	for (s = system_paths; s->path != NULL; s++)
		if (!s->device && (str_path_within(str_of(s->path), g->path) ||
		    str_path_within(str_of(g->path), s->path)))
			attr &= ~(uint64_t)MOUNT_ATTR_NOEXEC;
	return attr;
}

static rh_status
fill(struct sandbox *sb, int root, struct err *err)
{
	bool programs = sb->spec != NULL && sb->spec->profile.children;
	const struct system_path *s;
	const struct grant *g;
	size_t i;
	int e;

	make_links(root);
	for (s = system_paths; s->path != NULL; s++) {
		errno = s->programs && !programs ? 0 : bind_system(root, s);
		if (errno != 0)
			return err_errno(err, RH_EPERM, "binding %s", s->path);
	}
	for (i = 0; i < sb->grants.count; i++) {
		g = &sb->grants.list[i];
		e = bind_at(root, g->fd, g->path, g->dir,
		    attr_of(&sb->grants, g));
		errno = e;
		if (e != 0)
			return err_errno(err, RH_EPERM, "binding %s", g->path);
	}
	return RH_OK;
}

/* An empty file system on one of the seats; its descriptor. */
static int
take_seat(const char **seat)
{
	size_t i;

	for (i = 0; seats[i] != NULL; i++)
		if (mount("runhost", seats[i], "tmpfs", MS_NOSUID | MS_NODEV,
		    "mode=0755,size=64k") == 0)
			break;
	*seat = seats[i];
	return seats[i] == NULL ? -1 :
	    open(seats[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static rh_status
mount_proc(const char *where, struct err *err)
{
	if (mount("proc", where, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
	    "hidepid=2,subset=pid") != 0)
		return err_errno(err, RH_EPERM, "mounting /proc");
	return RH_OK;
}

/*
 * By a process of another pid namespace, which is gone then: nothing is seen
 * in it, but the kernel wants to see one before it gives a worker its own.
 */
static rh_status
place_proc(const char *seat, struct err *err)
{
	char where[64];
	int status = 0;
	pid_t pid;

	snprintf(where, sizeof where, "%s/proc", seat);
	if (mkdir(where, 0555) != 0)
		return err_errno(err, RH_EPERM, "making /proc");
	pid = clone_flags(CLONE_NEWPID | SIGCHLD, NULL);
	if (pid == 0)
		_exit(mount_proc(where, err) == RH_OK ? 0 : errno);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return err_errno(err, RH_EPERM, "pid namespace");
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
	return errno == 0 ? RH_OK : err_errno(err, RH_EPERM,
	    "mounting /proc");
}

static rh_status
pivot(const char *seat, struct err *err)
{
	struct mount_attr set = { .attr_set = MOUNT_ATTR_RDONLY | ATTR_DATA };

	if (chdir(seat) != 0 || mount_setattr(AT_FDCWD, ".", 0, &set,
	    sizeof set) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 ||
	    umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		return err_errno(err, RH_EPERM, "changing the root");
	return RH_OK;
}

static rh_status
own_mounts(struct err *err)
{
	if (unshare(CLONE_NEWNS) != 0)
		return err_errno(err, RH_EPERM, "mount namespace");
	return RH_OK;
}

rh_status
root_prepare(struct sandbox *sb, struct err *err)
{
	const char *seat = NULL;
	rh_status rc;
	int root;

	if (!sb->pid_ns)
		return err_set(err, RH_EPERM, "needs own \"processes\"");
	umask(022);
	if ((rc = own_mounts(err)) != RH_OK)
		return rc;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return err_errno(err, RH_EPERM, "making mounts private");
	sb->tree = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (sb->tree < 0 || (root = take_seat(&seat)) < 0)
		return err_errno(err, RH_EPERM, "mounting a tmpfs");
	if ((rc = fill(sb, root, err)) == RH_OK &&
	    (rc = place_proc(seat, err)) == RH_OK &&
	    (rc = own_mounts(err)) == RH_OK)
		rc = pivot(seat, err);
	close(root);
	sb->own_root = rc == RH_OK;
	return rc;
}

rh_status
root_whole(struct sandbox *sb, struct err *err)
{
	if (setns(sb->tree, CLONE_NEWNS) != 0)
		return err_errno(err, RH_EPERM, "going to the host's files");
	return own_mounts(err);
}

rh_status
root_enter(struct sandbox *sb, struct err *err)
{
	const char *seat = NULL;
	char where[64];
	rh_status rc;
	int root;

	if (!sb->own_root)
		return err_set(err, RH_ENOSYS, "there is no own root");
	if (sb->grants.count == 0)
		return mount_proc("/proc", err);
	umask(022);
	if ((root = take_seat(&seat)) < 0)
		return err_errno(err, RH_EPERM, "mounting a tmpfs");
	snprintf(where, sizeof where, "%s/proc", seat);
	if ((rc = fill(sb, root, err)) == RH_OK) {
		if (mkdir(where, 0555) != 0)
			rc = err_errno(err, RH_EPERM, "making /proc");
		else
			rc = mount_proc(where, err);
	}
	if (rc == RH_OK)
		rc = pivot(seat, err);
	close(root);
	return rc;
}
