/*
 * The plugins that were built with this program, by the digests of their
 * files.  host/shipped.c is made by the build (host/local.mk).
 */
#ifndef CLI_SHIPPED_H
#define CLI_SHIPPED_H

#include "base/hash.h"

#include <stddef.h>

struct shipped {
	const uint8_t (*digests)[HASH_LEN];
	size_t	count;
};
extern const struct shipped shipped_plugins;

#endif
