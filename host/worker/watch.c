/*
 * Both ends: the filter in the worker, and the reaper that reads paths.  A
 * path is read once and believed in nothing; the kernel decides on its own.
 */
#include "worker/watch.h"

#include "base/mem.h"
#include "worker/sandbox.h"
#include "worker/spawner_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH	AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH	AUDIT_ARCH_AARCH64
#else
#define ARCH	0		/* nothing is seen */
#endif

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV	(1UL << 5)
#endif

#define NONE	(-1)

/* How what is asked for depends on another argument. */
enum mode { MODE_NONE, MODE_FLAGS, MODE_HOW, MODE_ACCESS };

/* The arguments of each path; a call with two has two rows. */
static const struct watched {
	int	nr;
	enum watch_kind kind;
	int	dir, path;	/* which arguments */
	enum mode mode;
	int	at;		/* the argument of that */
} table[] = {
#ifdef SYS_open
	{ SYS_open,	WATCH_READ, NONE, 0, MODE_FLAGS, 1 },
	{ SYS_creat,	WATCH_MAKE, NONE, 0, MODE_NONE, 0 },
	{ SYS_stat,	WATCH_LOOK, NONE, 0, MODE_NONE, 0 },
	{ SYS_lstat,	WATCH_LOOK, NONE, 0, MODE_NONE, 0 },
	{ SYS_access,	WATCH_LOOK, NONE, 0, MODE_ACCESS, 1 },
	{ SYS_mkdir,	WATCH_ADD, NONE, 0, MODE_NONE, 0 },
	{ SYS_rmdir,	WATCH_TAKE, NONE, 0, MODE_NONE, 0 },
	{ SYS_unlink,	WATCH_TAKE, NONE, 0, MODE_NONE, 0 },
	{ SYS_rename,	WATCH_TAKE, NONE, 0, MODE_NONE, 0 },
	{ SYS_rename,	WATCH_PUT, NONE, 1, MODE_NONE, 0 },
	{ SYS_link,	WATCH_ADD, NONE, 1, MODE_NONE, 0 },
	{ SYS_symlink,	WATCH_ADD, NONE, 1, MODE_NONE, 0 },
	{ SYS_mknod,	WATCH_ADD, NONE, 0, MODE_NONE, 0 },
	{ SYS_chmod,	WATCH_WRITE, NONE, 0, MODE_NONE, 0 },
#endif
	{ SYS_openat,	WATCH_READ, 0, 1, MODE_FLAGS, 2 },
	{ SYS_openat2,	WATCH_READ, 0, 1, MODE_HOW, 2 },
#ifdef SYS_newfstatat
	{ SYS_newfstatat, WATCH_LOOK, 0, 1, MODE_NONE, 0 },
#endif
	{ SYS_statx,	WATCH_LOOK, 0, 1, MODE_NONE, 0 },
	{ SYS_faccessat, WATCH_LOOK, 0, 1, MODE_ACCESS, 2 },
	{ SYS_faccessat2, WATCH_LOOK, 0, 1, MODE_ACCESS, 2 },
	{ SYS_truncate,	WATCH_WRITE, NONE, 0, MODE_NONE, 0 },
	{ SYS_mkdirat,	WATCH_ADD, 0, 1, MODE_NONE, 0 },
	{ SYS_unlinkat,	WATCH_TAKE, 0, 1, MODE_NONE, 0 },
#ifdef SYS_renameat
	{ SYS_renameat,	WATCH_TAKE, 0, 1, MODE_NONE, 0 },
	{ SYS_renameat,	WATCH_PUT, 2, 3, MODE_NONE, 0 },
#endif
	{ SYS_renameat2, WATCH_TAKE, 0, 1, MODE_NONE, 0 },
	{ SYS_renameat2, WATCH_PUT, 2, 3, MODE_NONE, 0 },
	{ SYS_linkat,	WATCH_ADD, 2, 3, MODE_NONE, 0 },
	{ SYS_symlinkat, WATCH_ADD, 1, 2, MODE_NONE, 0 },
	{ SYS_mknodat,	WATCH_ADD, 0, 1, MODE_NONE, 0 },
	{ SYS_fchmodat,	WATCH_WRITE, 0, 1, MODE_NONE, 0 },
	{ SYS_execve,	WATCH_EXEC, NONE, 0, MODE_NONE, 0 },
	{ SYS_execveat,	WATCH_EXEC, 0, 1, MODE_NONE, 0 },
};

