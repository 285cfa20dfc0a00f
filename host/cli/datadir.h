/*
 * The data directory of a host: private to its owner, one host at a time.
 */
#ifndef CLI_DATADIR_H
#define CLI_DATADIR_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define DATA_DB		"runhost.db"
#define DATA_SOCKET	"host.sock"
#define DATA_LOCK	"lock"
#define DATA_KEY	"audit.key"
#define DATA_REDACT	"redact.key"
#define DATA_TOKEN	"admin.token"
#define DATA_SECRETS	"secrets"	/* a directory */

/*
 * Makes the directory (0700) if it isn't there; refuses one that others can
 * enter or that belongs to somebody else.  Takes the lock: *lock_fd holds it
 * until closed.  RH_ECONFLICT when another host has it.
 */
rh_status	datadir_open(const char *path, int *lock_fd, struct err *);

/*
 * RH_EINPUT when the file would lie within the directory, however both are
 * spelled.  The directory is there.
 */
rh_status	datadir_outside(const char *dir, const char *file,
		    struct err *);

/* "DIR/NAME"; the caller frees. */
char		*datadir_path(const char *dir, const char *name);

/*
 * Writes a file of 0600 so that after a crash it is whole or not there;
 * replaces an older one.
 */
rh_status	datadir_write(const char *path, const void *, size_t,
		    struct err *);

/* Secret bytes that are made at the first use and then stay. */
rh_status	datadir_secret(const char *path, void *out, size_t len,
		    struct err *);

#endif
