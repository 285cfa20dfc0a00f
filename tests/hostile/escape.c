/*
 * A plugin that tries to get out of its worker: each word after /escape is
 * one way.  It ends with "refused ..." when it was told no, and with
 * "ESCAPED ..." when it got what it wanted; the kernel may also end it.
 * What is aimed at stands behind the word.
 */
#include <runhost/easy.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct try {
	const struct rh_invocation *inv;
	const struct rh_host *host;
	char	arg[512];	/* what it aims at */
	char	out[1024];
};

static void
say(struct try *t, const char *fmt, ...)
{
	size_t at = strlen(t->out);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->out + at, sizeof t->out - at, fmt, ap);
	va_end(ap);
}

/* What a call that should have been refused came to. */
static void
verdict(struct try *t, const char *what, long result)
{
	if (result < 0)
		say(t, "refused %s: %s\n", what, strerrorname_np(errno));
	else
		say(t, "ESCAPED %s: %ld\n", what, result);
}

static pid_t
target(const struct try *t)
{
	return (pid_t)atol(t->arg);
}

/* Files. */

static void
read_file(struct try *t)
{
	int fd = open(t->arg, O_RDONLY | O_NONBLOCK);
	char c;

	/* The opening alone of a file in /proc may be allowed. */
	verdict(t, t->arg, fd < 0 ? -1 : read(fd, &c, 1));
}

static void
write_file(struct try *t)
{
	verdict(t, t->arg, open(t->arg, O_WRONLY | O_CREAT, 0600));
}

static void
list_folder(struct try *t)
{
	verdict(t, t->arg, opendir(t->arg) == NULL ? -1 : 0);
}

/* Two words: a folder that it may write, and what it wants to read. */
static void
through_symlink(struct try *t)
{
	char *folder = strtok(t->arg, " "), *wanted = strtok(NULL, " ");
	char path[600];

	snprintf(path, sizeof path, "%s/link", folder);
	unlink(path);
	if (symlink(wanted, path) != 0) {
		verdict(t, "symlink", -1);
		return;
	}
	verdict(t, "open through it", open(path, O_RDONLY));
	unlink(path);
}

static void
hard_link(struct try *t)
{
	char *folder = strtok(t->arg, " "), *wanted = strtok(NULL, " ");
	char path[600];

	snprintf(path, sizeof path, "%s/hard", folder);
	verdict(t, "link", link(wanted, path));
}

/* A second descriptor of what was opened for it, to look around from. */
static void
by_descriptors(struct try *t)
{
	char path[600];
	int fd;

	for (fd = 0; fd < 16; fd++) {
		snprintf(path, sizeof path, "../../../../%s", t->arg);
		if (openat(fd, path, O_RDONLY) >= 0)
			verdict(t, "openat beneath a descriptor", fd);
	}
	errno = EACCES;
	verdict(t, "openat beneath descriptors", -1);
}

static void
handle_at(struct try *t)
{
	struct {
		unsigned int bytes;
		int	type;
		unsigned char handle[128];
	} h = { .bytes = 128 };
	int mount;

	verdict(t, "name_to_handle_at", syscall(SYS_name_to_handle_at,
	    AT_FDCWD, t->arg, &h, &mount, 0));
}

static void
environment(struct try *t)
{
	char **e;

	for (e = environ; *e != NULL; e++)
		if (strstr(*e, t->arg) != NULL)
			verdict(t, *e, 0);
	errno = ENOENT;
	verdict(t, "host's environment", -1);
}

/* Sockets. */

static void
every_family(struct try *t)
{
	static const int types[] = {
		SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_RDM,
	};
	int family;
	size_t i;

	for (family = 0; family < 46; family++)
		for (i = 0; i < sizeof types / sizeof types[0]; i++)
			if (socket(family, types[i], 0) >= 0)
				say(t, "ESCAPED socket of family %d, type "
				    "%d\n", family, types[i]);
	errno = EPERM;
	verdict(t, "all sockets", -1);
}

