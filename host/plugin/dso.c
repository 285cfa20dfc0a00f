/*
 * Where plugins are opened.
 */
#include "plugin/dso.h"

#include <runhost/plugin.h>

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define ENTRY	"rh_plugin_entry"

/* The loader's words without the name that only we know. */
static const char *
loader_said(const char *name)
{
	const char *text = dlerror();
	size_t len = strlen(name);

	if (text == NULL)
		return "no reason given";
	if (strncmp(text, name, len) == 0 && strncmp(text + len, ": ", 2) == 0)
		return text + len + 2;
	return text;
}

rh_status
dso_open(int memfd, const char *path, const struct rh_entry **entry,
    struct err *err)
{
	char name[32];
	void *object;

	snprintf(name, sizeof name, "/proc/self/fd/%d", memfd);
	if ((object = dlopen(name, RTLD_NOW | RTLD_LOCAL)) == NULL)
		return err_set(err, RH_EPLUGIN, "%s: can't be loaded: %s",
		    path, loader_said(name));
	if ((*entry = dlsym(object, ENTRY)) == NULL)
		return err_set(err, RH_EPLUGIN,
		    "%s: exports no \"" ENTRY "\"; is it a runhost plugin?",
		    path);
	return RH_OK;
}
