/*
 * Rights go by the version that the kernel has: what it doesn't know can't be
 * asked for, and what it knows is all handled.
 */
#include "worker/sandbox_landlock.h"

#include "base/mem.h"
#include "worker/landlock_abi.h"
#include "worker/sandbox.h"
#include "worker/sandbox_root.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ABI_PORTS	4
#define ABI_SCOPES	6

#define READ	(LL_READ_FILE | LL_READ_DIR)
#define WRITE	(READ | LL_WRITE_FILE | LL_REMOVE_DIR | LL_REMOVE_FILE | \
	LL_MAKE_DIR | LL_MAKE_REG | LL_MAKE_FIFO | LL_MAKE_SYM | LL_REFER | \
	LL_TRUNCATE)
/* What a rule on a file, not a directory, may have. */
#define OF_FILE	(LL_EXECUTE | LL_WRITE_FILE | LL_READ_FILE | LL_TRUNCATE | \
	LL_IOCTL_DEV)

static const uint64_t rights_of_use[PATH_USES] = {
	[PATH_READ] = READ,
	[PATH_WRITE] = WRITE,
	[PATH_EXEC] = READ | LL_EXECUTE,
};

/* Rights of files that each ABI added. */
static const uint64_t fs_rights[] = {
	[0] = 0,
	[1] = LL_REFER - 1,
	[2] = LL_REFER,
	[3] = LL_TRUNCATE,
	[4] = 0,
	[5] = LL_IOCTL_DEV,
};

int
landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

static struct ll_ruleset
handled(int abi)
{
	struct ll_ruleset r = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(fs_rights) && (int)i <= abi; i++)
		r.fs |= fs_rights[i];
	if (abi >= ABI_PORTS)
		r.net = LL_NET_BIND | LL_NET_CONNECT;
	if (abi >= ABI_SCOPES)
		r.scoped = LL_SCOPE_ABSTRACT | LL_SCOPE_SIGNAL;
	return r;
}

static rh_status
allow(int rules, int fd, const char *path, uint64_t rights, struct err *err)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = rights, .parent_fd = fd,
	};

	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH,
	    &rule, 0) != 0)
		return err_errno(err, RH_EIO, "a Landlock rule for %s", path);
	return RH_OK;
}

/* What isn't there isn't allowed. */
static rh_status
allow_path(int rules, const char *path, uint64_t rights, struct err *err)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;
	rh_status rc;

	if (fd < 0)
		return RH_OK;
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rights &= OF_FILE;
	rc = allow(rules, fd, path, rights, err);
	close(fd);
	return rc;
}

static rh_status
allow_system(int rules, bool programs, struct err *err)
{
	const struct system_path *s;
	rh_status rc = RH_OK;

	for (s = system_paths; s->path != NULL && rc == RH_OK; s++)
		if (!s->programs || programs)
			rc = allow_path(rules, s->path, s->device ?
			    READ | LL_WRITE_FILE : READ, err);
	return rc;
}

static rh_status
new_rules(const struct sandbox *sb, int *rules, struct err *err)
{
	struct ll_ruleset set = handled(sb->abi);

	*rules = (int)syscall(SYS_landlock_create_ruleset, &set, sizeof set,
	    0);
	if (*rules < 0)
		return err_errno(err, RH_EUNAVAIL, "Landlock");
	return allow_system(*rules, sb->spec != NULL &&
	    sb->spec->profile.children, err);
}

rh_status
landlock_prepare(struct sandbox *sb, struct err *err)
{
	rh_status rc = new_rules(sb, &sb->rules, err);

	if (rc != RH_OK && sb->rules >= 0) {
		close(sb->rules);
		sb->rules = -1;
	}
	return rc;
}

/* For a worker with grants: they, and what it may know of itself. */
static rh_status
rules_for(const struct sandbox *sb, int *rules, struct err *err)
{
	const struct grant *g;
	uint64_t fs = handled(sb->abi).fs;
	rh_status rc;
	size_t i;

	rc = new_rules(sb, rules, err);
	/* Without a root of its own it sees everybody's /proc, but this. */
	if (rc == RH_OK)
		rc = allow_path(*rules, sb->own_root ? "/proc" : "/proc/self",
		    READ, err);
	for (i = 0; i < sb->grants.count && rc == RH_OK; i++) {
		g = &sb->grants.list[i];
		rc = allow(*rules, g->fd, g->path, rights_of_use[g->use] & fs &
		    (g->dir ? ~UINT64_C(0) : OF_FILE), err);
	}
	return rc;
}

rh_status
landlock_enter(struct sandbox *sb, struct err *err)
{
	rh_status rc = RH_OK;
	int rules = sb->rules;

	if (rules < 0 || sb->grants.count > 0 || sb->spec->profile.children)
		rc = rules_for(sb, &rules, err);
	if (rc == RH_OK && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
		rc = err_errno(err, RH_EIO, "entering Landlock");
	if (rules >= 0)
		close(rules);
	if (rules != sb->rules && sb->rules >= 0)
		close(sb->rules);
	return rc;
}

static rh_status
need_abi(const struct sandbox *sb, int abi, struct err *err)
{
	if (sb->abi >= abi)
		return RH_OK;
	return err_set(err, RH_EUNAVAIL, "Landlock ABI %d has it, this is %d",
	    abi, sb->abi);
}

rh_status
landlock_ports(struct sandbox *sb, struct err *err)
{
	return need_abi(sb, ABI_PORTS, err);
}

rh_status
landlock_scopes(struct sandbox *sb, struct err *err)
{
	return need_abi(sb, ABI_SCOPES, err);
}
