/*
 * From the file beside a plugin to its signature.
 */
#include "plugin/sign.h"

#include "plugin/image.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static rh_status
read_text(int fd, char *out, size_t size, struct err *err)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = read(fd, out + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, RH_EIO, "read");
		if (n == 0)
			return err_set(err, RH_EIO, "became shorter while it "
			    "was read");
		done += (size_t)n;
	}
	return RH_OK;
}

rh_status
sign_find(int dir_fd, const char *file, struct arena *a,
    struct signature **out, struct err *err)
{
	char name[NAME_MAX + 1 + sizeof SIGN_SUFFIX], text[SIGN_FILE_MAX];
	size_t size;
	rh_status rc;
	int fd;

	*out = NULL;
	snprintf(name, sizeof name, "%s" SIGN_SUFFIX, file);
	rc = image_file(dir_fd, name, sizeof text, &fd, &size, err);
	if (rc == RH_ENOENT)
		return RH_OK;
	if (rc != RH_OK)
		return rc;
	*out = arena_zalloc(a, sizeof **out);
	if ((rc = read_text(fd, text, size, err)) == RH_OK)
		rc = sign_read((struct str){ text, size }, a, *out, err);
	close(fd);
	return rc == RH_OK ? RH_OK : err_wrap(err, "%s", name);
}
