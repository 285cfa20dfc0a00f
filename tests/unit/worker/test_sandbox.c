/*
 * The sandbox, attacked: a plugin tries to get out, a worker an attempt, on
 * the kernel that there is and on such that lack something, by root and by
 * an ordinary user.  The kernel's word on each is the expectation.
 */
#include "lib/deny.h"
#include "lib/peer.h"
#include "lib/unit.h"

#include "base/mem.h"
#include "worker/invoke.h"
#include "worker/sandbox.h"
#include "worker/sandbox_calls.h"
#include "worker/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY		65534
#define OWNER		12345	/* of what root lets a worker write */
#define MEMORY		(INT64_C(256) << 20)

/* What kind of kernel, and which user. */
struct setting {
	const char *deny;	/* or NULL */
	bool	nobody;
	enum tier tier;
	bool	own_root;
};

static const struct setting settings[] = {
	{ NULL,		false,	TIER_BEST, true },
	{ NULL,		true,	TIER_BEST, true },
	{ "mounts",	false,	TIER_EXPECTED, false },
	{ "tree",	true,	TIER_EXPECTED, false },
	{ "user",	false,	TIER_REQUIRED, true },
	{ "namespaces", false,	TIER_REQUIRED, false },
	{ "namespaces", true,	TIER_REQUIRED, false },
};

/* What is to come of an attempt: of all, with an own root, without. */
struct expectation {
	const char *attempt;
	const char *with_root;
	const char *without;	/* NULL: the same */
};

#define SYS	"crashed SIGSYS"

static const struct expectation expectations[] = {
	{ "benign",	"ok",	NULL },
	{ "shadow",	"ENOENT", "EACCES" },
	{ "passwd",	"ENOENT", "EACCES" },
	{ "write_tmp",	"ENOENT", "EACCES" },
	{ "list_root",	"ENOENT", "EACCES" },
	{ "environ_1",	"ENOENT", "EACCES" },
	{ "mem_1",	"ENOENT", "EACCES" },
	{ "mem_self",	"EACCES", NULL },
	{ "memfd_write", "killed SIGXFSZ", NULL },
	{ "tcp",	"EPERM", NULL },
	{ "udp",	"EPERM", NULL },
	{ "local",	"EPERM", NULL },
	{ "netlink",	"EPERM", NULL },
	{ "pair",	"EPERM", NULL },
	{ "clone3",	"ENOSYS", NULL },
	{ "limit",	"EPERM", NULL },
	{ "files",	"EMFILE", NULL },
	{ "ptrace",	SYS, NULL },
	{ "vm_read",	SYS, NULL },
	{ "kill_parent", SYS, NULL },
	{ "kill_all",	SYS, NULL },
	{ "tgkill",	SYS, NULL },
	{ "fork",	SYS, NULL },
	{ "clone",	SYS, NULL },
	{ "exec",	SYS, NULL },
	{ "io_uring",	SYS, NULL },
	{ "bpf",	SYS, NULL },
	{ "unshare",	SYS, NULL },
	{ "memfd",	SYS, NULL },
	{ "setuid",	SYS, NULL },
	{ "mount",	SYS, NULL },
	{ "dumpable",	SYS, NULL },
	{ "pidfd",	SYS, NULL },
	{ "keys",	SYS, NULL },
#if defined(__x86_64__)
	{ "int80",	SYS, NULL },
	{ "x32",	SYS, NULL },
#endif
#if !SANDBOX_SANITIZED		/* no limit, and the plugin is checked itself */
	{ "memory",	"ENOMEM", NULL },
	{ "null",	"crashed SIGSEGV", NULL },
#endif
	{ "overflow",	"crashed SIGSEGV", NULL },
	{ "abort",	"crashed SIGABRT", NULL },
	{ "kill_self",	"killed SIGKILL", NULL },
};

