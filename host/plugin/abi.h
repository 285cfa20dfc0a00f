/*
 * Decides whether a plugin's entry may be loaded by this host.
 * Reads the entry only; runs no plugin code.
 */
#ifndef PLUGIN_ABI_H
#define PLUGIN_ABI_H

#include "base/err.h"

struct rh_entry;

/*
 * RH_OK; RH_EVERSION with a message that names both versions and says which
 * side is to be upgraded; RH_EPLUGIN for an entry that breaks the contract,
 * naming every member that does, as far as the message has room.  path is
 * used for the message only.
 */
rh_status	abi_check(const struct rh_entry *, const char *path,
		    struct err *);

#endif
