/*
 * Secret keys are erased from every place that they were in.
 */
#include "cli/keyfile.h"

#include "base/hash.h"
#include "base/mem.h"
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define PASSWORD_MAX	1024

static void
wipe(struct buf *b)
{
	if (b->p != NULL)
		hash_wipe(b->p, b->len);
	buf_fini(b);
}

static rh_status
read_all(int fd, struct buf *out, struct err *err)
{
	ssize_t n;

	buf_reserve(out, SIGN_FILE_MAX + 1);
	while (out->len <= SIGN_FILE_MAX) {
		n = read(fd, out->p + out->len, SIGN_FILE_MAX + 1 - out->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, RH_EIO, "read");
		if (n == 0) {
			out->p[out->len] = '\0';
			return RH_OK;
		}
		out->len += (size_t)n;
	}
	return err_set(err, RH_ETOOBIG, "is above %d bytes", SIGN_FILE_MAX);
}

static rh_status
open_text(const char *path, int *fd, struct err *err)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (*fd >= 0)
		return RH_OK;
	return err_errno(err, errno == ENOENT ? RH_ENOENT : RH_EIO,
	    "file \"%s\"", path);
}

rh_status
keyfile_text(const char *path, struct buf *out, struct err *err)
{
	rh_status rc;
	int fd;

	if ((rc = open_text(path, &fd, err)) != RH_OK)
		return rc;
	if ((rc = read_all(fd, out, err)) != RH_OK)
		err_wrap(err, "file \"%s\"", path);
	close(fd);
	return rc;
}

/* What others may read is no secret. */
static rh_status
secret_text(const char *path, struct buf *out, struct err *err)
{
	struct stat st;
	rh_status rc;
	int fd;

	if ((rc = open_text(path, &fd, err)) != RH_OK)
		return rc;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		rc = err_set(err, RH_EPERM, "file \"%s\" is open to others "
		    "(mode %04o)", path, (unsigned)st.st_mode & 07777);
		err_hint(err, "chmod 600 %s", path);
	} else if ((rc = read_all(fd, out, err)) != RH_OK)
		err_wrap(err, "file \"%s\"", path);
	close(fd);
	return rc;
}

/* The first line, without its end. */
static rh_status
password_of_file(const char *path, struct buf *out, struct err *err)
{
	rh_status rc;

	if ((rc = secret_text(path, out, err)) != RH_OK)
		return rc;
	out->p[strcspn(out->p, "\r\n")] = '\0';
	if (out->p[0] == '\0' || strlen(out->p) > PASSWORD_MAX)
		return err_set(err, RH_EINPUT, "the first line of \"%s\" is "
		    "%s", path, out->p[0] == '\0' ? "empty" : "too long");
	return RH_OK;
}

static rh_status
password_typed(const char *path, struct buf *out, struct err *err)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios before, quiet;
	char c;

	if (fd < 0 || tcgetattr(fd, &before) != 0) {
		if (fd >= 0)
			close(fd);
		err_set(err, RH_EAUTH, "key \"%s\" is locked with a password, "
		    "and there is no terminal to ask at", path);
		return err_hint(err, "give --password-file FILE");
	}
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(fd, TCSAFLUSH, &quiet);
	dprintf(fd, "password of %s: ", path);
	buf_reserve(out, PASSWORD_MAX + 1);
	while (read(fd, &c, 1) == 1 && c != '\n' && out->len < PASSWORD_MAX)
		buf_addc(out, c);
	buf_addc(out, '\0');
	tcsetattr(fd, TCSAFLUSH, &before);
	dprintf(fd, "\n");
	close(fd);
	return RH_OK;
}

rh_status
keyfile_secret(const struct cli *cli, const char *path,
    struct sign_secret *out, struct err *err)
{
	const char *file = cli_opt(cli, "password-file");
	struct buf text = { 0 }, password = { 0 };
	struct str all;
	rh_status rc;

	if ((rc = secret_text(path, &text, err)) != RH_OK)
		goto out;
	all = (struct str){ text.p, text.len };
	/* Not locked: a password isn't asked for. */
	rc = sign_secret_read(all, NULL, out, err);
	if (rc == RH_EAUTH) {
		rc = file != NULL ? password_of_file(file, &password, err) :
		    password_typed(path, &password, err);
		if (rc == RH_OK)
			rc = sign_secret_read(all, password.p, out, err);
		else
			goto out;
	}
	if (rc != RH_OK)
		err_wrap(err, "key \"%s\"", path);
out:
	wipe(&password);
	wipe(&text);
	return rc;
}

/* A file that wasn't there before. */
static rh_status
write_new(const char *path, mode_t mode, const struct buf *text,
    struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	rh_status rc = RH_OK;

	if (fd < 0 && errno == EEXIST) {
		err_set(err, RH_ECONFLICT, "file \"%s\" is already there",
		    path);
		return err_hint(err, "choose another name, or move it away");
	}
	if (fd < 0)
		return err_errno(err, RH_EIO, "file \"%s\"", path);
	if (fchmod(fd, mode) != 0 ||
	    write(fd, text->p, text->len) != (ssize_t)text->len ||
	    fsync(fd) != 0) {
		rc = err_errno(err, RH_EIO, "file \"%s\"", path);
		unlink(path);
	}
	close(fd);
	return rc;
}

rh_status
keyfile_make(const struct cli *cli, const char *path,
    const struct sign_secret *key, struct err *err)
{
	const char *file = cli_opt(cli, "password-file");
	char *public_path = mem_printf("%s.pub", path);
	struct buf secret = { 0 }, public = { 0 }, password = { 0 };
	struct sign_public pub;
	rh_status rc = RH_OK;

	sign_public_of(key, &pub);
	sign_public_text(&pub, &public);
	if (file != NULL)
		rc = password_of_file(file, &password, err);
	if (rc == RH_OK)
		rc = sign_secret_text(key, password.p, &secret, err);
	if (rc == RH_OK)
		rc = write_new(path, 0600, &secret, err);
	if (rc == RH_OK &&
	    (rc = write_new(public_path, 0644, &public, err)) != RH_OK)
		unlink(path);
	wipe(&password);
	wipe(&secret);
	buf_fini(&public);
	free(public_path);
	return rc;
}