/* One worker: its tier, and what came of the attempt, or why it refused. */
static void
attempt(const char *name, struct worker_profile *profile, char *out,
    size_t size)
{
	char variable[64], how[48];
	const char *env[PROFILE_PATHS_MAX];
	struct worker_profile p = *profile;
	struct rh_outcome o = { .size = sizeof o };
	struct peer peer;
	struct err err;
	bool lives;
	size_t n;

	for (n = 0; n < p.env_count; n++)
		env[n] = p.env[n];
	snprintf(variable, sizeof variable, "ATTEMPT=%s", name);
	env[n++] = variable;
	p.env = env;
	p.env_count = n;
	if (p.memory_bytes == 0)
		p.memory_bytes = MEMORY;
	snprintf(out, size, "no worker");
	if (!peer_open_as(&peer, "escape", &p) || !peer_next(&peer))
		goto out;
	if (peer.head.type == FRAME_REFUSED) {
		snprintf(out, size, "%s: refused: %.*s", tier_name(
		    peer.confined.tier), (int)peer.body.len - 4,
		    peer.body.p + 4);
		goto out;
	}
	peer_invoke(&peer, 1, "attempt");
	while ((lives = peer_next_or_end(&peer)) &&
	    peer.head.type != FRAME_FINISH)
		continue;
	if (lives && outcome_unpack(peer.body, &o, &err) == RH_OK)
		snprintf(out, size, "%s: %.*s", tier_name(peer.confined.tier),
		    (int)o.output.len, o.output.p);
	else if (!lives)
		snprintf(out, size, "%s: %s", tier_name(peer.confined.tier),
		    peer_end(&peer, how));
out:
	peer_close(&peer);
}

/* In a process of its own, which is on such a kernel and such a user. */
static void
attempt_in(const struct setting *s, const char *name,
    struct worker_profile *profile, char *out, size_t size)
{
	int ends[2];
	ssize_t n;
	pid_t pid;

	if (!CHECK(pipe(ends) == 0))
		return;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (s->nobody && geteuid() == 0 && (setgroups(0, NULL) != 0 ||
		    setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
		    setresuid(NOBODY, NOBODY, NOBODY) != 0))
			_exit(1);
		if (s->deny != NULL && !deny(s->deny))
			_exit(1);
		attempt(name, profile, out, size);
		if (write(ends[1], out, strlen(out)) < 0)
			_exit(1);
		_exit(0);
	}
	close(ends[1]);
	n = read(ends[0], out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	close(ends[0]);
	waitpid(pid, NULL, 0);
}

/* One of the words, each with blanks between it and others. */
static bool
is_one_of(const char *said, const char *words)
{
	const char *p = strstr(words, said);

	return strcmp(said, words) == 0 || (p != NULL && strchr(said, ' ') ==
	    NULL && (p == words || p[-1] == ' ') &&
	    (p[strlen(said)] == ' ' || p[strlen(said)] == '\0'));
}

/* By another program's word: whether all of a sandbox can be had here. */
static bool
kernel_gives_all(void)
{
	return system("unshare --user --map-root-user --mount --ipc --net "
	    "--uts --pid --fork --mount-proc true 2>/dev/null") == 0;
}

static bool
skip_here(void)
{
	if (kernel_gives_all())
		return false;
	unit_skip("namespaces, or a /proc in them, can't be had here");
	return true;
}

static bool
can_try(const struct setting *s, bool all)
{
	return (s->nobody || geteuid() == 0) &&
	    (all || (s->tier == TIER_REQUIRED && !s->own_root));
}

static void
test_attempts(void)
{
	const struct setting *s;
	const struct expectation *e;
	struct worker_profile none = { 0 };
	bool all = kernel_gives_all();
	char said[700];
	const char *want, *what;

	for (s = settings; s < settings + ARRAY_LEN(settings); s++) {
		if (!can_try(s, all))
			continue;
		for (e = expectations; e < expectations +
		    ARRAY_LEN(expectations); e++) {
			attempt_in(s, e->attempt, &none, said, sizeof said);
			want = s->own_root || e->without == NULL ?
			    e->with_root : e->without;
			what = strstr(said, ": ");
			unit_check(what != NULL && is_one_of(what + 2, want) &&
			    strncmp(said, tier_name(s->tier),
			    (size_t)(what - said)) == 0, __FILE__, __LINE__,
			    "%s, %s without %s: %s, not %s: %s", e->attempt,
			    s->nobody ? "nobody" : "root",
			    s->deny != NULL ? s->deny : "nothing", said,
			    tier_name(s->tier), want);
		}
	}
}

/* As tier and verdict, of this user and a whole kernel. */
static void
check(const char *name, struct worker_profile *p, const char *want)
{
	const struct setting own = { .nobody = geteuid() != 0 };
	char said[700];

	attempt_in(&own, name, p, said, sizeof said);
	unit_check(strcmp(said, want) == 0, __FILE__, __LINE__,
	    "%s: %s, not %s", name, said, want);
}

