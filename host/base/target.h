/*
 * Where a connection goes: a host and a port, in the one spelling by which
 * capabilities name them ("db.internal:5432", "10.0.0.7:80", "[::1]:443").
 * Knows the form only; what a name means is for the resolver.
 */
#ifndef BASE_TARGET_H
#define BASE_TARGET_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define TARGET_HOST_MAX	253
#define TARGET_TEXT_MAX	(TARGET_HOST_MAX + 10)	/* with a NUL */

enum target_kind { TARGET_NAME, TARGET_IPV4, TARGET_IPV6 };

struct target {
	enum target_kind kind;
	char	host[TARGET_HOST_MAX + 1];	/* lower case, no brackets */
	uint16_t port;
};

/*
 * A host as somebody writes it: letters of either case, an IPv6 address with
 * or without brackets.  RH_EINPUT for what is neither a name nor an address
 * in its usual form: resolvers would also take "127.1" or "0x7f.1".
 */
rh_status	target_set(struct target *, struct str host, int64_t port,
		    struct err *);

/* "HOST:PORT", as capabilities are granted. */
void		target_text(const struct target *, char out[TARGET_TEXT_MAX]);

#endif
