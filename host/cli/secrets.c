/*
 * The directory is made for the owner alone, and held open by its descriptor:
 * names within it are looked up below that.
 */
#include "cli/secrets.h"

#include "base/mem.h"
#include "base/secret.h"
#include "cli/config.h"
#include "cli/datadir.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

char *
secrets_path(const struct config *c)
{
	return c->secrets_dir != NULL ? mem_strdup(c->secrets_dir) :
	    datadir_path(c->data, DATA_SECRETS);
}

static bool
is_same(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

rh_status
secrets_open(const struct config *c, int *fd, struct err *err)
{
	char *path = secrets_path(c);
	rh_status rc = secret_dir(path, fd, err);

	if (rc == RH_OK && is_same(*fd, c->data)) {
		rc = err_set(err, RH_EINPUT, "secrets.dir \"%s\": must not be "
		    "the data directory itself", path);
		close(*fd);
		*fd = -1;
	}
	free(path);
	return rc;
}
