/*
 * From a file to a sealed memfd.  Everything is judged on the descriptor
 * that was opened, so that it does not matter what becomes of the name.
 */
#include "plugin/image.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static rh_status
open_file(int dir_fd, const char *name, int *fd, struct err *err)
{
	const struct open_how how = {
		/* A FIFO must not make us wait. */
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
		    RESOLVE_NO_MAGICLINKS,
	};

	if (name[0] == '\0' || strchr(name, '/') != NULL)
		return err_set(err, RH_EINPUT,
		    "\"%s\" is not the name of a file in the directory", name);
	*fd = (int)syscall(SYS_openat2, dir_fd, name, &how, sizeof how);
	if (*fd >= 0)
		return RH_OK;
	if (errno == ELOOP)
		return err_set(err, RH_EPLUGIN, "%s: is a symbolic link", name);
	return err_errno(err, errno == ENOENT ? RH_ENOENT : RH_EIO, "%s: open",
	    name);
}

static rh_status
check_file(int fd, const char *name, size_t max, size_t *size,
    struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(err, RH_EIO, "%s: stat", name);
	if (!S_ISREG(st.st_mode))
		return err_set(err, RH_EPLUGIN, "%s: is not a regular file",
		    name);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		err_set(err, RH_EPLUGIN, "%s: is writable by group or others "
		    "(mode %04o)", name, (unsigned)st.st_mode & 07777);
		return err_hint(err, "chmod go-w %s", name);
	}
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return err_set(err, RH_EPLUGIN, "%s: belongs to uid %u, not to "
		    "root or uid %u", name, (unsigned)st.st_uid,
		    (unsigned)geteuid());
	if (st.st_size == 0)
		return err_set(err, RH_EPLUGIN, "%s: is empty", name);
	if (st.st_size > (off_t)max)
		return err_set(err, RH_ETOOBIG, "%s: is %lld bytes, above %zu",
		    name, (long long)st.st_size, max);
	*size = (size_t)st.st_size;
	return RH_OK;
}

rh_status
image_file(int dir_fd, const char *name, size_t max, int *fd, size_t *size,
    struct err *err)
{
	rh_status rc;

	if ((rc = open_file(dir_fd, name, fd, err)) != RH_OK)
		return rc;
	if ((rc = check_file(*fd, name, max, size, err)) != RH_OK) {
		close(*fd);
		*fd = -1;
	}
	return rc;
}

static bool
write_all(int fd, const char *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* Exactly size bytes; a file of another length has changed meanwhile. */
static rh_status
copy(int from, int to, size_t size, struct err *err)
{
	char piece[64 * 1024];
	size_t done = 0;
	ssize_t n;

	for (;;) {
		n = read(from, piece, sizeof piece);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, RH_EIO, "read");
		if (n == 0)
			break;
		done += (size_t)n;
		if (done > size)
			break;
		if (!write_all(to, piece, (size_t)n))
			return err_errno(err, RH_EIO, "copy to memory");
	}
	if (done != size)
		return err_set(err, RH_EIO, "changed while it was read");
	return RH_OK;
}

static rh_status
seal(struct image *image, struct err *err)
{
	void *bytes;

	if (fcntl(image->memfd, F_ADD_SEALS, SEALS) != 0)
		return err_errno(err, RH_EIO, "seal");
	bytes = mmap(NULL, image->size, PROT_READ, MAP_PRIVATE, image->memfd,
	    0);
	if (bytes == MAP_FAILED)
		return err_errno(err, RH_EIO, "map");
	hash_of(bytes, image->size, image->digest);
	munmap(bytes, image->size);
	return RH_OK;
}

rh_status
image_open(int dir_fd, const char *name, struct image *image,
    struct err *err)
{
	rh_status rc;
	int fd;

	memset(image, 0, sizeof *image);
	image->memfd = -1;
	if ((rc = image_file(dir_fd, name, IMAGE_MAX, &fd, &image->size,
	    err)) != RH_OK)
		return rc;
	image->memfd = memfd_create("runhost-plugin",
	    MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (image->memfd < 0) {
		rc = err_errno(err, RH_EIO, "%s: memfd_create", name);
		goto out;
	}
	if ((rc = copy(fd, image->memfd, image->size, err)) != RH_OK ||
	    (rc = seal(image, err)) != RH_OK)
		err_wrap(err, "%s", name);
out:
	if (rc != RH_OK)
		image_close(image);
	close(fd);
	return rc;
}

void
image_close(struct image *image)
{
	if (image->memfd >= 0)
		close(image->memfd);
	image->memfd = -1;
}

int64_t
image_tag(const struct image *image)
{
	int64_t tag;

	memcpy(&tag, image->digest, sizeof tag);
	return tag;
}