static void
check_without(const char *deny_words, const char *name,
    struct worker_profile *p, const char *want)
{
	const struct setting s = { .deny = deny_words,
		.nobody = geteuid() != 0 };
	char said[700];

	attempt_in(&s, name, p, said, sizeof said);
	unit_check(strncmp(said, want, strlen(want)) == 0, __FILE__, __LINE__,
	    "%s without %s: %s, not %s", name, deny_words, said, want);
}

/* The reaper sees it at once; without one the host's pings do. */
static void
test_stop(void)
{
	struct worker_profile p = { 0 };

	if (skip_here())
		return;
	check("stop", &p, "best: stopped SIGSTOP");
}

static void
test_environment(void)
{
	const char *env[] = { "GREETING=hello world" };
	struct worker_profile p = { .env = env, .env_count = 1 };

	if (skip_here())
		return;
	check("environment", &p, "best: ok");
}

static void
test_min_tier(void)
{
	struct worker_profile p = { .min_tier = TIER_EXPECTED };

	check_without("namespaces", "benign", &p, "required: refused: the "
	    "sandbox reaches tier \"required\", not \"expected\": user: ");
	p.min_tier = TIER_NONE;
	check_without("landlock", "benign", &p, "none: refused: the "
	    "sandbox reaches tier \"none\", not \"required\": landlock: "
	    "Landlock: Function not implemented");
	check_without("landlock,namespaces", "benign", &p, "none: refused: ");
	check_without("deadly", "benign", &p, "none: refused: the sandbox "
	    "reaches tier \"none\", not \"required\": ");
	if (skip_here())
		return;
	p.min_tier = TIER_BEST;
	check_without("mounts", "benign", &p, "expected: refused: the sandbox "
	    "reaches tier \"expected\", not \"best\": files: ");
	check_without("pid", "benign", &p, "required: refused: the sandbox "
	    "reaches tier \"required\", not \"best\": processes: ");
}

/* What is watched has no more than before, but processes. */
static void
test_trial(void)
{
	static const struct expectation tries[] = {
		{ "benign",	"best: ok", NULL },
		{ "shadow",	"best: ENOENT", NULL },
		{ "passwd",	"best: ENOENT", NULL },
		{ "write_tmp",	"best: ENOENT", NULL },
		{ "list_root",	"best: ENOENT", NULL },
		{ "environ_1",	"best: ENOENT", NULL },
		{ "mem_1",	"best: ENOENT", NULL },
		{ "mem_self",	"best: EACCES", NULL },
		{ "tcp",	"best: EPERM", NULL },
		{ "local",	"best: EPERM", NULL },
		{ "files",	"best: EMFILE", NULL },
		{ "exec",	"best: EACCES", NULL },
		{ "memfd",	"best: EPERM", NULL },
		{ "setuid",	"best: EPERM", NULL },
		{ "ptrace",	"best: " SYS, NULL },
		{ "vm_read",	"best: " SYS, NULL },
		{ "unshare",	"best: " SYS, NULL },
		{ "mount",	"best: " SYS, NULL },
		{ "dumpable",	"best: " SYS, NULL },
		{ "kill_self",	"best: killed SIGKILL", NULL },
	};
	struct worker_profile p = { .trial = true };
	size_t i;

	if (skip_here())
		return;
	for (i = 0; i < ARRAY_LEN(tries); i++)
		check(tries[i].attempt, &p, tries[i].with_root);
}

/* What the reaper says of a worker that tries this. */
static void
check_seen(const char *name, const char *object, enum watch_kind kind)
{
	char target[160], variable[64];
	const char *env[] = { target, variable };
	struct worker_profile p = { .env = env, .env_count = 2,
		.memory_bytes = MEMORY, .trial = true };
	struct watch_word word;
	struct peer peer;
	bool found = false;
	ssize_t n;

	snprintf(target, sizeof target, "TARGET=%s", object);
	snprintf(variable, sizeof variable, "ATTEMPT=%s", name);
	if (peer_open_as(&peer, "escape", &p) && peer_next(&peer)) {
		peer_invoke(&peer, 1, "attempt");
		while (peer_next_or_end(&peer) &&
		    peer.head.type != FRAME_FINISH)
			continue;
		while (!found && (n = recv(peer.proc.seen, &word, sizeof word,
		    0)) > 0)
			found = word.kind == kind && (size_t)n ==
			    offsetof(struct watch_word, path) +
			    strlen(object) && memcmp(word.path, object,
			    strlen(object)) == 0;
		unit_check(found, __FILE__, __LINE__, "%s of %s wasn't seen",
		    name, object);
	}
	peer_close(&peer);
}

