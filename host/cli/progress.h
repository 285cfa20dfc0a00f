/*
 * Progress of one run: one line that is redrawn on a terminal, a line a
 * report otherwise.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
	FILE	*f;		/* NULL: show nothing */
	int	width;		/* of the terminal; 0: not one */
	bool	drawn;		/* an unfinished line stands there */
};

struct progress_report {
	int64_t	percent;
	const char *stage;	/* or NULL */
	const char *message;	/* or NULL */
};

void	progress_init(struct progress *, FILE *);
void	progress_show(struct progress *, const struct progress_report *);
/* A line of another kind; the bar makes room for it. */
void	progress_note(struct progress *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* Leaves the last state of the bar standing on a line of its own. */
void	progress_end(struct progress *);

/* "[######----]  60 % EXECUTING  message", at most width code points. */
void	progress_bar(struct buf *, const struct progress_report *, int width);
/* "EXECUTING 60 % message" */
void	progress_line(struct buf *, const struct progress_report *);

#endif
