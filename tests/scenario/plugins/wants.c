/*
 * The runner "wants" reads the file "read" of its run's metadata, writes the
 * file "write", and executes "exec", each if it is named; then says what of
 * that failed.
 */
#include <runhost/easy.h>

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int
use(const char *path, int flags)
{
	int fd = open(path, flags, 0644), e = errno;
	char byte = 'x';
	ssize_t n;

	if (fd < 0)
		return e;
	n = flags == O_RDONLY ? read(fd, &byte, 1) : write(fd, &byte, 1);
	close(fd);
	return n == 1 ? 0 : EIO;
}

static int
execute(char *path)
{
	char *argv[] = { path, NULL }, *envp[] = { NULL };
	int status, e;
	pid_t pid;

	e = posix_spawn(&pid, path, NULL, NULL, argv, envp);
	if (e != 0)
		return e;
	if (waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : ECHILD;
}

static const char *
text_of(const struct rh_invocation *inv, const char *name, char out[4096])
{
	struct rh_text v;

	if (!rh_json_member(inv->metadata, name, &v) || v.len < 2 ||
	    v.len > 4096)
		return NULL;
	/* Without its quotes; nothing in it is quoted further. */
	memcpy(out, v.p + 1, v.len - 2);
	out[v.len - 2] = '\0';
	return out;
}

static void
run(const struct rh_invocation *inv, const struct rh_host *host)
{
	char path[4096], failed[256] = "";
	int e;

	if (text_of(inv, "read", path) && (e = use(path, O_RDONLY)) != 0)
		snprintf(failed, sizeof failed, " read: %s", strerror(e));
	if (text_of(inv, "write", path) && (e = use(path, O_WRONLY |
	    O_CREAT)) != 0)
		snprintf(failed + strlen(failed), sizeof failed -
		    strlen(failed), " write: %s", strerror(e));
	if (text_of(inv, "exec", path) && (e = execute(path)) != 0)
		snprintf(failed + strlen(failed), sizeof failed -
		    strlen(failed), " exec: %s", strerror(e));
	if (failed[0] != '\0')
		rh_failed(host, inv, 1, failed + 1);
	else
		rh_completed(host, inv, "it had all");
}

static const struct rh_runner wants = {
	.size = sizeof wants,
	.flags = RH_RUNNER_IDEMPOTENT,
	.name = "wants",
	.summary = "Reads, writes, executes",
	.run = run,
};
static const struct rh_runner *const runners[] = { &wants, NULL };

RH_PLUGIN(0,
	.flags = RH_PLUGIN_STATELESS,
	.id = "wants",
	.version = "1.0.0",
	.summary = "Wants",
	.runners = runners,
);
