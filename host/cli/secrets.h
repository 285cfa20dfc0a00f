/*
 * Where a host's secrets are: the directory of its configuration.
 */
#ifndef CLI_SECRETS_H
#define CLI_SECRETS_H

#include "base/err.h"

struct config;

/* DATA/secrets unless secrets.dir says otherwise; the caller frees. */
char		*secrets_path(const struct config *);

/*
 * Makes it if it isn't there.  RH_EINPUT for the data directory itself: who
 * opens the database's files by another way takes SQLite's locks away.
 */
rh_status	secrets_open(const struct config *, int *fd, struct err *);

#endif
