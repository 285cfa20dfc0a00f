/*
 * Which options and operands a command takes, and reading them from argv.
 * Options may stand anywhere behind the command's words; "--" ends them.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/err.h"
#include "cli/cli.h"

/* The k-th option of a command, common ones included; false: no more. */
bool		options_at(const struct command *, size_t k, struct opt *);
bool		options_find(const struct command *, const char *name,
		    struct opt *);

/*
 * Fills opts and operands (the caller frees both, also after an error) of a
 * cli whose cmd is set.  RH_EINPUT says what is wrong, with the nearest
 * name as hint.
 */
rh_status	options_parse(struct cli *, int argc, char **argv,
		    struct err *);

/* The command named by the first words of argv, the longest that fits;
 * *used: how many words.  NULL when there is none. */
const struct command *command_find(int argc, char **argv, int *used);

/* The nearest of a number of names by edit distance, or NULL. */
struct nearest {
	const char *word;	/* as given */
	const char *best;	/* so far, or NULL */
	unsigned distance;
};
void		nearest_init(struct nearest *, const char *word);
void		nearest_try(struct nearest *, const char *name);

#endif