/* What isn't watched goes on to the filter that decides. */
static size_t
write_filter(struct sock_filter *code)
{
	size_t i, n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
	    ARCH, 1, 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	    SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, nr));
	for (i = 0; i < ARRAY_LEN(table); i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ |
		    BPF_K, (uint32_t)table[i].nr, 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		    SECCOMP_RET_USER_NOTIF);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	    SECCOMP_RET_ALLOW);
	return n;
}

static int
install(void)
{
	struct sock_filter code[2 * ARRAY_LEN(table) + 8];
	struct sock_fprog prog = { (unsigned short)write_filter(code), code };
	long fd;

	/* A signal interrupts no call that is being looked at. */
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_NEW_LISTENER |
	    SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &prog);
	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
	return (int)fd;
}

/* As if there were no trial. */
static rh_status
give_up(struct sandbox *sb, struct err *err)
{
	err_errno(err, RH_EUNAVAIL, "watching its calls");
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	close(sb->watch);
	sb->watch = -1;
	return err->status;
}

rh_status
watch_enter(struct sandbox *sb, struct err *err)
{
	int fd;

	if (!sb->spec->profile.trial)
		return err_set(err, RH_ENOSYS, "it isn't on trial");
	if (sb->watch < 0)
		return err_set(err, RH_EUNAVAIL, "needs own \"processes\"");
	if ((fd = install()) < 0)
		return give_up(sb, err);
	/* Nobody listens: each such call would wait for ever. */
	if (spawn_send(sb->watch, "", 1, &fd, 1) != 0)
		_exit(126);
	close(fd);
	close(sb->watch);
	sb->watch = -1;
	sb->watched = true;
	return RH_OK;
}

rh_status
watch_open(struct watch *w, int from, int to, bool children, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	*w = (struct watch){ .from = from, .to = to, .children = children,
		.listener = -1 };
	w->ended = signalfd(-1, &set, SFD_CLOEXEC);
	if (w->ended < 0)
		return err_errno(err, RH_EIO, "signalfd");
	return RH_OK;
}

/* Up to len bytes of the caller's memory, as many as there are. */
static ssize_t
read_memory(pid_t pid, uint64_t addr, void *out, size_t len)
{
	struct iovec to = { out, len };
	struct iovec from = { (void *)(uintptr_t)addr, len };

	return process_vm_readv(pid, &to, 1, &from, 1, 0);
}

/* Page by page, for behind the text there may be nothing. */
static bool
read_text(pid_t pid, uint64_t addr, char out[WATCH_PATH_MAX])
{
	size_t n = 0, part;
	ssize_t got;

	while (n < WATCH_PATH_MAX) {
		part = 4096 - (size_t)((addr + n) & 4095);
		if (part > WATCH_PATH_MAX - n)
			part = WATCH_PATH_MAX - n;
		got = read_memory(pid, addr + n, out + n, part);
		if (got <= 0)
			return false;
		if (memchr(out + n, '\0', (size_t)got) != NULL)
			return true;
		n += (size_t)got;
	}
	return false;
}

/* /proc may be of other processes than ours. */
static bool
has_own_proc(void)
{
	char text[16];

	return readlink("/proc/self", text, sizeof text) == 1 &&
	    text[0] == '1';
}

/* Where a path that isn't absolute begins; false: it can't be told. */
static bool
read_base(pid_t pid, int dir, char out[WATCH_PATH_MAX])
{
	char link[64];
	ssize_t n;

	if (!has_own_proc())
		return false;
	if (dir == AT_FDCWD)
		snprintf(link, sizeof link, "/proc/%d/cwd", (int)pid);
	else
		snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)pid, dir);
	n = readlink(link, out, WATCH_PATH_MAX - 1);
	if (n <= 0 || out[0] != '/')
		return false;
	out[n] = '\0';
	return true;
}

/* The length; 0: no path of a file. */
static size_t
path_of(const struct seccomp_notif *n, const struct watched *t,
    char out[WATCH_PATH_MAX])
{
	pid_t pid = (pid_t)n->pid;
	char text[WATCH_PATH_MAX], base[WATCH_PATH_MAX];
	int dir = t->dir == NONE ? AT_FDCWD : (int)n->data.args[t->dir];
	int len;

	if (!read_text(pid, n->data.args[t->path], text) || text[0] == '\0')
		return 0;
	if (text[0] == '/') {
		memcpy(out, text, sizeof text);
		return strlen(out);
	}
	if (!read_base(pid, dir, base))
		return 0;
	len = snprintf(out, WATCH_PATH_MAX, "%s/%s", base, text);
	return len < WATCH_PATH_MAX ? (size_t)len : 0;
}

