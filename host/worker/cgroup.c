/*
 * Dividing, limiting, ending.  A group in which something is still dying can't
 * be removed yet; its number is kept and tried again with the next.
 */
#include "worker/cgroup.h"

#include "base/log.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORKER		"worker."
#define WEIGHT		"20"	/* of 100, which the host has */
#define ROUNDS		100	/* until what was killed is gone, of */
#define ROUND_MS	10

/* 0 or errno.  Files of a control group: one word, one write. */
static int
put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CLOEXEC), e = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		e = errno;
	close(fd);
	return e;
}

/* Kills what is in it; true: the group is gone. */
static bool
end_group(int dir, const char *name)
{
	char path[NAME_MAX + 32];

	if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return true;
	snprintf(path, sizeof path, "%s/cgroup.kill", name);
	put(dir, path, "1");
	return unlinkat(dir, name, AT_REMOVEDIR) == 0;
}

/* Those of all workers, also of an earlier host; true: there are none. */
static bool
end_all(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	bool none = true;

	if (d == NULL)
		return true;
	while ((e = readdir(d)) != NULL)
		if (strncmp(e->d_name, WORKER, strlen(WORKER)) == 0 &&
		    !end_group(dir, e->d_name))
			none = false;
	closedir(d);
	return none;
}

static void
wait_for_none(int dir)
{
	int i;

	for (i = 0; i < ROUNDS && !end_all(dir); i++)
		poll(NULL, 0, ROUND_MS);
}

/* In the reverse order; the kernel refuses what is not so. */
static void
undivide(int dir)
{
	put(dir, "cgroup.subtree_control", "-cpu");
	put(dir, "cgroup.subtree_control", "-memory -pids");
	put(dir, "cgroup.procs", "0");
	unlinkat(dir, "host", AT_REMOVEDIR);
}

static rh_status
divide(int fd, const char *dir, struct err *err)
{
	int e = mkdirat(fd, "host", 0755) != 0 && errno != EEXIST ? errno : 0;

	if (e == 0)
		e = faccessat(fd, "host/cgroup.kill", F_OK, 0) ? errno : 0;
	if (e == 0)
		e = put(fd, "host/cgroup.procs", "0");
	if (e == 0)
		e = put(fd, "cgroup.subtree_control", "+memory +pids");
	if (e == 0) {
		put(fd, "cgroup.subtree_control", "+cpu");
		return RH_OK;
	}
	undivide(fd);
	errno = e;
	return err_errno(err, RH_EUNAVAIL, "dividing %s", dir);
}

struct cgroups *
cgroups_open(const char *dir, struct err *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct cgroups *g;

	if (fd < 0) {
		err_errno(err, RH_EUNAVAIL, "opening %s", dir);
		return NULL;
	}
	if (cgroup_look(fd, dir, err) != RH_OK ||
	    divide(fd, dir, err) != RH_OK) {
		close(fd);
		return NULL;
	}
	wait_for_none(fd);
	g = mem_zalloc(sizeof *g);
	g->dir = fd;
	return g;
}

struct cgroups *
cgroups_of_host(void)
{
	struct cgroups *g = NULL;
	char dir[PATH_MAX];
	struct err err;

	if (cgroup_own(dir, &err) == RH_OK)
		g = cgroups_open(dir, &err);
	log_event(LOG_INFO, "limits of workers", "by", g != NULL ?
	    "control groups" : "rlimits", "in", g != NULL ? dir : NULL, "why",
	    g == NULL ? err.msg : NULL, NULL);
	return g;
}

void
cgroups_close(struct cgroups *g)
{
	if (g == NULL)
		return;
	wait_for_none(g->dir);
	undivide(g->dir);
	close(g->dir);
	free(g->dying);
	free(g);
}

static void
end_dying(struct cgroups *g)
{
	char name[32];
	size_t i, n = 0;

	for (i = 0; i < g->dying_count; i++) {
		snprintf(name, sizeof name, WORKER "%d", g->dying[i]);
		if (!end_group(g->dir, name))
			g->dying[n++] = g->dying[i];
	}
	g->dying_count = n;
}

/* What a file is to hold; one that may be missing is optional. */
static rh_status
set_limits(int fd, const struct worker_profile *p, struct err *err)
{
	char memory[24] = "max", processes[24];
	const struct {
		const char *name, *text;
		bool	optional;
	} files[] = {
		{ "memory.max", memory, false },
		{ "memory.swap.max", "0", true },
		{ "pids.max", processes, false },
		{ "cpu.weight", WEIGHT, true },
	};
	size_t i;

	if (p->memory_bytes > 0)
		snprintf(memory, sizeof memory, "%lld",
		    (long long)p->memory_bytes);
	/* And the reaper. */
	snprintf(processes, sizeof processes, "%lld", 1 + (long long)
	    (p->processes > 0 ? p->processes : PROFILE_PROCESSES));
	for (i = 0; i < ARRAY_LEN(files); i++) {
		errno = put(fd, files[i].name, files[i].text);
		if (errno != 0 && !files[i].optional)
			return err_errno(err, RH_EIO, "writing %s of its "
			    "control group", files[i].name);
	}
	return RH_OK;
}

int
cgroup_make(struct cgroups *g, const struct worker_profile *p, int *group,
    struct err *err)
{
	char name[32];

	int e;

	end_dying(g);
	/* An earlier host may have left one that didn't end yet. */
	do {
		snprintf(name, sizeof name, WORKER "%d", ++g->made);
		e = mkdirat(g->dir, name, 0755) != 0 ? errno : 0;
	} while (e == EEXIST);
	if (e != 0) {
		errno = e;
		err_errno(err, RH_EIO, "making the control group %s", name);
		return 0;
	}
	*group = openat(g->dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*group < 0)
		err_errno(err, RH_EIO, "opening the control group %s", name);
	else if (set_limits(*group, p, err) == RH_OK)
		return g->made;
	if (*group >= 0)
		close(*group);
	*group = 0;
	unlinkat(g->dir, name, AT_REMOVEDIR);
	return 0;
}

bool
cgroup_cpu(const struct cgroups *g, int number, int64_t *us)
{
	static const char word[] = "usage_usec ";
	char path[64], text[1024], *p;

	snprintf(path, sizeof path, WORKER "%d/cpu.stat", number);
	if (!cgroup_get(g->dir, path, text, sizeof text) ||
	    (p = strstr(text, word)) == NULL)
		return false;
	*us = strtoll(p + sizeof word - 1, NULL, 10);
	return true;
}

bool
cgroup_end(struct cgroups *g, int number)
{
	char path[64], events[512] = "", *p;
	bool oom = false;

	snprintf(path, sizeof path, WORKER "%d/memory.events", number);
	if (cgroup_get(g->dir, path, events, sizeof events) &&
	    (p = strstr(events, "oom_kill ")) != NULL)
		oom = strtol(p + strlen("oom_kill "), NULL, 10) > 0;
	g->dying = mem_realloc(g->dying, (g->dying_count + 1) *
	    sizeof *g->dying);
	g->dying[g->dying_count++] = number;
	end_dying(g);
	return oom;
}

int
cgroup_join(int group)
{
	return put(group, "cgroup.procs", "0");
}
