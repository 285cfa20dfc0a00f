/*
 * Control groups: what is written where, in a tree of plain files, for few
 * machines delegate any; and the kernel's own where it lets be mounted.  The
 * C library's openat(), mkdirat() and unlinkat() are ours here: they write
 * down what is done in the tree, refuse it, and fill new groups with files.
 */
#include "lib/deny.h"
#include "lib/peer.h"
#include "lib/unit.h"
#include "unit/sched/rig.h"

#include "base/mem.h"
#include "worker/cgroup.h"

#include <CUnit/TestRun.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
	const char *root;	/* of the tree; NULL: all is as ever */
	const char *refuse;	/* the end of a step */
	int	error;
	const char *events;	/* of new groups; or NULL */
	char	did[8192];	/* "mkdir host, write host/cgroup.procs, " */
} fake;

static const char *const files[] = { "cgroup.procs", "cgroup.kill",
	"cgroup.controllers", "cgroup.subtree_control", "memory.max",
	"memory.swap.max", "memory.events", "pids.max", "cpu.weight",
	"cpu.stat" };

static void
file_put(const char *path, const char *text)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT |
	    O_TRUNC, 0644);

	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void
fill(const char *dir)
{
	char path[PATH_MAX + 32];
	size_t i;

	for (i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(path, sizeof path, "%.4000s/%s", dir, files[i]);
		file_put(path, fake.events != NULL &&
		    strcmp(files[i], "memory.events") == 0 ? fake.events : "");
	}
}

/* false: it isn't of the tree, or is refused then, with errno. */
static bool
note(const char *verb, int dir, const char *name, bool *refused)
{
	char link[64], path[PATH_MAX], step[PATH_MAX + 32];
	size_t len = fake.root != NULL ? strlen(fake.root) : 0;
	ssize_t n;

	*refused = false;
	snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
	if (len == 0 || (n = readlink(link, path, sizeof path - 300)) < 0)
		return false;
	snprintf(path + n, 300, "/%s", name);
	if (strncmp(path, fake.root, len) != 0 || path[len] != '/')
		return false;
	snprintf(step, sizeof step, "%s %s", verb, path + len + 1);
	if (strcmp(verb, "read") != 0)
		snprintf(fake.did + strlen(fake.did), sizeof fake.did -
		    strlen(fake.did), "%s, ", step);
	*refused = fake.refuse != NULL && strcmp(fake.refuse, step) == 0;
	errno = fake.error;
	return true;
}

static int
open_noted(int dir, const char *name, int flags, mode_t mode)
{
	bool refused;

	note((flags & O_ACCMODE) == O_WRONLY ? "write" : "read", dir, name,
	    &refused);
	return refused ? -1 : (int)syscall(SYS_openat, dir, name, flags, mode);
}

int
openat(int dir, const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if ((flags & (O_CREAT | __O_TMPFILE)) != 0)
		mode = (mode_t)va_arg(ap, int);
	va_end(ap);
	return open_noted(dir, name, flags, mode);
}

int
mkdirat(int dir, const char *name, mode_t mode)
{
	bool refused, ours = note("mkdir", dir, name, &refused);
	char path[PATH_MAX + 32];
	int r;

	if (refused)
		return -1;
	r = (int)syscall(SYS_mkdirat, dir, name, mode);
	snprintf(path, sizeof path, "%.2000s/%.2000s",
	    ours ? fake.root : "", name);
	if (ours && r == 0)
		fill(path);
	return r;
}

/* A group goes with its files; not while it has processes. */
int
unlinkat(int dir, const char *name, int flags)
{
	bool refused, ours = note("rmdir", dir, name, &refused);
	char path[PATH_MAX + 32];
	struct stat st;
	size_t i;

	if (refused)
		return -1;
	for (i = 0; ours && i < ARRAY_LEN(files); i++) {
		snprintf(path, sizeof path, "%.2000s/%.2000s/%s", fake.root, name,
		    files[i]);
		if (i == 0 && stat(path, &st) == 0 && st.st_size > 1) {
			errno = EBUSY;
			return -1;
		}
		unlink(path);
	}
	return (int)syscall(SYS_unlinkat, dir, name, flags);
}

static void
tree(const char *name, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", fake.root, name);
	file_put(path, text);
}

