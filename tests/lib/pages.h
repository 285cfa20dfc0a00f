/*
 * The pages of docs/ that are made from the host's own tables, so that they
 * can't tell anything else.  "make docs" writes them, a test compares them.
 */
#ifndef LIB_PAGES_H
#define LIB_PAGES_H

#include <stdio.h>

struct page {
	const char *path;	/* below the top of the tree */
	void	(*write)(FILE *);
};

extern const struct page page_table[];	/* ended by a NULL path */

/*
 * Checks that the file at path, below TOP_SRCDIR, is what write() writes,
 * byte by byte.
 */
void	page_check(const char *path, void (*write)(FILE *));

#endif
