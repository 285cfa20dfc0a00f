/*
 * Making and locking the data directory, and its small files.
 */
#include "cli/datadir.h"

#include "base/mem.h"
#include "base/part.h"
#include "base/rand.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

char *
datadir_path(const char *dir, const char *name)
{
	return mem_printf("%s/%s", dir, name);
}

static rh_status
check_dir(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(err, RH_EIO, "data directory \"%s\"", path);
	if (st.st_uid != geteuid()) {
		err_set(err, RH_EINPUT, "data directory \"%s\" belongs to uid "
		    "%u, this is uid %u", path, (unsigned)st.st_uid,
		    (unsigned)geteuid());
		return err_hint(err, "run the host as that user");
	}
	if ((st.st_mode & 077) != 0) {
		err_set(err, RH_EINPUT, "data directory \"%s\" has mode %03o: "
		    "others can enter it", path, st.st_mode & 0777u);
		return err_hint(err, "chmod 700 %s", path);
	}
	return RH_OK;
}

static rh_status
take_lock(const char *path, int *lock_fd, struct err *err)
{
	char *name = datadir_path(path, DATA_LOCK);
	rh_status rc = RH_OK;

	*lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*lock_fd < 0)
		rc = err_errno(err, RH_EIO, "\"%s\"", name);
	else if (flock(*lock_fd, LOCK_EX | LOCK_NB) != 0) {
		err_set(err, RH_ECONFLICT, "another host runs on \"%s\"", path);
		rc = err_hint(err, "stop it first, or choose another --data");
		close(*lock_fd);
		*lock_fd = -1;
	}
	free(name);
	return rc;
}

rh_status
datadir_open(const char *path, int *lock_fd, struct err *err)
{
	int fd;
	rh_status rc;

	*lock_fd = -1;
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return err_errno(err, RH_EIO, "data directory \"%s\"", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, RH_EIO, "data directory \"%s\"", path);
	rc = check_dir(fd, path, err);
	close(fd);
	return rc != RH_OK ? rc : take_lock(path, lock_fd, err);
}

rh_status
datadir_outside(const char *dir, const char *file, struct err *err)
{
	char *copy = mem_strdup(file), *parent = realpath(dirname(copy), NULL);
	char *top = realpath(dir, NULL);
	size_t n = top != NULL ? strlen(top) : 0;
	rh_status rc = RH_OK;

	if (parent == NULL || top == NULL) {
		rc = err_errno(err, RH_EIO, "\"%s\"",
		    top == NULL ? dir : file);
	} else if (strncmp(parent, top, n) == 0 &&
	    (parent[n] == '/' || parent[n] == '\0')) {
		err_set(err, RH_EINPUT, "anchor \"%s\" lies within the data "
		    "directory \"%s\": who can change that, could change "
		    "both", file, dir);
		rc = err_hint(err, "choose a place outside, best on another "
		    "disk or machine");
	}
	free(copy);
	free(parent);
	free(top);
	return rc;
}

rh_status
datadir_write(const char *path, const void *p, size_t len, struct err *err)
{
	char *tmp = mem_printf("%s.new", path);
	rh_status rc = RH_OK;
	int fd;

	unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd < 0 || write(fd, p, len) != (ssize_t)len || fsync(fd) != 0 ||
	    rename(tmp, path) != 0)
		rc = err_errno(err, RH_EIO, "\"%s\"", path);
	if (fd >= 0)
		close(fd);
	if (rc != RH_OK)
		unlink(tmp);
	free(tmp);
	return rc != RH_OK ? rc : part_sync_parent(path, err);
}

rh_status
datadir_secret(const char *path, void *out, size_t len, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0 && errno == ENOENT) {
		rand_bytes(&rand_system, out, len);
		return datadir_write(path, out, len, err);
	}
	if (fd < 0)
		return err_errno(err, RH_EIO, "\"%s\"", path);
	n = read(fd, out, len);
	close(fd);
	if (n != (ssize_t)len)
		return err_set(err, RH_EIO, "\"%s\": shorter than %zu bytes",
		    path, len);
	return RH_OK;
}