static void
socket_pair(struct try *t)
{
	int sv[2];

	verdict(t, "socketpair",
	    socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
}

static void
connect_unix(struct try *t)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(at.sun_path, t->arg, sizeof at.sun_path - 1);
	verdict(t, "host's socket", fd < 0 ? -1 :
	    connect(fd, (struct sockaddr *)&at, sizeof at));
}

/* Its own channel may not be turned into another connection either. */
static void
reconnect(struct try *t)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	strncpy(at.sun_path, t->arg, sizeof at.sun_path - 1);
	verdict(t, "connect of its channel",
	    connect(3, (struct sockaddr *)&at, sizeof at));
}

static void
io_uring(struct try *t)
{
	char params[256] = "";

	verdict(t, "io_uring_setup", syscall(SYS_io_uring_setup, 4, params));
}

/* Other processes. */

static void
trace(struct try *t)
{
	verdict(t, "ptrace", ptrace(PTRACE_SEIZE, target(t), 0, 0));
}

static void
kill_host(struct try *t)
{
	verdict(t, "kill", kill(target(t), SIGTERM));
}

static void
kill_all(struct try *t)
{
	verdict(t, "kill(-1)", kill(-1, SIGKILL));
}

static void
thread_kill(struct try *t)
{
	verdict(t, "tgkill", syscall(SYS_tgkill, target(t), target(t),
	    SIGTERM));
}

static void
queue_signal(struct try *t)
{
	siginfo_t info = { .si_code = SI_QUEUE };

	verdict(t, "rt_sigqueueinfo", syscall(SYS_rt_sigqueueinfo, target(t),
	    SIGTERM, &info));
}

static void
read_memory(struct try *t)
{
	char here[8];
	struct iovec to = { here, 8 }, from = { (void *)0x400000, 8 };

	verdict(t, "process_vm_readv",
	    process_vm_readv(target(t), &to, 1, &from, 1, 0));
}

static void
write_memory(struct try *t)
{
	char here[8] = "";
	struct iovec from = { here, 8 }, to = { (void *)0x400000, 8 };

	verdict(t, "process_vm_writev",
	    process_vm_writev(target(t), &from, 1, &to, 1, 0));
}

static void
get_descriptor(struct try *t)
{
	int fd = (int)syscall(SYS_pidfd_open, target(t), 0);

	verdict(t, "pidfd", fd < 0 ? -1 :
	    syscall(SYS_pidfd_getfd, fd, 3, 0));
}

static void
priority(struct try *t)
{
	verdict(t, "setpriority", setpriority(PRIO_PROCESS,
	    (id_t)target(t), 19));
}

/* Processes of its own. */

static void
do_fork(struct try *t)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	verdict(t, "fork", pid);
}

static void
fork_bomb(struct try *t)
{
	int i;

	for (i = 0; i < 5000; i++)
		if (fork() < 0) {
			verdict(t, "fork", -1);
			return;
		}
	pause();
}

static void
do_vfork(struct try *t)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(0);
	verdict(t, "vfork", pid);
}

static void
execute(struct try *t)
{
	char *argv[] = { t->arg, NULL };

	verdict(t, "execve", execve(t->arg, argv, environ));
}

static void
execute_memory(struct try *t)
{
	static const char script[] = "#!/bin/sh\necho ESCAPED\n";
	char *argv[] = { "x", NULL };
	int fd = memfd_create("x", 0);

	if (fd >= 0 && write(fd, script, sizeof script - 1) > 0)
		fexecve(fd, argv, environ);
	verdict(t, "execution of a memfd", -1);
}

/* What only an administrator may. */

