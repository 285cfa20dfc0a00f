/*
 * Lines: where queued runs wait, by who may take them.  A run that asks for
 * no queue, runtime or labels is in line 1; the others share a line with
 * those of the same runner that ask for the same.  There are few of them.
 */
#ifndef STORE_STORE_LINE_H
#define STORE_STORE_LINE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;
struct run_new;

#define LINE_PLAIN	1
#define LINES_OPEN_MAX	1000	/* that any runtime may take from */
#define LINES_PINNED_MAX 100	/* for one runtime */

struct line {
	int64_t	no;
	const char *plugin;
	const char *runner;	/* runner_id */
	const char *queue;	/* or NULL */
	const char *labels;	/* JSON object */
};

/* The line of a run; RH_ERUNS when a new one would be one too many. */
rh_status	store_line_intern(struct db *, const struct run_new *,
		    int64_t *line_no, struct err *);
/*
 * Lines but the first that a runtime may take from, by pin and queue (NULL:
 * any): in the arena.
 */
rh_status	store_line_list(struct db *, const char *runtime,
		    const char *queue, struct arena *, struct line **,
		    size_t *count, struct err *);
/* What a run asks for, as it was made: its queue, and its labels as JSON. */
rh_status	store_line_of_run(struct db *, int64_t run_no, struct arena *,
		    const char **queue, const char **labels, struct err *);
/* Forgets up to max lines in which no live run is. */
rh_status	store_line_drop(struct db *, int64_t max, struct err *);

#endif