static enum watch_kind
kind_of_flags(uint64_t flags)
{
	if (flags & O_PATH)
		return WATCH_LOOK;
	if (flags & O_CREAT)
		return WATCH_MAKE;
	/* O_TMPFILE writes as well. */
	if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC))
		return WATCH_WRITE;
	return WATCH_READ;
}

static enum watch_kind
kind_of(const struct seccomp_notif *n, const struct watched *t)
{
	uint64_t arg = n->data.args[t->at];

	switch (t->mode) {
	case MODE_HOW:		/* struct open_how begins with them */
		if (read_memory((pid_t)n->pid, arg, &arg, sizeof arg) !=
		    sizeof arg)
			return t->kind;
		return kind_of_flags(arg);
	case MODE_FLAGS:
		return kind_of_flags(arg);
	case MODE_ACCESS:
		return (arg & W_OK) ? WATCH_WRITE : t->kind;
	case MODE_NONE:
		break;
	}
	return t->kind;
}

/* Whether it is new. */
static bool
remember(struct watch *w, const void *p, size_t len)
{
	const uint8_t *byte = p;
	uint64_t h = UINT64_C(14695981039346656037);
	size_t i, at;

	for (i = 0; i < len; i++)
		h = (h ^ byte[i]) * UINT64_C(1099511628211);
	h |= 1;
	for (at = h % ARRAY_LEN(w->said); w->said[at] != 0;
	    at = (at + 1) % ARRAY_LEN(w->said))
		if (w->said[at] == h)
			return false;
	if (w->count == WATCH_WORDS_MAX)
		return false;
	w->count++;
	w->said[at] = h;
	return true;
}

/* Waits for the host, if it must, and the plugin with it. */
static void
tell(struct watch *w, const struct seccomp_notif *n, const struct watched *t)
{
	struct watch_word word;
	size_t len = path_of(n, t, word.path);

	if (len == 0)
		return;
	word.kind = kind_of(n, t);
	len += offsetof(struct watch_word, path);
	/* The number may be another's memory by now. */
	if (ioctl(w->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &n->id) != 0 ||
	    !remember(w, &word, len))
		return;
	while (send(w->to, &word, len, MSG_NOSIGNAL) < 0 && errno == EINTR)
		continue;
}

static void
answer(struct watch *w)
{
	/* A newer kernel may have more to say. */
	union {
		struct seccomp_notif n;
		char	room[512];
	} in;
	union {
		struct seccomp_notif_resp r;
		char	room[512];
	} out;
	bool executes = false;
	size_t i;

	memset(&in, 0, sizeof in);
	memset(&out, 0, sizeof out);
	if (ioctl(w->listener, SECCOMP_IOCTL_NOTIF_RECV, &in) != 0)
		return;
	for (i = 0; i < ARRAY_LEN(table); i++) {
		if (table[i].nr != in.n.data.nr)
			continue;
		tell(w, &in.n, &table[i]);
		executes |= table[i].kind == WATCH_EXEC;
	}
	out.r.id = in.n.id;
	if (executes && !w->children)
		out.r.error = -EACCES;
	else
		out.r.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(w->listener, SECCOMP_IOCTL_NOTIF_SEND, &out);
}

/* The worker's word on its filter, or none. */
static void
hear(struct watch *w)
{
	size_t n = 1;
	char byte;

	if (spawn_recv(w->from, &byte, 1, 1, &w->listener, &n) < 0 || n == 0)
		w->listener = -1;
	close(w->from);
	w->from = -1;
}

void
watch_serve(struct watch *w)
{
	struct signalfd_siginfo info;
	struct pollfd fds[2];

	for (;;) {
		fds[0] = (struct pollfd){ w->ended, POLLIN, 0 };
		fds[1] = (struct pollfd){ w->from >= 0 ? w->from :
			w->listener, POLLIN, 0 };
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents != 0) {
			if (read(w->ended, &info, sizeof info) < 0)
				continue;
			return;
		}
		if (w->from >= 0)
			hear(w);
		else if (fds[1].revents & POLLIN)
			answer(w);
		else {
			close(w->listener);
			w->listener = -1;
		}
	}
}