static void
group(const char *name)
{
	int dir = open(fake.root, O_RDONLY | O_CLOEXEC);

	CHECK_INT(mkdirat(dir, name, 0755), 0);
	close(dir);
}

static void
check_file(const char *name, const char *want)
{
	char path[PATH_MAX], text[64];

	snprintf(path, sizeof path, "%s/%s", fake.root, name);
	if (CHECK(cgroup_get(AT_FDCWD, path, text, sizeof text)))
		CHECK_STR(text, want);
}

static void
begin(const char *controllers)
{
	static char root[PATH_MAX];
	char pid[24];

	CHECK(realpath(unit_tmpdir(), root) != NULL);
	strcat(root, "/tree");
	CHECK_INT(mkdir(root, 0755), 0);
	memset(&fake, 0, sizeof fake);
	fake.root = root;
	fill(root);
	tree("cgroup.controllers", controllers);
	snprintf(pid, sizeof pid, "%d\n", (int)getpid());
	tree("cgroup.procs", pid);
}

static void
finish(void)
{
	memset(&fake, 0, sizeof fake);
}

static void
check_found(const char *self, const char *mounts, const char *want)
{
	char dir[PATH_MAX] = "";
	struct err err = { 0 };

	if (cgroup_find(self, mounts, dir, &err) == RH_OK)
		CHECK_STR(dir, want);
	else
		CHECK_STR(err.msg, want);
}

#define MOUNTS	"31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n" \
	"32 31 0:29 / /sys/fs/cgroup/cpu rw shared:3 - cgroup cgroup rw,cpu\n"
#define TWO	"41 31 0:38 / /sys/fs/cgroup/unified rw shared:7 - cgroup2 " \
	"cgroup2 rw\n"

static void
test_find(void)
{
	check_found("0::/a/b.service\n", MOUNTS TWO,
	    "/sys/fs/cgroup/unified/a/b.service");
	check_found("3:cpu:/x\n0::/\n", TWO, "/sys/fs/cgroup/unified/");
	check_found("3:cpu:/x\n", TWO, "no control group of v2");
	check_found("", "", "no control group of v2");
	check_found("0::/a\n", MOUNTS,
	    "the control group /a is mounted nowhere");
	/* A part of the tree only, as in a container. */
	check_found("0::/pod/a\n", "1 2 0:3 /pod /cg rw - cgroup2 none rw",
	    "/cg/a");
	check_found("0::/pods\n", "1 2 0:3 /pod /cg rw - cgroup2 none rw",
	    "the control group /pods is mounted nowhere");
	check_found("0::/../a\n", TWO,
	    "the control group /../a is mounted nowhere");
	check_found("0::/a\n", "1 2 0:3 / /c\\040g rw - cgroup2 none rw\n"
	    "1 2 0:3 / /cg rw - cgroup2 none rw\n", "/cg/a");
	check_found("0::/a\n", "1 - cgroup2\nrubbish\n\n",
	    "the control group /a is mounted nowhere");
}

/* The number of a worker's, after its limits were looked at. */
static int
check_made(struct cgroups *g)
{
	const struct worker_profile p = { .memory_bytes = 268435456,
		.processes = 20 };
	struct err err = { 0 };
	int box, n;

	fake.did[0] = '\0';
	n = cgroup_make(g, &p, &box, &err);
	if (!CHECK_OK(n > 0 ? RH_OK : err.status, &err))
		return 0;
	CHECK_STR(fake.did, "mkdir worker.1, write worker.1/memory.max, "
	    "write worker.1/memory.swap.max, write worker.1/pids.max, write "
	    "worker.1/cpu.weight, ");
	check_file("worker.1/memory.max", "268435456");
	check_file("worker.1/memory.swap.max", "0");
	check_file("worker.1/pids.max", "21");
	check_file("worker.1/cpu.weight", "20");
	check_file("worker.1/cgroup.procs", "");
	CHECK_INT(cgroup_join(box), 0);
	check_file("worker.1/cgroup.procs", "0");
	close(box);
	return n;
}

