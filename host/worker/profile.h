/*
 * What a worker is given: the limits of its process and what its plugin's
 * grants let it reach.  Made by the host from the policy, carried through the
 * spawner, and turned into a sandbox in the worker (worker/sandbox.h).  What
 * isn't in it the worker doesn't have.
 */
#ifndef WORKER_PROFILE_H
#define WORKER_PROFILE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* How much of the sandbox a worker has achieved; each holds those before. */
enum tier {
	TIER_NONE,
	TIER_REQUIRED,	/* limits, no_new_privs, Landlock, system calls */
	TIER_EXPECTED,	/* and own user, pid, network and ipc namespaces */
	TIER_BEST	/* and a root of its own, with a private uid if root's */
};

enum path_use { PATH_READ, PATH_WRITE, PATH_EXEC, PATH_USES };

/* A file, or a directory with all below it. */
struct profile_path {
	uint32_t use;		/* enum path_use; PATH_WRITE reads, too */
	const char *path;	/* absolute, without "." and ".." */
	uint64_t dev, ino;	/* what it led to; ino 0: nobody looked */
	bool	is_written;	/* by the worker's own right */
};

#define PROFILE_PATHS_MAX	64	/* of each list */
#define PROFILE_PROCESSES	64
#define PROFILE_TEXT_MAX	4096	/* bytes of a path or variable */

struct worker_profile {
	uint32_t min_tier;	/* enum tier: below it the worker refuses */
	bool	children;	/* may fork and execute PATH_EXEC */
	bool	loose_children;	/* the admin accepts that a kill misses some */
	bool	traced;		/* says what its plugin calls: worker/trace.h */
	bool	trial;		/* which files it asks for is seen: worker/watch.h */
	int64_t	memory_bytes;	/* address space; 0: no limit */
	int64_t	processes;	/* threads and children; 0: PROFILE_PROCESSES */
	int64_t	open_files;	/* 0: the default */
	int64_t	file_bytes;	/* size of a file it writes; 0: none */
	struct profile_path *paths;
	size_t	path_count;
	const char **env;	/* "NAME=value" */
	size_t	env_count;
};

/* The bytes are for this very binary, and no longer than PROFILE_MAX. */
#define PROFILE_MAX	(48 * 1024)
rh_status	profile_pack(const struct worker_profile *, struct buf *,
		    struct err *);
/* Texts and lists live in the arena.  RH_EPROTO: not such bytes. */
rh_status	profile_unpack(struct str, struct arena *,
		    struct worker_profile *, struct err *);

/* "none", "required", "expected", "best"; tier_find: -1 if it is none. */
const char	*tier_name(enum tier);
int		tier_find(const char *name);

#endif
