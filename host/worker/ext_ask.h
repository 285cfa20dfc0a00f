/*
 * The extensions "rh.net/1" and "rh.secret/1": what the host does for a
 * plugin by its grants.  Requests, answered as those are that the ledger
 * answers; the host asks the grants each time.
 */
#ifndef WORKER_EXT_ASK_H
#define WORKER_EXT_ASK_H

#include <runhost/ext/net.h>
#include <runhost/ext/secret.h>

extern const struct rh_net ext_net;
extern const struct rh_secrets ext_secrets;

#endif
