/*
 * A host while it is put together.  Private to serve_*.c and cmd_serve.c.
 */
#ifndef CLI_SERVE_H
#define CLI_SERVE_H

#include "action/gate.h"
#include "cli/cli.h"
#include "cli/config.h"
#include "cli/reload.h"
#include "http/http.h"
#include "ledger/host.h"
#include "sched/sched.h"
#include "store/db.h"
#include "worker/cgroup.h"
#include "worker/spawner.h"

#include <signal.h>
#include <stdatomic.h>

struct serve {
	struct cli *cli;
	struct config *cfg;
	int	lock_fd;
	int	secrets_fd;	/* their directory */
	sigset_t signals;
	struct cgroups *groups;		/* NULL: none were delegated */
	struct spawner *spawner;
	struct registry *registry;
	struct action_env env;
	struct own_dir *own_dirs;
	const char **plugin_dirs;	/* ended by NULL */
	struct host *host;
	struct sched *sched;
	_Atomic(struct sched *) started;	/* the same, for other threads */
	struct http *http;
	struct reload reload;
	struct db_watch watch;
	int64_t	watched_us;
};

/* Data with the keys in it, plugins, and where the anchor is. */
rh_status	serve_find_own_dirs(struct serve *, struct err *);
void		serve_free_own_dirs(struct serve *);

/* The ledger and its threads, with what they ask of the other parts. */
rh_status	serve_open_host(struct serve *, struct err *);

/* Whatever may be wrong with them is said before anything is made. */
rh_status	serve_prepare_doors(struct serve *, struct err *);

/* Where the doors are: lines, or with --json one document. */
void		serve_say_where(const struct serve *);

#endif
