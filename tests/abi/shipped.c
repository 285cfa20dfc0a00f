/*
 * Each call opens the file anew; the loader gives back the same object for
 * as long as the descriptor stays open, and it does: see plugin/dso.h.
 */
#include "shipped.h"

#include "lib/unit.h"
#include "base/err.h"
#include "plugin/abi.h"
#include "plugin/dso.h"
#include "plugin/image.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const struct rh_entry *
shipped_load(const char *name)
{
	const char *top = getenv("TOP_BUILDDIR");
	const struct rh_entry *entry = NULL;
	char dir[4096], file[64];
	struct image image;
	struct err err = { 0 };
	int fd;

	snprintf(dir, sizeof dir, "%s/.libs", top != NULL ? top : ".");
	snprintf(file, sizeof file, "%s.so", name);
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
	    image_open(fd, file, &image, &err) != RH_OK ||
	    dso_open(image.memfd, file, &entry, &err) != RH_OK ||
	    abi_check(entry, file, &err) != RH_OK) {
		unit_check(false, __FILE__, __LINE__, "%s/%s: %s", dir, file,
		    err.msg);
		entry = NULL;
	}
	if (fd >= 0)
		close(fd);
	return entry;
}

bool
shipped_run(const char *name, struct fake *f)
{
	const struct rh_entry *entry = shipped_load(name);

	if (entry == NULL)
		return false;
	f->inv.extension_id = fake_text(entry->id);
	if (entry->runners != NULL) {
		f->inv.runner = fake_text(entry->runners[0]->name);
		entry->runners[0]->run(&f->inv, &f->host);
	} else {
		f->inv.kind = RH_INVOKE_ACTION;
		f->inv.runner = fake_text(entry->actions[0]->name);
		entry->actions[0]->run(&f->inv, &f->host);
	}
	return true;
}
