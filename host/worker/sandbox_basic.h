/*
 * The mechanisms that need no support beyond any Linux kernel: what a
 * process may do to itself.  Rows of sandbox_table.
 */
#ifndef WORKER_SANDBOX_BASIC_H
#define WORKER_SANDBOX_BASIC_H

#include "base/err.h"

struct worker_spec;

/* Default handlers, nothing blocked. */
rh_status	sandbox_signals(const struct worker_spec *, struct err *);
/* LC_ALL=C.UTF-8 and nothing else. */
rh_status	sandbox_environment(const struct worker_spec *, struct err *);
/* Own session, root directory, umask 077. */
rh_status	sandbox_session(const struct worker_spec *, struct err *);
rh_status	sandbox_limits(const struct worker_spec *, struct err *);
/* RLIMIT_AS; left out, with a log line, under ASan and TSan. */
rh_status	sandbox_memory(const struct worker_spec *, struct err *);
/* Five steps nicer than the host, and so is its session: after that one. */
rh_status	sandbox_priority(const struct worker_spec *, struct err *);
rh_status	sandbox_no_new_privs(const struct worker_spec *, struct err *);
/* All sets empty: bounding (if that is ours to do), ambient, own. */
rh_status	sandbox_capabilities(const struct worker_spec *, struct err *);
/* No core, no ptrace or /proc access by others of the same uid. */
rh_status	sandbox_dumpable(const struct worker_spec *, struct err *);

#endif
