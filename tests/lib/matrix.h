/*
 * The authorization matrix: every public action by every kind of caller,
 * against the verdicts of tests/unit/action/matrix.txt.
 */
#ifndef LIB_MATRIX_H
#define LIB_MATRIX_H

struct matrix_cell {
	const char *action;
	const char *caller;	/* a column of the file */
	const char *want;	/* "ok", "401", "403", "404" */
	const char *got;
};

/*
 * Tries every cell; wrong() is called for each that isn't as expected, and
 * for whatever is missing from the file or too much in it.  How many cells.
 */
int	matrix_run(void (*wrong)(const struct matrix_cell *, void *),
	    void *arg);

#endif