static void
test_seen(void)
{
	if (skip_here())
		return;
	check_seen("read", "/srv/there/x", WATCH_READ);
	check_seen("write", "/srv/there/x", WATCH_MAKE);
	check_seen("child_exec", "/bin/true", WATCH_EXEC);
}

struct tree {
	char	dir[64], inside[96], outside[96], own[96], link[96];
	char	env_read[112];
};

/* dir/in/file, dir/out/file; what is made belongs to who runs the test. */
static void
tree_make(struct tree *t)
{
	char path[128];
	int fd;

	snprintf(t->dir, sizeof t->dir, "/tmp/runhost-sandbox-XXXXXX");
	CHECK(mkdtemp(t->dir) != NULL && chmod(t->dir, 0755) == 0);
	snprintf(t->inside, sizeof t->inside, "%s/in", t->dir);
	snprintf(t->outside, sizeof t->outside, "%s/out", t->dir);
	snprintf(t->own, sizeof t->own, "%s/own", t->dir);
	snprintf(t->link, sizeof t->link, "%s/link", t->dir);
	CHECK(mkdir(t->inside, 0755) == 0 && mkdir(t->outside, 0755) == 0 &&
	    mkdir(t->own, 0755) == 0 && symlink("out", t->link) == 0);
	if (geteuid() == 0)
		CHECK(chown(t->own, OWNER, OWNER) == 0 &&
		    lchown(t->link, OWNER, OWNER) == 0);
	snprintf(path, sizeof path, "%s/file", t->inside);
	CHECK((fd = open(path, O_WRONLY | O_CREAT, 0644)) >= 0);
	close(fd);
	snprintf(path, sizeof path, "%s/file", t->outside);
	CHECK((fd = open(path, O_WRONLY | O_CREAT, 0644)) >= 0);
	close(fd);
}

static void
tree_remove(struct tree *t)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf '%s'", t->dir);
	CHECK_INT(system(command), 0);
}

/* The attempt on this target, with these paths. */
static void
check_paths(const char *name, const char *object, struct profile_path *paths,
    size_t n, const char *want)
{
	char variable[160];
	const char *env[] = { variable };
	struct worker_profile p = { .env = env, .env_count = 1,
		.paths = paths, .path_count = n, .file_bytes = 4096 };

	snprintf(variable, sizeof variable, "TARGET=%s", object);
	check(name, &p, want);
}

static void
test_read(void)
{
	struct profile_path paths[2];
	char file[128];
	struct tree t;

	if (skip_here())
		return;
	tree_make(&t);
	paths[0] = (struct profile_path){ .use = PATH_READ, .path = t.inside };
	snprintf(file, sizeof file, "%s/file", t.inside);
	check_paths("read", file, paths, 1, "best: ok");
	/* Root's worker isn't root, so the file itself refuses it first. */
	check_paths("write", file, paths, 1, geteuid() == 0 ? "best: EACCES" :
	    "best: EROFS");
	check_paths("own_files", t.inside, paths, 1, "best: EROFS");
	snprintf(file, sizeof file, "%s/file", t.outside);
	check_paths("read", file, paths, 1, "best: ENOENT");
	check_paths("passwd", "", paths, 1, "best: ENOENT");
	snprintf(file, sizeof file, "%s/", t.inside);
	paths[0].path = file;
	check_paths("read", t.inside, paths, 1, "best: EISDIR");
	paths[0] = (struct profile_path){ .use = PATH_READ, .path = t.own };
	paths[1] = (struct profile_path){ .use = PATH_WRITE, .path = t.own };
	check_paths("own_files", t.own, paths, 2, "best: ok");
	check_paths("own_files", t.own, paths, 1, "best: EROFS");
	tree_remove(&t);
}

