/*
 * Reading configuration files: bounded, UTF-8, one statement a line.
 */
#include "cli/config_file.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static rh_status
check_stat(const char *path, int fd, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(err, RH_EIO, "configuration \"%s\"", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, RH_EINPUT,
		    "configuration \"%s\" is not a regular file", path);
	if (st.st_size > CONFIG_FILE_MAX)
		return err_set(err, RH_ETOOBIG, "configuration \"%s\" is "
		    "larger than %d bytes", path, CONFIG_FILE_MAX);
	if (!(st.st_mode & S_IWOTH))
		return RH_OK;
	err_set(err, RH_EPERM, "configuration \"%s\" can be changed by "
	    "everybody (mode %03o)", path, st.st_mode & 0777);
	return err_hint(err, "chmod o-w %s", path);
}

static rh_status
read_all(const char *path, int fd, struct buf *out, struct err *err)
{
	char piece[4096];
	ssize_t n;

	while ((n = read(fd, piece, sizeof piece)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, RH_EIO,
			    "reading configuration \"%s\"", path);
		buf_add(out, piece, (size_t)n);
		if (out->len > CONFIG_FILE_MAX)
			return err_set(err, RH_ETOOBIG, "configuration \"%s\" "
			    "is larger than %d bytes", path, CONFIG_FILE_MAX);
	}
	return RH_OK;
}

rh_status
config_file_read(const char *path, char **text, size_t *len, struct err *err)
{
	struct buf out = { 0 };
	rh_status rc;
	int fd;

	*text = NULL;
	*len = 0;
	/* Opening a pipe must not wait for its other end. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_errno(err, errno == ENOENT ? RH_ENOENT : RH_EIO,
		    "configuration \"%s\"", path);
	if ((rc = check_stat(path, fd, err)) == RH_OK)
		rc = read_all(path, fd, &out, err);
	close(fd);
	*len = out.len;
	buf_addc(&out, '\0');
	*text = buf_take(&out);
	return rc;
}

static struct str
trim(struct str s)
{
	while (s.len > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s.p++, s.len--;
	while (s.len > 0 && (s.p[s.len - 1] == ' ' ||
	    s.p[s.len - 1] == '\t' || s.p[s.len - 1] == '\r'))
		s.len--;
	return s;
}

static rh_status
split(struct config_reader *r, struct str text, struct config_line *line,
    struct err *err)
{
	const char *eq;

	if (text.p[0] == '[') {
		if (text.p[text.len - 1] != ']')
			return err_set(err, RH_EINPUT, "%s:%d: a section ends "
			    "with \"]\"", r->path, r->number);
		line->kind = LINE_SECTION;
		line->key = (struct str){ text.p + 1, text.len - 2 };
		return RH_OK;
	}
	if ((eq = memchr(text.p, '=', text.len)) == NULL)
		return err_set(err, RH_EINPUT, "%s:%d: neither \"key = "
		    "value\" nor \"[section]\" nor \"# comment\"",
		    r->path, r->number);
	line->kind = LINE_SETTING;
	line->key = trim((struct str){ text.p, (size_t)(eq - text.p) });
	line->value = trim((struct str){ eq + 1,
	    text.len - (size_t)(eq - text.p) - 1 });
	return RH_OK;
}

rh_status
config_file_next(struct config_reader *r, struct config_line *line,
    struct err *err)
{
	struct str text;
	const char *nl;

	memset(line, 0, sizeof *line);
	while (r->left.len > 0) {
		nl = memchr(r->left.p, '\n', r->left.len);
		text.p = r->left.p;
		text.len = nl != NULL ? (size_t)(nl - text.p) : r->left.len;
		r->left.p += text.len + (nl != NULL);
		r->left.len -= text.len + (nl != NULL);
		line->number = ++r->number;
		if (text.len > CONFIG_LINE_MAX)
			return err_set(err, RH_EINPUT, "%s:%d: the line is "
			    "longer than %d bytes", r->path, r->number,
			    CONFIG_LINE_MAX);
		if (memchr(text.p, '\0', text.len) != NULL ||
		    !str_utf8(text.p, text.len))
			return err_set(err, RH_EINPUT,
			    "%s:%d: the line is not UTF-8 text", r->path,
			    r->number);
		text = trim(text);
		if (text.len > 0 && text.p[0] != '#')
			return split(r, text, line, err);
	}
	return RH_OK;
}
