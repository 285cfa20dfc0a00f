/*
 * A plugin file as the host will use it: copied once into a sealed memfd,
 * so that the bytes that were hashed are the bytes that are opened.
 */
#ifndef PLUGIN_IMAGE_H
#define PLUGIN_IMAGE_H

#include "base/err.h"
#include "base/hash.h"

#include <stddef.h>

#define IMAGE_MAX	(64 * 1024 * 1024)

struct image {
	int	memfd;		/* sealed, close-on-exec; -1: none */
	size_t	size;
	uint8_t	digest[HASH_LEN];
};

/*
 * name: a file in the directory dir_fd, no slash, not a symbolic link.
 * Refuses what is not a regular file, is writable by group or others, is
 * owned by anybody but root or this uid, or is empty or above max.  The
 * descriptor is the caller's to close.
 */
rh_status	image_file(int dir_fd, const char *name, size_t max, int *fd,
		    size_t *size, struct err *);

/* From such a file, of up to IMAGE_MAX. */
rh_status	image_open(int dir_fd, const char *name, struct image *,
		    struct err *);
void		image_close(struct image *);

/* Short for its digest, where a row of the ledger says which file it was. */
int64_t		image_tag(const struct image *);

#endif
