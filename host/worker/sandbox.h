/*
 * What a worker gives up before it opens the plugin.  Each mechanism, a
 * layer, is a row of a table; they are entered in order, some once in the
 * spawner for all its workers.  A kernel that lacks one gives a lower tier;
 * a worker below the tier that it must have refuses, with what is missing.
 */
#ifndef WORKER_SANDBOX_H
#define WORKER_SANDBOX_H

#include "base/arena.h"
#include "base/err.h"
#include "worker/confined.h"
#include "worker/grants.h"
#include "worker/spawner.h"

#include <stdbool.h>
#include <sys/types.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
/* A sanitizer in the host maps and asks for more than a plugin may. */
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0
#endif

/* Who enters a layer, in this order. */
enum layer_stage {
	STAGE_UNSET,
	STAGE_SPAWNER,	/* once, for all workers */
	STAGE_FIRST,	/* a worker's first process: the reaper, or itself */
	STAGE_WORKER
};

/* System calls, compiled by the spawner: worker/sandbox_calls.h. */
struct sock_filter;
struct filter {
	struct sock_filter *code;	/* NULL: could not be compiled */
	size_t	count;
};
enum filter_kind { FILTER_PLAIN, FILTER_FILES, FILTER_CHILDREN,
	FILTER_LOOSE, FILTERS };

struct sandbox {
	struct confined done;		/* a row for each layer */
	/* what the spawner has, for all */
	uid_t	uid;			/* its own, as the host's */
	gid_t	gid;
	bool	user_ns;
	bool	pid_ns;			/* a worker has one of its own */
	bool	own_root;		/* and sees no other files */
	int	tree;		/* the mount namespace with all; or -1 */
	int	abi;			/* of Landlock; 0: none */
	int	rules;			/* of workers without grants; or -1 */
	struct filter filters[FILTERS];
	struct err filter_err;		/* why there are none */
	/* of the worker that is made now */
	const struct worker_spec *spec;
	int	group;		/* 0: it is in one of its own; errno; -1: none */
	uint32_t slot;			/* no other live worker has it */
	bool	own_uid;		/* which no other live worker has */
	bool	own_count;		/* it is in a user namespace more */
	bool	die_with_parent;	/* by the kernel: its maker lives on */
	struct grants grants;		/* its paths, opened */
	int	watch;		/* to the reaper, of a trial; or -1 */
	bool	watched;	/* what it asks for is seen */
};

struct layer {
	const char *name;
	enum layer_stage stage;
	enum tier tier;		/* that isn't reached without; NONE: any */
	/* RH_ENOSYS: not needed here, err says why. */
	rh_status (*enter)(struct sandbox *, struct err *);
};

/* In the order in which they are entered; ended by a row without name. */
extern const struct layer layer_table[];

/* In the spawner, while it has one thread: what is done once for all. */
void		sandbox_prepare(struct sandbox *);
/* In a new process; an error ends it. */
rh_status	sandbox_first(struct sandbox *, struct err *);
/*
 * In the worker, which has one thread; done.tier is the tier then.  An
 * error: it is below what the profile asks for.
 */
rh_status	sandbox_enter(struct sandbox *, struct err *);

#endif
