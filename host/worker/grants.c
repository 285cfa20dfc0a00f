/*
 * Paths are walked component by component from "/", so that each link on the
 * way is judged before it is followed.
 */
#include "worker/grants.h"

#include "base/mem.h"
#include "base/str.h"
#include "worker/interpreter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX	40

/* The way through a path, component by component. */
struct walk {
	int	fd;		/* so far */
	int	links;
	char	rest[2 * PROFILE_TEXT_MAX + 2];
};

/*
 * Somebody else's.  In a user namespace the owner isn't seen, but only the
 * owner may ask for this flag.
 */
static bool
is_anothers(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_NOATIME |
	    O_CLOEXEC);

	if (fd < 0)
		return errno == EPERM;
	close(fd);
	return false;
}

/*
 * No plugin can have made it: no worker of root's host is root, and those of
 * another are its user.  Modes alone say nothing: who owns a directory
 * changes its mode at will.
 */
static bool
link_is_sound(int dir, const struct stat *link)
{
	struct stat st;

	if (geteuid() != 0)
		return faccessat(dir, ".", W_OK, AT_EACCESS) != 0 &&
		    is_anothers(dir);
	return link->st_uid == 0 && fstat(dir, &st) == 0 && st.st_uid == 0 &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* 0 or errno. */
static int
follow(struct walk *w, int link, const struct stat *st)
{
	char target[PROFILE_TEXT_MAX], rest[sizeof w->rest];
	ssize_t n;

	if (!link_is_sound(w->fd, st))
		return EPERM;
	if (++w->links > LINKS_MAX)
		return ELOOP;
	n = readlinkat(link, "", target, sizeof target - 1);
	if (n <= 0)
		return n < 0 ? errno : ENOENT;
	target[n] = '\0';
	if ((size_t)snprintf(rest, sizeof rest, "%s/%s", target, w->rest) >=
	    sizeof w->rest)
		return ENAMETOOLONG;
	memcpy(w->rest, rest, sizeof rest);
	if (target[0] != '/')
		return 0;
	close(w->fd);
	w->fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return w->fd < 0 ? errno : 0;
}

/* One component further; 0 or errno. */
static int
step(struct walk *w)
{
	char name[256];
	char *p = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(p, "/");
	struct stat st;
	int fd, e = 0;

	if (len >= sizeof name)
		return ENAMETOOLONG;
	memcpy(name, p, len);
	name[len] = '\0';
	memmove(w->rest, p + len, strlen(p + len) + 1);
	fd = openat(w->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		return errno;
	if (S_ISLNK(st.st_mode)) {
		e = follow(w, fd, &st);
		close(fd);
		return e;
	}
	close(w->fd);
	w->fd = fd;
	return 0;
}

static int
walk_path(const char *path, int *fd)
{
	struct walk w = { .fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) };
	int e = w.fd < 0 ? errno : 0;

	snprintf(w.rest, sizeof w.rest, "%s", path);
	while (e == 0 && w.rest[strspn(w.rest, "/")] != '\0')
		e = step(&w);
	if (e != 0 && w.fd >= 0)
		close(w.fd);
	*fd = w.fd;
	return e;
}

/* Whether the path leads to what it did when it was judged. */
static bool
is_same(const struct profile_path *p, const struct stat *st)
{
	return p->ino == 0 || (p->dev == st->st_dev && p->ino == st->st_ino);
}

static rh_status
add(struct grants *g, const struct profile_path *p, struct err *err)
{
	const char *path = p->path;
	struct grant *to = &g->list[g->count];
	struct stat st;
	size_t i;
	int e;

	for (i = 0; i < g->count; i++)
		if (g->list[i].use == p->use &&
		    strcmp(g->list[i].path, path) == 0)
			return RH_OK;
	if (g->count == GRANTS_MAX)
		return err_set(err, RH_ETOOBIG, "more than %d paths",
		    GRANTS_MAX);
	e = walk_path(path, &to->fd);
	if (e == EPERM)
		return err_set(err, RH_EPERM, "%s: a symbolic link on the way "
		    "may be a plugin's: grant what it points to", path);
	if (e == 0 && fstat(to->fd, &st) != 0)
		e = errno;
	errno = e;
	if (e != 0)
		return err_errno(err, RH_EUNAVAIL, "%s, which it was granted",
		    path);
	if (!is_same(p, &st)) {
		close(to->fd);
		return err_set(err, RH_EUNAVAIL, "%s, which it was granted, "
		    "is another file since a moment ago", path);
	}
	*to = (struct grant){ .use = p->use, .fd = to->fd, .path = path,
		.dir = S_ISDIR(st.st_mode), .is_written = p->is_written,
		.uid = st.st_uid,
		.gid = st.st_gid };
	g->count++;
	return RH_OK;
}

static int
by_length(const void *a, const void *b)
{
	const struct grant *x = a, *y = b;
	size_t m = strlen(x->path), n = strlen(y->path);

	return m < n ? -1 : m > n;
}

/*
 * Whether another grant gives this reading as well: a bind of its own would
 * take away there what that one gives beyond it.
 */
static bool
is_given_anyway(const struct worker_profile *p, size_t at)
{
	size_t i;

	if (p->paths[at].use != PATH_READ)
		return false;
	for (i = 0; i < p->path_count; i++) {
		if (p->paths[i].use != PATH_READ &&
		    str_path_within(str_of(p->paths[at].path),
		    p->paths[i].path))
			return true;
	}
	return false;
}

static bool
is_program(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

/* What else its execution needs; unless that is no program. */
static rh_status
add_interpreter(struct grants *g, const struct grant *of, struct err *err)
{
	struct profile_path next = { .use = PATH_EXEC };
	size_t was = g->count;
	char *path = NULL;
	rh_status rc;

	if (of->use == PATH_EXEC && !of->dir && !of->is_written)
		path = interpreter_of(of->fd);
	if (path == NULL)
		return RH_OK;
	next.path = path;
	rc = add(g, &next, err);
	if (g->count > was && !is_program(g->list[was].fd))
		close(g->list[--g->count].fd);
	if (g->count > was)
		g->list[was].brought = path;
	else
		free(path);
	return rc;
}

rh_status
grants_open(struct grants *g, const struct worker_profile *p, struct err *err)
{
	rh_status rc = RH_OK;
	size_t i;

	for (i = 0; i < p->path_count && rc == RH_OK; i++) {
		if (!is_given_anyway(p, i))
			rc = add(g, &p->paths[i], err);
	}
	/* Grows as it is walked. */
	for (i = 0; i < g->count && rc == RH_OK; i++)
		rc = add_interpreter(g, &g->list[i], err);
	qsort(g->list, g->count, sizeof *g->list, by_length);
	return rc;
}

void
grants_close(struct grants *g)
{
	struct grant *last;

	while (g->count > 0) {
		last = &g->list[--g->count];
		close(last->fd);
		free(last->brought);
	}
}