static void
test_whole(void)
{
	struct err err = { 0 };
	struct cgroups *g;
	int64_t us;
	int n;

	begin("cpuset cpu io memory hugetlb pids\n");
	g = cgroups_open(fake.root, &err);
	if (!CHECK_OK(g != NULL ? RH_OK : err.status, &err))
		return finish();
	CHECK_STR(fake.did, "mkdir host, write host/cgroup.procs, write "
	    "cgroup.subtree_control, write cgroup.subtree_control, ");
	check_file("host/cgroup.procs", "0");
	/* One over the other, in a file that keeps them. */
	check_file("cgroup.subtree_control", "+cpuory +pids");
	n = check_made(g);
	tree("worker.1/memory.events", "low 0\noom 1\noom_kill 1\n");
	tree("worker.1/cgroup.procs", "77\n");
	CHECK(!cgroup_cpu(g, n, &us));
	tree("worker.1/cpu.stat", "usage_usec 1234567\nuser_usec 1000000\n");
	CHECK(cgroup_cpu(g, n, &us));
	CHECK_INT(us, 1234567);
	fake.did[0] = '\0';
	CHECK(cgroup_end(g, n));
	/* It is killed, and removed when what it had is gone. */
	check_file("worker.1/cgroup.kill", "1");
	CHECK_UINT(g->dying_count, 1);
	tree("worker.1/cgroup.procs", "");
	tree("cgroup.procs", "");
	fake.did[0] = '\0';
	cgroups_close(g);
	CHECK_STR(fake.did, "rmdir worker.1, write cgroup.subtree_control, "
	    "write cgroup.subtree_control, write cgroup.procs, rmdir host, ");
	check_file("cgroup.procs", "0");
	finish();
}

static void
test_end(void)
{
	const struct worker_profile p = { 0 };
	struct err err = { 0 };
	struct cgroups *g;
	int n, box;

	begin("memory pids");
	/* A worker of a host that is no more. */
	group("worker.1");
	g = cgroups_open(fake.root, &err);
	if (!CHECK_OK(g != NULL ? RH_OK : err.status, &err))
		return finish();
	CHECK_HAS(fake.did, "rmdir worker.1, ");
	n = cgroup_make(g, &p, &box, &err);
	CHECK_INT(n, 1);
	check_file("worker.1/memory.max", "max");
	check_file("worker.1/pids.max", "65");
	close(box);
	tree("worker.1/memory.events", "oom_kill 0\n");
	CHECK(!cgroup_end(g, n));
	CHECK_UINT(g->dying_count, 0);
	cgroups_close(g);
	finish();
}

/* What stands against it; all is as it was then. */
static void
check_not(const char *why)
{
	struct err err = { 0 };
	struct cgroups *g = cgroups_open(fake.root, &err);
	char want[PATH_MAX + 200];
	const char *mark = strchr(why, '@');

	if (!CHECK(g == NULL))
		return cgroups_close(g);
	snprintf(want, sizeof want, "%.*s%s%s", mark != NULL ?
	    (int)(mark - why) : (int)strlen(why), why,
	    mark != NULL ? fake.root : "", mark != NULL ? mark + 1 : "");
	CHECK_STR(err.msg, want);
	CHECK_INT(err.status, RH_EUNAVAIL);
}

static void
test_not_delegated(void)
{
	char pid[24], path[PATH_MAX];

	begin("hugetlb");
	check_not("no controller \"memory\" in @");
	tree("cgroup.controllers", "memory pids2\n");
	check_not("no controller \"pids\" in @");
	tree("cgroup.controllers", "memory pids\n");
	snprintf(pid, sizeof pid, "%d\n1\n", (int)getpid());
	tree("cgroup.procs", pid);
	check_not("process 1 is in @/cgroup.procs, too");
	tree("cgroup.procs", "");
	snprintf(path, sizeof path, "%s/cgroup.procs", fake.root);
	unlink(path);
	check_not("@ isn't delegated: writing to cgroup.procs: No such file "
	    "or directory");
	tree("cgroup.procs", "");
	snprintf(path, sizeof path, "%s/cgroup.controllers", fake.root);
	unlink(path);
	check_not("reading @/cgroup.controllers: No such file or directory");
	CHECK_STR(fake.did, "");
	/* Another host has it. */
	tree("cgroup.controllers", "memory pids\n");
	group("host");
	tree("host/cgroup.procs", "1\n");
	check_not("process 1 is in @/host/cgroup.procs, too");
	finish();
}

