/*
 * Connections.  A plugin's code can't open any: the host makes them, asks
 * the grants each time, and hands over the connected socket.
 *
 *	const struct rh_net *net = host->extension(RH_NET);
 *
 * NULL in a host that doesn't know it.
 */
#ifndef RUNHOST_EXT_NET_H
#define RUNHOST_EXT_NET_H

#include <runhost/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RH_NET	"rh.net/1"

struct rh_net {
	uint32_t size;
	uint32_t reserved;	/* 0 */

	/*
	 * Connects by TCP to a host, by its name or address, and puts the
	 * socket into *fd: blocking, closed on exec, the plugin's to close.
	 * Any thread, while the invocation lives; the caller waits for
	 * timeout_ms (0: ten seconds; at most a minute), and not beyond a
	 * cancel or deadline.  When it is not RH_OK, *fd is -1 and why, if
	 * given, is told the reason in words.
	 *
	 *   RH_EPERM	not granted: the plugin holds no
	 *		net.connect:HOST:PORT with this host and port, or the
	 *		name leads to where no name may
	 *   RH_ENOENT	the name has no address
	 *   RH_EIO	nobody answers there, or not well
	 *   RH_EDEADLINE, RH_ECANCELED	in time there was no connection
	 *   RH_EBUSY	too many are being made (eight for one plugin, those
	 *		included whose caller gave up before the resolver
	 *		did), or the process has no room for another
	 *		descriptor
	 *   RH_ENOSYS	this runtime makes none
	 *
	 * A plugin may read, write, poll, shut down and close the socket.
	 * Writing to one whose peer has left raises SIGPIPE: use send() with
	 * MSG_NOSIGNAL.
	 */
	rh_status (*connect)(uint64_t handle, const char *host,
	    uint64_t host_len, uint32_t port, int64_t timeout_ms,
	    int32_t *fd, rh_sink why, void *ctx);
};

#ifdef __cplusplus
}
#endif
#endif
