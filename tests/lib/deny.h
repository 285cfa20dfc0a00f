/*
 * A kernel that lacks something: a seccomp filter under which its system
 * calls fail as they would there.
 */
#ifndef LIB_DENY_H
#define LIB_DENY_H

#include <stdbool.h>

/*
 * "namespaces" (EPERM for all), "user", "pid", "mounts", "tree" (no
 * mount_setattr), "landlock" (ENOSYS), with commas between.  For this process
 * and all that come from it.  false: no word is known, or there are
 * no filters.
 */
bool	deny(const char *words);

#endif
