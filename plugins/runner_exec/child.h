/*
 * A program in a process group of its own, with three pipes.
 */
#ifndef EXEC_CHILD_H
#define EXEC_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t	pid;		/* also of the group; 0: none, or reaped */
	int	in, out, err;	/* our ends, non-blocking; -1: closed */
};

struct child_spec {
	char	*const *argv;
	char	*const *envp;
	const char *cwd;
	bool	input;		/* a pipe to its standard input */
};

enum child_step { STEP_PIPE, STEP_FORK, STEP_CHDIR, STEP_EXEC };
struct child_failure {
	int	step;		/* enum child_step */
	int	error;		/* errno */
};

/* Returns when the program runs; false: it doesn't, and nothing is left. */
bool	child_start(struct child *, const struct child_spec *,
	    struct child_failure *);

void	child_signal(struct child *, int sig);	/* all of the group */

/* Whether the program itself has ended; it isn't reaped yet. */
bool	child_ended(struct child *);

/*
 * Kills what is left of the group, reaps the program, and says how it
 * ended: as siginfo_t's si_code and si_status.
 */
void	child_end(struct child *, int *code, int *status);

void	child_close(int *fd);

#endif