static void
test_refused(void)
{
	static const char *const steps[] = { "mkdir host",
		"write host/cgroup.procs", "write cgroup.subtree_control" };
	char path[PATH_MAX];
	struct stat st;
	size_t i;

	begin("memory pids cpu");
	snprintf(path, sizeof path, "%s/host", fake.root);
	for (i = 0; i < ARRAY_LEN(steps); i++) {
		tree("cgroup.procs", "");
		fake.refuse = steps[i];
		fake.error = EBUSY;
		check_not("dividing @: Device or resource busy");
		check_file("cgroup.procs", "0");
		CHECK(stat(path, &st) != 0);
		tree("cgroup.procs", "");
	}
	finish();
}

static void
test_refused_worker(void)
{
	static const char *const steps[] = { "mkdir worker.1",
		"write worker.2/memory.max", "write worker.3/pids.max" };
	static const char *const words[] = {
		"making the control group worker.1: No such device",
		"writing memory.max of its control group: No such device",
		"writing pids.max of its control group: No such device" };
	const struct worker_profile p = { 0 };
	struct err err = { 0 };
	struct cgroups *g;
	char path[PATH_MAX];
	struct stat st;
	int box;
	size_t i;

	begin("memory pids");
	g = cgroups_open(fake.root, &err);
	fake.error = ENODEV;
	for (i = 0; g != NULL && i < ARRAY_LEN(steps); i++) {
		fake.refuse = steps[i];
		CHECK_INT(cgroup_make(g, &p, &box, &err), 0);
		CHECK_STR(err.msg, words[i]);
		snprintf(path, sizeof path, "%s/worker.%zu", fake.root, i + 1);
		CHECK(stat(path, &st) != 0);
	}
	/* These two a kernel may lack. */
	fake.refuse = "write worker.4/memory.swap.max";
	CHECK_INT(cgroup_make(g, &p, &box, &err), 4);
	close(box);
	fake.refuse = "write worker.5/cpu.weight";
	CHECK_INT(cgroup_make(g, &p, &box, &err), 5);
	close(box);
	cgroups_close(g);
	finish();
}

/* The workers of this process, as the kernel does for want of memory. */
static void
kill_workers(pid_t but)
{
	char path[64];
	FILE *f;
	int pid;

	snprintf(path, sizeof path, "/proc/self/task/%d/children",
	    (int)getpid());
	if (!CHECK((f = fopen(path, "re")) != NULL))
		return;
	while (fscanf(f, "%d", &pid) == 1)
		if (pid != (int)but)
			kill(pid, SIGKILL);
	fclose(f);
}

static void
test_host(void)
{
	struct err err = { 0 };
	struct cgroups *g;
	struct rig r;

	if (!rig_init(&r, (const char *const[]){ "test_probe", NULL }))
		return rig_fini(&r);
	begin("memory pids");
	fake.events = "oom_kill 1\n";
	r.cfg.groups = g = cgroups_open(fake.root, &err);
	r.cfg.limits.memory_bytes = INT64_C(512) << 20;
	if (CHECK(g != NULL) && rig_start(&r)) {
		rig_run(&r, "probe", "hang", 1);
		if (rig_wait(&r, "hanging", 1)) {
			kill_workers(spawner_pid(r.spawner));
			rig_wait(&r, "killed SIGKILL: exceeded its memory "
			    "limit of 512 MiB (worker.memory_bytes)", 1);
		}
	}
	rig_fini(&r);
	CHECK_HAS(fake.did, "write worker.1/memory.max, ");
	CHECK_HAS(fake.did, "rmdir worker.1, ");
	cgroups_close(g);
	finish();
}

/*
 * The kernel's own, without controllers: a group below the one that this
 * process is in, mounted in a mount namespace of the caller's.
 */
static const char *
real_group(const char *place, char dir[PATH_MAX])
{
	char self[8192], path[PATH_MAX];
	const char *p;

	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_PRIVATE |
	    MS_REC, NULL) != 0 || mount("none", place, "cgroup2", 0, NULL) != 0)
		return strerror(errno);
	if (!cgroup_get(AT_FDCWD, "/proc/self/cgroup", self, sizeof self) ||
	    (p = strstr(self, "0::/")) == NULL ||
	    sscanf(p, "0::%3000[^\n]", path) != 1)
		return "no group of v2";
	snprintf(dir, PATH_MAX, "%.500s%.3000s/runhost-test.%d", place, path,
	    (int)getpid());
	return mkdir(dir, 0755) == 0 ? NULL : strerror(errno);
}

