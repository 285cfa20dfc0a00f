/*
 * The extension "rh.granted/1": what the plugin may reach.
 *
 *	const struct rh_granted *granted = host->extension(RH_GRANTED);
 *
 *	if (granted == NULL)
 *		...			// a host without it: try, and see
 *	rc = granted->has(inv->handle, "proc.exec:/bin/sh", 17);
 *
 * A worker that does what wasn't granted is ended or sees errors that name
 * no grant; who asks first can say what is missing.
 */
#ifndef RUNHOST_EXT_GRANTED_H
#define RUNHOST_EXT_GRANTED_H

#include <runhost/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RH_GRANTED	"rh.granted/1"

struct rh_granted {
	uint32_t size;
	uint32_t reserved;	/* 0 */

	/*
	 * Whether this process was given a capability: "fs.read:/path",
	 * "fs.write:/path", "proc.exec:/path", "env:NAME".  A path is
	 * absolute; a granted directory holds what is below it, and what may
	 * be written may be read.  Links are not followed: ask for the path
	 * as the admin would write it.
	 *
	 * RH_OK; RH_EPERM: it was not; RH_EINPUT: it is none of these;
	 * RH_ENOSYS: the plugin runs inside the host, where nothing confines
	 * it and nothing was asked; RH_ESTALE.
	 */
	rh_status (*has)(uint64_t handle, const char *capability,
	    uint64_t len);
};

#ifdef __cplusplus
}
#endif
#endif
