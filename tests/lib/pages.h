/*
 * The pages of docs/ that are made from the host's own tables, so that they
 * can't tell anything else.  "make docs" writes them, a test compares them.
 */
#ifndef LIB_PAGES_H
#define LIB_PAGES_H

#include <stdbool.h>
#include <stdio.h>

struct page {
	const char *path;	/* below the top of the tree */
	const char *after;	/* what is before this line is written by hand; NULL: nothing */
	void	(*write)(FILE *);
};

extern const struct page page_table[];	/* ended by a NULL path */

/* The page as it is to be, in out: what is in the tree up to its line, then
 * what is made. */
void	page_make(const struct page *, const char *tree, FILE *out);

/*
 * Checks that the file at path, below TOP_SRCDIR, is what write() writes,
 * byte by byte.
 */
void	page_check(const char *path, void (*write)(FILE *));
/* The same for a page of the table. */
void	page_check_made(const struct page *);

#endif
