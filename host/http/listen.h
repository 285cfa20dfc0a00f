/*
 * Sockets that listen, and the files that TLS needs.  No HTTP here.
 */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* port 0 picks a free one; *port_out is the one it got. */
rh_status	listen_tcp(const char *address, uint16_t port, int *fd,
		    uint16_t *port_out, struct err *);

/* RH_EINPUT: not an address. */
rh_status	listen_is_loopback(const char *address, bool *, struct err *);

/* RH_EINPUT: too long for the name of a socket. */
rh_status	listen_check_unix(const char *path, struct err *);

/*
 * Made with mode 0600 from its first moment.  A socket that is already
 * there is replaced: the caller holds the data directory's lock.
 */
rh_status	listen_unix(const char *path, int *fd, struct err *);

/* The text of a PEM file; the caller frees. */
rh_status	listen_pem(const char *path, char **, struct err *);

#endif
