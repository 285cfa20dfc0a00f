/*
 * What the runner may run: a text file of actions, written by an admin
 * (docs/exec-runner.md).  This reads one; it opens no file.
 */
#ifndef EXEC_MANIFEST_H
#define EXEC_MANIFEST_H

#include "param.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MANIFEST_MAX	(64 * 1024)	/* bytes of a file */
#define ACTIONS_MAX	64
#define PARAMS_MAX	16		/* of an action */
#define ARGV_MAX	64
#define ENV_MAX		32
#define CODES_MAX	16

struct place {
	unsigned line, column;		/* from 1; of characters */
};

struct variable {
	const char *name;
	const char *value;		/* a template */
	struct place place;
};

struct action {
	struct action *next;		/* in the order of the file */
	struct place place;
	const char *name;
	const char *summary;		/* or NULL */
	const char *argv[ARGV_MAX + 1];	/* templates, but for the first */
	struct place argv_place[ARGV_MAX];
	size_t	argc;
	const char *cwd;
	int64_t	timeout_s;		/* 0: the run's own only */
	int64_t	output_max;		/* bytes, both streams together */
	bool	input;			/* to standard input */
	bool	lines;			/* speaks the line protocol */
	int	success[CODES_MAX];
	size_t	success_count;
	int	retry[CODES_MAX];
	size_t	retry_count;
	struct param params[PARAMS_MAX];
	struct place param_place[PARAMS_MAX];
	size_t	param_count;
	struct variable env[ENV_MAX];
	size_t	env_count;
};

struct manifest {
	struct action *actions;
	size_t	count;
	char	*pool;			/* that all texts are in */
};

struct manifest_error {
	struct place place;
	char	reason[240];
};

/* NULL: refused, and the error is filled. */
struct manifest	*manifest_parse(const char *p, size_t len,
		    struct manifest_error *);
void		 manifest_free(struct manifest *);	/* NULL is fine */

const struct action *manifest_find(const struct manifest *, const char *name,
		    size_t len);
/* Its number in the action; -1: none of that name. */
int		 action_param(const struct action *, const char *name,
		    size_t len);

#endif
