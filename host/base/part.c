/*
 * Files that are whole or not there.
 */
#include "base/part.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static rh_status
refuse_existing(const char *path, struct err *err)
{
	struct stat st;

	if (lstat(path, &st) != 0 && errno == ENOENT)
		return RH_OK;
	err_set(err, RH_ECONFLICT, "\"%s\" is already there", path);
	return err_hint(err, "choose another name, or move it away");
}

/* The journal of a database whose making failed or was killed. */
static void
remove_journal(const struct part *p)
{
	char *name = mem_printf("%s-journal", p->name);

	unlink(name);
	free(name);
}

/* False: it has got its name since, or is gone. */
static bool
is_still(const struct part *p)
{
	struct stat mine, there;

	return fstat(p->fd, &mine) == 0 && lstat(p->name, &there) == 0 &&
	    mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
}

rh_status
part_open(struct part *p, const char *path, struct err *err)
{
	p->path = mem_strdup(path);
	p->name = mem_printf("%s.part", path);
	p->fd = -1;
	if (refuse_existing(path, err) != RH_OK)
		return err->status;
	p->fd = open(p->name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (p->fd < 0)
		return err_errno(err, RH_EIO, "\"%s\"", p->name);
	if (flock(p->fd, LOCK_EX | LOCK_NB) != 0 || !is_still(p)) {
		close(p->fd);
		p->fd = -1;
		return err_set(err, RH_ECONFLICT, "\"%s\" is being written "
		    "by another process", p->name);
	}
	remove_journal(p);
	if (ftruncate(p->fd, 0) != 0 || fchmod(p->fd, 0600) != 0)
		return err_errno(err, RH_EIO, "\"%s\"", p->name);
	return RH_OK;
}

rh_status
part_sync_parent(const char *path, struct err *err)
{
	char *copy = mem_strdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rh_status rc = RH_OK;

	if (fd < 0 || fsync(fd) != 0)
		rc = err_errno(err, RH_EIO, "\"%s\"", path);
	if (fd >= 0)
		close(fd);
	free(copy);
	return rc;
}

rh_status
part_finish(struct part *p, struct err *err)
{
	int rc;

	if (fsync(p->fd) != 0)
		return err_errno(err, RH_EIO, "\"%s\"", p->name);
	rc = renameat2(AT_FDCWD, p->name, AT_FDCWD, p->path,
	    RENAME_NOREPLACE);
	/* Not every file system can promise that. */
	if (rc != 0 && errno == EINVAL) {
		if (refuse_existing(p->path, err) != RH_OK)
			return err->status;
		rc = rename(p->name, p->path);
	}
	if (rc != 0)
		return err_errno(err, RH_EIO, "\"%s\"", p->path);
	close(p->fd);
	p->fd = -1;
	return part_sync_parent(p->path, err);
}

void
part_close(struct part *p)
{
	if (p->fd >= 0) {
		unlink(p->name);
		remove_journal(p);
		close(p->fd);
	}
	free(p->path);
	free(p->name);
	*p = (struct part){ .fd = -1 };
}
