/*
 * Files of signing keys, as the commands read and make them.
 */
#ifndef CLI_KEYFILE_H
#define CLI_KEYFILE_H

#include "base/buf.h"
#include "plugin/sign.h"

struct cli;

/* A file of text of up to SIGN_FILE_MAX bytes. */
rh_status	keyfile_text(const char *path, struct buf *, struct err *);

/*
 * The secret key in a file that only its owner may read; unlocked with the
 * first line of --password-file, or else what is typed at the terminal.
 */
rh_status	keyfile_secret(const struct cli *, const char *path,
		    struct sign_secret *, struct err *);

/*
 * Writes path (0600) and path.pub (0644), or neither; none may be there.
 * Locked with the first line of --password-file, if that is given.
 */
rh_status	keyfile_make(const struct cli *, const char *path,
		    const struct sign_secret *, struct err *);

#endif
