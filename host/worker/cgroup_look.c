/*
 * Finds the own control group and looks whether it can be divided.
 */
#include "worker/cgroup.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
cgroup_get(int dir, const char *name, char *text, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 0;

	if (fd < 0)
		return false;
	while (len < size - 1 &&
	    (n = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	text[len] = '\0';
	return n >= 0;
}

static bool
has_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *p = text;

	while (*(p += strspn(p, " \n")) != '\0') {
		if (strcspn(p, " \n") == len && strncmp(p, word, len) == 0)
			return true;
		p += strcspn(p, " \n");
	}
	return false;
}

/* One line of mountinfo: where the group is, if it is mounted there. */
static bool
mounted_at(const char *line, const char *path, char dir[PATH_MAX])
{
	char root[PATH_MAX], place[PATH_MAX], type[32];
	const char *tail = strstr(line, " - ");
	size_t len;

	if (tail == NULL || sscanf(tail, " - %31s", type) != 1 ||
	    strcmp(type, "cgroup2") != 0 ||
	    sscanf(line, "%*d %*d %*s %4095s %4095s", root, place) != 2)
		return false;
	len = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (strncmp(path, root, len) != 0 || strstr(path, "..") != NULL ||
	    strchr(place, '\\') != NULL || strlen(place) + strlen(path + len) +
	    1 > PATH_MAX || (len > 0 && path[len] != '/' && path[len] != '\0'))
		return false;
	stpcpy(stpcpy(dir, place), path + len);
	return true;
}

rh_status
cgroup_find(const char *self, const char *mounts, char dir[PATH_MAX],
    struct err *err)
{
	char path[PATH_MAX], line[3 * PATH_MAX];
	const char *p = strncmp(self, "0::", 3) == 0 ? self :
	    strstr(self, "\n0::");
	size_t len;

	if (p == NULL || sscanf(strstr(p, "0::") + 3, "%4095[^\n]", path) != 1)
		return err_set(err, RH_EUNAVAIL, "no control group of v2");
	for (p = mounts; *p != '\0'; p += len + (p[len] == '\n')) {
		len = strcspn(p, "\n");
		snprintf(line, sizeof line, "%.*s", (int)len, p);
		if (mounted_at(line, path, dir))
			return RH_OK;
	}
	return err_set(err, RH_EUNAVAIL, "the control group %s is mounted "
	    "nowhere", path);
}

rh_status
cgroup_own(char dir[PATH_MAX], struct err *err)
{
	static const size_t size = 1 << 20;
	char *self = mem_alloc(size), *mounts = mem_alloc(size);
	rh_status rc;

	if (cgroup_get(AT_FDCWD, "/proc/self/cgroup", self, size) &&
	    cgroup_get(AT_FDCWD, "/proc/self/mountinfo", mounts, size))
		rc = cgroup_find(self, mounts, dir, err);
	else
		rc = err_errno(err, RH_EUNAVAIL, "reading /proc/self");
	free(self);
	free(mounts);
	return rc;
}

/* No process but this one: others are not ours to move. */
static rh_status
check_alone(int fd, const char *dir, const char *name, struct err *err)
{
	char procs[4096], *p = procs, *end;
	long pid;

	if (!cgroup_get(fd, name, procs, sizeof procs))
		return err_errno(err, RH_EUNAVAIL, "reading %s/%s", dir, name);
	for (; (pid = strtol(p, &end, 10)), end != p; p = end)
		if (pid != (long)getpid())
			return err_set(err, RH_EUNAVAIL, "process %ld is in "
			    "%s/%s, too", pid, dir, name);
	return RH_OK;
}

rh_status
cgroup_look(int fd, const char *dir, struct err *err)
{
	static const char *const writable[] = { ".", "cgroup.procs",
		"cgroup.subtree_control" };
	static const char *const needed[] = { "memory", "pids" };
	char has[512];
	rh_status rc;
	size_t i;

	if (!cgroup_get(fd, "cgroup.controllers", has, sizeof has))
		return err_errno(err, RH_EUNAVAIL, "reading %s/"
		    "cgroup.controllers", dir);
	for (i = 0; i < ARRAY_LEN(needed); i++)
		if (!has_word(has, needed[i]))
			return err_set(err, RH_EUNAVAIL, "no controller "
			    "\"%s\" in %s", needed[i], dir);
	for (i = 0; i < ARRAY_LEN(writable); i++)
		if (faccessat(fd, writable[i], W_OK, AT_EACCESS) != 0)
			return err_errno(err, RH_EUNAVAIL, "%s isn't "
			    "delegated: writing to %s", dir, writable[i]);
	rc = check_alone(fd, dir, "cgroup.procs", err);
	/* Of another host, if it lives. */
	if (rc == RH_OK && faccessat(fd, "host", F_OK, 0) == 0)
		rc = check_alone(fd, dir, "host/cgroup.procs", err);
	return rc;
}
