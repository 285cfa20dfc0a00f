/*
 * The table itself.  A call that is in no row of a filter ends the process, so
 * what programs try and can do without fails with an error instead.
 */
#include "worker/call_table.h"

#include "worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <sched.h>
#include <sys/stat.h>

#define ALL	((1u << FILTERS) - 1)
#define BIT(k)	(1u << (k))
#define PLAIN	BIT(FILTER_PLAIN)
/* With paths of its own, and with programs. */
#define FILES	(ALL & ~PLAIN)
#define PROGRAMS (BIT(FILTER_CHILDREN) | BIT(FILTER_LOOSE))
#define ALONE	(ALL & ~PROGRAMS)
#define GUARDED	BIT(FILTER_CHILDREN)
#define LOOSE	BIT(FILTER_LOOSE)

#define YES(n, k)	{ n, k, 0, { { 0 } } }
#define NO(n, k, e)	{ n, k, e, { { 0 } } }
#define IF(n, k, a, v)	{ n, k, 0, { { CALL_EQ, a, v, 0 } } }

#define NEW_ANY	((uint64_t)(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | \
	CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET))

const struct call_rule call_table[] = {
	/* what it has */
	YES("read", ALL), YES("write", ALL), YES("readv", ALL),
	YES("writev", ALL), YES("pread64", ALL), YES("pwrite64", ALL),
	YES("preadv", ALL), YES("pwritev", ALL), YES("close", ALL),
	YES("close_range", ALL), YES("lseek", ALL), YES("dup", ALL),
	YES("dup2", ALL), YES("dup3", ALL), YES("pipe", ALL),
	YES("pipe2", ALL), YES("getdents64", ALL),
	YES("fstat", ALL), YES("newfstatat", ALL),
	IF("fcntl", ALL, 1, F_DUPFD), IF("fcntl", ALL, 1, F_DUPFD_CLOEXEC),
	IF("fcntl", ALL, 1, F_GETFD), IF("fcntl", ALL, 1, F_SETFD),
	IF("fcntl", ALL, 1, F_GETFL), IF("fcntl", ALL, 1, F_SETFL),
	IF("fcntl", FILES, 1, F_GETLK), IF("fcntl", FILES, 1, F_SETLK),
	IF("fcntl", FILES, 1, F_SETLKW),
	IF("fcntl", FILES, 1, F_OFD_GETLK), IF("fcntl", FILES, 1, F_OFD_SETLK),
	IF("fcntl", FILES, 1, F_OFD_SETLKW),
	IF("fcntl", FILES, 1, F_GETPIPE_SZ),
	IF("fcntl", FILES, 1, F_SETPIPE_SZ),
	/* files, where Landlock lets it */
	YES("open", ALL), YES("openat", ALL), YES("getcwd", ALL),
	YES("umask", ALL), YES("fadvise64", ALL),
	YES("stat", FILES), YES("lstat", FILES), YES("statx", FILES),
	YES("access", FILES), YES("faccessat", FILES),
	YES("faccessat2", FILES), YES("readlink", FILES),
	YES("readlinkat", FILES), YES("statfs", FILES), YES("fstatfs", FILES),
	YES("creat", FILES), YES("openat2", FILES), YES("getdents", FILES),
	YES("mkdir", FILES), YES("mkdirat", FILES), YES("rmdir", FILES),
	YES("unlink", FILES), YES("unlinkat", FILES), YES("rename", FILES),
	YES("renameat", FILES), YES("renameat2", FILES), YES("link", FILES),
	YES("linkat", FILES), YES("symlink", FILES), YES("symlinkat", FILES),
	YES("truncate", FILES), YES("ftruncate", FILES),
	YES("fallocate", FILES), YES("fsync", FILES), YES("fdatasync", FILES),
	YES("sync_file_range", FILES), YES("flock", FILES),
	YES("chmod", FILES), YES("fchmod", FILES), YES("fchmodat", FILES),
	YES("utime", FILES), YES("utimes", FILES), YES("utimensat", FILES),
	YES("futimesat", FILES), YES("copy_file_range", FILES),
	YES("sendfile", FILES), YES("splice", FILES), YES("tee", FILES),
	IF("mknod", FILES, 1, S_IFIFO), IF("mknodat", FILES, 2, S_IFIFO),
	NO("stat", PLAIN, EPERM), NO("lstat", PLAIN, EPERM),
	NO("statx", PLAIN, EPERM), NO("access", PLAIN, EPERM),
	NO("faccessat", PLAIN, EPERM), NO("faccessat2", PLAIN, EPERM),
	NO("statfs", PLAIN, EPERM), NO("fstatfs", PLAIN, EPERM),
	NO("mkdir", PLAIN, EPERM), NO("mkdirat", PLAIN, EPERM),
	NO("rmdir", PLAIN, EPERM), NO("unlink", PLAIN, EPERM),
	NO("unlinkat", PLAIN, EPERM), NO("rename", PLAIN, EPERM),
	NO("renameat", PLAIN, EPERM), NO("renameat2", PLAIN, EPERM),
	NO("truncate", PLAIN, EPERM), NO("ftruncate", PLAIN, EPERM),
	NO("fsync", PLAIN, EPERM), NO("fdatasync", PLAIN, EPERM),
	/* memory */
	YES("mmap", ALL), YES("munmap", ALL), YES("mprotect", ALL),
	YES("mremap", ALL), YES("brk", ALL), YES("madvise", ALL),
	YES("msync", ALL), YES("mincore", ALL), YES("membarrier", ALL),
	NO("mlock", ALL, EPERM), NO("mlock2", ALL, EPERM),
	NO("munlock", ALL, EPERM), NO("mlockall", ALL, EPERM),
	NO("mbind", ALL, EPERM), NO("get_mempolicy", ALL, EPERM),
	/* threads; glibc falls back to clone, whose flags can be seen */
	NO("clone3", ALL, ENOSYS),
	{ "clone", ALONE, 0, { { CALL_MASKED, 0, CLONE_THREAD,
	    CLONE_THREAD | NEW_ANY } } },
	{ "clone", PROGRAMS, 0, { { CALL_MASKED, 0, 0, NEW_ANY } } },
	YES("futex", ALL), YES("futex_waitv", ALL),
	YES("set_robust_list", ALL), YES("get_robust_list", ALL),
	YES("set_tid_address", ALL), YES("rseq", ALL),
	YES("sched_yield", ALL), YES("sched_getaffinity", ALL),
	YES("sched_getparam", ALL), YES("sched_getscheduler", ALL),
	YES("sched_get_priority_max", ALL), YES("sched_get_priority_min", ALL),
	YES("getcpu", ALL), YES("exit", ALL), YES("exit_group", ALL),
	YES("arch_prctl", ALL),
	IF("prctl", ALL, 0, PR_SET_NAME), IF("prctl", ALL, 0, PR_GET_NAME),
	IF("prctl", ALL, 0, PR_GET_DUMPABLE),
	IF("prctl", ALL, 0, PR_GET_NO_NEW_PRIVS),
	IF("prctl", ALL, 0, PR_CAPBSET_READ),
	IF("prctl", ALL, 0, PR_SET_VMA),
	IF("prctl", PROGRAMS, 0, PR_SET_PDEATHSIG),
	NO("sched_setaffinity", ALL, EPERM),
	NO("sched_setscheduler", ALL, EPERM), NO("sched_setparam", ALL, EPERM),
	NO("sched_setattr", ALL, EPERM), NO("setpriority", ALL, EPERM),
	NO("ioprio_set", ALL, EPERM),
	/* signals; to itself only */
	YES("rt_sigaction", ALL), YES("rt_sigprocmask", ALL),
	YES("rt_sigreturn", ALL), YES("rt_sigpending", ALL),
	YES("rt_sigtimedwait", ALL), YES("rt_sigsuspend", ALL),
	YES("sigaltstack", ALL), YES("pause", ALL), YES("restart_syscall", ALL),
	YES("signalfd4", ALL),
	{ "tgkill", ALONE | LOOSE, 0, { { CALL_EQ, 0, CALL_OWN_PID, 0 } } },
	YES("tgkill", GUARDED), YES("kill", GUARDED), YES("tkill", GUARDED),
	IF("kill", LOOSE, 0, 0),
	/* Nothing else keeps it from others then, so its programs stay. */
	{ "kill", LOOSE, EPERM, { { CALL_NE, 0, 0, 0 } } },
	{ "tgkill", LOOSE, EPERM, { { CALL_NE, 0, CALL_OWN_PID, 0 } } },
	NO("tkill", LOOSE, EPERM),
	/* time */
	YES("nanosleep", ALL), YES("clock_nanosleep", ALL),
	YES("clock_gettime", ALL), YES("clock_getres", ALL),
	YES("gettimeofday", ALL), YES("time", ALL), YES("times", ALL),
	YES("alarm", ALL), YES("getitimer", ALL), YES("setitimer", ALL),
	YES("timer_create", ALL), YES("timer_settime", ALL),
	YES("timer_gettime", ALL), YES("timer_getoverrun", ALL),
	YES("timer_delete", ALL), YES("timerfd_create", ALL),
	YES("timerfd_settime", ALL), YES("timerfd_gettime", ALL),
	/* waiting, and what it was given as a socket */
	YES("poll", ALL), YES("ppoll", ALL), YES("select", ALL),
	YES("pselect6", ALL), YES("epoll_create", ALL),
	YES("epoll_create1", ALL), YES("epoll_ctl", ALL),
	YES("epoll_wait", ALL), YES("epoll_pwait", ALL),
	YES("epoll_pwait2", ALL), YES("eventfd", ALL), YES("eventfd2", ALL),
	YES("sendmsg", ALL), YES("recvmsg", ALL), YES("recvfrom", ALL),
	IF("sendto", ALL, 4, 0), YES("shutdown", ALL), YES("getsockopt", ALL),
	YES("getsockname", ALL), YES("getpeername", ALL),
	{ "sendto", ALL, EPERM, { { CALL_NE, 4, 0, 0 } } },
	NO("socket", ALL, EPERM), NO("socketpair", ALL, EPERM),
	NO("connect", ALL, EPERM), NO("bind", ALL, EPERM),
	NO("listen", ALL, EPERM), NO("accept", ALL, EPERM),
	NO("accept4", ALL, EPERM), NO("setsockopt", ALL, EPERM),
	/* who it is */
	YES("getpid", ALL), YES("getppid", ALL), YES("gettid", ALL),
	YES("getuid", ALL), YES("geteuid", ALL), YES("getgid", ALL),
	YES("getegid", ALL), YES("getresuid", ALL), YES("getresgid", ALL),
	YES("getgroups", ALL), YES("getsid", ALL), YES("getpgid", ALL),
	YES("getpgrp", ALL), YES("getpriority", ALL), YES("getrusage", ALL),
	YES("getrandom", ALL), YES("capget", ALL),
	YES("uname", FILES), YES("sysinfo", PROGRAMS),
	NO("uname", PLAIN, EPERM), NO("sysinfo", ALONE, EPERM),
	YES("getrlimit", ALL), NO("setrlimit", ALONE, EPERM),
	{ "prlimit64", ALONE, 0, { { CALL_EQ, 0, 0, 0 },
	    { CALL_EQ, 2, 0, 0 } } },
	{ "prlimit64", ALONE, EPERM, { { CALL_NE, 0, 0, 0 } } },
	{ "prlimit64", ALONE, EPERM, { { CALL_EQ, 0, 0, 0 },
	    { CALL_NE, 2, 0, 0 } } },
	NO("ioctl", ALL, ENOTTY),
	/* programs */
	YES("fork", PROGRAMS), YES("vfork", PROGRAMS),
	YES("execve", PROGRAMS), YES("execveat", PROGRAMS),
	YES("wait4", PROGRAMS), YES("waitid", PROGRAMS),
	YES("setpgid", PROGRAMS), YES("setsid", PROGRAMS),
	YES("chdir", PROGRAMS), YES("fchdir", PROGRAMS),
	YES("setrlimit", PROGRAMS),
	/* Its own limits: another's would be the host's, of the same uid. */
	{ "prlimit64", PROGRAMS, 0, { { CALL_EQ, 0, 0, 0 } } },
	{ "prlimit64", PROGRAMS, EPERM, { { CALL_NE, 0, 0, 0 } } },
	NO("setpgid", ALONE, EPERM), NO("setsid", ALONE, EPERM),
	NO("chdir", ALONE, EPERM), NO("fchdir", ALONE, EPERM),
	NO("readlink", PLAIN, EPERM), NO("readlinkat", PLAIN, EPERM),
	NO("setuid", PROGRAMS, EPERM), NO("setgid", PROGRAMS, EPERM),
	NO("setreuid", PROGRAMS, EPERM), NO("setregid", PROGRAMS, EPERM),
	NO("setresuid", PROGRAMS, EPERM), NO("setresgid", PROGRAMS, EPERM),
	NO("setgroups", PROGRAMS, EPERM), NO("setfsuid", PROGRAMS, EPERM),
	NO("setfsgid", PROGRAMS, EPERM), NO("capset", PROGRAMS, EPERM),
	NO("chown", PROGRAMS, EPERM), NO("fchown", PROGRAMS, EPERM),
	NO("lchown", PROGRAMS, EPERM), NO("fchownat", PROGRAMS, EPERM),
	NO("getxattr", PROGRAMS, EOPNOTSUPP),
	NO("lgetxattr", PROGRAMS, EOPNOTSUPP),
	NO("fgetxattr", PROGRAMS, EOPNOTSUPP),
	NO("listxattr", PROGRAMS, EOPNOTSUPP),
	NO("llistxattr", PROGRAMS, EOPNOTSUPP),
	NO("flistxattr", PROGRAMS, EOPNOTSUPP),
	NO("inotify_init1", PROGRAMS, EPERM),
	NO("memfd_create", PROGRAMS, EPERM),
	NO("pidfd_open", PROGRAMS, EPERM), NO("chroot", PROGRAMS, EPERM),
	NO("sync", PROGRAMS, EPERM), NO("syncfs", FILES, EPERM),
#if SANDBOX_SANITIZED
	YES("readlink", PLAIN), YES("personality", ALL),
#endif
	{ .name = NULL }
};
