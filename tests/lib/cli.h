/*
 * Runs the command line within the test's process.
 */
#ifndef LIB_CLI_H
#define LIB_CLI_H

struct cli_result {
	int	code;
	char	*out;		/* standard output */
	char	*diag;		/* standard error */
};

/* words: without "runhost", ended by NULL. */
struct cli_result	cli_do(const char *const *words);
void			cli_result_free(struct cli_result *);

#endif
