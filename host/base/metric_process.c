/*
 * What the kernel says of this process.  What it doesn't say is left out.
 */
#include "base/metric.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static void
put_rss(struct metric_text *t)
{
	long long pages;
	FILE *f = fopen("/proc/self/statm", "re");
	int n = 0;

	if (f == NULL)
		return;
	n = fscanf(f, "%*s %lld", &pages);
	fclose(f);
	if (n == 1)
		metric_put(t, METRIC_PROC_RSS, NULL,
		    pages * sysconf(_SC_PAGESIZE));
}

static void
put_fds(struct metric_text *t)
{
	const struct dirent *e;
	DIR *dir = opendir("/proc/self/fd");
	int64_t n = 0;

	if (dir == NULL)
		return;
	while ((e = readdir(dir)) != NULL)
		n += e->d_name[0] != '.';
	closedir(dir);
	/* The one for looking is gone by now. */
	metric_put(t, METRIC_PROC_FDS, NULL, n - 1);
}

void
metric_put_process(struct metric_text *t)
{
	struct rusage u;
	struct rlimit rl;

	if (getrusage(RUSAGE_SELF, &u) == 0)
		metric_put(t, METRIC_PROC_CPU, NULL,
		    (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000LL +
		    u.ru_utime.tv_usec + u.ru_stime.tv_usec);
	put_rss(t);
	put_fds(t);
	if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur != RLIM_INFINITY)
		metric_put(t, METRIC_PROC_FDS_MAX, NULL,
		    (int64_t)rl.rlim_cur);
}
