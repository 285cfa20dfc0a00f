/*
 * Secrets in files: what is set is read, and nothing that others could have
 * read or put there.
 */
#include "lib/unit.h"

#include "base/mem.h"
#include "base/secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
open_dir(void)
{
	char path[300];
	struct err err;
	int fd = -1;

	snprintf(path, sizeof path, "%s/secrets", unit_tmpdir());
	CHECK_OK(secret_dir(path, &fd, &err), &err);
	return fd;
}

/* A file as somebody else would leave it. */
static void
put(int dir, const char *name, mode_t mode, const char *text, size_t len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0600);

	CHECK_INT(write(fd, text, len), len);
	CHECK_INT(fchmod(fd, mode), 0);
	close(fd);
}

static void
test_round(void)
{
	struct secret s = { (char *)(uintptr_t)"a\0b\n", 4 }, got;
	struct err err;
	struct stat st;
	int dir = open_dir();
	char **names;

	CHECK_OK(secret_write(dir, "api-key", &s, &err), &err);
	CHECK_OK(secret_write(dir, "B.2_", &s, &err), &err);
	CHECK_INT(fstatat(dir, "api-key", &st, 0), 0);
	CHECK_INT(st.st_mode & 07777, 0600);
	if (CHECK_OK(secret_read(dir, "api-key", &got, &err), &err)) {
		CHECK_UINT(got.len, 4);
		CHECK_BYTES(got.p, "a\0b\n", 4);
	}
	secret_wipe(&got);
	s = (struct secret){ (char *)(uintptr_t)"new", 3 };
	CHECK_OK(secret_write(dir, "api-key", &s, &err), &err);
	if (CHECK_OK(secret_read(dir, "api-key", &got, &err), &err))
		CHECK_UINT(got.len, 3);
	secret_wipe(&got);
	names = secret_names(dir, &err);
	CHECK_STR(names[0], "B.2_");
	CHECK_STR(names[1], "api-key");
	CHECK(names[2] == NULL);
	free(names);
	CHECK_OK(secret_remove(dir, "api-key", &err), &err);
	CHECK_INT(secret_remove(dir, "api-key", &err), RH_ENOENT);
	CHECK_INT(secret_read(dir, "api-key", &got, &err), RH_ENOENT);
	CHECK_HAS(err.hint, "runhost secret set api-key");
	close(dir);
}

static void
test_names(void)
{
	static const char *const bad[] = {
		"", ".", "..", ".x", "a/b", "a b", "\xc3\xa4", "a\n", "~/x",
	};
	char much[SECRET_NAME_MAX + 2];
	size_t i;

	for (i = 0; i < ARRAY_LEN(bad); i++)
		unit_check(!secret_name(str_of(bad[i])), __FILE__, __LINE__,
		    "\"%s\" is a name", bad[i]);
	CHECK(!secret_name((struct str){ "a\0", 2 }));
	memset(much, 'a', sizeof much);
	CHECK(secret_name((struct str){ much, SECRET_NAME_MAX }));
	CHECK(!secret_name((struct str){ much, SECRET_NAME_MAX + 1 }));
}

static void
test_not_private(void)
{
	struct secret got;
	struct err err;
	int dir = open_dir();

	put(dir, "open", 0640, "x", 1);
	CHECK_INT(secret_read(dir, "open", &got, &err), RH_EIO);
	CHECK_HAS(err.msg, "secret \"open\": mode 0640");
	put(dir, "one", 0600, "x", 1);
	CHECK_INT(linkat(dir, "one", dir, "two", 0), 0);
	CHECK_INT(secret_read(dir, "one", &got, &err), RH_EIO);
	CHECK_INT(symlinkat("two", dir, "link"), 0);
	CHECK_INT(secret_read(dir, "link", &got, &err), RH_EIO);
	CHECK_INT(mkfifoat(dir, "pipe", 0600), 0);
	CHECK_INT(secret_read(dir, "pipe", &got, &err), RH_EIO);
	CHECK_INT(mkdirat(dir, "dir", 0700), 0);
	CHECK_INT(secret_read(dir, "dir", &got, &err), RH_EIO);
	put(dir, "none", 0600, "", 0);
	CHECK_INT(secret_read(dir, "none", &got, &err), RH_EIO);
	close(dir);
}

static void
test_sizes(void)
{
	char *much = mem_zalloc(SECRET_MAX + 1);
	struct secret got;
	struct err err;
	int dir = open_dir();

	put(dir, "full", 0600, much, SECRET_MAX);
	if (CHECK_OK(secret_read(dir, "full", &got, &err), &err))
		CHECK_UINT(got.len, SECRET_MAX);
	secret_wipe(&got);
	put(dir, "much", 0600, much, SECRET_MAX + 1);
	CHECK_INT(secret_read(dir, "much", &got, &err), RH_EIO);
	CHECK_HAS(err.msg, "secret \"much\": a secret has at most 65536");
	free(much);
	close(dir);
}

static void
test_dir(void)
{
	char path[300], link[300];
	struct err err;
	int fd;

	snprintf(path, sizeof path, "%s/shared", unit_tmpdir());
	snprintf(link, sizeof link, "%s/link", unit_tmpdir());
	CHECK_INT(mkdir(path, 0700), 0);
	CHECK_INT(chmod(path, 0750), 0);
	CHECK_INT(secret_dir(path, &fd, &err), RH_EIO);
	CHECK_HAS(err.msg, "mode 0750");
	CHECK_INT(symlink(path, link), 0);
	CHECK_INT(secret_dir(link, &fd, &err), RH_EIO);
}

const struct unit_test base_secret_tests[] = {
	{ "a value is read as it was set, listed and removed", test_round },
	{ "a name is a plain one", test_names },
	{ "what others could have read or put there isn't read",
	    test_not_private },
	{ "a value has a limit", test_sizes },
	{ "the directory is this user's alone", test_dir },
	{ NULL, NULL },
};
