/*
 * What a process may do to itself.  Runs in a worker that has one thread
 * and has not opened its plugin yet.
 */
#include "worker/sandbox_basic.h"

#include "base/log.h"
#include "base/mem.h"
#include "worker/landlock_abi.h"
#include "worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OPEN_FILES	64	/* when the worker's specification has none */
#define SHARED_PROCESSES 4096	/* where all workers are counted together */
#define UID_BASE	2130000000u	/* of root's workers: a range that */
#define UID_COUNT	(1u << 24)	/* nobody else has */
#define NICER		5	/* than the host */

/*
 * The two signals that glibc keeps for itself, and whose handlers it sets
 * when it needs them, may have come ignored from who started the host.  The
 * kernel's struct begins with the handler; 0 is the default.
 */
static void
unignore(int sig)
{
	uintptr_t now[8] = { 0 };
	static const uintptr_t dfl[8] = { 0 };

	if (syscall(SYS_rt_sigaction, sig, NULL, now, NSIG / 8) == 0 &&
	    now[0] == (uintptr_t)SIG_IGN)
		syscall(SYS_rt_sigaction, sig, dfl, NULL, NSIG / 8);
}

rh_status
sandbox_handlers(struct sandbox *sb, struct err *err)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	int sig;

	(void)sb, (void)err;
	/* Fails for SIGKILL and SIGSTOP, which are as they should be. */
	for (sig = 1; sig < NSIG; sig++)
		if (sigaction(sig, &dfl, NULL) != 0)
			unignore(sig);
	return RH_OK;
}

rh_status
sandbox_signals(struct sandbox *sb, struct err *err)
{
	sigset_t none;

	(void)sb;
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) != 0)
		return err_errno(err, RH_EIO, "unblocking signals");
	return RH_OK;
}

rh_status
sandbox_empty(struct sandbox *sb, struct err *err)
{
	(void)sb;
	if (clearenv() != 0 || setenv("LC_ALL", "C.UTF-8", 1) != 0)
		return err_errno(err, RH_EIO, "emptying the environment");
	return RH_OK;
}

rh_status
sandbox_environment(struct sandbox *sb, struct err *err)
{
	const struct worker_profile *p = &sb->spec->profile;
	size_t i;

	for (i = 0; i < p->env_count; i++)
		if (strchr(p->env[i], '=') == NULL ||
		    putenv((char *)p->env[i]) != 0)
			return err_set(err, RH_EIO, "setting the variable "
			    "\"%.*s\"", (int)strcspn(p->env[i], "="),
			    p->env[i]);
	return RH_OK;
}

rh_status
sandbox_session(struct sandbox *sb, struct err *err)
{
	(void)sb;
	if (setsid() < 0)
		return err_errno(err, RH_EIO, "setsid");
	if (chdir("/") != 0)
		return err_errno(err, RH_EIO, "chdir to /");
	umask(077);
	return RH_OK;
}

/* Never above the hard limit that there is. */
static rh_status
limit_to(int resource, const char *name, rlim_t max, struct err *err)
{
	struct rlimit set = { max, max };

	if (setrlimit(resource, &set) == 0)
		return RH_OK;
	if (errno == EPERM && getrlimit(resource, &set) == 0 &&
	    set.rlim_max < max) {
		set.rlim_cur = set.rlim_max;
		if (setrlimit(resource, &set) == 0)
			return RH_OK;
	}
	return err_errno(err, RH_EIO, "setting %s to %llu", name,
	    (unsigned long long)max);
}

/*
 * The kernel counts by uid.  One that others have, too, is limited loosely:
 * else one worker's processes would be refused for those of another.
 */
static rlim_t
processes(const struct sandbox *sb)
{
	const struct worker_profile *p = &sb->spec->profile;

	if (!sb->own_uid && !sb->own_count)
		return SHARED_PROCESSES;
	return p->processes > 0 ? (rlim_t)p->processes :
	    PROFILE_PROCESSES;
}

