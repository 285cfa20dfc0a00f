/*
 * The extension "rh.granted/1": answers from the profile that the worker was
 * made with, so that it is what the sandbox holds to.
 */
#ifndef WORKER_EXT_GRANTED_H
#define WORKER_EXT_GRANTED_H

#include <runhost/ext/granted.h>

#include "base/str.h"

struct worker_profile;

extern const struct rh_granted ext_granted;

/* RH_OK, RH_EPERM, RH_EINPUT, as has() answers. */
rh_status	granted_has(const struct worker_profile *,
		    struct str capability);

#endif
