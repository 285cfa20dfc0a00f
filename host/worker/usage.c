/*
 * Reads /proc: a few small files a process.  What forks while it is looked
 * at may be missed, and is seen the next time.
 */
#include "worker/usage.h"

#include "base/clock.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TREE_MAX	1024	/* processes that are looked at */

struct tree {
	pid_t	pids[TREE_MAX];
	size_t	count;
	size_t	files;		/* that were opened */
};

/* Its own time, and that of children it has waited for. */
static bool
cpu_ticks(pid_t pid, unsigned long long *ticks)
{
	unsigned long long own, system;
	long long waited, waited_system;
	char path[64], text[512];
	const char *tail;
	size_t len;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if ((f = fopen(path, "re")) == NULL)
		return false;
	len = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[len] = '\0';
	/* The name, in parentheses, may hold anything. */
	tail = strrchr(text, ')');
	if (tail == NULL || sscanf(tail, ") %*c %*d %*d %*d %*d %*d %*u %*u "
	    "%*u %*u %*u %llu %llu %lld %lld", &own, &system, &waited,
	    &waited_system) != 4)
		return false;
	*ticks = own + system + (unsigned long long)(waited + waited_system);
	return true;
}

/* The children of one thread. */
static void
add_children(struct tree *t, pid_t pid, const char *tid)
{
	char path[96];
	FILE *f;
	int child;

	snprintf(path, sizeof path, "/proc/%d/task/%.20s/children", (int)pid,
	    tid);
	t->files++;
	if ((f = fopen(path, "re")) == NULL)
		return;
	while (t->count < TREE_MAX && fscanf(f, "%d", &child) == 1)
		t->pids[t->count++] = child;
	fclose(f);
}

static void
add_all_children(struct tree *t, pid_t pid)
{
	struct dirent *e;
	char path[64];
	DIR *d;

	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	if ((d = opendir(path)) == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (isdigit((unsigned char)e->d_name[0]))
			add_children(t, pid, e->d_name);
	closedir(d);
}

bool
usage_cpu(pid_t pid, int64_t *us, size_t *files)
{
	struct tree t = { .pids = { pid }, .count = 1 };
	unsigned long long ticks, sum = 0;
	size_t i;

	if (!cpu_ticks(pid, &sum))
		return false;
	for (i = 0; i < t.count; i++) {
		if (i > 0 && cpu_ticks(t.pids[i], &ticks))
			sum += ticks;
		add_all_children(&t, t.pids[i]);
	}
	*files = t.count + t.files;
	*us = (int64_t)sum * (US_PER_S / sysconf(_SC_CLK_TCK));
	return true;
}
