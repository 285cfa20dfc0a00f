/*
 * The longest part of a path that is there, its links resolved, and then
 * each directory of it.
 */
#include "base/lineage.h"

#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool
goes_up(const char *path)
{
	const char *p = path;

	while ((p = strstr(p, "/..")) != NULL) {
		if (p[3] == '/' || p[3] == '\0')
			return true;
		p += 3;
	}
	return false;
}

/* Cuts the path down to what is there; the caller frees. */
static char *
resolve(char *path, bool *whole)
{
	char *real, *slash;

	*whole = true;
	while ((real = realpath(path, NULL)) == NULL &&
	    (errno == ENOENT || errno == ENOTDIR) &&
	    (slash = strrchr(path, '/')) != NULL) {
		*whole = false;
		slash[slash == path] = '\0';
	}
	return real;
}

static rh_status
add(struct lineage *l, const char *path, struct err *err)
{
	struct stat st;

	if (l->count == LINEAGE_MAX)
		return err_set(err, RH_EINPUT, "path \"%s\": more than %d "
		    "directories deep", path, LINEAGE_MAX);
	if (stat(path, &st) != 0)
		return err_errno(err, RH_EINPUT, "path \"%s\"", path);
	l->at[l->count].dev = st.st_dev;
	l->at[l->count++].ino = st.st_ino;
	return RH_OK;
}

static rh_status
add_all(struct lineage *l, char *real, struct err *err)
{
	rh_status rc = add(l, "/", err);
	char *p = real;

	while (rc == RH_OK && *p != '\0' && p[1] != '\0') {
		p += 1 + strcspn(p + 1, "/");
		if (*p == '\0')
			return add(l, real, err);
		*p = '\0';
		rc = add(l, real, err);
		*p = '/';
	}
	return rc;
}

rh_status
lineage_of(const char *path, struct lineage *l, struct err *err)
{
	char *copy, *real;
	rh_status rc;

	l->count = 0;
	if (path[0] != '/' || goes_up(path))
		return err_set(err, RH_EINPUT, "path \"%s\": must be absolute "
		    "and without \"..\"", path);
	copy = mem_strdup(path);
	real = resolve(copy, &l->whole);
	rc = real != NULL ? add_all(l, real, err) :
	    err_errno(err, RH_EINPUT, "path \"%s\"", path);
	free(real);
	free(copy);
	return rc;
}

bool
lineage_within(const struct lineage *l, const struct lineage *dir)
{
	size_t i, last = dir->count - 1;

	for (i = 0; dir->whole && i < l->count; i++) {
		if (l->at[i].dev == dir->at[last].dev &&
		    l->at[i].ino == dir->at[last].ino)
			return true;
	}
	return false;
}
