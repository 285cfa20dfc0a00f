/*
 * Finds children by /proc.  A child that nobody has reaped keeps its pid, so
 * what is killed here is what was found.
 */
#include "worker/strays.h"

#include "base/log.h"

#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS	1000	/* each ends a generation, or what was forked since */

/* The parent of a process; 0 when it is gone. */
static pid_t
parent_of(const char *pid)
{
	char path[64], text[512];
	const char *tail;
	size_t len;
	int parent;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	len = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[len] = '\0';
	/* The name, in parentheses, may hold anything. */
	tail = strrchr(text, ')');
	if (tail == NULL || sscanf(tail, ") %*c %d", &parent) != 1)
		return 0;
	return parent;
}

static int
kill_children(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int n = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (!isdigit((unsigned char)e->d_name[0]) ||
		    parent_of(e->d_name) != getpid())
			continue;
		kill((pid_t)atol(e->d_name), SIGKILL);
		n++;
	}
	if (d != NULL)
		closedir(d);
	return n;
}

void
strays_end(void)
{
	int round, n, found = 0;

	for (round = 0; round < ROUNDS; round++) {
		if ((n = kill_children()) == 0)
			break;
		while (n-- > 0 && waitpid(-1, NULL, 0) > 0)
			found++;
	}
	if (found > 0)
		log_line(LOG_WARN, "%d processes that plugins had left behind "
		    "were killed", found);
}

/* The kernel gives orphans to the first thread. */
size_t
strays_end_but(strays_spare spare, void *arg)
{
	pid_t own = getsid(0), sid;
	char path[64];
	size_t n = 0;
	FILE *f;
	int pid;

	snprintf(path, sizeof path, "/proc/self/task/%d/children",
	    (int)getpid());
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	while (fscanf(f, "%d", &pid) == 1) {
		sid = getsid(pid);
		if (sid < 0 || sid == own || spare(arg, pid, sid))
			continue;
		/* Dead from the last round, or now. */
		if (waitpid(pid, NULL, WNOHANG) == 0 &&
		    kill(pid, SIGKILL) == 0)
			n++;
	}
	fclose(f);
	return n;
}
