/*
 * Judged on the open descriptor, so that it doesn't matter what becomes of the
 * name.
 */
#include "source.h"

#include <runhost/easy.h>

#include "grants.h"
#include "json.h"
#include "manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_sound(int fd, const char *path, struct text *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		text_printf(why, "\"%s\": %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		text_printf(why, "\"%s\" is no file", path);
	else if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		text_printf(why, "\"%s\" may be written by others than its "
		    "owner: chmod go-w", path);
	else
		return true;
	return false;
}

/* One byte more than may be shows that there are too many. */
static bool
read_file(int fd, const char *path, struct text *out, struct text *why)
{
	char piece[4096];
	ssize_t n;

	text_add(out, "", 0);
	while (out->len <= MANIFEST_MAX) {
		n = read(fd, piece, sizeof piece);
		if (n == 0)
			return true;
		if (n > 0)
			text_add(out, piece, (size_t)n);
		else if (errno != EINTR) {
			text_printf(why, "\"%s\": %s", path, strerror(errno));
			return false;
		}
	}
	return true;
}

static bool
load_file(const char *path, struct text *out, struct text *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool ok;

	if (fd < 0) {
		text_printf(why, "manifest \"%s\": %s", path,
		    strerror(errno));
		return false;
	}
	ok = is_sound(fd, path, why) && read_file(fd, path, out, why);
	close(fd);
	return ok;
}

static bool
find_path(struct rh_text config, struct text *path, struct text *why)
{
	struct rh_text value;

	if (!rh_json_member(config, "manifest", &value)) {
		text_adds(why, "there is no manifest: say \"manifest = FILE\" "
		    "in the section [plugin.exec] of the host's "
		    "configuration");
		return false;
	}
	if (*value.p == '"' && json_text(value, path) && path->p[0] == '/')
		return true;
	text_printf(why, "the configuration's \"manifest\" is no absolute "
	    "path: %.*s", (int)(value.len < 200 ? value.len : 200), value.p);
	return false;
}

struct manifest *
source_load(const struct rh_host *host, const struct rh_invocation *inv,
    struct text *why)
{
	struct text path = { 0 }, file = { 0 };
	struct manifest_error e;
	struct manifest *m = NULL;

	if (find_path(inv->config, &path, why) &&
	    grant_held(host, inv, "fs.read", path.p, why) &&
	    load_file(path.p, &file, why)) {
		m = manifest_parse(file.p, file.len, &e);
		if (m == NULL)
			text_printf(why, "\"%s\", line %u, column %u: %s",
			    path.p, e.place.line, e.place.column, e.reason);
	}
	text_free(&path);
	text_free(&file);
	return m;
}
