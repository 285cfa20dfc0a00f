/*
 * The mechanisms that need no support beyond any Linux kernel: what a
 * process may do to itself.  Rows of layer_table.
 */
#ifndef WORKER_SANDBOX_BASIC_H
#define WORKER_SANDBOX_BASIC_H

#include "base/err.h"

struct sandbox;

/* Default handlers, once in the spawner. */
rh_status	sandbox_handlers(struct sandbox *, struct err *);
/* The bounding set empty and securebits locked, if that is ours to do. */
rh_status	sandbox_bounding(struct sandbox *, struct err *);
/* Nothing blocked. */
rh_status	sandbox_signals(struct sandbox *, struct err *);
/* Once in the spawner: LC_ALL=C.UTF-8 and nothing else. */
rh_status	sandbox_empty(struct sandbox *, struct err *);
/* And what the profile has. */
rh_status	sandbox_environment(struct sandbox *, struct err *);
/* Own session, root directory, umask 077. */
rh_status	sandbox_session(struct sandbox *, struct err *);
rh_status	sandbox_limits(struct sandbox *, struct err *);
/* RLIMIT_AS; left out, with a log line, under ASan and TSan. */
rh_status	sandbox_memory(struct sandbox *, struct err *);
/* Five steps nicer than the host, and so is its session: after that one. */
rh_status	sandbox_priority(struct sandbox *, struct err *);
rh_status	sandbox_no_new_privs(struct sandbox *, struct err *);
/* The other sets are empty, too: ambient, own. */
rh_status	sandbox_capabilities(struct sandbox *, struct err *);
/*
 * Under a host that is root: a uid of its own, or that of what it may write.
 * Without root's capabilities root still owns too much.
 */
rh_status	sandbox_uid(struct sandbox *, struct err *);
/* Killed when its parent dies, once more: another uid forgets that. */
rh_status	sandbox_parent(struct sandbox *, struct err *);
/* No core, no ptrace or /proc access by others of the same uid. */
rh_status	sandbox_dumpable(struct sandbox *, struct err *);
/* No memory that is written first and executed then. */
rh_status	sandbox_mdwe(struct sandbox *, struct err *);

#endif