/* Without a root of its own, Landlock alone. */
static void
test_read_by_landlock(void)
{
	struct profile_path path;
	char variable[160];
	const char *env[] = { variable };
	struct worker_profile p = { .env = env, .env_count = 1,
		.paths = &path, .path_count = 1, .file_bytes = 4096 };
	struct tree t;

	tree_make(&t);
	path = (struct profile_path){ .use = PATH_READ, .path = t.inside };
	snprintf(variable, sizeof variable, "TARGET=%s/file", t.inside);
	check_without("namespaces", "read", &p, "required: ok");
	check_without("namespaces", "write", &p, "required: EACCES");
	snprintf(variable, sizeof variable, "TARGET=%s/file", t.outside);
	check_without("namespaces", "read", &p, "required: EACCES");
	path = (struct profile_path){ .use = PATH_WRITE, .path = t.own };
	snprintf(variable, sizeof variable, "TARGET=%s", t.own);
	check_without("namespaces", "own_files", &p, "required: ok");
	snprintf(variable, sizeof variable, "TARGET=%s", t.inside);
	check_without("namespaces", "own_files", &p, "required: EACCES");
	/* For what Landlock has no right. */
	snprintf(variable, sizeof variable, "TARGET=%s", t.outside);
	check_without("namespaces", "mode", &p, "required: EPERM");
	check_without("namespaces", "times", &p, "required: EPERM");
	tree_remove(&t);
}

/* What isn't there, and what a plugin may have put there. */
static void
test_odd_paths(void)
{
	struct profile_path path = { .path = "/nowhere/at/all" };
	char want[300];
	struct tree t;

	if (skip_here())
		return;
	tree_make(&t);
	check_paths("benign", "", &path, 1, "none: refused: /nowhere/at/all, "
	    "which it was granted: No such file or directory");
	path.path = t.link;
	snprintf(want, sizeof want, "none: refused: %s: a symbolic link on "
	    "the way may be a plugin's: grant what it points to", t.link);
	check_paths("benign", "", &path, 1, want);
	path = (struct profile_path){ .path = t.inside, .dev = 1, .ino = 1 };
	snprintf(want, sizeof want, "none: refused: %s, which it was "
	    "granted, is another file since a moment ago", t.inside);
	check_paths("benign", "", &path, 1, want);
	/* No worker is root, whatever it may write. */
	if (geteuid() == 0) {
		path = (struct profile_path){ .use = PATH_WRITE,
			.path = t.inside };
		check_paths("own_files", t.inside, &path, 1,
		    "best: EACCES");
	}
	tree_remove(&t);
}

/* Libraries stay what can be executed, whatever else is read there. */
static void
test_read_libraries(void)
{
	struct profile_path paths[] = {
		{ .use = PATH_READ, .path = "/usr" },
		{ .use = PATH_READ, .path = "/usr/lib" },
	};

	if (skip_here())
		return;
	check_paths("library", "", paths, 2, "best: ok");
	check_paths("read", "/usr/lib/os-release", paths, 2, "best: ok");
}

static void
check_child(const char *name, const char *object, bool loose,
    const char *deny_words, const char *want)
{
	char variable[160];
	const char *env[] = { variable };
	struct profile_path paths[] = {
		{ .use = PATH_EXEC, .path = "/bin/true" } };
	struct worker_profile p = { .env = env, .env_count = 1,
		.paths = paths, .path_count = 1, .children = true,
		.loose_children = loose, .processes = 20 };

	snprintf(variable, sizeof variable, "TARGET=%s", object);
	if (deny_words == NULL)
		check(name, &p, want);
	else
		check_without(deny_words, name, &p, want);
}

static void
test_children(void)
{
	if (skip_here())
		return;
	check_child("child_exec", "/bin/true", false, NULL, "best: ok");
	check_child("child_true", "", false, NULL, "best: ok");
	check_child("child_exec", "/bin/ls", false, NULL, "best: ENOENT");
	check_child("child_exec", "/usr/lib/x86_64-linux-gnu/libc.so.6",
	    false, NULL, "best: EACCES");
	check_child("child_local", "", false, NULL, "best: EPERM");
	check_child("child_mount", "", false, NULL, "best: EOPNOTSUPP");
	if (!SANDBOX_SANITIZED)
		check_child("child_limit", "", false, NULL, "best: EPERM");
	check_child("child_bomb", "", false, NULL, "best: EAGAIN");
	/* Nothing would end them for certain. */
	check_child("child_exec", "/bin/true", false, "namespaces",
	    "none: refused: it may execute programs, but nothing here ends "
	    "them all with it: ");
	check_child("child_exec", "/bin/true", true, "namespaces",
	    "required: ok");
	check_child("child_exec", "/bin/ls", true, "namespaces",
	    "required: EACCES");
	check_child("child_local", "", true, "namespaces", "required: EPERM");
	check_child("child_foreign", "", true, "namespaces",
	    "required: EPERM");
}

