/*
 * The one limit that is too low for many workers and streams.
 */
#include "cli/limits.h"

#include <sys/resource.h>

void
limits_raise_files(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) != 0)
		return;
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
}
