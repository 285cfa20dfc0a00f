/*
 * The group's number stays taken until the program is reaped, so the group
 * is killed before that, and nobody else by mistake.
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { IN, OUT, ERR, STATUS, PIPES };

void
child_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
close_all(int pipes[PIPES][2])
{
	int i;

	for (i = 0; i < PIPES; i++) {
		child_close(&pipes[i][0]);
		child_close(&pipes[i][1]);
	}
}

static _Noreturn void
say_failure(int fd, int step)
{
	struct child_failure failure = { step, errno };
	ssize_t n = write(fd, &failure, sizeof failure);

	_exit(n == (ssize_t)sizeof failure ? 126 : 127);
}

/* In the new process, of one thread: system calls only. */
static _Noreturn void
become_program(const struct child_spec *spec, int pipes[PIPES][2])
{
	int status = pipes[STATUS][1];
	sigset_t none;

	setpgid(0, 0);
	if (dup2(pipes[IN][0], STDIN_FILENO) < 0 ||
	    dup2(pipes[OUT][1], STDOUT_FILENO) < 0 ||
	    dup2(pipes[ERR][1], STDERR_FILENO) < 0)
		say_failure(status, STEP_PIPE);
	if (chdir(spec->cwd) != 0)
		say_failure(status, STEP_CHDIR);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* As far as the kernel sees to it; a worker may be killed. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	execve(spec->argv[0], spec->argv, spec->envp);
	say_failure(status, STEP_EXEC);
}

/* All are closed at exec, and above what the program has as 0 to 2. */
static bool
make_pipes(const struct child_spec *spec, int pipes[PIPES][2])
{
	int i;

	for (i = OUT; i < PIPES; i++)
		if (pipe2(pipes[i], O_CLOEXEC) != 0)
			return false;
	if (!spec->input) {
		pipes[IN][0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		return pipes[IN][0] >= 0;
	}
	return pipe2(pipes[IN], O_CLOEXEC) == 0 &&
	    fcntl(pipes[IN][1], F_SETFL, O_NONBLOCK) == 0;
}

/* The status pipe ends without a word once the program runs. */
static bool
runs(int fd, struct child_failure *failure)
{
	ssize_t n;

	do
		n = read(fd, failure, sizeof *failure);
	while (n < 0 && errno == EINTR);
	return n != (ssize_t)sizeof *failure;
}

bool
child_start(struct child *c, const struct child_spec *spec,
    struct child_failure *failure)
{
	int pipes[PIPES][2] = {
		{ -1, -1 }, { -1, -1 }, { -1, -1 }, { -1, -1 },
	};
	int code, status;

	*c = (struct child){ 0, -1, -1, -1 };
	failure->step = STEP_PIPE;
	if (!make_pipes(spec, pipes) ||
	    fcntl(pipes[OUT][0], F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(pipes[ERR][0], F_SETFL, O_NONBLOCK) != 0)
		goto fail;
	failure->step = STEP_FORK;
	c->pid = fork();
	if (c->pid == 0)
		become_program(spec, pipes);
	if (c->pid < 0) {
		c->pid = 0;
		goto fail;
	}
	/* Also here, so that it holds whoever comes first. */
	setpgid(c->pid, c->pid);
	child_close(&pipes[STATUS][1]);
	if (!runs(pipes[STATUS][0], failure)) {
		child_end(c, &code, &status);
		close_all(pipes);
		return false;
	}
	c->in = pipes[IN][1];
	c->out = pipes[OUT][0];
	c->err = pipes[ERR][0];
	pipes[IN][1] = pipes[OUT][0] = pipes[ERR][0] = -1;
	close_all(pipes);
	return true;

fail:
	failure->error = errno;
	close_all(pipes);
	return false;
}

void
child_signal(struct child *c, int sig)
{
	if (c->pid > 0)
		kill(-c->pid, sig);
}

static bool
wait_for(const struct child *c, int how, siginfo_t *info)
{
	int e;

	memset(info, 0, sizeof *info);
	do
		e = waitid(P_PID, (id_t)c->pid, info, WEXITED | how);
	while (e != 0 && errno == EINTR);
	return e == 0 && info->si_pid == c->pid;
}

bool
child_ended(struct child *c)
{
	siginfo_t info;

	return wait_for(c, WNOWAIT | WNOHANG, &info);
}

void
child_end(struct child *c, int *code, int *status)
{
	siginfo_t info;

	child_signal(c, SIGKILL);
	wait_for(c, 0, &info);
	*code = info.si_code;
	*status = info.si_status;
	c->pid = 0;
}
