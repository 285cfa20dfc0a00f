/*
 * From what a run was given to the words and variables of a program.
 */
#ifndef EXEC_VALUES_H
#define EXEC_VALUES_H

#include <runhost/host.h>

#include "manifest.h"
#include "text.h"

struct values {
	char	*value[PARAMS_MAX];	/* NULL: not given */
	const char *from[PARAMS_MAX];	/* "argument", … */
};

/*
 * A value of each parameter: from arguments (in their order, or as
 * --name=value), flags, and the members of the input.  false: why says what
 * is missing, unknown, there twice or of the wrong form.
 */
bool	values_take(const struct action *, const struct rh_invocation *,
	    struct values *, struct text *why);
void	values_free(struct values *);

/* Lists of the caller's, ended by NULL, for strings_free(). */
bool	values_argv(const struct action *, const struct values *,
	    char **argv, struct text *why);
void	values_env(const struct action *, const struct values *,
	    char **env, size_t *n);
void	strings_free(char **);

/* Whether a run asks for the action's help instead. */
bool	values_want_help(const struct rh_invocation *);

#endif
