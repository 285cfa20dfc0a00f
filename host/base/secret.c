/*
 * Secrets in files.  Opened below the directory's descriptor, without links,
 * and judged by the open descriptor: what is checked is what is read.
 */
#include "base/secret.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

bool
secret_name(struct str s)
{
	size_t i;

	if (s.len == 0 || s.len > SECRET_NAME_MAX || s.p[0] == '.')
		return false;
	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '\0' || strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "abcdefghijklmnopqrstuvwxyz0123456789_.-", s.p[i]) == NULL)
			return false;
	}
	return true;
}

rh_status
secret_name_check(struct str s, struct err *err)
{
	if (secret_name(s))
		return RH_OK;
	return err_set(err, RH_EINPUT, "a secret's name has 1 to %d of the "
	    "characters A-Z a-z 0-9 _ . -, and no dot in front",
	    SECRET_NAME_MAX);
}

rh_status
secret_dir(const char *path, int *fd, struct err *err)
{
	struct stat st;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return err_errno(err, RH_EIO, "directory of secrets \"%s\"",
		    path);
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0 || fstat(*fd, &st) != 0)
		return err_errno(err, RH_EIO, "directory of secrets \"%s\"",
		    path);
	if (st.st_uid == geteuid() && (st.st_mode & 077) == 0)
		return RH_OK;
	close(*fd);
	*fd = -1;
	err_set(err, RH_EIO, "directory of secrets \"%s\": mode %04o, uid "
	    "%ld; it must be 0700 and belong to uid %ld", path,
	    (unsigned)st.st_mode & 07777, (long)st.st_uid, (long)geteuid());
	return err_hint(err, "chmod 700 it, or name another by secrets.dir");
}

static int
open_below(int dir, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
		    RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, dir, name, &how, sizeof how);
}

/* A file of this user's alone, under no second name. */
static rh_status
check_file(int fd, const char *name, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(err, RH_EIO, "secret \"%s\"", name);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return err_set(err, RH_EIO, "secret \"%s\" is not a file of "
		    "its own", name);
	if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return err_set(err, RH_EIO, "secret \"%s\": mode %04o, uid "
		    "%ld; it must be 0600 and belong to uid %ld", name,
		    (unsigned)st.st_mode & 07777, (long)st.st_uid,
		    (long)geteuid());
	return RH_OK;
}

/* Guarded memory ends where its size says, so that a byte more faults. */
static rh_status
reserve(struct secret *s, struct err *err)
{
	s->len = 0;
	s->p = sodium_malloc(SECRET_MAX + 1);
	if (s->p != NULL)
		return RH_OK;
	return err_errno(err, RH_EIO, "guarded memory for a secret");
}

rh_status
secret_take(int fd, struct secret *s, struct err *err)
{
	ssize_t n = 0;
	rh_status rc;

	if ((rc = reserve(s, err)) != RH_OK)
		return rc;
	while (s->len <= SECRET_MAX && (n = read(fd, s->p + s->len,
	    SECRET_MAX + 1 - s->len)) != 0) {
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0)
			s->len += (size_t)n;
	}
	if (n < 0)
		rc = err_errno(err, RH_EIO, "reading a secret");
	else if (s->len > SECRET_MAX)
		rc = err_set(err, RH_ETOOBIG, "a secret has at most %d bytes",
		    SECRET_MAX);
	else if (s->len == 0)
		rc = err_set(err, RH_EINPUT, "a secret has at least a byte");
	if (rc != RH_OK)
		secret_wipe(s);
	return rc;
}

void
secret_wipe(struct secret *s)
{
	if (s->p != NULL)
		sodium_free(s->p);	/* wipes it */
	s->p = NULL;
	s->len = 0;
}

rh_status
secret_read(int dir, const char *name, struct secret *s, struct err *err)
{
	rh_status rc;
	int fd;

	s->p = NULL;
	if ((rc = secret_name_check(str_of(name), err)) != RH_OK)
		return rc;
	if ((fd = open_below(dir, name)) < 0 && errno == ENOENT) {
		err_set(err, RH_ENOENT, "no secret \"%s\"", name);
		return err_hint(err, "set it with: runhost secret set %s",
		    name);
	}
	if (fd < 0)
		return err_errno(err, RH_EIO, "secret \"%s\"", name);
	if ((rc = check_file(fd, name, err)) == RH_OK &&
	    (rc = secret_take(fd, s, err)) != RH_OK) {
		err->status = RH_EIO;
		rc = err_wrap(err, "secret \"%s\"", name);
	}
	close(fd);
	return rc;
}

static bool
write_all(int fd, const struct secret *s)
{
	size_t done = 0;
	ssize_t n;

	while (done < s->len) {
		n = write(fd, s->p + done, s->len - done);
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			done += (size_t)n;
	}
	return fsync(fd) == 0;
}

rh_status
secret_write(int dir, const char *name, const struct secret *s,
    struct err *err)
{
	char temp[SECRET_NAME_MAX + 24];
	rh_status rc;
	bool done;
	int fd;

	if ((rc = secret_name_check(str_of(name), err)) != RH_OK)
		return rc;
	/* No name that a secret could have. */
	snprintf(temp, sizeof temp, ".%s.%ld", name, (long)getpid());
	unlinkat(dir, temp, 0);
	fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_errno(err, RH_EIO, "secret \"%s\"", name);
	done = write_all(fd, s) && renameat(dir, temp, dir, name) == 0 &&
	    fsync(dir) == 0;
	if (!done) {
		err_errno(err, errno == ENOSPC || errno == EDQUOT ? RH_EFULL :
		    RH_EIO, "secret \"%s\"", name);
		unlinkat(dir, temp, 0);
	}
	close(fd);
	return done ? RH_OK : err->status;
}

rh_status
secret_remove(int dir, const char *name, struct err *err)
{
	rh_status rc;

	if ((rc = secret_name_check(str_of(name), err)) != RH_OK)
		return rc;
	if (unlinkat(dir, name, 0) == 0 && fsync(dir) == 0)
		return RH_OK;
	if (errno == ENOENT)
		return err_set(err, RH_ENOENT, "no secret \"%s\"", name);
	return err_errno(err, RH_EIO, "secret \"%s\"", name);
}

static int
is_secret(const struct dirent *d)
{
	return secret_name(str_of(d->d_name));
}

/* The pointers, then the texts. */
static char **
in_one_block(struct dirent **found, size_t n)
{
	size_t i, size = (n + 1) * sizeof(char *);
	char **names, *text;

	for (i = 0; i < n; i++)
		size += strlen(found[i]->d_name) + 1;
	names = mem_zalloc(size);
	text = (char *)(names + n + 1);
	for (i = 0; i < n; i++) {
		names[i] = text;
		text = stpcpy(text, found[i]->d_name) + 1;
	}
	return names;
}

char **
secret_names(int dir, struct err *err)
{
	struct dirent **found;
	char **names;
	int i, n = scandirat(dir, ".", &found, is_secret, alphasort);

	if (n < 0) {
		err_errno(err, RH_EIO, "listing secrets");
		return NULL;
	}
	names = in_one_block(found, (size_t)n);
	for (i = 0; i < n; i++)
		free(found[i]);
	free(found);
	return names;
}
