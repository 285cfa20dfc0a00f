/*
 * Namespaces: rows of layer_table.  All but the processes' are made once, by
 * the spawner, and shared by its workers; none of them is needed to refuse a
 * plugin something, each refuses it once more.
 */
#ifndef WORKER_SANDBOX_NS_H
#define WORKER_SANDBOX_NS_H

#include "base/err.h"

struct sandbox;

rh_status	ns_user(struct sandbox *, struct err *);
rh_status	ns_network(struct sandbox *, struct err *);
rh_status	ns_ipc(struct sandbox *, struct err *);
rh_status	ns_hostname(struct sandbox *, struct err *);
rh_status	ns_cgroups(struct sandbox *, struct err *);
/* Tries only: a worker gets its own when it is made. */
rh_status	ns_processes(struct sandbox *, struct err *);
/* The control group it was given; it has joined it, if it could. */
rh_status	ns_group(struct sandbox *, struct err *);
/*
 * In a worker that may have children under the uid of all others: a user
 * namespace in which its processes are counted alone.
 */
rh_status	ns_count(struct sandbox *, struct err *);

#endif