/* How many of these signals may be sent, or end who tries. */
static int
loose_signals(void)
{
	const struct worker_spec spec = { .profile = { .children = true } };
	static struct sandbox sb = { .abi = 5, .group = -1 };
	const pid_t host = getppid();
	struct err err;
	int sent = 0;

	sb.spec = &spec;
	calls_compile(&sb, true);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    calls_enter(&sb, &err) != RH_OK)
		return 99;
	sent += kill(host, 0) == 0 || errno != EPERM;
	sent += kill(-host, 0) == 0 || errno != EPERM;
	sent += kill(-1, 0) == 0 || errno != EPERM;
	sent += syscall(SYS_tkill, host, 0) == 0 || errno != EPERM;
	sent += syscall(SYS_tgkill, host, host, 0) == 0 || errno != EPERM;
	sent += kill(0, 0) != 0;	/* to itself it may */
	return sent;
}

/* Where neither a pid namespace nor Landlock keeps them in. */
static void
test_loose_signals(void)
{
	int status = -1;
	pid_t pid;

	fflush(NULL);
	if ((pid = fork()) == 0) {
		setsid();
		_exit(loose_signals());
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
}

/* One of a spawner; what came of its attempt. */
static const char *
attempt_of(struct peer *p, struct spawner *spawner,
    struct worker_profile *profile, const char *name)
{
	char variable[64];
	const char *env[] = { variable, "TARGET=" };
	struct worker_spec spec = { .memfd = peer_memfd("escape"),
		.path = "escape", .profile = *profile };
	struct err err;

	memset(p, 0, sizeof *p);
	p->proc.pidfd = -1;
	snprintf(variable, sizeof variable, "ATTEMPT=%s", name);
	spec.profile.env = env;
	spec.profile.env_count = 2;
	if (!CHECK_OK(spawner_spawn(spawner, &spec, &p->proc, &err), &err))
		return "";
	close(spec.memfd);
	p->chan = channel_new(p->proc.sock, false);
	if (!peer_confined(p) || !peer_expect(p, FRAME_HELLO))
		return "";
	peer_invoke(p, 1, "attempt");
	return peer_run(p);
}

/* Two that write as the same user, and the first has all it may have. */
static void
test_shared_uid(void)
{
	struct profile_path paths[] = {
		{ .use = PATH_EXEC, .path = "/bin/true" },
		{ .use = PATH_WRITE },
	};
	struct worker_profile p = { .paths = paths, .path_count = 2,
		.children = true, .processes = 20 };
	struct peer first, second;
	struct spawner *s;
	struct tree t;
	struct err err;

	if (skip_here())
		return;
	tree_make(&t);
	paths[1].path = t.own;
	if (CHECK((s = spawner_start(&err)) != NULL)) {
		CHECK_HAS(attempt_of(&first, s, &p, "child_bomb"), "EAGAIN");
		CHECK_HAS(attempt_of(&second, s, &p, "child_true"), "completed 0 ok");
		peer_close(&first);
		peer_close(&second);
		spawner_stop(s);
	}
	tree_remove(&t);
}

static void
test_table(void)
{
	const struct layer *l;
	size_t n = 0;

	for (l = layer_table; l->name != NULL; l++, n++) {
		CHECK(l->enter != NULL && l->stage != STAGE_UNSET);
		CHECK(strlen(l->name) < LAYER_NAME_MAX);
		CHECK(n == 0 || l->stage >= l[-1].stage);
	}
	CHECK(n > 0 && n <= LAYERS_MAX);
}

const struct unit_test worker_sandbox_tests[] = {
	{ "the table of layers is whole", test_table },
	{ "what a plugin tries comes to what it should, in every tier",
	    test_attempts },
	{ "a worker that stops itself is found and ended", test_stop },
	{ "a worker has the variables that it was given", test_environment },
	{ "below its least tier a worker refuses, and says what is missing",
	    test_min_tier },
	{ "on trial it has no more, but children that execute nothing",
	    test_trial },
	{ "and what it asks for is seen", test_seen },
	{ "of files a worker has what it was granted", test_read },
	{ "so it has without a root of its own", test_read_by_landlock },
	{ "a path that isn't what it seems is refused", test_odd_paths },
	{ "what it may read of libraries it may still execute",
	    test_read_libraries },
	{ "a worker's children are in its sandbox, and end with it",
	    test_children },
	{ "what nothing else holds in may send no signal to others",
	    test_loose_signals },
	{ "processes are counted of each worker alone", test_shared_uid },
	{ NULL, NULL },
};
