/*
 * Connections that the host makes for plugins: the name is resolved, each
 * address is judged, and only then is there a socket.  Whether the plugin
 * holds the capability has been asked before.  Blocks; any thread.
 */
#ifndef SCHED_CONNECTOR_H
#define SCHED_CONNECTOR_H

#include "base/err.h"
#include "base/target.h"

#include <stddef.h>
#include <stdint.h>

struct sockaddr;

#define OWN_PORTS_MAX	16

/* On which the host listens itself, on whatever address. */
struct own_ports {
	uint16_t ports[OWN_PORTS_MAX];
	size_t	count;
};

/*
 * Whether an address may be reached for this target.  RH_EPERM says what
 * stands against it and how it would be granted: an address that a name
 * must not lead to is reached by a grant of that very address only.
 */
rh_status	connector_judge(const struct target *,
		    const struct sockaddr *, const struct own_ports *,
		    struct err *);

/*
 * A connected socket, blocking and closed on exec; -1 with *err: RH_EPERM,
 * RH_ENOENT (no address), RH_EIO (nobody there), RH_EDEADLINE.  The resolver
 * has limits of its own, and may be late for until_us (CLOCK_MONOTONIC).
 */
int		connector_open(const struct target *, const struct own_ports *,
		    int64_t until_us, struct err *);

#endif
