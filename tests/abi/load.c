/*
 * Loads one object as a worker does and says what came of it:
 *
 *	load DIR NAME [run]
 *
 * Prints "loaded ID" or the refusal; with run it then calls the first
 * runner with a host table and prints the output that it finished with.
 */
#include "base/err.h"
#include "fake.h"
#include "plugin/abi.h"
#include "plugin/dso.h"
#include "plugin/image.h"

#include <runhost/plugin.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static rh_status
load(const char *dir, const char *name, const struct rh_entry **entry,
    struct err *err)
{
	struct image image;
	rh_status rc;
	int fd;

	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_errno(err, RH_EIO, "%s", dir);
	if ((rc = image_open(fd, name, &image, err)) != RH_OK ||
	    (rc = dso_open(image.memfd, name, entry, err)) != RH_OK)
		return rc;
	return abi_check(*entry, name, err);
}

static void
run(const struct rh_entry *entry)
{
	struct fake f;

	fake_init(&f);
	entry->runners[0]->run(&f.inv, &f.host);
	printf("%s\n", f.finished ? f.output.p : "no outcome");
	fake_fini(&f);
}

int
main(int argc, char **argv)
{
	const struct rh_entry *entry = NULL;
	struct err err = { 0 };

	if (argc < 3)
		return 2;
	if (load(argv[1], argv[2], &entry, &err) != RH_OK) {
		printf("%s\n", err.msg);
		return 1;
	}
	printf("loaded %s\n", entry->id);
	if (argc > 3)
		run(entry);
	return 0;
}
