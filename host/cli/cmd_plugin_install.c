/*
 * plugin install: puts a file where the host looks for plugins, and has it
 * try it.
 */
#include "cli/cli.h"
#include "cli/print.h"
#include "cli/reply.h"

#include "base/mem.h"
#include "base/part.h"
#include "plugin/image.h"
#include "plugin/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct install {
	const struct cli *cli;
	struct door door;
	char	*copy;		/* of the operand, whose directory it is */
	const char *name;	/* of the file, in either directory */
	int	from;		/* directory of the file */
	struct image image;
	char	*to;		/* the host's directory */
};

/* Both are judged as the host will. */
static rh_status
open_source(struct install *in, const char *file, struct err *err)
{
	const char *slash = strrchr(file, '/');

	in->name = slash != NULL ? slash + 1 : file;
	in->copy = mem_strdup(file);
	in->from = open(dirname(in->copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (in->from < 0)
		return err_errno(err, RH_EIO, "directory of \"%s\"", file);
	return image_open(in->from, in->name, &in->image, err);
}

static bool
is_dir(struct reply *r, const char *dir)
{
	int node, list = json_member(&r->doc, 0, "dirs");
	struct str s;

	for (node = json_first(&r->doc, list); node >= 0;
	    node = json_next(&r->doc, node)) {
		if (json_str(&r->doc, node, &r->arena, &s) &&
		    (dir == NULL || strcmp(s.p, dir) == 0))
			return true;
	}
	return false;
}

/* Where the host says that it looks; the first, unless one is named. */
static rh_status
find_dir(struct install *in, struct err *err)
{
	const char *dir = cli_opt(in->cli, "dir");
	struct reply r = { 0 };
	struct str s;
	rh_status rc;

	if ((rc = door_action(&in->door, "plugin_list", "{}", &r, err)) !=
	    RH_OK)
		goto out;
	if (!is_dir(&r, dir)) {
		rc = err_set(err, RH_EINPUT, dir != NULL ? "\"%s\" is not a "
		    "plugin directory of the host" : "the host has no plugin "
		    "directory", dir);
		goto out;
	}
	json_str(&r.doc, json_first(&r.doc, json_member(&r.doc, 0, "dirs")),
	    &r.arena, &s);
	in->to = mem_strdup(dir != NULL ? dir : s.p);
out:
	reply_free(&r);
	return rc;
}

static rh_status
copy_bytes(int from, int to, struct err *err)
{
	char piece[64 * 1024];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(from, piece, sizeof piece, at)) > 0) {
		at += n;
		if (write(to, piece, (size_t)n) != n)
			return err_errno(err, RH_EIO, "write");
	}
	if (n < 0)
		return err_errno(err, RH_EIO, "read");
	if (fchmod(to, 0644) != 0 || fsync(to) != 0)
		return err_errno(err, RH_EIO, "write");
	return RH_OK;
}

/* Under a name that no host looks at, until it is whole and on the disk. */
static rh_status
put_file(int dir, const char *name, int from, struct err *err)
{
	char *part = mem_printf(".%s.new", name);
	int fd;
	rh_status rc;

	unlinkat(dir, part, 0);
	fd = openat(dir, part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd < 0)
		rc = err_errno(err, RH_EIO, "\"%s\"", part);
	else if ((rc = copy_bytes(from, fd, err)) == RH_OK &&
	    renameat(dir, part, dir, name) != 0)
		rc = err_errno(err, RH_EIO, "rename to \"%s\"", name);
	if (fd >= 0)
		close(fd);
	if (rc != RH_OK)
		unlinkat(dir, part, 0);
	free(part);
	return rc;
}

/* One that is left of another file would be wrong for this one. */
static rh_status
put_signature(const struct install *in, int dir, struct err *err)
{
	char *name = mem_printf("%s" SIGN_SUFFIX, in->name);
	int fd = openat(in->from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK);
	rh_status rc = RH_OK;

	if (fd >= 0)
		rc = put_file(dir, name, fd, err);
	else if (errno != ENOENT)
		rc = err_errno(err, RH_EIO, "\"%s\"", name);
	else if (unlinkat(dir, name, 0) != 0 && errno != ENOENT)
		rc = err_errno(err, RH_EIO, "old \"%s\"", name);
	if (fd >= 0)
		close(fd);
	free(name);
	return rc;
}

static bool
is_same_dir(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 &&
	    x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static rh_status
put_both(const struct install *in, struct err *err)
{
	int dir = open(in->to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rh_status rc = RH_OK;

	if (dir < 0)
		return err_errno(err, RH_EIO, "plugin directory \"%s\"",
		    in->to);
	if (!is_same_dir(dir, in->from)) {
		if ((rc = put_signature(in, dir, err)) == RH_OK)
			rc = put_file(dir, in->name, in->image.memfd, err);
		if (rc == RH_OK && fsync(dir) != 0)
			rc = err_errno(err, RH_EIO, "sync");
		if (rc != RH_OK)
			err_wrap(err, "plugin directory \"%s\"", in->to);
	}
	close(dir);
	return rc;
}

static void
show_installed(const struct cli *cli, struct reply *r)
{
	const char *mend = reply_text(r, 0, "mend");
	const char *other = reply_text(r, 0, "catalog_digest");

	fprintf(cli->out, "%s\ndigest %s\n", reply_word(r, 0, "file"),
	    reply_word(r, 0, "digest"));
	if (other != NULL)
		fprintf(cli->out, "the catalog has digest %s\n", other);
	fprintf(cli->out, "%s %s: %s\n", reply_word(r, 0, "id"),
	    reply_word(r, 0, "version"), reply_word(r, 0, "state"));
	if (mend != NULL)
		fprintf(cli->out, "enable it with: runhost plugin enable %s "
		    "--digest %s\n", reply_word(r, 0, "id"),
		    reply_word(r, 0, "digest"));
}

static rh_status
install(struct install *in, const char *file, struct reply *r,
    struct err *err)
{
	struct member members[] = { { .name = "file" }, { .name = NULL } };
	char *body;
	rh_status rc;

	if ((rc = open_source(in, file, err)) != RH_OK ||
	    (rc = door_open(in->cli, &in->door, err)) != RH_OK)
		return rc;
	if (!in->door.local)
		return err_set(err, RH_EINPUT, "a plugin is installed over the "
		    "socket of its host: name its data directory with --data");
	if ((rc = find_dir(in, err)) != RH_OK ||
	    (rc = put_both(in, err)) != RH_OK)
		return rc;
	members[0].text = in->name;
	body = body_of(members);
	rc = door_action(&in->door, "plugin_install", body, r, err);
	free(body);
	return rc;
}

int
cmd_plugin_install(struct cli *cli)
{
	struct install in = { .cli = cli, .from = -1, .image.memfd = -1,
		.door.dir_fd = -1 };
	struct reply r = { 0 };
	struct err err = { 0 };
	int code = EXIT_OK;

	if (install(&in, cli_operand(cli, 0), &r, &err) != RH_OK)
		code = cli_fail(cli, &err);
	else if (cli->json)
		print_json(cli->out, r.raw.body.p, r.raw.body.len);
	else
		show_installed(cli, &r);
	reply_free(&r);
	door_close(&in.door);
	image_close(&in.image);
	if (in.from >= 0)
		close(in.from);
	free(in.copy);
	free(in.to);
	return code;
}