static int
processes_in(const char *dir)
{
	char path[PATH_MAX + 32];
	int n = 0, pid;
	FILE *f;

	snprintf(path, sizeof path, "%s/worker.1/cgroup.procs", dir);
	if ((f = fopen(path, "re")) == NULL)
		return -1;
	while (fscanf(f, "%d", &pid) == 1)
		n++;
	fclose(f);
	return n;
}

static bool
is_on(const struct confined *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		if (strcmp(c->rows[i].name, name) == 0)
			return c->rows[i].state == LAYER_ON;
	return false;
}

/* A worker that leaves sleepers with sessions of their own, then is killed. */
static void
let_and_end(struct cgroups *g, const char *dir, int box)
{
	static const char *env[] = { "ATTEMPT=child_bomb", "TARGET=" };
	struct profile_path path = { .use = PATH_EXEC, .path = "/bin/true" };
	struct worker_spec spec = { .memfd = peer_memfd("escape"),
		.group = box, .path = "escape", .profile = { .children = true,
		.processes = 20, .paths = &path, .path_count = 1, .env = env,
		.env_count = 2 } };
	struct peer p;
	struct err err;
	char how[48];
	int i;

	memset(&p, 0, sizeof p);
	p.spawner = spawner_start(&err);
	if (!CHECK(p.spawner != NULL) || !CHECK_OK(spawner_spawn(p.spawner,
	    &spec, &p.proc, &err), &err))
		return;
	p.chan = channel_new(p.proc.sock, false);
	if (peer_confined(&p) && peer_expect(&p, FRAME_HELLO)) {
		CHECK(is_on(&p.confined, "group"));
		peer_invoke(&p, 1, "attempt");
		peer_run(&p);
		CHECK(processes_in(dir) > 10);
		kill(p.proc.pid, SIGKILL);
		CHECK_STR(peer_end(&p, how), "killed SIGKILL");
		cgroup_end(g, 1);
		for (i = 0; i < 500 && processes_in(dir) > 0; i++)
			poll(NULL, 0, 10);
		cgroup_end(g, 1);
		CHECK_INT(processes_in(dir), -1);
	}
	close(spec.memfd);
	peer_close(&p);
}

/* With no pid namespaces the group alone must do. */
static int
in_real(const char *place, const char *without, int said)
{
	char dir[PATH_MAX], path[PATH_MAX + 32];
	const char *why = real_group(place, dir);
	unsigned before = CU_get_number_of_failure_records();
	struct cgroups g = { 0 };
	int box;

	if (why != NULL)
		return write(said, why, strlen(why)) > 0 ? 2 : 1;
	g.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof path, "%s/worker.1", dir);
	CHECK_INT(mkdir(path, 0755), 0);
	box = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (CHECK(box >= 0) && (without == NULL ||
	    CHECK(deny(without))))
		let_and_end(&g, dir, box);
	cgroup_end(&g, 1);
	CHECK_INT(rmdir(dir), 0);
	return CU_get_number_of_failure_records() == before ? 0 : 1;
}

static bool
check_real(const char *place, const char *without)
{
	char why[128] = "";
	int ends[2], status = 0;
	pid_t pid;

	if (!CHECK(pipe(ends) == 0))
		return false;
	fflush(NULL);
	if ((pid = fork()) == 0)
		_exit(in_real(place, without, ends[1]));
	close(ends[1]);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	if (WEXITSTATUS(status) == 2 &&
	    read(ends[0], why, sizeof why - 1) > 0)
		unit_skip("no control groups can be mounted: %s", why);
	else
		CHECK_INT(WEXITSTATUS(status), 0);
	close(ends[0]);
	return WEXITSTATUS(status) == 0;
}

static void
test_real(void)
{
	const char *place = unit_tmpdir();

	if (check_real(place, NULL))
		check_real(place, "namespaces");
}

const struct unit_test worker_cgroup_tests[] = {
	{ "the own group is found where it is mounted", test_find },
	{ "a group is divided, limited, ended, and put together again",
	    test_whole },
	{ "workers of an earlier host are ended", test_end },
	{ "what isn't delegated, or isn't ours alone, stays as it is",
	    test_not_delegated },
	{ "what is refused halfway is undone", test_refused },
	{ "a worker's group that can't be limited is none",
	    test_refused_worker },
	{ "a host's worker is in one, and its end says that it was memory",
	    test_host },
	{ "with a group, all that a worker forked is gone after a kill",
	    test_real },
	{ NULL, NULL },
};
