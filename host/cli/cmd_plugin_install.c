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
is_same_dir(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 &&
	    x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool
lies_in(const struct install *in, const char *dir)
{
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool same = fd >= 0 && is_same_dir(fd, in->from);

	if (fd >= 0)
		close(fd);
	return same;
}

/*
 * Of those where the host says that it looks: the one that is named, else the
 * one where the file lies, else the first.
 */
static char *
choose_dir(const struct install *in, struct reply *r, const char *named)
{
	int list = json_member(&r->doc, 0, "dirs");
	int node = json_first(&r->doc, list);
	const char *first = NULL;
	struct str s;

	for (; node >= 0; node = json_next(&r->doc, node)) {
		if (!json_str(&r->doc, node, &r->arena, &s))
			continue;
		if (named != NULL ? strcmp(s.p, named) == 0 :
		    lies_in(in, s.p))
			return mem_strdup(s.p);
		if (first == NULL)
			first = s.p;
	}
	return named == NULL && first != NULL ? mem_strdup(first) : NULL;
}

static rh_status
find_dir(struct install *in, struct err *err)
{
	const char *dir = cli_opt(in->cli, "dir");
	struct reply r = { 0 };
	rh_status rc;

	if ((rc = door_action(&in->door, "plugin_list", "{}", &r, err)) ==
	    RH_OK && (in->to = choose_dir(in, &r, dir)) == NULL)
		rc = err_set(err, RH_EINPUT, dir != NULL ? "\"%s\" is not a "
		    "plugin directory of the host" : "the host has no plugin "
		    "directory", dir);
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
static char *
part_name(const char *name)
{
	return mem_printf(".%s.new", name);
}

static rh_status
part_write(int dir, const char *name, int from, struct err *err)
{
	char *part = part_name(name);
	int fd;
	rh_status rc;

	unlinkat(dir, part, 0);
	fd = openat(dir, part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd < 0)
		rc = err_errno(err, RH_EIO, "\"%s\"", part);
	else
		rc = copy_bytes(from, fd, err);
	if (fd >= 0)
		close(fd);
	free(part);
	return rc;
}

static rh_status
part_rename(int dir, const char *name, struct err *err)
{
	char *part = part_name(name);
	rh_status rc = RH_OK;

	if (renameat(dir, part, dir, name) != 0)
		rc = err_errno(err, RH_EIO, "rename to \"%s\"", name);
	free(part);
	return rc;
}

static void
part_drop(int dir, const char *name)
{
	char *part = part_name(name);

	unlinkat(dir, part, 0);
	free(part);
}

/* One that is left of another file would be wrong for this one. */
static rh_status
remove_old(int dir, const char *name, struct err *err)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return RH_OK;
	return err_errno(err, RH_EIO, "old \"%s\"", name);
}

/*
 * Both are on the disk before either is in its place.  The file goes first:
 * who is stopped between the two leaves a new file with a signature that
 * isn't its own, which is refused until it is installed again.  The other way
 * round it would be the old file, which is in use, that is refused.
 */
static rh_status
put_pair(const struct install *in, int dir, const char *sig_name, int sig,
    struct err *err)
{
	rh_status rc;

	if ((rc = part_write(dir, in->name, in->image.memfd, err)) == RH_OK &&
	    (sig < 0 || (rc = part_write(dir, sig_name, sig, err)) ==
	    RH_OK) && (rc = part_rename(dir, in->name, err)) == RH_OK)
		rc = sig < 0 ? remove_old(dir, sig_name, err) :
		    part_rename(dir, sig_name, err);
	if (rc == RH_OK && fsync(dir) != 0)
		rc = err_errno(err, RH_EIO, "sync");
	if (rc != RH_OK) {
		part_drop(dir, in->name);
		part_drop(dir, sig_name);
	}
	return rc;
}

static rh_status
put_both(const struct install *in, int dir, struct err *err)
{
	char *name = mem_printf("%s" SIGN_SUFFIX, in->name);
	int fd = openat(in->from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK);
	rh_status rc;

	if (fd < 0 && errno != ENOENT)
		rc = err_errno(err, RH_EIO, "\"%s\"", name);
	else
		rc = put_pair(in, dir, name, fd, err);
	if (fd >= 0)
		close(fd);
	free(name);
	return rc;
}

static rh_status
put_there(const struct install *in, struct err *err)
{
	int dir = open(in->to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rh_status rc = RH_OK;

	if (dir < 0)
		return err_errno(err, RH_EIO, "plugin directory \"%s\"",
		    in->to);
	if (!is_same_dir(dir, in->from) &&
	    (rc = put_both(in, dir, err)) != RH_OK)
		err_wrap(err, "plugin directory \"%s\"", in->to);
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
	struct member members[] = { { .name = "file" }, { .name = "dir" },
		{ .name = NULL } };
	char *body;
	rh_status rc;

	if ((rc = open_source(in, file, err)) != RH_OK ||
	    (rc = door_open(in->cli, &in->door, err)) != RH_OK)
		return rc;
	if (!in->door.local)
		return err_set(err, RH_EINPUT, "a plugin is installed over the "
		    "socket of its host: name its data directory with --data");
	if ((rc = find_dir(in, err)) != RH_OK ||
	    (rc = put_there(in, err)) != RH_OK)
		return rc;
	members[0].text = in->name;
	members[1].text = in->to;
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
