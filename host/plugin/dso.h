/*
 * Opens a plugin's shared object from its sealed memfd, in the worker (or
 * in the host for a trusted plugin).  Never closed again: dlclose is not
 * safe with code that started threads.
 */
#ifndef PLUGIN_DSO_H
#define PLUGIN_DSO_H

#include "base/err.h"

struct rh_entry;

/*
 * dlopen of /proc/self/fd/<memfd> and the entry symbol; RH_EPLUGIN.  The
 * memfd must stay open as long as the process lives: the loader knows an
 * object by that name, and would take the next one there for the same.
 */
rh_status	dso_open(int memfd, const char *path,
		    const struct rh_entry **, struct err *);

#endif
