/*
 * A plugin that tries to get out: each runner tries one thing and says what
 * came of it ("ok" or the error's name), if it lives to say it.
 */
#include <runhost/easy.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRY(name) static long try_##name(void)

static const char *
target(void)
{
	const char *path = getenv("TARGET");

	return path != NULL ? path : "/nowhere";
}

static long
try_open(const char *path, int flags)
{
	int fd = open(path, flags, 0600);
	char byte;

	if (fd < 0)
		return -1;
	/* An empty file, or a part of /proc that only then says no. */
	if ((flags & O_ACCMODE) == O_RDONLY && read(fd, &byte, 1) < 0)
		return -1;
	return 0;
}

TRY(shadow)	{ return try_open("/etc/shadow", O_RDONLY); }
TRY(passwd)	{ return try_open("/etc/passwd", O_RDONLY); }
TRY(write_tmp)	{ return try_open("/tmp/escaped", O_WRONLY | O_CREAT); }
TRY(list_root)	{ return try_open("/home", O_RDONLY | O_DIRECTORY); }
TRY(environ_1)	{ return try_open("/proc/1/environ", O_RDONLY); }
TRY(mem_1)	{ return try_open("/proc/1/mem", O_RDWR); }
TRY(mem_self)	{ return try_open("/proc/self/mem", O_RDWR); }
TRY(read)	{ return try_open(target(), O_RDONLY); }
TRY(write)	{ return try_open(target(), O_WRONLY | O_CREAT); }
TRY(memfd_write) { return (long)pwrite(4, "x", 1, 0); }

TRY(tcp)	{ return socket(AF_INET, SOCK_STREAM, 0); }
TRY(udp)	{ return socket(AF_INET, SOCK_DGRAM, 0); }
TRY(local)	{ return socket(AF_UNIX, SOCK_STREAM, 0); }
TRY(netlink)	{ return socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE); }

TRY(pair)
{
	int sv[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, sv);
}

TRY(ptrace)	{ return ptrace(PTRACE_ATTACH, getppid(), 0, 0); }

TRY(vm_read)
{
	char byte;
	struct iovec iov = { &byte, 1 };

	return process_vm_readv(getppid(), &iov, 1, &iov, 1, 0);
}

TRY(kill_parent) { return kill(getppid(), SIGTERM); }
TRY(kill_all)	{ return kill(-1, SIGTERM); }
TRY(tgkill)	{ return syscall(SYS_tgkill, 1, 1, SIGTERM); }

TRY(fork)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

TRY(clone)	{ return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }

TRY(clone3)
{
	uint64_t args[11] = { 0 };
	long rc = syscall(SYS_clone3, args, sizeof args);

	if (rc == 0)
		_exit(0);
	return rc;
}

TRY(exec)
{
	char *argv[] = { "true", NULL };

	return execv("/bin/true", argv);
}

TRY(io_uring)	{ return syscall(425, 4, 0); }
TRY(bpf)	{ return syscall(SYS_bpf, 0, 0, 0); }
TRY(unshare)	{ return unshare(CLONE_NEWUSER); }
TRY(memfd)	{ return memfd_create("code", 0); }
TRY(setuid)	{ return syscall(SYS_setuid, 0); }
TRY(mount)	{ return mount("x", "/", "tmpfs", 0, NULL); }
TRY(dumpable)	{ return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }
TRY(pidfd)	{ return syscall(SYS_pidfd_open, getppid(), 0); }
TRY(keys)	{ return syscall(SYS_keyctl, 0, 0); }

#if defined(__x86_64__)
/* getpid() as a program of 32 bits asks for it. */
TRY(int80)
{
	long rc;

	__asm__ volatile("int $0x80" : "=a"(rc) : "a"(20L) : "memory");
	return rc;
}

TRY(x32)	{ return syscall(0x40000000 | SYS_getpid); }
#endif

TRY(limit)
{
	struct rlimit more = { RLIM_INFINITY, RLIM_INFINITY };

	return setrlimit(RLIMIT_AS, &more);
}

TRY(memory)
{
	size_t step = 1 << 20, n = 0;
	char *p;

	while (n < 4096 && (p = malloc(step)) != NULL) {
		memset(p, 1, step);
		n++;
	}
	errno = ENOMEM;
	return n < 4096 ? -1 : 0;
}

TRY(files)
{
	while (dup(0) >= 0)
		continue;
	return -1;
}

static int __attribute__((noinline))
deeper(volatile char *from)
{
	volatile char room[4096];

	room[0] = *from;
	return *from == 0 ? 0 : deeper(room) + room[1];
}

TRY(overflow)
{
	volatile char c = 1;

	return deeper(&c);
}

TRY(null)
{
	volatile int *volatile nothing = NULL;

	return *nothing = 1;
}

TRY(abort)	{ abort(); }
TRY(stop)	{ raise(SIGSTOP); return 0; }
TRY(kill_self)	{ return raise(SIGKILL); }

static void *
add_one(void *n)
{
	++*(int *)n;
	return n;
}

