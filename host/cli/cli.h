/*
 * The command line: finds the command in command_table, reads its options,
 * and runs it.  Results go to out, everything else to diag.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/err.h"
#include "cli/cmd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct shipped;

struct optval {
	const char *name;	/* of the table */
	const char *value;	/* borrowed from argv; "" for a flag */
};

/* One command as it was given. */
struct cli {
	const struct command *cmd;
	FILE	*out;
	FILE	*diag;
	struct optval *opts;	/* in the order given */
	size_t	opt_count;
	const char **operands;	/* borrowed from argv */
	size_t	operand_count;
	bool	json;		/* --json */
	const struct shipped *shipped;	/* plugins; or NULL */
};

/* Ignores SIGPIPE, reads argv, answers the exit code. */
int		cli_main(int argc, char **argv, const struct shipped *);

/* The same with streams of the caller's. */
int		cli_run(int argc, char **argv, FILE *out, FILE *diag);

/*
 * Options as given; asking for one that the command doesn't have is our own
 * mistake and aborts.  cli_opt: the last one given, or NULL.
 */
const char	*cli_opt(const struct cli *, const char *name);
bool		 cli_flag(const struct cli *, const char *name);
int64_t		 cli_int(const struct cli *, const char *name, int64_t absent);
/* The n-th value of an option that may be repeated, or NULL. */
const char	*cli_opt_at(const struct cli *, const char *name, size_t n);
/* The n-th operand, or NULL. */
const char	*cli_operand(const struct cli *, size_t n);
/*
 * The slash command of the operands from first on, of which there is one:
 * a single one as it is, several as its words.  The caller's to free.
 */
char		*cli_command(const struct cli *, size_t first);

/* Prints the error with its hint; answers its exit code. */
int		 cli_fail(const struct cli *, const struct err *);
/* The same for a wrong use of the command: exit code 2. */
int		 cli_usage(const struct cli *, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

/* Words that are no command: EXIT_USAGE, and which one may have been meant. */
int		 cli_unknown(const struct cli *, int argc, char **argv);

/* Flushes out; EXIT_FAILED with a message when writing failed. */
int		 cli_done(const struct cli *, int code);

#endif
