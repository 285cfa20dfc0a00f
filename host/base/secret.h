/*
 * Secrets: values in files of a directory that is this user's alone, one a
 * name.  A value is in guarded memory, which is in no swap and no core, and
 * is wiped when it is let go.  Who may have one is not asked here.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

#define SECRET_NAME_MAX	100
#define SECRET_MAX	(64 * 1024)

struct secret {
	char	*p;		/* NULL: none */
	size_t	len;
};

/* 1 to 100 of A-Z a-z 0-9 _ . -, no dot in front. */
bool		secret_name(struct str);
rh_status	secret_name_check(struct str, struct err *);	/* RH_EINPUT */

/*
 * The directory: made if it isn't there, 0700 and this user's, and no
 * symbolic link.  Relative names of the others are below it.
 */
rh_status	secret_dir(const char *path, int *fd, struct err *);

/* RH_ENOENT; RH_EIO for a file that others can read or that is too long. */
rh_status	secret_read(int dir, const char *name, struct secret *,
		    struct err *);
/* All that fd gives, up to its end.  RH_ETOOBIG. */
rh_status	secret_take(int fd, struct secret *, struct err *);
void		secret_wipe(struct secret *);	/* and frees; none is fine */

/* On disk when it returns: the whole new value, or the old one. */
rh_status	secret_write(int dir, const char *name, const struct secret *,
		    struct err *);
rh_status	secret_remove(int dir, const char *name, struct err *);

/* Names in order; NULL-ended, one block for free(). */
char		**secret_names(int dir, struct err *);

#endif
