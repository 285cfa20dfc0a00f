/*
 * Which files become images, and that an image is of the bytes that were
 * read whatever happens to the file.
 */
#include "lib/unit.h"

#include "plugin/image.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int
dir_open(void)
{
	return open(unit_tmpdir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	CHECK(fd >= 0);
	CHECK_INT(fchmod(fd, 0644), 0);
	CHECK_INT(write(fd, text, strlen(text)), (int64_t)strlen(text));
	close(fd);
}

static void
expect_refused(int dir, const char *name, rh_status want, const char *msg)
{
	struct image image;
	struct err err = { 0 };

	CHECK_INT(image_open(dir, name, &image, &err), want);
	CHECK_STR(err.msg, msg);
	CHECK_INT(image.memfd, -1);
}

static void
test_copy(void)
{
	int dir = dir_open();
	uint8_t want[HASH_LEN];
	struct image image;
	struct err err;
	char text[8] = "";

	put(dir, "a.so", "bytes");
	if (!CHECK_OK(image_open(dir, "a.so", &image, &err), &err))
		return;
	hash_of("bytes", 5, want);
	CHECK_UINT(image.size, 5);
	CHECK_BYTES(image.digest, want, HASH_LEN);
	CHECK_INT(pread(image.memfd, text, sizeof text, 0), 5);
	CHECK_STR(text, "bytes");
	CHECK_INT(fcntl(image.memfd, F_GETFD), FD_CLOEXEC);
	CHECK_INT(fcntl(image.memfd, F_GET_SEALS), F_SEAL_SEAL | F_SEAL_SHRINK |
	    F_SEAL_GROW | F_SEAL_WRITE);
	CHECK_INT(pwrite(image.memfd, "X", 1, 0), -1);
	image_close(&image);
	CHECK_INT(image.memfd, -1);
	close(dir);
}

/* In place, by rename and by truncation: none reaches the image. */
static void
test_later_changes(void)
{
	int dir = dir_open();
	struct image image;
	struct err err;
	char text[8] = "";

	put(dir, "a.so", "bytes");
	if (!CHECK_OK(image_open(dir, "a.so", &image, &err), &err))
		return;
	put(dir, "a.so", "BYTES");
	put(dir, "b.so", "other");
	CHECK_INT(renameat(dir, "b.so", dir, "a.so"), 0);
	put(dir, "a.so", "");
	CHECK_INT(pread(image.memfd, text, sizeof text, 0), 5);
	CHECK_STR(text, "bytes");
	image_close(&image);
	close(dir);
}

static void
test_kinds(void)
{
	int dir = dir_open();

	put(dir, "a.so", "bytes");
	CHECK_INT(symlinkat("a.so", dir, "link.so"), 0);
	CHECK_INT(mkdirat(dir, "dir.so", 0755), 0);
	CHECK_INT(mkfifoat(dir, "fifo.so", 0644), 0);
	put(dir, "empty.so", "");
	expect_refused(dir, "link.so", RH_EPLUGIN,
	    "link.so: is a symbolic link");
	expect_refused(dir, "dir.so", RH_EPLUGIN,
	    "dir.so: is not a regular file");
	expect_refused(dir, "fifo.so", RH_EPLUGIN,
	    "fifo.so: is not a regular file");
	expect_refused(dir, "empty.so", RH_EPLUGIN, "empty.so: is empty");
	expect_refused(dir, "none.so", RH_ENOENT,
	    "none.so: open: No such file or directory");
	close(dir);
}

static void
test_names(void)
{
	int dir = dir_open();

	put(dir, "a.so", "bytes");
	expect_refused(dir, "./a.so", RH_EINPUT,
	    "\"./a.so\" is not the name of a file in the directory");
	expect_refused(dir, "", RH_EINPUT,
	    "\"\" is not the name of a file in the directory");
	expect_refused(dir, "..", RH_EIO,
	    "..: open: Invalid cross-device link");
	close(dir);
}

static void
test_writable(void)
{
	int dir = dir_open();
	struct image image;
	struct err err;

	put(dir, "a.so", "bytes");
	CHECK_INT(fchmodat(dir, "a.so", 0664, 0), 0);
	expect_refused(dir, "a.so", RH_EPLUGIN,
	    "a.so: is writable by group or others (mode 0664)");
	CHECK_INT(fchmodat(dir, "a.so", 0646, 0), 0);
	CHECK_INT(image_open(dir, "a.so", &image, &err), RH_EPLUGIN);
	CHECK_STR(err.hint, "chmod go-w a.so");
	close(dir);
}

static void
test_owner(void)
{
	int dir = dir_open();

	if (geteuid() != 0) {
		unit_skip("only root can give a file away");
		close(dir);
		return;
	}
	put(dir, "a.so", "bytes");
	CHECK_INT(fchownat(dir, "a.so", 12345, 0, 0), 0);
	expect_refused(dir, "a.so", RH_EPLUGIN,
	    "a.so: belongs to uid 12345, not to root or uid 0");
	close(dir);
}

static void
test_too_big(void)
{
	int dir = dir_open();
	int fd;

	put(dir, "a.so", "bytes");
	fd = openat(dir, "a.so", O_WRONLY);
	CHECK_INT(ftruncate(fd, IMAGE_MAX + 1), 0);
	close(fd);
	expect_refused(dir, "a.so", RH_ETOOBIG,
	    "a.so: is 67108865 bytes, above 67108864");
	close(dir);
}

const struct unit_test plugin_image_tests[] = {
	{ "a file is copied, sealed and hashed", test_copy },
	{ "what happens to the file later does not matter",
	  test_later_changes },
	{ "only regular files with content are taken", test_kinds },
	{ "a name leads nowhere but into the directory", test_names },
	{ "what others may write is refused", test_writable },
	{ "what a stranger owns is refused", test_owner },
	{ "more than the limit is refused", test_too_big },
	{ NULL, NULL },
};
