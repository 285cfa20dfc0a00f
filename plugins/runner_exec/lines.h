/*
 * Takes lines that begin with "::" out of what a program prints.  All else
 * goes on at once, whether its line is whole or not.
 */
#ifndef EXEC_LINES_H
#define EXEC_LINES_H

#include "text.h"

#include <stdbool.h>

#define LINE_MAX_BYTES	(64 * 1024)

struct lines {
	/* Each is given arg; command answers whether it was one. */
	void	(*plain)(void *arg, const char *p, size_t len);
	bool	(*command)(void *arg, const char *line, size_t len);
	void	*arg;
	unsigned long line_no;	/* of the line that is read, from 1 */
	/* Its own: */
	struct text held;	/* that may become a command */
	bool	passing;	/* the rest of the line is plain */
};

/* Begins with what is not its own, and line_no 1. */
void	lines_put(struct lines *, const char *p, size_t len);
void	lines_end(struct lines *);	/* the last line may lack its end */
void	lines_free(struct lines *);

#endif