/* What any plugin may expect to work. */
TRY(benign)
{
	char *p = malloc(20 << 20);
	struct timespec ts;
	pthread_t t;
	int n = 0;

	if (p == NULL || pthread_create(&t, NULL, add_one, &n) != 0)
		return -1;
	memset(p, 1, 20 << 20);
	pthread_join(t, NULL);
	free(p);
	if (n != 1 || dlopen("libm.so.6", RTLD_NOW) == NULL ||
	    clock_gettime(CLOCK_REALTIME, &ts) != 0 || printf("hi\n") != 3)
		return -1;
	return usleep(1);
}

TRY(environment)
{
	const char *v = getenv("GREETING");

	errno = ENOENT;
	return v != NULL && strcmp(v, "hello world") == 0 ? 0 : -1;
}

/* A file of its own: made, written, renamed, made shorter, removed. */
TRY(own_files)
{
	char a[300], b[300];
	struct stat st;
	int fd;

	snprintf(a, sizeof a, "%s/a", target());
	snprintf(b, sizeof b, "%s/b", target());
	fd = open(a, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, "abc", 3) != 3 || ftruncate(fd, 1) != 0 ||
	    fsync(fd) != 0 || rename(a, b) != 0 || stat(b, &st) != 0 ||
	    st.st_size != 1 || unlink(b) != 0 || mkdir(a, 0700) != 0 ||
	    rmdir(a) != 0)
		return -1;
	return 0;
}

TRY(mode)
{
	return chmod(target(), 0777);
}

TRY(times)
{
	return utimensat(AT_FDCWD, target(), NULL, 0);
}

/* The limits of the process that made it. */
TRY(foreign_limit)
{
	struct rlimit none = { 0, 0 };

	return prlimit(getppid() > 0 ? getppid() : 1, RLIMIT_NOFILE, &none,
	    NULL);
}

/* A library that nobody has loaded yet. */
TRY(library)
{
	errno = EACCES;
	return dlopen("libanl.so.1", RTLD_NOW) == NULL ? -1 : 0;
}

/* In a child, for those that may have one; its result, or errno. */
static long
in_child(long (*what)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(what() < 0 ? errno : 0);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (WIFSIGNALED(status)) {
		errno = WTERMSIG(status) == SIGSYS ? EOPNOTSUPP : EINTR;
		return -1;
	}
	errno = WEXITSTATUS(status);
	return errno == 0 ? 0 : -1;
}

TRY(execute)
{
	char *argv[] = { "true", NULL };

	execv(target(), argv);
	return -1;
}

TRY(child_exec)	{ return in_child(try_execute); }
TRY(child_local) { return in_child(try_local); }
TRY(child_mount) { return in_child(try_mount); }
TRY(child_true)	{ return in_child(try_exec); }
TRY(child_limit) { return in_child(try_limit); }
TRY(child_foreign) { return in_child(try_foreign_limit); }

/* As many as it can; they stay. */
TRY(child_bomb)
{
	int n = 0;
	pid_t pid;

	while (n < 2000 && (pid = fork()) >= 0) {
		if (pid == 0) {
			setsid();
			for (;;)
				pause();
		}
		n++;
	}
	return n < 2000 ? -1 : 0;
}

static const struct attempt {
	const char *name;
	long	(*what)(void);
} attempts[] = {
#define ROW(n)	{ #n, try_##n }
	ROW(shadow), ROW(passwd), ROW(write_tmp), ROW(list_root),
	ROW(environ_1), ROW(mem_1), ROW(mem_self), ROW(read), ROW(write),
	ROW(memfd_write), ROW(tcp), ROW(udp), ROW(local), ROW(netlink),
	ROW(pair), ROW(ptrace), ROW(vm_read), ROW(kill_parent), ROW(kill_all),
	ROW(tgkill), ROW(fork), ROW(clone), ROW(clone3), ROW(exec),
	ROW(io_uring), ROW(bpf), ROW(unshare), ROW(memfd), ROW(setuid),
	ROW(mount), ROW(dumpable), ROW(pidfd), ROW(keys),
#if defined(__x86_64__)
	ROW(int80), ROW(x32),
#endif
	ROW(limit), ROW(memory), ROW(files), ROW(overflow), ROW(null),
	ROW(abort), ROW(stop), ROW(kill_self), ROW(benign), ROW(environment),
	ROW(own_files), ROW(mode), ROW(times), ROW(foreign_limit),
	ROW(child_foreign), ROW(child_exec), ROW(child_local), ROW(child_mount),
	ROW(library), ROW(child_true), ROW(child_limit), ROW(child_bomb),
};

/* The one that its environment names. */
static void
run_attempt(const struct rh_invocation *inv, const struct rh_host *host)
{
	const char *name = getenv("ATTEMPT");
	size_t i;
	long rc;

	for (i = 0; name != NULL && i < sizeof attempts / sizeof attempts[0];
	    i++) {
		if (strcmp(attempts[i].name, name) != 0)
			continue;
		errno = 0;
		rc = attempts[i].what();
		rh_completed(host, inv, rc >= 0 ? "ok" :
		    strerrorname_np(errno) != NULL ? strerrorname_np(errno) :
		    "failed");
		return;
	}
	rh_completed(host, inv, "no such attempt");
}

static const struct rh_runner runner = {
	.size = sizeof runner, .name = "attempt",
	.flags = RH_RUNNER_IDEMPOTENT, .run = run_attempt,
};
static const struct rh_runner *const runners[] = { &runner, NULL };

RH_PLUGIN(0, .id = "escape", .version = "1.0.0", .runners = runners);