rh_status
sandbox_limits(struct sandbox *sb, struct err *err)
{
	const struct worker_profile *p = &sb->spec->profile;
	const struct {
		int	resource;
		const char *name;
		rlim_t	max;
	} limits[] = {
		{ RLIMIT_NOFILE, "RLIMIT_NOFILE", p->open_files > 0 ?
		    (rlim_t)p->open_files : OPEN_FILES },
		{ RLIMIT_CORE, "RLIMIT_CORE", 0 },
		{ RLIMIT_FSIZE, "RLIMIT_FSIZE",
		    (rlim_t)p->file_bytes },
		{ RLIMIT_NPROC, "RLIMIT_NPROC", processes(sb) },
		{ RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK", 0 },
		{ RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE", 0 },
	};
	rh_status rc;
	size_t i;

	for (i = 0; i < ARRAY_LEN(limits); i++) {
		rc = limit_to(limits[i].resource, limits[i].name,
		    limits[i].max, err);
		if (rc != RH_OK)
			return rc;
	}
	return RH_OK;
}

rh_status
sandbox_memory(struct sandbox *sb, struct err *err)
{
	int64_t bytes = sb->spec->profile.memory_bytes;

	if (bytes <= 0)
		return RH_OK;
#if SANDBOX_SANITIZED
	(void)err;
	log_line(LOG_INFO, "sandbox \"memory\" left out: a sanitizer maps "
	    "more than %lld bytes", (long long)bytes);
	return RH_OK;
#else
	return limit_to(RLIMIT_AS, "RLIMIT_AS", (rlim_t)bytes, err);
#endif
}

/*
 * With autogroups a priority counts within the session only, and among the
 * sessions their own.  The kernel has such a file or not, and takes one word
 * in 100 ms from who isn't root; a worker doesn't wait for that.
 */
static bool
lower_session(void)
{
	int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return errno == ENOENT;
	ok = dprintf(fd, "%d", NICER) > 0 || errno == EAGAIN;
	close(fd);
	return ok;
}

/* However busy plugins are, the host answers: its threads go first. */
rh_status
sandbox_priority(struct sandbox *sb, struct err *err)
{
	(void)sb;
	errno = 0;
	if (nice(NICER) == -1 && errno != 0)
		return err_errno(err, RH_EIO, "lowering the priority");
	if (!lower_session())
		return err_errno(err, RH_EIO, "lowering the session's");
	return RH_OK;
}

rh_status
sandbox_no_new_privs(struct sandbox *sb, struct err *err)
{
	(void)sb;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_errno(err, RH_EIO, "no_new_privs");
	return RH_OK;
}

/*
 * For good, so that nothing gains one by executing a file.  The spawner keeps
 * those that it has.
 */
rh_status
sandbox_bounding(struct sandbox *sb, struct err *err)
{
	int cap;

	(void)sb;
	/* These need CAP_SETPCAP: who lacks it can gain nothing here. */
	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0 &&
		    errno != EPERM)
			return err_errno(err, RH_EIO,
			    "dropping capability %d", cap);
	if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
	    SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
	    SECBIT_KEEP_CAPS_LOCKED, 0, 0, 0) != 0 && errno != EPERM)
		return err_errno(err, RH_EIO, "securebits");
	return RH_OK;
}

rh_status
sandbox_capabilities(struct sandbox *sb, struct err *err)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2];
	rh_status rc;

	/* A user namespace of its own has begun with all of them again. */
	if (sb->own_count && (rc = sandbox_bounding(sb, err)) != RH_OK)
		return rc;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	memset(none, 0, sizeof none);
	if (syscall(SYS_capset, &head, none) != 0)
		return err_errno(err, RH_EIO, "dropping all capabilities");
	return RH_OK;
}

rh_status
sandbox_parent(struct sandbox *sb, struct err *err)
{
	if (!sb->die_with_parent)
		return err_set(err, RH_ENOSYS, "a thread that may end made it");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return err_errno(err, RH_EIO, "tying it to its parent");
	return RH_OK;
}

rh_status
sandbox_dumpable(struct sandbox *sb, struct err *err)
{
	/* Becoming another uid has switched it off. */
	if (sb->watch >= 0) {
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
		return err_set(err, RH_ENOSYS, "a trial reads the paths that "
		    "it asks for");
	}
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_errno(err, RH_EIO, "switching dumpable off");
	return RH_OK;
}

/*
 * The owner of what it may write, never root; or, and then it is true, one
 * that no other worker has.
 */
static bool
uid_for(const struct sandbox *sb, uid_t *uid, gid_t *gid)
{
	const struct grant *g;
	size_t i;

	*uid = UID_BASE + sb->slot % UID_COUNT;
	*gid = *uid;
	for (i = 0; i < sb->grants.count; i++) {
		g = &sb->grants.list[i];
		if (g->use != PATH_WRITE || g->uid == 0)
			continue;
		*uid = g->uid;
		*gid = g->gid;
		return false;
	}
	return true;
}

rh_status
sandbox_uid(struct sandbox *sb, struct err *err)
{
	uid_t uid;
	gid_t gid;

	if (sb->uid != 0)
		return err_set(err, RH_ENOSYS, "the host isn't root");
	sb->own_uid = uid_for(sb, &uid, &gid);
	if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		return err_errno(err, RH_EPERM, "becoming uid %u",
		    (unsigned)uid);
	return RH_OK;
}

rh_status
sandbox_mdwe(struct sandbox *sb, struct err *err)
{
	if (sb->spec->profile.children)
		return err_set(err, RH_ENOSYS, "its programs may make code");
	if (SANDBOX_SANITIZED)
		return err_set(err, RH_ENOSYS, "a sanitizer makes code");
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0)
		return err_errno(err, RH_EUNAVAIL, "no new executable memory");
	return RH_OK;
}