#define SIMPLE(name, call)						\
	static void							\
	name(struct try *t)						\
	{								\
		verdict(t, #name, (long)(call));			\
	}

SIMPLE(new_user_namespace, unshare(CLONE_NEWUSER))
SIMPLE(new_mount_namespace, unshare(CLONE_NEWNS))
SIMPLE(join_namespace, setns(3, 0))
SIMPLE(mount_tmpfs, syscall(SYS_mount, "x", "/", "tmpfs", 0, NULL))
SIMPLE(unmount, syscall(SYS_umount2, "/", 2))
SIMPLE(change_root, syscall(SYS_chroot, "/"))
SIMPLE(new_root, syscall(SYS_pivot_root, "/", "/"))
SIMPLE(become_root, syscall(SYS_setuid, 0))
SIMPLE(become_group, syscall(SYS_setgid, 0))
SIMPLE(bpf, syscall(SYS_bpf, 0, NULL, 0))
SIMPLE(perf_events, syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0))
SIMPLE(user_faults, syscall(SYS_userfaultfd, 0))
SIMPLE(key_ring, syscall(SYS_keyctl, 0, -3, 1))
SIMPLE(load_module, syscall(SYS_init_module, NULL, 0, ""))
SIMPLE(load_kernel, syscall(SYS_kexec_load, 0, 0, NULL, 0))
SIMPLE(do_reboot, syscall(SYS_reboot, 0, 0, 0, NULL))
SIMPLE(swap_on, syscall(SYS_swapon, "/", 0))
SIMPLE(quota, syscall(SYS_quotactl, 0, "/", 0, NULL))
SIMPLE(set_clock, syscall(SYS_clock_settime, 0, NULL))
SIMPLE(host_name, syscall(SYS_sethostname, "x", 1))
SIMPLE(linux32, syscall(SYS_personality, 8))
SIMPLE(descriptor_table, syscall(SYS_modify_ldt, 1, NULL, 0))
SIMPLE(shared_memory, syscall(SYS_shmget, 7, 4096, 01600))
SIMPLE(message_queue, syscall(SYS_msgget, 7, 01600))
SIMPLE(semaphores, syscall(SYS_semget, 7, 1, 01600))
SIMPLE(kernel_log, syscall(SYS_syslog, 3, NULL, 0))
SIMPLE(watch_files, syscall(SYS_fanotify_init, 0, 0))
SIMPLE(compare, syscall(SYS_kcmp, getpid(), 1, 0, 0, 0))
SIMPLE(dumpable, prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
SIMPLE(keep_capabilities, prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
SIMPLE(other_filter, syscall(SYS_seccomp, 1, 0, NULL))

static void
more_memory(struct try *t)
{
	struct rlimit most = { RLIM_INFINITY, RLIM_INFINITY };

	verdict(t, "setrlimit", setrlimit(RLIMIT_AS, &most));
}

static void
more_files(struct try *t)
{
	struct rlimit most = { 100000, 100000 };

	verdict(t, "setrlimit", setrlimit(RLIMIT_NOFILE, &most));
}

#ifdef __x86_64__
static void
old_calls(struct try *t)
{
	long result;

	/* getpid of 32 bits */
	__asm__ volatile ("int $0x80" : "=a" (result) : "0" (20L) : "memory");
	errno = result < 0 ? (int)-result : 0;
	verdict(t, "int 0x80", result);
}

static void
x32_calls(struct try *t)
{
	verdict(t, "x32", syscall(0x40000000L + SYS_getpid));
}
#endif

/* What it was given must not become a way to more. */

static void
type_ahead(struct try *t)
{
	verdict(t, "TIOCSTI", syscall(SYS_ioctl, 1, 0x5412, "x"));
}

static void
own_image(struct try *t)
{
	char c = 'x';
	int fd;

	if (pwrite(4, &c, 1, 0) == 1 || ftruncate(4, 0) == 0)
		verdict(t, "change of its own object", 0);
	fd = open("/proc/self/fd/4", O_WRONLY);
	verdict(t, "its own object, writable",
	    fd < 0 ? -1 : pwrite(fd, &c, 1, 0));
}

static const struct way {
	const char *name;
	void	(*go)(struct try *);
} ways[] = {
	{ "read", read_file },
	{ "write", write_file },
	{ "list", list_folder },
	{ "symlink", through_symlink },
	{ "hardlink", hard_link },
	{ "descriptors", by_descriptors },
	{ "handle", handle_at },
	{ "environment", environment },
	{ "families", every_family },
	{ "socketpair", socket_pair },
	{ "unix", connect_unix },
	{ "reconnect", reconnect },
	{ "io_uring", io_uring },
	{ "ptrace", trace },
	{ "kill", kill_host },
	{ "kill_all", kill_all },
	{ "tgkill", thread_kill },
	{ "sigqueue", queue_signal },
	{ "vm_read", read_memory },
	{ "vm_write", write_memory },
	{ "pidfd", get_descriptor },
	{ "priority", priority },
	{ "fork", do_fork },
	{ "fork_bomb", fork_bomb },
	{ "vfork", do_vfork },
	{ "exec", execute },
	{ "exec_memory", execute_memory },
	{ "user_namespace", new_user_namespace },
	{ "mount_namespace", new_mount_namespace },
	{ "setns", join_namespace },
	{ "mount", mount_tmpfs },
	{ "umount", unmount },
	{ "chroot", change_root },
	{ "pivot_root", new_root },
	{ "setuid", become_root },
	{ "setgid", become_group },
	{ "bpf", bpf },
	{ "perf", perf_events },
	{ "userfaultfd", user_faults },
	{ "keyctl", key_ring },
	{ "module", load_module },
	{ "kexec", load_kernel },
	{ "reboot", do_reboot },
	{ "swapon", swap_on },
	{ "quotactl", quota },
	{ "settime", set_clock },
	{ "hostname", host_name },
	{ "personality", linux32 },
	{ "ldt", descriptor_table },
	{ "shm", shared_memory },
	{ "msg", message_queue },
	{ "sem", semaphores },
	{ "syslog", kernel_log },
	{ "fanotify", watch_files },
	{ "kcmp", compare },
	{ "dumpable", dumpable },
	{ "keepcaps", keep_capabilities },
	{ "seccomp", other_filter },
	{ "more_memory", more_memory },
	{ "more_files", more_files },
#ifdef __x86_64__
	{ "int80", old_calls },
	{ "x32", x32_calls },
#endif
	{ "tiocsti", type_ahead },
	{ "own_image", own_image },
	{ NULL, NULL }
};

/* raw args: the way's name, and behind a space what it aims at. */
static void
escape(const struct rh_invocation *inv, const struct rh_host *host)
{
	struct try t = { .inv = inv, .host = host };
	char words[640], *behind;
	const struct way *w;

	snprintf(words, sizeof words, "%.*s", (int)inv->raw_args.len,
	    inv->raw_args.p);
	behind = strchr(words, ' ');
	if (behind != NULL)
		*behind++ = '\0';
	snprintf(t.arg, sizeof t.arg, "%s", behind != NULL ? behind : "");
	for (w = ways; w->name != NULL; w++)
		if (strcmp(w->name, words) == 0)
			break;
	if (w->name == NULL) {
		rh_failed(host, inv, RH_EINPUT, "no such way");
		return;
	}
	w->go(&t);
	rh_completed(host, inv, t.out);
}

static const struct rh_runner runner = {
	.size = sizeof runner, .name = "escape", .run = escape,
};
static const struct rh_runner *const runners[] = { &runner, NULL };

static const struct rh_command_action way = {
	.size = sizeof way, .name = "way", .runner = "escape",
};
static const struct rh_command_action *const words[] = { &way, NULL };

static const struct rh_command command = {
	.size = sizeof command, .name = "/escape", .runner = "escape",
	.default_action = "way", .actions = words,
};
static const struct rh_command *const commands[] = { &command, NULL };

RH_PLUGIN(0,
	.flags = RH_PLUGIN_STATELESS,
	.id = "escape",
	.version = "1.0.0",
	.runners = runners,
	.commands = commands,
);
